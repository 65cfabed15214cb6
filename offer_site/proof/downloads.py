"""The proof as a file to save, and how often a person may take one."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import Order
from offer_site.accounts.models import User
from offer_site.admin.forms import ButtonForm
from offer_site.attempts.operations import Attempts
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.signing import SigningKeyError
from offer_site.web.downloads import download

from .making import Proof, make_proof

TURNS = 10  # proofs for one person in PERIOD: each takes seconds of a processor
PERIOD = 60 * 60  # seconds
NO_KEY = gettext_lazy(
    "The proof cannot be signed now: the academy's key is missing. "
    "Write to us, and we will mend it."
)


class TooOftenError(RuleViolation):
    """A person has taken as many proofs as one may in an hour."""


def take_turn(user: Any, *, at: datetime) -> None:
    """Count one proof; TooOftenError when there were too many within an hour."""
    if Attempts(f"proof:{user.pk}", PERIOD).add(at=at) > TURNS:
        raise TooOftenError(_("That was often enough for now. Come back in an hour."))


def as_file(proof: Proof) -> HttpResponse:
    """A response with the archive as a file to save."""
    return download(proof.content, proof.file_name, content_type="application/zip")


class ProofForm(ButtonForm):
    reason = forms.CharField(
        label=gettext_lazy("What do you need it for?"),
        max_length=200,
        help_text=gettext_lazy(
            "It stays in the journal for ever: name documents and orders, not persons."
        ),
    )


def proof_for_staff(
    order: Order, values: dict[str, Any], *, by: User, at: datetime
) -> HttpResponse:
    """The proof for staff; the journal records who took it and why (5.4)."""
    take_turn(by, at=at)
    try:
        return as_file(make_proof(order=order, by=actor(by), reason=values["reason"], at=at))
    except SigningKeyError as missing:
        raise RuleViolation(NO_KEY) from missing


def was_accepted(order: Order) -> bool:
    return hasattr(order, "acceptance")
