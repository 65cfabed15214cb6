"""Scenes of orders that a third party took: staff on the phone, or a partner (2.6)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from enrollment.forms.consents import CONSENTS
from enrollment.models import Cohort, ConsentsBy, Edition, Order, Partner, PriceLevel, Tariff
from enrollment.operations.ordering.called_orders import take_order
from enrollment.operations.ordering.confirmations import ConfirmedFrom, confirm_consents
from enrollment.operations.ordering.orders import place_order
from enrollment.operations.ordering.taking import Taken, by_partner
from offer_site.accounts.models import User
from tests.given import NOON, a_cohort, an_application, an_owner

REQUIRED = tuple((str(each.purpose), str(each.line)) for each in CONSENTS if each.required)
BROWSER = ConfirmedFrom(address="198.51.100.7", agent="a phone", browser="b" * 64)


def a_partner(name: str = "«Білім» ЖШС", *, is_active: bool = True) -> Partner:
    return Partner.objects.create(name=name, contact="Әсел, +7 701 000 00 00", is_active=is_active)


def a_tariff(package: str = "birge", *, at: datetime = NOON) -> Tariff:
    return Tariff.objects.select_related("package", "edition").get(
        edition=Edition.objects.in_force(at).get(),
        package__slug=package,
        level=PriceLevel.STANDARD,
    )


def a_called_order(
    *,
    consents: ConsentsBy = ConsentsBy.ALOUD,
    partner: Partner | None = None,
    cohort: Cohort | None = None,
    package: str = "birge",
    by: User | None = None,
    at: datetime = NOON,
    **party: Any,
) -> Order:
    """An order that staff took on the phone, with consents read aloud unless asked otherwise."""
    staff = by or an_owner()
    cohort = cohort or a_cohort()
    application = replace(
        an_application(**party), origin_address=None, origin_agent="", origin_browser=""
    )
    order, _is_new = take_order(
        tariff=a_tariff(package, at=at),
        cohort=cohort,
        application=application,
        language="kk",
        taken=Taken(consents, staff=staff, partner=partner),
        by=staff,
        at=at,
    )
    return order


def a_partners_order(partner: Partner, *, at: datetime = NOON, **party: Any) -> Order:
    """An order that its buyer placed alone, by the link of a partner."""
    cohort = a_cohort()
    order, _is_new = place_order(
        tariff=a_tariff(at=at),
        cohort=cohort,
        application=an_application(**party),
        language="kk",
        taken=by_partner(partner),
        by="visitor",
        at=at,
    )
    return order


def confirm(order: Order, *, at: datetime = NOON, consents: Any = REQUIRED) -> bool:
    return confirm_consents(
        order=order, consents=consents, language="ru", origin=BROWSER, by="visitor", at=at
    )
