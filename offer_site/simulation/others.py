"""Orders in which somebody else has a part: staff on the phone, a partner, a minor's guardian."""

from dataclasses import replace

from enrollment.models import ConsentsBy, Order, Partner
from enrollment.operations.ordering.called_orders import take_order
from enrollment.operations.ordering.confirmations import ConfirmedFrom, confirm_consents
from enrollment.operations.ordering.guardians import consent_by_link
from enrollment.operations.ordering.taking import Taken, by_partner

from .academy import Life, Road, Simulation
from .money import by_kaspi

PARTNER = "«Білім» ЖШС"


def orders_by_phone(here: Simulation) -> Life:
    """Calls; staff read the consents aloud and place the order (2.6)."""
    order = _called(here, ConsentsBy.ALOUD)
    yield here.in_minutes()
    by_kaspi(order, amount=order.prepayment, number=next(here.numbers), at=here.now)


def confirms_by_a_link(here: Simulation) -> Life:
    """Calls, gives the consents on the page of the letter's link, and pays (2.6, 5.1)."""
    order = _called(here, ConsentsBy.LINK)
    yield here.in_minutes()
    confirm_consents(
        order=order,
        consents=here.people.consents(language=order.language),
        language=order.language,
        origin=ConfirmedFrom(address="198.18.255.1", agent="simulation"),
        by="visitor",
        at=here.now,
    )
    yield here.in_minutes()
    by_kaspi(order, amount=order.prepayment, number=next(here.numbers), at=here.now)


def comes_from_a_partner(here: Simulation) -> Life:
    """Follows a partner's link, orders and pays (2.6)."""
    partner, _is_new = Partner.objects.get_or_create(name=PARTNER, defaults={"contact": "Әсел"})
    language = here.people.language()
    application = here.people.person(language=language)
    order = here.order(application, language=language, taken=by_partner(partner))
    yield here.in_minutes()
    by_kaspi(order, amount=order.prepayment, number=next(here.numbers), at=here.now)


def orders_as_a_minor(here: Simulation) -> Life:
    """Is sixteen: pays once the guardian has consented by the link of a letter (1.1)."""
    language = here.people.language()
    order = here.order(here.people.minor(language=language), language=language)
    yield here.in_minutes()
    consent_by_link(
        order=order,
        text="Келісемін.",
        language=language,
        origin=("198.18.255.2", "simulation"),
        at=here.now,
    )
    yield here.in_minutes()
    by_kaspi(order, amount=order.prepayment, number=next(here.numbers), at=here.now)


OTHERS: dict[Road, int] = {
    orders_by_phone: 2,
    confirms_by_a_link: 1,
    comes_from_a_partner: 2,
    orders_as_a_minor: 1,
}


def _called(here: Simulation, consents: ConsentsBy) -> Order:
    """An order that staff took on the phone; nothing of a browser is known."""
    language = here.people.language()
    staff = here.staff["first"]
    application = replace(
        here.people.person(language=language),
        origin_address=None,
        origin_agent="",
        origin_browser="",
    )
    order, _is_new = take_order(
        tariff=here.tariff("birge"),
        cohort=here.cohort,
        application=application,
        language=language,
        taken=Taken(consents, staff=staff),
        by=staff,
        at=here.now,
    )
    return order
