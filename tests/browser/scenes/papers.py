"""Every paper that the site hands out, sheet by sheet."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

from certificates.models import PictureKind
from certificates.operations import certificate_file, certificate_picture, issue_certificate
from certificates.post import post_picture
from enrollment.models import Enrollment
from enrollment.rules.recipient import Field
from offer_site.proof.making import make_proof
from payments.operations.refunds.letters import refund_letter_attachment
from tests.browser.scenes.buyers import SOON, a_shop, paid_through_kaspi
from tests.browser.scenes.companies import an_invoice
from tests.browser.scenes.scene import Visitor, scene
from tests.enrollment.company import a_list, order_list
from tests.given import (
    NOON,
    a_completed_enrollment,
    a_paid_order,
    a_placed_order,
    an_application,
)
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


# Nothing in these has a place to break, but for the spaces between words.
LONG_PERSON = {
    "surname": "Нұрмұхамедқызыбекболатова",
    "name": "Гүлнұрайжанымай",
    "patronymic": "Қайратбекмұхамедқызы",
    "email": f"{'aigerim-' * 7}@{'academy.' * 12}example.kz",
    "address": "Алматы қ., " + "Әл-ФарабидаңғылыныңқиылысыАбайкөшесі" * 3,
}
LONG_COMPANY = {
    "company_name": "«ҚазақстанЭлектржабдықтауҚұрылысМонтаждау"
    "ИнженерлікТехникалықБасқармасы» жауапкершілігі шектеулі серіктестігі",
    "postal_address": "030012, " + "Ақтөбеоблысыәуежайауданышағынауданы" * 3,
    "position": "бас директордың қаржы-экономикалық мәселелер жөніндегі орынбасары",
}
TRADER = {"company_name": "ИП «Ахметова А. К.»", "bin": "", "iin": "900101300811"}
ONE_NAME = {"surname": "Сухарто", "name": "", "patronymic": ""}


def an_enrollment(visitor: Visitor, kind: str = "person", **wishes: Any) -> Enrollment:
    """A completed one, of a buyer who was asked about every field and kept it."""
    cohort = wishes.pop("cohort")
    application = replace(an_application(kind=kind, **wishes), confirmed=tuple(Field))
    return a_completed_enrollment(cohort=cohort, language=visitor.language, application=application)


@scene("paper-unbreakable", at=ISSUED)
def paper_unbreakable(visitor: Visitor) -> Iterator[tuple[str, bytes]]:
    cohort = a_shop()
    company = LONG_PERSON | LONG_COMPANY
    kinds = (("person", LONG_PERSON), ("company", company), ("trader", TRADER), ("one", ONE_NAME))
    for name, values in kinds:
        kind = "company" if name in ("company", "trader") else "person"
        enrollment = an_enrollment(visitor, kind, cohort=cohort, **values)
        order = enrollment.order
        visitor.opens_order(order)
        certificate = issue_certificate(enrollment_id=enrollment.pk, at=ISSUED)
        yield f"certificate-{name}", certificate_file(certificate)
        if kind == "company":
            yield f"act-{name}", visitor.opens("order_act", order.code).getvalue()
        if name == "company":
            yield "contract", visitor.opens("order_contract", order.code).getvalue()


@scene("paper-unbreakable-invoice", at=SOON)
def paper_unbreakable_invoice(visitor: Visitor) -> Iterator[tuple[str, bytes]]:
    cohort = a_shop()
    for name, values in (("company", LONG_PERSON | LONG_COMPANY), ("trader", TRADER)):
        placed, _is_new = order_list(a_list(3, **values), cohort=cohort, at=NOON)
        yield name, visitor.opens_invoice(placed, "invoice_pdf").getvalue()
    order = a_placed_order(cohort=cohort, language=visitor.language, **LONG_PERSON)
    visitor.opens_order(order)
    yield "person", visitor.opens("order_invoice", order.code).getvalue()


@scene("post", at=ISSUED)
def post(visitor: Visitor) -> Iterator[tuple[str, bytes]]:
    """The picture for a post, as a feed shows it."""
    cohort = a_shop()
    for name, values in (("usual", {}), ("long", LONG_PERSON), ("one", ONE_NAME)):
        enrollment = an_enrollment(visitor, cohort=cohort, **values)
        yield name, post_picture(issue_certificate(enrollment_id=enrollment.pk, at=ISSUED))
    enrollment = an_enrollment(visitor, "company", cohort=cohort, **LONG_COMPANY)
    yield "company", post_picture(issue_certificate(enrollment_id=enrollment.pk, at=ISSUED))


@scene("story", at=ISSUED)
def story(visitor: Visitor) -> Iterator[tuple[str, bytes]]:
    """The picture for a story."""
    cohort = a_shop()
    enrollment = an_enrollment(visitor, cohort=cohort)
    certificate = issue_certificate(enrollment_id=enrollment.pk, at=ISSUED)
    yield "usual", certificate_picture(certificate=certificate, kind=PictureKind.STORY).content
