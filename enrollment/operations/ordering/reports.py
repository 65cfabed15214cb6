"""The buyer reports a payment made today: the order does not lapse at 24:00 (4.3).

The date of the document decides.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Order, PaymentReport, Place, ReportEnding, ReportKind
from enrollment.operations.letters import write_to_visitor
from enrollment.operations.links import order_link, service_name
from enrollment.operations.places.claims import end_of_claim
from enrollment.operations.places.keeping import keep_place_overnight, stop_keeping
from enrollment.rules.order_states import OrderState
from enrollment.rules.reports import last_day_kept
from enrollment.rules.settlement import is_of_its_day
from offer_site.accounts.models import User
from offer_site.calendar.operations import current_calendar
from offer_site.days import almaty_day, end_of_day, short_day
from offer_site.documents import Document, forget, kept
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from offer_site.money import tenge_text
from offer_site.notices.kinds import NoticeKind

from .invoices import lapse_invoice
from .orders import lapse_order
from .readiness import require_ready
from .uploads import count_document, require_room_for


def report_payment(
    *,
    order: Order,
    kind: str,
    number: str,
    day: date,
    document: Document | None,
    amount: Decimal | None = None,
    why_other: str = "",
    by: str,
    at: datetime,
) -> tuple[PaymentReport, bool]:
    """Keep an order that its buyer says was paid today; return the report, and whether it is new.

    The order is kept to the end of the third working day, and so is its place within a tenth of the
    cohort's places (4.3, 4.6). The same report again is returned, with the document that it lacked.
    Raises RuleViolation after 24:00, for a payment of another day or without a document or number,
    for another document, and for another amount than is due with no reason for it.
    """
    require_room_for(order, document, at=at)
    with kept(document, under="reports") as paper:
        report, is_new = record_report(
            order=order,
            kind=kind,
            number=number,
            day=day,
            paper=paper,
            sent=document,
            amount=amount,
            why_other=why_other,
            by=by,
            at=at,
        )
    if paper and report.document != paper["document"]:
        forget(paper)
    return report, is_new


@transaction.atomic(savepoint=False)
def record_report(
    *,
    order: Order,
    kind: str,
    number: str,
    day: date,
    paper: dict[str, str],
    sent: Document | None = None,
    amount: Decimal | None = None,
    why_other: str = "",
    by: str,
    at: datetime,
) -> tuple[PaymentReport, bool]:
    """Record a report whose document, if any, is stored already; see `report_payment`.

    `sent` is a document that comes with this report and is not counted yet.
    """
    order = Order.objects.people_locked().with_people().get(pk=order.pk)
    earlier = PaymentReport.objects.standing().filter(order=order).first()
    if earlier:
        if (earlier.kind, earlier.number, earlier.day) == (kind, number, day):
            add_document([earlier], paper, sent=sent, by=by, at=at)
            return earlier, False
        raise RuleViolation(told_already(earlier), clause="4.3")
    require_that_it_can_be_kept(order, kind=kind, number=number, day=day, paper=paper, at=at)
    _require_a_reason(order, amount=amount, why_other=why_other)
    count_document(order, sent, at=at)
    report = keep_by_report(
        order=order,
        kind=kind,
        number=number,
        day=day,
        paper=paper,
        amount=amount,
        why_other=why_other if amount != order.prepayment else "",
        by=by,
        at=at,
    )
    about = ("order", order.code)
    write_to_visitor(
        NoticeKind.REPORT_RECEIVED,
        about=about,
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=str(report.pk),
        at=at,
        facts={
            "package": service_name(order),
            **({"number": number} if number else {}),
            "kept_on": report.last_day.isoformat(),
            "place": "kept" if report.keeps_place else "",
            "order_url": order_link(order),
        },
    )
    return report, True


@transaction.atomic(savepoint=False)
def add_document(
    reports: Sequence[PaymentReport],
    paper: dict[str, str],
    *,
    sent: Document | None,
    by: str,
    at: datetime,
) -> None:
    """Keep the document that a repeated report brings, where the first telling had none (4.3).

    The orders are locked. Raises RuleViolation for another document than the one that is kept.
    """
    if not paper or paper["document_sha256"] in {each.document_sha256 for each in reports}:
        return
    if any(each.document for each in reports):
        raise RuleViolation(
            _(
                "A document of this payment is kept already. "
                "If another one is right, send it to us by e-mail."
            ),
            clause="4.3",
            field="document",
        )
    count_document(reports[0].order, sent, at=at)
    for report in reports:
        for column, value in paper.items():
            setattr(report, column, value)
        report.save(update_fields=list(paper))
        code = report.order.code
        facts = {"report": report.pk, "document": paper["document_sha256"]}
        record(
            "report.document_came",
            about=("order", code),
            order=code,
            facts=facts,
            by=by,
            at=at,
            clause="4.3",
        )


@transaction.atomic(savepoint=False)
def keep_by_report(
    *,
    order: Order,
    kind: str,
    number: str,
    day: date,
    paper: dict[str, str],
    amount: Decimal | None = None,
    why_other: str = "",
    by: str,
    at: datetime,
) -> PaymentReport:
    """Write the report of a locked order and keep the order (4.3).

    Its place is kept within a tenth of the cohort's places (4.6).
    """
    until = end_of_day(last_day_of(order))
    keeps_place = keep_place_overnight(order=order, at=at, until=until)
    report = PaymentReport.objects.create(
        order=order,
        kind=kind,
        number=number,
        day=day,
        amount=amount,
        why_other=why_other,
        said_at=at,
        said_by=by,
        keeps_until=until,
        keeps_place=keeps_place,
        **paper,
    )
    order.kept_until = until
    order.save(update_fields=["kept_until"])
    about = ("order", order.code)
    facts: dict[str, Any] = {"kind": kind, "until": until.isoformat(), "keeps_place": keeps_place}
    if amount is not None:
        facts["amount"] = str(amount)
    record(
        "report.received", about=about, order=order.code, facts=facts, by=by, at=at, clause="4.3"
    )
    return report


def last_day_of(order: Order) -> date:
    """The last day on which a report made now keeps the order."""
    return last_day_kept(
        placed_on=order.placed_on,
        working_days=settings.REPORT_KEEPS_WORKING_DAYS,
        calendar=current_calendar(),
    )


def require_that_it_can_be_kept(
    order: Order, *, kind: str, number: str, day: date, paper: dict[str, str], at: datetime
) -> None:
    """Raise RuleViolation unless the payment is of the order's day and has its document (4.3).

    Of Kaspi and of a card the number is enough, and so is a receipt or a screenshot.

    An order that cannot be paid yet is kept by no payment (1.1, 2.6).
    """
    order.require(
        OrderState.AWAITING_PAYMENT,
        message=_("This order does not await a payment, so there is nothing to report."),
        clause="4.3",
    )
    if at >= order.pay_before:
        raise RuleViolation(
            _(
                "The day of this order ended at 24:00: a payment can no longer be reported. "
                "Money of that day still "
                "counts when it comes, if a place is free."
            ),
            clause="4.3",
        )
    require_ready(order)
    if not is_of_its_day(paid_on=day, placed_on=order.placed_on, since=order.reopened_on):
        raise RuleViolation(
            _("Only a payment of the order's own day counts: %(day)s.")
            % {"day": short_day(order.placed_on)},
            clause="4.3",
            field="day",
        )
    if day > almaty_day(at):
        raise RuleViolation(_("The time of the payment lies ahead."), clause="4.3", field="day")
    if kind not in (ReportKind.KASPI, ReportKind.CARD) and not paper:
        raise RuleViolation(_("Attach the document."), clause="4.3", field="document")
    if not number and not paper:
        raise RuleViolation(
            _("Attach the receipt or a screenshot, or write the number of the operation."),
            clause="4.3",
            field="document",
        )


def told_already(report: PaymentReport) -> str:
    """That a payment of this order was reported, and is not the one reported now."""
    if not report.number:
        return _("You have told us of a payment already. If something was mistyped, write to us.")
    return _(
        "You have told us of a payment already: No. %(number)s. If it was mistyped, write to us."
    ) % {"number": report.number}


def _require_a_reason(order: Order, *, amount: Decimal | None, why_other: str) -> None:
    """Raise RuleViolation for another amount than the order asks for, unless it is explained."""
    if amount is None or amount == order.prepayment or why_other:
        return
    raise RuleViolation(
        _("The order asks for %(due)s, and you paid %(paid)s. Write why.")
        % {"due": tenge_text(order.prepayment), "paid": tenge_text(amount)},
        clause="4.3",
        field="why_other",
    )


@transaction.atomic(savepoint=False)
def drop_report(*, report: PaymentReport, reason: str, by: User, at: datetime) -> PaymentReport:
    """End a report that staff found false; the order lapses at once if its day is over (4.3).

    One payment may keep all orders of an invoice: then the reports of all of them end.
    """
    keys = _orders_of_the_same_payment(report)
    orders = list(Order.objects.people_locked().with_people().filter(pk__in=keys).order_by("pk"))
    report = PaymentReport.objects.select_for_update().get(pk=report.pk)
    order = next(each for each in orders if each.pk == report.order_id)
    if report.ended_at or order.state != OrderState.AWAITING_PAYMENT:
        raise RuleViolation(_("This report does not stand any more."), clause="4.3")
    for each in orders:
        if each.state == OrderState.AWAITING_PAYMENT:
            _stop_keeping(each, reason=reason, by=by, at=at)
    if at >= order.pay_before:
        if order.invoice:
            lapse_invoice(invoice=order.invoice, at=at)
        else:
            lapse_order(order=order, at=at)
    report.refresh_from_db()
    return report


def _orders_of_the_same_payment(report: PaymentReport) -> list[int]:
    """The keys of the orders that a report's payment keeps: its own, and others of its invoice."""
    if report.order.invoice_id is None:
        return [report.order_id]
    same = {"number": report.number, "day": report.day, "document_sha256": report.document_sha256}
    others = PaymentReport.objects.standing().filter(order__invoice=report.order.invoice_id, **same)
    return [report.order_id, *others.values_list("order", flat=True)]


def _stop_keeping(order: Order, *, reason: str, by: User, at: datetime) -> None:
    report = PaymentReport.objects.get(order=order, ended_at=None)
    stop_keeping(order=order, ending=ReportEnding.DROPPED, by=actor(by), at=at, reason=reason)
    # Without the report the order would have the time that it got when it was placed.
    hold = end_of_claim(order.party, at=order.placed_at)
    Place.objects.filter(order=order, held_until__gt=at).update(held_until=max(at, hold))
    about = ("order", order.code)
    facts = {"report": report.pk}
    record(
        "report.dropped",
        about=about,
        order=order.code,
        facts=facts,
        by=actor(by),
        at=at,
        clause="4.3",
    )
