"""The reasoned answer: what it states in both languages, and that it never changes once it left."""

import subprocess
from decimal import Decimal
from email import message_from_bytes, policy

import pytest
from django.core import mail
from django.template.loader import render_to_string

from enrollment.models import PartyKind
from offer_site.languages import speaking
from offer_site.notices.letters import letter_bytes
from offer_site.notices.models import Notice
from payments.models import Ground, LedgerEntry, RefundCase
from payments.operations.ledger.refunds import record_refund
from payments.operations.refunds.cases import add_cost, give_ground
from payments.operations.refunds.letters import refund_letter_attachment, show_letter
from payments.operations.refunds.payouts import record_payout_by_hand
from tests.given import NOON, a_placed_order, an_application, receive
from tests.payments.refunds.scenes import (
    REASONS,
    a_case,
    a_person,
    a_proposal,
    an_approval,
    by_kaspi,
    the_payout,
)

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.6", "10.2.3")]


def text_of(pdf: bytes) -> str:
    done = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return " ".join(done.stdout.decode().split())


def decided(granted, *, language="kk", kind=PartyKind.PERSON, cost=0, **wishes):
    order = a_placed_order(language=language, application=an_application(kind=kind))
    receive(by_kaspi(order, reference=f"k-{order.pk}"), order)
    case = a_case(order, **wishes)
    if cost:
        spent = {"what_kk": "Платформа ақысы", "what_ru": "Плата за платформу"}
        add_cost(
            case=case,
            amount=Decimal(cost),
            document="акт № 7",
            by=a_person("first"),
            at=NOON,
            **spent,
        )
    a_proposal(case, granted)
    an_approval(case)
    return RefundCase.objects.get(pk=case.pk)


@pytest.mark.parametrize("kind", [PartyKind.PERSON, PartyKind.COMPANY, PartyKind.GUARDIAN])
def test_the_answer_states_ground_sums_decision_reasons_and_the_way_to_object(kind):
    case = decided(144990, cost=5000, kind=kind)
    text = text_of(refund_letter_attachment(str(case.pk), at=NOON)[0].content)
    said = [
        case.number,
        case.order.code,
        str(case.order.party),
        "23.11.2026",
        "686-бабы",
        "ст. 686",
        "149 990 ₸",
        "− 5 000 ₸",
        "Платформа ақысы · Плата за платформу (акт № 7)",
        "144 990 ₸",
        "Шешімнің себептері",
        "Обоснование решения",
        "Шығын болған жоқ.",
        "Расходов не было.",
        "Kaspi арқылы",
        "через Kaspi",
        "10.2.2-т.",
        "п. 10.2.2",
        "10.3",
    ]
    assert [words for words in said if words not in text.replace("\xa0", " ")] == []


def test_a_declined_demand_is_answered_with_reasons_and_no_payout():
    case = decided(0, ground=Ground.CHANGE_OF_MIND)
    text = text_of(refund_letter_attachment(str(case.pk), at=NOON)[0].content)
    assert "Требование о возврате денег отклонено." in text
    assert "Как и когда возвращается" not in text
    assert "0 ₸" in text.replace("\xa0", " ")


def test_an_answer_about_money_that_went_elsewhere_says_when_it_went():
    order = a_placed_order()
    receive(by_kaspi(order), order)
    record_refund(
        provider="kaspi",
        reference="K-9",
        refunds_reference="k-1",
        amount=Decimal(1000),
        happened_at=NOON,
        at=NOON,
    )
    case = a_case(order, asked_by="academy", ground=Ground.CABINET)
    give_ground(entry=LedgerEntry.objects.refunds().get(), case=case, by=a_person("first"), at=NOON)
    a_proposal(case, 1000)
    an_approval(case)
    text = text_of(refund_letter_attachment(str(case.pk), at=NOON)[0].content).replace("\xa0", " ")
    assert "Вам возвращено 1 000 ₸." in text
    assert "операция K-9" in text
    assert "по инициативе Исполнителя" in text
    assert Notice.objects.get(kind="refund-decided").facts["is_paid_now"] == ""


def test_the_answer_that_left_never_changes(monkeypatch):
    case = decided(149990)
    first = refund_letter_attachment(str(case.pk), at=NOON)[0].content
    case.decisions.update(reasons_kk="Басқа", reasons_ru="Другое")
    assert refund_letter_attachment(str(case.pk), at=NOON)[0].content == first
    assert show_letter(case=case, by=a_person("first"), at=NOON) == first


def test_a_draft_says_that_it_is_one_and_is_not_kept():
    order = a_placed_order()
    receive(by_kaspi(order), order)
    case = a_case(order)
    a_proposal(case, 1000)
    assert "ПРОЕКТ" in text_of(show_letter(case=case, by=a_person("first"), at=NOON))
    an_approval(case)
    assert "ПРОЕКТ" not in text_of(refund_letter_attachment(str(case.pk), at=NOON)[0].content)


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize(
    ("granted", "heading"), [(149990, "Мы вернём вам деньги"), (0, "Ответ на ваше обращение")]
)
def test_the_letter_carries_the_answer_in_both_languages(language, granted, heading):
    case = decided(granted, language=language)
    notice = Notice.objects.get(kind="refund-decided")
    _subject, raw = letter_bytes(notice, at=NOON)
    letter = message_from_bytes(raw, policy=policy.default)
    body = letter.get_body(("plain",)).get_content()
    assert heading in body
    assert ("договор расторгнут" in body) == bool(granted)
    word = {"kk": "Қайтару-туралы-жауап", "ru": "Ответ-о-возврате"}[language]
    (paper,) = letter.iter_attachments()
    assert paper.get_filename() == f"{word}-{case.number}.pdf"
    assert mail.outbox == []


def test_the_letter_about_money_that_left_names_the_operation():
    case = decided(149990)
    record_payout_by_hand(
        payout=the_payout(case),
        reference="K-77",
        paid_on=NOON.date(),
        document="чек",
        by=a_person("first"),
        at=NOON,
    )
    _subject, raw = letter_bytes(Notice.objects.get(kind="refund-sent"), at=NOON)
    body = message_from_bytes(raw, policy=policy.default).get_body(("plain",)).get_content()
    assert "K-77" in body
    assert "Ақшаңыз кері жіберілді" in body
    assert REASONS["reasons_ru"] not in body


@pytest.mark.parametrize(
    ("language", "considering", "answered"),
    [
        ("kk", "талабыңызды қарап жатырмыз", "Негіздемесі бар жауап"),
        ("ru", "Мы рассматриваем ваше обращение", "Ответ с обоснованием"),
    ],
)
def test_the_buyer_is_told_of_a_demand_and_of_its_answer(language, considering, answered):
    order = a_placed_order()
    receive(by_kaspi(order), order)
    case = a_case(order)
    assert considering in told_to_the_buyer(order, language)
    a_proposal(case, 149990)
    assert considering in told_to_the_buyer(order, language)
    an_approval(case)
    record_payout_by_hand(
        payout=the_payout(case),
        reference="K-77",
        paid_on=NOON.date(),
        document="чек",
        by=a_person("first"),
        at=NOON,
    )
    told = told_to_the_buyer(order, language)
    assert considering not in told
    assert answered in told
    assert "K-77" in told


def test_what_the_academy_looks_into_by_itself_is_told_when_it_is_decided():
    order = a_placed_order()
    receive(by_kaspi(order), order)
    case = a_case(order, asked_by="academy")
    assert not RefundCase.objects.told_to_the_buyer(order).exists()
    a_proposal(case, 1000)
    an_approval(case)
    assert RefundCase.objects.told_to_the_buyer(order).get() == case


def told_to_the_buyer(order, language):
    with speaking(language):
        return render_to_string(
            "pages/order/refunds.html", {"refunds": RefundCase.objects.told_to_the_buyer(order)}
        )
