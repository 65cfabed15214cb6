"""What the buyers of an unpaid order upload: bounded in number and in bytes, refused at the field
(4.3).
"""

from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from enrollment.models import Order, PaymentReport, ReportKind
from enrollment.operations.links import order_signature
from enrollment.operations.ordering import uploads
from enrollment.operations.ordering.invoice_reports import report_invoice_payment
from enrollment.operations.ordering.reports import drop_report, report_payment
from enrollment.rules.bounds import APPLICATIONS, DOCUMENT_BYTES, DOCUMENTS, DOCUMENTS_AN_HOUR
from offer_site.attempts.models import AttemptCount
from offer_site.attempts.operations import Attempts
from offer_site.documents import LARGEST_DOCUMENT
from offer_site.errors import RuleViolation
from payments.models import Decision, InstallmentApplication, InstallmentBank
from payments.operations.paying.installments import BankAnswer, state_application
from tests.at_once import at_once
from tests.enrollment.company import a_placed_invoice
from tests.given import NOON, a_placed_order, an_owner, refusal
from tests.papers import PDF, a_document, a_file

# What a refusal rolls back is a transaction of its own.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("4.3", "4.4")]
MONDAY = date(2026, 11, 23)
APPROVED = {
    "decision": Decision.APPROVED,
    "decided_on": MONDAY,
    "approved_sum": Decimal(149990),
}
LARGE = PDF[:9] + b" " * (LARGEST_DOCUMENT - len(PDF)) + PDF[9:]


@pytest.fixture(autouse=True)
def at_noon(time_machine, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    time_machine.move_to(NOON)


@pytest.fixture
def order() -> Order:
    return a_placed_order()


def a_bank() -> InstallmentBank:
    return InstallmentBank.objects.get_or_create(name="Үлгі Банк")[0]


def stated(order: Order, number: object, *, content: bytes = PDF, by_staff: bool = False):
    """An application with its approval; the bank decided on another day, so nothing is kept."""
    return state_application(
        order=order,
        bank=a_bank(),
        answer=BankAnswer(number=f"A-{number}", **APPROVED),
        document=a_document(content),
        by="visitor",
        at=NOON,
        by_staff=by_staff,
    )


def reported(order: Order, *, number: str = "15", content: bytes = PDF) -> PaymentReport:
    report, _is_new = report_payment(
        order=order,
        kind=ReportKind.TRANSFER,
        number=number,
        day=MONDAY,
        document=a_document(content),
        by="visitor",
        at=NOON,
    )
    return report


def stored() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def sent(order: Order, number: object, *, content: bytes = PDF, language: str = "kk"):
    """The answer of the page on which a buyer states an approval."""
    buyer = Client()
    buyer.get(reverse("order", args=[order.code]), {"key": order_signature(order)})
    typed = {
        "number": f"A-{number}",
        "decision": "approved",
        "decided_on": "23.11.2026",
        "approved_sum": "149990",
        "document": a_file(content),
    }
    with override(language):
        page = reverse("order_instalments", args=[order.code])
    return buyer.post(f"{page}?bank={a_bank().pk}", typed)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("kk", f"Бұл тапсырысқа ең көбі {DOCUMENTS} файл қабылданады"),
        ("ru", f"К этому заказу можно приложить не больше {DOCUMENTS} файлов"),
    ],
)
def test_one_file_too_many_is_refused_at_the_field_and_nothing_typed_is_lost(
    order, language, words
):
    for number in range(DOCUMENTS):
        assert sent(order, number).status_code == 302
    files = stored()
    refused = sent(order, "one-more", language=language)
    assert refused.status_code == 200
    assert list(refused.context["form"].errors) == ["document"]
    assert words in refused.text
    for typed in ("A-one-more", "23.11.2026", "149990"):
        assert typed in refused.text
    assert InstallmentApplication.objects.count() == DOCUMENTS
    assert stored() == files


def test_files_are_bounded_in_bytes_too(order):
    for number in range(DOCUMENT_BYTES // LARGEST_DOCUMENT):
        assert sent(order, number, content=LARGE).status_code == 302
    refused = sent(order, "x")
    assert list(refused.context["form"].errors) == ["document"]
    assert "30 МБ" in refused.text
    assert len(stored()) == DOCUMENT_BYTES // LARGEST_DOCUMENT


def test_reports_and_applications_of_an_order_have_one_bound(order):
    for number in range(DOCUMENTS - 1):
        report = reported(order, number=str(number))
        drop_report(report=report, reason="Жалған", by=an_owner(), at=NOON)
    stated(order, 1)
    for once_more in (partial(stated, order, 2), partial(reported, order, number="x")):
        with pytest.raises(RuleViolation) as refused:
            once_more()
        assert refused.value.field in {"document", None}


def test_the_orders_of_a_list_have_one_bound():
    invoice = a_placed_invoice(3)
    first, *_between, last = invoice.orders.order_by("pk")
    for number in range(DOCUMENTS):
        stated(first, number)
    with refusal(uploads.NoRoomForDocumentError):
        stated(last, "x")
    with refusal(uploads.NoRoomForDocumentError):
        report_invoice_payment(
            invoice=invoice,
            kind=ReportKind.TRANSFER,
            number="x",
            day=MONDAY,
            document=a_document(),
            by="visitor",
            at=NOON,
        )


def test_what_is_refused_is_not_counted(order):
    for _time in range(DOCUMENTS + 3):
        with pytest.raises(RuleViolation):
            report_payment(
                order=order,
                kind=ReportKind.TRANSFER,
                number="15",
                day=date(2026, 11, 22),
                document=a_document(),
                by="visitor",
                at=NOON,
            )
    assert stored() == []
    assert reported(order).document


def test_a_file_that_takes_the_place_of_another_leaves_none_behind(order):
    for _time in range(3):
        state_application(
            order=order,
            bank=a_bank(),
            answer=BankAnswer(number="A-1"),
            document=a_document(),
            by="visitor",
            at=NOON,
        )
    [path] = stored()
    assert path.name in InstallmentApplication.objects.get().document


def test_applications_without_a_file_are_few_too(order):
    wish = {"order": order, "bank": a_bank(), "document": None, "by": "visitor", "at": NOON}
    for number in range(APPLICATIONS):
        state_application(answer=BankAnswer(number=str(number)), **wish)
    with refusal() as refused:
        state_application(answer=BankAnswer(number="x"), **wish)
    assert refused.value.field == "number"
    state_application(answer=BankAnswer(number="staff"), by_staff=True, **wish)


def test_staff_enter_what_a_buyer_can_send_no_more(order):
    for number in range(DOCUMENTS):
        stated(order, number)
    stated(order, "x", by_staff=True)
    assert InstallmentApplication.objects.count() == DOCUMENTS + 1


def test_one_address_sends_so_many_files_in_an_hour(order, client):
    for number in range(2):
        sent(order, number)
    count = AttemptCount.objects.get(key__startswith="documents-hour")
    Attempts(count.key, seconds=3600).add(DOCUMENTS_AN_HOUR - 2, at=NOON)
    refused = sent(a_placed_order(cohort=order.cohort), "x")
    assert refused.status_code == 429
    assert list(refused.context["form"].errors) == ["document"]


def all_at_once(order: Order) -> int:
    """Twice as many files as an order takes, in one moment; how many came in."""
    works = [partial(stated, order, number) for number in range(2 * DOCUMENTS)]
    at_once(works, errors=RuleViolation)
    return InstallmentApplication.objects.exclude(document="").count()


def test_many_files_at_once_do_not_pass_the_bound_together(order):
    assert all_at_once(order) == DOCUMENTS
    assert len(stored()) == DOCUMENTS


def test_at_two_orders_of_one_list_at_once_neither(transactional_db):
    first, second = a_placed_invoice(2).orders.order_by("pk")
    works = [
        partial(stated, order, f"{order.pk}-{number}")
        for number in range(DOCUMENTS)
        for order in (first, second)
    ]
    at_once(works, errors=RuleViolation)
    assert InstallmentApplication.objects.count() == len(stored()) == DOCUMENTS


def test_a_count_that_is_read_and_then_written_lets_more_pass(monkeypatch):
    """The control: the test above can fail."""

    def add(self, count=1, *, at):
        made = self.made(at=at) + count
        AttemptCount.objects.update_or_create(
            key=self.key, defaults={"made": made, "ends_at": order_ends}
        )
        return made

    invoice = a_placed_invoice(2)
    first, second = invoice.orders.order_by("pk")
    order_ends = first.pay_before
    monkeypatch.setattr(Attempts, "add", add)

    def round_of(number: int) -> int:
        AttemptCount.objects.all().delete()
        InstallmentApplication.objects.all().delete()
        works = [
            partial(stated, order, f"{number}-{order.pk}-{each}")
            for each in range(DOCUMENTS)
            for order in (first, second)
        ]
        at_once(works, errors=RuleViolation)
        return InstallmentApplication.objects.count()

    assert any(round_of(number) > DOCUMENTS for number in range(20))
