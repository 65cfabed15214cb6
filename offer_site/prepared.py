"""Queries turned into SQL once a process: that takes Django longer than asking takes,
and gives the same each time.
"""

from collections.abc import Sequence
from copy import copy
from functools import cache
from threading import Lock
from typing import Any, Generic, TypeVar

from django.db import connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet, Value
from django.db.models.sql import Query, UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=Model)
_one_at_a_time = Lock()


class Given(Value):
    """A value that a prepared query leaves open: `filter(opens_at__lte=Given("at",
    DateTimeField()))`.
    """

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)

    def among(self, values: dict[str, Any], connection: BaseDatabaseWrapper) -> Any:
        """Return the value given now, as the database takes it."""
        return self.output_field.get_db_prep_value(values[self.value], connection=connection)


class _Statement:
    """A query and its SQL, which is made when it is needed first."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.made: tuple[SQLCompiler, str, tuple[Any, ...]] | None = None

    def with_values(
        self, values: dict[str, Any], using: str
    ) -> tuple[SQLCompiler, str, tuple[Any, ...]]:
        """Return a compiler of the query's own, the SQL,
        and its parameters with the values in their places.
        """
        if self.made is None:
            with _one_at_a_time:  # a query notes its joins in itself while it is turned into SQL
                compiler = self.query.get_compiler(using=using)
                self.made = (compiler, *compiler.as_sql())
        made, sql, params = self.made
        compiler = copy(made)  # a connection belongs to one thread
        connection = connections[using]
        compiler.connection = connection
        given = tuple(
            each.among(values, connection) if isinstance(each, Given) else each for each in params
        )
        return compiler, sql, given


class Prepared(Generic[M]):
    """A query asked again and again with other values: `WINDOWS.ask(at=at)`. Its answers are never
    kept.

    The values that change are Given; all others are part of the query, which is not asked before
    the first time.
    """

    def __init__(self, queryset: QuerySet[M]) -> None:
        self.model = queryset.model
        self.statement = _Statement(queryset.query)

    def ask(self, **values: Any) -> list[M]:
        """Return the rows there are now."""
        return list(QuerySet(model=self.model, query=_Asked(self.statement, values)))  # type: ignore[arg-type]

    def first(self, **values: Any) -> M | None:
        """Return the first of the rows there are now."""
        return next(iter(self.ask(**values)), None)


class PreparedUpdate:
    """An update made again and again with other values: `PreparedUpdate(rows,
    order=Given(…)).make(order=1)`.
    """

    def __init__(self, queryset: QuerySet[Any], **changes: Any) -> None:
        query: Any = queryset.query.chain(UpdateQuery)
        query.add_update_values(changes)
        self.using = queryset.db
        self.statement = _Statement(query)

    def make(self, **values: Any) -> int:
        """Make it; return how many rows it changed."""
        with (
            transaction.mark_for_rollback_on_error(using=self.using),
            connections[self.using].cursor() as cursor,
        ):
            _compiler, sql, params = self.statement.with_values(values, self.using)
            cursor.execute(sql, params)
            return cursor.rowcount


def insert(*rows: M) -> M:
    """Add new rows of one table in one statement, and return the first;
    no defaults of the database, no signals.
    """
    model = type(rows[0])
    if not all(row._state.adding for row in rows):
        raise TypeError(f"{model.__name__} is there already: rows are inserted once")
    using = router.db_for_write(model)
    connection = connections[using]
    meta = model._meta
    columns = [field for field in meta.concrete_fields if field is not meta.auto_field]
    values = [
        field.get_db_prep_save(field.pre_save(row, True), connection)
        for row in rows
        for field in columns
    ]
    with transaction.mark_for_rollback_on_error(using=using), connection.cursor() as cursor:
        cursor.execute(_insert_sql(model, len(rows)), values)
        keys = cursor.fetchall()
    for row, (key,) in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding = False
        row._state.db = using
    return rows[0]


class NewRows(Generic[M]):
    """Rows of one table made ready outside a transaction, that it may be short;
    `insert` adds those not known yet.
    """

    def __init__(self, rows: Sequence[M]) -> None:
        self.model = type(rows[0])
        self.using = router.db_for_write(self.model)
        connection = connections[self.using]
        meta = self.model._meta
        columns = [
            (str(each.attname), each)
            for each in meta.concrete_fields
            if each is not meta.auto_field
        ]
        self.values = [
            [field.get_db_prep_save(getattr(row, name), connection) for name, field in columns]
            for row in rows
        ]

    def insert(self) -> None:
        """Add the rows, sent together; one that a unique constraint knows already is left out."""
        with (
            transaction.mark_for_rollback_on_error(using=self.using),
            connections[self.using].cursor() as cursor,
        ):
            # Row by row: of one statement with all of them, the driver would take longer to count
            # the parameters.
            cursor.executemany(f"{_rows_sql(self.model, 1)} ON CONFLICT DO NOTHING", self.values)


@cache
def _insert_sql(model: type[Model], count: int) -> str:
    quoted = connections[router.db_for_write(model)].ops.quote_name
    return f"{_rows_sql(model, count)} RETURNING {quoted(str(model._meta.pk.column))}"


def _rows_sql(model: type[Model], count: int) -> str:
    meta = model._meta
    quoted = connections[router.db_for_write(model)].ops.quote_name
    columns = [
        quoted(str(field.column)) for field in meta.concrete_fields if field is not meta.auto_field
    ]
    row = f"({', '.join(['%s'] * len(columns))})"
    return f"INSERT INTO {quoted(meta.db_table)} ({', '.join(columns)}) VALUES {', '.join([row] * count)}"  # noqa: S608


class _Asked:
    """What a query set takes for its query: the SQL made before, with the values given now."""

    def __init__(self, statement: _Statement, values: dict[str, Any]) -> None:
        self.statement = statement
        self.values = values

    def get_compiler(self, using: str) -> SQLCompiler:
        compiler, sql, params = self.statement.with_values(self.values, using)
        compiler.as_sql = lambda *args, **kwargs: (sql, params)  # type: ignore[method-assign,assignment]
        return compiler
