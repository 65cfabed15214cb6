"""2.5: works are announced on every page, then close the site; money and staff are served."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone

from enrollment.models import Order
from offer_site.accounts.models import User
from offer_site.days import ALMATY
from offer_site.journal.models import Entry
from offer_site.maintenance.models import Maintenance
from offer_site.maintenance.now import STALE_AFTER, forget, maintenance_at, remember
from offer_site.maintenance.operations import announce_maintenance, end_maintenance
from tests.at_once import at_once
from tests.given import a_cohort, a_placed_order, an_owner, refusal
from tests.payments.kaspi import a_payment, result
from tests.staff.conftest import a_member, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("2.5")]

MINUTE = timedelta(minutes=1)
WORDS = {"words_kk": "Дерекқорды жаңартамыз.", "words_ru": "Обновляем базу данных."}
PAGE = "/admin/maintenance/maintenance/"


def announced(*, starts=-MINUTE, lasts=20 * MINUTE, at=None):
    """Works that begin `starts` from now; the process asks the database at its next page."""
    at = at or timezone.now()
    works = announce_maintenance(
        starts_at=at + starts, ends_at=at + starts + lasts, **WORDS, by="staff:1", at=at
    )
    forget()
    return works


def test_before_they_begin_every_page_announces_them_in_its_language():
    a_cohort()
    order = a_placed_order(at=timezone.now())
    announced(starts=60 * MINUTE)
    for language, words in (("kk", WORDS["words_kk"]), ("ru", WORDS["words_ru"])):
        for page in ("", "offer/", "sign-in/", "checkout/birge/", f"orders/{order.code}/"):
            answer = Client().get(f"/{language}/{page}")
            assert answer.status_code in (200, 404), page
            assert words in answer.text, page
    assert 'class="banner"' not in Client().get("/live").text


def test_while_they_go_on_visitors_read_503_in_both_languages_and_when_to_come_back(caplog):
    a_cohort()
    works = announced()
    for language, first, second in (("kk", "kk", "ru"), ("ru", "ru", "kk")):
        answer = Client().get(f"/{language}/")
        assert answer.status_code == 503
        assert 0 < int(answer["Retry-After"]) <= 19 * 60
        text = answer.text
        assert text.index(WORDS[f"words_{first}"]) < text.index(WORDS[f"words_{second}"])
        assert f'lang="{second}"' in text
        assert "no-store" in answer["Cache-Control"]
    assert Client().post("/kk/checkout/birge/", {"surname": "typed"}).status_code == 503
    assert Client().get("/verify/").status_code == 503
    assert caplog.records == []
    assert works.is_going_on(timezone.now())


def test_meanwhile_banks_health_styles_and_staff_are_served():
    works = announced()
    assert Client().get("/live").text == "live\n"
    ready = Client().get("/ready")
    assert ready.status_code == 200
    assert ready.text.startswith(f"ready; maintenance until {works.ends_at:%Y-%m-%dT%H:%M}")
    assert Client().get("/ru/sign-in/").status_code == 200
    assert signed_in(an_owner()).get("/admin/").status_code == 200
    for path in ("/callbacks/kaspi/", "/callbacks/card/pay/", "/callbacks/telegram/"):
        assert Client().post(path).status_code != 503, path


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_comes_back_from_the_bank_meanwhile_reads_where_the_confirmation_goes(method):
    order = a_placed_order(at=timezone.now())
    announced()
    for query in ("", "?result=failed"):
        answer = getattr(Client(), method)(f"/ru/orders/{order.code}/payments/return/{query}")
        assert (answer.status_code, "Retry-After" in answer) == (503, True)
        assert "придёт письмо" in answer.text
        assert "хат келеді" in answer.text
    assert "придёт письмо" not in Client().get(f"/ru/orders/{order.code}/").text


def test_meanwhile_staff_look_at_public_pages_and_send_nothing():
    a_cohort()
    works = announced()
    desk = signed_in(an_owner())
    looked = desk.get("/ru/")
    assert looked.status_code == 200
    assert WORDS["words_ru"] in looked.text
    assert desk.post("/ru/checkout/birge/", {"surname": "typed"}).status_code == 503
    buyer = signed_in(User.objects.create_user("buyer@example.kz"))
    assert buyer.get("/ru/").status_code == 503
    desk = Client()
    desk.force_login(an_owner())
    assert desk.get("/ru/").status_code == 200
    remember([works])
    with connection.execute_wrapper(_no_database):
        assert desk.get("/ru/").status_code == 503


def test_money_that_comes_meanwhile_concludes_the_contract():
    now = timezone.now()
    order = a_placed_order(at=now)
    announced()
    assert result(a_payment(order, at=now)) == 0
    assert Order.objects.accepted().get() == order


def test_staff_announce_and_end_them_at_their_desk():
    desk = signed_in(a_member("manager"))
    begins = timezone.now().astimezone(ALMATY) + 60 * MINUTE
    typed = {
        "starts_at": f"{begins:%Y-%m-%dT%H:%M}",
        "ends_at": f"{begins + 20 * MINUTE:%Y-%m-%dT%H:%M}",
        **WORDS,
    }
    wrong = desk.post(f"{PAGE}add/", typed | {"ends_at": typed["starts_at"]})
    form = wrong.context["adminform"].form
    assert list(form.errors) == ["ends_at"]
    assert form["words_ru"].value() == WORDS["words_ru"]
    assert desk.post(f"{PAGE}add/", typed).status_code == 302
    works = Maintenance.objects.get()
    assert f"{works.starts_at.astimezone(ALMATY):%Y-%m-%dT%H:%M}" == typed["starts_at"]
    assert WORDS["words_kk"] in desk.get(f"{PAGE}{works.pk}/change/").text
    desk.post(f"{PAGE}{works.pk}/change/", typed | {"words_ru": "Другое"})
    assert desk.get(f"{PAGE}{works.pk}/end/").status_code == 200
    assert desk.post(f"{PAGE}{works.pk}/end/").status_code == 302
    works.refresh_from_db()
    assert (works.words_ru, works.ended_at is None) == (WORDS["words_ru"], False)
    assert Entry.objects.about("maintenance", works.pk).count() == 2
    assert signed_in(a_member("curator")).get(f"{PAGE}add/").status_code == 403


def test_they_end_by_themselves():
    works = announced(lasts=2 * MINUTE)
    assert maintenance_at(works.ends_at - timedelta(seconds=1)) == works
    assert maintenance_at(works.ends_at) is None  # though the process still knows the row


def test_a_person_ends_them_early_and_once():
    works = announced()
    now = timezone.now()
    end_maintenance(maintenance=works, by="staff:2", at=now)
    ended = end_maintenance(maintenance=works, by="staff:3", at=now + MINUTE)
    assert (ended.ended_by, ended.ended_at) == ("staff:2", now)
    forget()
    assert Client().get("/ru/sign-in/").status_code == 200
    assert Client().get("/verify/").status_code == 200
    verbs = Entry.objects.about("maintenance", works.pk).values_list("verb", "by")
    assert list(verbs) == [("maintenance.announced", "staff:1"), ("maintenance.ended", "staff:2")]


@pytest.mark.parametrize(
    ("starts", "lasts", "field"),
    [
        (MINUTE, -MINUTE, "ends_at"),
        (-60 * MINUTE, 30 * MINUTE, "ends_at"),
        (MINUTE, timedelta(hours=25), "ends_at"),
    ],
)
def test_a_time_that_cannot_be_is_refused(starts, lasts, field):
    with refusal() as refused:
        announced(starts=starts, lasts=lasts)
    assert refused.value.field == field
    assert not Maintenance.objects.exists()


def test_works_do_not_overlap_and_what_is_called_off_leaves_its_time():
    first = announced(starts=60 * MINUTE)
    with refusal() as refused:
        announced(starts=70 * MINUTE)
    assert refused.value.field == "starts_at"
    end_maintenance(maintenance=first, by="staff:1", at=timezone.now())
    announced(starts=70 * MINUTE)


@pytest.mark.django_db(transaction=True)
def test_of_two_announced_in_one_moment_one_stands():
    def announce():
        return announced(starts=60 * MINUTE)

    answers = at_once([announce, announce], errors=Exception)
    assert sum(isinstance(each, Maintenance) for each in answers) == 1
    assert Maintenance.objects.count() == 1


def test_the_database_keeps_its_promises():
    now = timezone.now()
    row = {
        "starts_at": now,
        "ends_at": now + MINUTE,
        **WORDS,
        "announced_at": now,
        "announced_by": "staff:1",
    }
    for wrong in ({"ends_at": now}, {"words_kk": ""}, {"ended_at": now}, {"ended_by": "staff:1"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Maintenance.objects.create(**row | wrong)


def test_pages_ask_nothing_for_ten_seconds(django_assert_num_queries):
    forget()
    maintenance_at(timezone.now())
    assert STALE_AFTER == 10
    with django_assert_num_queries(0):
        maintenance_at(timezone.now())


def test_while_the_database_is_away_what_was_known_holds():
    works = announced()
    assert maintenance_at(timezone.now()) == works
    remember([works])
    with connection.execute_wrapper(_no_database):
        assert maintenance_at(timezone.now()) == works
        forget()
        assert maintenance_at(timezone.now()) is None


def _no_database(execute, sql, params, many, context):
    raise OperationalError("the server closed the connection")
