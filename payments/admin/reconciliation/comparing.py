"""Days compared with the providers' lists,
and every difference by name until a person settles it (M1).
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm, KeptReasonForm, reason_field
from offer_site.admin.links import linked, person
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import short_day
from offer_site.money import amount_text, tenge_text
from payments.admin.providers import NamedProvider, ProviderFilter
from payments.models import (
    DifferenceKind,
    Outcome,
    Reconciliation,
    ReconciliationDifference,
    StatementLine,
)
from payments.operations.reconciliation.differences import settle_difference
from payments.operations.reconciliation.kaspi_registry import PROVIDER as KASPI
from payments.operations.reconciliation.kaspi_registry import probably_known, take_as_another
from payments.operations.statements.taken_back import receipt_taken_back
from payments.rules.provider_names import provider_name


class DifferenceForm(ButtonForm):
    reason = reason_field(max_length=1000)


def settle(
    difference: ReconciliationDifference, values: dict[str, Any], *, by: User, at: datetime
) -> str:
    settle_difference(difference=difference, reason=values["reason"], by=by, at=at)
    return gettext("The difference is settled.")


def take(
    difference: ReconciliationDifference, values: dict[str, Any], *, by: User, at: datetime
) -> str:
    outcome = take_as_another(difference=difference, by=by, at=at, reason=values["reason"])
    if outcome == Outcome.APPLIED:
        return gettext("The money is in the ledger, and its order took it.")
    return gettext(
        "The money is in the ledger, but its order did not take it: it waits for a decision (4.3)."
    )


def is_probably_known(difference: ReconciliationDifference) -> bool:
    return stands(difference) and bool(money_alike(difference))


def money_alike(difference: ReconciliationDifference) -> list[Chapter]:
    """Money that a payment of Kaspi's registry is probably the same as."""
    if (difference.provider, difference.kind) != (KASPI, DifferenceKind.MISSING_HERE):
        return []
    known = probably_known(reference=difference.reference)
    if known is None:
        return []
    row = (linked(known.row), tenge_text(known.telling.amount), short_day(known.telling.days[0]))
    headings = (_("known as"), _("amount"), _("day"))
    return [Chapter(_("probably the same money as"), [row], headings)]


def stands(difference: ReconciliationDifference) -> bool:
    return difference.vanished_at is None and difference.settled_at is None


def sum_or_dash(amount: Decimal | None, currency: str) -> str:
    return "–" if amount is None else amount_text(amount, currency)


@admin.register(Reconciliation)
class ReconciliationAdmin(NamedProvider, ReadOnlyAdmin):
    list_display = [
        "day",
        "of_provider",
        "compared_at",
        "receipts_there",
        "receipts_here",
        "refunds_there",
        "refunds_here",
        "sum_there",
        "sum_here",
    ]
    list_filter = [ProviderFilter, "day"]
    fields = [
        "of_provider",
        "day",
        "compared_at",
        "compared_by",
        "receipts_there",
        "receipts_here",
        "refunds_there",
        "refunds_here",
        "sum_there",
        "sum_here",
    ]

    @admin.display(description=_("sum there"))
    def sum_there(self, run: Reconciliation) -> str:
        return tenge_text(run.total_there)

    @admin.display(description=_("sum in the ledger"))
    def sum_here(self, run: Reconciliation) -> str:
        return tenge_text(run.total_here)

    @admin.display(description=_("by"))
    def compared_by(self, run: Reconciliation) -> str:
        return person(run.by)

    def chapters(self, request: HttpRequest, subject: Reconciliation) -> Sequence[Chapter]:
        rows = [
            (
                linked(each, each.reference),
                each.get_kind_display(),
                sum_or_dash(each.amount_there, each.currency_there),
                sum_or_dash(each.amount_here, each.currency_here),
                stand_of(each),
            )
            for each in subject.differences.order_by("pk")
        ]
        headings = (
            _("reference"),
            _("what differs"),
            _("there"),
            _("in the ledger"),
            _("how it stands"),
        )
        return [Chapter(_("differences"), rows, headings, empty=_("Both sides say the same."))]


def stand_of(difference: ReconciliationDifference) -> str:
    if difference.settled_at:
        return gettext("settled")
    return gettext("not found any more") if difference.vanished_at else gettext("stands")


@admin.register(ReconciliationDifference)
class ReconciliationDifferenceAdmin(NamedProvider, ReadOnlyAdmin):
    list_display = [
        "reference",
        "of_provider",
        "kind",
        "invoice_id",
        "there",
        "here",
        "found_at",
        "stand",
    ]
    list_filter = [QuestionFilter, "kind", ProviderFilter, "found_at"]
    search_fields = ["reference", "invoice_id"]
    fields = [
        "reference",
        "of_provider",
        "comparison",
        "kind",
        "invoice_id",
        "there",
        "here",
        "recorded_as",
        "more",
        "found_at",
        "vanished_at",
        "settled_at",
        "by",
        "reason",
    ]
    questions = {"stands": (_("stands"), lambda differences, at: differences.open())}
    buttons = [
        Button(
            "settle",
            _("Settle"),
            permission="payments.change_reconciliationdifference",
            operate=settle,
            form=DifferenceForm,
            note=_("Say what the difference comes from and what was done. It stays in the list."),
            is_offered=stands,
            chapters=money_alike,
        ),
        Button(
            "another",
            _("It is other money"),
            permission="payments.change_reconciliationdifference",
            operate=take,
            form=KeptReasonForm,
            note=_(
                "Compare both with the bank. Then the payment is recorded by the bank's time. "
                "If it is the same money, settle the difference instead."
            ),
            is_offered=is_probably_known,
            chapters=money_alike,
        ),
    ]

    def chapters(
        self, request: HttpRequest, subject: ReconciliationDifference
    ) -> Sequence[Chapter]:
        receipt = receipt_taken_back(subject)
        return [receipt_of_the_bank(receipt)] if receipt else []

    @admin.display(description=_("reconciliation"))
    def comparison(self, difference: ReconciliationDifference) -> str:
        run = difference.reconciliation
        return linked(run, f"{provider_name(run.provider)}, {short_day(run.day)}")

    @admin.display(description=_("there"), ordering="amount_there")
    def there(self, difference: ReconciliationDifference) -> str:
        return sum_or_dash(difference.amount_there, difference.currency_there)

    @admin.display(description=_("in the ledger"), ordering="amount_here")
    def here(self, difference: ReconciliationDifference) -> str:
        return sum_or_dash(difference.amount_here, difference.currency_here)

    @admin.display(description=_("how it stands"))
    def stand(self, difference: ReconciliationDifference) -> str:
        return stand_of(difference)

    @admin.display(description=_("what else is known"))
    def more(self, difference: ReconciliationDifference) -> str:
        return gettext(difference.detail) if difference.detail else "–"

    @admin.display(description=_("settled by"))
    def by(self, difference: ReconciliationDifference) -> str:
        return person(difference.settled_by) if difference.settled_by else "–"


def receipt_of_the_bank(line: StatementLine) -> Chapter:
    """The receipt that the bank takes back, and what became of it."""
    rows = [
        (
            linked(line, short_day(line.documented_on)),
            amount_text(line.amount, line.currency),
            line.number or "–",
            line.get_state_display(),
            linked(line.order) if line.order else "–",
        )
    ]
    headings = (_("day"), _("amount"), _("number"), _("state"), _("order"))
    return Chapter(_("the receipt that the bank takes back"), rows, headings)
