"""One payment of an invoice, reported once: all its orders are kept (4.3).

Places are kept only within the tenth of the cohort's places (4.6).
"""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Invoice, Order, PaymentReport
from enrollment.operations.letters import write_to_visitor
from enrollment.operations.links import invoice_link, service_name
from enrollment.rules.order_states import OrderState
from offer_site.documents import Document, forget, kept
from offer_site.errors import RuleViolation
from offer_site.notices.kinds import NoticeKind

from .invoices import lock_orders
from .reports import add_document, keep_by_report, require_that_it_can_be_kept, told_already
from .uploads import count_document, require_room_for


def report_invoice_payment(
    *,
    invoice: Invoice,
    kind: str,
    number: str,
    day: date,
    document: Document | None,
    by: str,
    at: datetime,
) -> list[PaymentReport]:
    """Keep the unpaid orders of an invoice that its company says it paid today (4.3).

    Returns a report for each order, since staff may find each one false; the document is kept once.
    The same report again is returned, with the document that it lacked. Raises RuleViolation as
    `report_payment` does.
    """
    first = invoice.orders.order_by("pk").first()
    if first:
        require_room_for(first, document, at=at)
    with kept(document, under="reports") as paper:
        reports = _record(
            invoice, kind=kind, number=number, day=day, paper=paper, sent=document, by=by, at=at
        )
    if paper and all(each.document != paper["document"] for each in reports):
        forget(paper)
    return reports


@transaction.atomic(savepoint=False)
def _record(
    invoice: Invoice,
    *,
    kind: str,
    number: str,
    day: date,
    paper: dict[str, str],
    sent: Document | None,
    by: str,
    at: datetime,
) -> list[PaymentReport]:
    """Write a report for each unpaid order that has none yet, in the order of the list."""
    listed = lock_orders(invoice)
    unpaid = [order for order in listed if order.state == OrderState.AWAITING_PAYMENT]
    if not unpaid:
        raise RuleViolation(_("Nothing of this invoice is unpaid any more."), clause="4.3")
    standing = list(PaymentReport.objects.standing().filter(order__in=unpaid).order_by("pk"))
    told = [each for each in standing if (each.kind, each.number, each.day) == (kind, number, day)]
    if told:
        add_document(told, paper, sent=sent, by=by, at=at)
        return standing
    reported = {each.order_id for each in standing}
    unreported = sorted(
        (order for order in unpaid if order.pk not in reported), key=lambda order: order.learner_id
    )
    if not unreported:
        raise RuleViolation(told_already(standing[0]), clause="4.3")
    for order in unreported:
        require_that_it_can_be_kept(order, kind=kind, number=number, day=day, paper=paper, at=at)
    count_document(unreported[0], sent, at=at)
    reports = [
        keep_by_report(order=order, kind=kind, number=number, day=day, paper=paper, by=by, at=at)
        for order in unreported
    ]
    _queue_notice(invoice, reports, listed=listed, at=at)
    return reports


def _queue_notice(
    invoice: Invoice, reports: list[PaymentReport], *, listed: list[Order], at: datetime
) -> None:
    """Queue one notice: until when the orders are kept, and how many of them have a place."""
    first = reports[0]
    places = sum(report.keeps_place for report in reports)
    write_to_visitor(
        NoticeKind.INVOICE_REPORTED,
        about=("invoice", invoice.code),
        to=first.order.party.email,
        language=invoice.language,
        occasion=str(first.pk),
        at=at,
        facts={
            "invoice": invoice.code,
            "package": service_name(first.order),
            "number": first.number,
            "kept_on": first.last_day.isoformat(),
            "learners": len(reports),
            "places": places,
            "beyond": "yes" if places < len(reports) else "",
            "invoice_url": invoice_link(invoice, listed),
        },
    )
