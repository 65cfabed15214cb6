"""Announcing works on the site, and ending them early (2.5)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from offer_site.errors import RuleViolation
from offer_site.journal.models import HOUSE, Chain
from offer_site.journal.operations import record

from .models import Maintenance
from .now import forget

CLAUSE = "2.5"
LONGEST = timedelta(hours=24)


def require_time_for_works(*, starts_at: datetime, ends_at: datetime, at: datetime) -> None:
    """Raise RuleViolation for a time that is over, longer than a day, or announced already."""
    if ends_at <= max(starts_at, at):
        raise RuleViolation(
            _("The works end after they begin, and not in the past."),
            clause=CLAUSE,
            field="ends_at",
        )
    if ends_at - starts_at > LONGEST:
        raise RuleViolation(
            _("Works take at most a day: orders are to be paid every day."),
            clause=CLAUSE,
            field="ends_at",
        )
    _require_nothing_announced(starts_at, ends_at)


def _require_nothing_announced(starts_at: datetime, ends_at: datetime) -> None:
    if Maintenance.objects.overlapping(starts_at, ends_at).exists():
        raise RuleViolation(
            _("Works are announced for this time already. End those first."),
            clause=CLAUSE,
            field="starts_at",
        )


@transaction.atomic
def announce_maintenance(
    *, starts_at: datetime, ends_at: datetime, words_kk: str, words_ru: str, by: str, at: datetime
) -> Maintenance:
    """Announce works: a banner on every page until they begin, then an answer 503 until their end.

    Raises RuleViolation for a time that is over, longer than a day, or announced already.
    """
    require_time_for_works(starts_at=starts_at, ends_at=ends_at, at=at)
    # Whoever announces at the same moment waits here, and then sees this one.
    Chain.objects.select_for_update().get(name=HOUSE)
    _require_nothing_announced(starts_at, ends_at)
    maintenance = Maintenance.objects.create(
        starts_at=starts_at,
        ends_at=ends_at,
        words_kk=words_kk,
        words_ru=words_ru,
        announced_at=at,
        announced_by=by,
    )
    facts = {
        "starts_at": starts_at.isoformat(),
        "ends_at": ends_at.isoformat(),
        "words_kk": words_kk,
        "words_ru": words_ru,
    }
    record(
        "maintenance.announced", about=about(maintenance), facts=facts, by=by, at=at, clause=CLAUSE
    )
    transaction.on_commit(forget)
    return maintenance


@transaction.atomic
def end_maintenance(*, maintenance: Maintenance, by: str, at: datetime) -> Maintenance:
    """End works before their end, or call them off; what is over stays as it is."""
    maintenance = Maintenance.objects.select_for_update().get(pk=maintenance.pk)
    if maintenance.ended_at is None and at < maintenance.ends_at:
        maintenance.ended_at = at
        maintenance.ended_by = by
        maintenance.save(update_fields=["ended_at", "ended_by"])
        record("maintenance.ended", about=about(maintenance), by=by, at=at, clause=CLAUSE)
        transaction.on_commit(forget)
    return maintenance


def about(maintenance: Maintenance) -> tuple[str, str]:
    """How the journal names works."""
    return "maintenance", str(maintenance.pk)
