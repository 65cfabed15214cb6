"""A student moves to another cohort: place, days and certificate follow, the contract does not."""

from datetime import timedelta
from threading import Barrier, Event

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from enrollment.models import CohortMove, Enrollment, Order, Place
from enrollment.operations.force_majeure.events import lock_orders
from enrollment.operations.training.enrollments import (
    complete_enrollment,
    open_performance_deadlines,
    set_day_of_performance,
)
from enrollment.operations.training.moves import (
    agree_to_move,
    end_move,
    move_by_document,
    propose_move,
)
from enrollment.operations.training.terminations import lock_to_end
from offer_site.accounts.operations import admitted_user
from offer_site.days import start_of_day
from offer_site.documents import read_document, read_stored
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from payments.operations.statements.lines import orders_named
from tests.at_once import at_once
from tests.enrollment.company import a_placed_invoice
from tests.given import (
    NOON,
    STARTS_ON,
    a_cohort,
    a_paid_order,
    a_receipt,
    an_owner,
    receive,
    refusal,
)
from tests.pages.answering import OpenPage
from tests.staff.conftest import a_member, signed_in

pytestmark = [pytest.mark.clause("4.6"), pytest.mark.usefixtures("db", "short_contracts")]

HOUR = timedelta(hours=1)
LATER = STARTS_ON + timedelta(days=60)
PDF = b"%PDF-1.7\nagreed\n%%EOF\n"


def a_later_cohort(**wishes):
    return a_cohort(starts_on=LATER, **wishes)


def proposed(order, to, *, at=NOON):
    return propose_move(
        enrollment=order.enrollment, to=to, reason="Ауырып қалды", by=an_owner(), at=at
    )


def by_document(order, to, *, at=NOON):
    return move_by_document(
        enrollment=order.enrollment,
        to=to,
        reason="Ауырып қалды",
        document=read_document(PDF),
        by=an_owner(),
        at=at,
    )


def where(order):
    """The cohort of the order, of its enrollment, and of its place."""
    order = Order.objects.get(pk=order.pk)
    return [order.cohort, order.enrollment.cohort, order.place.cohort]


def verbs(order):
    found = Entry.objects.of_order(order.code).filter(verb__startswith="move.")
    return list(found.order_by("number").values_list("verb", flat=True))


def letters(order):
    found = Notice.objects.filter(order_code=order.code, kind__startswith="move-")
    return list(found.order_by("pk").values_list("kind", flat=True))


def test_a_proposal_moves_nobody_and_holds_no_place():
    order = a_paid_order()
    to = a_later_cohort(seats=1)
    proposed(order, to)
    assert where(order) == [order.cohort] * 3
    assert Place.objects.filter(cohort=to, order=None).count() == 1
    assert (verbs(order), letters(order)) == (["move.proposed"], ["move-proposed"])


def test_with_the_students_agreement_all_follows_but_the_contract():
    order = a_paid_order()
    before = order.cohort
    set_day_of_performance(
        enrollment=order.enrollment,
        day=before.ends_on - timedelta(days=1),
        reason="early",
        by=an_owner(),
        at=NOON,
    )
    price = (order.price, order.prepayment, order.tariff_id, order.edition_id)
    to = a_later_cohort(seats=1)
    agree_to_move(move=proposed(order, to), by="user:7", at=NOON + HOUR)
    moved = Order.objects.get(pk=order.pk)
    assert where(order) == [to] * 3
    assert not Place.objects.filter(cohort=before, order__isnull=False).exists()
    assert moved.place.held_until is None
    assert (moved.price, moved.prepayment, moved.tariff_id, moved.edition_id) == price
    assert moved.enrollment.day_of_performance == to.ends_on
    assert letters(order) == ["move-proposed", "move-made"]
    made = Entry.objects.of_order(order.code).get(verb="move.made")
    assert made.by == "user:7"
    assert (made.facts["from"], made.facts["to"]) == (before.pk, to.pk)
    assert made.facts["how"] == "cabinet"


@pytest.mark.clause("9.1")
def test_the_term_of_the_certificate_runs_from_the_new_day():
    order = a_paid_order()
    before = order.cohort
    to = a_later_cohort()
    by_document(order, to)
    assert open_performance_deadlines(at=start_of_day(before.ends_on) + HOUR) == []
    assert open_performance_deadlines(at=start_of_day(to.ends_on) + HOUR) == [order.code]
    assert order.deadlines.get(clause="9.1").event_on == to.ends_on
    with refusal():
        by_document(order, before, at=start_of_day(to.ends_on) + HOUR)


def test_a_document_moves_at_once_and_is_kept_encrypted():
    order = a_paid_order()
    to = a_later_cohort()
    proposal = proposed(order, to)
    move = by_document(order, to, at=NOON + HOUR)
    proposal.refresh_from_db()
    assert (proposal.ended_at, move.agreed_how) == (NOON + HOUR, "document")
    assert read_stored(move.document, sha256=move.document_sha256) == PDF
    with default_storage.open(move.document) as stored:
        assert stored
    assert where(order) == [to] * 3


def test_agreeing_again_changes_nothing():
    order = a_paid_order()
    to = a_later_cohort()
    move = proposed(order, to)
    agree_to_move(move=move, by="user:7", at=NOON + HOUR)
    again = agree_to_move(move=move, by="user:7", at=NOON + 2 * HOUR)
    assert again.agreed_at == NOON + HOUR
    assert verbs(order) == ["move.proposed", "move.made"]
    with refusal():
        end_move(move=move, by="user:7", at=NOON + 2 * HOUR)


def test_a_declined_proposal_moves_nobody_and_leaves_room_for_another():
    order = a_paid_order()
    to = a_later_cohort()
    move = proposed(order, to)
    with refusal():
        proposed(order, to)
    end_move(move=move, by="user:7", at=NOON + HOUR)
    end_move(move=move, by="user:8", at=NOON + 2 * HOUR)
    with refusal():
        agree_to_move(move=move, by="user:7", at=NOON + 2 * HOUR)
    move.refresh_from_db()
    assert (move.ended_by, where(order)) == ("user:7", [order.cohort] * 3)
    proposed(order, to)


def kept_files():
    return default_storage.listdir("moves")[1] if default_storage.exists("moves") else []


def refused_move(order, to, *, at=NOON):
    files = kept_files()
    before = [*where(order), Place.objects.filter(cohort=to, order=None).count()]
    with refusal() as refused:
        by_document(order, to, at=at)
    assert [*where(order), Place.objects.filter(cohort=to, order=None).count()] == before
    assert verbs(order) == []
    assert not CohortMove.objects.exists()
    assert kept_files() == files
    return refused.value


def test_where_no_place_is_free_nothing_changes():
    order = a_paid_order()
    to = a_later_cohort(seats=1)
    a_paid_order(cohort=to)
    assert refused_move(order, to).field == "to"


def test_who_is_performed_or_enrolled_there_or_wants_the_same_cohort_stays():
    order = a_paid_order()
    assert refused_move(order, order.cohort).field == "to"
    ended = a_cohort(
        starts_on=STARTS_ON - timedelta(days=300), on_sale_from=NOON - timedelta(days=700)
    )
    assert refused_move(order, ended).field == "to"
    to = a_later_cohort()
    Enrollment.objects.filter(order=a_paid_order(cohort=to)).update(learner_key=order.learner_key)
    assert refused_move(order, to).clause == "3.3"
    after = start_of_day(order.cohort.ends_on) + HOUR
    complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=after)
    refused_move(order, a_cohort(starts_on=order.cohort.ends_on), at=after)


@pytest.mark.django_db(transaction=True)
def test_two_students_and_one_last_place():
    orders = [a_paid_order(), a_paid_order()]
    to = a_later_cohort(seats=1)
    moves = [proposed(order, to) for order in orders]
    answers = at_once(
        [lambda move=move: agree_to_move(move=move, by="user:7", at=NOON + HOUR) for move in moves],
        errors=RuleViolation,
    )
    assert sorted(isinstance(each, RuleViolation) for each in answers) == [False, True]
    stayed, moved = sorted(orders, key=lambda order: where(order)[0] == to)
    assert where(moved) == [to] * 3
    assert where(stayed) == [stayed.cohort] * 3


@pytest.mark.django_db(transaction=True)
def test_that_race_can_be_lost_when_a_place_is_only_counted():
    """The control: who looks for a free place and takes it in two steps oversells it."""
    orders = [a_paid_order(), a_paid_order()]
    to = a_later_cohort(seats=1)

    def careless(order):
        with transaction.atomic():
            free = Place.objects.filter(cohort=to, order=None).count()
            both_have_looked.wait()
            if free:
                Order.objects.filter(pk=order.pk).update(cohort=to)

    both_have_looked = Barrier(2, timeout=30)
    at_once([lambda order=order: careless(order) for order in orders])
    assert Order.objects.filter(cohort=to).count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who_waits", ["a second click", "an early end", "a lookup by code"])
def test_whoever_waits_for_a_move_finds_the_order_behind_it(who_waits):
    """PostgreSQL drops a row whose cohort changed while a query waited for its lock."""
    order = a_paid_order()
    move = proposed(order, a_later_cohort())
    has_moved = Event()
    begins = Barrier(2, timeout=30)

    def moves():
        with transaction.atomic():
            agree_to_move(move=move, by="user:7", at=NOON + HOUR)
            begins.wait()
            has_moved.wait(1)  # the other waits for the lock meanwhile

    def waits():
        begins.wait()
        with transaction.atomic():
            if who_waits == "a second click":
                return agree_to_move(move=move, by="user:7", at=NOON + HOUR).agreed_at
            if who_waits == "an early end":
                return lock_to_end(order.pk).cohort_id
            return Order.objects.locked().with_people().filter(code=order.code).first().cohort_id

    _nothing, found = at_once([moves, waits])
    assert found in (NOON + HOUR, move.to_cohort_id)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who_waits", ["an early end", "a bank's line", "a force majeure"])
def test_whoever_waits_for_several_orders_finds_the_one_that_moved(who_waits):
    """One left out is an end that is not carried out, or a line that names one order of two."""
    invoice = a_placed_invoice(2, cohort=a_cohort(seats=20))
    orders = list(invoice.orders.order_by("pk"))
    for order in orders:
        receive(a_receipt(order), order)
    first, second = orders
    move = proposed(second, a_later_cohort())
    readers = {
        "an early end": lambda: [lock_to_end(second.pk)],
        "a bank's line": lambda: [each.order for each in orders_named([first.code, second.code])],
        "a force majeure": lambda: lock_orders(pk__in=[first.pk, second.pk]),
    }
    begins = Barrier(2, timeout=30)

    def moves():
        with transaction.atomic():
            agree_to_move(move=move, by="user:7", at=NOON + HOUR)
            begins.wait()
            Event().wait(1)  # the other waits for the lock meanwhile

    def waits():
        begins.wait()
        with transaction.atomic():
            return {order.pk: order.cohort_id for order in readers[who_waits]()}

    _nothing, found = at_once([moves, waits])
    assert found[second.pk] == move.to_cohort_id
    assert len(found) == (1 if who_waits == "an early end" else 2)


@pytest.mark.django_db(transaction=True)
def test_two_who_change_cohorts_at_once_do_not_wait_in_a_circle():
    first, second = a_paid_order(), a_paid_order(cohort=a_later_cohort(seats=2))
    there, back = proposed(first, second.cohort), proposed(second, first.cohort)
    at_once(
        [
            lambda move=move: agree_to_move(move=move, by="user:7", at=NOON + HOUR)
            for move in (there, back)
        ]
    )
    assert where(first) == [second.cohort] * 3
    assert where(second) == [first.cohort] * 3


def test_the_database_keeps_its_promises():
    order = a_paid_order()
    row = {
        "enrollment": order.enrollment,
        "from_cohort": order.cohort,
        "to_cohort": a_later_cohort(),
        "reason": "x",
        "proposed_at": NOON,
        "proposed_by": an_owner(),
    }
    agreed = {"agreed_at": NOON, "agreed_by": "user:7", "agreed_how": "cabinet"}
    for wrong in (
        {"to_cohort": order.cohort},
        {"agreed_at": NOON},
        {"agreed_by": "user:7"},
        {"ended_by": "user:7"},
        agreed | {"agreed_how": "document"},
        agreed | {"document": "moves/x.pdf"},
        agreed | {"ended_at": NOON, "ended_by": "user:7"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            CohortMove.objects.create(**row | wrong)
    CohortMove.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        CohortMove.objects.create(**row)


# --- The doors
@pytest.fixture
def student():
    """A signed-in student with a contract, and the way to their page."""
    order = a_paid_order()
    client = Client()
    client.force_login(admitted_user(email=order.party.email))
    return order, client, f"/ru/cabinet/{order.code}/cohort/"


def test_the_student_answers_in_the_cabinet(student, time_machine):
    time_machine.move_to(NOON + HOUR)
    order, client, page = student
    assert client.get(page).status_code == 302
    to = a_later_cohort()
    proposed(order, to)
    assert page in client.get("/ru/cabinet/").text
    text = client.get(page).text
    assert order.cohort.name in text
    assert to.name in text
    OpenPage(client, page).send({"answer": "stay"})
    assert where(order) == [order.cohort] * 3
    proposed(order, to, at=NOON + HOUR)
    answer = OpenPage(client, page).send({"answer": "agree"}, follow=True)
    assert to.name in answer.text
    assert where(order) == [to] * 3


def test_another_students_proposal_is_not_found(student):
    proposed(student[0], a_later_cohort())
    stranger = Client()
    stranger.force_login(admitted_user(email=a_paid_order().party.email))
    assert stranger.get(student[2]).status_code == 404
    assert Client().get(student[2]).status_code == 302


def test_a_place_that_went_meanwhile_is_said_on_the_page(student, time_machine):
    time_machine.move_to(NOON + HOUR)
    order, client, page = student
    to = a_later_cohort(seats=1)
    proposed(order, to)
    a_paid_order(cohort=to)
    answer = OpenPage(client, page).send({"answer": "agree"})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert where(order) == [order.cohort] * 3


def test_staff_move_with_a_document_or_ask(time_machine):
    time_machine.move_to(NOON + HOUR)
    order = a_paid_order()
    to = a_later_cohort()
    desk = signed_in(a_member("manager"))
    page = f"/admin/enrollment/enrollment/{order.enrollment.pk}/move/"
    assert to.name in desk.get(page).text
    wrong = desk.post(page, {"to": to.pk, "reason": ""})
    assert list(wrong.context["form"].errors) == ["reason"]
    desk.post(page, {"to": to.pk, "reason": "болезнь"})
    asked = CohortMove.objects.get()
    assert asked.is_open
    desk.post(f"/admin/enrollment/cohortmove/{asked.pk}/back/")
    paper = SimpleUploadedFile("agreed.pdf", PDF)
    desk.post(page, {"to": to.pk, "reason": "болезнь", "document": paper})
    assert where(order) == [to] * 3
    made = CohortMove.objects.made().get()
    assert desk.get(f"/admin/enrollment/cohortmove/{made.pk}/change/").status_code == 200
    saved = desk.post(f"/admin/enrollment/cohortmove/{made.pk}/document/", {"reason": "спор"})
    assert b"".join(saved.streaming_content if saved.streaming else [saved.content]) == PDF
    assert signed_in(a_member("curator")).get(page).status_code == 404
