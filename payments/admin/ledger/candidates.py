"""The orders that money may be meant for, with what speaks against each:
for transfers and for the ledger (4.3, M6).
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Invoice, Order
from enrollment.rules.learner_list import MOST_ROWS
from enrollment.rules.order_states import OrderState
from offer_site.admin.chapters import Chapter
from offer_site.admin.links import linked
from offer_site.days import short_day
from offer_site.money import tenge_text
from payments.models.received import received_sum
from payments.models.statement import DOUBTS
from payments.operations.statements.lines import candidate_of
from payments.rules.matching import Transfer, doubts_about

DAYS_AROUND = timedelta(days=3)  # candidates by amount are sought among the orders of these days
CANDIDATES = 20


def candidates(transfer: Transfer, codes: Sequence[str]) -> Chapter:
    """Orders that the money names, or of its amount and about its day."""
    near = (transfer.paid_on - DAYS_AROUND, transfer.paid_on + DAYS_AROUND)
    unpaid = [OrderState.AWAITING_PAYMENT, OrderState.LAPSED]
    asked = Q(prepayment=transfer.amount) | Q(price=transfer.amount)
    due = asked & Q(state__in=unpaid, placed_on__range=near)
    named = Q(code__in=codes) | Q(invoice__code__in=codes)
    orders: Any = (
        Order.objects.with_people()
        .select_related("invoice")
        .annotate(received=received_sum("pk"))
        .filter(named | due)
    )
    rows = []
    most = (
        CANDIDATES
        if not Invoice.objects.filter(code__in=codes).exists()
        else CANDIDATES + MOST_ROWS
    )
    for order in orders.order_by("-placed_at", "pk")[:most]:
        candidate = candidate_of(order, received=order.received)
        against = [DOUBTS[doubt] for doubt in doubts_about(candidate, transfer)]
        if order.code not in codes and (order.invoice is None or order.invoice.code not in codes):
            against.append(gettext("its code is not named"))
        rows.append(
            (
                linked(order, order.code),
                order.get_state_display(),
                short_day(order.placed_on),
                tenge_text(candidate.due),
                str(order.party),
                "; ".join(map(str, against)) or gettext("nothing"),
            )
        )
    headings = (
        _("order"),
        _("state"),
        _("day of the order"),
        _("due"),
        _("buyer"),
        _("what speaks against it"),
    )
    return Chapter(
        _("candidates"),
        rows,
        headings,
        empty=_("No order has its code, or its amount about this day."),
    )
