"""The proof of a contract that met everything, made once for all these tests: what it holds, and
that a stranger can check it by sh, sha256sum and openssl alone.
"""

import hashlib
import shutil
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from certificates.models import Certificate
from enrollment.models import Consent, HalvesAnswer, Order, RestMove
from enrollment.operations.paper.contracts import contract_pdf
from offer_site.journal.models import Entry, Seal
from offer_site.notices.models import Notice
from offer_site.proof.checking import STEPS
from payments.models import RefundCase
from tests.certificates.papers import opened, words_of
from tests.databases import restore
from tests.given import an_owner
from tests.proof.scenes import (
    ENDED,
    LONGEST,
    STRANGER,
    a_full_contract,
    commands_of,
    everything_in,
    proof_of,
    told,
    typed,
    with_a_byte_changed,
)

pytestmark = [pytest.mark.django_db, pytest.mark.clause("2.3")]


@pytest.fixture(scope="module")
def order(django_db_setup, django_db_blocker) -> Iterator[Order]:
    """Commit the contract, which the tests only read."""
    with django_db_blocker.unblock():
        restore()
        yield a_full_contract()
        restore()


@pytest.fixture(scope="module")
def proof(order, django_db_blocker, tmp_path_factory) -> Path:
    """The folder of its proof."""
    with django_db_blocker.unblock():
        return proof_of(order, tmp_path_factory.mktemp("proof"))


@pytest.fixture
def whole(proof, tmp_path) -> Path:
    """A copy of the folder for one test: the commands of its page leave files there."""
    return shutil.copytree(proof, tmp_path / "proof")


def test_the_files_are_the_stored_bytes(order, whole):
    for name in ("kk.md", "ru.md", "offer.pdf", "terms.toml"):
        assert (whole / "offer" / name).read_bytes() == order.edition.file(name)
    assert (whole / "contract" / "contract.pdf").read_bytes() == contract_pdf(order, at=ENDED)
    for consent in Consent.objects.filter(party=order.party):
        assert (whole / "consents" / f"{consent.purpose}.txt").read_text() == consent.text
    made = Certificate.objects.of_order(order.code)
    assert {path.stem for path in (whole / "certificates").iterdir()} == {
        each.number for each in made
    }
    for certificate in made:
        content = (whole / "certificates" / certificate.file_name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == certificate.sha256
    answer = HalvesAnswer.objects.get()
    move = RestMove.objects.get()
    assert answer.by_bot
    assert (
        hashlib.sha256((whole / "halves" / "move-1.png").read_bytes()).hexdigest()
        == move.picture_sha256
    )
    case = RefundCase.objects.get()
    assert (whole / "refunds" / f"{case.number}.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.clause("12.1")
def test_every_letter_is_there_byte_for_byte_with_its_times(order, whole):
    sent = {
        each.raw_sha256: each
        for each in Notice.objects.exclude(raw_sha256="").filter(order_code=order.code)
    }
    assert len(sent) >= 6
    found = {
        hashlib.sha256(path.read_bytes()).hexdigest(): path
        for path in (whole / "notices").iterdir()
    }
    assert set(sent) <= set(found)
    for digest, path in found.items():
        letter = message_from_bytes(path.read_bytes(), policy=default)
        assert letter["To"] == "learner@example.kz"
        assert digest in {each["raw_sha256"] for each in told(whole)["notices"]["letters"]}
    for each in told(whole)["notices"]["letters"]:
        assert each["sent_at"] or each["withdrawn_at"]
        assert each["file"] == "" or (whole / each["file"]).exists()


def test_the_json_tells_every_part(order, whole):
    facts = told(whole)
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


def test_nothing_of_another_order_and_no_name_of_staff_is_in_it(order, whole):
    stranger = Order.objects.get(party__email=STRANGER)
    content = everything_in(whole)
    plain = b"".join(
        bytes(part.get_payload(decode=True) or b"")
        for path in (whole / "notices").iterdir()
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


def test_the_paper_is_in_both_languages_and_leads_to_its_chapters(whole):
    pdf = (whole / "proof.pdf").read_bytes()
    words = words_of(pdf, 0)
    for title in (
        "Шарт бойынша дәлелдемелер",
        "Доказательства по договору",
        "Ақша",
        "Деньги",
        "Журналдың мөрлері",
        "Печати журнала",
    ):
        assert title in words
    with opened(pdf) as paper:
        titles = [each.get_title() for each in paper.get_toc()]
    assert [title.split()[1] for title in titles[:3]] == ["Шарт", "Келісімдер", "Ақша"]


def test_the_commands_of_the_page_find_everything_as_it_was(order, whole):
    commands = commands_of(whole)
    assert commands == [step.commands for step in STEPS]
    result = typed(whole, commands)
    assert result.returncode == 0, result.stderr
    assert (
        result.stdout.count("Verified OK")
        == 1 + Seal.objects.filter(heads__chain=order.code).count()
        == 4
    )
    for what in (
        "offer/kk.md",
        "offer/ru.md",
        "contract/party.txt",
        "contract/learner.txt",
        "acceptance",
    ):
        assert f"{what}: OK" in result.stdout
    assert "rows: OK, the chain ends at" in result.stdout
    assert typed(whole, [(whole / "check.sh").read_text()]).returncode == 0


def test_a_changed_byte_in_any_file_is_found(whole):
    commands = commands_of(whole)
    names = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
    unnoticed = []
    for name in names:
        kept = (whole / name).read_bytes()
        with_a_byte_changed(whole / name)
        if typed(whole, commands).returncode == 0:
            unnoticed.append(name)
        (whole / name).write_bytes(kept)
    assert len(names) > 30
    assert unnoticed == []
    assert typed(whole, commands).returncode == 0


def sealed_row(folder):
    """The number of the row that the first seal holds; later rows may be under none."""
    return int((folder / "journal" / "seal-00001.path").read_text().split("|")[1])


def test_each_step_finds_what_is_its_own_to_find(whole, tmp_path):
    """Who changes a file mends the list too; each later step still sees it."""
    _files, _signature, accepted, chained, sealed = commands_of(whole)
    for number, (file, step) in enumerate(
        [
            ("offer/kk.md", accepted),
            ("contract/party.txt", accepted),
            ("contract/learner.txt", accepted),
            ("contract/acceptance.json", accepted),
            ("journal/journal.jsonl", chained),
            ("journal/journal.jsonl", sealed),
            ("journal/seal-00001.txt", sealed),
            ("journal/seal-00002.path", sealed),
            ("journal/seal-00003.sig", sealed),
        ]
    ):
        folder = tmp_path / str(number)
        shutil.copytree(whole, folder)
        assert typed(folder, [step]).returncode == 0
        of_a_sealed_row = step == sealed and file == "journal/journal.jsonl"
        with_a_byte_changed(folder / file, line=sealed_row(folder) if of_a_sealed_row else 0)
        assert typed(folder, [step]).returncode != 0, file
