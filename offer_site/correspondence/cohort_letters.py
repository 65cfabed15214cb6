"""A letter to a whole cohort: written once, looked at, sent to each contract once (12.1, 5.3.5).

It goes out in steps of one contract, each in a transaction of its own: a crash repeats nothing, and
the clock goes on where it stopped.
"""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.models import Cohort, Consent, ConsentPurpose, Order
from enrollment.rules.order_states import OrderState
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, record
from offer_site.languages import speaking
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.letters import one_line
from offer_site.notices.models import Notice, NoticeState
from offer_site.notices.operations import left_to_the_sweep, queue_notice
from offer_site.retries import once_more_if_beaten

from .models import CohortLetter, CohortLetterReceiver

log = logging.getLogger(__name__)

HOLDERS = (OrderState.PREPAID, OrderState.PAID, OrderState.COMPLETED)
MOST_AT_ONCE = 500  # contracts in one run of the clock; the next goes on
ABOUT = "cohort-letter"


@dataclass(frozen=True)
class CohortWords:
    subject_kk: str
    subject_ru: str
    text_kk: str
    text_ru: str

    def facts(self) -> dict[str, str]:
        return {
            "subject_kk": one_line(self.subject_kk),
            "subject_ru": one_line(self.subject_ru),
            "text_kk": self.text_kk.strip(),
            "text_ru": self.text_ru.strip(),
        }


@dataclass(frozen=True)
class Progress:
    """How far a letter went: contracts still to be written to, and what became of the notices."""

    waiting: int
    queued: int
    sent: int
    dead: int


@transaction.atomic
def write_cohort_letter(
    *, cohort: Cohort, words: CohortWords, is_marketing: bool, by: str, at: datetime
) -> CohortLetter:
    """Keep a letter to look at; nothing goes out yet."""
    letter = CohortLetter.objects.create(
        cohort=cohort, is_marketing=is_marketing, written_at=at, written_by=by, **words.facts()
    )
    _record(letter, "cohort_letter.written", by=by, at=at)
    return letter


@transaction.atomic
def rewrite_cohort_letter(
    *, letter: CohortLetter, words: CohortWords, by: str, at: datetime
) -> CohortLetter:
    """Change the words before they go out; RuleViolation afterwards."""
    letter = CohortLetter.objects.select_for_update().get(pk=letter.pk)
    _require_unsent(letter)
    for name, value in words.facts().items():
        setattr(letter, name, value)
    letter.written_at = at
    letter.written_by = by
    letter.save(update_fields=[*words.facts(), "written_at", "written_by"])
    _record(letter, "cohort_letter.written", by=by, at=at)
    return letter


@transaction.atomic
def start_cohort_letter(*, letter: CohortLetter, by: str, at: datetime) -> CohortLetter:
    """Let it go out: the clock writes to each contract. RuleViolation if it goes already."""
    letter = CohortLetter.objects.select_for_update().get(pk=letter.pk)
    _require_unsent(letter)
    if not receivers_to_come(letter).exists():
        raise RuleViolation(_("Nobody is there to get this letter."), clause="12.1")
    letter.started_at = at
    letter.started_by = by
    letter.save(update_fields=["started_at", "started_by"])
    _record(letter, "cohort_letter.sent", by=by, at=at)
    return letter


def send_cohort_letters(*, at: datetime) -> Iterator[tuple[CohortLetter, int, bool]]:
    """Queue what is due: each letter, how many contracts were written to, and if all went well.

    One contract that fails stops no other, and is tried again in the next run.
    """
    for letter in CohortLetter.objects.going_out().order_by("pk"):
        queued = 0
        failed = False
        due = list(receivers_to_come(letter).values_list("pk", flat=True)[:MOST_AT_ONCE])
        with left_to_the_sweep():
            for pk in due:
                try:
                    queued += _write_to(letter, pk, at=at) is not None
                except DatabaseError:
                    log.exception("letter to cohort %s: order %s", letter.pk, pk)
                    failed = True
        if not failed and len(due) < MOST_AT_ONCE:
            _finish(letter, at=at)
        yield letter, queued, not failed


def receivers_to_come(letter: CohortLetter) -> QuerySet[Order]:
    """Contracts of the cohort that it has not reached; marketing only with a standing consent."""
    reached = CohortLetterReceiver.objects.filter(cohort_letter=letter, order=OuterRef("pk"))
    holders = Order.objects.accepted().filter(
        ~Exists(reached), cohort=letter.cohort_id, state__in=HOLDERS
    )
    return _willing(holders, letter).order_by("pk")


def progress_of(letter: CohortLetter) -> Progress:
    notices = Notice.objects.filter(about_kind=ABOUT, about_key=str(letter.pk))
    by_state = {state: notices.filter(state=state).count() for state in NoticeState.values}
    return Progress(
        waiting=0 if letter.finished_at else receivers_to_come(letter).count(),
        queued=by_state[NoticeState.QUEUED],
        sent=by_state[NoticeState.SENT],
        dead=by_state[NoticeState.DEAD],
    )


def letter_facts(letter: CohortLetter, *, language: str) -> dict[str, str]:
    with speaking(language):
        cabinet = f"{settings.SITE_URL}{reverse('cabinet')}"
    return {
        "subject_kk": letter.subject_kk,
        "subject_ru": letter.subject_ru,
        "text_kk": letter.text_kk,
        "text_ru": letter.text_ru,
        "cabinet_url": cabinet,
    }


def kind_of(letter: CohortLetter) -> NoticeKind:
    return NoticeKind.COHORT_OFFER if letter.is_marketing else NoticeKind.COHORT_NEWS


@once_more_if_beaten
@transaction.atomic
def _write_to(letter: CohortLetter, pk: int, *, at: datetime) -> Notice | None:
    """Write to one contract, once; contracts under one e-mail get one notice. Locks the order.

    What was true when it was listed is asked again: a consent may be withdrawn since.
    """
    locked = Order.objects.people_locked().get(pk=pk)
    if not receivers_to_come(letter).filter(pk=pk).exists():
        return None
    email = locked.party.email
    kind = kind_of(letter)
    notice = Notice.objects.filter(
        kind=kind, about_kind=ABOUT, about_key=str(letter.pk), recipient=email
    ).first() or queue_notice(
        kind,
        about=(ABOUT, str(letter.pk)),
        to=email,
        language=locked.language,
        order=locked.code,
        facts=letter_facts(letter, language=locked.language),
        at=at,
    )
    CohortLetterReceiver.objects.create(cohort_letter=letter, order=locked, notice=notice, at=at)
    return notice


@transaction.atomic
def _finish(letter: CohortLetter, *, at: datetime) -> None:
    done = CohortLetter.objects.going_out().filter(pk=letter.pk).update(finished_at=at)
    if done:
        _record(letter, "cohort_letter.finished", by=SYSTEM, at=at)


def _willing(orders: QuerySet[Order], letter: CohortLetter) -> QuerySet[Order]:
    if not letter.is_marketing:
        return orders
    standing = Consent.objects.filter(
        party=OuterRef("party"), purpose=ConsentPurpose.MARKETING, withdrawal=None
    )
    return orders.filter(Exists(standing))


def _require_unsent(letter: CohortLetter) -> None:
    if letter.started_at:
        raise RuleViolation(_("This letter goes out already."), clause="12.1")


def _record(letter: CohortLetter, verb: str, *, by: str, at: datetime) -> None:
    words = (letter.subject_kk, letter.subject_ru, letter.text_kk, letter.text_ru)
    facts = {
        "cohort": letter.cohort_id,
        "marketing": letter.is_marketing,
        "sha256": hashlib.sha256("\n".join(words).encode()).hexdigest(),
    }
    record(
        verb,
        about=("cohort_letter", str(letter.pk)),
        facts=facts,
        by=by,
        at=at,
        clause="5.3.5" if letter.is_marketing else "12.1",
    )
