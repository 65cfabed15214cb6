"""Who took an order for its buyer, and what was confirmed before the payment (V1)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from .reading import content, moment, rows

# What an acceptance and the journal hold of it by version, repeated here: a version never changes.
FIELDS: dict[int, tuple[str, ...]] = {
    1: ("staff", "partner", "partner_name", "consents"),
}
CONTRACT = ("prepaid", "paid", "completed", "terminated")


def who_took_an_order_is_told_alike(at: datetime) -> Iterator[str]:
    """V1: the order, the row of it, the journal and the acceptance name the same third party."""
    sql = """
        SELECT o.code, o.taken_by, k.staff_id, k.partner_id, k.partner_name, k.consents, k.version,
               k.taken_at, o.placed_at, j.facts, a.sealed
        FROM enrollment_order o
        LEFT JOIN enrollment_ordertaking k ON k.order_id = o.id
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.verb = 'order.taken'
        LEFT JOIN enrollment_acceptance a ON a.order_id = o.id
    """
    for code, taken_by, staff, partner, name, consents, version, taken, placed, raw, sealed in rows(
        sql
    ):
        told = content(raw) if raw is not None else None
        accepted = content(sealed).get("taken") if sealed is not None else told
        if version is None:
            if taken_by or told or accepted:
                yield f"{code}: nothing says any more who took it"
            continue
        values: dict[str, Any] = {
            "staff": staff,
            "partner": partner,
            "partner_name": name,
            "consents": consents,
        }
        if version not in FIELDS:
            yield f"{code}: who took it is told by a version that never was"
            continue
        now = {"version": version, **{each: values.get(each) for each in FIELDS[version]}}
        if taken_by != ("partner" if partner else "staff"):
            yield f"{code}: it names another kind of third party than took it"
        if told != now:
            yield f"{code}: its journal tells of another third party"
        if accepted != told:
            yield f"{code}: it was accepted as taken by another"
        if moment(taken) != moment(placed):
            yield f"{code}: it was taken at another time than it was placed"


def payment_opened_after_what_was_confirmed(at: datetime) -> Iterator[str]:
    """V1: an order waits while something is to be confirmed, and no contract came before it."""
    sql = """
        SELECT o.code, o.state, o.awaits_confirmation, c.subject, c.confirmed_at, c.origin_digest,
               a.recorded_at, k.consents, j.facts, j.at
        FROM enrollment_order o
        LEFT JOIN enrollment_confirmation c ON c.order_id = o.id
        LEFT JOIN enrollment_acceptance a ON a.order_id = o.id
        LEFT JOIN enrollment_ordertaking k ON k.order_id = o.id
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.verb = 'order.confirmed'
            AND CAST(j.facts AS TEXT) LIKE '%%"' || c.subject || '"%%'
        WHERE o.awaits_confirmation OR c.id IS NOT NULL OR k.consents = 'link'
    """
    asked: dict[str, set[str]] = {}
    still: dict[str, bool] = {}
    waits: dict[str, bool] = {}
    by_link: set[str] = set()
    for code, state, awaits, subject, confirmed, origin, accepted, how, raw, told_at in rows(sql):
        asked.setdefault(code, set()).update({subject} if subject else ())
        still[code] = still.get(code, False) or (subject is not None and confirmed is None)
        waits[code] = bool(awaits)
        if how == "link":
            by_link.add(code)
        if subject is None:
            continue
        if confirmed is None:
            if raw is not None:
                yield f"{code}: the journal says that {subject} was confirmed, and the row does not"
            if state in CONTRACT:
                yield f"{code} has a contract, and {subject} was never confirmed"
            continue
        if raw is None or content(raw)["origin"] != origin or moment(told_at) != moment(confirmed):
            yield f"{code}: no journal row tells of its confirmation of {subject}"
        if accepted is not None and moment(accepted) < moment(confirmed):
            yield f"{code}: its contract came before its confirmation of {subject}"
    for code, subjects in asked.items():
        if code in by_link and "consents" not in subjects:
            yield f"{code}: its consents were to come by a link, and nothing asked for them"
        if waits[code] != still[code]:
            yield f"{code}: it takes money otherwise than its confirmations say"
