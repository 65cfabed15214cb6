"""Who waits for sales, as staff see it: counted, and taken off at a person's wish (5.3)."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from enrollment.models import WaitingPerson
from enrollment.operations.offering.waiting import forget
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.links import list_url
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.journal.operations import actor


def take_off(
    person: WaitingPerson, values: dict[str, Any], *, by: User, at: datetime
) -> HttpResponse:
    forget(person=person, by=actor(by), at=at)
    return redirect(list_url(WaitingPerson))


@admin.register(WaitingPerson)
class WaitingPersonAdmin(ReadOnlyAdmin):
    list_display = ["email", "language", "asked_at", "course", "besides"]
    list_select_related = ["course", "besides"]
    search_fields = ["email"]
    fields = ["email", "language", "asked_at", "course", "besides", "consent_text"]
    buttons = [
        Button(
            "forgetting",
            _("Take off the list"),
            permission="enrollment.change_waitingperson",
            operate=take_off,
            note=_("The e-mail is erased at once; it gets no letter."),
        )
    ]
