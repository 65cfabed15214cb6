"""The act of performed work (form R-1) for a company; drawn up once and kept."""

import hashlib
from datetime import datetime

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import EnrollmentState, Order, PartyKind
from enrollment.models.enrollment import enrollment_of
from enrollment.operations.personal_data import record_sight
from offer_site.accounts.models import User
from offer_site.documents import SeenAs, made_once, read_stored
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from payments.rendering import act_paper

CLAUSE = "9.1"


def may_have_an_act(order: Order) -> bool:
    """True when the order is a company's and its service is performed."""
    enrollment = enrollment_of(order)
    is_performed = enrollment is not None and enrollment.state == EnrollmentState.COMPLETED
    return is_performed and order.party.kind == PartyKind.COMPANY


def act_name(order: Order) -> str:
    return f"{order.code}-R-1.pdf"


def kept_act(order: Order) -> str:
    """The stored file of an order's act; empty while none was drawn up."""
    return _stored_name(order) if default_storage.exists(_stored_name(order)) else ""


def act_of(*, order: Order, by: str, at: datetime) -> bytes:
    """The act of an order; the first one is kept, encrypted, and later calls return its bytes.

    Raises RuleViolation when the buyer is no company or the service is not performed yet.
    """
    name = kept_act(order)
    return read_stored(name) if name else _draw_up(order=order, by=by, at=at)


def act_for_staff(*, order: Order, by: User, at: datetime) -> bytes:
    """The act for staff; the journal records who read the address in it (5.4)."""
    pdf = act_of(order=order, by=actor(by), at=at)
    sight = SeenAs(about=("act", order.code), order=order.code, verb="act.read")
    record_sight(sight, by=actor(by), at=at)
    return pdf


@transaction.atomic
def _draw_up(*, order: Order, by: str, at: datetime) -> bytes:
    """Draw up the act with the details of this moment and keep it, under the order's lock."""
    order = Order.objects.locked().with_people().get(pk=order.pk)
    if not may_have_an_act(order):
        raise RuleViolation(
            _("The act of performed work is for companies, once the service is performed."),
            clause=CLAUSE,
        )
    return made_once(_stored_name(order), lambda: _new_act(order, by=by, at=at))


def _new_act(order: Order, *, by: str, at: datetime) -> bytes:
    pdf = act_paper(order)
    facts = {
        "performed_on": order.enrollment.day_of_performance.isoformat(),
        "amount": order.price,
        "sha256": hashlib.sha256(pdf).hexdigest(),
    }
    record(
        "act.drawn_up",
        about=("act", order.code),
        order=order.code,
        facts=facts,
        by=by,
        at=at,
        clause=CLAUSE,
    )
    return pdf


def _stored_name(order: Order) -> str:
    return f"acts/{order.code}.pdf"
