"""The paper itself: the name letter for letter, what each sheet states,
and the same bytes from the same facts.
"""

import json
from datetime import date
from io import BytesIO

import pikepdf
import pytest
from PIL import Image

from certificates.models import Certificate
from certificates.rendering import certificate_image, certificate_pdf, verify_address
from certificates.rules import SharedValues, rows_for_company, rows_for_person
from offer_site.languages import speaking
from tests.certificates.papers import (
    NAMES,
    is_coloured,
    sheets_of,
    shows_qr_of,
    words_in_millimetres,
    words_of,
)

COMPANY = (
    "«Қазақстанның өңірлік цифрлық коммуникациялар және маркетинг орталығы» ЖШС (Ақтөбе филиалы)"
)
ADDRESS = "050060, Алматы қаласы, Бостандық ауданы, Әл-Фараби даңғылы, 77/8, 214-пәтер"
FACE = {
    "art": "birge",
    "brand": "Lessbek Zapusk Academy",
    "issuer_kk": "«Lessbek Zapusk Academy» жеке кәсіпкері",
    "issuer_ru": "Индивидуальный предприниматель «Lessbek Zapusk Academy»",
    "signatory": "Лесбек Л. М.",
    "position_kk": "Жеке кәсіпкер, курс авторы",
    "position_ru": "Индивидуальный предприниматель, автор курса",
    "duration_kk": "1,5 ай",
    "duration_ru": "1,5 месяца",
}
SHARED = SharedValues(
    course="SMMARKETING",
    package="БІРГЕ",
    period="05.01.2026 – 19.02.2026",
    issuer_kk=FACE["issuer_kk"],
    issuer_ru=FACE["issuer_ru"],
    signatory=FACE["signatory"],
    position_kk=FACE["position_kk"],
    position_ru=FACE["position_ru"],
)


def a_certificate(
    name: str = NAMES[1], *, company: str = "", art: str = "birge", address: str = ADDRESS
) -> Certificate:
    """A certificate that is stored nowhere, with the facts that freezing would give it."""
    if company:
        rows = rows_for_company(
            name=company,
            address=address,
            postal_address="030012, Ақтөбе қаласы, а/ж 118",
            business_number="971240001315",
            email="kense@example.kz",
            authorised_person="Дүйсенғалиева Сәуле, директор",
            learner=name,
            shared=SHARED,
        )
    else:
        rows = rows_for_person(name=name, address=address, email="gulnur@example.kz", shared=SHARED)
    return Certificate(
        number="LZA-2026-000123",
        code="7kq2m9x4tabw3ec5hn8pd6rjvy",
        language="kk",
        learner_name=name,
        company_name=company,
        course_name="SMMARKETING",
        package_name="БІРГЕ",
        starts_on=date(2026, 1, 5),
        ends_on=date(2026, 2, 19),
        issued_on=date(2026, 2, 26),
        face={**FACE, "art": art},
        record=json.dumps(rows, ensure_ascii=False),
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_name_stands_letter_for_letter_on_both_sheets(name):
    pdf = certificate_pdf(a_certificate(name))
    assert name in words_of(pdf, 0)
    assert name in words_of(pdf, 1)
    assert sheets_of(pdf) == 2
    assert len(pdf) < 120_000


@pytest.mark.clause("9.3")
def test_a_persons_second_sheet_states_all_that_9_3_lists():
    face, record = (words_of(certificate_pdf(a_certificate()), sheet) for sheet in (0, 1))
    listed = (
        NAMES[1],
        ADDRESS,
        "gulnur@example.kz",
        "«SMMARKETING»",
        FACE["issuer_kk"],
        FACE["issuer_ru"],
        FACE["position_kk"],
        FACE["position_ru"],
        "Лесбек Л. М.",
    )
    assert [value for value in listed if value not in record] == []
    assert "@" not in face
    assert "Фараби" not in face


@pytest.mark.clause("9.2")
def test_a_companys_second_sheet_states_all_that_9_2_lists():
    pdf = certificate_pdf(a_certificate(NAMES[3], company=COMPANY, art="vip"))
    face, record = (words_of(pdf, sheet) for sheet in (0, 1))
    listed = (
        COMPANY,
        ADDRESS,
        "030012, Ақтөбе қаласы, а/ж 118",
        "971240001315",
        "kense@example.kz",
        NAMES[3],
        "Дүйсенғалиева Сәуле, директор",
        "«SMMARKETING»",
        FACE["issuer_ru"],
        "Лесбек Л. М.",
    )
    assert [value for value in listed if value not in record] == []
    assert COMPANY in face
    assert NAMES[3] in face
    assert "@" not in face
    assert "971240001315" not in face


LONG_COMPANY = (
    "«Қазақстанның өңірлік цифрлық коммуникациялар, маркетинг және шағын кәсіпкерлікті қолдау "
    "орталығы» "
    "жауапкершілігі шектеулі серіктестігінің Ақтөбе облысындағы филиалы (Мәртөк және Қарғалы "
    "бөлімі)"
)
LONG_NAME = (
    "Мұхаметжанова-Төлегенқызы Айгүлбаршын Нұрсұлтанбекқызы Әлима "
    "Қожағұлова-Нұрмұхамбетова Жұлдызай Әбдіманапқызы Іңкәрбай"
)
LONG_ADDRESS = (
    "050060, Алматы облысы, Еңбекшіқазақ ауданы, Қарасай батыр ауылдық округі, Әл-Фараби даңғылы, "
    "77/8, "
    "«Нұрлы тау» тұрғын үй кешені, 3-блок, 14-қабат, 214-пәтер, кіреберіс оң жақта, домофон 214В, "
    "ауладан кіру"
)


@pytest.mark.parametrize("company", ["", LONG_COMPANY], ids=["person", "company"])
@pytest.mark.parametrize("name", [NAMES[0], LONG_NAME], ids=["short", "long"])
def test_nothing_leaves_its_frame_however_long_the_values_are(name, company):
    pdf = certificate_pdf(a_certificate(name, company=company, address=LONG_ADDRESS))
    assert (
        len(pdf) < 105_000
    )  # a signature image and the signature of the paper itself are still to come
    for sheet, left in ((0, 131), (1, 25.5)):
        for x0, bottom, x1, top in words_in_millimetres(pdf, sheet):
            assert left < x0
            assert x1 < 274
            assert bottom > 14 + 8
            assert top < 210 - 14 - 8


def test_every_label_stands_in_both_languages():
    record = words_of(certificate_pdf(a_certificate()), 1)
    assert [
        row for row in a_certificate().rows if row["kk"] not in record or row["ru"] not in record
    ] == []


def test_the_same_facts_give_the_same_bytes_in_whatever_language_the_worker_speaks():
    with speaking("ru"):
        first = certificate_pdf(a_certificate())
    with speaking("kk"):
        second = certificate_pdf(a_certificate())
    other = certificate_pdf(a_certificate(NAMES[2]))
    assert first == second != other


def test_the_qr_code_leads_to_the_public_page():
    certificate = a_certificate()
    pdf = certificate_pdf(certificate)
    assert shows_qr_of(pdf, verify_address(certificate))
    assert not shows_qr_of(pdf, verify_address(certificate) + "x")


@pytest.mark.parametrize("art", ["ozim", "birge", "vip", "a-package-of-tomorrow"])
def test_the_art_lies_under_both_sheets_of_every_package(art):
    pdf = certificate_pdf(a_certificate(art=art))
    with pikepdf.open(BytesIO(pdf)) as document:
        assert all(
            any("Under" in str(name) for name in page.Resources.XObject) for page in document.pages
        )


@pytest.mark.clause("9.4")
def test_the_picture_is_in_colour_and_of_300_dpi():
    picture = certificate_image(certificate_pdf(a_certificate()))
    image = Image.open(BytesIO(picture))
    assert image.size == (3508, 2481)  # 297 × 210 mm
    assert round(image.info["dpi"][0]) == 300
    assert is_coloured(picture)


def test_a_sample_says_so_and_has_no_code():
    certificate = a_certificate()
    certificate.number = ""
    certificate.code = ""
    certificate.issued_on = None
    pdf = certificate_pdf(certificate)
    assert "Үлгі · Образец" in words_of(pdf, 0)
    assert "verify" not in words_of(pdf, 0) + words_of(pdf, 1)
    assert not shows_qr_of(pdf, verify_address(a_certificate()))


POISON = (
    "<link rel=attachment href=file:///etc/passwd> & <b>Ана</b>",
    '<img src="file:///etc/passwd">',
    "{{ certificate.record }} {% include 'admin/base.html' %} ${7*7}",
    "url(file:///etc/passwd) ; background: url(http://127.0.0.1/)",
    "<style>.name{display:none}</style><script>alert(1)</script>",
    "/Stamp1 Do 1 0 1 1 re f",
)


@pytest.mark.parametrize("name", POISON)
def test_a_name_is_text_and_never_markup(name):
    pdf = certificate_pdf(a_certificate(name, company=name))
    with pikepdf.open(BytesIO(pdf)) as document:
        assert list(document.attachments) == ["facts.json"]
    assert name in words_of(pdf, 1)
    assert b"root:" not in pdf
