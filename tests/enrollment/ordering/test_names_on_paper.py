"""Names as the certificate can print them: letters, shapes of one sign, a single name (9.3)."""

from datetime import timedelta

import pytest
import time_machine

from certificates.operations import certificate_file, issue_certificate
from enrollment.models import Clarification, Order
from enrollment.operations.training.enrollments import complete_enrollment
from offer_site.days import start_of_day
from tests.certificates.papers import words_of
from tests.given import NOON, a_cohort, a_receipt, an_owner, receive

from .test_checkout import GUARDIAN, PERSON, send
from .test_doubts import buttons


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def certified(order: Order) -> str:
    """What the certificate of a paid order says on its face."""
    receive(a_receipt(order), order)
    order = Order.objects.get(pk=order.pk)
    performed = start_of_day(order.cohort.ends_on) + timedelta(hours=12)
    complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=performed)
    issued = issue_certificate(enrollment_id=order.enrollment.pk, at=performed + timedelta(days=1))
    return words_of(certificate_file(issued), 0)


@pytest.mark.clause("9.5")
def test_who_has_one_name_only_is_asked_once_and_certified_under_it(db, client):
    a_cohort()
    asked = send(client, PERSON, surname="Сукарно", name="", patronymic="")
    assert asked.status_code == 200
    assert not Order.objects.exists()
    kept = send(
        client, PERSON, surname="Сукарно", name="", patronymic="", kept=buttons(asked)["kept"]
    )
    assert kept.status_code == 302
    order = Order.objects.get()
    assert "Сукарно" in certified(order)
    assert not Clarification.objects.exists()


def test_a_child_may_have_one_name_only(db, client):
    a_cohort()
    one_name = {"learner_surname": "Сукарно", "learner_name": "", "learner_patronymic": ""}
    asked = send(client, GUARDIAN, **one_name)
    assert send(client, GUARDIAN, **one_name, kept=buttons(asked)["kept"]).status_code == 302
    assert Order.objects.get().learner.full_name == "Сукарно"


def test_without_any_name_there_is_nothing_to_keep(db, client):
    a_cohort()
    answer = send(client, PERSON, surname="", name="", patronymic="")
    assert buttons(answer) == {"take": [], "kept": []}
    assert not Order.objects.exists()


def test_a_letter_that_the_certificate_lacks_is_named_at_its_field_and_nothing_is_lost(db, client):
    a_cohort()
    answer = send(client, PERSON, surname="Şahin")
    assert "«Ş»" in answer.text
    assert 'value="Şahin"' in answer.text
    assert not Order.objects.exists()


def test_a_name_stands_on_the_certificate_with_one_shape_of_each_sign(db, client):
    a_cohort()
    assert send(client, PERSON, surname="О`Нил–Қожа\u2011Ахмет").status_code == 302
    assert "О’Нил-Қожа-Ахмет" in certified(Order.objects.get())
