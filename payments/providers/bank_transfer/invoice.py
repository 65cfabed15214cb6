"""The invoice for a bank transfer, in both languages and the customary layout, with the purpose to copy (4.4)."""

from datetime import date
from typing import Any

from django.template.loader import render_to_string

from enrollment.models import Order, PartyKind
from enrollment.rules.order_states import OrderState
from payments.rules.amounts import in_figures, in_words

from .details import TransferDetails


def invoice_pdf(order: Order, transfer: TransferDetails, *, issued_on: date) -> bytes:
    """Set the invoice for what is due; the same order on the same day gives the same bytes."""
    from offer_site.pdf import qr_svg, set_text, style

    context: dict[str, Any] = {
        "order": order,
        "transfer": transfer,
        "academy": transfer.academy,
        "edition": order.edition,
        "buyer": _buyer(order),
        "issued_on": issued_on,
        "figures": in_figures(transfer.amount),
        "words": in_words(transfer.amount),
        "service": services(order),
        "part": _part(order),
        "rest": next((part for part in order.installments.all() if part.number > 1), None),
        "qr": qr_svg(transfer.purpose),
    }
    html = render_to_string("pdf/invoice.html", context)
    return set_text(html, style("invoice"), identifier=f"{order.code} {issued_on} {transfer.amount}".encode())


def services(order: Order) -> dict[str, str]:
    """Name what is sold as papers of money do, in each language."""
    service, duration = f"«{order.cohort.course.name}» – {order.tariff.package.name}", order.edition.terms["duration"]
    return {
        "kk": f"{service} авторлық онлайн-курсы, {duration['label_kk']}",
        "ru": f"Авторский онлайн-курс {service}, {duration['label_ru']}",
    }


def _part(order: Order) -> dict[str, str]:
    """Say which half is due of an order by halves (4.3.1); nothing of another."""
    if order.prepayment == order.price:
        return {}
    if order.state == OrderState.PREPAID:
        return {"kk": "қалған бөлігі (4.3.1-т.)", "ru": "остаток (п. 4.3.1)"}
    return {"kk": "бірінші жартысы (4.3.1-т.)", "ru": "первая половина (п. 4.3.1)"}


def _buyer(order: Order) -> str:
    """Name the buyer as a contract would: a company with its BIN and address, a person by the full name."""
    party = order.party
    if party.kind == PartyKind.COMPANY:
        return ", ".join(filter(None, [party.company_name, f"БСН · БИН {party.bin}", party.address]))
    return party.full_name
