"""The proof of the contract: the acceptance sheet and both texts as one PDF (2.3, 12.2.2)."""

from contextlib import nullcontext
from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _

from enrollment.models import Order
from enrollment.operations.offering.offers import texts_of
from enrollment.rendering import contract_paper
from offer_site.days import almaty_day, short_day
from offer_site.file_names import file_name
from offer_site.journal.papers import Paper, Within, made_once
from offer_site.languages import speaking
from offer_site.notices.attachments import Attachment
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice


def contract_pdf(order: Order, *, at: datetime, within: Within = nullcontext) -> bytes:
    """The PDF is made once and stored: always the same bytes, or StoredFileError.

    Locks the order when it is made.
    """
    return made_once(
        contract_of(order.code),
        lambda: contract_paper(_with_evidence(order), texts_of(order.edition)),
        at=at,
        within=within,
    )


def contract_of(code: str) -> Paper:
    """The paper of the contract that the order with this code became."""
    letters = Notice.objects.filter(kind=NoticeKind.CONTRACT_CONCLUDED, order_code=code)
    return Paper(
        f"contracts/{code}.pdf",
        "contract.made",
        about=("contract", code),
        order=code,
        lock=partial(Order.objects.locked().get, code=code),
        clause="2.3",
        went_out=letters.exclude(raw_sha256="").exists,
    )


def contract_attachment(key: str, *, at: datetime) -> list[Attachment]:
    """The contract of the order with this code, for a letter (2.3)."""
    order = Order.objects.accepted().with_people().select_related("acceptance").get(code=key)
    return [Attachment(contract_name(order), "application/pdf", contract_pdf(order, at=at))]


def contract_name(order: Order) -> str:
    """The name of the file for people: the day it was concluded, a company's with its code."""
    concluded_on = short_day(almaty_day(order.acceptance.accepted_at))
    more = order.code if order.invoice_id else ""
    with speaking(order.language):
        word = _("Contract")
    return file_name(word, order.cohort.course.name, concluded_on, more, ending="pdf")


def _with_evidence(order: Order) -> Order:
    return Order.objects.with_people().select_related("acceptance").get(pk=order.pk)
