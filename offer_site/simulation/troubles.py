"""What goes wrong under a contract: a broken rule, a claim, an event nobody can resist."""

from datetime import timedelta

from enrollment.models import ClaimKind, Order
from enrollment.operations.claims.answers import AnswerWords, answer_claim
from enrollment.operations.claims.filing import ClaimWords, file_claim
from enrollment.operations.conduct.breaches import record_breach, restore_access, review_breach
from enrollment.operations.force_majeure.events import (
    EventWords,
    confirm_force_majeure,
    end_force_majeure,
    report_force_majeure,
)
from enrollment.operations.training.enrollments import complete_enrollment
from enrollment.rules.force_majeure import Hindered
from enrollment.rules.sides import Side
from offer_site.days import almaty_day, start_of_day
from offer_site.documents import NamedDocument

from .academy import Life, Ordered, Road, Simulation
from .lives import DAY, HOURS, half_paid, pay_the_rest, pays_by_kaspi
from .money import a_document

RULE = "6.4-1"  # respect for each other in the chat


def learns(here: Simulation, *, after: timedelta) -> Ordered:
    """Pay, and wait until so long after the course began; the order."""
    order = yield from pays_by_kaspi(here)
    yield start_of_day(here.cohort.starts_on) + after + 12 * HOURS
    return order


def breaks_a_rule(here: Simulation) -> Life:
    """Is rude in the chat: access is shut off at once, and restored after the review."""
    order = yield from learns(here, after=7 * DAY)
    breach = record_breach(
        order=order,
        rule=RULE,
        happened_at=here.now - timedelta(minutes=10),
        what="Чатта дөрекі сөз жазды.",
        by=here.staff["first"],
        at=here.now,
    )
    yield here.later(least=HOURS, most=20 * HOURS)
    review_breach(
        breach=breach,
        verdict="confirmed",
        reasons_kk="Чаттағы хабарлама қаралды.",
        reasons_ru="Сообщение в чате прочитано.",
        by=here.staff["second"],
        at=here.now,
    )
    yield here.later(least=DAY, most=3 * DAY)
    restore_access(breach=breach, reason="кешірім сұрады", by=here.staff["owner"], at=here.now)


def files_a_claim(here: Simulation) -> Life:
    """A lesson did not open: the claim is answered within its ten days (10.2)."""
    order = yield from learns(here, after=10 * DAY)
    claim, _is_new = file_claim(
        order=order,
        words=ClaimWords(
            kind=ClaimKind.SERVICE,
            demand="1.3 сабағын қайта өткізу",
            circumstances="Бейне екі күн ашылмады.",
            evidence="Экран көшірмесі",
        ),
        files=(NamedDocument("экран.pdf", a_document()),),
        is_signed=True,
        by="visitor",
        at=here.now,
    )
    yield here.later(least=DAY, most=8 * DAY)
    answer_claim(
        claim=claim,
        words=AnswerWords(
            verdict="partly",
            reasons_kk="Бейне екі күн ашылмады, үшінші күні ашылды.",
            reasons_ru="Видео не открывалось два дня, на третий открылось.",
            proposal_kk="Сабақты жұма күні қайталаймыз.",
            proposal_ru="Повторим урок в пятницу.",
        ),
        by=here.staff["owner"],
        at=here.now,
    )


def is_stopped_by_a_flood(here: Simulation) -> Life:
    """Reports a flood in time; it is confirmed, lasts four days, and the open terms move (8)."""
    order = yield from learns(here, after=14 * DAY)
    yield from _lasts_four_days(here, order, Side.USER, hinders=Hindered.USER)


def pays_the_rest_after_a_flood(here: Simulation) -> Life:
    """A flood on the eve of the rest puts off its day, and it is paid on the new one (8.6)."""
    order = yield from half_paid(here)
    yield start_of_day(order.installments.get(number=2).due_on - DAY) + 12 * HOURS
    yield from _lasts_four_days(here, order, Side.USER, hinders=Hindered.USER)
    yield start_of_day(order.installments.get(number=2).day) + 10 * HOURS
    pay_the_rest(here, order)


def is_taught_longer(here: Simulation) -> Life:
    """An epidemic hinders the academy: the last day is put off, 9.1 with it (3.3, 8.6)."""
    order = yield from learns(here, after=21 * DAY)
    yield from _lasts_four_days(here, order, Side.ACADEMY, hinders=Hindered.ACADEMY)
    yield start_of_day(here.enrollment(order).day_of_performance) + 21 * HOURS
    complete_enrollment(enrollment=here.enrollment(order), by=here.staff["owner"], at=here.now)


def _lasts_four_days(here: Simulation, order: Order, side: Side, *, hinders: Hindered) -> Life:
    began_on = almaty_day(here.now)
    event, _is_new = report_force_majeure(
        orders=(order,),
        side=side,
        words=EventWords(
            kind="flood", began_on=began_on, words_kk="Су тасқыны", words_ru="Паводок"
        ),
        files=(NamedDocument("хабарлама.pdf", a_document()),),
        by="visitor" if side == Side.USER else f"staff:{here.staff['owner'].pk}",
        at=here.now,
    )
    yield here.later(least=HOURS, most=20 * HOURS)
    event = confirm_force_majeure(event=event, hinders=hinders, by=here.staff["owner"], at=here.now)
    yield start_of_day(began_on + 4 * DAY) + 10 * HOURS
    end_force_majeure(event=event, ended_on=began_on + 3 * DAY, by=here.staff["owner"], at=here.now)


TROUBLES: dict[Road, int] = {
    breaks_a_rule: 2,
    files_a_claim: 2,
    is_stopped_by_a_flood: 1,
    pays_the_rest_after_a_flood: 1,
    is_taught_longer: 1,
}
