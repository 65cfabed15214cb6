"""Correcting the registered e-mail (3.1, 12.1.2.2)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Enrollment, Order, Party, PartyKind
from enrollment.operations.clarification.questions import follow_correction
from enrollment.operations.clarification.recipient import digest_of_field
from enrollment.operations.links import order_link
from enrollment.operations.ordering.applications import learner_key
from enrollment.operations.ordering.orders import ENDED, OrderAwaitsElsewhere
from enrollment.rules.order_states import OrderState
from enrollment.rules.recipient import Field
from offer_site.accounts.models import User
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

    With `confirmed` a doubtful e-mail was asked about and kept: 9.5 does not ask again. Staff say
    whether a mailbox of another buyer `is_shared`, and EmailOfAnother is raised if not; a buyer is
    never told who else is known. Raises
    RuleViolation when a document is missing (3.1, 12.1.2.2), and when the learner has another order
    in the cohort under the new e-mail (3.3, O4). Both addresses get a letter. Locks the order with
    its people.
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
    if not is_shared and _is_known_to_another(email, order=order):
        raise EmailOfAnother
    key = learner_key(email=email, full_name=order.learner.full_name)
    _require_no_other_order(order, key=key)
    old_digest = party.digest()
    if order.state != OrderState.AWAITING_PAYMENT:
        party.keep_former()
    party.email = email
    party.save(update_fields=["email"])
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
    for address in (before, email):
        queue_notice(
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
            },
        )
    follow_correction(order, email_changed=True, by=by, at=at)
    return order


def _is_known_to_another(email: str, *, order: Order) -> bool:
    """True when another buyer, by name, is registered under this e-mail, or a member of staff is."""
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


def _require_no_other_order(order: Order, *, key: str) -> None:
    """Raise RuleViolation if the learner has another order in the cohort under this e-mail."""
    others = Order.objects.filter(learner_key=key, cohort=order.cohort_id).exclude(pk=order.pk)
    states = set(others.exclude(state__in=ENDED).values_list("state", flat=True))
    if states - {OrderState.AWAITING_PAYMENT}:
        raise RuleViolation(
            _("This learner is already enrolled in this cohort."), clause="3.3", field="email"
        )
    if states and order.state == OrderState.AWAITING_PAYMENT:
        raise OrderAwaitsElsewhere
