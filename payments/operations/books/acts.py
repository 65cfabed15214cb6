"""The act of performed work (form R-1) for a company; drawn up once and kept."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import EnrollmentState, Order, PartyKind
from enrollment.models.enrollment import enrollment_of
from enrollment.operations.personal_data import record_sight
from offer_site.accounts.models import User
from offer_site.documents import SeenAs, read_stored
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.journal.papers import Paper, Within, made_once
from payments.rendering import act_paper

CLAUSE = "9.1"


def may_have_an_act(order: Order) -> bool:
    """True when the order is a company's and its service is performed."""
    enrollment = enrollment_of(order)
    is_performed = enrollment is not None and enrollment.state == EnrollmentState.COMPLETED
    return is_performed and order.party.kind == PartyKind.COMPANY


def act_name(order: Order) -> str:
    return f"{order.code}-R-1.pdf"


def act_of(*, order: Order, by: str, at: datetime, within: Within = nullcontext) -> bytes:
    """The act of an order; the first one is kept, encrypted, and later calls return its bytes.

    Raises RuleViolation when the buyer is no company or the service is not performed yet, and
    StoredFileError when the act that was drawn up is not there any more.
    """
    act = paper_of(order)
    digest = act.sha256
    if digest:
        return read_stored(act.name, sha256=digest)
    with within():
        return _draw_up(order=order, by=by, at=at)


def paper_of(order: Order) -> Paper:
    """The paper of an order's act; without a digest while none was drawn up."""
    return Paper(
        f"acts/{order.code}.pdf",
        "act.drawn_up",
        about=("act", order.code),
        order=order.code,
        lock=partial(Order.objects.locked().get, code=order.code),
        clause=CLAUSE,
    )


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
    facts = {
        "performed_on": order.enrollment.day_of_performance.isoformat(),
        "amount": order.price,
    }
    act = replace(paper_of(order), facts=facts)
    return made_once(act, partial(act_paper, order), by=by, at=at)
