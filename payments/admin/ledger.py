"""Money as staff see it: facts, read-only. What waits for a person is a filter away."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from offer_site.admin import QuestionFilter, ReadOnlyAdmin, ReadOnlyInline
from payments.models import Allocation, LedgerEntry, Payment, ProviderMessage
from payments.rules.declines import decline_in_words


class WaitsForStaff(admin.SimpleListFilter):
    """One question of a QuerySet as a filter."""

    title = _("waits for a person")
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Promise]]:
        return [("yes", _("yes"))]


class UnallocatedFilter(WaitsForStaff):
    def queryset(self, request: HttpRequest, queryset: QuerySet[LedgerEntry]) -> QuerySet[LedgerEntry]:
        return queryset.filter(pk__in=LedgerEntry.objects.unallocated()) if self.value() else queryset


class ConflictFilter(WaitsForStaff):
    def queryset(self, request: HttpRequest, queryset: QuerySet[ProviderMessage]) -> QuerySet[ProviderMessage]:
        if not self.value():
            return queryset
        messages = ProviderMessage.objects
        return queryset.filter(pk__in=messages.conflicts() | messages.unhandled(timezone.now()))


class AllocationInline(ReadOnlyInline):
    model = Allocation
    fields = ["order", "amount", "at", "by"]


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ["invoice_id", "order", "provider", "amount", "started_at", "declined_at", "reason"]
    list_filter = [QuestionFilter, "provider", "started_at"]
    questions = {"link": (_("link left open"), lambda payments, at: payments.with_link_left_open())}
    list_select_related = ["order"]
    search_fields = ["invoice_id", "order__code"]
    fields = [
        "invoice_id", "order", "provider", "method", "amount", "language", "started_at", "link_id", "link_cancelled_at",
        "link_tries", "link_failure", "returned_at", "declined_at", "decline_code", "reason",
    ]  # fmt: skip

    @admin.display(description=_("reason of the decline"))
    def reason(self, payment: Payment) -> str:
        return str(decline_in_words(payment.decline_code)) if payment.declined_at else ""


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = [
        "reference",
        "provider",
        "kind",
        "amount",
        "currency",
        "method",
        "happened_at",
        "invoice_id",
        "orders",
    ]
    list_filter = [UnallocatedFilter, "kind", "provider", "happened_at"]
    search_fields = ["reference", "invoice_id", "refunds_reference", "allocations__order__code"]
    inlines = [AllocationInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerEntry]:
        return super().get_queryset(request).prefetch_related("allocations__order")

    @admin.display(description=_("order"))
    def orders(self, entry: LedgerEntry) -> str:
        return ", ".join(allocation.order.code for allocation in entry.allocations.all())


@admin.register(Allocation)
class AllocationAdmin(ReadOnlyAdmin):
    list_display = ["entry", "order", "amount", "at", "by"]
    list_select_related = ["entry", "order"]
    search_fields = ["entry__reference", "order__code"]


@admin.register(ProviderMessage)
class ProviderMessageAdmin(ReadOnlyAdmin):
    list_display = ["reference", "provider", "kind", "received_at", "handled_at", "outcome", "answer_code"]
    list_filter = [ConflictFilter, "kind", "outcome", "received_at"]
    search_fields = ["reference", "body"]
