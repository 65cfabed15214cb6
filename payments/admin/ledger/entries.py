"""Money as staff see it: facts, read-only. What waits for a person is a filter away."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import ChoiceFilter, QuestionFilter
from offer_site.admin.forms import ButtonForm, reason_field
from offer_site.admin.links import linked, moment, person
from offer_site.admin.pages import ReadOnlyAdmin, ReadOnlyInline
from offer_site.money import amount_text, tenge_text
from payments.admin.books.fiscal import ENTER_RECEIPT, LACKING_RECEIPT, fees, fiscal_receipts
from payments.admin.masking import without_iins
from payments.admin.providers import NamedProvider, ProviderFilter
from payments.admin.refunds.buttons import LEDGER_BUTTONS
from payments.models import Allocation, LedgerEntry, Payment, ProviderMessage
from payments.operations.paying.messages import settle_message
from payments.rules.declines import decline_in_words
from payments.rules.waiting import Why

from .corrections import CORRECT, CORRECT_PAYOUT
from .waiting import BUTTONS, FILTERS, possible_orders, waiting_for, waits, what_was_done


class WaitingFilter(ChoiceFilter):
    """Money that waits for a person, by the reason."""

    title = _("waits for a person")
    parameter_name = "waits"
    offered = FILTERS

    def find(self, queryset: QuerySet[LedgerEntry], chosen: str) -> QuerySet[LedgerEntry]:
        return queryset.filter(pk__in=waiting_for(chosen).values("pk"))


class GroundFilter(ChoiceFilter):
    """Refunds that nobody has given the reason of (4.6)."""

    title = _("ground")
    parameter_name = "ground"
    offered = [("none", _("none yet"))]

    def find(self, queryset: QuerySet[LedgerEntry], chosen: str) -> QuerySet[LedgerEntry]:
        return queryset.filter(pk__in=LedgerEntry.objects.without_ground())


class ConflictFilter(ChoiceFilter):
    """Messages that disagree with what came before, and those that nobody handled."""

    title = _("waits for a person")
    parameter_name = "waits"
    offered = [("yes", _("yes"))]

    def find(self, queryset: QuerySet[ProviderMessage], chosen: str) -> QuerySet[ProviderMessage]:
        found = ProviderMessage.objects
        return queryset.filter(pk__in=found.conflicts() | found.unhandled(timezone.now()))


class MessageOutcomeForm(ButtonForm):
    reason = reason_field(label=_("What came of it"))


def settle(message: ProviderMessage, values: dict[str, Any], *, by: User, at: datetime) -> str:
    settle_message(message=message, by=by, at=at, **values)
    return gettext("The message is settled.")


def asks_for_a_person(message: ProviderMessage) -> bool:
    return ProviderMessage.objects.conflicts().filter(pk=message.pk).exists()


class AllocationInline(ReadOnlyInline):
    model = Allocation
    fields = readonly_fields = ["number", "order", "amount", "takes_back", "at", "whose"]
    ordering = ["number"]

    @admin.display(description=_("by"))
    def whose(self, allocation: Allocation) -> str:
        return person(allocation.by)


@admin.register(Payment)
class PaymentAdmin(NamedProvider, ReadOnlyAdmin):
    list_display = [
        "invoice_id",
        "order",
        "of_provider",
        "amount",
        "started_at",
        "declined_at",
        "reason",
    ]
    list_filter = [QuestionFilter, ProviderFilter, "started_at"]
    questions = {"link": (_("link left open"), lambda payments, at: payments.with_link_left_open())}
    list_select_related = ["order"]
    search_fields = ["invoice_id", "order__code"]
    fields = [
        "invoice_id",
        "order",
        "of_provider",
        "of_method",
        "amount",
        "commission",
        "for_another",
        "language",
        "started_at",
        "link_id",
        "link_cancelled_at",
        "link_tries",
        "link_failure",
        "returned_at",
        "declined_at",
        "decline_code",
        "reason",
    ]

    @admin.display(description=_("reason of the decline"))
    def reason(self, payment: Payment) -> str:
        return str(decline_in_words(payment.decline_code)) if payment.declined_at else ""


@admin.register(LedgerEntry)
class LedgerEntryAdmin(NamedProvider, ReadOnlyAdmin):
    list_display = [
        "reference",
        "of_provider",
        "kind",
        "sum",
        "waits_still",
        "why_it_waits",
        "happened_at",
        "invoice_id",
        "orders",
    ]
    list_filter = [
        WaitingFilter,
        GroundFilter,
        QuestionFilter,
        "kind",
        ProviderFilter,
        "happened_at",
    ]
    search_fields = ["reference", "invoice_id", "refunds_reference", "allocations__order__code"]
    fields = [
        "reference",
        "of_provider",
        "kind",
        "sum",
        "waits_still",
        "why_it_waits",
        "of_method",
        "happened_at",
        "recorded_at",
        "invoice_id",
        "refunds_reference",
        "corrects",
        "corrected",
    ]
    inlines = [AllocationInline]
    buttons = [*BUTTONS, *LEDGER_BUTTONS, CORRECT, CORRECT_PAYOUT, ENTER_RECEIPT]
    questions = {"fiscal": LACKING_RECEIPT}

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerEntry]:
        entries: Any = super().get_queryset(request)
        found: QuerySet[LedgerEntry] = (
            entries.with_left().with_why().prefetch_related("allocations__order")
        )
        return found

    def chapters(self, request: HttpRequest, subject: LedgerEntry) -> Sequence[Chapter]:
        possible = [possible_orders(subject)] if waits(subject) else []
        may_read = request.user.has_perm("journal.view_entry")  # type: ignore[union-attr]
        done = [what_was_done(subject)] if may_read else []
        return [*possible, fiscal_receipts(subject), *fees(subject), *done]

    @admin.display(description=_("order"))
    def orders(self, entry: LedgerEntry) -> str:
        """The orders that have something of it."""
        shares = Counter[str]()
        for allocation in entry.allocations.all():
            shares[allocation.order.code] += allocation.amount  # type: ignore[assignment]
        return ", ".join(code for code, amount in shares.items() if amount)

    @admin.display(description=_("amount"), ordering="amount")
    def sum(self, entry: LedgerEntry) -> str:
        return amount_text(entry.amount, entry.currency)

    @admin.display(description=_("corrected by"))
    def corrected(self, entry: LedgerEntry) -> str:
        """The counter-entry that takes this one away."""
        counter = LedgerEntry.objects.filter(corrects=entry).first()
        return linked(counter, moment(counter.recorded_at)) if counter else "–"

    @admin.display(description=_("waits still"))
    def waits_still(self, entry: LedgerEntry) -> str:
        return tenge_text(entry.left) if waits(entry) else "–"  # type: ignore[attr-defined]

    @admin.display(description=_("why it waits"))
    def why_it_waits(self, entry: LedgerEntry) -> str:
        return str(Why(entry.why).label) if waits(entry) else "–"  # type: ignore[attr-defined]


@admin.register(Allocation)
class AllocationAdmin(ReadOnlyAdmin):
    list_display = ["entry", "number", "order", "amount", "at", "whose"]
    list_select_related = ["entry", "order"]
    search_fields = ["entry__reference", "order__code"]

    @admin.display(description=_("by"), ordering="by")
    def whose(self, allocation: Allocation) -> str:
        return person(allocation.by)


@admin.register(ProviderMessage)
class ProviderMessageAdmin(NamedProvider, ReadOnlyAdmin):
    list_display = [
        "reference",
        "of_provider",
        "kind",
        "received_at",
        "handled_at",
        "outcome",
        "answer_code",
        "looked_at",
    ]
    list_filter = [ConflictFilter, "kind", "outcome", "received_at"]
    search_fields = ["reference", "body"]
    fields = [
        "reference",
        "of_provider",
        "kind",
        "told",
        "received_at",
        "handled_at",
        "outcome",
        "answer_code",
        "looked_at",
        "whose",
        "reason",
    ]
    buttons = [
        Button(
            "settle",
            _("Settle"),
            permission="payments.change_providermessage",
            operate=settle,
            form=MessageOutcomeForm,
            note=_(
                "Say what the bank answered or what you found. The message stays as it was told."
            ),
            is_offered=asks_for_a_person,
        ),
    ]

    @admin.display(description=ProviderMessage._meta.get_field("body").verbose_name)
    def told(self, message: ProviderMessage) -> str:
        return without_iins(message.body)

    @admin.display(description=_("by"))
    def whose(self, message: ProviderMessage) -> str:
        return person(message.looked_by) if message.looked_by else "–"
