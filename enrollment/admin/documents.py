"""The button by which staff see a document that somebody sent (5.4)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from enrollment.operations.personal_data import show_document
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Words
from offer_site.admin.forms import PurposeForm
from offer_site.documents import Documented, hand_out
from offer_site.journal.operations import actor

OF_A_PAYMENT = _(
    "It may state an IIN, an address or an account. The journal keeps who saw it and "
    "what for (5.4)."
)
OF_AN_ANSWER = _(
    "It may state an IIN or an address. The journal keeps who saw it and what for (5.4)."
)


def document_button(
    permission: str, *, file_name: Callable[[Any], str], note: Words = OF_A_PAYMENT
) -> Button:
    """A button of a row with a document: it asks what for, journals it, and gives the file.

    `file_name` names the file without its ending.
    """

    def save(row: Documented, values: dict[str, Any], *, by: User, at: datetime) -> HttpResponse:
        seen = show_document(row=row, reason=values["reason"], by=actor(by), at=at)
        return hand_out(seen, name=file_name(seen))

    return Button(
        "document",
        _("Save the document"),
        permission=permission,
        operate=save,
        form=PurposeForm,
        note=note,
        is_offered=lambda row: bool(row.document),
    )
