"""Minors: under 14 the guardian orders; from 14 to 18 the guardian consents before the payment."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from enrollment.forms.consents import GUARDIANS_CONSENT
from enrollment.models import (
    ConsentsBy,
    Enrollment,
    GuardianConsent,
    Order,
    PartyKind,
    PaymentReport,
    ReportKind,
)
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.corrections.guardian import correct_guardian_email
from enrollment.operations.links import guardian_link, order_link
from enrollment.operations.ordering.guardians import awaits_guardian, consent_by_link
from enrollment.operations.ordering.orders import cancel_order, lapse_order
from enrollment.operations.ordering.reports import report_payment
from enrollment.operations.places.lapses import end_unpaid
from enrollment.rendering import RELATIONS as CONSENTED
from enrollment.rendering import _relation
from enrollment.rules.bounds import CORRECTIONS, LETTERS_TO_A_STRANGER
from enrollment.rules.settlement import Waiting
from offer_site.accounts.models import User
from offer_site.accounts.operations import admitted_user, end_sessions
from offer_site.attempts.models import OrderTries
from offer_site.attempts.tries import TRIES_OF_A_BROWSER
from offer_site.audit.guardians import guardians_consented_as_the_journal_says
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor
from offer_site.languages import speaking
from offer_site.notices.letters import letterhead, write_letter
from offer_site.notices.models import Notice
from offer_site.proof.consents import guardian_consent
from payments.models import Decision, InstallmentApplication, InstallmentBank, LedgerEntry
from payments.operations.ledger.allocations import give_to_order
from payments.operations.paying.checks import payable_by_transfer, refusal_now
from payments.operations.paying.installments import (
    BankAnswer,
    decide_application,
    state_application,
)
from payments.operations.paying.payments import start_payment
from payments.providers import CARD
from payments.rules.matching import Refusal
from tests.at_once import at_once
from tests.enrollment.called import a_called_order, confirm
from tests.enrollment.ordering.test_checkout import PERSON, address, send
from tests.given import (
    NOON,
    a_cohort,
    a_paid_order,
    a_placed_order,
    a_receipt,
    an_application,
    an_owner,
    receive,
    refusal,
)
from tests.papers import a_document
from tests.payments.kaspi import a_question, result
from tests.payments.statements.scenes import bank_details
from tests.staff.conftest import signed_in

pytestmark = [pytest.mark.clause("1.1"), pytest.mark.usefixtures("short_contracts")]
HOUR = timedelta(hours=1)
MINOR = PERSON | {
    "kind": "minor",
    "own_birth_date": "22.11.2010",
    "iin": "101122600006",
    "guardian_surname": "Қайратұлы",
    "guardian_name": "Бауыржан",
    "guardian_relation": "parent",
    "guardian_email": "Father@Example.kz",
    "guardian_phone": "+7 702 000 00 00",
}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def a_minors_order(**wishes) -> Order:
    return a_placed_order(kind=PartyKind.MINOR, **wishes)


def path_of(link: str) -> str:
    return link[link.index("/", len("https://")) :]


def consented(order: Order, *, at=NOON + HOUR) -> GuardianConsent:
    return consent_by_link(
        order=order, text="Келісемін.", language="kk", origin=("198.18.0.1", "pytest"), at=at
    )


def verbs(order: Order) -> list[str]:
    found = Entry.objects.of_order(order.code).filter(verb__startswith="guardian.")
    return list(found.order_by("number").values_list("verb", flat=True))


def errors(answer) -> set[str]:
    return set(answer.context["form"].errors)


# --- The checkout
def test_a_minor_of_16_orders_and_the_guardian_is_written_to(db, client):
    a_cohort()
    answer = send(client, MINOR)
    assert answer.status_code == 302, answer.context["form"].errors
    order = Order.objects.with_people().get()
    assert order.party.kind == "minor"
    assert order.learner.full_name == order.party.full_name
    assert order.learner.birth_date.isoformat() == "2010-11-22"
    assert order.learner.iin == order.party.iin == MINOR["iin"]
    asked = GuardianConsent.objects.get()
    assert (asked.order, asked.email, asked.is_given) == (order, "father@example.kz", False)
    letter = Notice.objects.get(kind="guardian-asked")
    assert letter.recipient == "father@example.kz"
    assert "?key=" in letter.facts["guardian_url"]
    assert "father" not in str(list(Entry.objects.values_list("facts", flat=True)))
    assert verbs(order) == ["guardian.asked"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"own_birth_date": "24.11.2012", "iin": ""}, "own_birth_date"),  # 13
        ({"own_birth_date": "23.11.2008"}, "own_birth_date"),  # 18 today
        ({"own_birth_date": "21.11.2010"}, "iin"),
        ({"guardian_email": "Gulnur@example.kz"}, "guardian_email"),
        ({"guardian_surname": "Әбілқасымова", "guardian_name": "Гүлнұр"}, "guardian_surname"),
        ({"guardian_name": ""}, "guardian_name"),
        ({"guardian_relation": ""}, "guardian_relation"),
    ],
)
def test_who_may_not_order_so_is_told_at_the_field_and_nothing_is_lost(db, client, changes, field):
    a_cohort()
    answer = send(client, MINOR, **changes)
    assert answer.status_code == 200
    assert field in errors(answer)
    assert 'value="Бауыржан"' in answer.content.decode() or "guardian_name" in changes
    assert not Order.objects.exists()
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    ("field", "typed", "proposed"),
    [
        ("guardian_email", "father@gmial.com", "father@gmail.com"),
        ("guardian_email", "father@m\N{CYRILLIC SMALL LETTER A}il.ru", "father@mail.ru"),
        ("guardian_surname", "Қайpaтұлы", "Қайратұлы"),  # two of its letters are Latin
    ],
)
def test_a_guardian_typed_wrong_is_doubted_before_anything_is_sent(
    db, client, field, typed, proposed
):
    """A stranger would read whose child orders what, and could consent to it."""
    a_cohort()
    doubted = send(client, MINOR, **{field: typed})
    assert errors(doubted) == {field}
    assert not Notice.objects.exists()
    [error] = doubted.context["form"].errors.as_data()[field]
    assert error.proposal.split()[0] == proposed
    kept = send(client, MINOR, **{field: typed}, kept=[error.keeps])
    assert kept.status_code == 302
    assert GuardianConsent.objects.count() == 1


def test_one_tap_takes_the_proposed_mailbox_of_a_guardian(db, client):
    a_cohort()
    wrong = {"guardian_email": "father@gmial.com"}
    send(client, MINOR, **wrong, take="guardian_email")
    assert GuardianConsent.objects.get().email == "father@gmail.com"


def test_others_are_not_asked_about_a_guardian(db, client):
    a_cohort()
    send(client, PERSON)
    assert not GuardianConsent.objects.exists()
    assert not Notice.objects.filter(kind="guardian-asked").exists()


def test_whoever_orders_as_an_adult_and_then_as_a_minor_is_asked_to_replace_it(
    transactional_db, client
):
    a_cohort()
    send(client, PERSON)
    first = Order.objects.get()
    answer = send(client, MINOR, email=PERSON["email"])
    assert errors(answer) == {"replace"}
    assert first.code in str(answer.context["form"].errors["replace"])
    assert not GuardianConsent.objects.exists()
    assert send(client, MINOR, email=PERSON["email"], replace="on").status_code == 302
    first.refresh_from_db()
    assert first.state == "lapsed"
    second = Order.objects.awaiting_payment().with_people().get()
    assert second.party.kind == PartyKind.MINOR
    assert awaits_guardian(second)
    assert Notice.objects.filter(kind="guardian-asked").count() == 1


def test_the_same_again_is_one_order_and_another_guardians_email_is_not_lost(
    transactional_db, client
):
    a_cohort()
    send(client, MINOR)
    assert send(client, MINOR).status_code == 302
    assert Order.objects.count() == Notice.objects.filter(kind="guardian-asked").count() == 1
    corrected = {"guardian_email": "mother@example.kz"}
    assert errors(send(client, MINOR, **corrected)) == {"replace"}
    assert send(client, MINOR, **corrected, replace="on").status_code == 302
    order = Order.objects.awaiting_payment().get()
    assert order.guardian_consent.email == "mother@example.kz"
    asked = Notice.objects.filter(kind="guardian-asked").order_by("pk")
    assert [letter.recipient for letter in asked] == ["father@example.kz", "mother@example.kz"]


def test_the_end_of_all_sessions_of_a_guardian_ends_the_guardians_link(transactional_db, client):
    """A guardian who is a student too: it shows whose child orders, and consents with one tick."""
    own = a_paid_order(email="father@example.kz")
    user = admitted_user(email="father@example.kz")
    order = a_minors_order()
    GuardianConsent.objects.filter(order=order).update(email="father@example.kz")
    link = path_of(guardian_link(GuardianConsent.objects.get(order=order)))
    assert client.get(link).status_code == 200
    end_sessions(user=user, by=user, at=NOON)
    assert client.get(link).status_code == 404
    anew = path_of(guardian_link(GuardianConsent.objects.get(order=order)))
    assert client.get(anew).status_code == 200
    assert own.code != order.code


# --- The doors of payment
def test_until_the_consent_no_door_takes_money(db, client):
    bank_details()
    order = a_minors_order()
    person = a_placed_order()
    assert refusal_now(person, amount=person.price, at=NOON) is None
    assert refusal_now(order, amount=order.price, at=NOON) == Refusal.GUARDIAN
    assert payable_by_transfer(order, at=NOON) is None
    with refusal() as caught:
        start_payment(order=order, provider=CARD, language="kk", at=NOON, by="visitor")
    with speaking("ru"):
        assert "родител" in str(caught.value.message)
    consented(order)
    assert refusal_now(order, amount=order.price, at=NOON + HOUR) is None
    assert payable_by_transfer(order, at=NOON + HOUR) is not None


@pytest.mark.parametrize("door", ["order_report", "order_instalments"])
def test_until_the_consent_no_page_keeps_the_order(db, client, door):
    order = a_minors_order()
    bank = InstallmentBank.objects.create(name="Үлгі Банк")
    client.get(path_of(order_link(order)))
    page = reverse(door, args=[order.code])
    sent = {"kind": "kaspi", "number": "15", "day": "23.11.2026"}
    sent |= {"bank": bank.pk, "decision": "waiting"}
    for answer in (client.get(page), client.post(page, sent)):
        assert answer["Location"] == order.get_absolute_url()
    assert not PaymentReport.objects.exists()
    assert not InstallmentApplication.objects.exists()
    consented(order)
    assert client.get(page).status_code == 200


@pytest.mark.parametrize("by_staff", [False, True])
@pytest.mark.parametrize("missing", ["consent", "confirmation"])
def test_what_cannot_be_paid_yet_is_kept_by_no_report_and_no_application(db, missing, by_staff):
    minors = missing == "consent"
    order = a_minors_order() if minors else a_called_order(consents=ConsentsBy.LINK)
    bank = InstallmentBank.objects.create(name="Үлгі Банк")

    def state(number="A-1", at=NOON + 2 * HOUR):
        state_application(
            order=order,
            bank=bank,
            answer=BankAnswer(number=number),
            document=None,
            by="visitor",
            by_staff=by_staff,
            at=at,
        )

    def report():
        paid = {"kind": ReportKind.KASPI, "number": "15", "day": order.placed_on}
        report_payment(order=order, document=None, by="visitor", at=NOON + 2 * HOUR, **paid)

    with refusal() as unreported:
        report()
    with refusal() as unstated:
        state()
    assert (unreported.value.clause, unstated.value.clause) == (("1.1" if minors else "2.6"),) * 2
    order.refresh_from_db()
    assert order.kept_until is None
    assert not PaymentReport.objects.exists()
    assert not InstallmentApplication.objects.exists()
    consented(order) if minors else confirm(order)
    state()
    report()
    assert PaymentReport.objects.exists()
    assert InstallmentApplication.objects.exists()


def test_an_approval_of_what_was_stated_too_early_is_recorded_and_keeps_nothing(db):
    order = a_minors_order()
    bank = InstallmentBank.objects.create(name="Үлгі Банк")
    # Nothing states it any more: a row of before.
    early = InstallmentApplication.objects.create(
        bank=bank, number="A-1", order=order, stated_at=NOON, stated_by="visitor"
    )
    answer = BankAnswer(
        number="A-1",
        decision=Decision.APPROVED,
        decided_on=order.placed_on,
        approved_sum=Decimal(order.price),
    )
    decide_application(
        application=early, answer=answer, document=a_document(), by=an_owner(), at=NOON + HOUR
    )
    assert InstallmentApplication.objects.get().decision == Decision.APPROVED
    assert not PaymentReport.objects.exists()


def test_kaspis_check_is_refused_until_the_consent(db):
    order = a_minors_order()
    assert result(a_question(order)) == 5
    consented(order)
    assert result(a_question(order)) == 0


def test_money_that_comes_anyway_is_recorded_and_waits(db):
    order = a_minors_order()
    receive(a_receipt(order), order)
    waits = Entry.objects.of_order(order.code).get(verb="money.waits")
    assert waits.facts["reason"] == Waiting.GUARDIAN
    assert LedgerEntry.objects.waiting().count() == 1
    assert not Enrollment.objects.exists()
    entry = LedgerEntry.objects.get()
    give = {"entry": entry, "code": order.code, "reason": "оның ақшасы", "by": an_owner()}
    with refusal():
        give_to_order(**give, at=NOON)
    consented(order)
    given = give_to_order(**give, at=NOON + 2 * HOUR)
    assert given.state == "paid"
    assert Enrollment.objects.get().order == order


def test_after_the_consent_the_payment_concludes_the_contract(db):
    order = a_minors_order()
    consented(order)
    receive(a_receipt(order, at=NOON + HOUR), order, at=NOON + HOUR)
    order.refresh_from_db()
    assert order.state == "paid"
    assert verbs(order) == ["guardian.asked", "guardian.consented"]


# --- The guardian's page
def test_the_guardian_reads_and_consents_by_the_link_alone(db, client):
    order = a_minors_order()
    asked = order.guardian_consent
    page = path_of(guardian_link(asked))
    for language in ("kk", "ru"):
        shown = client.get(page.replace("/kk/", f"/{language}/")).content.decode()
        assert order.learner.full_name in shown
        assert asked.full_name in shown
    assert not GuardianConsent.objects.given().exists(), "a look changes nothing"
    assert client.post(page, {}).context["form"].errors.keys() == {"agrees"}
    answer = client.post(page, {"agrees": "on"})
    assert (answer.status_code, answer["Location"]) == (302, page)
    asked.refresh_from_db()
    assert (asked.way, asked.given_at, asked.given_by) == ("link", NOON, "guardian")
    with speaking("kk"):
        assert asked.text == GUARDIANS_CONSENT.full_text(order.edition.academy)
    told = Entry.objects.get(verb="guardian.consented")
    assert told.facts["text"] == asked.text_digest()
    assert Notice.objects.get(kind="guardian-consented").recipient == order.party.email
    assert 'name="agrees"' not in client.get(page).content.decode()


@pytest.mark.parametrize("who", ["guardian", "the minor's browser", "the minor", "staff"])
def test_the_journal_says_whose_session_pressed_the_button(db, client, who):
    a_cohort()
    client.get(address())
    send(client, MINOR)
    order = Order.objects.with_people().get()
    page = path_of(guardian_link(order.guardian_consent))
    presses = client if who == "the minor's browser" else Client()
    by = "guardian"
    if who == "staff":
        staff = an_owner()
        presses = signed_in(staff)
        by = actor(staff)
    if who == "the minor":
        reader = User.objects.create_user(order.party.email)
        presses.force_login(reader)
        by = actor(reader)
    presses.get(page)
    assert presses.post(page, {"agrees": "on"}).status_code == 302
    told = Entry.objects.get(verb="guardian.consented")
    is_same = "yes" if who == "the minor's browser" else "no"
    assert (told.by, told.facts["same_browser"]) == (by, is_same)
    assert GuardianConsent.objects.get().given_by == by


@pytest.mark.clause("3.1")
def test_whoever_searches_for_a_guardians_link_is_counted(db):
    order = a_minors_order()
    with override("kk"):
        page = reverse("guardian_consent", args=[order.code])
    searcher = Client()
    searcher.cookies["csrftoken"] = "x" * 32
    answers = [
        searcher.get(page, {"key": "x" * 43}).status_code for _try in range(TRIES_OF_A_BROWSER + 1)
    ]
    assert answers == [404] * TRIES_OF_A_BROWSER + [429]
    assert OrderTries.objects.get().made == TRIES_OF_A_BROWSER + 1
    assert searcher.get(path_of(guardian_link(order.guardian_consent))).status_code == 200


def test_nobody_else_opens_it(db, client):
    order = a_minors_order()
    with override("kk"):
        page = reverse("guardian_consent", args=[order.code])
    own = path_of(order_link(order)).partition("?key=")[2]
    for key in ("", "x" * 43, own):
        assert client.get(page, {"key": key}).status_code == 404
        assert client.post(f"{page}?key={key}", {"agrees": "on"}).status_code == 404
    assert Client().get(page.replace(order.code, a_placed_order().code)).status_code == 404
    assert not GuardianConsent.objects.given().exists()


def test_a_contract_and_an_order_of_an_adult_take_no_consent(db):
    order = a_minors_order()
    adult = a_placed_order()
    with refusal():
        consented(adult)
    consented(order)
    receive(a_receipt(order, at=NOON + HOUR), order, at=NOON + HOUR)
    asked = GuardianConsent.objects.get()
    assert consented(order, at=NOON + 2 * HOUR).given_at == asked.given_at


def test_repeated_it_is_the_first_one(db):
    order = a_minors_order()
    first = consented(order)
    again = consented(order, at=NOON + 2 * HOUR)
    assert again.given_at == first.given_at
    assert verbs(order) == ["guardian.asked", "guardian.consented"]
    assert Notice.objects.filter(kind="guardian-consented").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_consents_at_once_are_one_and_money_beside_them_is_kept():
    order = a_minors_order()
    at_once([lambda: consented(order)] * 3 + [lambda: receive(a_receipt(order), order)])
    assert verbs(order) == ["guardian.asked", "guardian.consented"]
    assert LedgerEntry.objects.count() == 1
    order.refresh_from_db()
    assert order.state in ("paid", "awaiting_payment")
    assert Enrollment.objects.exists() == (order.state == "paid")


def test_a_cancelled_order_can_still_be_consented_to_and_nobody_is_told_to_pay(db):
    order = a_minors_order()
    cancel_order(order=order, by="visitor", at=NOON)
    consented(order)
    assert not Notice.objects.filter(kind="guardian-consented").exists()


# --- The letter is the guardian's only door
def asked_guardians(number: int) -> list[Order]:
    """So many minors' orders with one guardian's mailbox; the orders whose letter is withheld."""
    cohort = a_cohort()
    for each in range(number):
        application = an_application(kind=PartyKind.MINOR)
        guardian = replace(application.guardian, email=f"father+{each}@example.kz")
        a_placed_order(cohort=cohort, application=replace(application, guardian=guardian))
    unsent = Notice.objects.filter(kind="guardian-asked", state="dead")
    return list(Order.objects.filter(code__in=unsent.values("order_code")))


def test_a_letter_that_was_withheld_is_told_of_and_sent_again_by_staff(db, client):
    [order] = asked_guardians(LETTERS_TO_A_STRANGER + 1)
    [letter] = Notice.objects.given_up()
    assert (letter.kind, letter.order_code) == ("guardian-asked", order.code)
    client.get(path_of(order_link(order)))
    code = order.code
    for language in ("kk", "ru"):
        with override(language):
            shown = client.get(reverse("order", args=[code]))
        assert shown.context["guardian_is_unwritten"]
        assert order.guardian_consent.email in shown.text
    browser = signed_in(an_owner())
    browser.post(reverse("admin:notices_notice_send-again", args=[letter.pk]))
    letter.refresh_from_db()
    assert letter.state == "queued"
    assert not client.get(order.get_absolute_url()).context["guardian_is_unwritten"]


@pytest.mark.parametrize("end", ["cancelled", "lapsed", "replaced"])
def test_of_an_order_that_ended_no_letter_waits_for_staff(db, end):
    [order] = asked_guardians(LETTERS_TO_A_STRANGER + 1)
    if end == "cancelled":
        cancel_order(order=order, by="visitor", at=NOON)
    elif end == "lapsed":
        lapse_order(order=order, at=order.lapses_at)
    else:
        end_unpaid(order, verb="order.replaced", by="visitor", at=NOON)
    assert not Notice.objects.given_up().exists()


def test_a_guardian_who_has_consented_reads_the_mailbox(db):
    first = a_minors_order()
    GuardianConsent.objects.update(email="father@example.kz")
    consented(first)
    for _number in range(LETTERS_TO_A_STRANGER + 1):
        application = an_application(kind=PartyKind.MINOR)
        guardian = replace(application.guardian, email="father@example.kz")
        a_placed_order(application=replace(application, guardian=guardian))
    assert not Notice.objects.filter(state="dead").exists()


# --- The guardian's e-mail was wrong
def corrected(order: Order, email: str = "mother@example.kz", *, at=NOON + HOUR, **wishes):
    values = {"order": order, "email": email, "by": "visitor", "at": at}
    return correct_guardian_email(**values | wishes)


def asked_letters(order: Order) -> list[Notice]:
    return list(Notice.objects.filter(kind="guardian-asked", order_code=order.code).order_by("pk"))


def test_the_minor_corrects_it_the_old_link_dies_and_a_new_letter_goes(db, client):
    order = a_minors_order()
    old = path_of(guardian_link(order.guardian_consent))
    client.get(path_of(order_link(order)))
    page = reverse("guardian_email", args=[order.code])
    assert page in client.get(order.get_absolute_url()).text
    refused = client.post(page, {"email": "mother@example"})
    assert 'value="mother@example"' in refused.text
    assert client.post(page, {"email": "Mother@Example.kz"}).status_code == 302
    consent = GuardianConsent.objects.get()
    assert consent.email == "mother@example.kz"
    assert client.get(old).status_code == 404
    first, second = asked_letters(order)
    assert (first.state, first.withdrawn_at) == ("queued", NOON)
    assert second.recipient == "mother@example.kz"
    new = path_of(second.facts["guardian_url"])
    assert Client().post(new, {"agrees": "on"}).status_code == 302
    assert verbs(order) == ["guardian.asked", "guardian.email_corrected", "guardian.consented"]
    told = Entry.objects.get(verb="guardian.email_corrected")
    assert told.facts["guardian"] == GuardianConsent.objects.get().digest()
    assert "mother" not in str(told.facts)
    assert list(guardians_consented_as_the_journal_says(NOON)) == []


def test_after_the_consent_it_stays_and_nothing_changes(db, client):
    order = a_minors_order()
    consented(order)
    before = GuardianConsent.objects.values().get()
    for is_by_staff in (False, True):
        with refusal() as refused:
            corrected(order, is_by_staff=is_by_staff)
        assert refused.value.field == "email"
    assert GuardianConsent.objects.values().get() == before
    assert len(asked_letters(order)) == 1
    client.get(path_of(order_link(order)))
    answer = client.post(reverse("guardian_email", args=[order.code]), {"email": "x@example.kz"})
    assert answer["Location"] == order.get_absolute_url()
    assert verbs(order) == ["guardian.asked", "guardian.consented"]


def test_the_minors_own_mailbox_is_no_guardians_whichever_is_corrected(db):
    order = a_minors_order()
    with refusal() as refused:
        corrected(order, order.party.email)
    assert refused.value.field == "email"
    with refusal() as refused:
        correct_email(order=order, email=order.guardian_consent.email, by="visitor", at=NOON + HOUR)
    assert (refused.value.clause, refused.value.field) == ("1.1", "email")
    assert len(asked_letters(order)) == 1
    with refusal():
        corrected(a_placed_order())


def test_there_and_back_is_three_letters_and_five_a_day_are_enough(db):
    order = a_minors_order()
    first = order.guardian_consent.email
    corrected(order)
    corrected(order, first, at=NOON + 2 * HOUR)
    assert [each.recipient for each in asked_letters(order)] == [first, "mother@example.kz", first]
    corrected(order, first, at=NOON + 2 * HOUR + timedelta(minutes=1))
    assert len(asked_letters(order)) == 4, "the same once more is a letter, and is counted"
    for number in range(CORRECTIONS - 3):
        corrected(order, f"aunt{number}@example.kz", at=NOON + (3 + number) * HOUR)
    with refusal():
        corrected(order, "uncle@example.kz", at=NOON + 9 * HOUR)
    corrected(order, "uncle@example.kz", at=NOON + 9 * HOUR, is_by_staff=True)


def test_a_consent_on_a_page_of_the_old_mailbox_is_refused_behind_the_lock(db):
    order = a_minors_order()
    old = order.guardian_consent.email
    corrected(order)
    with refusal():
        consent_by_link(
            order=order, text="Келісемін.", language="kk", origin=("", ""), sent_to=old, at=NOON
        )
    assert not GuardianConsent.objects.given().exists()


@pytest.mark.django_db(transaction=True)
def test_a_correction_and_a_consent_at_once_leave_what_happened_first():
    order = a_minors_order()
    old = order.guardian_consent.email

    def consents():
        return consent_by_link(
            order=order, text="Келісемін.", language="kk", origin=("", ""), sent_to=old, at=NOON
        )

    results = at_once([consents, lambda: corrected(order)], errors=RuleViolation)
    assert sum(isinstance(each, RuleViolation) for each in results) == 1
    consent = GuardianConsent.objects.get()
    assert consent.is_given == (consent.email == old)
    assert list(guardians_consented_as_the_journal_says(NOON)) == []


def test_staff_correct_it_with_a_reason_also_of_a_lapsed_order(db):
    order = a_minors_order()
    lapse_order(order=order, at=order.lapses_at)
    button = reverse("admin:enrollment_order_guardian-email", args=[order.pk])
    browser = signed_in(an_owner())
    assert order.guardian_consent.email in browser.get(button).text
    assert browser.post(button, {"email": "mother@example.kz"}).status_code == 200
    browser.post(button, {"email": "mother@example.kz", "reason": "қоңырау шалды"})
    assert GuardianConsent.objects.get().email == "mother@example.kz"
    told = Entry.objects.get(verb="guardian.email_corrected")
    assert (told.by.partition(":")[0], told.facts["reason"]) == ("staff", "қоңырау шалды")
    [_first, second] = asked_letters(order)
    assert (second.recipient, second.state) == ("mother@example.kz", "queued")
    assert "pay_on" not in second.facts, "its day has passed, and money of it waits"
    link = path_of(second.facts["guardian_url"])
    assert Client().post(link, {"agrees": "on"}).status_code == 302
    assert GuardianConsent.objects.get().is_given


def a_guardian_whose_link_died() -> Order:
    """A parent who is a student too says that somebody else uses the account."""
    a_paid_order(email="father@example.kz")
    order = a_minors_order()
    corrected(order, "father@example.kz", at=NOON - HOUR)
    user = admitted_user(email="father@example.kz")
    end_sessions(user=user, by=user, at=NOON)
    return order


def test_the_minor_sends_the_letter_anew_to_the_same_mailbox(transactional_db, client):
    order = a_guardian_whose_link_died()
    old = path_of(asked_letters(order)[-1].facts["guardian_url"])
    assert client.get(old).status_code == 404
    client.get(path_of(order_link(order)))
    page = reverse("guardian_email", args=[order.code])
    assert client.post(page, {"email": "father@example.kz"}).status_code == 302
    new = path_of(asked_letters(order)[-1].facts["guardian_url"])
    assert Client().post(new, {"agrees": "on"}).status_code == 302
    assert GuardianConsent.objects.get().is_given
    assert verbs(order)[-2:] == ["guardian.written_again", "guardian.consented"]
    assert list(guardians_consented_as_the_journal_says(NOON)) == []


def test_staff_send_the_letter_anew_to_the_same_mailbox(transactional_db):
    order = a_guardian_whose_link_died()
    before = len(asked_letters(order))
    button = reverse("admin:enrollment_order_guardian-email", args=[order.pk])
    browser = signed_in(an_owner())
    sent = {"email": "father@example.kz", "reason": "сілтеме ашылмайды"}
    told = browser.post(button, sent, follow=True)
    assert len(asked_letters(order)) == before + 1
    assert "қайта" in told.text
    assert Entry.objects.get(verb="guardian.written_again").facts["reason"] == sent["reason"]


# --- The words of the law
@pytest.mark.parametrize(
    ("born", "words"),
    [
        (date(2012, 11, 24), ("қорғаншысы", "опекун")),  # 13 on the day of the order
        (date(2012, 11, 23), ("қамқоршысы", "попечитель")),
        (None, ("қамқоршысы", "попечитель")),
    ],
)
def test_the_contract_names_the_guardian_as_the_law_does(born, words):
    assert _relation("guardian", born, NOON.date()) == words
    assert _relation("parent", born, NOON.date()) == ("ата-анасы", "родитель")
    assert CONSENTED["guardian"] == ("қамқоршысы", "попечитель")


# --- Staff
def test_staff_read_it_aloud_and_say_how(db):
    order = a_minors_order()
    browser = signed_in(an_owner())
    page = reverse("admin:enrollment_order_change", args=[order.pk])
    button = reverse("admin:enrollment_order_guardian", args=[order.pk])
    shown = browser.get(button).content.decode()
    assert order.guardian_consent.phone in shown
    refused = browser.post(button, {"agreed": "on", "note": ""})
    assert refused.status_code == 200
    assert not GuardianConsent.objects.given().exists()
    browser.post(button, {"agreed": "on", "note": "+7 702, 12:30, таныстым"})
    asked = GuardianConsent.objects.get()
    assert (asked.way, asked.note) == ("aloud", "+7 702, 12:30, таныстым")
    assert asked.given_by.startswith("staff:")
    assert asked.full_name in browser.get(page).content.decode()


# --- Evidence
def test_the_proof_and_the_letters_tell_of_it(db):
    order = a_minors_order()
    consented(order)
    receive(a_receipt(order, at=NOON + HOUR), order, at=NOON + HOUR)
    part = guardian_consent(Order.objects.get(pk=order.pk))
    assert part.facts["way"] == "link"
    assert [each.name for each in part.files] == ["consents/guardian.txt"]
    assert part.files[0].sha256 == GuardianConsent.objects.get().text_digest()
    for kind in ("guardian-asked", "guardian-consented", "order-placed"):
        text = write_letter(Notice.objects.get(kind=kind), letterhead()).text
        assert "guardian" not in text.replace("/guardian/", "")
    assert guardian_consent(a_placed_order()).facts is None


@pytest.mark.parametrize(
    "changes", [{"text": ""}, {"way": ""}, {"given_by": ""}, {"given_at": None}, {"surname": ""}]
)
def test_the_database_keeps_no_half_consent(db, changes):
    order = a_minors_order()
    consented(order)
    with pytest.raises(IntegrityError), transaction.atomic():
        GuardianConsent.objects.filter(order=order).update(**changes)
