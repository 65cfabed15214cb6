"""Queries compiled to SQL once a process: compiling takes Django longer than the query itself."""

from collections.abc import Iterable
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
    """A parameter of a prepared query: `filter(opens_at__lte=Given("at", DateTimeField()))`."""

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)

    def among(self, values: dict[str, Any], connection: BaseDatabaseWrapper) -> Any:
        """The value of this call, as the database takes it."""
        return self.output_field.get_db_prep_value(values[self.value], connection=connection)


class _Statement:
    """A query and its SQL, made at the first use."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.made: tuple[SQLCompiler, str, tuple[Any, ...]] | None = None

    def with_values(
        self, values: dict[str, Any], using: str
    ) -> tuple[SQLCompiler, str, tuple[Any, ...]]:
        """A compiler for this call, the SQL, and its parameters with the values in their places."""
        if self.made is None:
            with _one_at_a_time:  # a query changes its own joins while it is compiled
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
    """A query that runs often with other values: `WINDOWS.ask(at=at)`; its rows are never kept.

    The values that change are Given; all others are part of the query. It is compiled at the first
    call.
    """

    def __init__(self, queryset: QuerySet[M]) -> None:
        self.model = queryset.model
        self.statement = _Statement(queryset.query)

    def ask(self, **values: Any) -> list[M]:
        """The rows there are now."""
        return list(QuerySet(model=self.model, query=_Asked(self.statement, values)))  # type: ignore[arg-type]

    def first(self, **values: Any) -> M | None:
        return next(iter(self.ask(**values)), None)


class _Asked:
    """Stands for a QuerySet's query: the SQL made before, with the values of this call."""

    def __init__(self, statement: _Statement, values: dict[str, Any]) -> None:
        self.statement = statement
        self.values = values

    def get_compiler(self, using: str) -> SQLCompiler:
        compiler, sql, params = self.statement.with_values(self.values, using)
        compiler.as_sql = lambda *args, **kwargs: (sql, params)  # type: ignore[method-assign,assignment]
        return compiler


class PreparedUpdate:
    """An update asked again and again: `PreparedUpdate(rows, order=Given(…)).make(order=1)`."""

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


def insert(rows: Iterable[M]) -> None:
    """Add new rows of one table in one statement, for the paths on which `bulk_create` is slow.

    The rows know their keys afterwards. No defaults of the database, no signals.
    """
    new = list(rows)
    if not new:
        return
    model = type(new[0])
    if not all(row._state.adding for row in new):
        raise TypeError(f"{model.__name__} is there already: rows are inserted once")
    using = router.db_for_write(model)
    connection = connections[using]
    meta = model._meta
    columns = [field for field in meta.concrete_fields if field is not meta.auto_field]
    values = [
        field.get_db_prep_save(field.pre_save(row, True), connection)
        for row in new
        for field in columns
    ]
    with transaction.mark_for_rollback_on_error(using=using), connection.cursor() as cursor:
        cursor.execute(_insert_sql(model, len(new)), values)
        keys = cursor.fetchall()
    for row, (key,) in zip(new, keys, strict=True):
        row.pk = key
        row._state.adding = False
        row._state.db = using


@cache
def _insert_sql(model: type[Model], count: int) -> str:
    meta = model._meta
    quoted = connections[router.db_for_write(model)].ops.quote_name
    columns = [
        quoted(str(field.column)) for field in meta.concrete_fields if field is not meta.auto_field
    ]
    row = f"({', '.join(['%s'] * len(columns))})"
    rows = ", ".join([row] * count)
    into = f"{quoted(meta.db_table)} ({', '.join(columns)})"
    return f"INSERT INTO {into} VALUES {rows} RETURNING {quoted(str(meta.pk.column))}"  # noqa: S608
