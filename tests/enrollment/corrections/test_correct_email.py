"""Correcting the registered e-mail: one learner stays one learner,
and two at once leave one trace (3.1, 12.1.2.2).
"""

from datetime import timedelta
from functools import partial

import pytest

from enrollment.models import Enrollment, Order, Party
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.corrections.learners import correct_name
from enrollment.operations.links import order_link
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from tests.at_once import at_once
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, refusal


def email_of(order: Order) -> str:
    return Order.objects.select_related("party").get(pk=order.pk).party.email


@pytest.mark.clause("3.3", "4.3")
@pytest.mark.parametrize("make", [a_placed_order, a_paid_order])
def test_an_email_under_which_the_learner_has_an_order_already_is_refused(db, make):
    cohort = a_cohort()
    make(cohort=cohort, email="right@example.kz")
    order = make(cohort=cohort, email="wrnog@example.kz")
    document = "" if make is a_placed_order else "заявление № 1"
    with refusal() as refused:
        correct_email(
            order=order, email="right@example.kz", by="staff:1", at=NOON, document=document
        )
    assert refused.value.field == "email"
    assert email_of(order) == "wrnog@example.kz"


def test_the_door_answers_such_an_email_with_a_sentence(transactional_db, client):
    cohort = a_cohort()
    a_placed_order(cohort=cohort, email="right@example.kz")
    order = a_placed_order(cohort=cohort, email="wrnog@example.kz")
    client.get(order_link(order).removeprefix("http://localhost:8000"))
    answer = client.post(f"/kk/orders/{order.code}/email/", {"email": "right@example.kz"})
    assert answer.status_code == 200
    assert answer.context["form"].errors["email"]


@pytest.mark.clause("12.1.2.2")
def test_the_enrollment_follows_the_corrected_email(db):
    order = a_paid_order(email="wrnog@example.kz")
    correct_email(
        order=order, email="right@example.kz", by="staff:1", at=NOON, document="заявление № 1"
    )
    order.refresh_from_db()
    assert Enrollment.objects.get(order=order).learner_key == order.learner_key


def test_a_double_click_at_once_corrects_once(transactional_db):
    order = a_placed_order()
    at_once(
        [lambda: correct_email(order=order, email="right@example.kz", by="visitor", at=NOON)] * 8
    )
    assert Entry.objects.filter(verb="email.corrected").count() == 1
    assert Notice.objects.filter(kind=NoticeKind.EMAIL_CORRECTED).count() == 2


def test_corrections_at_once_each_tell_the_address_before_them(transactional_db):
    order = a_placed_order(email="0@example.kz")
    at_once(
        [
            partial(
                correct_email,
                order=order,
                email=f"{number}@example.kz",
                by="visitor",
                at=NOON + timedelta(0, number),
            )
            for number in range(1, 6)
        ]
    )
    facts = (
        Entry.objects.of_order(order.code)
        .filter(verb="email.corrected")
        .values_list("facts", flat=True)
    )
    assert [said["party_before"] for said in facts][1:] == [said["party"] for said in facts][:-1]


@pytest.mark.clause("2.1", "12.2.2")
def test_what_was_accepted_is_kept_beside_its_corrections(db):
    order = a_paid_order()
    sealed = order.acceptance.sealed
    correct_email(order=order, email="a@example.kz", by="staff:1", at=NOON, document="өтініш № 1")
    correct_email(
        order=order,
        email="b@example.kz",
        by="staff:1",
        at=NOON + timedelta(seconds=1),
        document="өтініш № 2",
    )
    correct_name(
        learner=order.learner,
        surname="Басқа",
        name="Есім",
        patronymic="",
        issued=False,
        by="user:1",
        at=NOON,
    )
    order = Order.objects.with_people().get(pk=order.pk)
    party = order.party.as_accepted(sealed["party"])
    learner = order.learner.as_accepted(sealed["learner"])
    assert (party.digest(), learner.digest()) == (sealed["party"], sealed["learner"])
    assert party.email not in ("a@example.kz", "b@example.kz")
    assert (order.party.email, order.learner.surname) == ("b@example.kz", "Басқа")
    assert learner.surname != "Басқа"


def test_a_correction_before_payment_keeps_nothing_of_the_mistake(db):
    order = a_placed_order()
    correct_email(order=order, email="right@example.kz", by="visitor", at=NOON)
    assert not Party.objects.filter(former_of__isnull=False).exists()
