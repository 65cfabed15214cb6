"""The invoice for a bank transfer, in both languages and the customary layout, with the purpose to copy (4.4)."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from num2words import num2words

from enrollment.models import Order, PartyKind
from offer_site.money import NO_BREAK_SPACE

from .details import TransferDetails

TENGE_IN_WORDS = {"kk": "{words} теңге, 00 тиын", "ru": "{words} тенге, 00 тиынов"}
NUMBER_LANGUAGES = {"kk": "kz", "ru": "ru"}  # what num2words calls them


def amount_in_words(amount: int, language: str) -> str:
    """Write whole tenge in words, as papers of money state them."""
    words = num2words(Decimal(amount), lang=NUMBER_LANGUAGES[language])
    return TENGE_IN_WORDS[language].format(words=words[0].upper() + words[1:])


def invoice_pdf(order: Order, transfer: TransferDetails, *, issued_on: date) -> bytes:
    """Set the invoice for what is due; the same order on the same day gives the same bytes."""
    from offer_site.pdf import qr_svg, set_text, style

    figures = f"{transfer.amount:,}".replace(",", NO_BREAK_SPACE) + ",00"
    context: dict[str, Any] = {
        "order": order,
        "transfer": transfer,
        "academy": transfer.academy,
        "edition": order.edition,
        "buyer": _buyer(order),
        "issued_on": issued_on,
        "figures": figures,
        "words": {language: amount_in_words(transfer.amount, language) for language in NUMBER_LANGUAGES},
        "service": {language: _service(order, language) for language in NUMBER_LANGUAGES},
        "qr": qr_svg(transfer.purpose),
    }
    html = render_to_string("pdf/invoice.html", context)
    return set_text(html, style("invoice"), identifier=f"{order.code} {issued_on} {transfer.amount}".encode())


def _service(order: Order, language: str) -> str:
    service = f"«{order.cohort.course.name}» – {order.tariff.package.name}"
    duration = order.edition.terms["duration"][f"label_{language}"]
    if language == "kk":
        return f"{service} авторлық онлайн-курсы, {duration}"
    return f"Авторский онлайн-курс {service}, {duration}"


def _buyer(order: Order) -> str:
    """Name the buyer as a contract would: a company with its BIN and address, a person by the full name."""
    party = order.party
    if party.kind == PartyKind.COMPANY:
        return ", ".join(filter(None, [party.company_name, f"БСН · БИН {party.bin}", party.address]))
    return party.full_name
