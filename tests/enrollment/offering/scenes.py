"""Scenes of editions: drafts, a later edition that takes effect in a week, holders told of it."""

from datetime import date, datetime, timedelta
from pathlib import Path

from enrollment.models import (
    AnswerDoor,
    Edition,
    EditionAnswer,
    EditionAnswerKind,
    EditionNotice,
    OfferDraft,
    Order,
)
from enrollment.operations.offering.drafts import begin_draft, edit_draft, sign_off_draft
from enrollment.operations.offering.edition_answers import answer_edition
from enrollment.operations.offering.holders import tell_of_editions
from enrollment.operations.offering.offers import publish_offer
from offer_site.clock.jobs import tell_editions
from offer_site.days import start_of_day
from offer_site.notices.models import Notice, NoticeState
from tests.enrollment.editions import a_later_edition
from tests.given import NOON, a_published_offer, an_owner

EFFECT = date(2026, 12, 1)
IN_EFFECT = start_of_day(EFFECT)
LAST_MOMENT = IN_EFFECT - timedelta(microseconds=1)
READ = IN_EFFECT + timedelta(days=3)
CHANGES = {
    "kk.md": ("10.3. Даулар", "10.3. Келісімге келмеген даулар"),
    "ru.md": ("10.3. Споры", "10.3. Неурегулированные споры"),
}


def a_coming_edition(folder: Path, *, at: datetime = NOON, effect: date = EFFECT) -> Edition:
    """The next edition, published today with its day of effect."""
    a_published_offer()
    edition, _is_new = publish_offer(
        folder=a_later_edition(folder), by="system", at=at, effective_from=effect
    )
    return edition


def a_draft(name: str = "2026-12-01") -> OfferDraft:
    """A draft with the words of the last edition."""
    a_published_offer()
    return begin_draft(name=name, by=an_owner(), at=NOON)


def texts_with(draft: OfferDraft, **changes: tuple[str, str]) -> dict[str, str]:
    """The files of a draft with one place of each changed; the names are kk, ru, terms."""
    files = {"kk": "kk.md", "ru": "ru.md", "terms": "terms.toml"}
    found = {}
    for column, (old, new) in changes.items():
        text = getattr(draft, column)
        assert text.count(old) == 1
        found[files[column]] = text.replace(old, new)
    return found


def edited(draft: OfferDraft, files: dict[str, str], *, at: datetime = NOON) -> OfferDraft:
    """Edit a draft as it is now."""
    draft.refresh_from_db()
    return edit_draft(draft=draft, files=files, seen=draft.digest, by=an_owner(), at=at)


def a_signed_draft(name: str = "2026-12-01") -> OfferDraft:
    """A draft with a clause changed in both languages, whose differences are signed off."""
    draft = a_draft(name)
    draft = edited(draft, texts_with(draft, kk=CHANGES["kk.md"], ru=CHANGES["ru.md"]))
    return sign_off_draft(draft=draft, seen=draft.digest, by=an_owner(), at=NOON)


def told(order: Order, *, at: datetime = NOON) -> EditionNotice:
    """Run the clock's job; the notice of this contract."""
    tell_of_editions(at=at)
    return EditionNotice.objects.get(order=order)


def record_silence(*, at: datetime) -> list[str]:
    """Run the clock's job; the codes of those whose silence it recorded."""
    lines = [each.line for each in tell_editions(at)]
    silence = "silence is consent: "
    return [line.removeprefix(silence) for line in lines if line.startswith(silence)]


def letters_arrive(*, at: datetime = NOON) -> None:
    """What the outbox writes of letters that left."""
    waiting = Notice.objects.filter(state=NoticeState.QUEUED)
    waiting.update(state=NoticeState.SENT, sent_at=at, raw="letter", raw_sha256="0" * 64)


def an_edition_answer(
    notice: EditionNotice,
    kind: EditionAnswerKind = EditionAnswerKind.OBJECTED,
    *,
    at: datetime = NOON,
    words: str = "",
) -> list[EditionAnswer]:
    return answer_edition(
        notice=notice,
        kind=kind,
        words=words,
        door=AnswerDoor.CABINET,
        said_at=at,
        by="user:1",
        at=at,
    )
