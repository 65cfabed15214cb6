"""A missing, unreadable, swapped and scratched file of every kind is found, and missing is told
from altered.
"""

import os
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from enrollment.models import AnswerSource, HalvesAnswer, Order, PaymentReport
from enrollment.operations.corrections.answers import record_answer_by_staff
from enrollment.operations.halves.requests import agree_to_halves
from enrollment.operations.ordering.reports import report_payment
from enrollment.operations.training.enrollments import complete_enrollment
from offer_site.encryption import encrypt
from offer_site.notices.bounces import record_report
from offer_site.notices.models import Bounce, Notice
from offer_site.notices.reports import read_report
from payments.models import InstallmentApplication
from payments.operations.books.acts import act_of, paper_of
from tests.audit import tampering
from tests.audit.test_tampering import found_by
from tests.certificates.test_signature_on_paper import a_signature
from tests.enrollment.clarifications import WHOLE, a_doubtful_order, question_of
from tests.enrollment.halves.scenes import a_proposal, staff_evidence
from tests.given import NOON, a_placed_order, an_owner
from tests.notices.returned import a_report
from tests.papers import a_document
from tests.payments.paying.test_installments import APPROVED, stated


def of(question):
    return lambda world: tampering.ask(question)[0][0]


def an_act(world):
    order = Order.objects.get(code=world["company"])
    complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=world.at)
    order = Order.objects.with_people().get(pk=order.pk)
    act_of(order=order, by="system", at=world.at)
    return paper_of(order).name


def a_printed_signature(world):
    return f"signatures/{a_signature().sha256}.png"


def a_reported_payment(world):
    order = a_placed_order()
    document = a_document()
    said = {"kind": "transfer", "day": order.placed_on, "by": "visitor"}
    report_payment(order=order, number="15", document=document, at=NOON, **said)
    return PaymentReport.objects.get(order=order).document


def an_answer_to_a_question(world):
    answered, _is_new = record_answer_by_staff(
        question=question_of(a_doubtful_order()),
        values={"address": WHOLE},
        confirmed=(),
        how=AnswerSource.LETTER,
        note="",
        document=a_document(),
        by="staff:1",
        at=NOON + timedelta(days=1),
    )
    return answered.document


def an_agreement_recorded_by_staff(world):
    proposal = a_proposal()
    agree_to_halves(
        request=proposal.request, proposal=proposal.number, evidence=staff_evidence(), at=NOON
    )
    return HalvesAnswer.objects.get(proposal=proposal).picture


def an_application_for_instalments(world):
    stated(a_placed_order(), document=a_document(), **APPROVED)
    return InstallmentApplication.objects.get().document


def a_report_of_a_mail_server(world):
    letter = Notice.objects.get(kind="contract-concluded", order_code=world["paid"])
    raw = a_report(letter, at=world.at)
    record_report(report=read_report(raw), raw=raw, at=world.at)
    return Bounce.objects.get().raw


KINDS = {
    "a certificate": (
        "C2",
        of("SELECT file FROM certificates_certificate WHERE revoked_at IS NOT NULL"),
    ),
    "a picture": ("C2", of("SELECT file FROM certificates_certificatepicture")),
    "a signature": ("C2", a_printed_signature),
    "an act": ("C2", an_act),
    "a contract": (
        "A3",
        of(
            "SELECT 'contracts/' || about_key || '.pdf' FROM journal_entry "
            "WHERE verb = 'contract.made'"
        ),
    ),
    "an answer about a refund": (
        "D2",
        of(
            "SELECT 'refunds/R-' || about_key || '.pdf' FROM journal_entry "
            "WHERE verb = 'refund_case.letter_made'"
        ),
    ),
    "a letter": ("N1", of("SELECT raw FROM notices_notice WHERE kind = 'contract-concluded'")),
    "a mail server's report": ("N1", a_report_of_a_mail_server),
    "a letter that came": (
        "N3",
        of("SELECT raw FROM correspondence_letter WHERE standing = 'other-address'"),
    ),
    "a document of a letter": (
        "N3",
        of("SELECT document FROM correspondence_letter WHERE form = 'cabinet'"),
    ),
    "a receipt of a letter": ("N3", of("SELECT document FROM correspondence_postalreceipt")),
    "a document of money by hand": ("M12", of("SELECT document FROM payments_manualreceipt")),
    "a document of a typed transfer": ("M12", of("SELECT document FROM payments_typedtransfer")),
    "a document of a counter-entry": ("M12", of("SELECT document FROM payments_ledgercorrection")),
    "a document about instalments": ("M12", an_application_for_instalments),
    "a document of a reported payment": ("A2", a_reported_payment),
    "a document of an answer": ("A2", an_answer_to_a_question),
    "a picture of an agreement on halves": ("A2", an_agreement_recorded_by_staff),
    "a picture of a moved rest": ("A2", of("SELECT picture FROM enrollment_restmove")),
}


@contextmanager
def in_its_place(name, put):
    """Do something to a stored file, and put it back."""
    path = Path(default_storage.path(name))
    before = path.read_bytes()
    path.unlink()
    try:
        put(path, before)
        yield
    finally:
        if path.is_dir():
            path.rmdir()
        path.unlink(missing_ok=True)
        path.write_bytes(before)


def scratched(path, before):
    middle = len(before) // 2
    path.write_bytes(before[:middle] + bytes([before[middle] ^ 1]) + before[middle + 1 :])


WAYS = {
    "is missing": lambda path, before: None,
    "is altered: no key opens it": scratched,
    "is altered: another SHA-256": lambda path, before: path.write_bytes(encrypt(b"%PDF-1.7 x")),
    # Nobody can read it, root neither: a link to itself.
    "cannot be read from the disk": lambda path, before: os.symlink(path, path),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_way_to_lose_a_file_is_found_and_told(world, kind):
    line, make = KINDS[kind]
    name = make(world)
    assert not found_by({line}, world)
    for said, put in WAYS.items():
        with in_its_place(name, put):
            found = found_by({line}, world)
        assert set(found) == {line}, said
        assert said in found[line][0], found
    assert not found_by({line}, world)


def test_a_contract_that_went_out_before_digests_must_be_there(world):
    """The journal of an older release names no paper: the letter says that there was one."""
    code = world["paid"]
    name = f"contracts/{code}.pdf"
    tampering.sql("DELETE FROM journal_entry WHERE verb = 'contract.made' AND chain = %s", code)
    assert not [said for said in found_by({"A3"}, world).get("A3", []) if name in said]
    with in_its_place(name, lambda path, before: None):
        assert found_by({"A3"}, world) == {
            "A3": [f"{code}: its contract went out, and the file is missing"]
        }


def test_a_paper_that_was_made_anew_is_found(world):
    last = tampering.ask("SELECT MAX(number) FROM journal_entry WHERE chain = %s", world["paid"])[
        0
    ][0]
    tampering.copy_of(
        "journal_entry", "verb = 'contract.made' AND chain = %s", world["paid"], number=last + 1
    )
    assert found_by({"A3"}, world) == {
        "A3": [f"{world['paid']}: contract.made is journalled twice: the paper was made anew"]
    }
