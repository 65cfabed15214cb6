"""A payout that a person recorded and that did not leave so gets a counter-entry (M3, M12)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from enrollment.models import Order
from enrollment.rules.order_states import OrderState
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from payments.models import (
    EntryKind,
    LedgerCorrection,
    LedgerEntry,
    Outcome,
    PayoutState,
    RefundCase,
    RefundPayout,
)
from payments.models.accounts import Accounts
from payments.operations.ledger.corrections import reject_correction
from payments.operations.ledger.refunds import record_refund
from payments.operations.refunds.payouts import record_payout_by_hand
from payments.operations.refunds.sums import calculation_of, subject_of
from payments.operations.refunds.wrong_payouts import (
    approve_payout_correction,
    propose_payout_correction,
)
from tests.at_once import at_once
from tests.audit.asked import all_that_is_false
from tests.given import NOON, a_placed_order, receive, refusal
from tests.papers import PDF, a_document
from tests.payments.by_hand import a_clerk
from tests.payments.refunds.scenes import a_person, an_approved_case, by_kaspi, the_payout
from tests.staff.conftest import a_member, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.6")]
TOMORROW = NOON + timedelta(days=1)
AFTER = NOON + timedelta(days=2)


def paid_out(order: Order | None = None, **wishes: Any) -> RefundCase:
    """A case whose payout a person recorded as paid."""
    order = order or a_placed_order()
    receive(by_kaspi(order), order)
    case = an_approved_case(order, order.price)
    recorded(case, **wishes)
    return case


def recorded(case: RefundCase, **wishes: Any) -> RefundPayout:
    values = {
        "reference": "K-77",
        "paid_on": NOON.date(),
        "document": "Kaspi, чек 77",
        "by": a_person("first"),
        "at": NOON,
    }
    return record_payout_by_hand(payout=the_payout(case), **values | wishes)


def the_refund() -> LedgerEntry:
    return LedgerEntry.objects.refunds().get()


def proposed(**wishes: Any) -> LedgerCorrection:
    values = {"reason": "Банк аударымды орындамаған", "document": a_document(), "by": a_clerk()}
    return propose_payout_correction(
        entry=wishes.pop("entry", None) or the_refund(), at=TOMORROW, **values | wishes
    )


def corrected(**wishes: Any) -> LedgerEntry:
    correction = proposed(**wishes)
    return approve_payout_correction(correction=correction, by=a_clerk("second"), at=TOMORROW)


def went_back() -> Decimal:
    return Accounts.objects.filter(kind="refund").total() + sum(
        each.amount for each in LedgerEntry.objects.filter(corrects__kind="refund")
    )


def test_a_payout_that_never_left_is_owed_again_and_the_buyer_is_told_once():
    case = paid_out()
    wrong = the_refund()
    counter = corrected()
    assert (counter.kind, counter.amount, counter.corrects) == (
        EntryKind.CORRECTION,
        -wrong.amount,
        wrong,
    )
    assert went_back() == 0
    payout = the_payout(case)
    assert (payout.state, payout.refund, payout.done_by) == (PayoutState.BY_HAND, None, None)
    assert RefundCase.objects.with_payouts(RefundPayout.objects.by_hand()).get() == case
    assert Order.objects.get().state == OrderState.TERMINATED  # what two decided stands
    letter = Notice.objects.get(kind="refund-corrected")
    assert letter.recipient == case.answer_to
    assert (letter.facts["reference"], letter.facts["sent_on"]) == ("K-77", "2026-11-23")
    row = Entry.objects.get(verb="refund.corrected")
    assert (row.chain, row.facts["case"]) == (case.order.code, case.number)
    assert all_that_is_false() == []


def test_the_right_day_is_recorded_then_under_the_same_number_with_a_mark():
    case = paid_out()
    corrected()
    recorded(case, paid_on=TOMORROW.date(), at=AFTER)
    payout = the_payout(case)
    assert (payout.state, payout.reference) == (PayoutState.DONE, "K-77 (2)")
    assert payout.refund is not None
    assert payout.refund.happened_at.date() == TOMORROW.date()
    assert went_back() == payout.amount
    assert list(
        Notice.objects.filter(kind="refund-sent").values_list("facts__reference", flat=True)
    ) in (["K-77", "K-77 (2)"], ["K-77 (2)", "K-77"])
    corrected(entry=payout.refund)
    assert went_back() == 0
    assert Notice.objects.filter(kind="refund-corrected").count() == 2
    assert all_that_is_false() == []


def test_what_never_left_may_still_be_asked_for_and_never_twice():
    case = paid_out()
    calculation, _parts = calculation_of(subject_of(case))
    assert calculation.made == case.order.price
    corrected()
    calculation, _parts = calculation_of(subject_of(case))
    assert calculation.made == 0
    other = RefundCase.objects.create(
        order=case.order,
        ground="law",
        asked_by="customer",
        asked_on=NOON.date(),
        document="хат",
        opened_at=NOON,
        opened_by=a_person("opener"),
    )
    calculation, _parts = calculation_of(subject_of(other))
    assert calculation.most == 0  # it is promised by the first case


def test_one_person_alone_corrects_no_payout_and_nothing_is_corrected_twice():
    paid_out()
    correction = proposed()
    with refusal():
        proposed()
    with refusal():
        approve_payout_correction(correction=correction, by=a_clerk(), at=TOMORROW)
    reject_correction(correction=correction, reason="Аударылған", by=a_clerk("second"), at=TOMORROW)
    assert Entry.objects.filter(verb="refund.correction_rejected").count() == 1
    with refusal():
        approve_payout_correction(correction=correction, by=a_clerk("second"), at=TOMORROW)
    assert not LedgerEntry.objects.filter(kind=EntryKind.CORRECTION).exists()
    wrong = the_refund()
    corrected()
    with refusal():
        proposed(entry=wrong)
    assert LedgerEntry.objects.filter(kind=EntryKind.CORRECTION).count() == 1


def test_what_the_payment_system_tells_of_is_not_corrected():
    order = a_placed_order()
    receive(by_kaspi(order), order)
    record_refund(
        provider="kaspi",
        reference="r-9",
        refunds_reference="k-1",
        amount=Decimal(1000),
        happened_at=NOON,
        at=NOON,
    )
    with refusal():
        proposed()
    assert not LedgerCorrection.objects.exists()


def test_a_refund_that_is_told_after_it_was_corrected_contradicts():
    paid_out()
    wrong = the_refund()
    corrected()
    outcome = record_refund(
        provider=wrong.provider,
        reference=wrong.reference,
        refunds_reference=wrong.refunds_reference,
        amount=wrong.amount,
        happened_at=wrong.happened_at,
        at=AFTER,
    )
    assert outcome == Outcome.CONFLICT


@pytest.mark.django_db(transaction=True)
def test_approved_by_many_at_once_it_is_one_counter_entry_and_one_letter():
    case = paid_out()
    correction = proposed()
    approve = partial(
        approve_payout_correction, correction=correction, by=a_clerk("second"), at=TOMORROW
    )
    done = at_once([approve] * 6, errors=Exception)
    assert sum(isinstance(each, LedgerEntry) for each in done) == 1
    assert Notice.objects.filter(kind="refund-corrected").count() == 1
    assert the_payout(case).state == PayoutState.BY_HAND


@time_machine.travel(TOMORROW, tick=False)
def test_staff_propose_it_on_the_refund_and_another_approves_it():
    case = paid_out()
    entry = the_refund()
    desk = signed_in(a_member("accountant"))
    page = desk.get(reverse("admin:payments_ledgerentry_change", args=[entry.pk])).text
    url = reverse("admin:payments_ledgerentry_payout-correction", args=[entry.pk])
    assert url in page
    assert reverse("admin:payments_ledgerentry_correction", args=[entry.pk]) not in page
    assert case.number in desk.get(url).text
    form = {"reason": "Ақша кетпеген", "document": SimpleUploadedFile("t.pdf", PDF)}
    assert desk.post(url, form).status_code == 302
    correction = LedgerCorrection.objects.get()
    approval = reverse("admin:payments_ledgercorrection_approval", args=[correction.pk])
    assert desk.post(approval, {}).context["form"].errors
    second = signed_in(a_member("owner"))
    assert second.post(approval, {}).status_code == 302
    shown = second.get(reverse("admin:payments_refundcase_change", args=[case.pk])).text
    assert "by-hand" in shown
    assert the_payout(case).state == PayoutState.BY_HAND
