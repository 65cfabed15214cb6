"""Acceptances and the accepted texts, computed again from stored bytes: A1, A3, A4."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from .reading import canonical, content, day, moment, money, rows, sha256

CONTRACT = ("prepaid", "paid", "completed", "terminated")
TEXTS = {"kk.md": "kk_sha256", "ru.md": "ru_sha256"}
FILES = {*TEXTS, "terms.toml", "differences.toml", "offer.pdf"}


def each_contract_was_made_by_one_payment(at: datetime) -> Iterator[str]:
    """A1: a contract has one acceptance, one enrollment and their receipt; others have none."""
    sql = """
        SELECT o.code, o.state,
            (SELECT COUNT(*)
             FROM enrollment_acceptance a
             WHERE a.order_id = o.id),
            (SELECT COUNT(*)
             FROM enrollment_enrollment n
             WHERE n.order_id = o.id),
            (SELECT COUNT(*)
             FROM enrollment_acceptance a
             JOIN payments_ledgerentry e ON e.provider = a.provider
                 AND e.reference = a.reference
                 AND e.kind = 'receipt'
             WHERE a.order_id = o.id)
        FROM enrollment_order o
    """
    names = ("acceptances", "enrollments", "receipts that made them")
    for code, state, *found in rows(sql):
        expected = 1 if state in CONTRACT else 0
        if found != [expected] * 3:
            counts = ", ".join(f"{count} {name}" for count, name in zip(found, names, strict=True))
            yield f"{code} is {state} and has {counts}"


def a_contract_was_concluded_in_its_payment_s_transaction(at: datetime) -> Iterator[str]:
    """A1: acceptance, enrollment, allocated money and journal rows have one time.

    A dump keeps no transactions, so their time stands for them: every operation writes all its rows
    with one time.
    """
    sql = """
        SELECT o.code, a.recorded_at, n.opened_at, j.at, j.verb,
            (SELECT COUNT(*)
             FROM payments_allocation g
             JOIN payments_ledgerentry e ON e.id = g.entry_id
             WHERE g.order_id = o.id
                 AND g.amount > 0
                 AND e.provider = a.provider
                 AND e.reference = a.reference
                 AND g.at = a.recorded_at)
        FROM enrollment_acceptance a
        JOIN enrollment_order o ON o.id = a.order_id
        LEFT JOIN enrollment_enrollment n ON n.order_id = o.id
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.verb IN ('offer.accepted', 'enrollment.opened')
        ORDER BY o.code
    """
    verbs_by_order: dict[str, set[str]] = {}
    last = ""
    for code, accepted, opened, journalled, verb, allocations in rows(sql):
        if code != last:
            yield from _untold(verbs_by_order)
            verbs_by_order = {code: set()}
            last = code
            if not allocations:
                yield f"{code}: no money was given to it when it was accepted"
            if opened is None or moment(opened) != moment(accepted):
                yield f"{code} was accepted and enrolled at different times"
        if verb:
            verbs_by_order[code].add(verb)
            if moment(journalled) != moment(accepted):
                yield f"{code}: {verb} was journalled at another time than it was accepted"
    yield from _untold(verbs_by_order)


def _untold(verbs_by_order: dict[str, set[str]]) -> Iterator[str]:
    for code, verbs in verbs_by_order.items():
        for verb in ("offer.accepted", "enrollment.opened"):
            if verb not in verbs:
                yield f"{code} was accepted, and no journal row says {verb}"


def an_acceptance_recomputes(at: datetime) -> Iterator[str]:
    """A3: it agrees with what was sealed, the edition's files, and the rows that it names."""
    texts = {
        (edition, name): sha256(bytes(stored))
        for edition, name, stored in rows(
            "SELECT edition_id, name, content FROM enrollment_editionfile"
        )
        if name in TEXTS
    }
    sql = """
        SELECT o.code, o.id, a.sealed, a.digest, a.edition_id, d.name, a.language, a.price, o.price,
               o.prepayment, o.placed_at, o.placed_on, t."row", t.level, a.amount, a.method,
               a.accepted_at,
               a.provider, a.reference, e.amount, e.happened_at, j.facts, s.number, s.amount,
               s.due_on
        FROM enrollment_acceptance a
        JOIN enrollment_order o ON o.id = a.order_id
        JOIN enrollment_edition d ON d.id = a.edition_id
        JOIN enrollment_tariff t ON t.id = o.tariff_id
        LEFT JOIN payments_ledgerentry e ON e.provider = a.provider
            AND e.reference = a.reference
            AND e.kind = 'receipt'
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.verb = 'offer.accepted'
        LEFT JOIN enrollment_installment s ON s.order_id = o.id
            AND s.number = 2
    """
    for row in rows(sql):
        yield from _faults_of_acceptance(row, texts)


def _faults_of_acceptance(row: tuple[Any, ...], texts: dict[tuple[int, str], str]) -> Iterator[str]:
    (
        code,
        _order,
        stored,
        digest,
        edition,
        name,
        language,
        accepted_price,
        price,
        prepayment,
        placed_at,
        placed_on,
        line,
        level,
        amount,
        method,
        accepted_at,
        provider,
        reference,
        came,
        happened_at,
        facts,
        second,
        rest,
        rest_on,
    ) = row
    sealed = content(stored)
    if sha256(canonical(sealed)) != digest:
        yield f"{code}: the digest of its acceptance does not recompute"
    if facts is not None and content(facts) != {"digest": digest, "edition": name}:
        yield f"{code}: its journal tells of another acceptance"
    schedule = [[1, prepayment, day(placed_on).isoformat()]]
    schedule += [[2, rest, day(rest_on).isoformat()]] if second else []
    expected = {
        "order": code,
        "placed_at": moment(placed_at).isoformat(),
        "edition": name,
        "language": language,
        "kk_sha256": texts.get((edition, "kk.md")),
        "ru_sha256": texts.get((edition, "ru.md")),
        "price": price,
        "schedule": schedule,
    }
    for what, value in expected.items():
        if sealed.get(what) != value:
            yield f"{code}: {what} was sealed otherwise than it is stored"
    if accepted_price != price or (sealed["tariff"]["row"], sealed["tariff"]["level"]) != (
        line,
        level,
    ):
        yield f"{code}: another price or tariff was accepted than the order has"
    paid = sealed["payment"]
    payment = {"provider": provider, "method": method, "reference": reference, "currency": "KZT"}
    sealed_payment = {each: paid.get(each) for each in payment}
    if sealed_payment != payment or money(paid["amount"]) != money(amount):
        yield f"{code}: what was sealed of its payment is not what its acceptance says"
    if moment(paid["happened_at"]) != moment(accepted_at):
        yield f"{code}: it was accepted at another time than was sealed"
    if came is not None and (
        not 0 < money(amount) <= money(came) or moment(happened_at) != moment(accepted_at)
    ):
        yield f"{code}: what was accepted with is not what came"


def an_edition_is_its_bytes(at: datetime) -> Iterator[str]:
    """A4: the files of each edition are byte for byte those that were published."""
    published = {
        key: content(facts)
        for key, facts in rows(
            "SELECT about_key, facts FROM journal_entry WHERE verb = 'offer.published'"
        )
    }
    files: dict[int, set[str]] = {}
    sql = """
        SELECT e.id, e.name, f.name, f.content, f.sha256, e.kk_sha256, e.ru_sha256
        FROM enrollment_editionfile f
        JOIN enrollment_edition e ON e.id = f.edition_id
    """
    for edition, name, file, stored, digest, kk, ru in rows(sql):
        files.setdefault(edition, set()).add(file)
        now = sha256(bytes(stored))
        if now != digest:
            yield f"{file} of {name} is not what was stored"
        if published.get(name, {}).get(file) != now:
            yield f"{file} of {name} is not what was published"
        if now != {"kk.md": kk, "ru.md": ru}.get(file, now):
            yield f"{name} names another digest of {file}"
    for edition, name, effective in rows("SELECT id, name, effective_from FROM enrollment_edition"):
        for lost in sorted(FILES - files.get(edition, set())):
            yield f"{lost} of {name} is gone"
        facts = published.get(name)
        if facts is None or facts["effective_from"] != day(effective).isoformat():
            yield f"{name} was published for another day, or never"


def an_order_keeps_its_edition(at: datetime) -> Iterator[str]:
    """A4: the accepted edition is the one that the order was placed under."""
    sql = """
        SELECT o.code, e.name, d.name, j.facts
        FROM enrollment_order o
        JOIN enrollment_edition e ON e.id = o.edition_id
        LEFT JOIN enrollment_acceptance a ON a.order_id = o.id
        LEFT JOIN enrollment_edition d ON d.id = a.edition_id
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.number = 1
            AND j.verb = 'order.placed'
    """
    for code, ordered, accepted, facts in rows(sql):
        shown = content(facts)["edition"] if facts is not None else ordered
        if {ordered, accepted or ordered, shown} != {ordered}:
            yield f"{code} was shown {shown}, ordered under {ordered}, and accepted {accepted}"
