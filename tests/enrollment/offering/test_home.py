"""The home page: what staff write is drafted, looked at and published; what is empty is absent."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.template import engines
from django.test import Client
from django.urls import reverse

from enrollment.management.sample_home import HOME
from enrollment.models import Course, HomePage, Package, PriceLevel, PriceWindow, ProgrammeItem
from enrollment.operations.offering.home import edit_home, publish_home
from enrollment.rules.home import FIELDS, a_month, read
from enrollment.rules.prices import webinar_code
from enrollment.views.shop import open_shop
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.web.chat import chat_addresses
from tests.at_once import at_once
from tests.enrollment.ordering.test_statements import statements
from tests.given import NOON, PUBLISHED, a_cohort, a_home_page, a_published_offer, an_owner
from tests.services import on_sqlite  # noqa: F401 - in a mark
from tests.staff.conftest import a_member, signed_in

FILLED = ('id="lesson"', 'id="author"', 'id="whom"', "programme-lessons")
BY = "staff:1"
WORDS = {"promise_kk": "Үйреніңіз", "promise_ru": "Освойте", "hours": 4}


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def shown(path="/kk/", **query):
    answer = Client().get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def at_managers_desk(db):
    return signed_in(a_member("manager"))


def a_course():
    a_published_offer()
    return Course.objects.get()


def a_code(cohort, ends_at):
    return webinar_code(secret=settings.SECRET_KEY, cohort_id=cohort.pk, ends_at=ends_at)


# --- What visitors see
def test_what_staff_have_not_filled_is_absent(db):
    a_cohort()
    page = shown()
    assert [mark for mark in FILLED if mark in page] == []
    assert "айына" not in page
    assert 'id="certificate"' in page


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (
            "/kk/",
            ("Лаура Лесбек", "аптасына 4 сағат", "1.2 Бәсекелестерді талдау", "30 мин · жазба"),
        ),
        ("/ru/", ("Лаура Лесбек", "4 часа в неделю", "1.4 Практика", "задание · 2 часа")),
    ],
)
def test_the_page_tells_what_staff_wrote_in_its_language(db, path, words):
    a_home_page(a_cohort())
    page = shown(path)
    assert [mark for mark in FILLED if mark not in page] == []
    assert [each for each in words if each not in page] == []


def test_the_filled_page_asks_three_statements(db, client):
    a_home_page(a_cohort())
    client.get("/kk/")
    assert len(statements(lambda: client.get("/kk/"), status=200)) <= 3


def test_without_a_cohort_the_page_still_tells_of_the_course(db, client):
    cohort = a_cohort()
    a_home_page(cohort)
    PriceWindow.objects.filter(cohort=cohort).delete()
    page = shown()
    assert 'id="author"' in page
    assert 'class="bar"' not in page
    assert len(statements(lambda: client.get("/kk/"), status=200)) <= 3


@pytest.mark.clause("4.1")
def test_a_sum_a_month_stands_only_where_staff_said_over_how_many_months(db):
    a_home_page(a_cohort())
    page = shown("/ru/")
    for amount in ("8\u00a0333", "12\u00a0500", "21\u00a0666"):
        assert amount in page
    assert [a_month(price, 12) for price in (99_990, 120)] == [8_333, 10]
    assert a_month(99_990, None) is None


def test_a_package_begins_with_what_another_has(db):
    package = Package(features_kk="+ ӨЗІМ пакетіндегі және\nКуратор\n- Кеңес")
    assert package.features == (
        ("ӨЗІМ пакетіндегі және", None),
        ("Куратор", True),
        ("Кеңес", False),
    )


@pytest.mark.clause("4.1")
def test_the_ladder_has_only_prices_that_this_visitor_can_have(db):
    cohort = a_cohort()
    levels = [step.level for step in open_shop(at=NOON).ladder]
    assert levels == [PriceLevel.STANDARD, PriceLevel.FULL]
    assert open_shop(at=NOON + timedelta(days=8)).ladder == []
    code = a_code(cohort, NOON + timedelta(hours=2))
    levels = [step.level for step in open_shop(at=NOON, webinar_code=code).ladder]
    assert levels == [PriceLevel.WEBINAR, PriceLevel.STANDARD, PriceLevel.FULL]
    assert "93\u00a0990" not in shown()
    assert "93\u00a0990" in shown(webinar=code)


# --- Links of a webinar
def test_a_webinar_link_that_is_over_says_when_it_ended(db):
    code = a_code(a_cohort(), NOON - timedelta(minutes=7))
    page = shown(webinar=code)
    assert "Вебинар бағасы аяқталды" in page
    assert "11:53" in page
    assert "99\u00a0990" in page
    over = Client().get("/ru/", {"webinar": code})
    assert "Цена вебинара закончилась" in over.content.decode()
    assert "webinar" not in over.cookies


def test_a_webinar_link_of_a_former_cohort_is_over_and_known(db):
    former = a_cohort()
    code = a_code(former, NOON - timedelta(days=90))
    PriceWindow.objects.filter(cohort=former).delete()
    assert "Вебинар бағасы аяқталды" in shown(webinar=code), "nothing is on sale"
    a_cohort()
    assert "Вебинар бағасы аяқталды" in shown(webinar=code)


@pytest.mark.parametrize("typed", ["W", "WEBINAR", "' OR 1=1", "W" * 17, "WK3PAB2-9QW2K4M7XY"])
def test_a_mistyped_webinar_link_says_so(db, typed):
    a_cohort()
    page = shown(webinar=typed)
    assert "Бұл сілтемені танымадық" in page
    assert 'href="#chat"' in page


def test_a_webinar_link_that_holds_says_nothing(db):
    page = shown(webinar=a_code(a_cohort(), NOON + timedelta(hours=2)))
    assert "hero-note" not in page


# --- Draft and publication
def test_a_draft_is_seen_by_staff_alone_until_it_is_published(at_managers_desk):
    course = a_cohort().course
    edit_home(course=course, content=WORDS, by=BY, at=NOON)
    assert "Үйреніңіз" not in shown()
    looked = at_managers_desk.get(reverse("home_preview"))
    assert "Үйреніңіз" in looked.content.decode()
    assert "no-store" in looked["Cache-Control"]
    assert Client().get(reverse("home_preview")).status_code == 302
    publish_home(course=course, by=BY, at=NOON)
    assert "Үйреніңіз" in shown()
    assert "Освойте" in shown("/ru/")
    verbs = Entry.objects.filter(about_kind="course").order_by("number")
    assert list(verbs.values_list("verb", flat=True)) == ["home.edited", "home.published"]
    assert verbs[0].facts == {"fields": ["hours", "promise_kk", "promise_ru"]}


def test_the_same_words_again_change_nothing(db):
    course = a_course()
    edit_home(course=course, content=WORDS, by=BY, at=NOON)
    edit_home(course=course, content=WORDS | {"place_kk": ""}, by=BY, at=NOON + timedelta(days=1))
    publish_home(course=course, by=BY, at=NOON)
    with pytest.raises(RuleViolation):
        publish_home(course=course, by=BY, at=NOON)
    assert Entry.objects.filter(about_kind="course").count() == 2
    assert HomePage.objects.get().changed_at == NOON


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"promise_kk": "Үйреніңіз"}, "promise_kk"),
        ({"whom_yes_kk": "а\nә", "whom_yes_ru": "а"}, "whom_yes_kk"),
    ],
)
def test_words_in_one_language_are_refused_and_nothing_is_kept(db, content, field):
    with pytest.raises(RuleViolation) as refused:
        edit_home(course=a_course(), content=content, by=BY, at=NOON)
    assert refused.value.field == field
    assert not HomePage.objects.exists()
    assert not Entry.objects.filter(verb="home.edited").exists()


def test_one_form_writes_both_languages(at_managers_desk):
    course = a_course()
    url = reverse("admin:enrollment_course_home", args=[course.pk])
    form = at_managers_desk.get(url).content.decode()
    for field in FIELDS.values():
        for column in field.columns:
            assert f'name="{column}"' in form
    refused = at_managers_desk.post(url, {"promise_kk": "Үйреніңіз"}).content.decode()
    assert "Үйреніңіз" in refused, "nothing typed is lost"
    assert "errorlist" in refused
    half = at_managers_desk.post(url, {"lesson_rows_kk": "Тіл", "lesson_rows_ru": "Язык"})
    assert "errorlist" in half.content.decode()
    unsafe = {"lesson_url": "javascript:alert(1)"}
    assert "errorlist" in at_managers_desk.post(url, unsafe).content.decode()
    assert at_managers_desk.post(url, HOME).status_code == 302
    assert HomePage.objects.get().draft == HOME
    publication = reverse("admin:enrollment_course_home-publication", args=[course.pk])
    assert at_managers_desk.post(publication).status_code == 302
    assert HomePage.objects.get().content == HOME


def test_a_form_of_a_page_that_changed_meanwhile_is_refused(at_managers_desk):
    course = a_course()
    url = reverse("admin:enrollment_course_home", args=[course.pk])
    seen = at_managers_desk.get(url).content.decode().partition('name="_seen" value="')[2][:64]
    edit_home(course=course, content=WORDS, by=BY, at=NOON)
    at_managers_desk.post(url, HOME | {"_seen": seen})
    assert HomePage.objects.get().draft == WORDS


def test_who_may_not_edit_the_course_sees_no_draft(db):
    a_course()
    curator = an_owner()
    curator.is_superuser = False
    curator.save()
    assert signed_in(curator).get(reverse("home_preview")).status_code in (302, 403)


def test_the_database_keeps_a_publication_with_its_person(db):
    course = a_course()
    for values in ({"published_at": NOON}, {"published_by": BY}):
        with pytest.raises(IntegrityError), transaction.atomic():
            HomePage.objects.create(course=course, changed_at=NOON, changed_by=BY, **values)


@pytest.mark.parametrize(
    "values", [{"minutes": 0}, {"kind": "assignment", "is_recorded": True}], ids=str
)
def test_the_database_refuses_a_lesson_that_cannot_be(db, values):
    item = {"kind": "lesson", "number": 1, "title_kk": "А", "title_ru": "А"} | values
    with pytest.raises(IntegrityError), transaction.atomic():
        ProgrammeItem.objects.create(cohort=a_cohort(), day=PUBLISHED.date(), **item)


def drafts_of_one_moment(course, *, errors=()):
    """Two people write the first draft of a page at once; how many were done."""
    done = at_once(
        [
            lambda words=words: edit_home(
                course=course,
                content=WORDS | {"place_kk": words, "place_ru": words},
                by=BY,
                at=NOON,
            )
            for words in ("онлайн", "zoom")
        ],
        errors=errors,
    )
    return sum(not isinstance(each, Exception) for each in done)


def test_two_first_drafts_of_one_moment_are_one_page(transactional_db):
    assert drafts_of_one_moment(a_course()) == 2
    assert HomePage.objects.count() == 1
    assert Entry.objects.filter(verb="home.edited").count() == 2


@pytest.mark.faults
@pytest.mark.skipif("on_sqlite()")
def test_without_the_lock_a_first_draft_is_lost(transactional_db, monkeypatch):
    """The control: the test above can fail."""
    course = a_course()
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    for _round in range(20):
        HomePage.objects.all().delete()
        if drafts_of_one_moment(course, errors=Exception) < 2:
            return
    pytest.fail("no draft was lost without the lock")


# --- How it is read
def test_texts_are_read_by_their_kind():
    assert read(FIELDS["whom_yes"], " а \n\n ә") == ["а", "ә"]
    assert read(FIELDS["author_story"], "а\nә\n \nб") == ["а\nә", "б"]
    assert read(FIELDS["lesson_rows"], "Тіл: қазақша, 19:00") == [("Тіл", "қазақша, 19:00")]
    assert read(FIELDS["questions"], "Ше?\nИә.\n\nҚалай?\nЖоқ.\nСолай.") == [
        ("Ше?", "Иә."),
        ("Қалай?", "Жоқ.\nСолай."),
    ]


# --- A person to talk to
def test_a_chat_begins_with_the_code_of_the_order(settings):
    settings.CHAT_TELEGRAM = "academy"
    settings.CHAT_WHATSAPP = "77010000000"
    assert chat_addresses() == {
        "telegram": "https://t.me/academy",
        "whatsapp": "https://wa.me/77010000000",
    }
    assert "SM4K7Q2X" in chat_addresses("SM4K7Q2X")["whatsapp"]


@pytest.mark.parametrize(
    ("telegram", "whatsapp", "links"), [("", "", 0), ("academy", "", 1), ("academy", "77", 2)]
)
def test_only_the_messengers_of_the_settings_are_drawn(settings, telegram, whatsapp, links):
    settings.CHAT_TELEGRAM = telegram
    settings.CHAT_WHATSAPP = whatsapp
    drawn = engines["django"].from_string('{% chat "SM4K7Q2X" %}').render({})
    assert drawn.count("SM4K7Q2X") == links
    assert drawn.count("<a ") == links
