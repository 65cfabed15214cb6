"""An order that staff take for a caller, for themselves or for a partner (2.6)."""

from dataclasses import replace as changed
from datetime import datetime

from enrollment.models import Cohort, Order, Tariff
from offer_site.accounts.models import User
from offer_site.journal.operations import actor

from .applications import Application
from .orders import place_order
from .placing import newcomer_of
from .taking import Taken


def take_order(
    *,
    tariff: Tariff,
    cohort: Cohort,
    application: Application,
    language: str,
    taken: Taken,
    replace: bool = False,
    by: User,
    at: datetime,
) -> tuple[Order, bool]:
    """Place an order for a caller, as `place_order` does for a visitor; see there what is raised.

    Staff see all orders of the learner, so all of them are `opened`: an unpaid one for the same
    tariff and buyer is returned as it is, and stays what it was. With consents by a link, what the
    application states of them is left out: the buyer gives them on the page.
    """
    if taken.awaits_confirmation:
        application = changed(application, consents=())
    key = newcomer_of(application).key
    opened = Order.objects.filter(learner_key=key, cohort=cohort).values_list("code", flat=True)
    return place_order(
        tariff=tariff,
        cohort=cohort,
        application=application,
        language=language,
        opened=list(opened),
        replace=replace,
        taken=taken,
        by=actor(by),
        at=at,
    )
