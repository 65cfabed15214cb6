"""What a learner sees after signing in: the cabinet, the name on the certificate, the proof."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings

from certificates.operations import issue_certificate
from enrollment.models import Enrollment
from enrollment.operations.training.results import ResultWish, record_results
from enrollment.rules.programme import Result
from offer_site.days import end_of_day, start_of_day
from offer_site.telegram.groups import invite, send_due_invites
from tests.browser.scenes.buyers import SOON, a_shop
from tests.browser.scenes.scene import DESK, Visitor, scene
from tests.enrollment.clarifications import a_sent_question
from tests.enrollment.halves.scenes import REST_ON, a_half_paid_order
from tests.enrollment.training.scenes import a_curator, a_taught_cohort
from tests.given import (
    NOON,
    STARTS_ON,
    a_cohort,
    a_completed_enrollment,
    a_paid_order,
    an_owner,
)
from tests.materials.scenes import a_file, a_video
from tests.telegram import fake_telegram

LEARNER = "learner@example.kz"
SECOND_WEEK = start_of_day(STARTS_ON) + timedelta(days=7, hours=9)
ISSUED = NOON + timedelta(days=65)
NAME = {"surname": "", "name": "Гүлнұр", "patronymic": ""}


@scene("cabinet-empty")
def cabinet_empty(visitor: Visitor) -> Any:
    visitor.signs_in(an_owner().email)
    return visitor.opens("cabinet")


@scene("cabinet", at=SOON)
def cabinet(visitor: Visitor) -> Any:
    a_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    a_half_paid_order(cohort=a_cohort(), language=visitor.language, email=LEARNER)
    a_sent_question(cohort=a_cohort(), language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    return visitor.opens("cabinet")


@scene("cabinet-rest-overdue", at=end_of_day(REST_ON) + timedelta(hours=9))
def cabinet_rest_overdue(visitor: Visitor) -> Any:
    a_half_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    return visitor.opens("cabinet")


@scene("cabinet-certificate", at=ISSUED)
def cabinet_certificate(visitor: Visitor) -> Any:
    enrollment = a_completed_enrollment(cohort=a_shop(), language=visitor.language, email=LEARNER)
    issue_certificate(enrollment_id=enrollment.pk, at=ISSUED)
    visitor.signs_in(LEARNER)
    return visitor.opens("cabinet")


@scene("cabinet-name", at=SOON)
def cabinet_name(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    yield "form", visitor.opens("certificate_name", order.code)
    yield "refused", visitor.sends("certificate_name", order.code, values=NAME)


def a_course_under_way(language: str) -> Enrollment:
    """The second week of a course: a programme, materials, results and an invite to the group."""
    cohort = a_taught_cohort()
    cohort.telegram_group = -1001234567890
    cohort.save()
    student = a_paid_order(cohort=cohort, language=language, email=LEARNER).enrollment
    lesson, _later, work = cohort.items.filter(kind__in=["lesson", "assignment"]).order_by(
        "-kind", "number"
    )
    a_video(cohort, item=lesson, title_kk="Сабақ жазбасы", title_ru="Запись занятия")
    a_file(cohort, title_kk="Жұмыс дәптері", title_ru="Рабочая тетрадь")
    record_results(
        wishes=[
            ResultWish(student.pk, lesson.pk, Result("attended")),
            ResultWish(student.pk, work.pk, Result("accepted", 9), "Ұсыныс нақты, мақсат айқын."),
        ],
        by=an_owner(),
        at=SECOND_WEEK,
    )
    return student


@scene("course", at=SECOND_WEEK)
def course(visitor: Visitor) -> Any:
    student = a_course_under_way(visitor.language)
    about = ("enrollment", str(student.pk))
    invite(about=about, group=-1001234567890, label=student.order.code, at=SECOND_WEEK)
    with fake_telegram(settings):
        send_due_invites(at=SECOND_WEEK)
        visitor.signs_in(LEARNER)
        return visitor.opens("course", student.order.code)


@scene("course-before", at=SOON)
def course_before(visitor: Visitor) -> Any:
    order = a_paid_order(cohort=a_cohort(), language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    return visitor.opens("course", order.code)


@scene("material", at=SECOND_WEEK)
def material(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    student = a_course_under_way(visitor.language)
    visitor.signs_in(LEARNER)
    code = student.order.code
    for each in student.cohort.materials.all():
        yield each.kind, visitor.opens("material", code, each.pk)
    file = student.cohort.materials.get(kind="file")
    yield "paper", visitor.opens("material_opening", code, file.pk).content


@scene("results", at=SECOND_WEEK, widths=DESK)
def results(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    student = a_course_under_way(visitor.language)
    curator = a_curator("one", student)
    visitor.force_login(curator)
    cohort = student.cohort.pk
    for kind in ("lesson", "assignment"):
        yield kind, visitor.opens("admin:enrollment_cohort_results", cohort, kind)
    wrong = {"was": "{}", f"r_{student.pk}_{student.cohort.items.get(kind='report').pk}": "99"}
    yield "wrong", visitor.sends("admin:enrollment_cohort_results", cohort, "report", values=wrong)
    yield "file", visitor.opens("admin:enrollment_cohort_results_file", cohort)
    yield "cohort", visitor.opens("admin:enrollment_cohort_change", cohort)


@scene("proof", at=SOON)
def proof(visitor: Visitor) -> Any:
    order = a_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    return visitor.opens("proof", order.code)
