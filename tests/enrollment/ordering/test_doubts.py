"""What is typed wrong is doubted at the field, before the order; one tap takes the proposal,
another keeps what was typed, without a script (3.1, 9.5).
"""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.urls import reverse
from django.utils.translation import override

from enrollment.models import Clarification, Edition, HalvesRequest, Order
from offer_site.journal.models import Entry
from tests.given import NOON, a_cohort, a_placed_order, a_receipt, receive

from .test_checkout import COMPANY, GUARDIAN, PERSON, address, send, shown


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def buttons(answer) -> dict[str, list[str]]:
    """What the buttons of the doubts send, by their names."""
    page = answer.content.decode()
    found: dict[str, list[str]] = {"take": [], "kept": []}
    for name, value in re.findall(r'<button[^>]* name="(take|kept)" value="([^"]*)"', page):
        found[name].append(unescape(value))
    return found


@pytest.mark.clause("3.1")
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gulnur@gmial.com", "gulnur@gmail.com"),
        ("gulnur@mail.tu", "gulnur@mail.ru"),
        ("gulnur@maik.ru", "gulnur@mail.ru"),
        ("gulnur@mаil.ru", "gulnur@mail.ru"),  # a Cyrillic «а»
        ("gulnur@gmail.сом", "gulnur@gmail.com"),
        ("gulnur@firma.con", "gulnur@firma.com"),
    ],
)
def test_a_mailbox_typed_wrong_is_doubted_and_one_tap_takes_the_proposal(db, client, typed, meant):
    a_cohort()
    doubted = send(client, PERSON, email=typed)
    assert doubted.status_code == 200
    assert not Order.objects.exists()
    assert meant in doubted.content.decode()
    taken = send(client, PERSON, email=typed, take=buttons(doubted)["take"][0])
    assert taken.status_code == 302
    assert Order.objects.get().party.email == meant


@pytest.mark.clause("3.1", "9.5")
def test_what_was_typed_is_kept_by_one_tap_and_never_asked_about_again(db, client):
    a_cohort()
    doubted = send(client, PERSON, email="gulnur@gmial.com")
    kept = send(client, PERSON, email="gulnur@gmial.com", kept=buttons(doubted)["kept"])
    assert kept.status_code == 302
    order = Order.objects.get()
    assert order.party.email == "gulnur@gmial.com"
    assert Entry.objects.get(verb="order.placed").facts["confirmed"] == ["email"]
    receive(a_receipt(order), order)
    assert not Clarification.objects.exists()


def test_what_was_kept_is_the_value_and_not_the_field(db, client):
    a_cohort()
    doubted = send(client, PERSON, email="gulnur@gmial.com")
    again = send(client, PERSON, email="gulnur@maik.ru", kept=buttons(doubted)["kept"])
    assert again.status_code == 200
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gulnur@gmail", "gulnur@gmail.com"),
        ("gulnur@gmail,com", "gulnur@gmail.com"),
        ("іnkar@mail.ru", "inkar@mail.ru"),
    ],
)
def test_an_email_that_cannot_exist_has_a_proposal_and_nothing_to_keep(db, client, typed, meant):
    a_cohort()
    asked = buttons(send(client, PERSON, email=typed))
    assert (asked["take"], asked["kept"]) == (["email"], [])
    send(client, PERSON, email=typed, take="email")
    assert Order.objects.get().party.email == meant


@pytest.mark.clause("9.5")
def test_two_alphabets_in_a_name_are_doubted_and_mended_by_one_tap(db, client):
    a_cohort()
    doubted = send(client, PERSON, surname="Әбілқасымовa")  # a Latin «a»
    assert not Order.objects.exists()
    send(client, PERSON, surname="Әбілқасымовa", take=buttons(doubted)["take"][0])
    assert Order.objects.get().learner.surname == "Әбілқасымова"
    assert Order.objects.get().party.surname == "Әбілқасымова"


@pytest.mark.parametrize(
    ("values", "changes"),
    [
        (GUARDIAN, {"learner_surname": "Әбілқасымовa"}),
        (GUARDIAN, {"surname": "Әбілқасымовa"}),
        (COMPANY, {"surname": "Әбілқасымовa"}),
        (COMPANY, {"learner_name": "Ж."}),
        (COMPANY, {"company_name": "Жаңа Өркен"}),
        (COMPANY, {"company_address": "Ақтөбе"}),
        (COMPANY, {"postal_address": "жоқ"}),
        (PERSON, {"address": "Алматы"}),
    ],
)
def test_whatever_would_be_asked_after_the_payment_is_asked_before_the_order(
    db, client, values, changes
):
    a_cohort()
    doubted = send(client, values, **changes)
    assert doubted.status_code == 200
    assert not Order.objects.exists()
    [keeps] = buttons(doubted)["kept"]
    assert send(client, values, **changes, kept=keeps).status_code == 302
    order = Order.objects.get()
    receive(a_receipt(order), order)
    assert not Clarification.objects.exists()


def test_several_doubts_are_answered_one_by_one_and_nothing_is_lost(db, client):
    a_cohort()
    typed = {"email": "gulnur@gmial.com", "address": "Алматы"}
    first = send(client, PERSON, **typed)
    second = send(client, PERSON, **typed, kept=buttons(first)["kept"][0])
    page = second.content.decode()
    hidden = re.findall(r'<input type="hidden" name="kept" value="([^"]*)"', page)
    assert [unescape(each) for each in hidden] == [buttons(first)["kept"][0]]
    assert "Гүлнұр" in page
    last = send(client, PERSON, **typed, kept=[*map(unescape, hidden), *buttons(second)["kept"]])
    assert last.status_code == 302


def test_the_enter_key_answers_no_doubt(db, client):
    a_cohort()
    page = send(client, PERSON, email="gulnur@gmial.com").content.decode()
    form = page[page.index('<form class="form') :]
    inside = re.search(r"<button[^>]*>", form)
    # The language is a button of the form too, and stands before it: the first of all is pressed.
    first = re.search(r'<button[^>]* form="order"[^>]*>', page)
    assert inside
    assert first
    assert "name=" not in inside.group()
    assert "name=" not in first.group()


@pytest.mark.clause("3.1")
def test_an_email_is_corrected_with_the_same_doubt(db, client):
    a_cohort()
    send(client, PERSON)
    order = Order.objects.get()
    url = f"/kk/orders/{order.code}/email/"
    doubted = client.post(url, {"email": "gulnur@gmial.com"})
    order.party.refresh_from_db()
    assert order.party.email == "gulnur@example.kz"
    client.post(url, {"email": "gulnur@gmial.com", "take": buttons(doubted)["take"][0]})
    order.party.refresh_from_db()
    assert order.party.email == "gulnur@gmail.com"
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        client.post(url, {"email": "gulnur@maik.ru", "kept": "email:gulnur@maik.ru"})
    order = Order.objects.select_related("party").get()
    assert order.party.email == "gulnur@maik.ru"
    receive(a_receipt(order), order)
    assert not Clarification.objects.exists()


@pytest.mark.clause("4.3.1")
def test_a_request_for_halves_has_the_same_doubt(db, client):
    a_cohort()
    with override("kk"):
        url = reverse("halves_ask", args=["birge"])
    typed = shown() | {
        "name": "Гүлнұр",
        "email": "gulnur@gmial.com",
        "phone": "+77010000000",
        "consent": "on",
    }
    doubted = client.post(url, typed)
    assert not HalvesRequest.objects.exists()
    client.post(url, typed | {"take": buttons(doubted)["take"][0]})
    assert HalvesRequest.objects.get().email == "gulnur@gmail.com"


# --- A list
def list_of(*names):
    rows = {"learners-TOTAL_FORMS": str(len(names)), "learners-INITIAL_FORMS": "0"}
    for place, (surname, name) in enumerate(names):
        rows |= {f"learners-{place}-surname": surname, f"learners-{place}-name": name}
    return rows


def order_a_list(client, names, **changes):
    with override("kk"):
        url = reverse("company_checkout", args=["birge"])
    values = {**COMPANY, "consent_employees": "on", **shown(), **list_of(*names), **changes}
    return client.post(url, values)


@pytest.mark.clause("1.1", "9.5")
def test_a_name_in_a_list_is_doubted_in_its_row(db, client):
    a_cohort()
    names = [("Омаров", "Диас"), ("Әбілқасымовa", "Іңкәр"), ("Ким", "О.")]
    doubted = order_a_list(client, names, place="yes")
    asked = buttons(doubted)
    assert not Order.objects.exists()
    assert asked["take"] == ["learners-1-learner"]
    left = order_a_list(client, names, take="learners-1-learner", kept=asked["kept"][1:])
    assert left.status_code == 302
    named = {each.learner.surname: each.confirmed for each in Order.objects.with_people()}
    assert set(named) == {"Омаров", "Әбілқасымова", "Ким"}
    assert [field for field, _digest in named["Ким"]] == ["learner"]
    assert named["Омаров"] == []


def test_while_the_list_is_in_work_an_answer_orders_nothing(db, client):
    a_cohort()
    names = [("Омаров", "Диас"), ("Әбілқасымовa", "Іңкәр")]
    answer = order_a_list(client, names, in_work="yes", take="learners-1-learner")
    assert answer.status_code == 200
    assert not Order.objects.exists()
    assert "Әбілқасымова" in answer.content.decode()
    assert not answer.context["form"].is_bound


def test_a_doubt_is_asked_in_both_languages(db, client):
    a_cohort()
    for language, words in (("kk", "деп жазғыңыз келді ме"), ("ru", "Вы имели в виду")):
        answer = client.post(
            address("birge", language),
            {
                "shown_price": "149990",
                "shown_edition": str(Edition.objects.get()),
                **PERSON,
                "email": "a@gmial.com",
            },
        )
        assert words in answer.content.decode()


def test_an_order_of_before_was_asked_nothing(db):
    assert a_placed_order().confirmed == []
