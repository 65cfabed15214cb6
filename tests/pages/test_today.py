"""The cabinet led by what is next: its moments, and the rooms around a contract."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from certificates.operations import issue_certificate
from enrollment.operations.training.results import ResultWish, record_results
from enrollment.rules.programme import Result
from offer_site.accounts.models import User
from offer_site.accounts.operations import admitted_user
from offer_site.days import start_of_day
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice, send_due_notices
from offer_site.pages.cabinet import contracts_of
from offer_site.pages.rooms import new_letters_of
from offer_site.pages.today import todays_of
from tests.accounts.signing import signed_in
from tests.enrollment.force_majeure.scenes import a_report, confirmed
from tests.enrollment.halves.scenes import REST_ON, a_half_paid_order
from tests.enrollment.training.scenes import a_taught_cohort
from tests.given import NOON, a_completed_enrollment, a_paid_order, an_owner

pytestmark = pytest.mark.django_db
ROOMS = ("course", "cabinet_documents", "cabinet_letters", "what_if")


def today_of(order, *, at):
    user = admitted_user(email=order.party.email)
    (shown,) = todays_of(user, contracts_of(user, at=at), at=at)
    return shown


def seen(order, at, page="cabinet", **headers):
    with time_machine.travel(at, tick=False):
        browser = signed_in(order.party.email)
        args = [] if page == "cabinet" else [order.code]
        answer = browser.get(reverse(page, args=args), **headers)
        assert answer.status_code == 200
        return answer.content.decode()


# --- Moments
def test_before_the_course_its_first_lesson_and_what_to_do_lead():
    order = a_paid_order(cohort=a_taught_cohort())
    shown = today_of(order, at=NOON)
    assert (shown.moment, shown.days_until_start) == ("before", 14)
    assert shown.lesson.day == order.cohort.starts_on
    page = seen(order, NOON)
    assert '<section class="next field">' in page
    assert reverse("certificate_name", args=[order.code]) in page
    assert reverse("my_data_contacts", args=[order.code]) in page


def test_during_the_course_each_student_sees_the_own_works_and_no_others():
    cohort = a_taught_cohort()
    mine, other = (a_paid_order(cohort=cohort) for _each in range(2))
    work = cohort.items.get(kind="assignment")
    monday = start_of_day(cohort.starts_on) + timedelta(days=7, hours=9)
    record_results(
        wishes=[
            ResultWish(mine.enrollment.pk, work.pk, Result("accepted", 9), "Ұсыныс нақты"),
            ResultWish(other.enrollment.pk, work.pk, Result("returned"), "Басқаның пікірі"),
        ],
        by=an_owner(),
        at=monday,
    )
    shown = today_of(mine, at=monday)
    assert (shown.moment, shown.lesson.item.number, shown.lesson.is_today) == ("during", 2, True)
    assert [(row.points, row.comment) for row in shown.seen] == [(9, "Ұсыныс нақты")]
    assert shown.average == "9,0"
    assert [row.mark for row in today_of(other, at=monday).to_do] == ["returned"]
    page = seen(mine, monday)
    assert "Ұсыныс нақты" in page
    assert "Басқаның пікірі" not in page


@pytest.mark.clause("4.3.1")
def test_a_debt_leads_with_its_sum_its_day_and_its_button():
    order = a_half_paid_order()
    early = start_of_day(REST_ON) - timedelta(days=8)
    late = start_of_day(REST_ON) + timedelta(days=2)
    pay = f'href="{reverse("order", args=[order.code])}#rest"'
    for at, leads in ((early, False), (early + timedelta(days=1), True), (late, True)):
        shown = today_of(order, at=at)
        assert (shown.moment == "debt") == leads
        assert shown.shows_money != leads
        page = seen(order, at)
        assert ('<h2 class="debt">' in page) == leads
        assert page.count(pay) == 1, "one button, wherever it stands"
    assert "state-bad" in page
    assert page.index('class="debt"') < page.index('class="part-title"')


@pytest.mark.clause("9.1")
def test_the_certificate_leads_on_its_day_with_its_picture_and_the_ways_to_show_it(
    settings, tmp_path
):
    settings.MEDIA_ROOT = str(tmp_path)
    after = NOON + timedelta(days=65)
    enrollment = a_completed_enrollment()
    order = enrollment.order
    assert today_of(order, at=after).moment == "preparing"
    certificate = issue_certificate(enrollment_id=enrollment.pk, at=after)
    assert today_of(order, at=after).moment == "certified"
    page = seen(order, after)
    for kind in ("screen", "story", "post"):
        assert reverse("certificate_picture", args=[order.code, kind]) in page
    assert "linkedin.com/profile/add?startTask=CERTIFICATION_NAME" in page
    assert f'data-copy="{certificate.public_address}"' in page
    assert page.index("<img") < page.index('class="part-title"')


@pytest.mark.clause("8.6")
def test_a_force_majeure_that_lasts_leads():
    order = a_paid_order()
    began = NOON + timedelta(days=16)
    confirmed(a_report(order, began_on=began.date(), at=began), at=began)
    assert today_of(order, at=began).moment == "force_majeure"
    assert seen(order, began).count("notice-care") == 0, "it is said once"


# --- Rooms
def test_the_rooms_of_a_contract_open_for_its_student_and_nobody_else():
    order = a_paid_order()
    other = a_paid_order()
    for page in ROOMS:
        shown = seen(order, NOON, page)
        assert shown.count('aria-current="page"') >= 1
        for room in ROOMS:
            assert f'href="{reverse(room, args=[order.code])}"' in shown
        with time_machine.travel(NOON, tick=False):
            address = reverse(page, args=[order.code])
            assert signed_in(other.party.email).get(address).status_code == 404


@pytest.mark.clause("2.2.1")
def test_the_documents_name_every_payment_with_its_day():
    order = a_half_paid_order()
    shown = seen(order, NOON + timedelta(days=1), "cabinet_documents")
    (contract,) = contracts_of(admitted_user(email=order.party.email), at=NOON)
    ((_day, amount),) = contract.paid_parts
    assert amount == order.prepayment
    assert f'value="{order.prepayment}' in shown
    assert f'datetime="{contract.certificate_due_on}"' in shown, "when the certificate comes"


def test_letters_are_new_until_they_are_looked_at():
    order = a_paid_order()
    with time_machine.travel(NOON, tick=False):
        send_due_notices(at=NOON)
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        signed_in(order.party.email)
        user = User.objects.get(email=order.party.email)
        assert new_letters_of(user, [order]) == 0, "those of before the first sign-in are in it"
    later = NOON + timedelta(hours=2)
    with time_machine.travel(later, tick=False):
        queue_notice(
            NoticeKind.SESSIONS_ENDED,
            about=("user", str(user.pk)),
            to=order.party.email,
            language="kk",
            order=order.code,
            facts={"moment": "12:00", "sign_in_url": "https://academy.example.kz/kk/sign-in/"},
            at=later,
        )
        send_due_notices(at=later)
    with time_machine.travel(later + timedelta(minutes=1), tick=False):
        browser = signed_in(order.party.email)
        assert '<span class="count">1</span>' in browser.get(reverse("cabinet")).text
        letters = reverse("cabinet_letters", args=[order.code])
        browser.head(letters)
        assert '<span class="count">1</span>' in browser.get(reverse("cabinet")).text
        browser.get(letters)
        assert 'class="count"' not in browser.get(reverse("cabinet")).text
