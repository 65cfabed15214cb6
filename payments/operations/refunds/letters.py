"""The reasoned answer of a refund case: made once at the approval, a draft before (10.2.3)."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from enrollment.models import Academy, Order
from enrollment.operations.personal_data import record_sight
from offer_site.accounts.models import User
from offer_site.days import almaty_day
from offer_site.documents import SeenAs
from offer_site.errors import RuleViolation
from offer_site.file_names import file_name
from offer_site.journal.operations import actor
from offer_site.journal.papers import Paper, made_once
from offer_site.languages import speaking
from offer_site.notices.attachments import Attachment
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from payments.models import LedgerEntry, RefundCase, RefundDecision
from payments.refund_letter import refund_letter_pdf
from payments.rules.refunds import spread

from .cases import about, chain
from .sums import part_of, receipts_of

CLAUSE = "10.2.3"


def refund_letter_attachment(key: str, *, at: datetime) -> list[Attachment]:
    """The answer of the case with this key, for a letter."""
    case = _case(int(key))
    with speaking(case.language):
        name = file_name(_("Answer about the refund"), case.number, ending="pdf")
    return [Attachment(name, "application/pdf", _stored_pdf(case, at=at))]


def show_letter(*, case: RefundCase, by: User, at: datetime) -> bytes:
    """The answer as it was sent, or the draft of a proposal; the journal records the look (5.4)."""
    case = _case(case.pk)
    decision = case.standing()
    if decision is None:
        raise RuleViolation(_("No decision is proposed yet, so there is no answer to read."))
    pdf = _stored_pdf(case, at=at) if decision.approved_at else _set(case, decision, at=at)
    sight = SeenAs(about=about(case), verb="refund_case.letter_read")
    record_sight(sight, by=actor(by), at=at)
    return pdf


def _case(key: int) -> RefundCase:
    return RefundCase.objects.select_related(
        "order__party",
        "order__edition__academy",
        "order__tariff__package",
        "order__cohort__course",
        "entry",
    ).get(pk=key)


def letter_of(case: RefundCase) -> Paper:
    """The paper of the answer; its journal row stands in the order's chain, or the house's."""
    code = chain(case)
    letters = Notice.objects.filter(
        kind=NoticeKind.REFUND_DECIDED, about_kind=about(case)[0], about_key=about(case)[1]
    )
    return Paper(
        f"refunds/{case.number}.pdf",
        "refund_case.letter_made",
        about=about(case),
        order=code,
        lock=Order.objects.locked().filter(code=code).first,
        clause=CLAUSE,
        went_out=letters.exclude(raw_sha256="").exists,
    )


def _stored_pdf(case: RefundCase, *, at: datetime) -> bytes:
    """The letter's bytes, always the same; raises RuleViolation before the approval."""

    def as_approved() -> bytes:
        decision = case.standing()
        if decision is None or decision.approved_at is None:
            raise RuleViolation(_("The decision is not approved yet."))
        return _set(case, decision, at=decision.approved_at)

    return made_once(letter_of(case), as_approved, at=at)


def _set(case: RefundCase, decision: RefundDecision, *, at: datetime) -> bytes:
    keys = [case.entry_id] if case.entry_id else receipts_of(case.order_id or 0)
    receipts = list(LedgerEntry.objects.filter(pk__in=keys).order_by("happened_at", "pk"))
    # What this decision paid is in the payouts; the other refunds of the case came before it.
    refunds = list(LedgerEntry.objects.gone().filter(ground__case=case, payout=None).order_by("pk"))
    academy = case.order.edition.academy if case.order else Academy.objects.order_by("-pk").first()
    if academy is None:
        raise RuleViolation(_("The academy's details are not filled in."), clause="12.1.2")
    return refund_letter_pdf(
        case,
        decision,
        receipts=receipts,
        payouts=_payouts_by_method(case, decision, receipts),
        refunds=refunds,
        academy=academy,
        decided_on=almaty_day(at),
        is_draft=decision.approved_at is None,
    )


def _payouts_by_method(
    case: RefundCase, decision: RefundDecision, receipts: list[LedgerEntry]
) -> list[tuple[str, Decimal]]:
    """How much goes back by each provider: as approved, or as it would be."""
    if decision.approved_at:
        return [
            (payout.receipt.provider, payout.amount)
            for payout in case.payouts.select_related("receipt")
        ]
    providers = {receipt.pk: receipt.provider for receipt in receipts}
    out = spread(
        decision.granted - decision.made, [part_of(receipt, case=case) for receipt in receipts]
    )
    return [(providers[key], amount) for key, amount in out or []]
