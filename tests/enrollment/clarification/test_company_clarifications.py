"""A company with several learners is asked about itself once:
the answer and the clock are those of all its orders.
"""

from datetime import date, datetime, timedelta

import pytest

from certificates.operations import issue_due_certificates
from certificates.operations.issuing import reserve_certificate
from enrollment.models import Clarification, Deadline, Invoice, Order, Party
from enrollment.operations.clarification.questions import ask_by_hand, withdraw_question
from enrollment.operations.corrections.answers import answer_question
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.training.enrollments import (
    complete_enrollment,
    open_performance_deadlines,
)
from enrollment.operations.training.terminations import end_refunded_order
from offer_site.audit.people import personal_values_are_those_that_were_digested
from offer_site.days import start_of_day
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from payments.operations.statements.imports import import_statement
from tests.enrollment.clarifications import (
    NO_HOUSE,
    WHOLE,
    answered,
    question_of,
    the_letters_leave,
)
from tests.enrollment.company import a_list, a_placed_invoice, order_list
from tests.given import NOON, a_cohort, a_receipt, an_owner, receive, refusal
from tests.payments.statements.scenes import a_statement, an_operation, bank_details

pytestmark = [pytest.mark.django_db, pytest.mark.clause("9.5")]

PRICE = 149_990
DAY = timedelta(days=1)
PERFORMED = date(2027, 1, 22)
SHORTENED = [("Ли", "А.", ""), ("Омаров", "Д.", ""), ("Иванов", "П.", "")]


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def paid(invoice: Invoice) -> list[Order]:
    """Pay an invoice whole, by the statement of the next day;
    give its orders as they are listed.
    """
    bank_details()
    amount = f"{PRICE * invoice.orders.count()}.00"
    line = an_operation(purpose=f"{invoice.code} оплата курса", amount=amount)
    import_statement(content=a_statement([line]), name="bank.txt", by="system", at=NOON + DAY)
    return orders_of(invoice)


def orders_of(invoice: Invoice) -> list[Order]:
    return list(
        invoice.orders.with_people().select_related("acceptance", "enrollment").order_by("pk")
    )


def a_doubtful_invoice(count: int = 3, **party) -> list[Order]:
    return paid(
        a_placed_invoice(count, cohort=a_cohort(seats=20), **({"address": NO_HOUSE} | party))
    )


def noon_of(day: date) -> datetime:
    return start_of_day(day) + timedelta(hours=12)


def completed(orders: list[Order]) -> None:
    open_performance_deadlines(at=start_of_day(PERFORMED))
    for order in orders:
        complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=noon_of(PERFORMED))


def terms_of(order: Order) -> list[tuple[date, str]]:
    terms = Deadline.objects.filter(order=order, clause="9.1").order_by("pk")
    return [
        (each.event_on, each.stopped_for or ("met" if each.met_at else "runs")) for each in terms
    ]


def test_a_company_is_asked_once_and_its_answer_stands_in_every_order():
    orders = a_doubtful_invoice(4)
    question = Clarification.objects.get()
    assert (question.order, question.invoice) == (orders[0], orders[0].invoice)
    assert Notice.objects.filter(kind=NoticeKind.CLARIFICATION).count() == 1
    the_letters_leave(at=NOON + DAY)
    answered(question, at=NOON + 2 * DAY)
    assert [order.party.address for order in orders_of(orders[0].invoice)] == [WHOLE] * 4
    for order in orders_of(orders[0].invoice):
        accepted = order.party.as_accepted(order.acceptance.sealed["party"])
        assert (accepted.address, accepted.digest()) == (NO_HOUSE, order.acceptance.sealed["party"])
    assert Clarification.objects.count() == 1
    for order in orders[1:]:
        row = Entry.objects.of_order(order.code).get(verb="clarification.applied")
        assert (row.about_kind, row.about_key) == ("invoice", order.invoice.code)
        assert orders[0].code not in str(row.facts)
        assert row.facts["party"] == Party.objects.get(order=order).digest()
    assert not list(personal_values_are_those_that_were_digested(NOON + 2 * DAY))


def test_what_is_confirmed_once_is_asked_under_no_other_order():
    cohort = a_cohort(seats=20)
    invoice = a_placed_invoice(3, cohort=cohort, address=NO_HOUSE)
    first, *others = orders_of(invoice)
    receive(a_receipt(first), first)
    answered(question_of(first), confirmed={"address"})
    for order in others:
        receive(a_receipt(order), order)
    assert Clarification.objects.count() == 1


def test_doubts_about_learners_are_asked_under_their_own_orders():
    invoice, _is_new = order_list(
        a_list(names=SHORTENED, address=NO_HOUSE), cohort=a_cohort(seats=20)
    )
    first, *others = paid(invoice)
    of_learner = ["learner", "initial"]
    assert sorted(question_of(first).asked) == [["address", "no-house"], of_learner]
    assert [(question_of(order).asked, question_of(order).invoice) for order in others] == [
        ([of_learner], None)
    ] * 2


def test_the_question_stops_the_clock_of_every_order_and_the_answer_starts_each_anew():
    orders = a_doubtful_invoice(3)
    question = question_of(orders[0])
    completed(orders)
    its_key = f"clarification-of-invoice-{question.pk}"
    assert [terms_of(order) for order in orders] == [
        [(PERFORMED, "clarification-1")],
        [(PERFORMED, its_key)],
        [(PERFORMED, its_key)],
    ]
    assert issue_due_certificates(at=noon_of(PERFORMED)) == []
    with refusal():
        reserve_certificate(enrollment_id=orders[2].enrollment.pk, at=noon_of(PERFORMED))
    answered(question, at=noon_of(date(2027, 2, 3)))
    assert all(terms_of(order)[1:] == [(date(2027, 2, 3), "runs")] for order in orders)
    done = issue_due_certificates(at=noon_of(date(2027, 2, 3)))
    assert [outcome.what for outcome in done] == ["issued"] * 3


def test_an_own_question_that_is_open_still_stops_the_new_term_at_once():
    invoice, _is_new = order_list(
        a_list(names=SHORTENED[:2], address=NO_HOUSE), cohort=a_cohort(seats=20)
    )
    first, second = paid(invoice)
    completed([first, second])
    whole = {"learner_surname": "Омаров", "learner_name": "Диас", "learner_patronymic": ""}
    answered(question_of(first), at=noon_of(date(2027, 2, 3)), address=WHOLE, **whole)
    assert terms_of(first)[-1] == (date(2027, 2, 3), "runs")
    assert all(stopped.startswith("clarification-") for _day, stopped in terms_of(second))
    answered(
        question_of(second), at=noon_of(date(2027, 2, 4)), **(whole | {"learner_name": "Дәурен"})
    )
    assert terms_of(second)[-1] == (date(2027, 2, 4), "runs")


def test_withdrawn_it_holds_up_nobody():
    orders = a_doubtful_invoice(2)
    completed(orders)
    withdraw_question(
        question=question_of(orders[0]),
        reason="жарайды",
        by=an_owner(),
        at=noon_of(date(2027, 2, 3)),
    )
    assert all(terms_of(order)[-1] == (date(2027, 2, 3), "runs") for order in orders)
    assert Clarification.objects.count() == 1


@pytest.mark.clause("12.3")
def test_if_the_contract_asked_under_ends_the_next_one_asks():
    orders = a_doubtful_invoice(3)
    end_refunded_order(
        order=Order.objects.people_locked().get(pk=orders[0].pk),
        occasion="refund",
        by=an_owner(),
        at=NOON + DAY,
    )
    assert question_of(orders[0]).withdrawn_at == NOON + DAY
    asked = Clarification.objects.open().get()
    assert (asked.order, asked.asked) == (orders[1], [["address", "no-house"]])
    answered(asked, at=NOON + 2 * DAY)
    assert [order.party.address for order in orders_of(orders[0].invoice)] == [
        NO_HOUSE,
        WHOLE,
        WHOLE,
    ]


def test_a_mistyped_mailbox_is_put_right_in_every_order():
    orders = a_doubtful_invoice(3, email="office@gmail.con", address=WHOLE)
    question = question_of(orders[0])
    correct_email(
        order=orders[0], email="office@gmail.com", document="хат", by="staff:1", at=NOON + DAY
    )
    assert question_of(orders[0]).is_open  # the others' e-mail is wrong still
    answer_question(
        question=question,
        values={"email": "office@gmail.com"},
        confirmed=(),
        by="visitor",
        at=NOON + DAY,
    )
    assert {order.party.email for order in orders_of(orders[0].invoice)} == {"office@gmail.com"}
    assert not Clarification.objects.open().exists()
    assert not list(personal_values_are_those_that_were_digested(NOON + 2 * DAY))


def test_address_and_mailbox_put_right_at_once_leave_a_journal_that_agrees():
    [order] = a_doubtful_invoice(1, email="office@gmail.con")
    answer_question(
        question=question_of(order),
        values={"email": "office@gmail.com", "address": WHOLE},
        confirmed=(),
        by="visitor",
        at=NOON + DAY,
    )
    assert not list(personal_values_are_those_that_were_digested(NOON + 2 * DAY))


def test_what_staff_ask_about_one_order_is_about_that_order():
    first, second = paid(a_placed_invoice(2, cohort=a_cohort(seats=20)))
    question = ask_by_hand(
        order=second, fields=["address"], issued=False, by=an_owner(), at=NOON + DAY
    )
    answered(question, at=NOON + 2 * DAY, address="Алматы қаласы, Абай даңғылы, 99")
    assert question.invoice is None
    assert Party.objects.get(order=first).address == first.party.address


def test_an_erased_row_stays_erased():
    orders = a_doubtful_invoice(2)
    Party.objects.filter(order=orders[1]).update(address="", salt="")
    answered(question_of(orders[0]), at=NOON + DAY)
    assert Party.objects.get(order=orders[1]).address == ""
