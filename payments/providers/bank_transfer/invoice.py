"""The invoice for a bank transfer: both languages, the usual layout, the purpose to copy (4.4)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.template.loader import render_to_string

from enrollment.models import Invoice, Order, PartyKind
from enrollment.rules.companies import BUSINESS_NUMBER
from enrollment.rules.order_states import OrderState
from payments.rules.amounts import in_figures, in_words

from .details import TransferDetails


@dataclass(frozen=True)
class Goods:
    """One line of the table: a quantity of one service at one price, in whole tenge."""

    code: str
    name: dict[str, str]
    quantity: int
    price: int

    @property
    def price_in_figures(self) -> str:
        return in_figures(self.price)

    @property
    def sum_in_figures(self) -> str:
        return in_figures(self.price * self.quantity)


@dataclass(frozen=True)
class InvoiceSheet:
    """What an invoice says, from which alone its PDF is made."""

    context: Mapping[str, Any]
    identifier: str

    def pdf(self) -> bytes:
        from offer_site.pdf import qr_svg, set_text, style

        html = self._page(qr=qr_svg(self.context["transfer"].purpose))
        return set_text(html, style("invoice"), identifier=self.identifier.encode())

    def made_from(self) -> tuple[str, str]:
        """All words of the PDF; its QR code says one of them, and takes longer than the page."""
        return self._page(qr=""), self.identifier

    def _page(self, *, qr: str) -> str:
        return render_to_string("pdf/invoice.html", {**self.context, "qr": qr})


def invoice_pdf(order: Order, transfer: TransferDetails, *, issued_on: date) -> bytes:
    """The invoice for what is due; the same order on the same day gives the same bytes."""
    return invoice_sheet(order, transfer, issued_on=issued_on).pdf()


def invoice_sheet(order: Order, transfer: TransferDetails, *, issued_on: date) -> InvoiceSheet:
    """The page for what is due."""
    goods = Goods(
        order.tariff.package.slug.upper(), _with_part(services(order), order), 1, transfer.amount
    )
    rest = next((part for part in order.installments.all() if part.number > 1), None)
    return _sheet(order.code, order, [goods], transfer, issued_on=issued_on, rest=rest)


def company_invoice_sheet(
    invoice: Invoice,
    unpaid: Sequence[tuple[Order, int]],
    transfer: TransferDetails,
    *,
    issued_on: date,
) -> InvoiceSheet:
    """The page for all unpaid orders of a list, with the sum due of each, in whole tenge.

    Equal services are one line. The learners are not named, since accountants pass the paper on
    (5.4).
    """
    first = unpaid[0][0]
    equal = Counter((order.tariff.package.slug, due) for order, due in unpaid)
    named = {order.tariff.package.slug: services(order) for order, _due in unpaid}
    goods = [
        Goods(slug.upper(), named[slug], quantity, due) for (slug, due), quantity in equal.items()
    ]
    return _sheet(invoice.code, first, goods, transfer, issued_on=issued_on, learners=len(unpaid))


def _sheet(
    code: str,
    order: Order,
    goods: Sequence[Goods],
    transfer: TransferDetails,
    *,
    issued_on: date,
    rest: Any = None,
    learners: int = 0,
) -> InvoiceSheet:
    context: dict[str, Any] = {
        "code": code,
        "order": order,
        "goods": goods,
        "learners": learners,
        "transfer": transfer,
        "academy": transfer.academy,
        "edition": order.edition,
        "buyer": _buyer(order),
        "issued_on": issued_on,
        "figures": in_figures(transfer.amount),
        "words": in_words(transfer.amount),
        "rest": rest,
    }
    return InvoiceSheet(context, f"{code} {issued_on} {transfer.amount}")


def services(order: Order) -> dict[str, str]:
    """The service as financial documents name it, in each language."""
    service = f"«{order.cohort.course.name}» – {order.tariff.package.name}"
    duration = order.edition.terms["duration"]
    return {
        "kk": f"{service} авторлық онлайн-курсы, {duration['label_kk']}",
        "ru": f"Авторский онлайн-курс {service}, {duration['label_ru']}",
    }


def _with_part(name: dict[str, str], order: Order) -> dict[str, str]:
    """The name with the half that is due, for an order paid in two parts (4.3.1)."""
    if order.prepayment == order.price:
        return name
    part = {"kk": "бірінші жартысы (4.3.1-т.)", "ru": "первая половина (п. 4.3.1)"}
    if order.state == OrderState.PREPAID:
        part = {"kk": "қалған сома (4.3.1-т.)", "ru": "остаток (п. 4.3.1)"}
    return {language: f"{name[language]}, {part[language]}" for language in name}


def _buyer(order: Order) -> str:
    """The buyer as in a contract: a company with its BIN and address, a person by the full name."""
    party = order.party
    if party.kind == PartyKind.COMPANY:
        kk, ru = BUSINESS_NUMBER[party.is_sole_trader]
        number = f"{kk} · {ru} {party.business_number}"
        return ", ".join(filter(None, [party.company_name, number, party.address]))
    return party.full_name
