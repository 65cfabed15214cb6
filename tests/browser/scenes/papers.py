"""Every paper that the site hands out, sheet by sheet."""

import io
from collections.abc import Iterator
from datetime import timedelta
from zipfile import ZipFile

from certificates.operations import certificate_file, issue_certificate
from offer_site.proof.making import make_proof
from payments.operations.refunds.letters import refund_letter_attachment
from tests.browser.scenes.buyers import SOON, a_shop, paid_through_kaspi
from tests.browser.scenes.companies import an_invoice
from tests.browser.scenes.scene import Visitor, scene
from tests.given import NOON, a_completed_enrollment, a_paid_order, a_placed_order
from tests.payments.refunds.scenes import an_approved_case
from tests.proof.scenes import ENDED, a_full_contract

ISSUED = NOON + timedelta(days=65)


@scene("paper-offer")
def paper_offer(visitor: Visitor) -> bytes:
    a_shop()
    return visitor.opens("offer_pdf").getvalue()


@scene("paper-contract", at=SOON)
def paper_contract(visitor: Visitor) -> Iterator[tuple[str, bytes]]:
    cohort = a_shop()
    for kind in ("person", "guardian", "company"):
        order = a_paid_order(cohort=cohort, language=visitor.language, kind=kind)
        visitor.opens_order(order)
        yield kind, visitor.opens("order_contract", order.code).getvalue()


@scene("paper-invoice", at=SOON)
def paper_invoice(visitor: Visitor) -> bytes:
    order = a_placed_order(cohort=a_shop(), language=visitor.language)
    visitor.opens_order(order)
    return visitor.opens("order_invoice", order.code).getvalue()


@scene("paper-company-invoice", at=SOON)
def paper_company_invoice(visitor: Visitor) -> bytes:
    placed = an_invoice(visitor)
    return visitor.opens_invoice(placed, "invoice_pdf").getvalue()


@scene("paper-act", at=ISSUED)
def paper_act(visitor: Visitor) -> bytes:
    order = a_completed_enrollment(cohort=a_shop(), language=visitor.language, kind="company").order
    visitor.opens_order(order)
    return visitor.opens("order_act", order.code).getvalue()


@scene("paper-certificate", at=ISSUED)
def paper_certificate(visitor: Visitor) -> Iterator[tuple[str, bytes]]:
    cohort = a_shop()
    for kind, package in (("person", "ozim"), ("guardian", "birge"), ("company", "vip")):
        enrollment = a_completed_enrollment(
            cohort=cohort, language=visitor.language, kind=kind, package=package
        )
        yield kind, certificate_file(issue_certificate(enrollment_id=enrollment.pk, at=ISSUED))


@scene("paper-refund-letter", at=SOON)
def paper_refund_letter(visitor: Visitor) -> Iterator[tuple[str, bytes]]:
    order = paid_through_kaspi(visitor)
    for name, granted in (("declined", 0), ("granted", order.price)):
        case = an_approved_case(order, granted)
        yield name, refund_letter_attachment(str(case.pk), at=NOON)[0].content


@scene("paper-proof", at=ENDED)
def paper_proof(visitor: Visitor) -> Iterator[tuple[str, bytes | str]]:
    made = make_proof(order=a_full_contract(), by="staff:1", reason="сот", at=ENDED)
    with ZipFile(io.BytesIO(made.content)) as archive:
        for name in archive.namelist():
            stem, _dot, ending = name.rpartition("/")[2].rpartition(".")
            if name.count("/") == 1 and ending in ("pdf", "html"):
                content = archive.read(name)
                yield f"{stem}-{ending}", content if ending == "pdf" else content.decode()
