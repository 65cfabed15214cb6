"""Telling contract holders of a later edition: one letter each, at the clock's pace (12.2.1)."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from enrollment.models import Edition, EditionAnswerKind, EditionNotice, Order
from enrollment.models.edition_notice import RUNNING, is_told_of
from enrollment.operations.links import edition_answer_link, service_name
from enrollment.rules.comparison import PREAMBLE, TITLE, Change, in_short
from offer_site.days import last_day
from offer_site.journal.operations import SYSTEM, record
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice, NoticeState
from offer_site.notices.operations import left_to_the_sweep, queue_notice
from offer_site.sweeps import one_by_one

from .drafts import comparison_of_edition

CLAUSE = "12.2.1"
AT_ONCE = 200  # contract holders whom one run tells of one edition
MOST_IN_A_LETTER = 25  # places that changed; the page in the cabinet shows all of them
LONGEST = 240  # letters of the alphabet, of one side of one place
WORDS_OF_PLACES = {
    TITLE: {"kk": "Атауы", "ru": "Название"},
    PREAMBLE: {"kk": "Кіріспе", "ru": "Преамбула"},
}


@dataclass(frozen=True)
class Progress:
    """How far one edition is told of; `told` counts contracts, as the others do."""

    told: int
    left: int
    sent: int
    agreed: int
    silent: int
    objected: int


@dataclass(frozen=True)
class Told:
    """What one run did for one edition."""

    edition: Edition
    told: int
    left: int


def untold_holders(edition: Edition) -> QuerySet[Order]:
    """Contracts concluded before an edition took effect, that still run and were not told of it.

    One that was concluded under this very edition accepted it.
    """
    concluded = Q(acceptance__accepted_at__lt=edition.in_effect_at)
    return Order.objects.filter(concluded, state__in=RUNNING).exclude(
        Q(edition=edition) | Q(is_told_of(edition))
    )


def tell_of_editions(*, at: datetime, at_once: int = AT_ONCE) -> list[Told]:
    """Tell the next contract holders of every edition that has some left.

    The holders of one company's invoice get one letter. Each is told in a transaction of its own,
    and the letters leave at the pace of the outbox.
    """
    done = []
    for edition in Edition.objects.published(at).filter(tells_holders=True):
        if Edition.objects.before(edition).exists():
            told = _tell_some(edition, at=at, at_once=at_once)
            if told.told:
                done.append(told)
    return done


def _tell_some(edition: Edition, *, at: datetime, at_once: int) -> Told:
    waiting = untold_holders(edition).order_by("pk")
    with left_to_the_sweep():
        told = one_by_one(
            list(waiting[:at_once]),
            lambda order: tell_holder(order=order, edition=edition, at=at),
        )
    return Told(edition, sum(len(notices) for _order, notices in told), waiting.count())


@transaction.atomic(savepoint=False)
def tell_holder(*, order: Order, edition: Edition, at: datetime) -> list[EditionNotice]:
    """Tell one contract holder of an edition, with what changes and until when to object.

    All orders of a company's invoice are told by one letter. Returns what was told now; nothing if
    they were told already. No number of the contract changes.
    """
    of_invoice = Q(invoice=order.invoice_id) if order.invoice_id else Q(pk=order.pk)
    locked = list(
        Order.objects.people_locked()
        .with_people()
        .select_related("invoice")
        .filter(of_invoice)
        .order_by("pk")
    )
    still = set(untold_holders(edition).filter(of_invoice).values_list("pk", flat=True))
    holders = [each for each in locked if each.pk in still]
    if not holders:
        return []
    until = edition.object_before
    until = until if until and at < until else None
    told = []
    letters: dict[str, Notice] = {}
    for holder in holders:
        email = holder.party.email
        if email not in letters:
            its = [each for each in holders if each.party.email == email]
            letters[email] = _queue_letter(its, edition, until=until, at=at)
        notice = EditionNotice.objects.create(
            edition=edition,
            order=holder,
            letter=letters[email],
            told_at=at,
            object_before=until,
        )
        facts = {
            "edition": edition.name,
            "effective_from": edition.effective_from.isoformat(),
            "object_before": until.isoformat() if until else "",
        }
        record(
            "edition.told",
            about=("order", holder.code),
            order=holder.code,
            facts=facts,
            by=SYSTEM,
            at=at,
            clause=CLAUSE,
        )
        told.append(notice)
    return told


def progress_of(edition: Edition) -> Progress:
    """How many contract holders were told, and what they answered."""
    notices = EditionNotice.objects.filter(edition=edition)
    answered = dict.fromkeys(EditionAnswerKind.values, 0)
    stands = notices.filter(answer__isnull=False, answer__refutation=None)
    for kind in stands.values_list("answer__kind", flat=True):
        answered[kind] += 1
    return Progress(
        told=notices.count(),
        left=untold_holders(edition).count() if edition.tells_holders else 0,
        sent=notices.filter(letter__state=NoticeState.SENT).count(),
        agreed=answered[EditionAnswerKind.AGREED],
        silent=answered[EditionAnswerKind.SILENT],
        objected=answered[EditionAnswerKind.OBJECTED],
    )


def _queue_letter(
    orders: list[Order], edition: Edition, *, until: datetime | None, at: datetime
) -> Notice:
    """One letter to one e-mail, about one contract or all those of an invoice."""
    first = orders[0]
    facts: dict[str, Any] = {
        "edition": edition.name,
        "effective_on": edition.effective_from.isoformat(),
        "package": service_name(first),
        "answer_url": edition_answer_link(first, edition),
        **_changes(edition.pk, edition.kk_sha256, edition.ru_sha256),
    }
    if until:
        facts["object_until"] = last_day(until).isoformat()
    if first.invoice:
        facts |= {"invoice": first.invoice.code, "learners": len(orders)}
    return queue_notice(
        NoticeKind.EDITION_COMING,
        about=("edition", edition.name),
        to=first.party.email,
        language=first.language,
        order=first.code,
        occasion=first.code,
        at=at,
        facts=facts,
    )


@lru_cache(maxsize=4)
def _changes(edition: int, *digests: str) -> dict[str, Any]:
    """What changed, in the words of each language: the bytes of an edition never change."""
    comparison = comparison_of_edition(Edition.objects.get(pk=edition))
    if comparison is None:
        return {"changes_kk": [], "changes_ru": [], "more": 0}
    found: dict[str, list[dict[str, str]]] = {}
    for language in ("kk", "ru"):
        changes = (each.in_language(language) for each in comparison.texts)
        found[language] = [_line(change, language) for change in changes if change]
    more = max(len(lines) for lines in found.values()) - MOST_IN_A_LETTER
    return {
        "changes_kk": found["kk"][:MOST_IN_A_LETTER],
        "changes_ru": found["ru"][:MOST_IN_A_LETTER],
        "more": max(more, 0),
    }


def _line(change: Change, language: str) -> dict[str, str]:
    words = WORDS_OF_PLACES.get(change.place, {})
    return {
        "place": words.get(language, change.place),
        "before": in_short(change.before, longest=LONGEST),
        "after": in_short(change.after, longest=LONGEST),
    }
