"""Queries compiled to SQL once a process: compiling takes Django longer than the query itself."""

from collections.abc import Iterable, Sequence
from copy import copy
from functools import cache
from itertools import chain
from threading import Lock
from typing import Any, Generic, TypeVar

from django.db import connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, JSONField, Model, QuerySet, Value
from django.db.models.sql import Query, UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=Model)
# What is done with the columns of a row, by their places.
Converters = dict[int, tuple[list[Any], Any]]
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
        self.converters: Converters = {}

    def with_values(
        self, values: dict[str, Any], using: str
    ) -> tuple[SQLCompiler, str, tuple[Any, ...]]:
        """A compiler for this call, the SQL, and its parameters with the values in their places."""
        if self.made is None:
            with _one_at_a_time:  # a query changes its own joins while it is compiled
                compiler = self.query.get_compiler(using=using)
                compiled = (compiler, *compiler.as_sql())
                self.converters = _converters_of(compiler)
                self.made = compiled
        made, sql, params = self.made
        compiler = copy(made)  # a connection belongs to one thread
        connection = connections[using]
        compiler.connection = connection
        if self.converters:
            converters = _reading_json_once(self.converters)
            compiler.get_converters = lambda expressions: converters  # type: ignore[method-assign,assignment]
        given = tuple(
            each.among(values, connection) if isinstance(each, Given) else each for each in params
        )
        return compiler, sql, given


def _converters_of(compiler: SQLCompiler) -> Converters:
    """Find out once what is done with each column of a row; without it, every call would."""
    if not compiler.select:
        return {}
    return dict(compiler.get_converters([column for column, *_sql in compiler.select]))


def _reading_json_once(converters: Converters) -> Converters:
    """The same for one call, in whose rows a JSON text that stands several times is read once.

    The terms of an edition come with each of its nine tariffs. The rows share what was read.
    """
    return {
        position: ([_Once(each)], column)
        if type(column.output_field) is JSONField
        else (each, column)
        for position, (each, column) in converters.items()
    }


class _Once:
    """Converters of a column that remember what they made of each value, for one call."""

    def __init__(self, converters: list[Any]) -> None:
        self.converters = converters
        self.made: dict[Any, Any] = {}

    def __call__(self, value: Any, column: Any, connection: BaseDatabaseWrapper) -> Any:
        if value not in self.made:
            read = value
            for convert in self.converters:
                read = convert(read, column, connection)
            self.made[value] = read
        return self.made[value]


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

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """The same as plain values, of a query that ends with `values_list`."""
        asked = _Asked(self.statement, values)
        compiler = asked.get_compiler(router.db_for_read(self.model))
        return [tuple(row) for row in compiler.results_iter(tuple_expected=True)]


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


def insert(*tables: Iterable[Model]) -> None:
    """Add new rows in one statement, for the paths on which `bulk_create` is slow.

    Rows of several tables, none of which needs the key of another, are one statement on PostgreSQL;
    on SQLite each table takes its own. The rows know their keys afterwards. No defaults of the
    database, no signals.
    """
    filled = [rows for rows in map(list, tables) if rows]
    if not filled:
        return
    for row in chain.from_iterable(filled):
        if not row._state.adding:
            raise TypeError(f"{type(row).__name__} is there already: rows are inserted once")
    using = router.db_for_write(type(filled[0][0]))
    if connections[using].vendor == "postgresql":
        _insert(filled, using)
    else:
        for rows in filled:
            _insert([rows], using)


def _insert(tables: Sequence[Sequence[Model]], using: str) -> None:
    """One statement that adds the rows of all these tables."""
    connection = connections[using]
    everything = list(chain.from_iterable(tables))
    values = [
        field.get_db_prep_save(field.pre_save(row, True), connection)
        for row in everything
        for field in _columns(type(row))
    ]
    shape = tuple((type(rows[0]), len(rows)) for rows in tables)
    with transaction.mark_for_rollback_on_error(using=using), connection.cursor() as cursor:
        cursor.execute(_insert_sql(shape, using), values)
        keys = cursor.fetchall()
    for row, (key,) in zip(everything, keys, strict=True):
        row.pk = key
        row._state.adding = False
        row._state.db = using


@cache
def _columns(model: type[Model]) -> tuple["Field[Any, Any]", ...]:
    """The columns that a new row states: all but the key that the database counts."""
    meta = model._meta
    return tuple(field for field in meta.concrete_fields if field is not meta.auto_field)


@cache
def _insert_sql(shape: tuple[tuple[type[Model], int], ...], using: str) -> str:
    """The statement for so many rows of each table; its answer is their keys, in their order."""
    inserts = [_insert_into(model, count, using) for model, count in shape]
    if len(inserts) == 1:
        return inserts[0]
    named = ", ".join(f"new_{place} AS ({insert})" for place, insert in enumerate(inserts))
    keys = " UNION ALL ".join(f"SELECT * FROM new_{place}" for place in range(len(inserts)))  # noqa: S608
    return f"WITH {named} {keys}"


def _insert_into(model: type[Model], count: int, using: str) -> str:
    quoted = connections[using].ops.quote_name
    columns = [quoted(str(field.column)) for field in _columns(model)]
    row = f"({', '.join(['%s'] * len(columns))})"
    rows = ", ".join([row] * count)
    into = f"{quoted(model._meta.db_table)} ({', '.join(columns)})"
    key = quoted(str(model._meta.pk.column))
    return f"INSERT INTO {into} VALUES {rows} RETURNING {key}"  # noqa: S608
