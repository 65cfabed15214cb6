"""Transfers typed in where the bank gives no file: one enters, another approves (4.4, M11, M12)."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Min, Q
from django.utils.translation import gettext as _

from enrollment.models import Order
from offer_site.accounts.models import User
from offer_site.codes import codes_in
from offer_site.days import almaty_day
from offer_site.documents import Document, kept
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from payments.models import LineState, StatementFile, StatementLine, TypedTransfer
from payments.operations.ledger.bounds import require_day
from payments.rules.likeness import Telling
from payments.rules.matching import CURRENCY, Doubt

from .imports import fingerprint_of, our_account
from .lines import settle_line
from .typed_before import is_told_again


@dataclass(frozen=True)
class TransferSeen:
    """A transfer as the bank's application shows it; `number` is the payment order's, if shown."""

    documented_on: date
    amount: Decimal
    payer: str
    payer_id: str
    purpose: str
    number: str = ""


def enter_transfer(
    *,
    transfer: TransferSeen,
    reason: str,
    document: Document,
    by: User,
    at: datetime,
    is_another: bool = False,
) -> StatementLine:
    """Enter an incoming transfer as a line of the file kept by hand; it waits for approval (M12).

    Raises RuleViolation when a line shows the same money, or probably does and `is_another` is
    False.
    """
    with kept(document, under="transfers") as stored:
        return _enter(
            transfer=transfer, reason=reason, stored=stored, by=by, at=at, is_another=is_another
        )


@transaction.atomic
def _enter(
    *,
    transfer: TransferSeen,
    reason: str,
    stored: dict[str, str],
    by: User,
    at: datetime,
    is_another: bool,
) -> StatementLine:
    codes = codes_in(transfer.purpose)[:20]
    placed = Order.objects.filter(code__in=codes).aggregate(first=Min("placed_at"))["first"]
    require_day(
        transfer.documented_on,
        field="documented_on",
        not_before=almaty_day(placed) if placed else None,
        by=by,
        at=at,
        clause="4.4",
    )
    file = _file_kept_by_hand(by=by, at=at)
    fingerprint = _new_fingerprint(transfer, file, is_another=is_another)
    if not is_another and (same := probably_the_same(transfer)):
        raise RuleViolation(
            _(
                "This is probably the transfer that %(line)s tells of. "
                "Confirm that it is another one."
            )
            % {"line": same},
            clause="4.4",
            field="is_another",
        )
    details = {"payer": transfer.payer, "payer_id": transfer.payer_id, "purpose": transfer.purpose}
    StatementFile.objects.filter(pk=file.pk).update(incoming=F("incoming") + 1)
    line = StatementLine.objects.create(
        file=file,
        line=file.incoming + 1,
        fingerprint=fingerprint,
        number=transfer.number,
        documented_on=transfer.documented_on,
        executed_on=transfer.documented_on,
        amount=transfer.amount,
        currency=CURRENCY,
        codes=" ".join(codes),
        told=json.dumps(details, ensure_ascii=False),
        doubt=Doubt.UNAPPROVED,
        is_another=is_another,
    )
    TypedTransfer.objects.create(
        line=line, reason=reason, entered_by=actor(by), entered_at=at, **stored
    )
    facts = {
        "reference": fingerprint,
        "amount": str(line.amount),
        "document": stored["document_sha256"],
    }
    _record("statement_line.typed", line, facts=facts, by=by, at=at)
    return line


def approve_transfer(*, line: StatementLine, by: User, at: datetime) -> str:
    """Approve what another person typed in, and settle it as any line; return the code paid, or ''.

    Raises RuleViolation when it does not wait for approval, or the same person entered it (M12).
    """
    _approve(line, by=by, at=at)
    return settle_line(line_id=line.pk, at=at) if line.codes else ""


@transaction.atomic
def _approve(line: StatementLine, *, by: User, at: datetime) -> None:
    line = StatementLine.objects.select_for_update().get(pk=line.pk)
    if line.state != LineState.UNMATCHED or line.doubt != Doubt.UNAPPROVED:
        raise RuleViolation(_("This transfer does not wait for approval any more."))
    typed = line.typed
    if typed.entered_by == actor(by):
        raise RuleViolation(_("You entered it: another person approves it."), clause="4.4")
    typed.approve(by=actor(by), at=at)
    _set_free(line)
    _record("statement_line.approved", line, facts={"reference": line.fingerprint}, by=by, at=at)


def probably_the_same(transfer: TransferSeen) -> StatementLine | None:
    """A line that is probably this money.

    It is of the same day and amount and of the same number or payer, or it names the same order and
    tells nothing that speaks against it.
    """
    codes = codes_in(transfer.purpose)[:20]
    known = Q(documented_on=transfer.documented_on) | Q(executed_on=transfer.documented_on)
    for code in codes:
        known |= Q(codes__contains=code)
    told = Telling(
        amount=transfer.amount,
        days=(transfer.documented_on,),
        number=transfer.number,
        payer_id=transfer.payer_id,
        purpose=transfer.purpose,
    )
    for line in StatementLine.objects.filter(known, amount=transfer.amount).order_by("pk"):
        if is_told_again(told, codes, line):
            return line
    return None


def _new_fingerprint(transfer: TransferSeen, file: StatementFile, *, is_another: bool) -> str:
    """The fingerprint that a file of the bank would give; a second equal transfer gets the next."""
    occurrence = 1
    while True:
        fingerprint = fingerprint_of(
            account=file.account,
            number=transfer.number,
            day=transfer.documented_on.isoformat(),
            amount=str(transfer.amount),
            payer_id=transfer.payer_id,
            purpose=transfer.purpose,
            occurrence=occurrence,
        )
        known = StatementLine.objects.filter(fingerprint=fingerprint).select_related("file").first()
        if known is None:
            return fingerprint
        if not is_another:
            raise RuleViolation(
                _("This transfer is known already: %(line)s.") % {"line": known},
                clause="4.4",
                field="is_another",
            )
        occurrence += 1


def _file_kept_by_hand(*, by: User, at: datetime) -> StatementFile:
    """Lock the one file of our account that people write; created when missing."""
    account = our_account()
    StatementFile.objects.get_or_create(
        account=account, sha256=None, defaults={"imported_at": at, "stored_at": at, "by": actor(by)}
    )
    return StatementFile.objects.select_for_update().get(account=account, sha256=None)


def _set_free(line: StatementLine) -> None:
    line.doubt = "" if line.codes else Doubt.NO_CODE
    line.save(update_fields=["doubt"])


def _record(
    verb: str,
    line: StatementLine,
    *,
    facts: dict[str, str],
    by: User,
    at: datetime,
) -> None:
    record(
        verb,
        about=("statement_line", str(line.pk)),
        facts=facts,
        by=actor(by),
        at=at,
        clause="4.4",
    )
