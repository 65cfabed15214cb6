"""Half now, half later (4.3.1): asked, proposed or declined, answered, ordered once;
refused in between.
"""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from enrollment.models import (
    HalvesAnswer,
    HalvesProposal,
    HalvesRequest,
    Installment,
    Order,
    PriceWindow,
)
from enrollment.operations.halves.requests import (
    agree_to_halves,
    decline_halves,
    expire_halves,
    propose_halves,
    refuse_halves,
    request_halves,
    tariff_now,
)
from enrollment.operations.halves.telegram_evidence import keep_picture
from enrollment.operations.offering.offers import publish_offer, withdraw_offer
from enrollment.operations.ordering.orders import lapse_unpaid_orders, place_order
from enrollment.rules.halves import MOVES, BadDay, HalvesState, bad_day, reminder_due
from enrollment.rules.order_states import OrderState
from offer_site.days import end_of_day, start_of_day
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from tests.enrollment.editions import a_later_edition, change
from tests.enrollment.halves.scenes import (
    PNG,
    REST_ON,
    VALID_UNTIL,
    a_half_paid_order,
    a_halves_application,
    a_proposal,
    a_request,
    an_agreement,
    bot_evidence,
    order_under,
    staff_evidence,
    the_tariff,
)
from tests.given import NOON, a_cohort, a_paid_order, an_application, an_owner, refusal

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.3.1")]
STARTS = date(2026, 12, 7)
ENDS = date(2027, 1, 22)


def letters(kind):
    return Notice.objects.filter(kind=kind)


# --- The rules
@pytest.mark.parametrize(
    ("rest_on", "wrong"),
    [
        (date(2026, 12, 6), BadDay.BEFORE_COURSE),
        (date(2026, 12, 7), None),
        (date(2027, 1, 21), None),
        (date(2027, 1, 22), BadDay.AFTER_COURSE),
    ],
)
def test_the_rest_is_due_within_the_course(rest_on, wrong):
    assert (
        bad_day(rest_on=rest_on, valid_until=VALID_UNTIL, starts_on=STARTS, ends_on=ENDS, at=NOON)
        == wrong
    )


def test_the_rest_is_due_after_any_day_on_which_the_order_can_be_placed():
    days = {"rest_on": date(2026, 12, 10), "starts_on": STARTS, "ends_on": ENDS, "at": NOON}
    assert bad_day(valid_until=end_of_day(date(2026, 12, 9)), **days) is None
    assert bad_day(valid_until=end_of_day(date(2026, 12, 10)), **days) == BadDay.BEFORE_ORDER
    assert bad_day(valid_until=NOON, **days) == BadDay.VALID_TOO_SHORT


@pytest.mark.parametrize(
    ("left", "due"), [(8, None), (7, 7), (4, 7), (3, 3), (2, 3), (1, 1), (0, 0), (-1, None)]
)
def test_of_the_reminders_that_are_due_only_the_latest_is_sent(left, due):
    assert (
        reminder_due(rest_on=REST_ON, placed_on=NOON.date(), today=REST_ON - timedelta(days=left))
        == due
    )


def test_no_reminder_is_due_on_a_day_before_the_order_was_placed():
    assert (
        reminder_due(
            rest_on=date(2026, 12, 12), placed_on=date(2026, 12, 7), today=date(2026, 12, 7)
        )
        is None
    )


def test_every_state_of_a_request_is_in_the_table_of_moves():
    assert set(MOVES) == set(HalvesState)


# --- Asking
def test_a_request_is_kept_with_its_consent_and_told_by_a_letter():
    request = a_request(why="Жалақы айдың соңында")
    assert (request.state, request.tariff, request.consent_text) == (
        "asked",
        the_tariff(),
        "Келісемін",
    )
    assert letters(NoticeKind.HALVES_ASKED).get().recipient == request.email
    said = Entry.objects.get(verb="halves.asked")
    assert said.facts["price"] == request.tariff.price
    assert request.email not in str(said.facts)
    assert Order.objects.count() == 0


def test_why_lies_encrypted(django_db_blocker):
    request = a_request(why="Жалақы айдың соңында")
    raw = (
        HalvesRequest.objects.filter(pk=request.pk)
        .extra(select={"raw": "why"})
        .values_list("raw", flat=True)
    )
    assert "Жалақы" not in raw[0]
    request.refresh_from_db()
    assert request.why == "Жалақы айдың соңында"


def test_asked_twice_in_one_browser_it_is_one_request_and_a_stranger_gets_one_of_its_own():
    cohort = a_cohort()
    tariff = the_tariff()
    wanted = {"tariff": tariff, "cohort": cohort, "language": "kk", "at": NOON, "by": "visitor"}
    application = a_halves_application()
    first, is_new = request_halves(application=application, **wanted)
    assert (is_new, request_halves(application=application, **wanted)) == (True, (first, False))
    stranger = a_halves_application(email=application.email)
    assert request_halves(application=stranger, opened=[first.code], **wanted) == (first, False)
    assert HalvesRequest.objects.count() == letters(NoticeKind.HALVES_ASKED).count() == 1
    other, is_new = request_halves(application=stranger, **wanted)
    assert (is_new, other == first) == (True, False), "a stranger is not told of the first one"
    assert request_halves(application=stranger, **wanted) == (other, False)


# --- Answering
def test_staff_decline_with_a_reason_that_the_student_gets():
    request = decline_halves(request=a_request(), reason="Топ толды", by=an_owner(), at=NOON)
    assert (request.state, request.decline_reason, request.declined_at) == (
        "declined",
        "Топ толды",
        NOON,
    )
    assert letters(NoticeKind.HALVES_DECLINED).get().facts["reason"] == "Топ толды"
    assert "Топ толды" not in str(Entry.objects.get(verb="halves.declined").facts)
    with refusal():
        decline_halves(request=request, reason="Тағы", by=an_owner(), at=NOON)


def test_a_proposal_outside_the_course_is_refused_and_nothing_changed():
    request = a_request()
    with refusal() as caught:
        a_proposal(request, rest_on=ENDS)
    assert caught.value.field == "rest_on"
    assert HalvesProposal.objects.count() == letters(NoticeKind.HALVES_PROPOSED).count() == 0
    request.refresh_from_db()
    assert request.state == "asked"


def test_the_student_agrees_and_the_answer_is_evidence():
    proposal = a_proposal()
    request = agree_to_halves(
        request=proposal.request, proposal=1, evidence=bot_evidence(), at=NOON
    )
    answer = HalvesAnswer.objects.get()
    assert (request.state, answer.agrees, answer.said_at, answer.message_id) == (
        "agreed",
        True,
        NOON,
        1,
    )
    assert len(answer.chat_digest) == 64
    facts = letters(NoticeKind.HALVES_AGREED).get().facts
    assert (facts["first"], facts["rest"], facts["rest_on"]) == (
        *divide(request),
        REST_ON.isoformat(),
    )
    assert f"/ru/halves/{request.code}/order/?key=" in facts["checkout_url"]
    with pytest.raises(TypeError, match="never changed"):
        answer.save()


def divide(request):
    half = request.tariff.price // 2
    return request.tariff.price - half, half


def test_an_answer_is_given_once():
    request = an_agreement()
    for again in (agree_to_halves, refuse_halves):
        with refusal():
            again(request=request, proposal=1, evidence=bot_evidence(), at=NOON)
    assert HalvesAnswer.objects.count() == letters(NoticeKind.HALVES_AGREED).count() == 1


def test_after_a_refusal_staff_propose_another_day_and_the_old_buttons_count_no_more():
    proposal = a_proposal()
    request = refuse_halves(request=proposal.request, proposal=1, evidence=bot_evidence(), at=NOON)
    assert request.state == "refused"
    second = a_proposal(request, rest_on=REST_ON + timedelta(days=7))
    assert second.number == 2
    with refusal():
        agree_to_halves(request=request, proposal=1, evidence=bot_evidence(), at=NOON)
    agreed = agree_to_halves(request=request, proposal=2, evidence=bot_evidence(), at=NOON)
    assert (agreed.state, HalvesAnswer.objects.count()) == ("agreed", 2)
    assert letters(NoticeKind.HALVES_PROPOSED).count() == 2


def test_staff_record_an_answer_with_its_picture():
    proposal = a_proposal()
    evidence = staff_evidence()
    agree_to_halves(request=proposal.request, proposal=1, evidence=evidence, at=NOON)
    answer = HalvesAnswer.objects.get()
    assert (answer.by_bot, answer.recorded_by, answer.picture) == (
        False,
        an_owner(),
        evidence.picture,
    )
    assert answer.picture_sha256 == evidence.picture_sha256


def test_the_database_takes_no_answer_without_proof():
    proposal = a_proposal()
    with (
        pytest.raises(IntegrityError, match="an_answer_comes_from_the_bot_or_with_its_picture"),
        transaction.atomic(),
    ):
        HalvesAnswer.objects.create(proposal=proposal, agrees=True, said_at=NOON, recorded_at=NOON)


def test_what_is_no_picture_is_refused():
    with refusal() as caught:
        keep_picture(b"<script>", said_at=NOON, by=an_owner())
    assert caught.value.field == "picture"
    assert keep_picture(PNG, said_at=NOON, by=an_owner()).picture.endswith(".png")


def test_an_answer_after_the_time_of_the_proposal_is_refused_even_before_the_clock_ran():
    proposal = a_proposal()
    with refusal():
        agree_to_halves(
            request=proposal.request,
            proposal=1,
            evidence=bot_evidence(at=VALID_UNTIL),
            at=VALID_UNTIL,
        )
    before = VALID_UNTIL - timedelta(seconds=1)
    assert (
        agree_to_halves(
            request=proposal.request, proposal=1, evidence=bot_evidence(at=before), at=before
        ).state
        == "agreed"
    )


def test_the_clock_ends_what_was_not_used_in_time_once():
    proposed = a_proposal().request
    agreed = an_agreement()
    asked = a_request()
    assert expire_halves(at=VALID_UNTIL - timedelta(seconds=1)) == []
    assert expire_halves(at=VALID_UNTIL) == [proposed.code, agreed.code]
    assert expire_halves(at=VALID_UNTIL) == []
    asked.refresh_from_db()
    assert asked.state == "asked"
    assert Entry.objects.filter(verb="halves.ended").count() == 2


def test_who_asked_anew_is_answered_on_the_newer_request():
    request = an_agreement()
    expire_halves(at=VALID_UNTIL)
    newer = a_request(
        cohort=request.cohort, email=request.email, origin_browser=request.origin_browser
    )
    a_request(cohort=request.cohort, email=request.email)  # a stranger's hinders no answer
    request.refresh_from_db()
    later = {
        "rest_on": REST_ON,
        "valid_until": VALID_UNTIL + timedelta(days=3),
        "by": an_owner(),
        "at": VALID_UNTIL,
    }
    with refusal():
        propose_halves(request=request, **later)
    assert propose_halves(request=newer, **later).number == 1


# --- Ordering
def test_the_order_is_placed_by_half_at_the_level_that_was_open_then():
    request = an_agreement()
    PriceWindow.objects.all().delete()  # nothing is on sale any more
    later = NOON + timedelta(days=1)
    order = order_under(request, at=later)
    assert (order.price, order.prepayment) == (request.tariff.price, divide(request)[0])
    assert order.placed_on == later.date()
    assert list(order.installments.values_list("number", "amount", "due_on")) == [
        (1, divide(request)[0], order.placed_on),
        (2, divide(request)[1], REST_ON),
    ]
    request.refresh_from_db()
    assert (request.state, request.order) == ("ordered", order)
    said = Entry.objects.of_order(order.code).get(verb="halves.ordered")
    assert said.facts["request"] == request.code
    assert letters(NoticeKind.ORDER_PLACED).get().facts["rest_on"] == REST_ON.isoformat()


def test_an_agreement_has_one_order():
    request = an_agreement()
    order = order_under(request)
    assert order_under(request, email="another@example.kz") == order
    assert Order.objects.count() == 1
    assert letters(NoticeKind.ORDER_PLACED).count() == 1


def test_without_an_agreement_or_after_its_time_nothing_is_ordered_by_half():
    for request, at in ((a_proposal().request, NOON), (an_agreement(), VALID_UNTIL)):
        with refusal():
            order_under(request, at=at)
    assert Order.objects.count() == 0


def test_another_tariff_than_the_agreed_one_is_refused():
    request = an_agreement()
    with refusal():
        place_order(
            tariff=the_tariff(level="webinar"),
            cohort=request.cohort,
            language="kk",
            at=NOON,
            by="visitor",
            halves=request,
            application=an_application(email=request.email),
        )
    assert Order.objects.count() == 0


@pytest.mark.clause("4.6")
def test_a_full_cohort_takes_no_order_and_the_agreement_stands():
    cohort = a_cohort(seats=1)
    request = an_agreement(cohort=cohort)
    a_paid_order(cohort=cohort)
    with refusal():
        order_under(request)
    request.refresh_from_db()
    assert request.state == "agreed"
    assert Installment.objects.filter(number=2).count() == 0


@pytest.mark.clause("12.2")
def test_under_a_newer_edition_of_the_same_price_the_order_is_placed_under_the_newer_one(tmp_path):
    request = an_agreement()
    later = NOON + timedelta(hours=1)
    newer, _is_new = publish_offer(folder=a_later_edition(tmp_path), by="system", at=later)
    order = order_under(request, at=later)
    assert (order.edition, order.tariff.edition, order.tariff.level) == (
        newer,
        newer,
        request.tariff.level,
    )
    assert order.price == request.tariff.price


@pytest.mark.clause("12.2")
def test_a_newer_edition_of_another_price_ends_what_was_agreed_on(tmp_path):
    request = an_agreement()
    later = NOON + timedelta(hours=1)
    folder = a_later_edition(tmp_path)
    change(folder, "kk.md", "149 990 (стандартты", "159 990 (стандартты")
    change(folder, "ru.md", "149 990 (стандартная", "159 990 (стандартная")
    change(folder, "terms.toml", "price = 149990", "price = 159990")
    publish_offer(folder=folder, by="system", at=later)
    with refusal() as caught:
        order_under(request, at=later)
    assert caught.value.clause == "12.2"
    assert Order.objects.count() == 0


@pytest.mark.clause("2.4")
def test_a_withdrawn_offer_ends_what_was_agreed_on():
    request = an_agreement()
    withdraw_offer(edition=request.tariff.edition, reason="…", by=an_owner(), at=NOON)
    with refusal():
        tariff_now(request, at=NOON)


@pytest.mark.clause("4.3")
def test_an_order_of_halves_that_was_not_paid_that_day_lapses_and_its_agreement_is_used():
    request = an_agreement()
    order = order_under(request)
    lapse_unpaid_orders(at=start_of_day(order.placed_on + timedelta(days=1)))
    request.refresh_from_db()
    order.refresh_from_db()
    assert (order.state, request.state) == (OrderState.LAPSED, "ordered")


@pytest.mark.clause("2.2.1")
def test_the_half_concludes_the_contract_with_the_schedule_that_was_agreed_on():
    order = a_half_paid_order()
    assert order.state == OrderState.PREPAID
    assert order.acceptance.sealed["schedule"][1] == [
        2,
        order.price - order.prepayment,
        REST_ON.isoformat(),
    ]
    assert (
        letters(NoticeKind.CONTRACT_CONCLUDED).get().facts["rest"] == order.price - order.prepayment
    )


def test_an_unpaid_order_in_full_is_replaced_by_halves_only_when_the_buyer_confirms():
    request = an_agreement()
    application = an_application(email=request.email)
    whole = {
        "tariff": tariff_now(request, at=NOON),
        "cohort": request.cohort,
        "language": "kk",
        "at": NOON,
        "by": "visitor",
        "application": application,
    }
    earlier, _is_new = place_order(**whole)
    with refusal() as caught:
        place_order(**whole, halves=request, opened=[earlier.code])
    assert caught.value.field == "replace"
    order, is_new = place_order(**whole, halves=request, opened=[earlier.code], replace=True)
    assert (is_new, order.prepayment) == (True, divide(request)[0])
    earlier.refresh_from_db()
    assert earlier.state == OrderState.LAPSED
