"""Prices and amounts: whole tenge, halves, and the price of the day of placing (M9, M10)."""

import tomllib
from collections.abc import Iterator
from datetime import datetime

from django.db import connection

from .reading import content, moment, money, on_postgresql, rows, table_names

OURS = ("enrollment_", "payments_", "certificates_")
WHOLE = {
    "enrollment_tariff": ["price"],
    "enrollment_order": ["price", "prepayment"],
    "enrollment_installment": ["amount"],
    "enrollment_acceptance": ["price"],
    "payments_payment": ["amount"],
}
REPORTED = {
    "payments_ledgerentry": ["amount"],
    "payments_allocation": ["amount"],
    "payments_providerfee": ["amount"],
    "payments_statementline": ["amount"],
    "payments_statementfile": ["opening", "closing"],
    "payments_manualreceipt": ["amount"],
    "payments_refundpayout": ["amount"],
    "enrollment_acceptance": ["amount"],
}


def no_column_is_a_float(at: datetime) -> Iterator[str]:
    """M9: prices are integers, reported money is a decimal to the tiyn, nothing is a float."""
    for table in sorted(name for name in table_names() if name.startswith(OURS)):
        with connection.cursor() as cursor:
            described = connection.introspection.get_table_description(cursor, table)
            kinds = {
                c.name: connection.introspection.get_field_type(c.type_code, c) for c in described
            }
        yield from (
            f"{table}.{name} is a float" for name, kind in kinds.items() if kind == "FloatField"
        )
        for name in WHOLE.get(table, ()):
            if "Integer" not in str(kinds.get(name)):
                yield f"{table}.{name} is no whole number"
        for column in described:
            if column.name in REPORTED.get(table, ()) and kinds[column.name] != "DecimalField":
                yield f"{table}.{column.name} is no decimal"
            if (
                on_postgresql()
                and column.name in REPORTED.get(table, ())
                and (column.precision, column.scale) != (14, 2)
            ):
                yield (
                    f"{table}.{column.name} is a decimal of {column.precision} digits, "
                    f"{column.scale} after the comma"
                )
    if not on_postgresql():  # a column of SQLite takes whatever it is given
        yield from _written_into_sqlite()


def _written_into_sqlite() -> Iterator[str]:
    for table, names in WHOLE.items():
        for name in names:
            sql = f"SELECT id FROM {table} WHERE TYPEOF({name}) <> 'integer'"  # noqa: S608 - names of ours
            yield from (f"{table} {number}: {name} is no whole number" for (number,) in rows(sql))
    for table, names in REPORTED.items():
        for name in names:
            sql = f"SELECT id FROM {table} WHERE ABS({name} * 100 - ROUND({name} * 100)) > 0.001"  # noqa: S608
            yield from (f"{table} {number}: {name} is finer than a tiyn" for (number,) in rows(sql))


def installments_sum_to_the_price(at: datetime) -> Iterator[str]:
    """M9: installments sum to the price, the first is the prepayment, halves differ by 1 tenge."""
    sql = """
        SELECT o.code, o.price, o.prepayment, COUNT(i.id), SUM(i.amount),
               MIN(CASE WHEN i.number = 1 THEN i.amount
                   END)
        FROM enrollment_order o
        LEFT JOIN enrollment_installment i ON i.order_id = o.id
        GROUP BY o.id, o.code, o.price, o.prepayment
    """
    for code, price, prepayment, parts, due, first in rows(sql):
        half = price - price // 2
        if (due, first) != (price, prepayment):
            yield f"{code} costs {price}, at first {prepayment}; due are {due}, at first {first}"
        elif (parts, prepayment) not in ((1, price), (2, half)):
            yield f"{code} of {price} is due in {parts} parts, at first {prepayment}"


def an_order_keeps_the_price_of_its_tariff(at: datetime) -> Iterator[str]:
    """M10: order, tariff, journal and acceptance have one price, of an edition published before."""
    sql = """
        SELECT o.code, o.price, t.price, t."row", o.edition_id, t.edition_id, e.name,
               e.published_at, o.placed_at, j.facts, a.price
        FROM enrollment_order o
        JOIN enrollment_tariff t ON t.id = o.tariff_id
        JOIN enrollment_edition e ON e.id = o.edition_id
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.number = 1
            AND j.verb = 'order.placed'
        LEFT JOIN enrollment_acceptance a ON a.order_id = o.id
    """
    for (
        code,
        price,
        tariff_price,
        row,
        edition,
        of_tariff,
        name,
        published,
        placed,
        facts,
        accepted,
    ) in rows(sql):
        # A missing row is reported by A5.
        placed_with = content(facts) if facts is not None else {"price": price, "tariff": row}
        prices = {
            "the tariff": tariff_price,
            "the journal": placed_with["price"],
            "the acceptance": accepted or price,
        }
        for who, other in prices.items():
            if other != price:
                yield f"{code} costs {price}, and {who} says {other}"
        if edition != of_tariff or placed_with["tariff"] != row:
            yield f"{code} is of row {row}, and was placed at row {placed_with['tariff']}"
        if moment(published) > moment(placed):
            yield f"{code} was placed before its edition {name} was published"
    sql = """
        SELECT p.invoice_id, o.code, p.amount, o.price, o.prepayment
        FROM payments_payment p
        JOIN enrollment_order o ON o.id = p.order_id
        WHERE p.amount > o.price
    """
    for invoice, code, amount, price, _prepayment in rows(sql):
        yield f"{invoice} asks for {money(amount)}, and {code} costs {price}"


def tariffs_are_those_of_the_offer(at: datetime) -> Iterator[str]:
    """M10: the nine rows of 4.1 recompute from the stored bytes of their edition."""
    files = rows("SELECT edition_id, content FROM enrollment_editionfile WHERE name = 'terms.toml'")
    offered = {
        edition: {
            (row["row"], row["package"], row["level"]): row["price"]
            for row in _tariffs(bytes(stored))
        }
        for edition, stored in files
    }
    sql = """
        SELECT e.name, t.edition_id, t."row", p.slug, t.level, t.price
        FROM enrollment_tariff t
        JOIN enrollment_package p ON p.id = t.package_id
        JOIN enrollment_edition e ON e.id = t.edition_id
    """
    for name, edition, row, package, level, price in rows(sql):
        offered_price = offered.get(edition, {}).get((row, package, level))
        if offered_price != price:
            yield f"row {row} of {name} is {price}, and its terms say {offered_price}"


def _tariffs(terms: bytes) -> list[dict[str, object]]:
    """The tariffs of stored terms; unreadable terms have none, and A4 reports them."""
    try:
        return tomllib.loads(terms.decode()).get("tariffs", [])
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return []
