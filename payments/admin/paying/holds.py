"""Holds as staff see them: what the bank holds, what was decided,
and two buttons for what is not settled by itself.
"""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ReasonForm
from offer_site.admin.links import moment, person
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.money import amount_text
from payments.admin.providers import NamedProvider
from payments.models import Hold, HoldDecision
from payments.models.hold import REFUSALS
from payments.operations.paying.hold_settling import settle_by_hand
from payments.rules.matching import Refusal

RIGHT = "payments.change_hold"


def take(hold: Hold, values: dict[str, Any], *, by: User, at: datetime) -> str:
    settled = settle_by_hand(
        hold=hold, decision=HoldDecision.CONFIRM, reason=values["reason"], by=by, at=at
    )
    if settled.confirmed_at is None:
        return gettext("The bank had let the money go already.")
    return gettext("The money is taken.")


def let_go(hold: Hold, values: dict[str, Any], *, by: User, at: datetime) -> str:
    settled = settle_by_hand(
        hold=hold, decision=HoldDecision.RELEASE, reason=values["reason"], by=by, at=at
    )
    if settled.released_at is None:
        return gettext("The bank had taken the money already.")
    return gettext("The money is let go.")


def is_open(hold: Hold) -> bool:
    return hold.is_open


@admin.register(Hold)
class HoldAdmin(NamedProvider, ReadOnlyAdmin):
    passing = frozenset({"asked_at", "failure"})
    list_display = [
        "reference",
        "invoice_id",
        "sum",
        "held_at",
        "decision",
        "confirmed_at",
        "released_at",
        "failure",
    ]
    list_filter = [QuestionFilter, "decision", "held_at"]
    search_fields = ["reference", "invoice_id", "payment__order__code"]
    fields = [
        "reference",
        "of_provider",
        "invoice_id",
        "payment",
        "sum",
        "of_method",
        "held_at",
        "until",
        "decision",
        "why",
        "by",
        "asked_at",
        "failure",
        "confirmed_at",
        "released_at",
    ]
    questions = {"overdue": (_("not settled"), lambda holds, at: holds.overdue(at))}
    buttons = [
        Button(
            "confirm",
            _("Take the money"),
            permission=RIGHT,
            operate=take,
            form=ReasonForm,
            note=_(
                "The bank is asked at once. It is done only if the order may have the money: "
                "its day, its place, "
                "not paid twice."
            ),
            is_offered=is_open,
        ),
        Button(
            "release",
            _("Let the money go"),
            permission=RIGHT,
            operate=let_go,
            form=ReasonForm,
            note=_(
                "The bank is asked at once. Nothing was taken from the buyer, and nothing will be."
            ),
            is_offered=is_open,
        ),
    ]

    @admin.display(description=_("amount"), ordering="amount")
    def sum(self, hold: Hold) -> str:
        return amount_text(hold.amount, hold.currency)

    @admin.display(description=_("held by the bank until"))
    def until(self, hold: Hold) -> str:
        return moment(hold.ends_at)

    @admin.display(description=_("why"))
    def why(self, hold: Hold) -> str:
        """A refusal in words; a person's reason as it was written."""
        reason = hold.reason or hold.disagreement
        return str(REFUSALS[Refusal(reason)]) if reason in set(Refusal) else reason

    @admin.display(description=_("decided by"))
    def by(self, hold: Hold) -> str:
        return person(hold.decided_by) if hold.decided_by else "–"
