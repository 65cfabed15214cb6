"""What a student may do under the contract, told in long names: own data, news, answers, ends."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings

from enrollment.models import Enrollment, Order
from enrollment.operations.endings.proposals import answer_proposal
from enrollment.operations.ordering.consents import ConsentOrigin, allow_marketing
from enrollment.operations.ordering.orders import lapse_unpaid_orders
from enrollment.operations.training.results import ResultWish, record_results
from enrollment.rules.programme import Result
from enrollment.rules.sides import Side
from offer_site.documents import NamedDocument
from offer_site.maintenance.now import forget
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.news import news_off_link
from offer_site.retention.wishes import ask_to_erase
from tests.browser.scenes.buyers import SOON, a_shop
from tests.browser.scenes.learners import LEARNER, SECOND_WEEK
from tests.browser.scenes.scene import Visitor, scene
from tests.browser.scenes.visitors import works
from tests.enrollment.claims.scenes import a_claim, a_counterclaim, an_answer
from tests.enrollment.conduct.scenes import (
    a_breach,
    a_proposal,
    a_reviewed_breach,
    a_student,
    owner_of,
)
from tests.enrollment.force_majeure.scenes import a_report, confirmed
from tests.enrollment.training.scenes import a_programme
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, an_owner
from tests.materials.scenes import a_file
from tests.notices.post import a_notice
from tests.papers import a_document

LATER = NOON + timedelta(hours=3)
LONG = {
    "surname": "Әбдірахманқызы",
    "name": "Гүлбаршын-Жанерке",
    "patronymic": "Нұрмұхамедқызы",
    "email": LEARNER,
    "address": "050060, Алматы қаласы, Бостандық ауданы, Әл-Фараби даңғылы, 77/8, 214-пәтер",
}
FILE = "Нұрмұхамедқызы-Гүлбаршын-Жанерке-чаттың-экран-көшірмесі-2026-11-23.png"


def a_long_order(visitor: Visitor, **wishes: Any) -> Order:
    return a_paid_order(language=visitor.language, **LONG | wishes)


@scene("my-data", at=LATER)
def my_data(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """One's own data: the page, the copy, contacts, a wish to erase; and without an order."""
    visitor.signs_in(an_owner().email)
    yield "empty", visitor.opens("my_data")
    cohort = a_shop()
    a_placed_order(cohort=cohort, language=visitor.language, at=NOON - timedelta(days=2), **LONG)
    lapse_unpaid_orders(at=NOON - timedelta(days=1))
    order = a_long_order(visitor, cohort=cohort)
    visitor.signs_in(LEARNER)
    yield "page", visitor.opens("my_data")
    yield "contacts", visitor.opens("my_data_contacts", order.code)
    wrong = {"phone": "12", "address": ""}
    yield "refused", visitor.sends("my_data_contacts", order.code, values=wrong)
    right = {"phone": "8 707 111 22 33", "address": LONG["address"]}
    yield "corrected", visitor.sends("my_data_contacts", order.code, values=right)
    origin = ConsentOrigin("cabinet", "198.18.0.1", "scene")
    wish = {"text": "Жаңалықтар", "language": "kk", "by": "user:1", "at": NOON, "origin": origin}
    allow_marketing(email=LEARNER, **wish)
    ask_to_erase(user=owner_of(order), origin=origin, at=NOON)
    yield "wish", visitor.opens("my_data")
    yield "all", visitor.sends("my_data_export", values={"form": "page"})
    visitor.cookies["theme"] = "dark"
    yield "dark", visitor.opens("my_data")


@scene("news", at=SOON)
def news(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """The switch of news in a letter: the question, and what it did."""
    a_shop()
    letter = a_notice(NoticeKind.COHORT_OFFER, language=visitor.language)
    address = news_off_link(letter).removeprefix(settings.SITE_URL)
    yield "asked", visitor.get(address)
    yield "off", visitor.post(address, {})
    yield "forged", visitor.get(address[:-4] + "abc/")


@scene("breach-reviewed", at=LATER)
def breach_reviewed(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """What another person found: confirmed with a demand of 11.6, withdrawn; and the cabinet."""
    order = a_student(language=visitor.language, **LONG)
    a_reviewed_breach("withdrawn", order, rule="6.3-3")
    a_reviewed_breach("confirmed", order, rule="11.5-1")
    visitor.signs_in(LEARNER)
    words = {"text": "Мен ондай сөз жазған жоқпын: хабарламаны топтағы басқа адам жіберген."}
    visitor.sends("cabinet_breach", order.code, 2, values=words)
    yield "withdrawn", visitor.opens("cabinet_breach", order.code, 1)
    yield "confirmed", visitor.opens("cabinet_breach", order.code, 2)
    yield "cabinet", visitor.opens("cabinet")


@scene("ending-over", at=LATER)
def ending_over(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """Talks of the end: one's own proposal waits, was taken back, and was refused."""
    order = a_student(language=visitor.language, **LONG)
    a_proposal(order, returned=40_000)
    visitor.signs_in(LEARNER)
    yield "waits", visitor.opens("cabinet_ending", order.code)
    visitor.sends("cabinet_ending_withdrawal", order.code, values={})
    proposal = a_proposal(order, at=LATER)
    no = {"accepts": False, "reason": "Топтағы орын бос қалады."}
    answer_proposal(proposal=proposal, side=Side.ACADEMY, by=an_owner(), at=LATER, **no)
    yield "declined", visitor.opens("cabinet_ending", order.code)


@scene("claim-over", at=NOON + timedelta(days=4))
def claim_over(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """Claims that were withdrawn, declined, refused at the field; and their list."""
    order = a_long_order(visitor, cohort=a_shop())
    visitor.signs_in(LEARNER)
    visitor.sends("claim_withdrawal", order.code, a_claim(order).pk, values={})
    long = {"demand": "Нұсқаулықтағы 1.3 сабағын қайта өткізу. " * 6}
    an_answer(a_claim(order, amount=149_990, files=(NamedDocument(FILE, a_document()),), **long))
    counter = a_counterclaim(order)
    claims = list(order.claims.order_by("pk"))
    yield "withdrawn", visitor.opens("claim", order.code, claims[0].pk)
    yield "answered", visitor.opens("claim", order.code, claims[1].pk)
    empty = {"verdict": "", "reasons": ""}
    yield "refused", visitor.sends("claim_reply", order.code, counter.pk, values=empty)
    yield "cabinet", visitor.opens("cabinet")
    wrong = {"began_on": "кеше", "words": ""}
    yield "force-majeure", visitor.sends("force_majeure_create", order.code, values=wrong)
    confirmed(a_report(order))
    yield "busy", visitor.opens("cabinet")
    visitor.cookies["theme"] = "dark"
    yield "dark", visitor.opens("claim", order.code, counter.pk)


@scene("course-long", at=SECOND_WEEK)
def course_long(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """A course whose words are long, with a work sent back, and then with access shut off."""
    student = a_long_course(visitor)
    visitor.signs_in(LEARNER)
    yield "open", visitor.opens("course", student.order.code)
    a_breach(student.order, rule="6.3-1", at=SECOND_WEEK)
    yield "shut", visitor.opens("course", student.order.code)
    visitor.cookies["theme"] = "dark"
    yield "dark", visitor.opens("course", student.order.code)


def a_long_course(visitor: Visitor) -> Enrollment:
    cohort = a_cohort()
    lesson, later, work, _report = a_programme(cohort)
    names = {
        lesson: ("Бейінді безендіру және мақсатты аудитория", "Оформление профиля и аудитория"),
        later: ("Қазақстандықтардың сатып алу әдеттері", "Покупательские привычки"),
        work: ("Бәсекелестердің салыстырмалы кестесі", "Сравнительная таблица конкурентов"),
    }
    for item, (item.title_kk, item.title_ru) in names.items():
        item.save()
    student = a_long_order(visitor, cohort=cohort).enrollment
    words = "Кестедегі үшінші бәсекелестің бағасы жоқ. https://example.kz/" + "uzak-silteme-" * 6
    record_results(
        wishes=[
            ResultWish(student.pk, lesson.pk, Result("absent")),
            ResultWish(student.pk, work.pk, Result("returned"), words),
        ],
        by=an_owner(),
        at=SECOND_WEEK,
    )
    a_file(cohort, item=later, title_kk="Жұмыс дәптері", title_ru="Рабочая тетрадь")
    return student


@scene("maintenance-everywhere", at=NOON)
def maintenance_everywhere(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """The banner over a cabinet, and the closed page to whoever comes back to an order."""
    order = a_long_order(visitor, cohort=a_shop())
    visitor.signs_in(LEARNER)
    works(starts=timedelta(hours=10))
    yield "banner", visitor.opens("cabinet")
    works(starts=timedelta(minutes=-1))
    yield "closed", visitor.opens_order(order)
    forget()
