"""The proof of the contract: the acceptance sheet and both texts as one PDF,
made once and kept (2.3, 12.2.2).
"""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from enrollment.models import Order
from enrollment.operations.offering.offers import texts_of
from enrollment.rendering import contract_paper
from offer_site.notices.attachments import Attachment


def contract_pdf(order: Order) -> bytes:
    """Give the contract of an accepted order; the first rendering is kept, encrypted,
    and later ones are its bytes.
    """
    name = f"contracts/{order.code}.pdf"
    if not default_storage.exists(name):
        _keep(name, contract_paper(_with_evidence(order), texts_of(order.edition)))
    with default_storage.open(name) as kept:
        return bytes(kept.read())


def contract_attachment(key: str) -> list[Attachment]:
    """Attach the contract of the order with this code to a letter (2.3)."""
    order = Order.objects.accepted().with_people().select_related("acceptance").get(code=key)
    return [Attachment(f"{order.code}.pdf", "application/pdf", contract_pdf(order))]


def _with_evidence(order: Order) -> Order:
    return Order.objects.with_people().select_related("acceptance").get(pk=order.pk)


def _keep(name: str, content: bytes) -> None:
    """Store the rendering unless another process was faster: storage writes over no file,
    it names the second anew.
    """
    stored = default_storage.save(name, ContentFile(content))
    if stored != name:
        default_storage.delete(stored)
