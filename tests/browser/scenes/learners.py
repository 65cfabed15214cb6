"""What a learner sees after signing in: the cabinet, the name on the certificate, the proof."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings

from certificates.operations import issue_certificate
from enrollment.models import Debtor, Enrollment, StudentWork
from enrollment.operations.links import certificate_link, proposal_link
from enrollment.operations.terms.deadlines import open_deadline
from enrollment.operations.training.moves import end_move, propose_move
from enrollment.operations.training.results import ResultWish, record_results
from enrollment.operations.training.works import HandedIn, hand_in
from enrollment.rules.programme import Result
from enrollment.rules.sides import Side
from offer_site.correspondence.receiving import keep_mail
from offer_site.correspondence.writing import put_to_order
from offer_site.days import end_of_day, start_of_day
from offer_site.documents import NamedDocument
from offer_site.journal.operations import actor
from offer_site.notices.incoming import ArrivedMail
from offer_site.telegram.groups import invite, send_due_invites
from tests.browser.scenes.buyers import SOON, a_shop
from tests.browser.scenes.scene import DESK, Visitor, scene
from tests.correspondence.mails import a_mail
from tests.enrollment.agreements.scenes import answered
from tests.enrollment.claims.scenes import a_claim, a_counterclaim, a_request, an_answer
from tests.enrollment.clarifications import a_sent_question
from tests.enrollment.conduct.scenes import a_breach, a_proposal, a_student
from tests.enrollment.force_majeure.scenes import a_report, confirmed, over
from tests.enrollment.halves.scenes import REST_ON, a_half_paid_order
from tests.enrollment.offering.scenes import a_coming_edition, an_edition_answer, told
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
from tests.papers import a_document
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


@scene("cabinet-before", at=SOON)
def cabinet_before(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """One contract before its course: what is next, its documents, and what if."""
    cohort = a_taught_cohort()
    order = a_paid_order(cohort=cohort, language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    yield "today", visitor.opens("cabinet")
    yield "documents", visitor.opens("cabinet_documents", order.code)
    yield "what-if", visitor.opens("what_if", order.code)


@scene("cabinet-during", at=SECOND_WEEK)
def cabinet_during(visitor: Visitor) -> Any:
    student = a_course_under_way(visitor.language)
    student.cohort.joining_link = "https://lessons.example/join"
    student.cohort.save()
    visitor.signs_in(LEARNER)
    return visitor.opens("cabinet")


@scene("cabinet-debt", at=end_of_day(REST_ON) - timedelta(days=5, hours=9))
def cabinet_debt(visitor: Visitor) -> Any:
    a_half_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    return visitor.opens("cabinet")


@scene("cabinet-terms", at=SOON)
def cabinet_terms(visitor: Visitor) -> Any:
    """A term that runs, one that was met, one whose last day is after the day that was told."""
    question = a_sent_question(cohort=a_shop(), language=visitor.language, email=LEARNER)
    open_deadline(
        order=question.order,
        clause="10.2.3",
        days=10,
        in_working_days=False,
        event_on=NOON.date() + timedelta(days=3),
        owed_by=Debtor.ACADEMY,
        at=NOON,
    )
    a_half_paid_order(cohort=a_cohort(), language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    return visitor.opens("cabinet")


@scene("edition", at=SOON)
def edition(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """A later edition, told to a contract holder, who objects (12.2.1)."""
    order = a_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    with TemporaryDirectory() as folder:
        later = a_coming_edition(Path(folder))
    notice = told(order, at=SOON)
    visitor.signs_in(LEARNER)
    yield "cabinet", visitor.opens("cabinet")
    yield "asked", visitor.opens("edition_answer", order.code, later.name)
    an_edition_answer(notice, words="10.3-тармаққа келіспеймін", at=SOON)
    yield "objected", visitor.opens("edition_answer", order.code, later.name)
    yield "offer", visitor.opens("offer")
    yield "coming", visitor.opens("offer_edition", later.name)


@scene("cabinet-cohort", at=SOON)
def cabinet_cohort(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    propose_move(
        enrollment=order.enrollment,
        to=a_cohort(starts_on=order.cohort.ends_on + timedelta(days=30)),
        reason="ауырды",
        by=an_owner(),
        at=SOON,
    )
    visitor.signs_in(LEARNER)
    yield "asked", visitor.opens("cabinet")
    yield "answer", visitor.opens("cohort_move", order.code)
    yield "replaced", visitor.sends("cohort_move", order.code, values={"answer": "agree"})


@scene("proposal", at=NOON + timedelta(days=2))
def proposal_of_a_letter(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """What the buttons of letters open without signing in: each proposal, and what became of it."""
    order = a_student(language=visitor.language, email=LEARNER)
    proposed = a_proposal(order, side=Side.ACADEMY, returned=40_000)
    move = propose_move(
        enrollment=order.enrollment,
        to=a_cohort(starts_on=order.cohort.ends_on + timedelta(days=30)),
        reason="ауырды",
        by=an_owner(),
        at=SOON,
    )
    answer = an_answer(a_claim(order))
    links = {
        "move": proposal_link(order, "move", move.pk),
        "ending": proposal_link(order, "ending", proposed.number),
        "claim": proposal_link(order, "claim", answer.claim_id),
    }
    pages = {name: link.removeprefix(settings.SITE_URL) for name, link in links.items()}
    for name, page in pages.items():
        yield name, visitor.get(page)
    yield "neither", visitor.post(pages["claim"], {})
    answered(order, "claim", answer.claim_id, at=NOON + timedelta(days=2))
    yield "answered", visitor.get(pages["claim"])
    end_move(move=move, by=actor(an_owner()), at=NOON + timedelta(days=2))
    yield "taken-back", visitor.get(pages["move"])


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


@scene("certificate-shared", at=ISSUED)
def certificate_shared(visitor: Visitor) -> Any:
    """The page that the letter's link opens without a code."""
    enrollment = a_completed_enrollment(cohort=a_shop(), language=visitor.language, email=LEARNER)
    issue_certificate(enrollment_id=enrollment.pk, at=ISSUED)
    link = certificate_link(enrollment.order, visitor.language)
    visitor.get(link.removeprefix(settings.SITE_URL))
    return visitor.opens("certificate", enrollment.order.code)


@scene("conduct", at=NOON + timedelta(hours=2))
def conduct(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """A breach that shuts off access, its page and a refused objection."""
    order = a_student(language=visitor.language, email=LEARNER)
    a_breach(order, rule="6.3-3")
    visitor.signs_in(LEARNER)
    yield "cabinet", visitor.opens("cabinet")
    yield "breach", visitor.opens("cabinet_breach", order.code, 1)
    yield "refused", visitor.sends("cabinet_breach", order.code, 1, values={"text": ""})


@scene("ending", at=NOON + timedelta(hours=2))
def ending(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """The end by agreement: the form, a day that is too near, the proposal of the academy."""
    order = a_student(language=visitor.language, email=LEARNER)
    near = {"day": "another", "ends_on": "2026-12-22", "returned": "40000"}
    visitor.signs_in(LEARNER)
    yield "form", visitor.opens("cabinet_ending", order.code)
    yield "refused", visitor.sends("cabinet_ending", order.code, values=near)
    a_proposal(order, side=Side.ACADEMY, returned=50_000)
    yield "asked", visitor.opens("cabinet_ending", order.code)
    yes = {"about": "1", "answer": "accept", "reason": "Басқа қалаға көшемін"}
    old = yes | {"about": "0"}
    yield "replaced", visitor.sends("cabinet_ending_answer", order.code, values=old)
    yield "agreed", visitor.sends("cabinet_ending_answer", order.code, values=yes)
    yield "unsent", visitor.sends("cabinet_ending_answer", order.code, values=yes)


@scene("cabinet-name", at=SOON)
def cabinet_name(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    yield "form", visitor.opens("certificate_name", order.code)
    yield "refused", visitor.sends("certificate_name", order.code, values=NAME)


@scene("cabinet-letters", at=SOON)
def cabinet_letters(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    found = "mxs.mail.ru; dkim=fail header.d=example.kz"
    forged = a_mail(LEARNER, message_id="<2@example.kz>", Authentication_Results=found)
    mails = (a_mail("parent@example.kz"), forged, a_mail(LEARNER))
    for number, mail in enumerate(mails):
        arrived = ArrivedMail(
            mail, SOON, mailbox="scene", uid_validity=1, uid=number, is_by_our_server=True
        )
        letter = keep_mail(mail=arrived, at=SOON)
        if letter and not letter.concerns.exists():
            put_to_order(letter=letter, order=order, reason="12.1.3", by="staff:1", at=SOON)
    visitor.signs_in(LEARNER)
    listed = visitor.opens("cabinet_letters", order.code)
    yield "list", listed
    written = next(each for each in listed.context["thread"] if not each.is_ours)
    yield "letter", visitor.opens("cabinet_letter", order.code, written.key)
    stranger = next(each for each in listed.context["thread"] if not each.is_from_party)
    yield "not-theirs", visitor.opens("cabinet_letter", order.code, stranger.key)
    yield "refused", visitor.sends("cabinet_letters", order.code, values={"text": "Қашан?"})


@scene("claims", at=NOON + timedelta(days=3))
def claims(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    yield "form", visitor.opens("claim_create", order.code)
    yield "refused", visitor.sends("claim_create", order.code, values={"amount": "0"})
    claim = a_claim(order, is_signed=False)
    a_request(claim)
    yield "documents", visitor.opens("claim", order.code, claim.pk)
    an_answer(claim, at=NOON + timedelta(days=3))
    yield "answered", visitor.opens("claim", order.code, claim.pk)
    yield "of-the-academy", visitor.opens("claim", order.code, a_counterclaim(order).pk)


@scene("force-majeure", at=NOON + timedelta(days=26))
def force_majeure(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_half_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    yield "form", visitor.opens("force_majeure_create", order.code)
    began = NOON + timedelta(days=21)
    event = confirmed(a_report(order, began_on=began.date(), at=began), at=began)
    yield "confirmed", visitor.opens("force_majeure", order.code, event.pk)
    yield "cabinet", visitor.opens("cabinet")
    a_claim(order, at=began)
    over(event, began.date() + timedelta(days=4), at=began + timedelta(days=5))
    yield "over", visitor.opens("force_majeure", order.code, event.pk)
    yield "cabinet-over", visitor.opens("cabinet")
    yield "order-over", visitor.opens("order", order.code)
    yield "course-over", visitor.opens("course", order.code)


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


def a_work_handed_in(language: str) -> StudentWork:
    """A report that was sent back, and its second version, which came late."""
    student = a_course_under_way(language)
    report = student.cohort.items.get(kind="report")
    files = [NamedDocument("есеп 1.pdf", a_document())]
    given = HandedIn(words="Мақсат қойылды, бюджет есептелді.", files=files)
    hand_in(enrollment=student, item=report, given=given, by="user:1", at=SECOND_WEEK)
    wish = ResultWish(student.pk, report.pk, Result("returned"), "Бюджетті айлар бойынша бөліңіз.")
    record_results(wishes=[wish], by=an_owner(), at=SECOND_WEEK)
    report.day = SECOND_WEEK.date() - timedelta(days=1)
    report.save()
    mended = HandedIn(words="Айлар бойынша бөлінді.", link="https://docs.example.kz/budget")
    return hand_in(enrollment=student, item=report, given=mended, by="user:1", at=SECOND_WEEK)[0]


@scene("work", at=SECOND_WEEK)
def work(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    handed_in = a_work_handed_in(visitor.language)
    visitor.signs_in(LEARNER)
    code = handed_in.enrollment.order.code
    yield "course", visitor.opens("course", code)
    yield "versions", visitor.opens("cabinet_work", code, handed_in.item_id)
    values = {"words": "", "link": "javascript:alert(1)"}
    yield "wrong", visitor.sends("cabinet_work", code, handed_in.item_id, values=values)


@scene("works", at=SECOND_WEEK, widths=DESK)
def works(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    handed_in = a_work_handed_in(visitor.language)
    visitor.force_login(a_curator("one", handed_in.enrollment))
    cohort = handed_in.enrollment.cohort_id
    yield "grid", visitor.opens("admin:enrollment_cohort_results", cohort, "report")
    yield "page", visitor.opens("admin:enrollment_studentwork_change", handed_in.pk)
    yield "answer", visitor.opens("admin:enrollment_studentwork_answer", handed_in.pk)


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
