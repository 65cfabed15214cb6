"""Questions about the recipient: what was asked, both deadlines, and how each ended (9.5).

What was sent to the student is here. Staff's notes on an answer, and why they withdrew a question,
are internal and may name others: they are left out, and the page says so.
"""

from functools import partial
from typing import Any

from enrollment.models import AnswerSource, Clarification, Deadline, Order
from enrollment.operations.clarification.recipient import OF_COMPANY
from enrollment.rules.questions import questions_about
from enrollment.rules.recipient import Doubt
from offer_site.documents import ENDINGS
from offer_site.languages import speaking

from .parts import Both, File, Part, ProofChapter, Table, both, columns, day, moment, stored, who
from .performance import ended

QUESTION = (
    "asked_at asked_by letters sent_at answered_at answered_by answered_how withdrawn_at "
    "withdrawn_by"
)
DEADLINE = "event_on days due_on due_before calendar_version met_at stopped_for"


def clarifications(order: Order) -> Part:
    """The order's questions, and those about its company that were asked under another order."""
    asked = list(
        Clarification.objects.holding_up(order.pk)
        .with_terms()
        .select_related("order")
        .order_by("asked_at", "pk")
    )
    own = [each for each in asked if each.order_id == order.pk]
    files = [
        File(_name(each), partial(stored, each.document), each.document_sha256)
        for each in own
        if each.document
    ]
    rows = [
        (
            _number(each, order),
            _question_words(each, order),
            both_lines(moment(each.asked_at), who(each.asked_by)),
            _deadline(each.question_term, each.sent_at),
            _deadline(each.answer_term, each.answered_at),
            _ending(each),
        )
        for each in asked
    ]
    headings = (
        "№",
        ("Не сұралды", "О чём спросили"),
        ("Сұралды", "Спрошено"),
        ("Хат кетті, мерзімі", "Письмо ушло, срок"),
        ("Жауап келді, мерзімі", "Ответ пришёл, срок"),
        ("Немен аяқталды", "Чем кончилось"),
    )
    left_out = (
        "Академия қызметкерлерінің өздеріне арнап жазған ескертпелері мұнда жоқ.",
        "Заметки, которые сотрудники академии сделали для себя, сюда не входят.",
    )
    chapter = ProofChapter(
        "clarifications",
        ("Деректерді нақтылау (9.5)", "Уточнение данных (9.5)"),
        tables=[Table("clarifications", headings, rows)],
        nothing=("Ештеңе сұралған жоқ.", "Ни о чём не спрашивали."),
        notes=[left_out] if asked else (),
    )
    return Part("clarifications", [_facts(each, order) for each in asked], [chapter], files)


def both_lines(first: str, then: Both) -> Both:
    return (f"{first}\n{then[0]}", f"{first}\n{then[1]}")


def _facts(question: Clarification, order: Order) -> dict[str, Any]:
    is_own = question.order_id == order.pk
    kk, ru = _question_words(question, order)
    return columns(question, QUESTION) | {
        "number": question.number if is_own else None,
        "asked_under_another_order_of_the_invoice": not is_own,
        "asked": [
            {"field": doubt.field, "reason": doubt.reason} for doubt in _doubts(question, order)
        ],
        "said_kk": kk,
        "said_ru": ru,
        "question_term": columns(question.question_term, DEADLINE),
        "answer_term": columns(question.answer_term, DEADLINE) if question.answer_term else None,
        **(
            {"document": _name(question), "document_sha256": question.document_sha256}
            if is_own and question.document
            else {}
        ),
    }


def _doubts(question: Clarification, order: Order) -> list[Doubt]:
    """What was asked; of a question under another order, only what it asks about the company."""
    return [
        doubt
        for doubt in question.doubts
        if question.order_id == order.pk or doubt.field in OF_COMPANY
    ]


def _question_words(question: Clarification, order: Order) -> Both:
    """What was asked, as in the letter, in both languages."""
    words = []
    for language in ("kk", "ru"):
        with speaking(language):
            is_own = question.order_id == order.pk
            words.append(
                "\n".join(
                    question.sentences if is_own else questions_about(_doubts(question, order))
                )
            )
    return words[0], words[1]


def _number(question: Clarification, order: Order) -> str | Both:
    return str(question.number) if question.order_id == order.pk else ("шот", "счёт")


def _deadline(deadline: Deadline | None, came: Any) -> Both:
    """When it came, and by when it was due."""
    if deadline is None:
        return ("–", "–")
    until = day(deadline.due_on)
    if came is None and deadline.met_at:
        kk, ru = ended(deadline)
        return (f"{kk}; {until} күніне дейін", f"{ru}; до {until}")
    return (f"{moment(came)}; {until} күніне дейін", f"{moment(came)}; до {until}")


def _ending(question: Clarification) -> Both:
    if question.answered_at:
        (kk, ru) = both(AnswerSource(question.answered_how).label)
        (by_kk, by_ru) = who(question.answered_by)
        return (f"Жауап берілді, {kk}: {by_kk}", f"Получен ответ, {ru}: {by_ru}")
    if question.withdrawn_at:
        by_kk, by_ru = who(question.withdrawn_by)
        at = moment(question.withdrawn_at)
        return (f"Қайтарып алынды, {at}: {by_kk}", f"Снят {at}: {by_ru}")
    return ("Жауап күтілуде", "Ждём ответа")


def _name(question: Clarification) -> str:
    return f"clarifications/answer-{question.number}.{ENDINGS[question.document_type]}"
