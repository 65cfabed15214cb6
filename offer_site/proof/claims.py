"""Claims of both sides with their files and answers (10.2), and force majeure (8).

Both sides know all of it: what each wrote was sent to the other. With a claim's salt anybody can
count the digest that the journal kept when it came.
"""

from functools import partial
from typing import Any

from enrollment.models import (
    Claim,
    ClaimAnswer,
    ClaimKind,
    ClaimVerdict,
    ForceMajeureContract,
    Order,
    PutOff,
    Settlement,
)
from enrollment.rules.sides import Side
from offer_site.documents import ENDINGS, Documented

from .clarifications import DEADLINE
from .parts import Both, File, Part, ProofChapter, Table, both, columns, day, moment, money, stored

CLAIM = (
    "filed_by kind came_by came_on clause demand amount calculation circumstances evidence other "
    "salt filed_at entered_by signed_at signed_by withdrawn_at withdrawn_by"
)
REQUEST = "number what_kk what_ru asked_at asked_by closed_at came"
ANSWER = (
    "given_by verdict reasons_kk reasons_ru proposal_kk proposal_ru answered_at answered_by "
    "in_time accepted replied_at replied_by reply"
)
EVENT = (
    "reported_by kind words_kk words_ru is_well_known began_on ended_on talks_from talks_called_at "
    "reported_at entered_by confirmed_at confirmed_by hinders rejected_at rejected_by reason "
    "closed_at closed_by"
)
CONTRACT = (
    "reported_late last_day_to_report moved_days academy_days user_days settlement agreed "
    "settled_at settled_by"
)
PUT_OFF = "what from_on to_on days calendar_version at by"
REPLIES: dict[bool | None, Both] = {
    None: ("", ""),
    True: ("; ұсыныс қабылданды", "; предложение принято"),
    False: ("; ұсыныс қабылданбады", "; предложение не принято"),
}


def claims(order: Order) -> Part:
    """Every claim of the order: its words, terms, files, requests of documents, and answer."""
    found = list(
        order.claims.with_all()
        .select_related("breach")
        .prefetch_related("files", "requests__term")
        .order_by("pk")
    )
    rows = [
        (
            each.number,
            _whose(each.filed_by),
            both(ClaimKind(each.kind).label),
            day(each.came_on),
            money(each.amount) if each.amount else "–",
            day(each.answer_term.due_on),
            _ending(each),
        )
        for each in found
    ]
    headings = (
        "№",
        ("Кімнің талабы", "Чья претензия"),
        ("Талаптың мәні", "Что требуют"),
        ("Келді", "Поступила"),
        ("Сома", "Сумма"),
        ("Жауап мерзімі", "Срок ответа"),
        ("Немен аяқталды", "Чем закончилось"),
    )
    chapter = ProofChapter(
        "claims",
        ("Талаптар (10.2)", "Претензии (10.2)"),
        tables=[Table("claims", headings, rows)],
        nothing=("Талап қойылмаған.", "Претензий не было."),
    )
    files = [_file("claims", f"{each.pk}", file) for each in found for file in each.files.all()]
    return Part("claims", [_facts(each) for each in found], [chapter], files)


def force_majeure(order: Order) -> Part:
    """Every event that concerned the contract: how it was judged, what it moved."""
    found = list(
        order.force_majeure.select_related("event")
        .prefetch_related("event__files", "days_put_off")
        .order_by("event")
    )
    rows = [
        (
            both(each.event.get_kind_display()),
            _whose(each.event.reported_by),
            moment(each.event.reported_at),
            f"{day(each.event.began_on)} – {day(each.event.ended_on)}",
            _judged(each),
            each.lengths_moved,
            _put_off(each),
            _settled(each),
        )
        for each in found
    ]
    headings = (
        ("Не болды", "Что случилось"),
        ("Кім хабарлады", "Кто сообщил"),
        ("Хабарланды", "Сообщено"),
        ("Кезеңі", "Период"),
        ("Шешім", "Решение"),
        (
            "Мерзімдер неше күнге жылжыды (академия / тыңдаушы)",
            "Сроки отодвинуты, дней (академия / слушатель)",
        ),
        ("Кейінге шегерілген күндер", "Отодвинутые дни"),
        ("Не келісілді", "О чём договорились"),
    )
    chapter = ProofChapter(
        "force-majeure",
        ("Еңсерілмейтін күш (8)", "Непреодолимая сила (8)"),
        tables=[Table("force-majeure", headings, rows)] if rows else (),
        nothing=("Ешкім хабарламаған.", "Никто о ней не сообщал."),
    )
    files = [
        _file("force-majeure", f"{each.event_id}", file)
        for each in found
        for file in each.event.files.all()
    ]
    return Part("force_majeure", [_event(each) for each in found], [chapter], files)


def _facts(claim: Claim) -> dict[str, Any]:
    answer: ClaimAnswer | None = getattr(claim, "answer", None)
    return columns(claim, CLAIM) | {
        "number": claim.pk,
        "breach": claim.breach.number if claim.breach else None,
        "answer_term": columns(claim.answer_term, DEADLINE),
        "files": [
            columns(file, "title sent_by added_at added_by document_sha256")
            | {"file": _name("claims", f"{claim.pk}", file)}
            for file in claim.files.all()
        ],
        "paper_of_withdrawal": claim.withdrawal.document_sha256 if claim.withdrawal else "",
        "requests": [
            columns(each, REQUEST) | {"term": columns(each.term, DEADLINE)}
            for each in claim.requests.all()
        ],
        "answer": columns(answer, ANSWER) if answer else None,
    }


def _event(contract: ForceMajeureContract) -> dict[str, Any]:
    event = contract.event
    return columns(event, EVENT) | {
        "number": event.pk,
        "contract": columns(contract, CONTRACT),
        "days_put_off": [columns(each, PUT_OFF) for each in contract.days_put_off.all()],
        "files": [
            columns(file, "title added_at document_sha256")
            | {"file": _name("force-majeure", f"{event.pk}", file)}
            for file in event.files.all()
        ],
    }


def _whose(side: str) -> Both:
    return both(Side(side).label)


def _ending(claim: Claim) -> Both:
    if claim.withdrawn_at:
        at = moment(claim.withdrawn_at)
        return (f"Қайтарып алынды, {at}", f"Отозвана {at}")
    answer: ClaimAnswer | None = getattr(claim, "answer", None)
    if answer is None:
        return ("Жауап күтілуде", "Ждёт ответа")
    kk, ru = both(ClaimVerdict(answer.verdict).label)
    at = moment(answer.answered_at)
    said_kk, said_ru = REPLIES[answer.accepted]
    return (f"{kk}, {at}{said_kk}", f"{ru}, {at}{said_ru}")


def _judged(contract: ForceMajeureContract) -> Both:
    event = contract.event
    if event.rejected_at:
        at = moment(event.rejected_at)
        return (f"Расталмады, {at}: {event.reason}", f"Не подтверждено {at}: {event.reason}")
    if event.confirmed_at:
        at = moment(event.confirmed_at)
        return (f"Расталды, {at}", f"Подтверждено {at}")
    return ("Қаралуда", "Рассматривается")


def _put_off(contract: ForceMajeureContract) -> Both:
    """The days that are no terms of the register: of the rest and of performance."""
    lines = [
        (both(PutOff(each.what).label), f"{day(each.from_on)} → {day(each.to_on)}")
        for each in contract.days_put_off.all()
    ]
    kk = "; ".join(f"{what[0]}: {days}" for what, days in lines)
    ru = "; ".join(f"{what[1]}: {days}" for what, days in lines)
    return (kk or "–", ru or "–")


def _settled(contract: ForceMajeureContract) -> Both:
    if not contract.settled_at:
        return ("–", "–")
    return both(Settlement(contract.settlement).label)


def _file(folder: str, number: str, file: Documented) -> File:
    return File(_name(folder, number, file), partial(stored, file.document), file.document_sha256)


def _name(folder: str, number: str, file: Documented) -> str:
    return f"{folder}/{number}-{file.pk}.{ENDINGS[file.document_type]}"
