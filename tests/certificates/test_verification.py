"""The public page of a certificate: four answers, nothing private, tolerant of typing,
deaf to guessing.
"""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from certificates.operations import issue_certificate, replace_certificate, revoke_certificate
from certificates.operations.issuing import CertificateSetApartError, reserve_certificate
from certificates.rules import code_lines
from offer_site.codes import new_secret_code, normalize_secret_code
from tests import given

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("issued")]
AFTER = given.NOON + timedelta(days=65)  # 27.01.2027
LATER = AFTER + timedelta(days=7)
LANGUAGES = ["kk", "ru"]
TYPED = re.compile(
    r'value="[^"]*"|name="(next|csrfmiddlewaretoken)"|href="[^"]*lang=[^"]*"'
)  # what one typed oneself


def page_of(client: Client, code: str, language: str = "kk", status: int = 200) -> str:
    response = client.get(reverse("verify_code", args=[code]), {"lang": language})
    assert response.status_code == status
    return response.content.decode()


@pytest.mark.parametrize(
    ("language", "words"), [("kk", "Сертификат жарамды"), ("ru", "Сертификат действителен")]
)
def test_a_standing_certificate_is_valid(client, certificate, language, words):
    page = page_of(client, certificate.code, language)
    assert words in page
    assert certificate.learner_name in page
    assert certificate.number in page
    assert "27.01.2027" in page


@pytest.mark.parametrize("kind", ["person", "guardian", "company"])
def test_the_page_shows_the_name_and_nothing_else_of_a_person(client, kind):
    enrollment = given.a_completed_enrollment(
        kind=kind, address="Құпия көшесі, 7", phone="+77015554433"
    )
    party = enrollment.order.party
    certificate = issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    page = page_of(client, certificate.code)
    private = [
        party.email,
        party.phone,
        "Құпия",
        party.iin,
        party.bin,
        party.position,
        enrollment.order.code,
    ]
    assert [value for value in private if value and value in page] == []
    assert certificate.learner_name in page


@pytest.mark.parametrize(
    ("language", "words"),
    [("kk", "орнына жаңасы берілді"), ("ru", "Вместо этого сертификата выдан новый")],
)
def test_a_replaced_certificate_says_since_when_and_leads_to_the_last_one(
    client, certificate, language, words
):
    owner = given.an_owner()
    second = replace_certificate(certificate=certificate, reason="қате", by=owner, at=LATER)
    third = replace_certificate(certificate=second, reason="тағы қате", by=owner, at=LATER)
    page = page_of(client, certificate.code, language)
    assert words in page
    assert "03.02.2027" in page
    assert reverse("verify_code", args=[third.code]) in page
    assert "қате" not in page


@pytest.mark.parametrize(
    ("language", "words"),
    [("kk", "Бұл сертификаттың күші жоқ"), ("ru", "Этот сертификат недействителен")],
)
def test_a_revoked_certificate_says_since_when_and_names_nobody(
    client, certificate, language, words
):
    revoke_certificate(certificate=certificate, reason="құпия себеп", by=given.an_owner(), at=LATER)
    page = page_of(client, certificate.code, language)
    assert words in page
    assert "03.02.2027" in page
    assert certificate.learner_name not in page
    assert "құпия себеп" not in page


@pytest.mark.parametrize(
    ("language", "words"), [("kk", "Мұндай сертификат жоқ"), ("ru", "Такого сертификата нет")]
)
def test_an_unknown_code_is_answered_calmly(client, language, words):
    assert words in page_of(client, new_secret_code(), language, status=404)


def test_a_number_without_its_paper_is_not_a_certificate_yet(client):
    reserved = reserve_certificate(enrollment_id=given.a_completed_enrollment().pk, at=AFTER)
    page_of(client, reserved.code, status=404)


def test_a_code_is_read_as_people_type_it(client, certificate):
    code = certificate.code
    typed = [
        code.upper(),
        f"  {code[:4]} {code[4:13]}\n{code[13:]} ",
        code.replace("0", "O").replace("1", "l").replace("2", "Z").replace("v", "U"),
        f"http://localhost:8000/verify/{code}/",
        code.upper().translate(str.maketrans("ABCEHKMPTXY", "АВСЕНКМРТХУ")),
    ]
    assert [normalize_secret_code(text) for text in typed] == [code] * len(typed)
    response = client.get(reverse("verify"), {"code": typed[1]})
    assert response.status_code == 302
    assert response["Location"] == reverse("verify_code", args=[code])


@pytest.mark.parametrize(
    "pasted",
    [
        "https://localhost:8000/verify/{code}/?lang=ru",
        "https://localhost:8000/verify/{code}/?fbclid=IwAR0A1b2C3d4E5f6G7h8J9k0M1n2P3q4R5s6T7v8W9x&utm_source=ig",
        "http://localhost:8000/verify/{code}/#main",
        "localhost:8000/verify/{code}.",
        "Менің сертификатым: https://localhost:8000/verify/{code}/, қараңыз!",
        "«{code}»",
        "код\u200b {groups}.",
        "{groups}\u00a0(код сертификата)",
        "https://l.instagram.com/?u=https%3A%2F%2Flocalhost/verify/{code}/&e=AT0",
    ],
)
def test_a_code_is_found_in_whatever_was_pasted(client, certificate, pasted):
    code = certificate.code
    groups = " · ".join(code_lines(code))
    answer = client.get(reverse("verify"), {"code": pasted.format(code=code, groups=groups)})
    assert answer.status_code == 302
    assert answer["Location"] == reverse("verify_code", args=[code])
    assert normalize_secret_code("Сертификат туралы бір сөз, коды жоқ") is None


@pytest.mark.parametrize(
    "typed", ["{number}", "№ {number}", "{lower}", "{number}.", "LZА–2026 – 000001", "lza 2026 1"]
)
@pytest.mark.parametrize(
    ("language", "words"), [("kk", "Бұл — сертификаттың нөмірі"), ("ru", "Это номер сертификата")]
)
def test_a_number_is_answered_as_a_number(client, certificate, typed, language, words):
    number = certificate.number
    typed = typed.format(number=number, lower=number.lower())
    for address in (reverse("verify"), f"/verify/{quote(typed, safe='')}/"):
        answer = client.get(address, {"code": typed, "lang": language})
        assert answer.status_code == 404
        assert words in answer.text
        assert f'value="{typed}"' in answer.text
        assert certificate.learner_name not in answer.text


def test_half_a_code_is_asked_for_again_with_what_was_typed(client, certificate):
    response = client.get(reverse("verify"), {"code": "7kq2 m9x4", "lang": "ru"})
    assert response.status_code == 404
    assert 'value="7kq2 m9x4"' in response.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_stands_without_a_code_and_the_switch_works(client, language):
    page = client.get(reverse("verify"), {"lang": language}).content.decode()
    other = "ru" if language == "kk" else "kk"
    assert f'lang="{language}"' in page
    assert f'href="/verify/?lang={other}"' in page


def test_search_engines_and_shared_caches_keep_nothing(client, certificate):
    response = client.get(reverse("verify_code", args=[certificate.code]))
    assert "noindex" in response["X-Robots-Tag"]
    assert "no-store" in response["Cache-Control"]


def test_what_is_no_code_reads_like_a_code_that_nobody_has_and_costs_the_same(
    client, django_assert_num_queries
):
    # A visitor's first attempt begins the count, whatever the code is.
    client.get(f"/verify/{new_secret_code()}/", {"lang": "ru"})
    pages = []
    for code in (
        new_secret_code(),
        "x" * 3000,
        "' OR 1=1 --",
        "\u0000",
        "😀" * 26,
    ):
        # the count, the code, one more attempt, and the academy's details at the foot of the page
        with django_assert_num_queries(4):
            response = client.get(f"/verify/{quote(code, safe='')}/", {"lang": "ru"})
        assert response.status_code == 404
        pages.append(TYPED.sub("", response.content.decode()))
    assert len(set(pages)) == 1


def test_a_certificate_that_gives_way_to_one_in_the_making_says_so(client, certificate, settings):
    settings.SIGNING_KEY = ""  # so that the new one cannot be printed yet
    with pytest.raises(CertificateSetApartError):
        replace_certificate(certificate=certificate, reason="қате", by=given.an_owner(), at=LATER)
    page = page_of(client, certificate.code, "ru")
    assert "недействителен с" in page
    assert "Новый вместо него готовится" in page
    assert "Открыть новый сертификат" not in page


def test_a_certificate_revoked_and_then_issued_anew_leads_to_the_new_one(client, certificate):
    owner = given.an_owner()
    revoke_certificate(certificate=certificate, reason="қате", by=owner, at=LATER)
    certificate.refresh_from_db()
    new = replace_certificate(certificate=certificate, reason="түзетілді", by=owner, at=LATER)
    page = page_of(client, certificate.code)
    assert new.number in page
    assert reverse("verify_code", args=[new.code]) in page


def test_guessing_is_limited_to_thirty_codes_and_others_are_not_held_up(client, certificate):
    answers = [
        client.get(reverse("verify_code", args=[new_secret_code()])).status_code for _ in range(32)
    ]
    neighbour = Client(REMOTE_ADDR="203.0.113.7").get(
        reverse("verify_code", args=[certificate.code])
    )
    assert answers == [404] * 30 + [429] * 2
    assert neighbour.status_code == 200
