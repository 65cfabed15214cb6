"""The act of performed work, form R-1, of a company whose service is performed (9.1)."""

import subprocess
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.models import Academy, Order
from enrollment.operations.links import order_link
from offer_site.days import short_day, start_of_day
from offer_site.journal.models import Entry
from payments.operations.books.acts import act_of, may_have_an_act
from tests.at_once import at_once
from tests.given import a_completed_enrollment, a_paid_order, an_application, refusal
from tests.payments.statements.scenes import IBAN, bank_details
from tests.payments.statements.test_invoice import text_of
from tests.staff.conftest import a_member, signed_in

pytestmark = pytest.mark.clause("9.1")
LONG = (
    "«Шығыс Қазақстан облысының Цифрлық технологиялар және кәсіби біліктілікті арттыру орталығы – "
    "Нұр-Сұлтан-"
    "Инжиниринг» жауапкершілігі шектеулі серіктестігі"
)


def a_company(**party):
    return an_application(kind="company", **party)


def a_performed_order(**party) -> Order:
    bank_details() if Academy.objects.exists() else None
    enrollment = a_completed_enrollment(application=a_company(**party))
    bank_details()
    return Order.objects.with_people().get(pk=enrollment.order_id)


def act(order, at=None):
    return act_of(
        order=order, by="staff:1", at=at or start_of_day(order.cohort.ends_on + timedelta(days=1))
    )


def pages_of(pdf: bytes) -> int:
    told = subprocess.run(
        ["pdfinfo", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    return int(told.partition("Pages:")[2].split()[0])


def test_the_act_states_all_that_form_r_1_asks_in_both_languages(db):
    order = a_performed_order()
    text = text_of(act(order))
    said = [
        "Орындалған жұмыстар",
        "қызметтер) актісі",
        "Акт выполненных работ",
        "оказанных",
        "Р-1 нысаны",
        "форма Р-1",
        "Тапсырыс беруші",
        "Заказчик",
        "Орындаушы",
        "Исполнитель",
        order.code,
        short_day(order.cohort.ends_on),
        "«Жаңа Өркен» ЖШС",
        "971240001315",
        order.party.address,
        "900101300823",
        IBAN,
        "1 2 3 4 5 6 7 8",
        "қызмет",
        "услуга",
        "149 990,00",
        "ҚҚС-сыз",
        "Без НДС",
        "Тапсырды",
        "Сдал",
        "Қабылдады",
        "Принял",
        "М.О.",
        "М.П.",
        "Жүз қырық тоғыз мың тоғыз жүз тоқсан теңге, 00 тиын",
        "Сто сорок девять тысяч девятьсот девяносто тенге, 00 тиынов",
        order.learner.full_name,
        order.edition.academy.signatory,
        order.party.full_name,
        "БСН",
        "БИН",
        "ЖСН",
        "ИИН",
        "ЖСК",
        "ИИК",
        "БСК",
        "БИК",
    ]
    text = text.replace("\N{NO-BREAK SPACE}", " ")
    assert [words for words in said if words not in text] == []


@pytest.mark.parametrize(
    "party",
    [
        {},
        {
            "company_name": LONG,
            "surname": "Әбілқасымова-Нұрмұхамедқызы",
            "name": "Гүлнұрай",
            "patronymic": "Қайратбекқызы",
            "position": "бас директордың цифрлық трансформация жөніндегі орынбасары",
            "address": (
                "071400, Абай облысы, Семей қаласы, Шәкәрім Құдайбердіұлы даңғылы, 123/45, "
                "6-қабат, 601-кеңсе"
            ),
        },
    ],
    ids=["short", "long"],
)
def test_names_however_long_fit_one_page(db, party):
    order = a_performed_order(**party)
    pdf = act(order)
    assert pages_of(pdf) == 1
    text = text_of(pdf)
    for word in f"{order.party.company_name} {order.party.full_name} {order.party.address}".split():
        assert word in text


def test_the_first_act_is_kept_whatever_changes_later(db):
    order = a_performed_order()
    pdf = act(order)
    Academy.objects.update(name_kk="Басқа академия", iban="")
    assert act(Order.objects.with_people().get(pk=order.pk)) == pdf
    assert Entry.objects.of_order(order.code).filter(verb="act.drawn_up").count() == 1


def test_one_act_however_many_ask_at_once(transactional_db):
    order = a_performed_order()

    def ask() -> bytes:
        return act(Order.objects.with_people().get(pk=order.pk))

    assert len(set(at_once([ask] * 3))) == 1
    assert Entry.objects.of_order(order.code).filter(verb="act.drawn_up").count() == 1


def test_there_is_none_before_the_service_is_performed_and_none_for_a_person(db):
    paid = a_paid_order(application=a_company())
    person = a_completed_enrollment().order
    for order in (paid, person):
        order = Order.objects.with_people().get(pk=order.pk)
        assert not may_have_an_act(order)
        with refusal():
            act(order)
        assert not Entry.objects.filter(verb="act.drawn_up").exists()


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_company_takes_it_by_its_order_and_a_stranger_does_not(db, language):
    order = a_performed_order()
    page = f"/{language}/orders/{order.code}/act.pdf"
    assert Client().get(page).status_code == 404
    visitor = Client()
    visitor.get(order_link(order).replace("http://localhost:8000", ""))
    answer = visitor.get(page)
    assert answer["Content-Type"] == "application/pdf"
    assert order.code in text_of(answer.content)


def test_staff_take_it_from_the_order_and_the_journal_says_who(db):
    order = a_performed_order()
    accountant = a_member("accountant")
    desk = signed_in(accountant)
    page = reverse("admin:enrollment_order_act", args=[order.pk])
    assert page in desk.get(reverse("admin:enrollment_order_change", args=[order.pk])).text
    assert order.code in text_of(desk.get(page).content)
    assert Entry.objects.of_order(order.code).get(verb="act.read").by == f"staff:{accountant.pk}"
    assert signed_in(a_member("curator")).get(page).status_code == 403
