"""Files of a bank that one person brought, and the second person who compares them (M13)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from .reading import content, has_column, money, rows

# What the unseen files of one person may give: payments/rules/looks.py says why.
AT_MOST = Decimal(2_000_000)
FILES = {
    "payments_statementfile": ("statement", "statement.imported"),
    "payments_kaspiregistry": ("kaspi_registry", "kaspi_registry.imported"),
}


def files_are_as_they_were_brought(at: datetime) -> Iterator[str]:
    """M13: who brought a file, its digest and its balances are those of the journal.

    A file of one of the staff asks for the look of another, as it did on its day.
    """
    if not has_column("payments_statementfile", "asks_for_look"):
        return
    for table, (kind, verb) in FILES.items():
        balances = "f.opening, f.closing" if kind == "statement" else "NULL, NULL"
        sql = f"""
            SELECT j.about_key, j."by", j.facts, f.id, f."by", f.sha256, f.asks_for_look, {balances}
            FROM journal_entry j
            LEFT JOIN {table} f ON CAST(f.id AS VARCHAR(20)) = j.about_key
            WHERE j.verb = %s
        """  # noqa: S608 - names of ours
        for key, told_by, facts, found, by, digest, asks, opening, closing in rows(sql, verb):
            told = content(facts)
            name = f"{kind} {key}"
            if found is None:
                yield f"{name} was imported, and is not there"
                continue
            if kind == "statement":
                # Another may finish an import that broke off; older entries do not say who began.
                told_by = told.get("brought_by", by)
            if by != told_by or digest != told["sha256"]:
                yield f"{name} of {by} was brought by {told_by}, or is another file"
            if bool(asks) != told.get("asks_for_look", False):
                yield f"{name} does not ask for a second look as it did when it was imported"
            for what, amount in (("opening", opening), ("closing", closing)):
                if _text(amount) != told.get(what, ""):
                    yield f"{name}: its {what} balance is not the one that was imported"


def unseen_files_give_no_more_than_the_bound(at: datetime) -> Iterator[str]:
    """M13: before a second person has seen them, the files of one give so much and no more."""
    if not has_column("payments_statementfile", "asks_for_look"):
        return
    given: dict[str, Decimal] = defaultdict(Decimal)
    sql = """
        SELECT f."by", l.amount
        FROM payments_statementline l
        LEFT JOIN payments_typedtransfer t ON t.line_id = l.id
            AND t.approved_at IS NULL
        JOIN payments_statementfile f ON f.id = COALESCE(t.told_in_id, l.file_id)
        WHERE f.asks_for_look
            AND f.seen_at IS NULL
            AND l.state IN ('matched', 'taken')
            AND l.settled_by IN ('system', f."by")
    """
    for by, amount in rows(sql):
        given[by] += money(amount)
    sql = """
        SELECT f."by", e.amount
        FROM payments_kaspirow r
        JOIN payments_kaspiregistry f ON f.id = r.registry_id
        JOIN payments_ledgerentry e ON e.provider = 'kaspi'
            AND e.reference = r.txn_id
            AND e.kind = 'receipt'
        WHERE f.asks_for_look
            AND f.seen_at IS NULL
            AND r.amount > 0
            AND NOT EXISTS
                (SELECT 1
                 FROM payments_providermessage m
                 WHERE m.provider = 'kaspi'
                     AND m.kind = 'pay'
                     AND m.reference = r.txn_id)
    """
    for by, amount in rows(sql):
        given[by] += money(amount)
    for by, total in given.items():
        if total > AT_MOST:
            yield f"files of {by} that nobody else has seen gave {total}"


def _text(amount: object) -> str:
    return "" if amount is None else str(money(amount))
