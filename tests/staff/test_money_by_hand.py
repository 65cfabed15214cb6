"""Staff look for reported money, and two of them make money by hand a receipt (2.6, 4.3, 4.4,
M12).
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from enrollment.models import Order, PaymentReport
from enrollment.rules.order_states import OrderState
from offer_site.days import end_of_day
from offer_site.journal.models import Entry
from offer_site.staff.attention import needs_attention
from payments.models import InstallmentApplication, InstallmentBank, LedgerEntry, ManualReceipt
from tests.enrollment.ordering.test_reports import THURSDAY_ENDS, reported
from tests.given import NOON, a_cohort, a_placed_order, an_owner
from tests.papers import HOSTILE, PDF, a_file
from tests.payments.by_hand import entered
from tests.payments.paying.test_installments import APPROVED, INCOME, a_bank, stated
from tests.staff.conftest import a_member, signed_in

pytestmark = pytest.mark.django_db
REFUSES = pytest.mark.django_db(
    transaction=True
)  # what a refusal rolls back is a transaction of its own
LATER = NOON + timedelta(hours=3)


@pytest.fixture(autouse=True)
def now(time_machine):
    time_machine.move_to(LATER)
    return time_machine


def page(model, name, *arguments):
    app = "enrollment" if model == "paymentreport" else "payments"
    return reverse(f"admin:{app}_{model}_{name}", args=arguments)


def money(order: Order, **wishes) -> dict[str, object]:
    return {
        "code": order.code,
        "way": "kaspi-pay",
        "reference": "QR-1",
        "amount": f"{order.price}",
        "paid_at": "2026-11-23T12:30",
        "reason": "Kaspi Pay қосымшасында көрінді",
        "document": a_file(),
    } | wishes


@pytest.mark.clause("2.6")
def test_an_accountant_enters_and_the_owner_approves():
    order = a_placed_order()
    accountant = signed_in(a_member("accountant"))
    owner = signed_in(a_member("owner"))
    answer = accountant.post(page("manualreceipt", "add"), money(order))
    receipt = ManualReceipt.objects.get()
    assert answer.headers["Location"] == page("manualreceipt", "change", receipt.pk)
    assert receipt.paid_at == NOON + timedelta(minutes=30)
    assert owner.post(page("manualreceipt", "approval", receipt.pk)).status_code == 302
    assert Order.objects.get().state == OrderState.PAID
    assert LedgerEntry.objects.get().amount == Decimal(order.price)


@REFUSES
@pytest.mark.clause("2.6")
def test_the_same_person_does_not_do_both():
    accountant = signed_in(a_member("accountant"))
    accountant.post(page("manualreceipt", "add"), money(a_placed_order()))
    answer = accountant.post(page("manualreceipt", "approval", ManualReceipt.objects.get().pk))
    assert answer.context["form"].non_field_errors()
    assert not LedgerEntry.objects.exists()


@pytest.mark.clause("2.6")
def test_a_manager_enters_and_does_not_approve(at_managers_desk):
    at_managers_desk.post(page("manualreceipt", "add"), money(a_placed_order()))
    receipt = ManualReceipt.objects.get()
    assert at_managers_desk.post(page("manualreceipt", "approval", receipt.pk)).status_code == 403
    assert (
        at_managers_desk.post(
            page("manualreceipt", "rejection", receipt.pk), {"reason": "x"}
        ).status_code
        == 403
    )


@pytest.mark.clause("5.4", "11.4")
@pytest.mark.parametrize(
    "model", ["paymentreport", "manualreceipt", "installmentapplication", "installmentbank"]
)
def test_a_curator_sees_none_of_it(at_curators_desk, model):
    assert at_curators_desk.get(page(model, "changelist")).status_code == 403


@REFUSES
@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"code": "SM000000"}, "code"),
        ({"amount": "1,234.567"}, "amount"),
        ({"document": ""}, "document"),
        ({"way": "cash-desk"}, "third_party"),
        ({"way": "installment"}, "way"),
        ({"reason": ""}, "reason"),
        ({"paid_at": "2026-11-23T15:30"}, "paid_at"),
        ({"document": a_file(HOSTILE["a page"])}, "document"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(sent, field):
    owner = signed_in(an_owner())
    answer = owner.post(page("manualreceipt", "add"), money(a_placed_order(), **sent))
    assert list(answer.context["form"].errors) == [field]
    assert not ManualReceipt.objects.exists()


@pytest.mark.clause("2.6")
def test_an_entry_is_rejected_with_a_reason():
    receipt = entered(a_placed_order())
    owner = signed_in(an_owner())
    assert (
        owner.post(page("manualreceipt", "rejection", receipt.pk), {"reason": ""})
        .context["form"]
        .errors
    )
    owner.post(page("manualreceipt", "rejection", receipt.pk), {"reason": "Басқа тапсырыс"})
    receipt.refresh_from_db()
    assert receipt.rejection == "Басқа тапсырыс"
    assert not LedgerEntry.objects.exists()


@pytest.mark.clause("5.4")
def test_a_document_is_handed_out_with_a_reason_alone_and_never_as_a_page(at_managers_desk):
    report = reported(a_placed_order())
    receipt = entered(report.order)
    application, _report = stated(a_placed_order(cohort=report.order.cohort), **APPROVED)
    for model, row in (
        ("paymentreport", report),
        ("manualreceipt", receipt),
        ("installmentapplication", application),
    ):
        save = page(model, "document", row.pk)
        assert PDF not in at_managers_desk.post(save, {"reason": ""}).content
        answer = at_managers_desk.post(save, {"reason": "Банктен сұраймыз"})
        assert answer.content == PDF
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert (answer.headers["Content-Type"], answer.headers["X-Content-Type-Options"]) == (
            "application/pdf",
            "nosniff",
        )
    assert Entry.objects.filter(verb="document.seen").count() == 3


@pytest.mark.clause("4.3")
def test_a_false_report_is_dropped_by_a_button(at_managers_desk):
    report = reported(a_placed_order())
    at_managers_desk.post(page("paymentreport", "false", report.pk), {"reason": "Мұндай төлем жоқ"})
    report.refresh_from_db()
    assert report.ending == "dropped"
    assert (
        "Мұндай төлем жоқ" in at_managers_desk.get(page("paymentreport", "change", report.pk)).text
    )


def test_a_report_leads_to_the_person_who_made_it(at_managers_desk, manager):
    report = reported(a_placed_order(), by=f"user:{manager.pk}")
    way = reverse("admin:accounts_user_change", args=[manager.pk])
    assert (
        f'<a href="{way}">' in at_managers_desk.get(page("paymentreport", "change", report.pk)).text
    )


@pytest.mark.clause("4.3")
def test_the_same_document_for_another_order_is_shown(at_managers_desk):
    first = reported(a_placed_order())
    second = reported(a_placed_order(cohort=first.order.cohort), number="16")  # the same file
    answer = at_managers_desk.get(page("paymentreport", "change", second.pk))
    assert first.order.code in answer.text


@pytest.mark.clause("5.2", "5.4")
def test_income_is_shown_on_demand(at_owners_desk):
    bank = a_bank("Сынақ Банк", needs_income=True)
    application, _none = stated(a_placed_order(), bank=bank, income=INCOME)
    assert (
        INCOME
        not in at_owners_desk.get(page("installmentapplication", "change", application.pk)).text
    )
    answer = at_owners_desk.post(
        page("installmentapplication", "income", application.pk), {"reason": "Банк"}
    )
    assert INCOME in answer.text


@pytest.mark.clause("4.4")
def test_staff_keep_the_list_of_banks(at_managers_desk):
    at_managers_desk.post(
        page("installmentbank", "add"),
        {"name": "Үлгі Банк", "note_kk": "", "months": "24", "is_offered": "on"},
    )
    bank = InstallmentBank.objects.get()
    at_managers_desk.post(
        page("installmentbank", "change", bank.pk),
        {"name": "Үлгі Банк", "note_kk": "Өтінім", "months": "12"},
    )
    bank.refresh_from_db()
    assert (bank.is_offered, bank.note_kk, bank.months) == (False, "Өтінім", 12)
    assert (
        Entry.objects.filter(verb__in=["installmentbank.added", "installmentbank.changed"]).count()
        == 2
    )


@pytest.mark.clause("4.4", "5.2")
def test_staff_enter_what_a_buyer_told_them_of_an_application(at_managers_desk):
    order = a_placed_order()
    bank = a_bank("Сынақ Банк", needs_income=True)
    button = page("installmentbank", "application", bank.pk)
    sent = {"code": order.code, "number": "A-1", "decision": "waiting", "income": "400 000"}
    assert at_managers_desk.post(button, sent | {"code": "SM000000"}).context["form"].errors
    at_managers_desk.post(button, sent)
    application = InstallmentApplication.objects.get()
    assert (application.income, application.decision) == ("400000", "waiting")
    approved = {
        "decision": "approved",
        "decided_on": "2026-11-23",
        "approved_sum": "149990",
        "document": a_file(),
    }
    at_managers_desk.post(button, sent | approved)
    assert PaymentReport.objects.standing().get().kind == "installment"
    assert "400000" not in str(list(Entry.objects.values_list("facts", flat=True)))


@pytest.mark.clause("4.4")
def test_the_banks_decision_and_transfer_by_buttons():
    order = a_placed_order()
    application, _none = stated(order)
    desk = signed_in(a_member("accountant"))
    said = {
        "decision": "approved",
        "decided_on": "2026-11-23",
        "approved_sum": "149990",
        "document": a_file(),
    }
    desk.post(page("installmentapplication", "decision", application.pk), said)
    assert InstallmentApplication.objects.get().decision == "approved"
    sent = {"amount": "149990", "document": a_file(), "reason": "Шотқа түсті"}
    desk.post(page("installmentapplication", "transfer", application.pk), sent)
    receipt = ManualReceipt.objects.get()
    assert receipt.application == application
    signed_in(an_owner()).post(page("manualreceipt", "approval", receipt.pk))
    assert Order.objects.get().state == OrderState.PAID


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("model", ["paymentreport", "manualreceipt", "installmentapplication"])
def test_every_page_opens_in_both_languages(model, language):
    report = reported(a_placed_order())
    entered(report.order)
    stated(a_placed_order(cohort=report.order.cohort), **APPROVED)
    desk = signed_in(an_owner())
    rows = {
        "paymentreport": report,
        "manualreceipt": ManualReceipt.objects.get(),
        "installmentapplication": InstallmentApplication.objects.get(),
    }
    for address in (page(model, "changelist"), page(model, "change", rows[model].pk)):
        assert desk.get(address, headers={"accept-language": language}).status_code == 200


def counts(at):
    found = needs_attention(user=an_owner(), at=at)
    ours = {"enrollment_paymentreport", "payments_manualreceipt"}
    return {
        f"{each.question.listed}?{each.question.query}": each.count
        for each in found
        if each.question.listed in ours
    }


@pytest.mark.clause("4.3", "4.6")
def test_terms_that_end_and_places_not_kept_need_attention():
    cohort = a_cohort(seats=10)
    for _number in range(3):
        reported(a_placed_order(cohort=cohort))
    the_day_before = end_of_day(THURSDAY_ENDS.date()) - timedelta(days=2)
    beyond = {"enrollment_paymentreport?attention=beyond": 2}
    assert counts(the_day_before - timedelta(seconds=1)) == beyond
    assert counts(the_day_before) == beyond | {"enrollment_paymentreport?attention=ending": 3}
    assert PaymentReport.objects.standing().count() == 3


@pytest.mark.clause("2.6")
def test_money_entered_and_not_approved_needs_attention():
    entered(a_placed_order())
    assert counts(LATER) == {"payments_manualreceipt?attention=undecided": 1}
