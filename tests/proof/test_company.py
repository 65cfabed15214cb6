"""The proof of one order of a company's invoice: its question, its letters, its money,
and nothing of the others.
"""

from datetime import date, timedelta
from pathlib import Path

import pytest

from enrollment.models import AnswerSource
from enrollment.operations.clarification.questions import ask_by_hand, withdraw_question
from enrollment.operations.corrections.answers import record_answer_by_staff
from enrollment.operations.training.enrollments import open_performance_deadlines
from offer_site.days import start_of_day
from offer_site.documents import Document
from payments.models import LedgerEntry
from tests.certificates.papers import words_of
from tests.enrollment.clarification.test_company_clarifications import (
    SHORTENED,
    a_doubtful_invoice,
    paid,
)
from tests.enrollment.clarifications import WHOLE, a_sent_question, question_of, the_letters_leave
from tests.given import NOON, an_owner
from tests.papers import PDF
from tests.proof.scenes import proof_of, told

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.clause("2.3"),
    pytest.mark.usefixtures("short_offer"),
]

PERFORMED = date(2027, 1, 22)


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def everything_in(folder: Path) -> str:
    return "".join(
        path.read_bytes().decode(errors="replace") for path in folder.rglob("*") if path.is_file()
    )


def paper(folder: Path) -> str:
    pdf = (folder / "proof.pdf").read_bytes()
    return " ".join(" ".join(words_of(pdf, number) for number in range(4)).split())


@pytest.mark.clause("9.5", "9.1")
def test_a_question_is_told_with_both_terms_and_the_stopped_clock(tmp_path):
    question = a_sent_question()
    open_performance_deadlines(at=start_of_day(PERFORMED))
    facts = told(proof_of(question.order, tmp_path))
    [asked] = facts["clarifications"]
    assert asked["asked"] == [{"field": "address", "reason": "no-house"}]
    assert "номера дома" in asked["said_ru"]
    assert "үй нөмірі" in asked["said_kk"]
    assert (asked["asked_by"], asked["letters"], asked["answered_at"]) == ("system", 1, None)
    assert asked["question_term"]["met_at"]
    assert (asked["answer_term"]["due_on"], asked["answer_term"]["met_at"]) == ("2026-11-26", None)
    [term] = (each for each in facts["deadlines"] if each["clause"] == "9.1")
    assert term["stopped_for"] == "clarification-1"
    said = paper(tmp_path / next(tmp_path.iterdir()).name)
    assert "Остановлен: 22.01.2027" in said
    assert "Тоқтатылды: 22.01.2027" in said


@pytest.mark.clause("9.5", "5.4")
def test_an_answer_told_to_staff_is_there_with_its_document_and_without_their_notes(tmp_path):
    question = a_sent_question()
    staff = an_owner()
    record_answer_by_staff(
        question=question,
        values={"address": WHOLE},
        confirmed=(),
        how=AnswerSource.LETTER,
        note="СКАЗАЛА СЕСТРА",
        document=Document(PDF, "application/pdf"),
        by=f"staff:{staff.pk}",
        at=NOON + timedelta(days=1),
    )
    again = ask_by_hand(
        order=question.order,
        fields=["address"],
        words_ru="Верен ли корпус?",
        issued=False,
        by=staff,
        at=NOON + timedelta(days=2),
    )
    withdraw_question(
        question=again, reason="ПРИЧИНА ДЛЯ СЕБЯ", by=staff, at=NOON + timedelta(days=3)
    )
    folder = proof_of(question.order, tmp_path)
    first, second = told(folder)["clarifications"]
    assert (first["answered_by"], first["answered_how"]) == (f"staff:{staff.pk}", "letter")
    assert (folder / first["document"]).read_bytes() == PDF
    assert second["said_ru"] == "Верен ли корпус?"
    assert second["withdrawn_by"] == f"staff:{staff.pk}"
    assert "СЕСТРА" not in everything_in(folder) + paper(folder)
    assert "ПРИЧИНА" not in everything_in(folder) + paper(folder)


def test_each_order_tells_its_invoice_the_letters_about_it_and_the_companys_question(tmp_path):
    orders = a_doubtful_invoice(3)
    the_letters_leave(at=NOON + timedelta(days=1))
    first, second, third = orders
    folder = proof_of(second, tmp_path)
    facts = told(folder)
    assert facts["contract"]["order"]["invoice"]["code"] == second.invoice.code
    kinds = [each["kind"] for each in facts["notices"]["letters"]]
    assert sorted(kinds) == ["contract-concluded", "invoice-placed"]
    [asked] = facts["clarifications"]
    assert (asked["number"], asked["asked_under_another_order_of_the_invoice"]) == (None, True)
    assert asked["asked"] == [{"field": "address", "reason": "no-house"}]
    assert facts["money"]["entries"][0]["invoice_id"] == second.invoice.code
    assert facts["money"]["received"] == f"{second.price}.00"
    content = everything_in(folder)
    for other in (first, third):
        assert other.code not in content
        assert other.learner.full_name not in content
    assert second.invoice.code in paper(folder)


def test_a_question_under_another_order_tells_nothing_of_its_learner(tmp_path):
    from tests.enrollment.company import a_list, order_list
    from tests.given import a_cohort

    invoice, _is_new = order_list(
        a_list(names=SHORTENED[:2], address="Алматы қаласы, Абай даңғылы"),
        cohort=a_cohort(seats=20),
    )
    first, second = paid(invoice)
    assert len(question_of(first).asked) == 2
    shown = [each["asked"] for each in told(proof_of(second, tmp_path))["clarifications"]]
    assert sorted(shown, key=str) == [
        [{"field": "address", "reason": "no-house"}],
        [{"field": "learner", "reason": "initial"}],
    ]


@pytest.mark.clause("4.3")
def test_money_that_names_the_invoice_and_waits_is_told(tmp_path):
    [order] = a_doubtful_invoice(1)
    LedgerEntry.objects.create(
        provider="bank",
        reference="late",
        kind="receipt",
        amount=5,
        currency="KZT",
        method="transfer",
        happened_at=NOON,
        recorded_at=NOON,
        invoice_id=order.invoice.code,
    )
    assert "late" in [
        each["reference"] for each in told(proof_of(order, tmp_path))["money"]["entries"]
    ]
