"""Writing to a minor's guardian again before the consent, mostly at another e-mail (1.1)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import GuardianConsent, Order
from enrollment.operations.ordering.guardians import CLAUSE, OPEN, write_to_guardian
from enrollment.rules.bounds import CORRECTIONS, DAY
from enrollment.rules.order_states import OrderState
from offer_site.attempts.operations import Attempts
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import withdraw_notices


@transaction.atomic(savepoint=False)
def correct_guardian_email(
    *,
    order: Order,
    email: str,
    by: str,
    at: datetime,
    reason: str = "",
    is_by_staff: bool = False,
) -> GuardianConsent:
    """Write to the guardian at another e-mail; the link that went to the old one opens nothing.

    To the same e-mail the letter goes once more: its link may have died. Raises RuleViolation once
    the consent is given, whose evidence is where its link went; for the minor's own mailbox; for a
    visitor also when the order is not unpaid, or this was asked for often today. Locks the order.
    """
    order = Order.objects.people_locked().with_people().get(pk=order.pk)
    consent = GuardianConsent.objects.select_for_update().filter(order=order).first()
    if consent is None:
        raise RuleViolation(_("This order needs no consent of a guardian."), clause=CLAUSE)
    consent.order = order
    if consent.is_given:
        raise RuleViolation(
            _("The consent is given: the e-mail to which its link went stays as it is."),
            clause=CLAUSE,
            field="email",
        )
    states = OPEN if is_by_staff else (OrderState.AWAITING_PAYMENT,)
    order.require(*states, message=_("This order is not open any more."), clause=CLAUSE)
    if email == order.party.email:
        raise RuleViolation(
            _("This is your own e-mail. Write that of your parent or guardian."),
            clause=CLAUSE,
            field="email",
        )
    if not is_by_staff and not Attempts(f"guardians:{order.pk}", DAY).allows(CORRECTIONS, at=at):
        raise RuleViolation(
            _(
                "The e-mail of this order was corrected many times today. "
                "Correct it tomorrow, or write to us."
            ),
            clause=CLAUSE,
            field="email",
        )
    said = {"reason": reason} if reason else {}
    if email == consent.email:
        _note("guardian.written_again", order, said, by=by, at=at)
    else:
        _correct(consent, order, email=email, said=said, by=by, at=at)
    write_to_guardian(order, consent, by_staff=is_by_staff, occasion=at.isoformat(), at=at)
    return consent


def _correct(
    consent: GuardianConsent,
    order: Order,
    *,
    email: str,
    said: dict[str, str],
    by: str,
    at: datetime,
) -> None:
    before = consent.digest()
    consent.email = email
    consent.save(update_fields=["email"])
    facts = {"guardian_before": before, "guardian": consent.digest()} | said
    _note("guardian.email_corrected", order, facts, by=by, at=at)
    withdraw_notices(about=("order", order.code), kind=NoticeKind.GUARDIAN_ASKED, at=at)


def _note(verb: str, order: Order, facts: dict[str, str], *, by: str, at: datetime) -> None:
    record(
        verb,
        about=("order", order.code),
        order=order.code,
        facts=facts,
        by=by,
        at=at,
        clause=CLAUSE,
    )
