"""A refund case from its demand to its answer, and what the contract becomes by it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from enrollment.models import Deadline, Enrollment, EnrollmentState, Place
from enrollment.rules.order_states import OrderState
from offer_site.audit.deadlines import claims_have_their_day_and_answer
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from payments.models import (
    AskedBy,
    EntryKind,
    Ground,
    LedgerEntry,
    PayoutState,
    RefundCase,
    RefundDecision,
    RefundGround,
    RefundPayout,
)
from payments.operations.ledger.allocations import left_of
from payments.operations.ledger.receipts import received_by, record_receipt
from payments.operations.ledger.refunds import record_refund
from payments.operations.refunds.cases import (
    add_cost,
    cancel_case,
    candidates_for,
    give_ground,
    open_case_for_refund,
    remove_cost,
    take_demand,
)
from payments.operations.refunds.decisions import approve_decision, return_to_proposal
from tests.enrollment.claims.scenes import a_claim
from tests.enrollment.halves.scenes import a_half_paid_order
from tests.given import (
    NOON,
    a_cohort,
    a_completed_enrollment,
    a_paid_order,
    a_placed_order,
    a_receipt,
    receive,
    refusal,
)
from tests.payments.notifications import an_attempt
from tests.payments.refunds.scenes import (
    a_case,
    a_person,
    a_proposal,
    an_approval,
    an_approved_case,
    by_kaspi,
    the_payout,
)

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.6")]
NEXT_DAY = NOON + timedelta(days=1)


def a_waiting_receipt(**wishes):
    """Money that came for an order a day too late: it belongs to no order."""
    order = a_placed_order(**wishes)
    attempt = an_attempt(order)
    receipt = a_receipt(order, at=NEXT_DAY, reference=f"late-{order.pk}")
    receive(replace(receipt, invoice_id=attempt.invoice_id), order, at=NEXT_DAY)
    return LedgerEntry.objects.get(reference=f"late-{order.pk}")


def a_refund_made_elsewhere(receipt, amount, *, reference="out-1", at=NOON):
    record_refund(
        provider=receipt.provider,
        reference=reference,
        refunds_reference=receipt.reference,
        amount=Decimal(amount),
        happened_at=at,
        at=at,
    )
    return LedgerEntry.objects.get(reference=reference, kind=EntryKind.REFUND)


def the_receipt(order):
    return LedgerEntry.objects.get(allocations__order=order)


@pytest.mark.clause("10.2.3")
def test_a_demand_opens_a_case_and_the_ten_days_of_its_answer():
    order = a_paid_order()
    case = a_case(order)
    deadline = Deadline.objects.get(clause="10.2.3")
    assert case.deadline == deadline
    assert (deadline.due_on, deadline.days, deadline.owed_by) == (date(2026, 12, 3), 10, "academy")
    row = Entry.objects.get(verb="refund_case.opened")
    assert (row.chain, row.facts) == (
        order.code,
        {"ground": "law", "asked_on": "2026-11-23", "of": "order"},
    )
    assert list(RefundCase.objects.to_decide()) == [case]
    order.refresh_from_db()
    assert order.state == OrderState.PAID


def test_the_demand_lies_encrypted():
    case = a_case(a_paid_order())
    with connection.cursor() as cursor:
        cursor.execute("SELECT demand FROM payments_refundcase WHERE id = %s", [case.pk])
        assert "Ақшамды" not in cursor.fetchone()[0]
    assert RefundCase.objects.get().demand == "Ақшамды қайтарыңыз"


def test_what_nobody_asked_for_has_no_term():
    assert a_case(a_paid_order(), asked_by=AskedBy.ACADEMY).deadline is None


def demanded(case: RefundCase, *, at=NEXT_DAY, **wishes):
    values = {
        "asked_by": AskedBy.CUSTOMER,
        "asked_on": at.date(),
        "demand": "Қайтарыңыз",
        "document": "хат № 2",
        "by": a_person("opener"),
    }
    return take_demand(case=case, at=at, **values | wishes)


@pytest.mark.clause("10.2.3")
def test_a_demand_for_what_the_academy_opened_itself_begins_the_ten_days():
    order = a_paid_order()
    case = demanded(a_case(order, asked_by=AskedBy.ACADEMY))
    deadline = Deadline.objects.get(clause="10.2.3")
    assert case.deadline == deadline
    assert (deadline.event_on, deadline.days) == (date(2026, 11, 24), 10)
    assert Entry.objects.get(verb="refund_case.demanded").facts == {
        "asked_by": "customer",
        "asked_on": "2026-11-24",
    }
    with refusal():
        demanded(case)
    a_proposal(case, 500, at=NEXT_DAY)
    an_approval(case, at=NEXT_DAY)
    deadline.refresh_from_db()
    assert deadline.met_at == NEXT_DAY
    assert list(claims_have_their_day_and_answer(NEXT_DAY)) == []


@pytest.mark.clause("10.2.3")
def test_a_claim_for_what_the_academy_opened_itself_is_decided_by_that_case():
    order = a_paid_order()
    case = a_case(order, asked_by=AskedBy.ACADEMY)
    claim = a_claim(order, kind="money", amount=1000)
    case = demanded(case, claim=claim)
    assert (case.claim, case.deadline) == (claim, None)
    assert case.demand.startswith(claim.demand)
    assert case.answer_term == claim.answer_term
    a_proposal(case, 500, at=NEXT_DAY)
    an_approval(case, at=NEXT_DAY)
    assert Deadline.objects.get(clause="10.2.3").met_at == NEXT_DAY


@pytest.mark.parametrize(
    "wish",
    [
        {"asked_by": AskedBy.ACADEMY},
        {"asked_on": date(2026, 11, 25)},
        {"asked_on": date(2026, 11, 1)},
    ],
)
def test_no_demand_of_nobody_of_tomorrow_or_from_before_the_order_is_taken(wish):
    case = a_case(a_paid_order(), asked_by=AskedBy.ACADEMY)
    with refusal():
        demanded(case, **wish)
    a_proposal(case, 500)
    with refusal():
        demanded(case)
    assert RefundCase.objects.get().asked_by == AskedBy.ACADEMY
    assert not Deadline.objects.filter(clause="10.2.3").exists()


def test_the_database_gives_no_term_to_what_nobody_asked_for():
    case = a_case(a_paid_order())
    with pytest.raises(IntegrityError), transaction.atomic():
        RefundCase.objects.filter(pk=case.pk).update(asked_by=AskedBy.ACADEMY)


@pytest.mark.parametrize("wish", [{"asked_on": date(2026, 11, 24)}, {}])
def test_a_case_of_tomorrow_or_of_no_money_is_refused(wish):
    order = a_paid_order() if wish else a_placed_order()
    with refusal():
        a_case(order, **wish)
    assert not RefundCase.objects.exists()


def test_costs_are_kept_with_their_documents_and_removed_ones_stay():
    case = a_case(a_paid_order())
    person = a_person("first")
    kept = add_cost(
        case=case,
        what_kk="Платформа",
        what_ru="Платформа",
        amount=Decimal(5000),
        document="акт 7",
        by=person,
        at=NOON,
    )
    gone = add_cost(
        case=case,
        what_kk="Эфир",
        what_ru="Эфир",
        amount=Decimal(1000),
        document="акт 8",
        by=person,
        at=NOON,
    )
    remove_cost(case=case, cost_id=gone.pk, by=person, at=NOON)
    decision = a_proposal(case, 144990)
    assert (decision.received, decision.costs, decision.granted) == (149990, 5000, 144990)
    assert case.costs.count() == 2
    with refusal():
        remove_cost(case=case, cost_id=kept.pk, by=person, at=NOON)
    with refusal():
        add_cost(
            case=case,
            what_kk="Тағы",
            what_ru="Ещё",
            amount=Decimal(1),
            document="акт",
            by=person,
            at=NOON,
        )


@pytest.mark.clause("10.2.3", "12.3")
def test_the_whole_refund_ends_the_order_in_the_same_decision():
    order = a_paid_order()
    case = a_case(order)
    assert a_proposal(case, order.price).ends_order
    an_approval(case)
    order.refresh_from_db()
    assert order.state == OrderState.TERMINATED
    assert Enrollment.objects.get(order=order).state == EnrollmentState.TERMINATED
    assert not Place.objects.filter(order=order).exists()
    assert received_by(order) == order.price  # receipts, never less refunds: no debt arises
    payout = the_payout(case)
    assert (payout.amount, payout.number, payout.before) == (order.price, 1, 0)
    assert Deadline.objects.get(clause="10.2.3").met_at == NOON
    assert Notice.objects.get(kind="refund-decided").attachments == [
        ["refund-letter", str(case.pk)]
    ]
    verbs = list(
        Entry.objects.of_order(order.code).order_by("number").values_list("verb", flat=True)
    )
    assert verbs[-4:] == [
        "refund_case.approved",
        "order.moved",
        "enrollment.terminated",
        "deadline.met",
    ]
    assert not RefundCase.objects.undecided().exists()


def test_a_place_that_came_free_is_sold_again():
    cohort = a_cohort(seats=1)
    an_approved_case(a_paid_order(cohort=cohort), 149990)
    assert a_paid_order(cohort=cohort).state == OrderState.PAID


def test_a_part_leaves_the_contract_unless_the_decision_ends_it():
    order = a_paid_order()
    case = a_case(order)
    assert not a_proposal(case, 50000).ends_order
    an_approval(case)
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    second = a_case(order)
    a_proposal(second, 40000, ends_order=True)
    an_approval(second)
    order.refresh_from_db()
    assert order.state == OrderState.TERMINATED


def test_a_change_of_mind_can_be_declined_with_reasons():
    order = a_paid_order()
    case = an_approved_case(order, 0, ground=Ground.CHANGE_OF_MIND)
    assert not RefundPayout.objects.exists()
    assert Notice.objects.get(kind="refund-decided").facts["is_paid_now"] == ""
    assert case.deadline.met_at == NOON
    order.refresh_from_db()
    assert order.state == OrderState.PAID


@pytest.mark.clause("4.3.1")
def test_of_an_order_paid_in_two_parts_the_newest_receipt_goes_back_first():
    order = a_half_paid_order()
    receive(a_receipt(order, amount=74995, reference="half-2", at=NOON + timedelta(hours=1)), order)
    case = an_approved_case(order, 100000)
    assert [(payout.receipt.reference, payout.amount) for payout in case.payouts.all()] == [
        ("half-2", 74995),
        (order.acceptance.reference, 25005),
    ]
    order.refresh_from_db()
    assert order.state == OrderState.PAID


@pytest.mark.clause("4.3.1")
def test_the_whole_of_a_half_is_what_was_received_and_ends_the_order():
    order = a_half_paid_order()
    assert order.state == OrderState.PREPAID
    an_approved_case(order, 74995)
    order.refresh_from_db()
    assert order.state == OrderState.TERMINATED


def test_a_performed_contract_can_be_paid_back_and_stays_performed():
    order = a_completed_enrollment().order
    at = NOON + timedelta(days=90)
    an_approved_case(order, order.price, ground=Ground.COURT, at=at)
    order.refresh_from_db()
    assert order.state == OrderState.COMPLETED


def test_the_same_person_does_not_approve_and_nothing_changes():
    case = a_case(a_paid_order())
    a_proposal(case, 1000)
    with refusal():
        approve_decision(case=case, by=a_person("first"), at=NOON)
    assert list(RefundCase.objects.to_approve()) == [case]
    assert not RefundPayout.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        RefundDecision.objects.update(approved_by=a_person("first"), approved_at=NOON)


def test_an_approved_decision_is_approved_once():
    case = an_approved_case(a_paid_order(), 1000)
    with refusal():
        an_approval(case)
    assert RefundPayout.objects.count() == 1


def test_a_proposal_is_sent_back_with_a_reason_and_made_anew():
    case = a_case(a_paid_order())
    a_proposal(case, 1000)
    with refusal():
        a_proposal(case, 2000)
    return_to_proposal(case=case, reason="Шығындарды қосыңыз", by=a_person("second"), at=NOON)
    assert list(RefundCase.objects.to_decide()) == [case]
    a_proposal(case, 2000)
    an_approval(case)
    assert [each.granted for each in case.decisions.order_by("pk")] == [1000, 2000]
    assert the_payout(case).amount == 2000


@pytest.mark.parametrize("granted", [149991, Decimal("149990.01")])
def test_more_than_was_received_is_not_granted(granted):
    case = a_case(a_paid_order())
    with refusal():
        a_proposal(case, granted)
    assert not RefundDecision.objects.exists()


def test_what_another_case_promised_is_not_granted_twice():
    order = a_paid_order()
    an_approved_case(order, 100000)
    case = a_case(order)
    with refusal():
        a_proposal(case, 50000)
    assert a_proposal(case, 49990).refunded == 100000


def test_an_approval_counts_anew():
    order = a_paid_order()
    first = a_case(order)
    second = a_case(order)
    a_proposal(first, 100000)
    a_proposal(second, 100000)
    an_approval(first)
    with refusal():
        an_approval(second)
    assert [payout.amount for payout in RefundPayout.objects.all()] == [100000]


def test_the_database_itself_refuses_to_give_back_more_than_came():
    order = a_paid_order()
    an_approved_case(order, 100000)
    payout = RefundPayout.objects.get()
    for change in ({"amount": 149991}, {"before": 50000}, {"amount": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RefundPayout.objects.update(**change)
    payout.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        payout.save(force_insert=True)


def test_a_cancelled_case_owes_nothing():
    case = a_case(a_paid_order())
    a_proposal(case, 1000)
    cancel_case(case=case, reason="Өтінішін қайтарып алды", by=a_person("first"), at=NOON)
    assert not RefundCase.objects.undecided().exists()
    assert Deadline.objects.running().count() == 0
    assert Entry.objects.filter(verb="deadline.lifted").count() == 1
    for wish in (
        lambda: cancel_case(case=case, reason="Тағы", by=a_person("first"), at=NOON),
        lambda: a_proposal(case, 1),
        lambda: an_approval(case),
    ):
        with refusal():
            wish()


@pytest.mark.clause("4.3")
def test_waiting_money_goes_back_by_a_case_of_its_own():
    entry = a_waiting_receipt()
    case = a_case(entry=entry, ground=Ground.LAPSED)
    assert case.order.placed_on == date(2026, 11, 23)
    assert left_of(entry) == 149990
    a_proposal(case, 149990)
    an_approval(case)
    assert left_of(entry) == 0
    case.order.refresh_from_db()
    assert case.order.state == OrderState.AWAITING_PAYMENT  # the clock lapses it, not the refund
    with refusal():
        a_case(entry=entry)


def test_money_that_belongs_to_an_order_is_not_returned_as_waiting():
    order = a_paid_order()
    with refusal():
        a_case(entry=the_receipt(order))


def test_money_of_no_order_is_answered_where_it_was_said():
    receipt = a_receipt(a_placed_order(), reference="stray")
    record_receipt(receipt=receipt, at=NOON)
    entry = LedgerEntry.objects.get(reference="stray")
    case = a_case(entry=entry, email="payer@example.kz", ground=Ground.DOUBLE)
    assert case.deadline is None
    a_proposal(case, 149990)
    an_approval(case)
    notice = Notice.objects.get(kind="refund-decided")
    assert (notice.recipient, notice.order_code) == ("payer@example.kz", "")
    assert Entry.objects.filter(verb="refund_case.approved", chain="house").exists()


def test_a_refund_made_elsewhere_waits_for_its_ground_and_ends_nothing_by_itself():
    order = a_paid_order()
    refund = a_refund_made_elsewhere(the_receipt(order), 149990)
    assert list(LedgerEntry.objects.without_ground()) == [refund]
    case = open_case_for_refund(
        entry=refund,
        ground=Ground.CABINET,
        asked_by=AskedBy.ACADEMY,
        asked_on=date(2026, 11, 23),
        demand="",
        document="кабинет",
        by=a_person("opener"),
        at=NOON,
    )
    assert (case.order, case.entry) == (order, None)
    assert not LedgerEntry.objects.without_ground().exists()
    assert RefundGround.objects.get().case == case
    with refusal():
        a_proposal(case, 0)  # it went already
    assert not a_proposal(case, 149990).ends_order
    an_approval(case)
    assert not RefundPayout.objects.exists()
    order.refresh_from_db()
    assert order.state == OrderState.PAID


def test_the_decision_about_a_refund_made_elsewhere_may_end_the_order():
    order = a_paid_order()
    refund = a_refund_made_elsewhere(the_receipt(order), 149990)
    case = a_case(order)
    assert candidates_for(refund) == [case]
    give_ground(entry=refund, case=case, by=a_person("opener"), at=NOON)
    with refusal():
        cancel_case(case=case, reason="Қате", by=a_person("opener"), at=NOON)
    a_proposal(case, 149990, ends_order=True)
    an_approval(case)
    order.refresh_from_db()
    assert order.state == OrderState.TERMINATED
    with refusal():
        give_ground(entry=refund, case=a_case(a_paid_order()), by=a_person("opener"), at=NOON)


def test_a_refund_without_a_ground_counts_as_returned():
    order = a_paid_order()
    a_refund_made_elsewhere(the_receipt(order), 100000)
    case = a_case(order)
    with refusal():
        a_proposal(case, 50000)


def test_a_refund_of_a_receipt_that_nobody_knows_has_its_case_too():
    record_refund(
        provider="card",
        reference="901",
        refunds_reference="900",
        amount=Decimal(500),
        happened_at=NOON,
        at=NOON,
    )
    refund = LedgerEntry.objects.get()
    case = open_case_for_refund(
        entry=refund,
        ground=Ground.CABINET,
        asked_by=AskedBy.ACADEMY,
        asked_on=date(2026, 11, 23),
        demand="",
        document="кабинет",
        by=a_person("opener"),
        at=NOON,
    )
    assert (case.order, case.entry) == (None, refund)
    a_proposal(case, 500)
    an_approval(case)
    assert not RefundPayout.objects.exists()


def test_a_refund_is_given_no_ground_in_a_case_of_other_money():
    refund = a_refund_made_elsewhere(the_receipt(a_paid_order()), 1000)
    case = a_case(a_paid_order())
    with refusal():
        give_ground(entry=refund, case=case, by=a_person("opener"), at=NOON)
    assert not RefundGround.objects.exists()


def test_money_through_kaspi_waits_for_a_hand():
    order = a_placed_order()
    receive(by_kaspi(order), order)
    payout = the_payout(an_approved_case(order, 149990))
    assert payout.state == PayoutState.BY_HAND
    assert RefundCase.objects.with_payouts(RefundPayout.objects.by_hand()).count() == 1
