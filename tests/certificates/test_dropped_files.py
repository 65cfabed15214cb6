"""A file dropped on the page: told by its digest, by the academy's signature, or not at all;
nothing of it is kept.
"""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from time import perf_counter

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from certificates.forms import LARGEST_FILE, InMemoryOnly
from certificates.operations import (
    certificate_file,
    issue_certificate,
    replace_certificate,
    revoke_certificate,
)
from certificates.rendering import certificate_pdf
from certificates.signing import signed
from certificates.views.verification import CEILING, GUESSES, LARGEST_BODY
from offer_site.codes import new_secret_code
from offer_site.signing import certificate_pem
from tests import given
from tests.certificates.hostile import digits_of, hostile, signed_by_another, with_digits
from tests.certificates.test_paper import a_certificate

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.clause("9.1"),
    pytest.mark.usefixtures("issued"),
]
AFTER = given.NOON + timedelta(days=65)  # 27.01.2027
LATER = AFTER + timedelta(days=7)
KNOWN = {"kk": "байтына дейін бірдей", "ru": "до последнего байта"}
SIGNED = {"kk": "академия қол қойған, бірақ", "ru": "Академия подписала этот файл, но"}
CHANGED = {
    "kk": "академия қол қойған күйінде емес",
    "ru": "Это не тот файл, который подписала академия",
}
UNKNOWN = {"kk": "Академия бұл файлды танымайды", "ru": "Академии этот файл неизвестен"}
SPEND = 2  # seconds that a file may cost on a busy machine


@pytest.fixture
def pdf(certificate) -> bytes:
    return certificate_file(certificate)


def drop(client: Client, content: bytes, language: str = "kk", name: str = "certificate.pdf"):
    file = SimpleUploadedFile(name, content, content_type="application/pdf")
    return client.post(f"{reverse('verify')}?lang={language}", {"file": file})


def page_after(client: Client, content: bytes, language: str = "kk") -> str:
    answer = drop(client, content, language)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_issued_file_is_told_by_its_digest(client, certificate, pdf, language):
    page = page_after(client, pdf, language)
    assert KNOWN[language] in page
    assert {"kk": "Сертификат жарамды", "ru": "Сертификат действителен"}[language] in page
    assert certificate.number in page
    assert certificate.learner_name in page
    assert "27.01.2027" in page


def test_the_file_of_a_replaced_certificate_says_by_what_and_since_when(client, certificate, pdf):
    new = replace_certificate(
        certificate=certificate, reason="құпия себеп", by=given.an_owner(), at=LATER
    )
    page = page_after(client, pdf, "ru")
    assert "Вместо этого сертификата выдан новый" in page
    assert "03.02.2027" in page
    assert new.number in page
    assert "құпия себеп" not in page
    assert "Сертификат действителен" in page_after(client, certificate_file(new), "ru")


def test_the_file_of_a_revoked_certificate_says_since_when_and_names_nobody(
    client, certificate, pdf
):
    revoke_certificate(certificate=certificate, reason="құпия себеп", by=given.an_owner(), at=LATER)
    page = page_after(client, pdf, "ru")
    assert "Этот сертификат недействителен" in page
    assert "03.02.2027" in page
    assert certificate.learner_name not in page


def test_the_page_shows_nothing_private_of_a_companys_file(client):
    enrollment = given.a_completed_enrollment(
        kind="company", address="Құпия көшесі, 7", phone="+77015554433"
    )
    party = enrollment.order.party
    issued = issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    page = page_after(client, certificate_file(issued))
    private = [
        party.email,
        party.phone,
        "Құпия",
        party.bin,
        party.position,
        party.name,
        enrollment.order.code,
    ]
    assert [value for value in private if value and value in page] == []
    assert issued.company_name in page.replace("&quot;", '"')


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_file_that_was_signed_and_is_not_the_one_issued_leads_to_its_certificate(
    client, certificate, language
):
    another = signed(certificate_pdf(certificate), at=LATER)
    page = page_after(client, another, language)
    assert SIGNED[language] in page
    assert reverse("verify_code", args=[certificate.code]) in page
    assert certificate.learner_name not in page


def test_a_signed_file_whose_number_was_never_given_names_no_certificate(client, certificate):
    page = page_after(client, signed(certificate_pdf(a_certificate()), at=LATER), "ru")
    assert SIGNED["ru"] in page
    assert "такого сертификата у неё нет" in page
    assert "/verify/7" not in page


def test_what_a_former_key_signed_is_still_the_academys(
    client, certificate, pdf, settings, tmp_path
):
    another = signed(certificate_pdf(certificate), at=LATER)
    former = tmp_path / "former.pem"
    former.write_bytes(certificate_pem())
    stranger = signed_by_another(certificate_pdf(certificate), settings, tmp_path, at=LATER)
    settings.SIGNING_KEY = str(tmp_path / "another.pem")
    settings.SIGNING_FORMER = str(former)
    assert SIGNED["ru"] in page_after(client, another, "ru")
    assert SIGNED["ru"] in page_after(client, stranger, "ru")
    settings.SIGNING_FORMER = ""
    assert UNKNOWN["ru"] in page_after(client, another, "ru")


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("place", [0, 1000, 50_000, -60])
def test_one_changed_byte_is_seen(client, pdf, place, language):
    changed = bytearray(pdf)
    changed[place] ^= 1
    page = page_after(client, bytes(changed), language)
    assert CHANGED[language] in page
    assert "LZA-" not in page


def test_what_is_added_after_the_signature_is_seen(client, pdf):
    assert CHANGED["ru"] in page_after(client, pdf + b"\n", "ru")
    update = b"\n6 0 obj\n<</Length 0>>\nstream\n\nendstream\nendobj\nstartxref\n0\n%%EOF\n"
    assert CHANGED["ru"] in page_after(client, pdf + update, "ru")


def test_a_signature_taken_from_another_file_proves_nothing(client, pdf, settings, tmp_path):
    another = certificate_pdf(a_certificate("Ли Анна Олег"))
    forged = b""
    # Certificates of two keys differ by a byte now and then, and the digits must fit whole.
    while not forged or len(digits_of(forged)) < len(digits_of(pdf)):
        forged = signed_by_another(another, settings, tmp_path, at=LATER)
    lifted = with_digits(forged, digits_of(pdf))
    assert CHANGED["ru"] in page_after(client, lifted, "ru")


def test_a_signature_of_somebody_else_in_the_academys_name_is_unknown(
    client, certificate, settings, tmp_path
):
    forged = signed_by_another(certificate_pdf(certificate), settings, tmp_path, at=AFTER)
    page = page_after(client, forged, "ru")
    assert UNKNOWN["ru"] in page
    assert certificate.number not in page


def test_a_copy_that_was_saved_anew_is_unknown_or_changed(client, pdf):
    again = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as opened:
        opened.save(again)
    page = page_after(client, again.getvalue(), "ru")
    assert UNKNOWN["ru"] in page or CHANGED["ru"] in page


def test_hostile_files_are_answered_calmly_and_soon(client, pdf):
    for name, content in hostile(pdf).items():
        began = perf_counter()
        answer = drop(Client(REMOTE_ADDR="203.0.113.9"), content[:LARGEST_FILE], "ru")
        took = perf_counter() - began
        assert answer.status_code == 200, name
        assert UNKNOWN["ru"] in answer.content.decode(), name
        assert took < SPEND, f"{name}: {took:.1f} s"


def test_a_file_without_the_key_on_this_machine_is_still_told_by_its_digest(client, pdf, settings):
    settings.SIGNING_KEY = ""
    assert KNOWN["ru"] in page_after(client, pdf, "ru")
    assert UNKNOWN["ru"] in page_after(client, pdf + b"\n", "ru")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Выберите PDF сертификата."),
        ({"file": "сертификат.pdf"}, "Выберите PDF сертификата."),
        ({"other": SimpleUploadedFile("a.pdf", b"%PDF-1.7")}, "Выберите PDF сертификата."),
        ({"file": SimpleUploadedFile("a.pdf", b"")}, "Файл пуст"),
    ],
)
def test_without_a_file_the_page_says_what_is_missing_at_its_field(client, sent, words):
    answer = client.post(f"{reverse('verify')}?lang=ru", sent)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert words in page
    assert 'aria-invalid="true"' in page


def test_a_file_that_is_too_large_is_refused_in_words_and_never_lies_on_the_disk(
    client, settings, tmp_path
):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1
    for size in (LARGEST_FILE + 1, LARGEST_BODY - 1000, LARGEST_BODY + 1):
        answer = drop(client, bytes(size), "ru")
        assert answer.status_code == 413
        assert "Файл больше 2 МБ" in answer.content.decode()
    assert list(tmp_path.iterdir()) == []


def test_what_was_dropped_is_kept_nowhere(client, pdf, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1
    before = {path: path.stat().st_mtime_ns for path in Path(settings.MEDIA_ROOT).rglob("*")}
    page_after(client, pdf)
    page_after(client, b"%PDF-1.7 another")
    assert list(tmp_path.iterdir()) == []
    assert {
        path: path.stat().st_mtime_ns for path in Path(settings.MEDIA_ROOT).rglob("*")
    } == before


def test_a_file_comes_only_from_our_own_page(pdf):
    client = Client(enforce_csrf_checks=True)
    assert drop(client, pdf).status_code == 403
    token = client.get(reverse("verify")).context["csrf_token"]
    answer = client.post(
        reverse("verify"),
        {"file": SimpleUploadedFile("a.pdf", pdf), "csrfmiddlewaretoken": str(token)},
    )
    assert answer.status_code == 200


def test_search_engines_and_shared_caches_keep_nothing_of_an_answer(client, pdf):
    answer = drop(client, pdf)
    assert "noindex" in answer["X-Robots-Tag"]
    assert "no-store" in answer["Cache-Control"]


def test_an_answer_stands_in_the_other_language_too(client, pdf):
    assert 'href="/verify/?lang=kk"' in page_after(client, pdf, "ru")


def test_files_and_codes_are_guessed_on_one_account_and_what_was_issued_is_still_found(
    client, certificate, pdf
):
    for _guess in range(GUESSES - 1):
        client.get(reverse("verify_code", args=[new_secret_code()]))
    assert drop(client, b"%PDF-1.7 no").status_code == 200
    refused = drop(client, b"%PDF-1.7 not that either")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) == 600
    assert client.get(reverse("verify_code", args=[new_secret_code()])).status_code == 429
    assert client.get(reverse("verify_code", args=[certificate.code])).status_code == 200
    assert KNOWN["kk"] in page_after(client, pdf)


def test_an_address_that_goes_on_is_not_listened_to_and_others_are(client, certificate, pdf):
    for _guess in range(CEILING):
        client.get(reverse("verify_code", args=["no-code"]))
    assert client.get(reverse("verify_code", args=[certificate.code])).status_code == 429
    assert drop(client, pdf).status_code == 429
    neighbour = Client(REMOTE_ADDR="203.0.113.7")
    assert neighbour.get(reverse("verify_code", args=[certificate.code])).status_code == 200
    assert KNOWN["kk"] in page_after(neighbour, pdf)


def test_certificates_that_are_there_may_be_verified_all_day(client, certificate, pdf):
    for _look in range(GUESSES + 5):
        assert client.get(reverse("verify_code", args=[certificate.code])).status_code == 200
    assert drop(client, pdf).status_code == 200
    assert client.get(reverse("verify_code", args=[new_secret_code()])).status_code == 404


def test_many_files_at_once_take_no_more_memory_than_one():
    kept = []
    half = LARGEST_FILE // 2 + 1
    handler = InMemoryOnly()
    for number in range(10):
        handler.new_file("file", f"{number}.pdf", "application/pdf", half)
        handler.receive_data_chunk(bytes(half), 0)
        kept.append(handler.file_complete(half))
    assert sum(len(file.read()) for file in kept) <= LARGEST_FILE
