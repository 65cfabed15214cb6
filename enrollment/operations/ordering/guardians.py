"""A minor from 14 to 18 pays once the guardian has consented, and the consent is kept (1.1).

Under 14 the guardian orders, and is the party; then there is nothing to ask.
"""

from dataclasses import asdict
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import GuardianConsent, GuardianWay, Order, PartyKind
from enrollment.operations.letters import write_to_visitor
from enrollment.operations.links import guardian_link, order_link, service_name
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice, NoticeState
from offer_site.notices.operations import queue_notice
from offer_site.retries import once_more_if_beaten

from .applications import GuardianData

CLAUSE = "1.1"
GUARDIAN = "guardian"  # who consents, in the journal: nobody is signed in
OPEN = (OrderState.AWAITING_PAYMENT, OrderState.LAPSED)


def awaits_guardian(order: Order) -> bool:
    """True for a minor's order whose guardian has not consented; asks nothing for any other."""
    if order.party.kind != PartyKind.MINOR:
        return False
    return not GuardianConsent.objects.given().filter(order=order).exists()


def awaited_guardian(order: Order) -> GuardianConsent | None:
    """Who has to consent to a minor's order before it can be paid; None for any other."""
    if order.party.kind != PartyKind.MINOR:
        return None
    return GuardianConsent.objects.filter(order=order, given_at=None).first()


def guardian_is_unwritten(order: Order) -> bool:
    """True when the last letter to the guardian was withheld, was given up or came back."""
    letters = Notice.objects.filter(kind=NoticeKind.GUARDIAN_ASKED, order_code=order.code)
    last = letters.order_by("pk").last()
    return last is not None and last.state == NoticeState.DEAD


def ask_guardian(
    order: Order, guardian: GuardianData, *, by_staff: bool, by: str, at: datetime
) -> GuardianConsent:
    """Ask the guardian of a new order by a letter with a signed link; the caller's transaction.

    What staff write to is not a stranger's guess. Of a visitor's the letter may be withheld; then
    the order's page says so, and staff can send it.
    """
    consent = GuardianConsent.objects.create(order=order, asked_at=at, **asdict(guardian))
    facts = {"guardian": consent.digest(), "relation": consent.relation}
    _note("guardian.asked", consent, facts, by=by, at=at)
    write_to_guardian(order, consent, by_staff=by_staff, occasion="first", at=at)
    return consent


def write_to_guardian(
    order: Order, consent: GuardianConsent, *, by_staff: bool, occasion: str, at: datetime
) -> Notice:
    """Send the letter with the link to the guardian's present e-mail.

    A lapsed order names no day: money of its day may wait for the consent.
    Of a visitor's it may be withheld, as that of `ask_guardian`.
    """
    is_unpaid = order.state == OrderState.AWAITING_PAYMENT
    write = queue_notice if by_staff else partial(write_to_visitor, is_only_door=True)
    return write(
        NoticeKind.GUARDIAN_ASKED,
        about=("order", order.code),
        to=consent.email,
        language=order.language,
        order=order.code,
        occasion=occasion,
        at=at,
        facts={
            "learner": order.learner.full_name,
            "guardian": consent.full_name,
            "price": order.price,
            **({"pay_on": order.placed_on.isoformat()} if is_unpaid else {}),
            "package": service_name(order),
            "starts_on": order.cohort.starts_on.isoformat(),
            "ends_on": order.cohort.ends_on.isoformat(),
            "guardian_url": guardian_link(consent),
        },
    )


def consent_by_link(
    *,
    order: Order,
    text: str,
    language: str,
    origin: tuple[str, str],
    sent_to: str = "",
    browser: str = "",
    by: str = GUARDIAN,
    at: datetime,
) -> GuardianConsent:
    """Record the consent that the guardian gave on the page of the letter's link.

    `sent_to` is the e-mail to which the link went. `origin` is the network address and the browser;
    only their salted digest is kept. The journal says who was signed in, and whether `browser` is
    the one that placed the order. Repeated, it changes nothing. Raises RuleViolation once the order
    is neither unpaid nor lapsed, and where the e-mail was corrected meanwhile.
    """
    return _give(
        order=order,
        text=text,
        language=language,
        way=GuardianWay.LINK,
        by=by,
        at=at,
        sent_to=sent_to,
        origin=origin,
        browser=browser,
    )


def consent_read_aloud(
    *, order: Order, text: str, language: str, note: str, by: User, at: datetime
) -> GuardianConsent:
    """Record a consent that staff read aloud and the guardian gave; `note` says how and when."""
    if not note.strip():
        raise RuleViolation(
            _("Say how and when you spoke with the guardian."), clause=CLAUSE, field="note"
        )
    return _give(
        order=order,
        text=text,
        language=language,
        way=GuardianWay.ALOUD,
        by=actor(by),
        at=at,
        note=note,
    )


@once_more_if_beaten
@transaction.atomic(savepoint=False)
def _give(
    *,
    order: Order,
    text: str,
    language: str,
    way: GuardianWay,
    by: str,
    at: datetime,
    note: str = "",
    sent_to: str = "",
    origin: tuple[str, str] | None = None,
    browser: str = "",
) -> GuardianConsent:
    order = Order.objects.locked().with_people().get(pk=order.pk)
    consent = GuardianConsent.objects.select_for_update().filter(order=order).first()
    if consent is None:
        raise RuleViolation(_("This order needs no consent of a guardian."), clause=CLAUSE)
    if consent.is_given:
        return consent
    order.require(*OPEN, message=_("This order is not open any more."), clause=CLAUSE)
    if sent_to and sent_to != consent.email:
        raise RuleViolation(
            _("This link is not valid any more. A newer letter has another."), clause=CLAUSE
        )
    consent.given_at = at
    consent.given_by = by
    consent.way = way
    consent.language = language
    consent.text = text
    consent.note = note
    consent.origin_digest = order.party.digest_of_origin(*origin) if origin else ""
    consent.save()
    facts = {
        "guardian": consent.digest(),
        "way": str(way),
        "language": language,
        "text": consent.text_digest(),
        "origin": consent.origin_digest,
    }
    if way == GuardianWay.LINK:
        is_same = bool(browser) and browser == order.party.origin_browser
        facts["same_browser"] = "yes" if is_same else "no"
    _note("guardian.consented", consent, facts, by=by, at=at)
    if order.state == OrderState.AWAITING_PAYMENT:
        _tell_of_consent(order, at=at)
    return consent


def _tell_of_consent(order: Order, *, at: datetime) -> None:
    queue_notice(
        NoticeKind.GUARDIAN_CONSENTED,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        at=at,
        facts={
            "due": order.prepayment,
            "pay_on": order.placed_on.isoformat(),
            "package": service_name(order),
            "starts_on": order.cohort.starts_on.isoformat(),
            "ends_on": order.cohort.ends_on.isoformat(),
            "order_url": order_link(order),
        },
    )


def _note(
    verb: str, consent: GuardianConsent, facts: dict[str, str], *, by: str, at: datetime
) -> None:
    code = consent.order.code
    record(verb, about=("order", code), order=code, facts=facts, by=by, at=at, clause=CLAUSE)
