"""Payment in two halves: what was asked, proposed and answered, and its evidence (4.3.1)."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import PurePath
from typing import Any

from enrollment.models import HalvesAnswer, HalvesProposal, HalvesRequest, Order, RestMove
from enrollment.models.halves import TelegramEvidence

from .parts import Both, File, Part, ProofChapter, Table, columns, day, moment, staff, stored

REQUEST = "code language name email phone telegram why consent_text asked_at state valid_until"
EVIDENCE = "said_at recorded_at chat_digest message_id update_id question_sha256 picture_sha256"


def halves(order: Order) -> Part:
    """The agreement that the order was placed under, and every later move of the rest's day."""
    request = HalvesRequest.objects.filter(order=order).first()
    proposals = (
        list(HalvesProposal.objects.filter(request=request).order_by("number")) if request else []
    )
    answers = {
        each.proposal_id: each for each in HalvesAnswer.objects.filter(proposal__in=proposals)
    }
    moves = list(RestMove.objects.filter(installment__order=order).order_by("recorded_at", "pk"))
    records: list[tuple[str, TelegramEvidence]] = [
        *(
            (f"halves/answer-{each.number}", answers[each.pk])
            for each in proposals
            if each.pk in answers
        ),
        *((f"halves/move-{number}", each) for number, each in enumerate(moves, 1)),
    ]
    names = {(type(evidence), evidence.pk): _picture(stem, evidence) for stem, evidence in records}
    facts: dict[str, Any] = {
        "request": columns(request, REQUEST) if request else None,
        "proposals": [
            columns(each, "number rest_on valid_until at")
            | {"by": staff(each.by_id)}
            | {
                "answer": _evidence(answer, names) | {"agrees": answer.agrees}
                if (answer := answers.get(each.pk))
                else None
            }
            for each in proposals
        ],
        "moves_of_the_rest": [
            columns(each, "from_day to_day reason") | _evidence(each, names) for each in moves
        ],
    }
    rows = [*_answer_rows(proposals, answers), *_move_rows(moves)]
    headings = (
        ("Не болды", "Что было"),
        ("Қалған соманы төлеу күні", "День оплаты остатка"),
        ("Уақыты", "Время"),
        ("Қалай дәлелденеді", "Чем подтверждено"),
    )
    title = ("Екі бөлікпен төлеу (4.3.1)", "Оплата двумя частями (4.3.1)")
    chapters = (
        [ProofChapter("halves", title, tables=[Table("four", headings, rows)])] if rows else []
    )
    return Part("halves", facts, chapters, list(_pictures(records)))


def _evidence(evidence: TelegramEvidence, names: dict[tuple[type, int], str]) -> dict[str, Any]:
    name = names[type(evidence), evidence.pk]
    return (
        columns(evidence, EVIDENCE)
        | {"recorded_by": staff(evidence.recorded_by_id)}
        | ({"picture": name} if name else {})
    )


def _picture(stem: str, evidence: TelegramEvidence) -> str:
    return f"{stem}{PurePath(evidence.picture).suffix}" if evidence.picture else ""


def _pictures(records: Iterable[tuple[str, TelegramEvidence]]) -> Iterator[File]:
    for stem, evidence in records:
        if evidence.picture:
            yield File(
                _picture(stem, evidence), partial(stored, evidence.picture), evidence.picture_sha256
            )


def _answer_rows(
    proposals: list[HalvesProposal], answers: dict[int, HalvesAnswer]
) -> Iterator[tuple[Both, str, str, Both]]:
    for each in proposals:
        yield ("Ұсынылды", "Предложено"), day(each.rest_on), moment(each.at), ("журнал", "журнал")
        answer = answers.get(each.pk)
        if answer:
            words = (
                ("Өтініш беруші келісті", "Заявитель согласился")
                if answer.agrees
                else ("Өтініш беруші бас тартты", "Заявитель отказался")
            )
            yield words, day(each.rest_on), moment(answer.said_at), _proof(answer)


def _move_rows(moves: list[RestMove]) -> Iterator[tuple[Both, str, str, Both]]:
    for each in moves:
        yield (
            ("Күні ауыстырылды", "День перенесён"),
            day(each.to_day),
            moment(each.said_at),
            _proof(each),
        )


def _proof(evidence: TelegramEvidence) -> Both:
    if evidence.by_bot:
        return (
            f"Telegram, хабарлама {evidence.message_id}",
            f"Telegram, сообщение {evidence.message_id}",
        )
    return (
        "Telegram хат алмасуының скриншоты",
        "снимок экрана с перепиской в Telegram",
    )
