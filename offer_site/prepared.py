"""Queries compiled to SQL once a process: compiling takes Django longer than the query itself."""

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
