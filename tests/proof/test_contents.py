"""What the proof holds: everything of its order, as it was, and nothing of anybody else."""

import hashlib
import io
import json
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from zipfile import ZipFile

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certificates.models import Certificate
from enrollment.models import Consent, HalvesAnswer, Order, PaymentReport, RestMove
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.ordering.reports import report_payment
from enrollment.operations.paper.contracts import contract_pdf
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.journal.operations import record
from offer_site.notices.models import Notice
from offer_site.proof import archive
from offer_site.proof.making import make_proof
from payments.models import RefundCase
from tests.certificates.papers import opened, words_of
from tests.given import NOON, a_paid_order, a_placed_order, a_receipt, an_owner, receive
from tests.papers import PDF, a_document
from tests.proof.scenes import ENDED, LONGEST, STRANGER, a_company_order, a_full_contract, proof_of

pytestmark = [pytest.mark.django_db, pytest.mark.clause("2.3")]


def told(folder) -> dict:
    return json.loads((folder / "proof.json").read_text())


def everything_in(folder) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_the_files_are_the_stored_bytes(tmp_path):
    order = a_full_contract()
    folder = proof_of(order, tmp_path)
    for name in ("kk.md", "ru.md", "offer.pdf", "terms.toml"):
        assert (folder / "offer" / name).read_bytes() == order.edition.file(name)
    assert (folder / "contract" / "contract.pdf").read_bytes() == contract_pdf(order)
    for consent in Consent.objects.filter(party=order.party):
        assert (folder / "consents" / f"{consent.purpose}.txt").read_text() == consent.text
    made = Certificate.objects.of_order(order.code)
    assert {path.stem for path in (folder / "certificates").iterdir()} == {
        each.number for each in made
    }
    for certificate in made:
        content = (folder / "certificates" / certificate.file_name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == certificate.sha256
    answer = HalvesAnswer.objects.get()
    move = RestMove.objects.get()
    assert answer.by_bot
    assert (
        hashlib.sha256((folder / "halves" / "move-1.png").read_bytes()).hexdigest()
        == move.picture_sha256
    )
    case = RefundCase.objects.get()
    assert (folder / "refunds" / f"{case.number}.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.clause("12.1")
def test_every_letter_is_there_byte_for_byte_with_its_times(tmp_path):
    order = a_full_contract()
    folder = proof_of(order, tmp_path)
    sent = {
        each.raw_sha256: each
        for each in Notice.objects.exclude(raw_sha256="").filter(order_code=order.code)
    }
    assert len(sent) >= 6
    found = {
        hashlib.sha256(path.read_bytes()).hexdigest(): path
        for path in (folder / "notices").iterdir()
    }
    assert set(sent) <= set(found)
    for digest, path in found.items():
        letter = message_from_bytes(path.read_bytes(), policy=default)
        assert letter["To"] == "learner@example.kz"
        assert digest in {each["raw_sha256"] for each in told(folder)["notices"]["letters"]}
    for each in told(folder)["notices"]["letters"]:
        assert each["sent_at"] or each["withdrawn_at"]
        assert each["file"] == "" or (folder / each["file"]).exists()


def test_the_json_tells_every_part(tmp_path):
    order = a_full_contract()
    facts = told(proof_of(order, tmp_path))
    assert facts["contract"]["acceptance"]["digest"] == order.acceptance.digest
    assert facts["contract"]["people"]["party"]["values"]["address"] == LONGEST["address"]
    assert facts["money"]["received"] == f"{order.price}.00"
    assert [each["kind"] for each in facts["money"]["entries"]] == ["receipt", "receipt"]
    assert [each["ground"] for each in facts["performance"]["suspensions"]] == ["rest_unpaid"]
    assert facts["performance"]["suspensions"][0]["ended_at"]
    assert facts["performance"]["breaches"] == []
    assert facts["performance"]["enrollment"]["day_of_performance"] == "2027-01-22"
    (term,) = (each for each in facts["deadlines"] if each["clause"] == "9.1")
    assert (term["event_on"], term["due_on"], len(term["counted"])) == (
        "2027-01-22",
        "2027-01-29",
        5,
    )
    assert term["counted"][-1] == term["due_on"]
    (case,) = facts["claims"]
    assert (case["decision"]["granted"], case["decision"]["reasons_kk"][:7]) == ("0.00", "Сабақта")
    assert case["decision"]["approved_by"].startswith("staff:")
    old, new = facts["certificates"]
    assert (old["replaced_by"], old["replace_reason"], new["replaced_by"]) == (
        new["number"],
        "аты түзетілді",
        "",
    )
    assert facts["halves"]["moves_of_the_rest"][0]["reason"] == "Жалақы кешікті"
    assert len(facts["journal"]["rows"]) == Entry.objects.of_order(order.code).count()
    assert len(facts["journal"]["seals"]) == 3
    assert facts["faults"] == []


def test_nothing_of_another_order_and_no_name_of_staff_is_in_it(tmp_path):
    order = a_full_contract()
    folder = proof_of(order, tmp_path)
    stranger = Order.objects.get(party__email=STRANGER)
    content = everything_in(folder)
    plain = b"".join(
        bytes(part.get_payload(decode=True) or b"")
        for path in (folder / "notices").iterdir()
        for part in message_from_bytes(path.read_bytes()).walk()
        if not part.is_multipart()
    )
    for text in (
        stranger.code,
        STRANGER,
        an_owner().email,
        "first@desk.example.kz",
        "second@desk.example.kz",
    ):
        assert text.encode() not in content + plain
    assert order.code.encode() in content


def test_the_paper_is_in_both_languages_and_leads_to_its_chapters(tmp_path):
    folder = proof_of(a_full_contract(), tmp_path)
    pdf = (folder / "proof.pdf").read_bytes()
    words = words_of(pdf, 0)
    for title in (
        "Шарттың дәлелі",
        "Доказательство договора",
        "Ақша",
        "Деньги",
        "Журналдың мөрлері",
        "Печати журнала",
    ):
        assert title in words
    with opened(pdf) as paper:
        titles = [each.get_title() for each in paper.get_toc()]
    assert [title.split()[1] for title in titles[:3]] == ["Шарт", "Келісімдер", "Ақша"]


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
