"""Queries turned into SQL once a process: that takes Django longer than asking takes,
and gives the same each time.
"""

from copy import copy
from threading import Lock
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet, Value
from django.db.models.sql import Query
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


class _Asked:
    """What a query set takes for its query: the SQL made before, with the values given now."""

    def __init__(self, statement: _Statement, values: dict[str, Any]) -> None:
        self.statement = statement
        self.values = values

    def get_compiler(self, using: str) -> SQLCompiler:
        compiler, sql, params = self.statement.with_values(self.values, using)
        compiler.as_sql = lambda *args, **kwargs: (sql, params)  # type: ignore[method-assign,assignment]
        return compiler
