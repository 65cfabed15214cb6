"""What the database promises, it promises of NULL too.

A CHECK refuses only what is false. One that compares a column with NULL says neither yes nor no,
and the row passes: an end without its moment, an infringement without its demand.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import CheckConstraint, F, Field, Model, Q

from enrollment.models import Breach, Suspension
from tests.enrollment.conduct.scenes import a_breach

NOON = datetime(2026, 11, 23, 7, tzinfo=UTC)
WORDS = ["", "word"]
SAMPLES: dict[str, list[Any]] = {
    "BooleanField": [True, False],
    "TimeField": [time(9), time(18)],
    "DateField": [date(2026, 11, 23), date(2026, 11, 24)],
    "DateTimeField": [NOON, NOON + timedelta(days=1)],
    "CharField": WORDS,
    "TextField": WORDS,
    "EncryptedTextField": WORDS,
}
NUMBERS = [0, 1, 2]


def house_checks() -> list[tuple[type[Model], CheckConstraint]]:
    return [
        (model, constraint)
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint)
    ]


def unread_rows(model: type[Model], check: CheckConstraint) -> list[set[str]]:
    """The columns that are NULL in each kind of row of which a CHECK says neither yes nor no.

    The database is asked about every combination of the values that the CHECK names, a few usual
    ones, and NULL where a column takes it.
    """
    columns = columns_of(model, check)
    tables = [
        f"({' UNION ALL '.join(_row(field, value) for value in values)}) AS t{place}"
        for place, (field, values) in enumerate(columns.items())
    ]
    flags = ", ".join(f"{_name(field)} IS NULL" for field in columns)
    condition = check._get_check_sql(model, connection.schema_editor())  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT {flags} FROM {' CROSS JOIN '.join(tables)} "
            f"WHERE ({condition}) IS NULL"
        )
        found = cursor.fetchall()
    return [
        {field.name for field, is_null in zip(columns, row, strict=True) if is_null}
        for row in found
    ]


def columns_of(model: type[Model], check: CheckConstraint) -> dict[Any, list[Any]]:
    """The columns that a CHECK reads, and the values to try in each."""
    named: dict[Any, list[Any]] = {}
    for lookup, compared in _comparisons(check.condition):
        values = compared if isinstance(compared, list | tuple) else [compared]
        plain = [each for each in values if not _reads_columns(each)]
        field = model._meta.get_field(lookup.partition("__")[0])
        named.setdefault(field, []).extend(
            each for each in plain if type(each) not in (bool, type(None))
        )
        for read in (each for value in values for each in _read_by(value)):
            named.setdefault(model._meta.get_field(read), [])
    return {field: _samples(field, values) for field, values in named.items()}


def _comparisons(condition: Any) -> Iterator[tuple[str, Any]]:
    for child in condition.children:
        if isinstance(child, Q):
            yield from _comparisons(child)
        else:
            yield child


def _reads_columns(value: Any) -> bool:
    return hasattr(value, "resolve_expression")


def _read_by(value: Any) -> Iterator[str]:
    """The names of the columns that an expression reads."""
    if isinstance(value, F):
        yield value.name
    elif _reads_columns(value):
        for each in value.get_source_expressions():
            yield from _read_by(each)


def _samples(field: Field, named: list[Any]) -> list[Any]:
    usual = SAMPLES.get(field.get_internal_type(), NUMBERS)
    values = list(dict.fromkeys([*named, *usual]))
    return [*values, None] if field.null else values


def _row(field: Any, value: Any) -> str:
    kind = field.db_type(connection).partition(" GENERATED")[0]
    prepared = field.get_db_prep_value(value, connection)
    written = connection.schema_editor().quote_value(prepared)
    return f"SELECT CAST({written} AS {kind}) AS {_name(field)}"


def _name(field: Any) -> str:
    return connection.ops.quote_name(field.column)


@pytest.mark.django_db
def test_no_check_of_the_house_lets_a_row_pass_because_of_null():
    checks = house_checks()
    assert len(checks) > 150
    unread = {check.name: found for model, check in checks if (found := unread_rows(model, check))}
    assert unread == {}


@pytest.mark.django_db
def test_a_check_that_compares_with_null_is_found():
    careless = CheckConstraint(
        condition=Q(ended_at=None, ended_by="") | Q(ended_at__gte=F("begun_at")) & ~Q(ended_by=""),
        name="careless",
    )
    assert unread_rows(Suspension, careless) == [{"ended_at"}]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "changes"), [(Breach, {"demand": None}), (Suspension, {"ended_by": "staff:1"})]
)
def test_the_database_refuses_what_is_said_by_halves(model, changes):
    a_breach(rule="11.5-1", also_shuts_off=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**changes)
