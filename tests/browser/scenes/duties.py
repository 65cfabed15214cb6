"""What staff do for a contract's whole life: conduct, ends, claims, teaching, letters, data."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from enrollment.models import (
    Breach,
    Claim,
    CohortMove,
    EditionNotice,
    EditionTalk,
    EndingProposal,
    ForceMajeure,
    ProgrammeItem,
    ProviderEnding,
)
from enrollment.operations.training.moves import propose_move
from enrollment.rules.sides import Side
from materials.models import Material, MaterialOpening
from offer_site.correspondence.cohort_letters import CohortWords, write_cohort_letter
from offer_site.correspondence.models import CohortLetter, Form, Letter, Way
from offer_site.correspondence.receiving import keep_mail
from offer_site.correspondence.writing import PaperLetter, enter_paper
from offer_site.maintenance.models import Maintenance
from offer_site.maintenance.now import forget
from offer_site.notices.incoming import ArrivedMail
from offer_site.retention.leaks import record_leak
from offer_site.retention.models import ErasureRequest, Leak, Sight
from tests.browser.scenes.buyers import a_shop
from tests.browser.scenes.learners import LEARNER, SECOND_WEEK, a_course_under_way
from tests.browser.scenes.rights import LONG
from tests.browser.scenes.scene import DESK, Visitor, scene
from tests.browser.scenes.staff import desk_of
from tests.browser.scenes.visitors import works
from tests.correspondence.mails import a_mail
from tests.enrollment.claims.scenes import a_claim, a_counterclaim, a_request, an_answer
from tests.enrollment.conduct.scenes import a_breach, a_proposal, a_student, an_ending
from tests.enrollment.force_majeure.scenes import a_report, confirmed
from tests.enrollment.offering.scenes import a_coming_edition, an_edition_answer, told
from tests.enrollment.training.scenes import a_curator
from tests.given import NOON, a_cohort, a_paid_order, an_owner
from tests.papers import a_document

LATER = NOON + timedelta(hours=3)
LEAK = {
    "happened": "Куратордың ноутбугі автобуста қалып кетті.",
    "data": "38 тыңдаушының аты-жөні, телефоны және мекенжайы",
    "measures": "Ноутбуктің кілттері ауыстырылды, диск шифрланған.",
    "contact": "Лесбек Л., +7 701 000 00 00",
    "persons": 38,
}


def asks(visitor: Visitor, page: str, *arguments: Any) -> Any:
    """Press the button of a form that is not filled in."""
    return visitor.sends(f"admin:{page}", *arguments, values={"none": ""})


@scene("duties-conduct", at=LATER, widths=DESK)
def conduct(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_student(language=visitor.language, **LONG)
    for rule in ("6.3-3", "6.4-1"):
        a_breach(order, rule=rule)
    visitor.signs_in(LEARNER)
    words = {"text": "Хабарламаны мен жазған жоқпын."}
    visitor.sends("cabinet_breach", order.code, 1, values=words)
    an_ending(order, 1, 2)
    a_proposal(order, side=Side.ACADEMY, returned=50_000)
    visitor.force_login(an_owner())
    for model in (Breach, EndingProposal, ProviderEnding):
        yield from desk_of(visitor, model)
    first = order.breaches.get(number=1)
    yield "first", visitor.opens("admin:enrollment_breach_change", first.pk)
    enrollment = order.enrollment.pk
    yield "student", visitor.opens("admin:enrollment_enrollment_change", enrollment)
    for button in ("breach", "ending", "agreement"):
        yield f"form-{button}", visitor.opens(f"admin:enrollment_enrollment_{button}", enrollment)
        yield f"refused-{button}", asks(visitor, f"enrollment_enrollment_{button}", enrollment)


@scene("duties-claims", at=LATER + timedelta(days=3), widths=DESK)
def claims(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_paid_order(cohort=a_shop(), language=visitor.language, **LONG)
    a_request(a_claim(order, is_signed=False))
    a_counterclaim(order)
    an_answer(a_claim(order, amount=149_990))
    event = a_report(order)
    waits = a_claim(order, demand="Сабақты қайта өткізу")
    confirmed(a_report(order, kind="fire", words_kk="Өрт"))
    visitor.force_login(an_owner())
    yield "index", visitor.opens("admin:index")
    for model in (Claim, ForceMajeure):
        yield from desk_of(visitor, model)
    yield "event", visitor.opens("admin:enrollment_forcemajeure_change", event.pk)
    yield "refused-answer", asks(visitor, "enrollment_claim_answer", waits.pk)
    yield "refused-event", asks(visitor, "enrollment_forcemajeure_add")
    yield "order", visitor.opens("admin:enrollment_order_change", order.pk)


@scene("duties-teaching", at=SECOND_WEEK, widths=DESK)
def teaching(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    student = a_course_under_way(visitor.language)
    cohort = student.cohort
    others = [
        a_paid_order(cohort=cohort, language=visitor.language, **LONG | {"email": email}).enrollment
        for email in ("second@example.kz", "third@example.kz")
    ]
    a_curator("gulbarshyn-zhanerke-abdirakhmankyzy", student, others[0])
    visitor.signs_in(LEARNER)
    for material in cohort.materials.all():
        visitor.get(visitor.address("material_opening", student.order.code, material.pk))
    later = a_cohort(starts_on=cohort.ends_on + timedelta(days=30))
    why = {"reason": "Тыңдаушы ауырып қалды", "by": an_owner(), "at": SECOND_WEEK}
    propose_move(enrollment=student, to=later, **why)
    visitor.force_login(an_owner())
    for model in (ProgrammeItem, Material, MaterialOpening, CohortMove):
        yield from desk_of(visitor, model)
    for kind in ("lesson", "assignment"):
        yield kind, visitor.opens("admin:enrollment_cohort_results", cohort.pk, kind)
    yield "file", visitor.opens("admin:enrollment_cohort_results_file", cohort.pk)
    yield "enrollments", visitor.opens("admin:enrollment_enrollment_changelist")
    yield "empty", visitor.opens("admin:enrollment_cohort_results", later.pk, "lesson")


@scene("duties-letters", at=LATER, widths=DESK)
def letters(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_paid_order(cohort=a_shop(), language=visitor.language, **LONG)
    found = "mxs.mail.ru; dkim=fail header.d=example.kz; spf=softfail"
    for mail in (a_mail(LEARNER, Authentication_Results=found), a_mail("stranger@example.org")):
        keep_mail(mail=ArrivedMail(mail, LATER, mailbox="scene"), at=LATER)
    enter_paper(order=order, paper=a_paper_letter(), by="staff:1", at=LATER)
    words = CohortWords(
        "Кесте өзгерді", "Расписание изменилось", "Сабақ жетіде.", "Занятия в семь."
    )
    write = {"is_marketing": False, "by": "staff:1", "at": LATER}
    letter = write_cohort_letter(cohort=order.cohort, words=words, **write)
    visitor.force_login(an_owner())
    for model in (Letter, CohortLetter):
        yield from desk_of(visitor, model)
    yield "paper", visitor.opens("admin:enrollment_order_paper", order.pk)
    yield "refused-paper", asks(visitor, "enrollment_order_paper", order.pk)
    yield "refused-cohort", asks(visitor, "correspondence_cohortletter_add")
    preview = "admin:correspondence_cohortletter_preview"
    yield "preview", visitor.opens(preview, letter.pk, visitor.language)
    yield "kinds", visitor.opens("admin:notices_notice_kinds")


def a_paper_letter() -> PaperLetter:
    return PaperLetter(
        way=Way.IN,
        form=Form.POST,
        day=NOON.date(),
        subject="Шартты бұзу туралы өтініш",
        text="Тараптардың келісімі бойынша шартты бұзуды сұраймын.",
        receipt_number="KZ-REG-100200300",
        receipt_day=date(2026, 11, 20),
        receipt=a_document(),
    )


@scene("duties-data", at=LATER, widths=DESK)
def data(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """Leaks and their clock, wishes to erase, who saw whose data; maintenance."""
    order = a_paid_order(cohort=a_shop(), language=visitor.language, **LONG)
    visitor.signs_in(LEARNER)
    visitor.sends("my_data_erasure", values={"wish": "erase"})
    visitor.sends("my_data_export", values={"form": "page"})
    orders = {"orders": [order.code], "found_at": NOON}
    record_leak(**LEAK | orders, by=an_owner(), at=NOON)
    works(starts=timedelta(hours=10))
    visitor.force_login(an_owner())
    visitor.opens("admin:enrollment_order_change", order.pk)
    for model in (Leak, ErasureRequest, Sight, Maintenance):
        yield from desk_of(visitor, model)
    yield "refused-leak", asks(visitor, "retention_leak_add")
    yield "refused-works", asks(visitor, "maintenance_maintenance_add")
    yield "seen", visitor.opens("admin:retention_sight_changelist", q=LEARNER)
    forget()


@scene("duties-editions", at=LATER, widths=DESK)
def editions(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """A coming edition: who was told, who objected, the talk, and both texts side by side."""
    order = a_paid_order(cohort=a_shop(), language=visitor.language, **LONG)
    with TemporaryDirectory() as folder:
        later = a_coming_edition(Path(folder))
    an_edition_answer(told(order, at=LATER), words="10.3-тармаққа келіспеймін", at=LATER)
    visitor.force_login(an_owner())
    for model in (EditionNotice, EditionTalk):
        yield from desk_of(visitor, model)
    yield "edition", visitor.opens("admin:enrollment_edition_change", later.pk)
    yield "both", visitor.opens("offer_edition", later.name, view="both")
    yield "legal", visitor.opens("offer_edition", later.name, view="legal")
