"""Demands and refunds: who asked, what two people decided, and what was returned (4.6, 10.2)."""

from functools import partial
from typing import Any

from enrollment.models import Order
from offer_site.days import short_day
from payments.models import AskedBy, Ground, PayoutState, RefundCase, RefundDecision
from payments.operations.refunds.letters import letter_of
from payments.refund_letter import ASKED, GROUNDS

from .parts import Both, File, Part, ProofChapter, Table, columns, moment, money, staff, stored

CASE = "ground asked_by asked_on demand document opened_at cancelled_at cancel_reason"
DECISION = (
    "received costs refunded made granted ends_order reasons_kk reasons_ru proposed_at approved_at"
)
NOBODY: Both = ("Академияның өзі", "сама академия")


def refunds(order: Order) -> Part:
    """The demands under the order, their decisions as approved, and the money returned."""
    cases = list(
        RefundCase.objects.filter(order=order)
        .select_related("deadline")
        .prefetch_related(
            "costs",
            "decisions",
            "payouts__receipt",
            "payouts__refund",
            "grounds__entry__corrections",
        )
        .order_by("pk")
    )
    decided = [(case, case.approved) for case in cases]
    files = [
        File(f"refunds/{case.number}.pdf", partial(stored, paper.name), paper.sha256)
        for case, decision in decided
        if decision
        for paper in [letter_of(case)]
    ]
    facts = [_case(case, decision) for case, decision in decided]
    headings = (
        ("Нөмірі", "Номер"),
        ("Келген күні", "День обращения"),
        ("Кім сұрады", "Кто просил"),
        ("Негіз", "Основание"),
        ("Шешім", "Решение"),
        ("Қайтарылды", "Возвращено"),
    )
    rows = [
        (
            case.number,
            short_day(case.asked_on),
            ASKED.get(AskedBy(case.asked_by), NOBODY),
            GROUNDS[Ground(case.ground)],
            _decision_words(case, decision),
            "\n".join(_gone(case)) or "–",
        )
        for case, decision in decided
    ]
    title = ("Талаптар және ақшаны қайтару", "Претензии и возвраты")
    nothing = ("Талап та, ақша қайтару да болған жоқ.", "Претензий и возвратов не было.")
    return Part(
        "claims",
        facts,
        [ProofChapter("claims", title, tables=[Table("refunds", headings, rows)], nothing=nothing)],
        files,
    )


def _case(case: RefundCase, decision: RefundDecision | None) -> dict[str, Any]:
    """The facts of a case; a proposal that was sent back was no decision and is left out."""
    return columns(case, CASE) | {
        "number": case.number,
        "opened_by": staff(case.opened_by_id),
        "answer_due_on": case.deadline.due_on if case.deadline else None,
        "costs": [
            columns(cost, "what_kk what_ru amount document added_at")
            for cost in case.costs.all()
            if cost.removed_at is None
        ],
        "decision": columns(decision, DECISION)
        | {
            "proposed_by": staff(decision.proposed_by_id),
            "approved_by": staff(decision.approved_by_id),
            "file": f"refunds/{case.number}.pdf",
        }
        if decision
        else None,
        "payouts": [
            columns(payout, "amount state opened_at sent_at reference document done_at")
            | {
                "receipt": str(payout.receipt),
                "refund": str(payout.refund) if payout.refund else "",
            }
            for payout in case.payouts.all()
        ],
        "refunds": [
            columns(each.entry, "provider reference amount happened_at")
            for each in case.grounds.all()
        ],
    }


def _decision_words(case: RefundCase, decision: RefundDecision | None) -> Both:
    if case.cancelled_at:
        return (f"Жабылды: {moment(case.cancelled_at)}", f"Закрыто: {moment(case.cancelled_at)}")
    if decision is None:
        return ("Қаралуда", "Рассматривается")
    if not decision.granted:
        return (
            f"Бас тартылды: {moment(decision.approved_at)}",
            f"Отказано: {moment(decision.approved_at)}",
        )
    amount = money(decision.granted)
    at = moment(decision.approved_at)
    return (f"{amount} қайтарылсын: {at}", f"Вернуть {amount}: {at}")


def _gone(case: RefundCase) -> list[str]:
    return [
        f"{money(payout.amount)}, {moment(payout.done_at)}"
        for payout in case.payouts.all()
        if payout.state == PayoutState.DONE
    ] or [
        f"{money(each.entry.amount)}, {moment(each.entry.happened_at)}"
        for each in case.grounds.all()
        if not each.entry.corrections.all()  # type: ignore[attr-defined]
    ]
