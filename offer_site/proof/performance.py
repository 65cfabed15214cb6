"""How the contract ran: access and suspensions, the day of performance, the terms (9.1, D1)."""

from datetime import date, timedelta
from typing import Any

from enrollment.models import (
    Breach,
    Deadline,
    Debtor,
    EndingProposal,
    Enrollment,
    EnrollmentState,
    Order,
    ProviderEnding,
    SuspensionGround,
)
from enrollment.rules.conduct import Verdict
from enrollment.rules.endings import Answer
from enrollment.rules.sides import Side
from offer_site.calendar.operations import current_calendar
from offer_site.calendar.rules import Calendar
from offer_site.days import almaty_day

from .parts import Both, Part, ProofChapter, Table, both, columns, day, moment, money, staff, who

ENROLLMENT = "state opened_at performed_on completed_at completed_by"
SUSPENSION = "ground clause begun_at begun_by ended_at ended_by end_reason"
BREACH = (
    "number rule clause words_kk words_ru happened_at what shuts_off recorded_at recorded_by "
    "verdict reviewed_at reviewed_by reasons_kk reasons_ru demand demanded_at"
)
STATEMENT = "number side text said_at said_by document_sha256"
PROPOSAL = (
    "number side ends_on why returned days latest_on sent_at sent_by answer answered_at "
    "answered_by reason ended_at"
)
BY_ACADEMY = (
    "ground reasons_kk reasons_ru owed proposed_at proposed_by approved_at approved_by returned_at "
    "returned_by"
)
DEADLINE = (
    "clause occasion about_kind about_key owed_by event_on days in_working_days due_on due_before "
    "told_on calendar_version opened_at met_at stopped_for was_lifted"
)
MOVE = "from_on to_on from_calendar to_calendar days because at"


def performance(order: Order) -> Part:
    """The enrollment with every suspension of access, every breach, and what ended it early."""
    enrollment = Enrollment.objects.select_related("cohort").filter(order=order).first()
    shut_off = list(enrollment.suspensions.order_by("begun_at", "pk")) if enrollment else []
    left_out = list(enrollment.exclusions.order_by("at", "pk")) if enrollment else []
    facts: dict[str, Any] = {
        "enrollment": _enrollment(enrollment) if enrollment else None,
        "suspensions": [columns(each, SUSPENSION) for each in shut_off],
        "left_out": [columns(each, "reason at") | {"by": staff(each.by_id)} for each in left_out],
        "breaches": [_breach(each) for each in order.breaches.order_by("number")],
        "ending_proposals": [
            columns(each, PROPOSAL) for each in order.ending_proposals.order_by("number")
        ],
        "endings_by_academy": [
            columns(each, BY_ACADEMY)
            | {"breaches": list(each.breaches.order_by("number").values_list("number", flat=True))}
            for each in order.provider_endings.order_by("pk")
        ],
    }
    lines: list[tuple[Both, Any]] = []
    if enrollment:
        lines = [
            (("Оқуға қабылданды", "Зачислен"), moment(enrollment.opened_at)),
            (("Күйі", "Состояние"), both(EnrollmentState(enrollment.state).label)),
            (
                ("Қызмет көрсетілген күн", "День оказания услуги"),
                day(enrollment.day_of_performance),
            ),
            (
                ("Аяқталды деп белгіленді", "Отмечено как оказанное"),
                moment(enrollment.completed_at),
            ),
        ]
    rows = [
        (
            both(SuspensionGround(each.ground).label),
            each.clause,
            moment(each.begun_at),
            who(each.begun_by),
            moment(each.ended_at),
            who(each.ended_by) if each.ended_by else "–",
        )
        for each in shut_off
    ]
    headings = (
        ("Негіз", "Основание"),
        ("Тармақ", "Пункт"),
        ("Жабылды", "Закрыт"),
        ("Кім", "Кем"),
        ("Ашылды", "Открыт"),
        ("Кім", "Кем"),
    )
    chapters = [
        ProofChapter(
            "access",
            ("Оқу және қолжетімділік", "Обучение и доступ"),
            lines,
            [Table("access", headings, rows)] if rows else (),
        ),
        _breaches(order),
    ]
    if facts["ending_proposals"] or facts["endings_by_academy"]:
        chapters.append(_endings(order))
    return Part("performance", facts, chapters)


def _enrollment(enrollment: Enrollment) -> dict[str, Any]:
    return columns(enrollment, ENROLLMENT) | {
        "cohort": enrollment.cohort.name,
        "day_of_performance": enrollment.day_of_performance,
    }


def _breach(breach: Breach) -> dict[str, Any]:
    said = [columns(each, STATEMENT) for each in breach.statements.order_by("number")]
    return columns(breach, BREACH) | {"statements": said}


def _breaches(order: Order) -> ProofChapter:
    rows = [
        (
            str(each.number),
            each.clause,
            (each.words_kk, each.words_ru),
            moment(each.happened_at),
            who(each.recorded_by),
            both(Verdict(each.verdict).label) if each.verdict else "–",
            moment(each.reviewed_at),
        )
        for each in order.breaches.order_by("number")
    ]
    headings = (
        ("№", "№"),
        ("Тармақ", "Пункт"),
        ("Ереже", "Правило"),
        ("Болған уақыты", "Когда произошло"),
        ("Кім тіркеді", "Кто зафиксировал"),
        ("Қорытынды", "Вывод"),
        ("Қаралды", "Рассмотрено"),
    )
    return ProofChapter(
        "breaches",
        ("Бұзушылықтар", "Нарушения"),
        tables=[Table("breaches", headings, rows)] if rows else (),
        nothing=("Бұзушылық тіркелмеген.", "Нарушения не зафиксированы."),
    )


def _endings(order: Order) -> ProofChapter:
    rows = [_agreement(each) for each in order.ending_proposals.order_by("number")]
    rows += [_by_academy(each) for each in order.provider_endings.order_by("pk")]
    headings = (
        ("Кім ұсынды", "Кто предложил"),
        ("Тармақ", "Пункт"),
        ("Ұсынылды", "Предложено"),
        ("Бұзылатын күні", "День расторжения"),
        ("Қайтарылатын сома", "К возврату"),
        ("Жауап", "Ответ"),
        ("Жауап берілді", "Когда"),
    )
    title = ("Шартты бұзу", "Расторжение договора")
    return ProofChapter("endings", title, tables=[Table("endings", headings, rows)])


def _agreement(proposal: EndingProposal) -> tuple[Any, ...]:
    return (
        both(Side(proposal.side).label),
        "12.4",
        moment(proposal.sent_at),
        day(proposal.ends_on),
        money(proposal.returned),
        both(Answer(proposal.answer).label) if proposal.answer else "–",
        moment(proposal.answered_at),
    )


def _by_academy(ending: ProviderEnding) -> tuple[Any, ...]:
    answer = ("бекітілді", "утверждено") if ending.approved_at else ("қайтарылды", "возвращено")
    decided_at = ending.approved_at or ending.returned_at
    return (
        both(Side.ACADEMY.label),
        ending.ground,
        moment(ending.proposed_at),
        day(almaty_day(ending.approved_at)) if ending.approved_at else "–",
        money(ending.owed),
        answer if decided_at else "–",
        moment(decided_at),
    )


def deadlines(order: Order) -> Part:
    """Every term, the event it was counted from, the days that were counted, and its moves."""
    calendar = current_calendar()
    terms = Deadline.objects.filter(order=order).order_by("opened_at", "pk")
    running = list(terms.prefetch_related("moves"))
    facts = [
        columns(each, DEADLINE)
        | {"counted": _counted(each, calendar)}
        | {"moves": [columns(move, MOVE) for move in each.moves.all()]}
        for each in running
    ]
    rows = [
        (
            each.clause,
            both(Debtor(each.owed_by).label),
            day(each.event_on),
            _length(each),
            _last_day(each),
            ended(each),
        )
        for each in running
    ]
    headings = (
        ("Тармақ", "Пункт"),
        ("Кім міндетті", "Кто обязан"),
        ("Қай күннен", "Считая от"),
        ("Мерзімі", "Срок"),
        ("Соңғы күні, 24:00-ге дейін", "Последний день, до 24:00"),
        ("Орындалды немесе алынды", "Исполнено или снято"),
    )
    note = (
        "Мерзім оқиғадан кейінгі күннен бастап саналады. Саналған күндер proof.json ішінде "
        "тізілген.",
        "Срок начинается на следующий день после события. Сосчитанные дни перечислены в "
        "proof.json.",
    )
    title = ("Мерзімдер", "Сроки")
    nothing = ("Мерзім ашылған жоқ.", "Сроки не открывались.")
    chapter = ProofChapter(
        "deadlines",
        title,
        tables=[Table("deadlines", headings, rows)],
        nothing=nothing,
        notes=[note] if rows else (),
    )
    return Part("deadlines", facts, [chapter])


def ended(deadline: Deadline) -> Both:
    """When a term was met or lifted; a question of 9.5 only stops it, and it starts anew later."""
    at = moment(deadline.met_at)
    if deadline.stopped_for:
        return (f"Тоқтатылды: {at}", f"Остановлен: {at}")
    return (f"Алынды: {at}", f"Снят: {at}") if deadline.was_lifted else (at, at)


def _last_day(deadline: Deadline) -> Both:
    """The last day; of a term that moved, the one it began with too."""
    due = day(deadline.due_on)
    first = next(iter(deadline.moves.all()), None)
    if first is None:
        return (due, due)
    return (f"{due} (бұрын {day(first.from_on)})", f"{due} (раньше {day(first.from_on)})")


def _length(deadline: Deadline) -> Both:
    if deadline.in_working_days:
        return (f"{deadline.days} жұмыс күні", f"рабочих дней: {deadline.days}")
    return (f"{deadline.days} күнтізбелік күн", f"календарных дней: {deadline.days}")


def _counted(deadline: Deadline, calendar: Calendar) -> list[date] | None:
    """The days that were counted; None if the calendar has changed since, or the term has moved."""
    if calendar.version != deadline.calendar_version or deadline.moves.all():
        return None
    after = (deadline.due_on - deadline.event_on).days
    days = [deadline.event_on + timedelta(days=number) for number in range(1, after + 1)]
    return [each for each in days if not deadline.in_working_days or calendar.is_working(each)]
