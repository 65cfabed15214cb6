"""Correcting the registered e-mail (3.1, 12.1.2.2)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Enrollment, Order, Party, PartyKind
from enrollment.operations.agreements.by_link import write_again
from enrollment.operations.clarification.questions import follow_correction
from enrollment.operations.clarification.recipient import digest_of_field
from enrollment.operations.letters import write_to_visitor
from enrollment.operations.links import order_link
from enrollment.operations.ordering.applications import learner_key
from enrollment.operations.ordering.guardians import awaited_guardian
from enrollment.operations.ordering.orders import ENDED, OrderAwaitsElsewhere
from enrollment.rules.bounds import CORRECTIONS, DAY
from enrollment.rules.order_states import OrderState
from enrollment.rules.recipient import Field
from offer_site.accounts.models import User
from offer_site.attempts.operations import Attempts
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice
from offer_site.retries import once_more_if_beaten


class EmailOfAnother(RuleViolation):
    """Another buyer is known under the new e-mail, who would read this contract and sign in."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Another buyer is known under this e-mail. If it is the mailbox of both, "
                "confirm it."
            ),
            clause="5.4",
            field="email",
        )


@once_more_if_beaten
@transaction.atomic(savepoint=False)
def correct_email(
    *,
    order: Order,
    email: str,
    by: str,
    at: datetime,
    document: str = "",
    confirmed: bool = False,
    is_shared: bool = True,
) -> Order:
    """Correct the registered e-mail: the buyer until payment, then staff with a document.

    `confirmed`: the new one looked mistyped, and was kept; 9.5 does not ask again. `is_shared`: it
    may be another buyer's mailbox too; EmailOfAnother is raised if it is and may not. Raises
    RuleViolation when a document is missing (3.1, 12.1.2.2), when an unpaid order was confirmed by
    the link that went to the present e-mail (2.6), and when the learner has another order in the
    cohort under the new e-mail (3.3, O4). A buyer is told neither who else is known nor that
    somebody is enrolled under it: the unpaid order takes the e-mail, and money for it concludes
    nothing. Both addresses get a letter; of what waits for the student's answer the new one is told
    again, since links of the old one are dead. Locks the order with its people.
    """
    order = Order.objects.people_locked().get(pk=order.pk)
    if order.state != OrderState.AWAITING_PAYMENT and not document:
        raise RuleViolation(
            _("After payment the e-mail is corrected by staff, with a document."), clause="12.1.2.2"
        )
    party = order.party
    before = order.party.email
    if email == before:
        return order
    _require_consents_from_elsewhere(order)
    _require_not_the_guardians(order, email)
    if not is_shared and _is_known_to_another(email, order=order):
        raise EmailOfAnother
    if not document:
        _require_few_corrections(order, at=at)
    key = learner_key(email=email, full_name=order.learner.full_name)
    is_enrolled = _require_no_other_order(order, key=key)
    old_digest = party.digest()
    if order.state != OrderState.AWAITING_PAYMENT:
        party.keep_former()
    party.email = email
    party.email_seen_at = None
    party.save(update_fields=["email", "email_seen_at"])
    order.learner_key = key
    if confirmed:
        order.confirmed = [*order.confirmed, [Field.EMAIL, digest_of_field(order, Field.EMAIL)]]
    order.save(update_fields=["learner_key", "confirmed"])
    Enrollment.objects.filter(order=order).update(learner_key=key)
    facts = {"party_before": old_digest, "party": party.digest(), "document": document}
    record(
        "email.corrected",
        about=("order", order.code),
        order=order.code,
        facts=facts,
        by=by,
        at=at,
        clause="12.1.2.2",
    )
    write = queue_notice if document else write_to_visitor
    # In one order for all, so that corrections in opposite directions do not wait for each other.
    for address in sorted((before, email)):
        write(
            NoticeKind.EMAIL_CORRECTED,
            about=("order", order.code),
            to=address,
            language=order.language,
            order=order.code,
            occasion=at.isoformat(),
            at=at,
            facts={
                "corrected_on": almaty_day(at).isoformat(),
                **({"order_url": order_link(order)} if address == email else {}),
                **({"enrolled": "yes"} if address == email and is_enrolled else {}),
            },
        )
    follow_correction(order, email_changed=True, by=by, at=at)
    write_again(order, at=at)
    return order


def _require_consents_from_elsewhere(order: Order) -> None:
    """Refuse to correct the e-mail whose reader gave the consents of an unpaid order (5.1).

    Whoever read a mistyped mailbox is not the buyer, whose consents they would become.
    """
    is_unpaid = order.state in (OrderState.AWAITING_PAYMENT, OrderState.LAPSED)
    if is_unpaid and order.confirmations.filter(confirmed_at__isnull=False).exists():
        raise RuleViolation(
            _(
                "The consents of this order were given by the link that came to this e-mail. "
                "Cancel the order and place it anew."
            ),
            clause="2.6",
            field="email",
        )


def _require_not_the_guardians(order: Order, email: str) -> None:
    """Refuse a minor the mailbox in which the guardian is to consent (1.1)."""
    asked = awaited_guardian(order)
    if asked is not None and asked.email == email:
        raise RuleViolation(
            _("Your parent or guardian consents in this mailbox. Write an e-mail of your own."),
            clause="1.1",
            field="email",
        )


def _is_known_to_another(email: str, *, order: Order) -> bool:
    """True when a buyer of another name is registered under this e-mail, or a member of staff."""
    known = Party.objects.filter(email=email, former_of=None).exclude(pk=order.party_id)
    return any(not _is_the_same(each, order.party) for each in known) or (
        User.objects.filter(email=email, is_staff=True).exists()
    )


def _is_the_same(one: Party, other: Party) -> bool:
    """True for one buyer's orders: the same company, or a person of the same name."""
    if one.kind == other.kind == PartyKind.COMPANY:
        return one.business_number == other.business_number
    return _folded(one.full_name) == _folded(other.full_name)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _require_few_corrections(order: Order, *, at: datetime) -> None:
    """Count one correction of a locked order; RuleViolation when there were enough for a day."""
    if not Attempts(f"corrections:{order.pk}", DAY).allows(CORRECTIONS, at=at):
        raise RuleViolation(
            _(
                "The e-mail of this order was corrected many times today. "
                "Correct it tomorrow, or write to us."
            ),
            clause="12.1.2.2",
            field="email",
        )


def _require_no_other_order(order: Order, *, key: str) -> bool:
    """Raise RuleViolation if the learner has another order in the cohort under this e-mail.

    An enrolled one hinders only an order under contract; True if there is one.
    """
    others = Order.objects.filter(learner_key=key, cohort=order.cohort_id).exclude(pk=order.pk)
    states = set(others.exclude(state__in=ENDED).values_list("state", flat=True))
    is_unpaid = order.state == OrderState.AWAITING_PAYMENT
    if states - {OrderState.AWAITING_PAYMENT} and not is_unpaid:
        raise RuleViolation(
            _("This learner is already enrolled in this cohort."), clause="3.3", field="email"
        )
    if OrderState.AWAITING_PAYMENT in states and is_unpaid:
        raise OrderAwaitsElsewhere
    return bool(states)
