"""Statements in the format 1CClientBankExchange, as the banks of Kazakhstan really write it.

They are read as a stream, without the database.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from offer_site.errors import RuleViolation
from offer_site.money import parse_reported_amount

from .layout import SAYS_NOTHING, Layout

FIRST_WORD = "1CClientBankExchange"
# KZ-1048 is cp1251 with Kazakh letters in the place of other non-Russian ones, so it reads both.
ENCODINGS = ("utf-8-sig", "kz1048", "cp866")
KNOWN_WORDS = re.compile("секциядокумент|датаначала", re.IGNORECASE)
KEY = re.compile(r"[^\W\d]\w*")
DAY = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})")
TENGE = ("", "KZT", "398", "ТЕНГЕ", "ТЕҢГЕ")
# Kazakhstan has had banks of its own since 1991; a day of another year is a typing error.
YEARS = range(1991, 2200)
HEADING = 100_000  # bytes in which the words that show the encoding must be found
PIECE = 1 << 16  # bytes that are read at once
# Words and layouts that a reader remembers: a statement has few; a file with many is no statement.
KEPT = 1000

OPENING = {"секциядокумент": "конецдокумента", "секциярасчсчет": "конецрасчсчет"}
CLOSING = {"конецфайла", *OPENING.values()}
BALANCES = ("начальныйостаток", "всегопоступило", "всегосписано", "конечныйостаток")


class StatementError(RuleViolation):
    """A file is refused as a whole because of this line."""

    def __init__(self, line: int, reason: object) -> None:
        super().__init__(
            _("Line %(line)s: %(reason)s") % {"line": line, "reason": reason}, field="file"
        )
        self.line = line


@dataclass(frozen=True)
class StatementOperation:
    """One movement of money; `others` are the bank's keys that have no name here."""

    line: int
    is_incoming: bool
    number: str
    documented_on: date
    executed_on: date
    amount: Decimal
    currency: str
    payer: str
    payer_id: str
    purpose: str
    knp: str
    others: Mapping[str, str]


@dataclass
class Section:
    """The lines of one section: the value of each key, and the line where it is."""

    line: int
    closed_by: str
    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    last: str = ""

    def add(self, key: str, value: str, line: int) -> None:
        """Keep the value of a key; a repeated key without a value changes nothing."""
        self.last = key
        if value or key not in self.values:
            self.values[key] = value
            self.lines[key] = line

    def go_on(self, text: str) -> None:
        """Add a line without a key to the last value."""
        self.values[self.last] = f"{self.values[self.last]} {text}".strip()

    def day(self, key: str) -> date | None:
        text = self.values.get(key)
        return _day(text, self.lines[key]) if text else None

    def amount(self, key: str) -> Decimal | None:
        text = self.values.get(key)
        return _amount(text, self.lines[key]) if text else None


class StatementReader:
    """Reads the operations of our account from a statement, line by line; can be read again.

    Account, period and balances are known only at the end.
    """

    def __init__(self, file: BinaryIO, *, account: str) -> None:
        self.account = account
        self.encoding = encoding_of(file)
        self.accounts: set[str] = set()
        self.since: date | None = None
        self.until: date | None = None
        self._balances: list[list[Decimal | None]] = []
        self._file = file
        self._words: dict[str, str] = {}
        self._layouts: dict[tuple[str, ...], Layout] = {}

    def __iter__(self) -> Iterator[StatementOperation]:
        """Yield operations; raise StatementError where the file cannot be trusted."""
        self.accounts = set()
        self.since = None
        self.until = None
        self._balances = []
        heading = Section(1, "конецфайла")
        section = heading
        number = 0
        for number, text in self._numbered():
            key, equals, value = text.partition("=")
            word = self._words.get(key) or self._word(key)
            if equals and word and word not in OPENING and word not in CLOSING:
                section.add(word, value.strip(), number)
                if section.closed_by != "конецдокумента":
                    self._note(word, value.strip(), number)
            elif word == section.closed_by:
                if section is heading:
                    self._require_our_account(number)
                    return
                if section.closed_by == "конецдокумента":
                    yield self._operation(section)
                else:
                    self._close_account(section)
                section = heading
            elif word in OPENING:
                if section is not heading:
                    raise StatementError(number, gettext_lazy("a section begins inside another"))
                if word == "секциядокумент":
                    self._require_our_account(number)
                section = Section(number, OPENING[word])
            elif word in CLOSING:
                raise StatementError(number, gettext_lazy("a section ends that had not begun"))
            elif text and section.last and section is not heading:
                section.go_on(text)
            elif text and number > 1:
                raise StatementError(
                    number, gettext_lazy("neither a key with its value nor a section")
                )
        raise StatementError(
            number, gettext_lazy("the file breaks off before its last word, КонецФайла")
        )

    @property
    def balances_agree(self) -> bool:
        """True when opening + in − out = closing over all sections, or no balances are given."""
        complete = [balances for balances in self._balances if None not in balances]
        if not complete or len(complete) < len(self._balances):
            return True
        came, went = (
            sum((balances[place] or Decimal(0) for balances in complete), Decimal(0))
            for place in (1, 2)
        )
        return (complete[0][0] or Decimal(0)) + came - went == complete[-1][3]

    def _word(self, key: str) -> str:
        """The key without spaces and case; '' where it is no key. Common keys are remembered."""
        word = key.strip().casefold()
        if not KEY.fullmatch(word):
            return ""
        if len(self._words) < KEPT:
            self._words[key] = word
        return word

    def _numbered(self) -> Iterator[tuple[int, str]]:
        self._file.seek(0)
        before = 0
        while raw := self._file.readlines(PIECE):
            for number, text in enumerate(self._decoded(raw, before), before + 1):
                yield number, text.strip()
            before += len(raw)

    def _decoded(self, raw: list[bytes], before: int) -> Iterator[str]:
        """Decode lines, all at once where all are sound."""
        piece = b"".join(raw)
        try:
            if 0 not in piece:
                yield from piece.decode(self.encoding).split("\n")[: len(raw)]
                return
        except UnicodeDecodeError:
            pass
        for place, line in enumerate(raw, before + 1):
            try:
                text = line.decode(self.encoding)
            except UnicodeDecodeError as error:
                raise StatementError(
                    place, gettext_lazy("bytes that are no letters in its encoding")
                ) from error
            if "\0" in text:
                raise StatementError(
                    place, gettext_lazy("bytes that are no letters in its encoding")
                )
            yield text

    def _note(self, word: str, value: str, number: int) -> None:
        if word == "расчсчет" and value:
            self.accounts.add(_account(value))
        if word == "датаначала" and value:
            self.since = min(filter(None, (self.since, _day(value, number))))
        if word == "датаконца" and value:
            self.until = max(filter(None, (self.until, _day(value, number))))

    def _close_account(self, section: Section) -> None:
        if _account(section.values.get("расчсчет", "") or self.account) == self.account:
            self._balances.append([section.amount(key) for key in BALANCES])

    def _require_our_account(self, number: int) -> None:
        if self.account not in self.accounts:
            raise StatementError(
                number, gettext_lazy("the statement is not of the academy's account")
            )

    def _operation(self, section: Section) -> StatementOperation:
        values = section.values
        layout = self._layout(tuple([key for key, value in values.items() if value]))
        facts = SAYS_NOTHING | {fact: values[key] for fact, key in layout.facts.items()}
        documented, executed = (
            section.day(layout.facts.get(fact, "")) for fact in ("documented_on", "executed_on")
        )
        if documented is None or executed is None:
            raise StatementError(section.line, gettext_lazy("an operation without a date"))
        is_incoming, amount = self._direction(section, layout, facts)
        currency = facts["currency"].upper()
        return StatementOperation(
            line=section.line,
            is_incoming=is_incoming,
            number=facts["number"],
            documented_on=documented,
            executed_on=executed,
            amount=amount,
            currency="KZT" if currency in TENGE else currency[:3],
            payer=facts["payer"],
            payer_id=facts["payer_id"],
            purpose=" ".join(facts["purpose"].split()),
            knp=facts["knp"][:3],
            others={key: values[key] for key in layout.others},
        )

    def _layout(self, keys: tuple[str, ...]) -> Layout:
        known = self._layouts.get(keys)
        if known is None:
            known = Layout.of(keys)
            if len(self._layouts) < KEPT:
                self._layouts[keys] = known
        return known

    def _direction(
        self, section: Section, layout: Layout, facts: Mapping[str, str]
    ) -> tuple[bool, Decimal]:
        """Whether the money came to our account, and how much.

        Where the key does not name the direction, the two accounts show it.
        """
        receiver = _account(facts["receiver_account"])
        payer = _account(facts["payer_account"])
        came, went, bare = (
            section.amount(layout.facts.get(fact, "")) for fact in ("came", "went", "amount")
        )
        if came:
            ours = receiver == self.account or self.accounts == {self.account}
            return ours and came > 0, came
        if went:
            return False, went
        if bare is None:
            raise StatementError(section.line, gettext_lazy("an operation without an amount"))
        if self.account not in (receiver, payer):
            raise StatementError(
                section.line, gettext_lazy("it is not told whether the money came or went")
            )
        return receiver == self.account and bare > 0, bare


def encoding_of(file: BinaryIO) -> str:
    """The encoding, found by words that every statement has; a file's own claim is often wrong."""
    file.seek(0)
    if FIRST_WORD.encode() not in file.read(64):
        raise StatementError(1, _("the file does not begin with %(word)s") % {"word": FIRST_WORD})
    file.seek(0)
    heading = file.readlines(HEADING)
    for encoding in ENCODINGS:
        try:
            if any(KNOWN_WORDS.search(line.decode(encoding)) for line in heading):
                return encoding
        except UnicodeDecodeError:
            continue
    raise StatementError(
        1, gettext_lazy("the file's letters cannot be read: its encoding is unknown")
    )


def _account(text: str) -> str:
    return "".join(text.split()).upper()


def _day(text: str, line: int) -> date:
    day = _known_day(text)
    if day is None:
        raise StatementError(line, _("not a date: %(text)s") % {"text": text[:40]})
    return day


@lru_cache(maxsize=1000)
def _known_day(text: str) -> date | None:
    found = DAY.fullmatch(text)
    try:
        day, month, year = (int(part) for part in found.groups()) if found else (0, 0, 0)
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def _amount(text: str, line: int) -> Decimal:
    try:
        return parse_reported_amount("".join(text.split()).replace(",", "."))
    except ValueError as error:
        raise StatementError(line, _("not an amount: %(text)s") % {"text": text[:40]}) from error
