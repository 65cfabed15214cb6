"""A company orders for several employees: an order and a place each, under one invoice (1.1).

Either all of them are ordered for, or none.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from enrollment.models import Cohort, Invoice, Order, Place, Tariff
from enrollment.operations.letters import write_to_visitor
from enrollment.operations.links import invoice_link, service_name
from enrollment.operations.places.claims import end_of_claim, may_claim_places
from enrollment.operations.places.lapses import end_unpaid
from enrollment.operations.places.places import claim_places, count_free, release_places
from enrollment.rules.learner_list import MOST_ROWS, named_twice
from enrollment.rules.order_states import OrderState
from offer_site.codes import new_invoice_code
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation
from offer_site.notices.kinds import NoticeKind
from offer_site.retries import once_more_if_beaten

from .applications import Application
from .orders import ENDED, ReportedOrderAwaits, is_known_to
from .placing import Newcomer, newcomer_of, write_orders, write_terms
from .taking import Taken

NAMED_TWICE = gettext_lazy(
    "This name stands in the list twice: see learner %(number)d. "
    "If they are two people, add a patronymic."
)


class LearnersRefused(RuleViolation):
    """Some learners of the list cannot be ordered for.

    `reasons` has the reason by the learner's index in the list, from 0.
    """

    def __init__(self, reasons: dict[int, str]) -> None:
        super().__init__(
            _("Some learners of the list cannot be ordered for. Nothing was ordered."), clause="3.3"
        )
        self.reasons = reasons


class UnpaidOrdersAwait(RuleViolation):
    """This buyer has unpaid orders for learners of the list: replacing needs a confirmation."""

    def __init__(self, orders: Collection[Order]) -> None:
        codes = dict.fromkeys(
            order.invoice.code if order.invoice else order.code for order in orders
        )
        super().__init__(
            _(
                "You have ordered for some of these learners already and not paid: %(codes)s. "
                "Confirm that the new list"
                " replaces what is unpaid there."
            )
            % {"codes": ", ".join(codes)},
            clause="4.3",
            field="replace",
        )


@once_more_if_beaten
@transaction.atomic(savepoint=False)
def place_company_orders(
    *,
    tariff: Tariff,
    cohort: Cohort,
    applications: Sequence[Application],
    language: str,
    at: datetime,
    by: str,
    opened: Collection[str] = (),
    replace: bool = False,
    email_is_seen: bool = False,
    taken: Taken | None = None,
) -> tuple[Invoice, bool]:
    """Place an order for each learner under one invoice; return it, and whether it is new.

    The applications state one company and differ by their learners; either each of them becomes an
    order with a place, or nothing is written (1.1, 4.1, 4.6). The same unpaid list sent again is
    returned as it is. Of learners who are enrolled, only who may see their orders is told; anybody
    else reads it in the letter, and money for them concludes nothing (3.3). With `replace`, this
    buyer's unpaid orders for these learners lapse, with all unpaid orders of the same invoice.
    Raises LearnersRefused, UnpaidOrdersAwait, and RuleViolation when there are too few places.
    """
    newcomers = [newcomer_of(each) for each in applications]
    _require_a_list(newcomers)
    earlier = _orders_of([each.key for each in newcomers], cohort)
    _require_free(newcomers, earlier, opened=opened, at=at)
    enrolled = [order for order in earlier if order.state != OrderState.AWAITING_PAYMENT]
    earlier = [order for order in earlier if order.state == OrderState.AWAITING_PAYMENT]
    same = _same_list(earlier, newcomers, tariff=tariff, at=at)
    if same:
        return same, False
    awaiting = [order for order in earlier if at < order.lapses_at]
    kept = next((order for order in awaiting if order.is_kept(at)), None)
    if kept:
        raise ReportedOrderAwaits(kept)
    if awaiting and not replace:
        raise UnpaidOrdersAwait(awaiting)
    code = new_invoice_code()
    for order in earlier:
        end_unpaid(order, verb="order.replaced", facts={"by": code}, by=by, at=at, keeps_place=True)
    was_seen = email_is_seen or any(order.party.email_seen_at for order in earlier)
    for each in newcomers:
        each.party.email_seen_at = at if was_seen else None

    invoice = Invoice.objects.create(code=code, language=language, placed_at=at)
    orders = write_orders(
        newcomers,
        tariff=tariff,
        cohort=cohort,
        language=language,
        prepayment=tariff.price,
        at=at,
        invoice=invoice,
        taken=taken,
    )
    held_until = _claim_places(orders, replaced=earlier, at=at)
    write_terms(newcomers, orders, held_until=held_until, taken=taken, by=by, at=at)
    write_to_visitor(
        NoticeKind.INVOICE_PLACED,
        about=("invoice", invoice.code),
        to=newcomers[0].party.email,
        language=language,
        attachments=[("invoice", invoice.code)],
        at=at,
        facts={
            "invoice": invoice.code,
            "due": sum(order.prepayment for order in orders),
            "pay_on": almaty_day(at).isoformat(),
            "package": service_name(orders[0]),
            "learners": len(orders),
            "starts_on": cohort.starts_on.isoformat(),
            "ends_on": cohort.ends_on.isoformat(),
            "invoice_url": invoice_link(invoice, orders),
            **_enrolled_among(newcomers, enrolled),
        },
    )
    return invoice, True


def _claim_places(
    orders: Sequence[Order], *, replaced: Sequence[Order], at: datetime
) -> datetime | None:
    """Claim a place for each order; return until when, or None if they claim none yet (4.6).

    They have the places of the orders that they replace no longer than those had them. Raises
    RuleViolation when too few places are free.
    """
    party = orders[0].party
    cohort = orders[0].cohort_id
    until = end_of_claim(party, at=at)
    theirs = Place.objects.filter(order__in=replaced, held_until__gt=at)
    ends = theirs.aggregate(last=Max("held_until"))["last"]
    may_claim = may_claim_places(
        party=party, cohort_id=cohort, wanted=len(orders), at=at, of=replaced
    )
    if may_claim:
        until = min(until, ends) if ends else until
        had = claim_places(orders=orders, at=at, until=until, of=replaced)
    else:
        had = count_free(cohort_id=cohort, at=at, of=replaced)
    if had < len(orders):
        raise RuleViolation(_too_few(had, len(orders)), clause="4.6")
    release_places(orders=replaced)
    return until if may_claim else None


def _require_a_list(newcomers: Sequence[Newcomer]) -> None:
    """Refuse an empty list, one that is too long, and one that names somebody twice (3.3)."""
    if not newcomers:
        raise RuleViolation(_("The list names nobody. Enter at least one learner."), clause="1.1")
    if len(newcomers) > MOST_ROWS:
        raise RuleViolation(
            _("At most %(most)d learners are ordered for at once.") % {"most": MOST_ROWS},
            clause="1.1",
        )
    twice = {
        place: str(NAMED_TWICE) % {"number": first + 1}
        for place, first in named_twice([each.key for each in newcomers]).items()
    }
    if twice:
        raise LearnersRefused(twice)


def _orders_of(keys: Sequence[str], cohort: Cohort) -> list[Order]:
    """Lock the learners' orders in the cohort, and the unpaid orders of the same invoices.

    An invoice with an unpaid order is replaced whole, so all of it is locked at once, by the
    orders' keys.
    """
    theirs = Order.objects.filter(learner_key__in=keys, cohort=cohort).exclude(state__in=ENDED)
    # An enrolled learner of the list leads to no unpaid order of others.
    replaced = theirs.filter(state=OrderState.AWAITING_PAYMENT)
    unpaid = Order.objects.filter(
        state=OrderState.AWAITING_PAYMENT, invoice__in=replaced.values("invoice")
    )
    either = Order.objects.filter(
        pk__in=[*theirs.values_list("pk", flat=True), *unpaid.values_list("pk", flat=True)]
    )
    return list(
        either.locked().select_related("party", "invoice").exclude(state__in=ENDED).order_by("pk")
    )


def _same_list(
    earlier: Sequence[Order], newcomers: Sequence[Newcomer], *, tariff: Tariff, at: datetime
) -> Invoice | None:
    """The unpaid invoice for exactly these learners at this tariff: a list sent twice is one."""
    is_same = (
        {order.learner_key for order in earlier} == {each.key for each in newcomers}
        and len({order.invoice_id for order in earlier}) == 1
        and all(
            order.state == OrderState.AWAITING_PAYMENT
            and at < order.lapses_at
            and order.tariff_id == tariff.pk
            and order.party.business_number == newcomers[0].party.business_number
            for order in earlier
        )
    )
    return earlier[0].invoice if is_same else None


def _require_free(
    newcomers: Sequence[Newcomer],
    earlier: Sequence[Order],
    *,
    opened: Collection[str],
    at: datetime,
) -> None:
    """Refuse learners whose unpaid order was placed elsewhere, and enrolled ones (3.3, 4.3).

    Raises LearnersRefused with a reason for each. Only who may see the order of an enrolled learner
    is told of it. An order opens from its letter only.
    """
    reasons = {}
    for number, each in enumerate(newcomers):
        theirs = [order for order in earlier if order.learner_key == each.key]
        if any(
            order.state != OrderState.AWAITING_PAYMENT and order.code in opened for order in theirs
        ):
            reasons[number] = _("This learner is already enrolled in this cohort.")
        elif any(
            order.state == OrderState.AWAITING_PAYMENT
            and at < order.lapses_at
            and not is_known_to(order, opened=opened, browser=each.party.origin_browser)
            for order in theirs
        ):
            reasons[number] = _(
                "There is an unpaid order for this learner already. "
                "Open it from the letter we sent to this e-mail."
            )
    if reasons:
        raise LearnersRefused(reasons)


def _enrolled_among(newcomers: Sequence[Newcomer], enrolled: Sequence[Order]) -> dict[str, str]:
    """The names of enrolled learners as a fact of the letter; empty if there are none."""
    keys = {order.learner_key for order in enrolled}
    names = [each.learner.full_name for each in newcomers if each.key in keys]
    return {"enrolled": ", ".join(names)} if names else {}


def _too_few(had: int, wanted: int) -> str:
    """The sentence tells how many places are left, so that the buyer can shorten the list."""
    if not had:
        return _("No places are left in this cohort.")
    sentence = ngettext(
        "%(had)d place is left in this cohort, and the list names %(wanted)d learners. "
        "Nothing was ordered.",
        "%(had)d places are left in this cohort, and the list names %(wanted)d learners. "
        "Nothing was ordered.",
        had,
    )
    return sentence % {"had": had, "wanted": wanted}
