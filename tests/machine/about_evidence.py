"""The acceptance, the journal, the letters: A1 to A5, N1."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from django.db import connection

from tests.machine.reading import Mark, Told, canonical, content, moment, money, rows, twice
from tests.machine.register import invariant

UNDER_CONTRACT = {"prepaid", "paid", "completed"}


@invariant("A1")
def each_contract_was_made_by_one_payment_in_its_transaction(
    mark: Mark, told: Told
) -> Iterator[str]:
    """By the money's coming or by its being given.
    PostgreSQL itself says which transaction a row came from.
    """
    xmin = "{0}.xmin::text" if connection.vendor == "postgresql" else "''"
    sql = """
        SELECT o.code, o.state, COUNT(DISTINCT a.id), COUNT(DISTINCT n.id), COUNT(DISTINCT e.id)
        FROM enrollment_order o
        LEFT JOIN enrollment_acceptance a ON a.order_id = o.id
        LEFT JOIN enrollment_enrollment n ON n.order_id = o.id
        LEFT JOIN payments_ledgerentry e ON e.provider = a.provider AND e.reference = a.reference
        AND e.kind = 'receipt'
        WHERE o.id > %s GROUP BY o.id, o.code, o.state
    """
    for code, state, *found in rows(sql, mark["order"]):
        if found != [1 if state in {*UNDER_CONTRACT, "terminated"} else 0] * 3:
            yield (
                f"{code} is {state}: {found} acceptances, enrollments, and payments that made them"
            )
    sql = f"""
        SELECT o.code, a.recorded_at, n.opened_at, g.at, {xmin.format("a")}, {xmin.format("g")},
        g."by",
            e.recorded_at, {xmin.format("e")} FROM enrollment_acceptance a
        JOIN enrollment_order o ON o.id = a.order_id
        JOIN enrollment_enrollment n ON n.order_id = o.id
        JOIN payments_ledgerentry e ON e.provider = a.provider AND e.reference = a.reference
        AND e.kind = 'receipt'
        JOIN payments_allocation g ON g.entry_id = e.id AND g.order_id = o.id AND g.amount > 0
        WHERE o.id > %s
    """
    together: dict[str, bool] = defaultdict(bool)
    for code, accepted, opened, given, accepting, giving, by, came, coming in rows(
        sql, mark["order"]
    ):
        made = {(moment(accepted), accepting), (moment(given), giving), (moment(opened), accepting)}
        if by == "system" and coming != giving:
            made.add((moment(came), coming))
        together[code] |= len(made) == 1
    yield from (
        f"{code}: its payment, acceptance and enrollment were not recorded at once"
        for code, were in together.items()
        if not were
    )


@invariant("A3")
def an_acceptance_recomputes(mark: Mark, told: Told) -> Iterator[str]:
    """From stored bytes: what was sealed, the files of the edition,
    and the rows that it speaks of.
    """
    texts = {
        (edition, name): hashlib.sha256(bytes(stored)).hexdigest()
        for edition, name, stored in rows(
            "SELECT edition_id, name, content FROM enrollment_editionfile WHERE name IN ('kk.md', "
            "'ru.md')"
        )
    }
    sql = """
        SELECT o.code, a.sealed, a.digest, a.edition_id, o.price, e.provider, e.reference,
        e.amount, e.happened_at,
            j.facts FROM enrollment_acceptance a
        JOIN enrollment_order o ON o.id = a.order_id
        JOIN payments_ledgerentry e ON e.provider = a.provider AND e.reference = a.reference
        AND e.kind = 'receipt'
        JOIN journal_entry j ON j.chain = o.code AND j.verb = 'offer.accepted' WHERE o.id > %s
    """
    for code, stored, digest, edition, price, provider, reference, amount, at, facts in rows(
        sql, mark["order"]
    ):
        sealed = content(stored)
        if (
            hashlib.sha256(canonical(sealed)).hexdigest() != digest
            or content(facts)["digest"] != digest
        ):
            yield f"{code}: the digest of its acceptance does not recompute"
        paid = {**sealed["payment"], "happened_at": moment(sealed["payment"]["happened_at"])}
        if not 0 < money(paid["amount"]) <= money(amount):
            yield f"{code}: more was sealed than came"
        expected = {
            "provider": provider,
            "reference": reference,
            "currency": "KZT",
            "happened_at": moment(at),
        }
        if {name: paid[name] for name in expected} != expected or (
            sealed["order"],
            sealed["price"],
        ) != (code, price):
            yield f"{code}: what was sealed is not what was paid"
        if (sealed["kk_sha256"], sealed["ru_sha256"]) != (
            texts[edition, "kk.md"],
            texts[edition, "ru.md"],
        ):
            yield f"{code}: the texts that were sealed are not those that are stored"


@invariant("A5")
def the_chains_verify(mark: Mark, told: Told) -> Iterator[str]:
    chains = defaultdict(list)
    sql = """
        SELECT chain, number, at, "by", about_kind, about_key, verb, facts, clause, previous, digest
        FROM journal_entry WHERE id > %s ORDER BY chain, number
    """
    for chain, number, at, *said, previous, digest in rows(sql, mark["row"]):
        by, kind, key, verb, facts, clause = said
        when = moment(at).isoformat(timespec="microseconds")
        row = [chain, number, when, by, kind, key, verb, content(facts), clause, previous]
        if hashlib.sha256(canonical(row)).hexdigest() != digest:
            yield f"{chain} {number} was edited"
        chains[chain].append((number, previous, digest))
    for chain, links in chains.items():
        if any(later[:2] != (earlier[0] + 1, earlier[2]) for earlier, later in pairwise(links)):
            yield f"{chain} has a gap"
    for (code,) in rows("SELECT code FROM enrollment_order WHERE id > %s", mark["order"]):
        if not chains[code] or chains[code][0][:2] != (1, ""):
            yield f"{code} has no beginning"


@invariant("N1")
def one_letter_an_occasion(mark: Mark, told: Told) -> Iterator[str]:
    sql = (
        "SELECT kind, about_kind, about_key, recipient, occasion FROM notices_notice WHERE id > %s"
    )
    yield from map(str, twice(sql, mark["notice"]))
    sql = """
        SELECT o.code, o.state, COUNT(n.id) FROM enrollment_order o LEFT JOIN notices_notice n
            ON n.order_code = o.code AND n.kind = 'contract-concluded' WHERE o.id > %s
            GROUP BY o.id, o.code, o.state
    """
    for code, state, letters in rows(sql, mark["order"]):
        if letters != (1 if state in {*UNDER_CONTRACT, "terminated"} else 0):
            yield f"{code} is {state} and got {letters} letters that its contract is concluded"
