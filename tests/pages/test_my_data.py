"""A person reads all that is kept about them, and nothing about others (5, 11.4)."""

import json
import tracemalloc
from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import gettext, override

from enrollment.models import PartyKind
from offer_site.accounts.models import User
from offer_site.correspondence.receiving import keep_mail, set_mail_aside
from offer_site.correspondence.writing import put_to_order
from offer_site.journal.models import Entry
from offer_site.retention import export
from offer_site.retention.export import known_about
from tests.accounts.signing import signed_in
from tests.correspondence.mails import a_mail
from tests.correspondence.test_receiving import arrived
from tests.given import NOON, a_paid_order, an_application

pytestmark = [pytest.mark.django_db, pytest.mark.clause("11.4")]


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def taken_as_json(email: str) -> dict[str, list[dict[str, object]]]:
    answer = signed_in(email).post(reverse("my_data_export"), {"form": "json"})
    assert answer["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert "no-store" in answer["Cache-Control"]
    return json.loads(answer.content)


def test_the_file_has_all_that_is_kept_across_the_apps():
    order = a_paid_order()
    taken = taken_as_json(order.party.email)
    assert set(taken) == {
        "account", "orders", "party", "learner", "consents", "contracts", "learning", "payments",
        "letters", "journal",
    }  # fmt: skip
    party = taken["party"][0]
    assert party["address"] == order.party.address
    assert party["phone"] == order.party.phone
    assert [each["purpose"] for each in taken["consents"]] == ["truth", "contract"]
    paid = taken["payments"][-1]
    assert paid["reference"]
    # Beside a code stand its words; what is no code stands alone.
    assert (paid["provider"], paid["provider_in_words"]) == ("card", "Банк картасы")
    assert paid["method_in_words"].startswith("банк картасы")
    assert taken["journal"][0]["by_in_words"]
    assert "amount_in_words" not in paid
    assert {each["kind"] for each in taken["letters"]} >= {"order-placed", "contract-concluded"}
    assert {"order.placed", "offer.accepted"} <= {each["verb"] for each in taken["journal"]}


def test_the_page_says_the_same_in_words():
    order = a_paid_order()
    browser = signed_in(order.party.email)
    page = browser.post(reverse("my_data_export"), {"form": "page"}).content.decode()
    assert order.party.address in page
    assert order.party.phone in page
    assert order.code in page


def test_the_journal_says_that_it_was_taken():
    order = a_paid_order()
    taken_as_json(order.party.email)
    row = Entry.objects.get(verb="personal_data.exported")
    assert row.facts == {"form": "json"}
    assert row.by == f"user:{row.about_key}"


def test_nothing_of_another_person_is_in_it():
    other = a_paid_order(surname="Бөтенова", phone="+77770000001")
    taken = json.dumps(taken_as_json(a_paid_order().party.email), ensure_ascii=False)
    assert other.party.surname not in taken
    assert other.party.phone not in taken
    assert other.code not in taken


@pytest.mark.parametrize("is_set_aside", [False, True])
def test_a_letter_of_another_student_put_to_the_order_by_mistake_is_not_in_it(is_set_aside):
    order = a_paid_order(email="student@example.kz")
    a_paid_order(email="other@example.kz")
    files = (("құпия.pdf", b"%PDF-1.7 %%EOF"),)
    raw = a_mail("other@example.kz", subject="Құпия хат", text="Құпия сөз", files=files)
    keep = set_mail_aside if is_set_aside else keep_mail
    letter = keep(mail=arrived(raw, at=NOON), at=NOON)
    put_to_order(letter=letter, order=order, reason="шатасқан", by="staff:1", at=NOON)
    taken = taken_as_json("student@example.kz")
    assert "correspondence" not in taken
    theirs = json.dumps(taken_as_json("other@example.kz"), ensure_ascii=False)
    for word in ("Құпия хат", "Құпия сөз", "құпия.pdf"):
        assert (word in theirs) is not is_set_aside


SIZE = 512 * 1024
WORDS = "These are many letters: the text of this one stands in the cabinet, or ask us."


def letters_with_files(count: int) -> None:
    for number in range(count):
        raw = a_mail(
            "student@example.kz",
            text=f"{number}-хат",
            message_id=f"<{number}@example.kz>",
            files=(("сурет.pdf", bytes(SIZE)),),
        )
        keep_mail(mail=arrived(raw, at=NOON), at=NOON)


def memory_of_the_copy(order) -> int:
    user = User.objects.get(email=order.party.email)
    tracemalloc.start()
    try:
        known_about(user)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_files_of_all_letters_are_never_in_memory_together():
    order = a_paid_order(email="student@example.kz")
    letters_with_files(1)
    taken_as_json("student@example.kz")
    of_one = memory_of_the_copy(order)
    letters_with_files(5)
    assert memory_of_the_copy(order) < of_one + SIZE


def test_of_very_many_letters_the_copy_has_digests_and_the_first_texts(monkeypatch):
    monkeypatch.setattr(export, "MOST_TEXTS", 2)
    a_paid_order(email="student@example.kz")
    letters_with_files(3)
    taken = taken_as_json("student@example.kz")["correspondence"]
    letters = [each for each in taken if "raw_sha256" in each]
    with override("kk"):
        assert [each["text"].strip() for each in letters] == ["0-хат", "1-хат", gettext(WORDS)]
    assert all(each["raw_sha256"] for each in letters)


def test_a_companys_reader_does_not_get_its_employees_data():
    order = a_paid_order(application=an_application(kind=PartyKind.COMPANY))
    taken = taken_as_json(order.party.email)
    assert "learner" not in taken
    assert order.learner.surname not in json.dumps(taken, ensure_ascii=False)


def test_a_guardian_gets_the_childs_data():
    order = a_paid_order(application=an_application(kind=PartyKind.GUARDIAN))
    assert taken_as_json(order.party.email)["learner"][0]["birth_date"] == str(date(2012, 11, 22))


def test_a_visitor_is_asked_to_sign_in(client):
    for name in ("my_data", "my_data_export", "my_data_news"):
        answer = client.post(reverse(name)) if name != "my_data" else client.get(reverse(name))
        assert answer["Location"].startswith(reverse("account_login"))


def test_a_look_takes_nothing():
    browser = signed_in(a_paid_order().party.email)
    assert browser.get(reverse("my_data_export")).status_code == 405
    assert browser.get(reverse("my_data")).status_code == 200
    assert not Entry.objects.filter(verb="personal_data.exported").exists()


@pytest.mark.usefixtures("short_contracts")
def test_the_page_and_the_copy_ask_as_much_for_one_contract_as_for_three():
    asked = []
    for count, email in ((1, "one@example.kz"), (3, "three@example.kz")):
        for number in range(count):
            a_paid_order(email=email, surname=f"Оқушы{number}")
        browser = signed_in(email)
        browser.get(reverse("my_data"))
        with CaptureQueriesContext(connection) as page:
            assert browser.get(reverse("my_data")).status_code == 200
        with CaptureQueriesContext(connection) as copy:
            assert browser.post(reverse("my_data_export"), {"form": "json"}).status_code == 200
        asked.append([len(page), len(copy)])
    assert asked[0] == asked[1]
