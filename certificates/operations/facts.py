"""The facts of a certificate, copied from the contract and frozen (9.2, 9.3)."""

import json

from cryptography.fernet import InvalidToken
from django.utils.translation import gettext_noop

from certificates.models import Certificate
from certificates.rules import (
    LONGEST_VALUE,
    RecordIncompleteError,
    Row,
    SharedValues,
    UnprintableError,
    printable,
    printable_name,
    require_complete,
    rows_for_company,
    rows_for_person,
)
from enrollment.models import Enrollment, Party, PartyKind, SignatureImage
from offer_site.days import short_day

UNREADABLE = gettext_noop(
    "The address or another encrypted value cannot be read with the keys of this machine."
)
UNPRINTABLE = gettext_noop(
    "A value is too long, or holds characters that no paper has. Correct it with a document."
)
INCOMPLETE = gettext_noop(
    "A row of the second sheet has nothing to state; the student must be asked (9.5)."
)


LONGEST_COMPANY = 200


class CannotStateError(Exception):
    """The second sheet cannot be written; `reason` is for staff and names no personal value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def enrollment_to_certify(enrollment_id: int) -> Enrollment:
    """An enrollment with the facts of the face, without encrypted values: one may be unreadable."""
    return (
        Enrollment.objects.select_related(
            "learner", "cohort__course", "order__tariff__package", "order__edition__academy"
        )
        .defer("learner__iin")
        .get(pk=enrollment_id)
    )


def freeze_face(certificate: Certificate, enrollment: Enrollment) -> None:
    """Copy the facts of the first sheet; long names are cut, and `freeze_record` refuses them."""
    order = enrollment.order
    academy = order.edition.academy
    duration = order.edition.terms["duration"]
    signature = SignatureImage.objects.signing_for(academy).first()
    party = Party.objects.only("kind", "company_name").get(pk=order.party_id)
    certificate.language = order.language
    certificate.learner_name = enrollment.learner.full_name[:LONGEST_VALUE]
    certificate.company_name = (
        party.company_name[:LONGEST_COMPANY] if party.kind == PartyKind.COMPANY else ""
    )
    certificate.course_name = enrollment.cohort.course.name
    certificate.package_name = order.tariff.package.name
    certificate.starts_on = enrollment.cohort.starts_on
    certificate.ends_on = enrollment.day_of_performance
    certificate.face = {
        "art": order.tariff.package.slug,
        "brand": academy.brand,
        "issuer_kk": academy.name_kk,
        "issuer_ru": academy.name_ru,
        "signatory": academy.signatory,
        "position_kk": academy.signatory_position_kk,
        "position_ru": academy.signatory_position_ru,
        "duration_kk": duration["label_kk"],
        "duration_ru": duration["label_ru"],
        "signature": signature.sha256 if signature else "",
    }


def freeze_record(
    certificate: Certificate, enrollment: Enrollment, *, complete: bool = True
) -> None:
    """Copy the rows of the second sheet: 9.2 for a company, 9.3 for a person.

    Raises CannotStateError for a value on either sheet that cannot be read or printed, and for an
    empty row if `complete`.
    """
    try:
        for value in (enrollment.learner.full_name, *certificate.face.values()):
            printable(value)
        rows = _rows(certificate, Party.objects.get(pk=enrollment.order.party_id))
        if complete:
            require_complete(rows)
    except (InvalidToken, UnicodeDecodeError) as error:
        raise CannotStateError(UNREADABLE) from error
    except UnprintableError as error:
        raise CannotStateError(UNPRINTABLE) from error
    except RecordIncompleteError as error:
        raise CannotStateError(INCOMPLETE) from error
    certificate.record = json.dumps(rows, ensure_ascii=False)


def _rows(certificate: Certificate, party: Party) -> list[Row]:
    face = certificate.face
    shared = SharedValues(
        course=certificate.course_name,
        package=certificate.package_name,
        period=f"{short_day(certificate.starts_on)} – {short_day(certificate.ends_on)}",
        issuer_kk=face["issuer_kk"],
        issuer_ru=face["issuer_ru"],
        signatory=face["signatory"],
        position_kk=face["position_kk"],
        position_ru=face["position_ru"],
    )
    learner = printable_name(certificate.learner_name)
    address = printable(party.address)
    email = printable(party.email)
    if party.kind != PartyKind.COMPANY:
        return rows_for_person(name=learner, address=address, email=email, shared=shared)
    return rows_for_company(
        name=printable(party.company_name),
        address=address,
        postal_address=printable(party.postal_address),
        business_number=printable(party.business_number),
        email=email,
        learner=learner,
        shared=shared,
        authorised_person=", ".join(
            filter(None, [printable(party.full_name), printable(party.position)])
        ),
    )
