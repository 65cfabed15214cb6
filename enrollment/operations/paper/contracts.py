"""The proof of the contract: the acceptance sheet and both texts as one PDF (2.3, 12.2.2)."""

from contextlib import nullcontext
from datetime import datetime
from functools import partial

from enrollment.models import Order
from enrollment.operations.offering.offers import texts_of
from enrollment.rendering import contract_paper
from offer_site.journal.papers import Paper, Within, made_once
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
    return [Attachment(f"{order.code}.pdf", "application/pdf", contract_pdf(order, at=at))]


def _with_evidence(order: Order) -> Order:
    return Order.objects.with_people().select_related("acceptance").get(pk=order.pk)
