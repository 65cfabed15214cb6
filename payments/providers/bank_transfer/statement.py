"""Statements in the format 1CClientBankExchange, as the banks of Kazakhstan really write it.

They are read as a stream, without the database. A file is believed where it is whole and
consistent (4.4): what cannot be cut into operations is refused with its line; an operation that
says two things is read with its contradiction; sums that are not those of the lines are reported.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.rules.statement_totals import (
    Balances,
    Disagreement,
    ReadSums,
    ToldSums,
    balances_of,
    disagreements,
)

from .directions import Amounts, Direction, MoneyMoved, movement_of
from .layout import ALIASES, ONE_MEANING, ONLY_OF_AN_OPERATION, SAYS_NOTHING, Layout
from .sections import (
    LONGEST,
    Section,
    StatementError,
    amount_of,
    day_of,
    plain_account,
    says_the_same,
)

__all__ = ["StatementError", "StatementOperation", "StatementReader", "encoding_of"]

FIRST_WORD = "1CClientBankExchange"
# KZ-1048 is cp1251 with Kazakh letters in the place of other non-Russian ones, so it reads both.
ENCODINGS = ("utf-8-sig", "kz1048", "cp866")
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
KNOWN_WORDS = re.compile("секциядокумент|датаначала", re.IGNORECASE)
KEY = re.compile(r"[^\W\d]\w*")
TENGE = ("", "KZT", "398", "ТЕНГЕ", "ТЕҢГЕ")
HEADING = 100_000  # bytes in which the words that show the encoding must be found
PIECE = 1 << 16  # bytes that are read at once
# Words and layouts that a reader remembers: a statement has few; a file with many is no statement.
KEPT = 1000
END_OF_A_DOS_FILE = "\x1a"
LONGEST_MARK = 3  # letters that an encoding makes of the mark before a joined file

LAST_WORD = "конецфайла"
OF_AN_OPERATION = "конецдокумента"
OF_AN_ACCOUNT = "конецрасчсчет"
OPENING = {"секциядокумент": OF_AN_OPERATION, "секциярасчсчет": OF_AN_ACCOUNT}
CLOSING = {LAST_WORD, *OPENING.values()}
BALANCES = ("начальныйостаток", "всегопоступило", "всегосписано", "конечныйостаток")
PERIOD = ("датаначала", "датаконца")
SUMS = ("came", "went", "amount")

# How a bank says that it takes a receipt back, beside an amount below nothing.
TAKES_BACK = re.compile(
    r"сторно|storno|ошибочно\s+(?:за)?числен|отмена\s+(?:операции|зачисления)|қате\s+есептелген",
    re.IGNORECASE,
)
KINDS_OF_DOCUMENT = ("виддокумента", "типдокумента", "видоплаты", "видоперации")
NUMBERS_OF_THE_RECEIVER = (
    "получательбин_иин",
    "получательбин",
    "получательиин",
    "получательинн",
)


@dataclass(frozen=True)
class StatementOperation:
    """One movement of money; `others` are the bank's keys that have no name here.

    `contradiction` is what the file says of it twice, in two ways: the smaller amount and the later
    day are read then. `takes_back` is True where the bank takes back a receipt, whose payer is
    `payer_id`. `export` numbers the exports of one file.
    """

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
    contradiction: str = ""
    takes_back: bool = False
    export: int = 1


class StatementReader:
    """Reads the operations of our account from a statement, line by line; can be read again.

    Period, sums and counts are known only at the end.
    """

    def __init__(self, file: BinaryIO, *, account: str) -> None:
        self.account = account
        self.encoding = encoding_of(file)
        self._file = file
        self._words: dict[str, str] = {}
        self._layouts: dict[tuple[str, ...], Layout] = {}
        self._begin()

    def _begin(self) -> None:
        self.since: date | None = None
        self.until: date | None = None
        self.of_other_accounts = 0
        self.of_nothing = 0
        self.disagreements: list[Disagreement] = []
        self._sections: list[ToldSums] = []
        self._periods: list[tuple[date | None, date | None]] = []
        self.exports = 0
        self._begin_export()

    def _begin_export(self) -> None:
        self.exports += 1
        self.accounts: set[str] = set()
        self._days: list[date] = []
        self._told: list[ToldSums] = []
        self._read = ReadSums()

    def __iter__(self) -> Iterator[StatementOperation]:
        """Yield operations; raise StatementError where the file cannot be trusted."""
        self._begin()
        heading = Section(1, LAST_WORD)
        section: Section | None = heading
        number = 0
        for number, text in self._numbered():
            if section is None or (
                number > 1 and text.endswith(FIRST_WORD) and _is_first_word(text)
            ):
                if self._begins_again(section, text, number):
                    section = heading = Section(number, LAST_WORD)
                continue
            key, equals, value = text.partition("=")
            word = self._words.get(key) or self._word(key)
            if equals and word and word not in OPENING and word not in CLOSING:
                self._add(section, word, value.strip(), number)
            elif word == section.closed_by:
                if section is heading:
                    self._close_export(number)
                    section = None
                    continue
                if section.closed_by == OF_AN_OPERATION:
                    operation = self._operation(section)
                    if operation:
                        yield operation
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
            elif word.startswith(("секция", "конец")):
                raise StatementError(number, gettext_lazy("a section that is not known"))
            elif text and section.last and section is not heading:
                section.go_on(text)
            elif text and number > 1:
                raise StatementError(
                    number, gettext_lazy("neither a key with its value nor a section")
                )
        if section is not None:
            raise StatementError(
                number, gettext_lazy("the file breaks off before its last word, КонецФайла")
            )

    @property
    def balances_agree(self) -> bool:
        """True when no sum that the bank told contradicts its lines or its other sums."""
        return not self.disagreements

    @property
    def balances(self) -> Balances:
        return balances_of(self._sections)

    @property
    def whole_periods(self) -> list[tuple[date, date]]:
        """The days of which no receipt is left out: the bank told sums, and the lines come to them.

        One section without sums takes the word of the others too: what it left out is not known.
        A section without days is of its whole export.
        """
        if not self.balances_agree or not all(each.tells_what_came for each in self._sections):
            return []
        return [(since, until) for since, until in self._periods if since and until]

    def _begins_again(self, section: Section | None, text: str, number: int) -> bool:
        """True where another export begins; what else stands after the last word is refused."""
        if _is_first_word(text):
            if section is not None:
                raise StatementError(
                    number, gettext_lazy("an export begins inside another, or twice")
                )
            self._begin_export()
            return True
        if text and not text.startswith(END_OF_A_DOS_FILE):
            raise StatementError(
                number, gettext_lazy("something stands after the last word, КонецФайла")
            )
        return False

    def _add(self, section: Section, word: str, value: str, number: int) -> None:
        if word.startswith("секция"):
            raise StatementError(number, gettext_lazy("a section that is not known"))
        if section.closed_by == LAST_WORD and word in ONLY_OF_AN_OPERATION:
            raise StatementError(number, gettext_lazy("a value of an operation outside of any"))
        section.add(word, value, number)
        if section.closed_by != OF_AN_OPERATION:
            self._note(word, value, number)

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
            if line.lstrip().startswith(END_OF_A_DOS_FILE.encode()):
                yield END_OF_A_DOS_FILE  # what an editor of DOS left there is no text
                continue
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
            self.accounts.add(plain_account(value))
        if word not in PERIOD or not value:
            return
        day = day_of(value, number)
        self._days.append(day)
        if word == "датаначала":
            self.since = min(filter(None, (self.since, day)))
        else:
            self.until = max(filter(None, (self.until, day)))

    def _close_account(self, section: Section) -> None:
        for again in section.contradictions():
            raise StatementError(
                again.line,
                _("%(key)s is told twice, in two ways") % {"key": again.key},
            )
        if plain_account(section.values.get("расчсчет", "") or self.account) == self.account:
            since, until = (section.day(key) for key in PERIOD)
            self._told.append(ToldSums(since, until, *(section.amount(key) for key in BALANCES)))

    def _close_export(self, number: int) -> None:
        self._require_our_account(number)
        self.disagreements += disagreements(self._told, self._read)
        self._sections += self._told
        first = min(self._days, default=None)
        last = max(self._days, default=None)
        self._periods += [(each.since or first, each.until or last) for each in self._told]

    def _require_our_account(self, number: int) -> None:
        if self.account not in self.accounts:
            raise StatementError(
                number, gettext_lazy("the statement is not of the academy's account")
            )

    def _operation(self, section: Section) -> StatementOperation | None:
        """The operation of a section; None where it is of nothing or of another account."""
        section.gather_purpose()
        values = section.values
        layout = self._layout(tuple([key for key, value in values.items() if value]))
        facts = SAYS_NOTHING | {fact: values[key] for fact, key in layout.facts.items()}
        documented, executed = (
            section.day(layout.facts.get(fact, "")) for fact in ("documented_on", "executed_on")
        )
        if documented is None or executed is None:
            raise StatementError(section.line, gettext_lazy("an operation without a date"))
        found = [*_told_twice(section), *_told_by_two_keys(section, layout)]
        movement = self._movement(section, in_doubt=bool(found))
        if movement.direction == Direction.NOTHING:
            self.of_nothing += 1
            return None
        if movement.direction == Direction.ELSEWHERE:
            self.of_other_accounts += 1
            return None
        found += movement.contradictions
        if found:
            documented = max([documented, *_days(section, *ONE_MEANING[0])])
        came = movement.direction == Direction.IN
        is_named_so = _takes_back(values, facts["purpose"])
        if came and movement.amount > 0 and is_named_so:
            found.append("сторно")
        takes_back = movement.amount < 0 if came else is_named_so and movement.amount > 0
        if takes_back and not came:
            keys = (key for key in NUMBERS_OF_THE_RECEIVER if values.get(key))
            facts["payer_id"] = values.get(next(keys, ""), "")
        currency = facts["currency"].upper()
        operation = StatementOperation(
            line=section.line,
            is_incoming=came and not takes_back,
            number=facts["number"],
            documented_on=documented,
            executed_on=executed,
            amount=abs(movement.amount) if takes_back else movement.amount,
            currency="KZT" if currency in TENGE else currency[:3],
            payer=facts["payer"],
            payer_id=facts["payer_id"],
            purpose=" ".join(facts["purpose"].split()),
            knp=facts["knp"][:3],
            others={key: values[key] for key in layout.others},
            contradiction="; ".join(found)[:LONGEST],
            takes_back=takes_back,
            export=self.exports,
        )
        self._count(movement, operation.currency)
        return operation

    def _movement(self, section: Section, *, in_doubt: bool) -> MoneyMoved:
        """Where the money went. What may be ours, of an operation that says two things, came."""
        amounts = Amounts(*(_least(section, key) for fact in SUMS for key in ALIASES[fact]))
        if amounts.are_missing:
            raise StatementError(section.line, gettext_lazy("an operation without an amount"))
        receivers = _accounts(section, ALIASES["receiver_account"])
        movement = movement_of(
            amounts,
            receivers=receivers,
            payers=_accounts(section, ALIASES["payer_account"]),
            ours=self.account,
            accounts=self.accounts,
        )
        if movement.direction == Direction.UNKNOWN:
            raise StatementError(
                section.line, gettext_lazy("it is not told whether the money came or went")
            )
        if in_doubt and movement.direction == Direction.OUT and self.account in receivers:
            return replace(movement, direction=Direction.IN)
        return movement

    def _count(self, movement: MoneyMoved, currency: str) -> None:
        """Add an operation in tenge to the sums of its export."""
        if currency != "KZT":
            return
        amount = movement.amount
        if movement.direction == Direction.IN and amount > 0:
            self._read.came += amount
        elif movement.direction == Direction.IN:
            self._read.came_back -= amount
        elif amount > 0:
            self._read.went += amount
        else:
            self._read.went_back -= amount

    def _layout(self, keys: tuple[str, ...]) -> Layout:
        known = self._layouts.get(keys)
        if known is None:
            known = Layout.of(keys)
            if len(self._layouts) < KEPT:
                self._layouts[keys] = known
        return known


def encoding_of(file: BinaryIO) -> str:
    """The encoding, found by words that every statement has; a file's own claim is often wrong."""
    file.seek(0)
    beginning = file.read(64)
    if beginning.startswith(UTF16_MARKS) or FIRST_WORD.encode("utf-16-le")[:8] in beginning:
        raise StatementError(
            1, gettext_lazy("the file is in UTF-16: save it in UTF-8 or Windows-1251")
        )
    if FIRST_WORD.encode() not in beginning:
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


def _is_first_word(text: str) -> bool:
    """True for the first word of an export, alone on its line: payers write words of their own."""
    before = text.removesuffix(FIRST_WORD)
    return before != text and len(before) <= LONGEST_MARK and "=" not in before


def _told_twice(section: Section) -> Iterator[str]:
    """Keys that have two values, each with the line of the second one."""
    for again in section.contradictions():
        first = section.values[again.key]
        yield f"{again.key} = {first[:40]} ≠ {again.value[:40]} ({again.line})"


def _told_by_two_keys(section: Section, layout: Layout) -> Iterator[str]:
    """Two keys of one meaning that say two things."""
    for first, *others in layout.same:
        for other in others:
            mine, theirs = section.values[first], section.values[other]
            if not says_the_same(mine, theirs):
                line = section.lines[other]
                yield f"{first} = {mine[:40]} ≠ {other} = {theirs[:40]} ({line})"


def _least(section: Section, key: str) -> Decimal | None:
    """The amount of a key; of several, the one nearest to nothing that is something."""
    texts = section.all_values(key)
    amounts = [amount_of(text, line) for text, line in texts]
    return min([each for each in amounts if each] or amounts, key=abs, default=None)


def _days(section: Section, *keys: str) -> list[date]:
    return [day_of(text, line) for key in keys for text, line in section.all_values(key)]


def _accounts(section: Section, keys: Sequence[str]) -> list[str]:
    return [plain_account(text) for key in keys for text, _line in section.all_values(key)]


def _takes_back(values: Mapping[str, str], purpose: str) -> bool:
    kinds = (values.get(key, "") for key in KINDS_OF_DOCUMENT)
    return any(TAKES_BACK.search(text) for text in (purpose, *kinds) if text)
