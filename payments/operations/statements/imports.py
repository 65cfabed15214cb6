"""Files of the bank: read to the end first, then stored line by line and judged (4.4, M11)."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import islice
from typing import BinaryIO

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _

from enrollment.models import Academy, Invoice, Order
from offer_site.codes import codes_in
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, record
from offer_site.money import TIYN
from offer_site.notices.operations import left_to_the_sweep
from offer_site.retries import once_more_if_beaten
from payments.models import (
    LineState,
    Reconciliation,
    ReconciliationDifference,
    StatementFile,
    StatementLine,
)
from payments.models.statement import CONTRADICTION
from payments.operations.ledger.brought import is_by_a_person
from payments.providers.bank_transfer.statement import StatementOperation, StatementReader
from payments.rules.matching import Doubt

from .lines import PROVIDER, settle_line
from .looks import ToldBefore
from .taken_back import (
    NOT_TOLD_AGAIN,
    hold_receipts_meant,
    hold_what_was_taken_back,
    keep_not_at_the_bank,
    note_taken_back,
)
from .typed_before import TypedBefore

BATCH = 500  # lines in a transaction: a callback of card or Kaspi waits for one batch at most

# What nobody may take for the bank's whole word.
UNBELIEVED = (Doubt.CONTRADICTION, Doubt.FILE_DISAGREES)

FEW = 5  # lines; where there is no worker, the letters of more are left to the clock


@dataclass(frozen=True)
class Report:
    """The result of an import: `matched` is of this run, the counts are of the whole file."""

    file: StatementFile
    is_new: bool
    matched: tuple[str, ...]
    repeated: int
    waiting: dict[str, int]
    set_aside: int
    taken_back: int

    @property
    def needs_a_person(self) -> bool:
        return bool(self.waiting) or not self.file.balances_agree or bool(self.taken_back)


def import_statement(*, content: BinaryIO | bytes, name: str, by: str, at: datetime) -> Report:
    """Import a file of the academy's bank; its transfers go to the orders they name (4.4, M11).

    A file that cannot be trusted is refused whole by StatementError: it is read to its end before
    anything is written. The same file, or one that overlaps with it, adds nothing; imported again
    after a crash it goes on where it stopped. What one of the staff brings is compared with the
    bank by another, and gives only so much before (M13).
    """
    stream = BytesIO(content) if isinstance(content, bytes) else content
    account = our_account()
    digest = digest_of(stream)
    file = StatementFile.objects.filter(sha256=digest).first()
    reader = StatementReader(stream, account=file.account if file else account)
    is_new = False
    if file is None:
        file, is_new = _know(reader, digest=digest, name=name[:200], by=by, at=at)
    if file.stored_at is None:
        _store(reader, file, by=by, at=at)
    lines = StatementLine.objects.filter(Q(file=file) | Q(typed__told_in=file))
    keys = list(lines.unjudged().values_list("pk", flat=True))
    letters_wait = settings.CELERY_TASK_ALWAYS_EAGER and len(keys) > FEW
    with left_to_the_sweep() if letters_wait else nullcontext():
        matched = [code for key in keys if (code := settle_line(line_id=key, at=at))]
    return _report(file, is_new=is_new, matched=matched)


def our_account() -> str:
    """The academy's IBAN; raises RuleViolation while its bank details are not filled in."""
    academy = Academy.objects.order_by("pk").last()
    if academy is None or not academy.iban:
        raise RuleViolation(_("Fill in the academy's bank details first."), clause="4.4")
    return academy.iban


def balance_text(amount: Decimal | None) -> str:
    """A balance as the journal keeps it; empty where the bank told none."""
    return "" if amount is None else str(amount.quantize(TIYN))


def digest_of(stream: BinaryIO) -> str:
    """The SHA-256 of a file, computed without holding the file in memory."""
    digest = hashlib.sha256()
    stream.seek(0)
    while piece := stream.read(1 << 18):
        digest.update(piece)
    return digest.hexdigest()


def fingerprint_of(
    *,
    account: str,
    number: str,
    day: str,
    amount: str,
    payer_id: str,
    purpose: str,
    occurrence: int,
) -> str:
    """The name of one operation, the same in every file that has it (M11).

    Equal operations of one file are told apart by `occurrence`.
    """
    return _fingerprint(_key(account, number, day, amount, payer_id, purpose), occurrence)


def _know(
    reader: StatementReader, *, digest: str, name: str, by: str, at: datetime
) -> tuple[StatementFile, bool]:
    """Read the whole file and then record it; a file recorded at the same moment is not new."""
    came = Counter[bool]()
    taken_back = 0
    for operation in reader:
        came[operation.is_incoming] += 1
        taken_back += _corrects(operation)
    try:
        with transaction.atomic():
            file = StatementFile.objects.create(
                sha256=digest,
                name=name,
                account=reader.account,
                imported_at=at,
                by=by,
                asks_for_look=is_by_a_person(by),
                since=reader.since,
                until=reader.until,
                opening=reader.balances.opening,
                closing=reader.balances.closing,
                incoming=came[True],
                outgoing=came[False],
                of_other_accounts=reader.of_other_accounts,
                of_nothing=reader.of_nothing,
                taken_back=taken_back,
                balances_agree=reader.balances_agree,
                disagreements=[
                    {
                        "what": each.what.value,
                        "told": str(each.told),
                        "read": str(each.read),
                        "day": each.day.isoformat() if each.day else "",
                    }
                    for each in reader.disagreements
                ],
            )
    except IntegrityError:
        return StatementFile.objects.get(sha256=digest), False
    return file, True


def _store(reader: StatementReader, file: StatementFile, *, by: str, at: datetime) -> None:
    """Store the lines of a file in short transactions, beginning after the last stored line."""
    last = file.lines.aggregate(last=Max("line"))["last"] or 0
    typed = TypedBefore(file)
    before = ToldBefore(file)
    held = StatementLine.objects.filter(
        state=LineState.UNMATCHED, doubt=Doubt.FILE_DISAGREES
    ).exclude(file=file)
    may_believe = file.balances_agree and held.exists()
    corrections: list[tuple[str, StatementOperation]] = []
    stored = before.strike(_lines_of(reader, file, corrections=corrections, at=at))
    lines = (line for line in stored if line.line > last)
    while batch := list(islice(lines, BATCH)):
        _doubt_unknown_codes(batch)
        if not file.balances_agree:
            _hold(batch)
        typed.doubt(batch)
        hold_what_was_taken_back(batch)
        believed = [line for line in batch if line.doubt not in UNBELIEVED]
        with transaction.atomic():
            _wait_for_others()
            StatementLine.objects.bulk_create(batch, ignore_conflicts=True)
            typed.set_free(believed)
            if may_believe:
                _believe(believed, file)
    _finish(file, before, corrections=corrections, periods=reader.whole_periods, by=by, at=at)
    file.stored_at = at


@once_more_if_beaten
@transaction.atomic
def _finish(
    file: StatementFile,
    before: ToldBefore,
    *,
    corrections: Sequence[tuple[str, StatementOperation]],
    periods: Sequence[tuple[date, date]],
    by: str,
    at: datetime,
) -> None:
    """Say what the file takes back and what it misses, and that it is stored to its end.

    Locks the lines, then the file, then the journal, as a person's click on a line does.
    """
    _wait_for_others()
    missed = before.missed(periods=periods, at=at)
    taken_back = hold_receipts_meant(corrections, file)
    is_first = StatementFile.objects.filter(pk=file.pk, stored_at=None).update(stored_at=at)
    note_taken_back(taken_back, by=by, at=at)
    for line in missed:
        keep_not_at_the_bank(line, detail=NOT_TOLD_AGAIN, by=by, at=at)
    if not is_first:
        return
    facts = {
        "incoming": file.incoming,
        "outgoing": file.outgoing,
        "sha256": file.sha256,
        "opening": balance_text(file.opening),
        "closing": balance_text(file.closing),
        "asks_for_look": file.asks_for_look,
        "brought_by": file.by,  # another may finish an import that broke off
    }
    record(
        "statement.imported",
        about=("statement", str(file.pk)),
        facts=facts,
        by=by,
        at=at,
        clause="4.4",
    )


def _wait_for_others() -> None:
    """Take the lock that lets only one import write at a time.

    Two files with the same lines in another order would deadlock.
    """
    Academy.objects.select_for_update().order_by("pk").last()


def _corrects(operation: StatementOperation) -> bool:
    """True when the bank takes back what it told before: a receipt, or a payment of ours."""
    return operation.takes_back or operation.amount < 0


def _hold(lines: Sequence[StatementLine]) -> None:
    """Keep the lines of a file whose sums are not those of its lines from being given by itself."""
    for line in lines:
        if line.state == LineState.UNMATCHED and not line.doubt:
            line.doubt = Doubt.FILE_DISAGREES


def _believe(lines: Sequence[StatementLine], file: StatementFile) -> None:
    """Move lines that wait for a whole file to this one, which tells the same: they are judged."""
    numbers = {line.fingerprint: line.line for line in lines}
    held = StatementLine.objects.filter(
        fingerprint__in=numbers, state=LineState.UNMATCHED, doubt=Doubt.FILE_DISAGREES
    )
    for line in held.select_for_update().order_by("pk"):
        line.file = file
        line.line = numbers[line.fingerprint]
        line.doubt = "" if line.codes else Doubt.NO_CODE
        line.save(update_fields=["file", "line", "doubt"])


def _lines_of(
    reader: StatementReader,
    file: StatementFile,
    *,
    corrections: list[tuple[str, StatementOperation]],
    at: datetime,
) -> Iterator[StatementLine]:
    """A row for each incoming operation; `corrections` gets what the bank takes back.

    Equal operations of one export are told apart; two exports of one file overlap as two files do.
    """
    seen = Counter[bytes]()
    export = 0
    for operation in reader:
        if operation.export != export:
            export = operation.export
            seen.clear()
        if not operation.is_incoming and not _corrects(operation):
            continue
        key = _key(
            *(() if operation.is_incoming else ("storno",)),
            file.account,
            operation.number,
            operation.documented_on.isoformat(),
            str(operation.amount),
            operation.payer_id,
            operation.purpose,
        )
        seen[key] += 1
        fingerprint = _fingerprint(key, seen[key])
        if operation.is_incoming:
            yield _line_of(operation, file, fingerprint=fingerprint, at=at)
        else:
            corrections.append((fingerprint, operation))


def _line_of(
    operation: StatementOperation, file: StatementFile, *, fingerprint: str, at: datetime
) -> StatementLine:
    facts = {
        "payer": operation.payer,
        "payer_id": operation.payer_id,
        "purpose": operation.purpose,
        CONTRADICTION: operation.contradiction,
    }
    codes = codes_in(operation.purpose)[:20]
    line = StatementLine(
        file=file,
        line=operation.line,
        number=operation.number[:40],
        documented_on=operation.documented_on,
        executed_on=operation.executed_on,
        amount=operation.amount,
        currency=operation.currency,
        knp=operation.knp,
        codes=" ".join(codes),
        doubt="" if codes else Doubt.NO_CODE,
        told=json.dumps(dict(operation.others) | facts, ensure_ascii=False),
        fingerprint=fingerprint,
    )
    if operation.contradiction:
        line.doubt = Doubt.CONTRADICTION
    elif operation.payer_id in settings.BANK_AGGREGATE_PAYERS:
        line.state = LineState.SET_ASIDE
        line.doubt = Doubt.AGGREGATE
        line.settled_at = at
        line.settled_by = SYSTEM
    return line


def _doubt_unknown_codes(lines: Sequence[StatementLine]) -> None:
    """Mark the lines whose codes name no order and no invoice, without a transaction for each.

    A sum that names one is not set aside unseen, whoever sends it.
    """
    named = {code for line in lines for code in line.codes.split()}
    known = {
        code
        for model in (Order, Invoice)
        if named
        for code in model.objects.filter(code__in=named).values_list("code", flat=True)
    }
    for line in lines:
        is_unknown = known.isdisjoint(line.codes.split())
        if line.codes and not line.doubt and is_unknown:
            line.doubt = Doubt.UNKNOWN_CODE
        elif line.doubt == Doubt.AGGREGATE and not is_unknown:
            line.state = LineState.UNMATCHED
            line.doubt = Doubt.NAMED_BY_MANY
            line.settled_at = None
            line.settled_by = ""


def _report(file: StatementFile, *, is_new: bool, matched: Sequence[str]) -> Report:
    counts = Counter[tuple[str, str]]()
    for state, doubt, count in (
        file.lines.order_by().values_list("state", "doubt").annotate(Count("pk"))
    ):
        counts[state, doubt] = count
    return Report(
        file=file,
        is_new=is_new,
        matched=tuple(matched),
        repeated=file.incoming - counts.total(),
        waiting={
            doubt: count
            for (state, doubt), count in sorted(counts.items())
            if state == LineState.UNMATCHED
        },
        set_aside=sum(
            count for (state, _doubt), count in counts.items() if state == LineState.SET_ASIDE
        ),
        taken_back=_open_corrections(file),
    )


def _open_corrections(file: StatementFile) -> int:
    """How much of what the bank took back in the days of a file waits for a person."""
    if not file.taken_back:
        return 0
    days = Reconciliation.objects.filter(provider=PROVIDER)
    if file.since and file.until:
        days = days.filter(day__range=(file.since, file.until))
    return ReconciliationDifference.objects.open().filter(reconciliation__in=days).count()


def _key(*parts: str) -> bytes:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).digest()


def _fingerprint(key: bytes, occurrence: int) -> str:
    return hashlib.blake2b(key + str(occurrence).encode(), digest_size=16).hexdigest()
