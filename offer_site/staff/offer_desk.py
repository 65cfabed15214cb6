"""The page of an edition for staff, with what its withdrawal would lapse and whose money is on its
way: that is seen before it is done (2.4).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.admin.offer import RIGHT, EditionAdmin, WithdrawalForm, can_be_withdrawn
from enrollment.models import Edition, HalvesRequest, Order, PaymentReport
from enrollment.operations.offering.offers import withdraw_offer
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.links import linked, moment
from offer_site.days import short_day
from offer_site.money import tenge_text
from payments.models import Hold, InstallmentApplication, Payment
from payments.operations.ledger.receipts import received_by
from payments.rules.provider_names import provider_name

Row = tuple[Any, ...]


class SeenWithdrawalForm(WithdrawalForm):
    """The orders on the page are named to the operation: none lapses that was not seen."""

    shown = forms.CharField(widget=forms.HiddenInput, required=False)
    is_read = forms.BooleanField(
        label=_("I have read below what lapses and whose money is on its way"),
        error_messages={"required": _("Read the lists below, and confirm it.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = " ".join(unpaid().values_list("code", flat=True))
        self.fields["shown"].initial = now
        self.now = now

    def refuse(self, refused: Any, *, otherwise: str | None = None) -> None:
        """The page shows the list of now, so what is confirmed next is that list."""
        super().refuse(refused, otherwise=otherwise)
        typed: Any = self.data
        typed = typed.copy()
        typed["shown"] = self.now
        self.data = typed

    def clean_shown(self) -> list[str]:
        return str(self.cleaned_data["shown"]).split()


def unpaid() -> Any:
    return Order.objects.awaiting_payment().order_by("placed_at", "pk")


def withdraw(edition: Edition, values: dict[str, Any], *, by: User, at: datetime) -> str:
    withdraw_offer(edition=edition, reason=values["reason"], shown=values["shown"], by=by, at=at)
    return gettext("The offer is withdrawn. Nothing can be ordered.")


def what_it_does(edition: Edition) -> Sequence[Chapter]:
    """What a withdrawal lapses, whose money is on its way, and which agreements cannot be used."""
    orders = list(
        unpaid().select_related("party", "tariff__package").prefetch_related("allocations")
    )
    lapsing = [
        (
            linked(order, order.code),
            order.party.full_name,
            tenge_text(order.price),
            moment(order.placed_at),
        )
        for order in orders
    ]
    agreed = [
        (linked(request), request.name, request.get_state_display())
        for request in HalvesRequest.objects.not_ordered()
    ]
    return [
        Chapter(
            _("Unpaid orders that will lapse"),
            lapsing,
            (_("Order"), _("Buyer"), _("Price"), _("Placed at")),
            empty=_("No order is unpaid: nothing lapses."),
        ),
        Chapter(
            _("Money that is on its way to them"),
            list(money_on_its_way(orders)),
            (_("Order"), _("Buyer"), _("What"), _("Amount"), _("Since")),
            empty=_("No payment of these orders is known or begun."),
        ),
        Chapter(
            _("Agreements on halves that cannot be ordered meanwhile"),
            agreed,
            (_("Request"), _("Buyer"), _("State")),
            empty=_("None."),
        ),
    ]


def money_on_its_way(orders: Sequence[Order]) -> Iterator[Row]:
    """Money of unpaid orders: come in part, held, reported, or begun by an open link."""
    buyers = {order.pk: order.party.full_name for order in orders}
    for order in orders:
        if received := received_by(order):
            yield _row(order, buyers, _("received in part"), tenge_text(received), order.placed_at)
    open_holds = Hold.objects.open().filter(payment__order__in=orders)
    for hold in open_holds.select_related("payment__order"):
        if hold.payment is not None:
            order = hold.payment.order
            yield _row(order, buyers, _("held on the card"), tenge_text(hold.amount), hold.held_at)
    for report in PaymentReport.objects.standing().filter(order__in=orders).select_related("order"):
        words = gettext("reported: %(kind)s No. %(number)s of %(day)s") % {
            "kind": report.get_kind_display(),
            "number": report.number,
            "day": short_day(report.day),
        }
        yield _row(report.order, buyers, words, tenge_text(report.order.price), report.said_at)
    applications = InstallmentApplication.objects.filter(order__in=orders).select_related("order")
    for application in applications:
        yield _row(
            application.order,
            buyers,
            _("application for instalments"),
            tenge_text(application.order.price),
            application.stated_at,
        )
    begun = Payment.objects.undecided().filter(order__in=orders, link_cancelled_at=None)
    for payment in begun.select_related("order"):
        yield _row(
            payment.order,
            buyers,
            gettext("payment begun: %(provider)s") % {"provider": provider_name(payment.provider)},
            tenge_text(payment.amount),
            payment.started_at,
        )


def _row(
    order: Order, buyers: dict[int, str], what: Any, amount: str, since: datetime | None
) -> Row:
    return linked(order, order.code), buyers[order.pk], what, amount, moment(since)


@admin.register(Edition)
class OfferDesk(EditionAdmin):
    buttons = [
        Button(
            "withdrawal",
            _("Withdraw the offer"),
            permission=RIGHT,
            operate=withdraw,
            form=SeenWithdrawalForm,
            is_offered=can_be_withdrawn,
            chapters=what_it_does,
            note=_(
                "From this moment nothing can be ordered, and unpaid orders lapse. "
                "Accepted orders run on unchanged (2.4)."
            ),
        ),
        *EditionAdmin.buttons,
    ]
