"""Scenes of 10.2: a claim filed, documents asked for, and an answer."""

from datetime import datetime, timedelta
from typing import Any

from enrollment.models import Breach, Claim, ClaimAnswer, ClaimKind, DocumentRequest, Order
from enrollment.operations.claims.answers import AnswerWords, answer_claim
from enrollment.operations.claims.documents import ask_for_documents
from enrollment.operations.claims.filing import ClaimWords, claim_against_student, file_claim
from enrollment.operations.conduct.breaches import record_breach, review_breach
from offer_site.documents import NamedDocument
from tests.given import NOON, a_paid_order, an_owner
from tests.papers import PNG, a_document
from tests.payments.refunds.scenes import a_person

DAY = timedelta(days=1)
DEMAND = "1.3 сабағын қайта өткізу"
STORY = "Бейне 12–14 желтоқсанда ашылмады."
ANSWER = AnswerWords(
    verdict="partly",
    reasons_kk="Бейне екі күн ашылмады, үшінші күні ашылды.",
    reasons_ru="Видео не открывалось два дня, на третий открылось.",
    proposal_kk="Сабақты жұма күні қайталаймыз.",
    proposal_ru="Повторим урок в пятницу.",
)


def words(**changes: Any) -> ClaimWords:
    return ClaimWords(
        **{
            "kind": ClaimKind.SERVICE,
            "demand": DEMAND,
            "circumstances": STORY,
            "evidence": "Экран көшірмесі",
        }
        | changes
    )


def a_picture(name: str = "экран.png") -> NamedDocument:
    return NamedDocument(name, a_document(PNG))


def a_claim(
    order: Order | None = None, *, at: datetime = NOON, is_signed: bool = True, **wishes: Any
) -> Claim:
    """A student's claim, signed, with one file."""
    files = wishes.pop("files", (a_picture(),))
    came = {name: wishes.pop(name) for name in ("came_on", "came_by") if name in wishes}
    order = order or a_paid_order(at=at)
    claim, _is_new = file_claim(
        order=order,
        words=words(**wishes),
        files=files,
        is_signed=is_signed,
        by="user:1",
        at=at,
        **came,
    )
    return claim


def an_infringement(order: Order, *, at: datetime = NOON) -> Breach:
    """A breach of 11.5 that another person has confirmed: 11.6 is demanded for it."""
    breach = record_breach(
        order=order,
        rule="11.5-1",
        happened_at=at,
        what="Сабақтың жазбасын таратты.",
        by=a_person("mentor"),
        at=at,
    )
    reasons = {"reasons_kk": "Жазба табылды.", "reasons_ru": "Запись найдена."}
    by = a_person("reviewer")
    return review_breach(breach=breach, verdict="confirmed", by=by, at=at, **reasons)


def a_counterclaim(
    order: Order | None = None,
    *,
    at: datetime = NOON,
    breach: Breach | None = None,
    **wishes: Any,
) -> Claim:
    """The academy's claim of 11.5."""
    changes = {"kind": ClaimKind.INFRINGEMENT, "demand": "Залалды өтеу"} | wishes
    order = order or a_paid_order(at=at)
    claim, _is_new = claim_against_student(
        order=order,
        words=words(**changes),
        clause="11.5",
        breach=breach or an_infringement(order, at=at),
        by=an_owner(),
        at=at,
    )
    return claim


def a_request(claim: Claim, *, days: int = 10, at: datetime = NOON + 3 * DAY) -> DocumentRequest:
    return ask_for_documents(
        claim=claim,
        what_kk="Экран көшірмесі",
        what_ru="Снимок экрана",
        days=days,
        by="staff:1",
        at=at,
    )


def an_answer(claim: Claim, *, at: datetime = NOON + 2 * DAY) -> ClaimAnswer:
    return answer_claim(claim=claim, words=ANSWER, by=an_owner(), at=at)


def as_it_is(claim: Claim) -> Claim:
    return Claim.objects.with_all().get(pk=claim.pk)
