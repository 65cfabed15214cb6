"""What contract holders answer to a later edition; silence, and the talk of an objection (12.2.1).

Nothing here changes a number of a contract: it stays with the edition it was concluded under.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import (
    AnswerDoor,
    EditionAnswer,
    EditionAnswerKind,
    EditionNotice,
    EditionTalk,
    EndingProposal,
    Order,
    SilenceRefutation,
    TalkOutcome,
)
from enrollment.models.edition_notice import (
    LETTERS_ARE_READ_WITHIN,
    LETTERS_COME_BACK_WITHIN,
    RUNNING,
)
from enrollment.rules.endings import Answer
from offer_site.days import ALMATY
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, record
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice
from offer_site.sweeps import one_by_one

from .holders import CLAUSE


class MayHaveUnread(Protocol):
    """Whether a letter about orders that came between two moments may be unread still.

    The register of letters stands above this app, so whoever records silence brings the question.
    """

    def __call__(
        self, orders: Iterable[int], *, since: datetime, before: datetime, read_until: datetime
    ) -> bool: ...


@transaction.atomic(savepoint=False)
def answer_edition(
    *,
    notice: EditionNotice,
    kind: EditionAnswerKind,
    words: str,
    door: AnswerDoor,
    said_at: datetime,
    by: str,
    at: datetime,
) -> list[EditionAnswer]:
    """Record that a contract holder agrees to an edition or objects to it, before it takes effect.

    A company answers for all orders of its invoice that were told by the same letter. `said_at` is
    when it was said: now, or when the letter came. Raises RuleViolation once the edition is in
    effect, or an answer is recorded.
    """
    notices = _locked_with_invoice(notice)
    notice = next(each for each in notices if each.pk == notice.pk)
    if said_at > at:
        raise RuleViolation(_("This has not been said yet."), clause=CLAUSE, field="said_at")
    if not notice.is_open(said_at):
        raise RuleViolation(
            _("This edition is in effect already: it can be objected to before its day only."),
            clause=CLAUSE,
            field="said_at",
        )
    if notice.order.state not in RUNNING:
        raise RuleViolation(_("This contract has ended: nothing of it changes."), clause=CLAUSE)
    if hasattr(notice, "answer"):
        raise RuleViolation(_("Your answer is recorded already."), clause=CLAUSE)
    answers = [
        _record_answer(each, kind=kind, words=words, door=door, said_at=said_at, by=by, at=at)
        for each in notices
        if not hasattr(each, "answer")
    ]
    _confirm(notice, answers[0], at=at)
    return answers


def record_silence(*, at: datetime, may_have_unread: MayHaveUnread) -> list[str]:
    """Record silence as consent where the day of effect has come; return the orders' codes.

    Only for those who were told in time by a letter that arrived, and whose own letters from before
    that day are all read: others are for a person.
    """
    due = EditionNotice.objects.silent(at).order_by("pk")
    done = one_by_one(
        list(due),
        lambda notice: _take_silence(notice=notice, at=at, may_have_unread=may_have_unread),
    )
    return [notice.order.code for notice, is_recorded in done if is_recorded]


@transaction.atomic(savepoint=False)
def _take_silence(*, notice: EditionNotice, at: datetime, may_have_unread: MayHaveUnread) -> bool:
    """Locks all orders that the letter told: one of them may have answered for all of them."""
    told = [each.order_id for each in _locked_with_invoice(notice)]
    silent = EditionNotice.objects.silent(at).select_related("order", "edition", "letter")
    still = silent.filter(pk=notice.pk).first()
    if still is None or still.object_before is None or still.letter.sent_at is None:
        return False
    settled = max(
        still.object_before + LETTERS_ARE_READ_WITHIN,
        still.letter.sent_at + LETTERS_COME_BACK_WITHIN,
    )
    if may_have_unread(told, since=still.told_at, before=still.object_before, read_until=settled):
        return False
    _record_answer(
        still,
        kind=EditionAnswerKind.SILENT,
        words="",
        door=AnswerDoor.CLOCK,
        said_at=still.object_before,
        by=SYSTEM,
        at=at,
    )
    return True


def refute_silence(*, at: datetime) -> list[str]:
    """Note that silence was none where the letter came back later; return the orders' codes."""
    due = EditionNotice.objects.came_back_later().order_by("pk")
    done = one_by_one(list(due), lambda notice: _refute(notice=notice, at=at))
    return [notice.order.code for notice, is_recorded in done if is_recorded]


@transaction.atomic(savepoint=False)
def _refute(*, notice: EditionNotice, at: datetime) -> bool:
    order = Order.objects.locked().get(pk=notice.order_id)
    found = EditionNotice.objects.came_back_later().select_related("answer", "edition")
    still = found.filter(pk=notice.pk).first()
    if still is None:
        return False
    SilenceRefutation.objects.create(answer=still.answer, at=at)
    record(
        "edition.silence_refuted",
        about=("order", order.code),
        order=order.code,
        facts={"edition": still.edition.name, "letter": still.letter_id},
        by=SYSTEM,
        at=at,
        clause=CLAUSE,
    )
    return True


@transaction.atomic(savepoint=False)
def close_talk(
    *, talk: EditionTalk, outcome: TalkOutcome, reason: str, by: str, at: datetime
) -> EditionTalk:
    """Close the talk that an objection opened, with what was agreed on.

    That the parties end the contract is no word of staff: the other side has accepted a proposal of
    12.4 since the talk began, or the contract has ended. Raises RuleViolation otherwise.
    """
    order = Order.objects.filter(edition_notices__answer__talk=talk).get()
    order = Order.objects.locked().get(pk=order.pk)
    talk = EditionTalk.objects.select_for_update(of=("self",)).get(pk=talk.pk)
    if talk.closed_at:
        raise RuleViolation(_("This talk is closed already."), clause=CLAUSE)
    talk.closed_at = at
    talk.closed_by = by
    talk.outcome = outcome
    talk.reason = reason
    talk.ending = _agreement(order, talk) if outcome == TalkOutcome.ENDS else None
    talk.save(update_fields=["closed_at", "closed_by", "outcome", "reason", "ending"])
    facts: dict[str, Any] = {"edition": talk.answer.notice.edition.name, "outcome": str(outcome)}
    if talk.ending:
        facts["proposal"] = talk.ending.number
    record(
        "edition.talk_closed",
        about=("order", order.code),
        order=order.code,
        facts=facts,
        by=by,
        at=at,
        clause=CLAUSE,
    )
    return talk


def _agreement(order: Order, talk: EditionTalk) -> EndingProposal | None:
    """The proposal that the other side accepted since the talk began; None for another end."""
    accepted = order.ending_proposals.filter(
        answer=Answer.ACCEPTED, answered_at__gte=talk.opened_at
    )
    agreed = accepted.order_by("number").last()
    if agreed is None and order.state in RUNNING:
        raise RuleViolation(
            _("Nobody has agreed yet: propose the end, and close the talk once it is accepted."),
            clause="12.4",
            field="outcome",
        )
    return agreed


def _locked_with_invoice(notice: EditionNotice) -> list[EditionNotice]:
    """Lock the orders that one letter told, and return their notices."""
    together = EditionNotice.objects.filter(edition=notice.edition_id, letter=notice.letter_id)
    told = together.values("order")
    list(Order.objects.people_locked().filter(pk__in=told).order_by("pk"))
    return list(together.select_related("order__party", "edition", "answer").order_by("order__pk"))


def _record_answer(
    notice: EditionNotice,
    *,
    kind: EditionAnswerKind,
    words: str,
    door: AnswerDoor,
    said_at: datetime,
    by: str,
    at: datetime,
) -> EditionAnswer:
    answer = EditionAnswer.objects.create(
        notice=notice,
        kind=kind,
        words=words,
        door=door,
        said_at=said_at,
        recorded_at=at,
        recorded_by=by,
    )
    if kind == EditionAnswerKind.OBJECTED:
        EditionTalk.objects.create(answer=answer, opened_at=at)
    record(
        f"edition.{kind.value}",
        about=("order", notice.order.code),
        order=notice.order.code,
        facts={
            "edition": notice.edition.name,
            "door": door.value,
            "said_at": said_at.isoformat(),
        },
        by=by,
        at=at,
        clause=CLAUSE,
    )
    return answer


def _confirm(notice: EditionNotice, answer: EditionAnswer, *, at: datetime) -> None:
    """Queue the copy of what was answered, to the registered e-mail."""
    order = notice.order
    queue_notice(
        NoticeKind.EDITION_ANSWERED,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=f"edition {notice.edition_id}",
        at=at,
        facts={
            "edition": notice.edition.name,
            "effective_on": notice.edition.effective_from.isoformat(),
            "answer": answer.kind,
            "moment": f"{answer.said_at.astimezone(ALMATY):%d.%m.%Y %H:%M}",
        },
    )
