"""Nothing that was typed into a checkout is lost: by another package, language or theme, by who
learns, or by a second order; and a birth date can be typed on every telephone.
"""

import re
from datetime import date

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from enrollment.forms.fields import day_typed
from enrollment.models import Order
from offer_site.web.visitor import THEME_COOKIE
from tests.given import NOON, a_cohort, an_owner

from .test_checkout import COMPANY, GUARDIAN, PERSON, address, send, shown

TYPED = ("surname", "name", "patronymic", "phone", "email")
MINOR = PERSON | {
    "kind": "minor",
    "iin": "101122600006",
    "own_birth_date": "22.11.2010",
    "guardian_surname": "Әбілқасым",
    "guardian_name": "Айгүл",
    "guardian_relation": "parent",
    "guardian_phone": "+7 701 000 00 01",
    "guardian_email": "mother@example.kz",
}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def values_of(page):
    return dict(
        re.findall(r'<input type="(?:text|tel|email)" name="(\w+)"[^>]* value="([^"]*)"', page)
    )


def ticked(page):
    return re.findall(r'<input type="checkbox" name="(\w+)"[^>]* checked', page)


# --- Package
def test_the_package_is_chosen_inside_the_form_at_the_price_that_stands_beside_it(db, client):
    a_cohort()
    page = client.get(address()).content.decode()
    assert re.search(r'value="birge"\s+checked', page)
    hidden = dict(re.findall(r'name="(shown_price\w*)" value="(\d+)"', page))
    assert hidden == {
        "shown_price": "149990",
        "shown_price_ozim": "99990",
        "shown_price_vip": "259990",
    }
    answer = send(client, PERSON, package="ozim", **hidden)
    assert answer.status_code == 302
    order = Order.objects.select_related("tariff__package").get()
    assert (order.tariff.package.slug, order.price) == ("ozim", 99_990)


@pytest.mark.clause("4.1")
@pytest.mark.parametrize("price", [None, "149990", "1"])
def test_another_package_is_ordered_only_at_the_price_shown_for_it(db, client, price):
    a_cohort()
    told = {} if price is None else {"shown_price_vip": price}
    answer = send(client, PERSON, package="vip", **told)
    assert answer.status_code == 200
    assert not Order.objects.exists()
    page = answer.content.decode()
    assert re.search(r'value="vip"\s+checked', page), "the choice itself is kept"
    assert values_of(page)["surname"] == PERSON["surname"]


def test_a_package_that_nobody_offers_is_not_found(db, client):
    a_cohort()
    assert send(client, PERSON, package="gold").status_code == 404


def test_a_mistake_keeps_the_chosen_package(db, client):
    a_cohort()
    page = send(client, PERSON, package="vip", shown_price_vip="259990", phone="1").content.decode()
    assert re.search(r'value="vip"\s+checked', page)


# --- Language and theme
@pytest.mark.parametrize(
    "values", [PERSON, GUARDIAN, MINOR, COMPANY], ids=lambda each: each["kind"]
)
def test_the_other_language_shows_what_was_typed_and_orders_nothing(db, client, values):
    a_cohort()
    page = client.get(address()).content.decode()
    button = re.search(r'<button[^>]*formaction="([^"]*)"[^>]*value="ru"[^>]*>', page)
    assert button
    assert 'form="order"' in button.group()
    wrong = values | {"phone": "87"}
    answer = client.post(button.group(1), shown() | wrong | {"show_in": "ru", "package": "vip"})
    assert answer.status_code == 200
    assert not Order.objects.exists()
    text = answer.content.decode()
    assert "Фамилия" in text
    assert "error-line" not in text, "nothing is judged before it is sent"
    kept = values_of(text)
    typed = {name: wrong[name] for name in TYPED}
    assert {name: kept.get(name, "") for name in typed} == typed
    assert re.search(rf'value="{values["kind"]}"[^>]*checked', text)
    assert re.search(r'value="vip"\s+checked', text)
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "ru"


@pytest.mark.clause("5.1")
def test_a_consent_is_asked_anew_in_another_language_and_kept_in_another_theme(db, client):
    a_cohort()
    given = shown() | PERSON | {"consent_marketing": "on"}
    in_russian = client.post(address(language="ru"), given | {"show_in": "ru"})
    assert ticked(in_russian.content.decode()) == []
    dark = client.post(address(), given | {"show_in": "dark"})
    page = dark.content.decode()
    assert ticked(page) == ["consent_truth", "consent_contract", "consent_marketing"]
    assert re.search(r'<details class="fold" open', page), "what is ticked is seen"


def test_the_theme_is_a_button_of_the_form_and_loses_nothing(db, client):
    a_cohort()
    page = client.get(address()).content.decode()
    assert '<form method="post" action="/theme/"' not in page
    assert re.search(r'<button[^>]*form="order"[^>]*name="show_in" value="dark"', page)
    answer = client.post(address(), shown() | PERSON | {"show_in": "dark"})
    text = answer.content.decode()
    assert 'data-theme="dark"' in text
    assert values_of(text)["email"] == PERSON["email"]
    assert client.cookies[THEME_COOKIE].value == "dark"
    assert not Order.objects.exists()


def test_what_was_kept_of_a_doubt_stays_kept_in_another_language(db, client):
    a_cohort()
    kept = "email:gulnur@gmial.com"
    answer = client.post(
        address(language="ru"),
        shown() | PERSON | {"email": "gulnur@gmial.com", "kept": kept, "show_in": "ru"},
    )
    assert f'name="kept" value="{kept}"' in answer.content.decode()


# --- Who learns
def test_what_was_typed_of_a_child_stays_when_the_buyer_learns_after_all(db, client):
    a_cohort()
    page = send(client, GUARDIAN | {"kind": "person", "phone": ""}).content.decode()
    kept = values_of(page)
    assert kept["learner_name"] == GUARDIAN["learner_name"]
    assert (kept["birth_date_day"], kept["birth_date_year"]) == ("22", "2012")


# --- A second order
def test_a_second_order_in_this_browser_begins_with_the_data_of_the_first(db, client):
    a_cohort()
    send(client, GUARDIAN)
    page = client.get(address("vip")).content.decode()
    kept = values_of(page)
    assert kept["surname"] == GUARDIAN["surname"]
    assert kept["learner_surname"] == GUARDIAN["learner_surname"]
    assert kept["email"] == "gulnur@example.kz"
    assert re.search(r'value="guardian"[^>]*checked', page)
    for secret in (GUARDIAN["iin"], GUARDIAN["learner_iin"], "2012", PERSON["address"]):
        assert secret not in page
    assert ticked(page) == []


def test_a_second_order_of_a_company_begins_with_its_company(db, client):
    a_cohort()
    send(client, COMPANY)
    page = client.get(address("vip")).content.decode()
    assert values_of(page)["bin"] == COMPANY["bin"]
    assert re.search(r'value="company"[^>]*checked', page)


def test_a_stranger_or_a_link_that_closed_brings_no_data(db, client):
    a_cohort()
    send(client, PERSON)
    assert "surname" not in values_of(Client().get(address()).content.decode())
    party = Order.objects.get().party
    party.email = "corrected@example.kz"
    party.save(update_fields=["email"])
    assert "surname" not in values_of(client.get(address()).content.decode())


# --- Birth dates
@pytest.mark.parametrize(
    "typed",
    [
        {"birth_date_day": "22", "birth_date_month": "11", "birth_date_year": "2012"},
        {"birth_date_day": "22112012"},
        {"birth_date_day": "22.11.2012"},
        {"birth_date_day": "2012-11-22"},
        {"birth_date_day": "22 11 2012"},
        {"birth_date": "22112012"},
        {"birth_date_day": "", "birth_date_month": "", "birth_date_year": ""},
    ],
    ids=["parts", "eight digits", "dots", "year first", "spaces", "old page", "read from the IIN"],
)
def test_a_childs_birth_date_is_typed_on_every_telephone(db, client, typed):
    a_cohort()
    values = {name: value for name, value in GUARDIAN.items() if name != "birth_date"}
    assert send(client, values | typed).status_code == 302
    assert Order.objects.get().learner.birth_date == date(2012, 11, 22)


def test_a_minors_own_birth_date_is_read_from_the_iin(db, client):
    a_cohort()
    values = {name: value for name, value in MINOR.items() if name != "own_birth_date"}
    assert send(client, values).status_code == 302
    assert Order.objects.get().learner.birth_date == date(2010, 11, 22)


@pytest.mark.parametrize("part", ["32", "22", "221120"])
def test_a_day_that_is_none_is_said_at_its_field_and_stays_as_typed(db, client, part):
    a_cohort()
    values = {name: value for name, value in GUARDIAN.items() if name != "birth_date"}
    answer = send(client, values | {"birth_date_day": part})
    assert answer.context["form"].errors.keys() == {"birth_date"}
    assert values_of(answer.content.decode())["birth_date_day"] == part


def test_the_three_fields_are_digits_with_a_label_each(db, client):
    a_cohort()
    page = client.get(address()).content.decode()
    for part in ("day", "month", "year"):
        field = re.search(rf'<input[^>]*name="birth_date_{part}"[^>]*>', page)
        assert field
        assert 'inputmode="numeric"' in field.group()
        anchor = re.search(r'id="([^"]+)"', field.group())
        assert anchor
        assert f'<label for="{anchor.group(1)}">' in page


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("22112012", date(2012, 11, 22)),
        ("22/11/2012", date(2012, 11, 22)),
        ("20121122", date(2012, 11, 22)),
        ("01.02.2012", date(2012, 2, 1)),
        ("12122012", date(2012, 12, 12)),
        ("2211201", None),
        ("31022012", None),
        ("22111812", None),
        ("", None),
    ],
)
def test_eight_digits_are_a_day(text, day):
    assert day_typed(text) == day


# --- Consents and mistakes
@pytest.mark.clause("5.1")
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_what_is_recorded_of_a_consent_is_what_its_line_and_fold_showed(db, client, language):
    a_cohort()
    page = client.get(address(language=language)).content.decode()
    folds = re.findall(r'<div class="consent">(.*?)</details>\s*</div>', page, re.DOTALL)
    assert len(folds) == 5
    seen = []
    for fold in folds:
        line = re.search(r"<span>(.*?)</span>", fold, re.DOTALL)
        words = re.search(r'_helptext">(.*?)</p>', fold, re.DOTALL)
        assert line
        assert words
        seen.append(f"{line.group(1)}\n{words.group(1)}")
    everything = {f"consent_{name}": "on" for name in ("cross_border", "research", "marketing")}
    send(client, PERSON | everything, language=language)
    recorded = [each.text for each in Order.objects.get().party.consents.order_by("pk")]
    assert sorted(recorded) == sorted(seen)


def test_only_what_the_contract_needs_stands_outside_the_fold_of_consents(db, client):
    a_cohort()
    page = client.get(address()).content.decode()
    needed, _fold, optional = page.partition('<details class="fold">')
    assert re.findall(r'name="consent_(\w+)"', needed) == ["truth", "contract"]
    assert len(re.findall(r'name="consent_\w+"', optional)) == 3


@pytest.mark.parametrize("kind", ["", "robot", "person", "minor", "guardian"])
def test_the_line_of_mistakes_names_no_field_that_is_not_seen(db, client, kind):
    a_cohort()
    answer = send(client, {"kind": kind})
    page = answer.content.decode()
    line = re.search(r'<div\s+class="error-line".*?</div>', page, re.DOTALL)
    assert line
    anchors = set(re.findall(r'href="#id_(\w+)"', line.group()))
    common = {"surname", "name", "phone", "email", "consent_truth", "consent_contract"}
    own = {
        "person": set(),
        "minor": {
            "iin",
            "guardian_surname",
            "guardian_name",
            "guardian_relation",
            "guardian_phone",
            "guardian_email",
        },
        "guardian": {"relation", "iin", "learner_surname", "learner_name", "learner_iin"},
    }
    assert anchors == common | own.get(kind, {"kind"})
    for anchor in anchors:
        assert f'id="id_{anchor}"' in page


def test_a_mistake_and_a_doubt_are_told_apart_in_the_line(db, client):
    a_cohort()
    answer = send(client, PERSON, language="ru", phone="87", email="gulnur@gmial.com")
    line = re.search(r'<div\s+class="error-line".*?</div>', answer.content.decode(), re.DOTALL)
    assert line
    words = " ".join(re.sub(r"<[^>]+>", "", line.group()).split())
    assert words == (
        "Исправьте: мобильный телефон. Проверьте: электронная почта. "
        "Остальное вводить заново не нужно."
    )


# --- Companies
def test_a_company_has_a_page_of_its_own_and_one_employee_is_ordered_for_here(db, client):
    a_cohort()
    page = client.get(address()).content.decode()
    assert 'value="company"' not in page
    assert f"{address()}company/" in page
    assert 'value="company"' in client.get(address(), {"kind": "company"}).content.decode()


def test_the_owner_of_the_desk_sees_no_data_of_orders_that_are_not_theirs(db, client):
    a_cohort()
    send(Client(), PERSON)
    client.force_login(an_owner())
    assert "surname" not in values_of(client.get(address()).content.decode())
