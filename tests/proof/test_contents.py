"""What the proof holds: everything of its order, as it was, and nothing of anybody else."""

import io
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import Order, PaymentReport
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.ordering.reports import report_payment
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.journal.operations import record
from offer_site.proof import archive
from offer_site.proof.making import make_proof
from tests.certificates.papers import words_of
from tests.given import NOON, a_paid_order, a_placed_order, a_receipt, receive
from tests.papers import PDF, a_document
from tests.proof.scenes import ENDED, a_company_order, proof_of, told

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.clause("2.3"),
    pytest.mark.usefixtures("short_offer"),
]


def test_taken_again_at_the_same_moment_it_differs_only_in_its_journal(tmp_path):
    order = a_paid_order()
    first, second = (proof_of(order, tmp_path / name) for name in ("first", "second"))
    names = {path.relative_to(first) for path in first.rglob("*") if path.is_file()}
    assert names == {path.relative_to(second) for path in second.rglob("*") if path.is_file()}
    other = {
        str(name) for name in names if (first / name).read_bytes() != (second / name).read_bytes()
    }
    assert other == {
        "MANIFEST.sha256",
        "MANIFEST.sha256.sig",
        "journal/journal.jsonl",
        "proof.json",
        "proof.pdf",
    }


def test_names_in_the_archive_are_ascii_under_one_folder():
    order = a_paid_order()
    proof = make_proof(order=order, by="user:1", at=ENDED)
    with ZipFile(io.BytesIO(proof.content)) as archive_:
        names = archive_.namelist()
        assert archive_.testzip() is None
        assert {entry.date_time for entry in archive_.infolist()} == {(2027, 2, 1, 12, 0, 0)}
    assert {name.split("/")[0] for name in names} == {proof.file_name.removesuffix(".zip")}
    assert all(name.isascii() for name in names)
    assert proof.file_name == f"proof-{order.code}-20270201-120000.zip"


@pytest.mark.clause("9.5")
def test_a_corrected_value_stands_beside_the_accepted_one(tmp_path):
    order = a_paid_order(email="old@example.kz")
    correct_email(order=order, email="new@example.kz", document="хат", by="staff:1", at=NOON)
    folder = proof_of(Order.objects.get(pk=order.pk), tmp_path)
    assert '"email":"old@example.kz"' in (folder / "contract" / "party.txt").read_text()
    assert told(folder)["contract"]["corrected_since"]["party"]["email"] == "new@example.kz"


@pytest.mark.clause("11.2")
def test_where_values_are_erased_the_digest_stands_alone(tmp_path):
    order = a_paid_order()
    type(order.party).objects.filter(pk=order.party_id).update(
        address="", surname="", name="", patronymic="", salt=""
    )
    folder = proof_of(Order.objects.get(pk=order.pk), tmp_path)
    person = told(folder)["contract"]["people"]["party"]
    assert person == {"digest": order.acceptance.sealed["party"], "erased": True}
    assert not (folder / "contract" / "party.txt").exists()
    assert (folder / "contract" / "learner.txt").exists()


def test_a_stored_file_that_is_gone_or_changed_is_said_and_stops_nothing(tmp_path):
    order = a_placed_order()
    for number in ("15", "16"):
        PaymentReport.objects.filter(order=order).update(
            ended_at=NOON, ending="dropped", ended_by="staff:1", reason="x"
        )
        said = {
            "kind": "transfer",
            "day": order.placed_on,
            "document": a_document(),
            "by": "visitor",
        }
        report_payment(order=order, number=number, at=NOON, **said)
    receive(a_receipt(order), order)
    gone, changed = PaymentReport.objects.order_by("pk")
    default_storage.delete(gone.document)
    PaymentReport.objects.filter(pk=changed.pk).update(document_sha256="0" * 64)
    folder = proof_of(order, tmp_path)
    assert told(folder)["faults"] == [
        {
            "file": "money/report-1.pdf",
            "fault": "not kept",
            "recorded_sha256": gone.document_sha256,
        },
        {"file": "money/report-2.pdf", "fault": "changed", "recorded_sha256": "0" * 64},
    ]
    assert not (folder / "money" / "report-1.pdf").exists()
    assert (folder / "money" / "report-2.pdf").read_bytes() == PDF
    page = (folder / "README.html").read_text()
    assert "money/report-1.pdf" in page
    assert "Файл больше не хранится" in page
    assert "money/report-2.pdf" in words_of((folder / "proof.pdf").read_bytes(), 0)


def test_more_than_one_archive_holds_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "LARGEST", 100_000)
    with pytest.raises(RuleViolation, match="сыймайды"):
        make_proof(order=a_paid_order(), by="user:1", at=ENDED)


def test_an_order_without_a_contract_has_no_proof():
    order = a_placed_order()
    with pytest.raises(RuleViolation) as refused:
        make_proof(order=order, by="user:1", at=ENDED)
    assert refused.value.clause == "2.2.1"
    assert not Entry.objects.filter(verb="proof.made").exists()


def test_a_companys_proof_names_it_with_its_address(tmp_path):
    order = a_company_order()
    values = told(proof_of(order, tmp_path))["contract"]["people"]["party"]["values"]
    assert (values["company_name"], values["bin"]) == (order.party.company_name, order.party.bin)


def test_rows_cost_no_questions():
    order = a_paid_order()

    def asked(at) -> int:
        with CaptureQueriesContext(connection) as questions:
            make_proof(order=order, by="user:1", at=at)
        return len(questions)

    make_proof(order=order, by="user:1", at=ENDED)  # what is kept at first is there
    few = asked(ENDED)
    for number in range(20):
        record(
            "personal_data.seen",
            about=("order", order.code),
            order=order.code,
            by="staff:1",
            at=NOON,
            facts={"reason": str(number)},
        )
    assert asked(ENDED + timedelta(hours=1)) == few
    assert few < 60
