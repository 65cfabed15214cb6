"""The proof of the contract: the acceptance sheet and both texts as one PDF (2.3, 12.2.2)."""

from enrollment.models import Order
from enrollment.operations.offering.offers import texts_of
from enrollment.rendering import contract_paper
from offer_site.documents import made_once
from offer_site.notices.attachments import Attachment


def contract_pdf(order: Order) -> bytes:
    """The PDF is made once and stored: always the same bytes."""
    return made_once(
        f"contracts/{order.code}.pdf",
        lambda: contract_paper(_with_evidence(order), texts_of(order.edition)),
    )


def contract_attachment(key: str) -> list[Attachment]:
    """The contract of the order with this code, for a letter (2.3)."""
    order = Order.objects.accepted().with_people().select_related("acceptance").get(code=key)
    return [Attachment(f"{order.code}.pdf", "application/pdf", contract_pdf(order))]


def _with_evidence(order: Order) -> Order:
    return Order.objects.with_people().select_related("acceptance").get(pk=order.pk)
