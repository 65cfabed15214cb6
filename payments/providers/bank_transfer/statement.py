"""Statements in the format 1CClientBankExchange, as the banks of Kazakhstan really write it: a stream, no database."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from io import BytesIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from offer_site.errors import RuleViolation
from offer_site.money import parse_reported_amount

FIRST_WORD = "1CClientBankExchange"
# KZ-1048 is cp1251 whose letters of other peoples gave their places to Kazakh ones, so it reads both.
ENCODINGS = ("utf-8-sig", "kz1048", "cp866")
KNOWN_WORDS = re.compile("секциядокумент|датаначала", re.IGNORECASE)
KEY = re.compile(r"[^\W\d]\w*")
DAY = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})")
TENGE = ("", "KZT", "398", "ТЕНГЕ", "ТЕҢГЕ")

# The name of each fact, and the keys by which banks call it, the usual one first.
ALIASES: dict[str, tuple[str, ...]] = {
    "number": ("номердокумента", "номер"),
    "documented_on": ("датадокумента", "дата", "датаоперации"),
    "executed_on": ("датаоперации", "датадокумента", "дата"),
    "came": ("суммаприход",),
    "went": ("суммарасход",),
    "amount": ("сумма",),
    "currency": ("валюта",),
    "payer": ("плательщикнаименование", "плательщик"),
    "payer_id": ("плательщикбин_иин", "плательщикбин", "плательщикиин", "плательщикинн", "плательщикрнн"),
    "payer_account": ("плательщикиик", "плательщиксчет", "плательщикик"),
    "receiver_account": ("получательиик", "получательсчет", "получательик"),
    "purpose": ("назначениеплатежа",),
    "knp": ("кодназначенияплатежа", "кнп"),
}
NAMED = {key for keys in ALIASES.values() for key in keys} - {*ALIASES["payer_account"], *ALIASES["receiver_account"]}
BALANCES = ("начальныйостаток", "всегопоступило", "всегосписано", "конечныйостаток")


class StatementError(RuleViolation):
    """Say why a file is refused whole, and at which line."""

    def __init__(self, line: int, reason: object) -> None:
        super().__init__(_("Line %(line)s: %(reason)s") % {"line": line, "reason": reason}, field="file")
        self.line = line


@dataclass(frozen=True)
class Operation:
    """One movement of money; `others` are the keys that have no name here, as the bank wrote them."""

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
    """The lines between an opening word and its closing one: each key, what it says, and where."""

    line: int
    closed_by: str
    said: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    last: str = ""

    def add(self, key: str, value: str, line: int) -> None:
        """Keep what a key says; a key repeated without a value takes nothing away."""
        self.last = key
        if value or key not in self.said:
            self.said[key], self.lines[key] = value, line

    def go_on(self, text: str) -> None:
        """Add a line without a key to what was said last."""
        self.said[self.last] = f"{self.said[self.last]} {text}".strip()

    def find(self, *keys: str) -> tuple[str, int]:
        """Give the first of these keys that says something, and its line."""
        key = next((key for key in keys if self.said.get(key)), "")
        return self.said.get(key, ""), self.lines.get(key, self.line)

    def day(self, *keys: str) -> date | None:
        text, line = self.find(*keys)
        return _day(text, line) if text else None

    def amount(self, *keys: str) -> Decimal | None:
        text, line = self.find(*keys)
        return _amount(text, line) if text else None


class StatementReader:
    """Read a statement of our account operation by operation; account, period and warnings are known at its end."""

    def __init__(self, content: bytes, *, account: str) -> None:
        self.account = account
        self.encoding = encoding_of(content)
        self.accounts: set[str] = set()
        self.since: date | None = None
        self.until: date | None = None
        self._balances: list[list[Decimal | None]] = []
        self._content = content

    def __iter__(self) -> Iterator[Operation]:
        """Yield operations; raise StatementError where the file cannot be trusted."""
        heading = Section(1, "конецфайла")
        section, number = heading, 0
        for number, text in self._numbered():
            key, equals, value = text.partition("=")
            word, value = key.strip().casefold(), value.strip()
            if word == section.closed_by:
                if section is heading:
                    self._require_our_account(number)
                    return
                if section.closed_by == "конецдокумента":
                    yield self._operation(section)
                else:
                    self._close_account(section)
                section = heading
            elif word in ("секциядокумент", "секциярасчсчет"):
                if section is not heading:
                    raise StatementError(number, gettext_lazy("a section begins inside another"))
                if word == "секциядокумент":
                    self._require_our_account(number)
                section = Section(number, "конецдокумента" if word == "секциядокумент" else "конецрасчсчет")
            elif word in ("конецфайла", "конецдокумента", "конецрасчсчет"):
                raise StatementError(number, gettext_lazy("a section ends that had not begun"))
            elif equals and KEY.fullmatch(word):
                section.add(word, value, number)
                self._note(section, word, value, number)
            elif text and section.last and section is not heading:
                section.go_on(text)
            elif text and number > 1:
                raise StatementError(number, gettext_lazy("neither a key with its value nor a section"))
        raise StatementError(number, gettext_lazy("the file breaks off before its last word, КонецФайла"))

    @property
    def balances_agree(self) -> bool:
        """Tell whether opening + in − out = closing over all sections; True where the bank told no balances."""
        told = [balances for balances in self._balances if None not in balances]
        if not told or len(told) < len(self._balances):
            return True
        came, went = (sum((balances[place] or Decimal(0) for balances in told), Decimal(0)) for place in (1, 2))
        return (told[0][0] or Decimal(0)) + came - went == told[-1][3]

    def _numbered(self) -> Iterator[tuple[int, str]]:
        for number, raw in enumerate(BytesIO(self._content), 1):
            try:
                yield number, raw.decode(self.encoding).strip()
            except UnicodeDecodeError as error:
                raise StatementError(number, gettext_lazy("bytes that are no letters in its encoding")) from error

    def _note(self, section: Section, word: str, value: str, number: int) -> None:
        if section.closed_by == "конецдокумента":
            return
        if word == "расчсчет" and value:
            self.accounts.add(_account(value))
        if word == "датаначала" and value:
            self.since = min(filter(None, (self.since, _day(value, number))))
        if word == "датаконца" and value:
            self.until = max(filter(None, (self.until, _day(value, number))))

    def _close_account(self, section: Section) -> None:
        if _account(section.said.get("расчсчет", "") or self.account) == self.account:
            self._balances.append([section.amount(key) for key in BALANCES])

    def _require_our_account(self, number: int) -> None:
        if self.account not in self.accounts:
            raise StatementError(number, gettext_lazy("the statement is not of the academy's account"))

    def _operation(self, section: Section) -> Operation:
        told = {fact: section.find(*keys)[0] for fact, keys in ALIASES.items()}
        documented, executed = (section.day(*ALIASES[fact]) for fact in ("documented_on", "executed_on"))
        if documented is None or executed is None:
            raise StatementError(section.line, gettext_lazy("an operation without a date"))
        is_incoming, amount = self._direction(section, told)
        currency = told["currency"].upper()
        return Operation(
            line=section.line, is_incoming=is_incoming, number=told["number"], documented_on=documented,
            executed_on=executed, amount=amount, currency="KZT" if currency in TENGE else currency[:3],
            payer=told["payer"], payer_id=told["payer_id"], purpose=" ".join(told["purpose"].split()),
            knp=told["knp"][:3],
            others={key: value for key, value in section.said.items() if value and key not in NAMED},
        )  # fmt: skip

    def _direction(self, section: Section, told: Mapping[str, str]) -> tuple[bool, Decimal]:
        """Tell whether the money came to our account, and how much; a bare amount is told by its accounts."""
        receiver, payer = _account(told["receiver_account"]), _account(told["payer_account"])
        came, went, bare = (section.amount(*ALIASES[fact]) for fact in ("came", "went", "amount"))
        if came:
            ours = receiver == self.account or self.accounts == {self.account}
            return ours and came > 0, came
        if went:
            return False, went
        if bare is None:
            raise StatementError(section.line, gettext_lazy("an operation without an amount"))
        if self.account not in (receiver, payer):
            raise StatementError(section.line, gettext_lazy("it is not told whether the money came or went"))
        return receiver == self.account and bare > 0, bare


def encoding_of(content: bytes) -> str:
    """Find the encoding by the words that every statement has: what a file says of its own is often wrong."""
    if FIRST_WORD.encode() not in content[:64]:
        raise StatementError(1, _("the file does not begin with %(word)s") % {"word": FIRST_WORD})
    for encoding in ENCODINGS:
        try:
            if any(KNOWN_WORDS.search(line.decode(encoding)) for line in BytesIO(content)):
                return encoding
        except UnicodeDecodeError:
            continue
    raise StatementError(1, gettext_lazy("the file's letters cannot be read: its encoding is unknown"))


def _account(text: str) -> str:
    return "".join(text.split()).upper()


def _day(text: str, line: int) -> date:
    found = DAY.fullmatch(text)
    try:
        day, month, year = (int(part) for part in found.groups()) if found else (0, 0, 0)
        return date(year, month, day)
    except ValueError as error:
        raise StatementError(line, _("not a date: %(text)s") % {"text": text[:40]}) from error


def _amount(text: str, line: int) -> Decimal:
    try:
        return parse_reported_amount("".join(text.split()).replace(",", "."))
    except ValueError as error:
        raise StatementError(line, _("not an amount: %(text)s") % {"text": text[:40]}) from error
