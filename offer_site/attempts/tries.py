"""Tries at what is not the visitor's: counted before the work, kept for staff (3.1 (5))."""

from datetime import date, datetime

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from offer_site.accounts.models import User
from offer_site.addresses import client_address
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record

from .models import OrderTries
from .operations import Attempts, add_to_each, attempts_about, attempts_of, home_of

HOUR = 60 * 60  # seconds
# Of one browser in an hour: somebody mistypes, or opens old letters.
TRIES_OF_A_BROWSER = 40
# Of one address in an hour: a class of 31 behind it, each of whom is wrong ten times.
TRIES_OF_AN_ADDRESS = 310
# Of one address in an hour, with a link's key: beyond them not even a right link is looked up.
LINKS_OF_AN_ADDRESS = 3000

# One statement, as in operations.py: however many come at once, none is lost.
KEEP = """
    INSERT INTO attempts_ordertries
        (home, day, made, first_at, last_at, page, agent, seen_made, seen_at, seen_by)
    VALUES (%s, %s, 1, %s, %s, %s, %s, 0, NULL, '')
    ON CONFLICT (home, day) DO UPDATE SET
        made = attempts_ordertries.made + 1,
        last_at = excluded.last_at,
        page = excluded.page,
        agent = excluded.agent
"""


def count_try(request: HttpRequest, browser: str, *, at: datetime) -> tuple[int, int]:
    """Count one try of the visitor's address and browser; return how many each has made.

    One statement, before anything is looked up. A browser of which nothing is known is its address.
    """
    of_address = attempts_of(request, "order-tries", seconds=HOUR)
    counted: list[Attempts] = [of_address]
    if browser:
        counted.append(attempts_about(browser, "order-tries-browser", seconds=HOUR))
    made = add_to_each(counted, at=at)
    return made[0], made[-1] if browser else 0


def is_too_often(made: tuple[int, int]) -> bool:
    """True if so many tries are answered no more."""
    of_address, of_browser = made
    return of_address > TRIES_OF_AN_ADDRESS or of_browser > TRIES_OF_A_BROWSER


def keep_try(request: HttpRequest, *, at: datetime) -> None:
    """Keep for staff that the visitor's address tried; one statement, committed at once."""
    now = connection.ops.adapt_datetimefield_value(at)
    match = request.resolver_match
    values = [
        home_of(client_address(request)),
        connection.ops.adapt_datefield_value(almaty_day(at)),
        now,
        now,
        str(match.url_name or "")[:40] if match else "",
        request.headers.get("User-Agent", "")[:200],
    ]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, values)


@transaction.atomic(savepoint=False)
def note_looked_at(*, tries: OrderTries, by: User, at: datetime) -> OrderTries:
    """Note that staff looked at the tries of an address; later ones of the day count anew.

    A second note about the same tries is refused.
    """
    tries = OrderTries.objects.select_for_update().get(pk=tries.pk)
    if tries.seen_made >= tries.made:
        raise RuleViolation(_("These tries were looked at already."), clause="3.1")
    tries.seen_made = tries.made
    tries.seen_at = at
    tries.seen_by = actor(by)
    tries.save(update_fields=["seen_made", "seen_at", "seen_by"])
    record(
        "order_tries.looked_at",
        about=("order_tries", str(tries.pk)),
        facts={"day": tries.day.isoformat(), "tries": tries.made},
        by=actor(by),
        at=at,
        clause="3.1",
    )
    return tries


def clear_tries(*, before: date) -> int:
    """Delete what is kept of days before this one; return how many rows."""
    return OrderTries.objects.before(before).delete()[0]
