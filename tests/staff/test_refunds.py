"""Refunds at staff's desks: who opens, who decides, what the pages say,
and what needs attention.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from enrollment.rules.order_states import OrderState
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from offer_site.staff.attention import needs_attention
from payments.models import Ground, LedgerEntry, PayoutState, RefundCase, RefundPayout
from payments.operations.ledger.receipts import record_receipt
from payments.operations.ledger.refunds import record_refund
from payments.operations.refunds.decisions import approve_decision
from tests.given import NOON, a_paid_order, a_placed_order, a_receipt, an_owner, receive
from tests.payments.books.scenes import a_fiscal_receipt
from tests.payments.refunds.scenes import (
    REASONS,
    a_case,
    a_person,
    a_proposal,
    an_approved_case,
    by_kaspi,
    the_payout,
)
from tests.staff.conftest import a_member, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.6")]
DEMAND = {
    "ground": Ground.LAW,
    "asked_by": "customer",
    "asked_on": "2026-11-23",
    "demand": "Ақшамды қайтарыңыз",
    "document": "хат, 23.11.2026",
}


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def at_accountants_desk(db):
    return signed_in(a_member("accountant"))


def button(name, subject):
    return reverse(
        f"admin:{subject._meta.app_label}_{subject._meta.model_name}_{name}", args=[subject.pk]
    )


def page(subject):
    return reverse(
        f"admin:{subject._meta.app_label}_{subject._meta.model_name}_change", args=[subject.pk]
    )


def text(client, url, language="ru"):
    answer = client.get(url, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def counts(at=NOON):
    """The questions of refunds that are answered;
    receipts of the cash register are another matter.
    """
    asked = {
        matter.question.query
        for matter in needs_attention(user=an_owner(), at=at)
        if matter.question.listed in ("payments_refundcase", "payments_ledgerentry")
    }
    return asked - {"attention=fiscal"}


def a_kaspi_order():
    order = a_placed_order()
    receive(by_kaspi(order, reference=f"k-{order.pk}"), order)
    return order


def test_a_case_goes_from_the_order_to_the_payout_through_three_desks(
    at_managers_desk, at_owners_desk, at_accountants_desk
):
    order = a_kaspi_order()
    assert at_managers_desk.post(button("refund", order), DEMAND).status_code == 302
    case = RefundCase.objects.get()
    cost = {
        "what_kk": "Платформа ақысы",
        "what_ru": "Плата за платформу",
        "amount": "5000",
        "document": "акт",
    }
    assert at_owners_desk.post(button("cost", case), cost).status_code == 302
    decision = REASONS | {"granted": "144990", "ends_order": "on"}
    assert at_owners_desk.post(button("propose", case), decision).status_code == 302
    refused = at_owners_desk.post(button("approve", case), {})
    assert refused.status_code == 200
    assert refused.context["form"].non_field_errors()
    assert at_accountants_desk.post(button("approve", case), {}).status_code == 302
    order.refresh_from_db()
    assert order.state == OrderState.TERMINATED
    paid = {
        "payout": the_payout(case).pk,
        "reference": "K-1",
        "paid_on": "2026-11-23",
        "document": "чек",
    }
    assert at_accountants_desk.post(button("by-hand", case), paid).status_code == 302
    assert the_payout(case).state == PayoutState.DONE
    assert LedgerEntry.objects.refunds().get().amount == 144990


@pytest.mark.parametrize("name", ["cost", "propose", "approve", "send-back", "by-hand", "cancel"])
def test_a_manager_opens_and_reads_cases_and_decides_none(at_managers_desk, name):
    case = a_case(a_kaspi_order())
    assert at_managers_desk.get(page(case)).status_code == 200
    assert at_managers_desk.post(button(name, case), {}).status_code == 403


def test_a_curator_sees_no_cases(at_curators_desk):
    assert at_curators_desk.get(page(a_case(a_kaspi_order()))).status_code == 403


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ru", "Пункт 4.6 не отменяет статью 686"),
        ("kk", "4.6\N{NON-BREAKING HYPHEN}тармақ Азаматтық кодекстің 686-бабын жоққа шығармайды"),
    ],
)
def test_the_page_of_a_case_says_what_article_686_means(at_owners_desk, language, sentence):
    case = a_case(a_kaspi_order())
    assert sentence in text(at_owners_desk, page(case), language)
    assert sentence in text(at_owners_desk, button("propose", case), language)


def test_a_case_is_opened_from_the_list_by_the_code_of_its_order(at_managers_desk):
    order = a_kaspi_order()
    url = reverse("admin:payments_refundcase_add")
    assert at_managers_desk.post(url, DEMAND | {"code": "SMXXXXXX"}).context["form"].errors["code"]
    answer = at_managers_desk.post(url, DEMAND | {"code": order.code.lower()})
    assert answer.status_code == 302
    assert RefundCase.objects.get().order == order


def test_waiting_money_has_a_button_and_its_ground_is_proposed(at_managers_desk):
    paid = a_paid_order()
    receive(a_receipt(paid, reference="twice"), paid)
    entry = LedgerEntry.objects.get(reference="twice")
    form = at_managers_desk.get(button("return", entry)).context["form"]
    assert (
        form.fields["ground"].initial == ""
    )  # which order it was for, nobody can tell from the entry alone
    answer = at_managers_desk.post(
        button("return", entry), DEMAND | {"code": paid.code, "ground": Ground.DOUBLE}
    )
    assert answer.status_code == 302
    case = RefundCase.objects.get()
    assert (case.order, case.entry, case.ground) == (paid, entry, Ground.DOUBLE)


@pytest.mark.clause("4.6")
def test_the_mailbox_of_an_answer_is_doubted_and_can_be_kept(at_managers_desk):
    record_receipt(receipt=a_receipt(a_placed_order(), reference="stray"), at=NOON)
    entry = LedgerEntry.objects.get(reference="stray")
    typed = DEMAND | {"code": "", "ground": Ground.DOUBLE, "email": "payer@gmial.com"}
    doubted = at_managers_desk.post(button("return", entry), typed)
    assert doubted.status_code == 200
    assert "payer@gmail.com" in doubted.text
    assert not RefundCase.objects.exists()
    kept = at_managers_desk.post(button("return", entry), typed | {"as_typed": "on"})
    assert kept.status_code == 302
    assert RefundCase.objects.get().email == "payer@gmial.com"


def test_money_that_belongs_to_its_order_has_no_such_button(at_managers_desk):
    order = a_kaspi_order()
    entry = LedgerEntry.objects.get()
    assert at_managers_desk.get(button("return", entry)).status_code == 302
    assert button("return", entry) not in text(at_managers_desk, page(entry))
    assert button("refund", order) in text(at_managers_desk, page(order))


def test_a_refund_made_elsewhere_is_given_its_ground(at_managers_desk):
    order = a_kaspi_order()
    record_refund(
        provider="kaspi",
        reference="out",
        refunds_reference=f"k-{order.pk}",
        amount=Decimal(1000),
        happened_at=NOON,
        at=NOON,
    )
    refund = LedgerEntry.objects.refunds().get()
    assert "ground=none" in counts()
    assert at_managers_desk.post(button("ground", refund), DEMAND | {"case": ""}).status_code == 302
    assert "ground=none" not in counts()
    assert RefundCase.objects.get().grounds.get().entry == refund
    assert at_managers_desk.get(button("ground", refund)).status_code == 302


def test_a_refund_made_elsewhere_may_belong_to_a_case_that_stands(at_managers_desk):
    order = a_kaspi_order()
    case = a_case(order)
    record_refund(
        provider="kaspi",
        reference="out",
        refunds_reference=f"k-{order.pk}",
        amount=Decimal(1000),
        happened_at=NOON,
        at=NOON,
    )
    refund = LedgerEntry.objects.refunds().get()
    assert at_managers_desk.post(button("ground", refund), {"case": case.pk}).status_code == 302
    assert case.grounds.count() == RefundCase.objects.count() == 1


@pytest.mark.clause("10.2.3")
def test_each_stage_of_a_case_needs_attention_once_and_its_list_shows_it(at_owners_desk):
    case = a_case(a_kaspi_order())
    a_fiscal_receipt(LedgerEntry.objects.get())
    assert counts() == {"attention=to-decide"}
    assert counts(NOON + timedelta(days=9)) == {"attention=to-decide", "attention=answer-due"}
    a_proposal(case, 1000)
    assert counts() == {"attention=to-approve"}
    an_approved_case(a_kaspi_order(), 1000)
    assert counts() == {"attention=to-approve", "attention=by-hand"}
    RefundPayout.objects.update(state=PayoutState.FAILED)
    assert counts() == {"attention=to-approve", "attention=troubled"}
    listed = text(
        at_owners_desk, reverse("admin:payments_refundcase_changelist") + "?attention=to-approve"
    )
    assert page(case) in listed
    assert listed.count('class="field-number"') == 1


def test_the_answer_is_read_as_a_draft_and_as_it_left_and_the_journal_keeps_who_read_it(
    at_owners_desk,
):
    case = a_case(a_kaspi_order())
    url = reverse("admin:payments_refundcase_letter", args=[case.pk])
    assert at_owners_desk.get(url).status_code == 302
    a_proposal(case, 1000)
    answer = at_owners_desk.get(url)
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert Entry.objects.filter(verb="refund_case.letter_read").count() == 1


def test_the_journal_holds_neither_the_demand_nor_the_reasons(at_owners_desk):
    order = a_kaspi_order()
    an_approved_case(order, 1000)
    told = str(list(Entry.objects.values_list("facts", flat=True)))
    assert "Ақшамды" not in told
    assert "Сабақтар" not in told


@pytest.mark.clause("10.2.3")
def test_a_demand_that_came_leaves_what_the_academy_opened_the_case_on(at_owners_desk):
    case = a_case(
        a_paid_order(), asked_by="academy", demand="Банк екі рет алды", document="үзінді № 7"
    )
    sent = {name: value for name, value in DEMAND.items() if name != "ground"}
    assert at_owners_desk.post(button("demand", case), sent).status_code == 302
    shown = text(at_owners_desk, page(case))
    for words in ("Банк екі рет алды", "үзінді № 7", DEMAND["demand"], DEMAND["document"]):
        assert words in shown
    told = Entry.objects.get(verb="refund_case.demanded")
    assert "үзінді" not in str(told.facts)


@pytest.mark.clause("10.2.3")
def test_who_demands_money_of_no_order_is_answered_at_the_mailbox_said(at_owners_desk):
    record_receipt(receipt=a_receipt(a_placed_order(), reference="stray"), at=NOON)
    entry = LedgerEntry.objects.get(reference="stray")
    case = a_case(entry=entry, asked_by="academy", demand="", ground=Ground.DOUBLE)
    door = button("demand", case)
    sent = {name: value for name, value in DEMAND.items() if name != "ground"}
    assert 'name="email"' in text(at_owners_desk, door)
    doubted = at_owners_desk.post(door, sent | {"email": "payer@gmial.com"})
    assert "as_typed" in doubted.text
    sent |= {"email": "payer@example.kz"}
    assert at_owners_desk.post(door, sent).status_code == 302
    decided = a_proposal(RefundCase.objects.get(pk=case.pk), 149990)
    approve_decision(case=decided.case, by=a_person("second"), at=NOON)
    assert Notice.objects.get(kind="refund-decided").recipient == "payer@example.kz"


@pytest.mark.clause("10.2.3")
def test_who_demands_an_orders_money_is_answered_at_the_registered_mailbox(at_owners_desk):
    case = a_case(a_paid_order(), asked_by="academy")
    assert 'name="email"' not in text(at_owners_desk, button("demand", case))
