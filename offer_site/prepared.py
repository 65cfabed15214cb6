"""Queries turned into SQL once a process: that takes Django longer than asking takes, and gives the same each time."""

from copy import copy
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet, Value
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=Model)


class Given(Value):
    """A value that a prepared query leaves open: `filter(opens_at__lte=Given("at", DateTimeField()))`."""

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        return "%s", [self]

    def prepared(self, values: dict[str, Any], connection: BaseDatabaseWrapper) -> Any:
        """Return the value given now, as the database takes it."""
        return self.output_field.get_db_prep_value(values[self.value], connection=connection)


class Prepared(Generic[M]):
    """A query asked again and again with other values: `WINDOWS.ask(at=at)`. Its answers are never kept.

    The values that change are Given; all others are part of the query. Nothing is built or asked before the first time.
    """

    def __init__(self, queryset: QuerySet[M]) -> None:
        self.queryset = queryset
        self.compiled: tuple[SQLCompiler, str, tuple[Any, ...]] | None = None

    def ask(self, **values: Any) -> list[M]:
        """Return the rows there are now."""
        return list(QuerySet(model=self.queryset.model, query=_Asked(self, values)))  # type: ignore[arg-type]

    def compiler(self, using: str) -> tuple[SQLCompiler, str, tuple[Any, ...]]:
        """Turn the query into SQL, the first time."""
        if self.compiled is None:
            compiler = self.queryset.query.get_compiler(using=using)
            self.compiled = (compiler, *compiler.as_sql())
        return self.compiled


class _Asked:
    """What a query set takes for its query: the SQL made before, with the values given now."""

    def __init__(self, query: Prepared[Any], values: dict[str, Any]) -> None:
        self.query = query
        self.values = values

    def get_compiler(self, using: str) -> SQLCompiler:
        made, sql, params = self.query.compiler(using)
        compiler, connection = copy(made), connections[using]  # a connection belongs to one thread
        given = [each.prepared(self.values, connection) if isinstance(each, Given) else each for each in params]
        compiler.connection = connection
        compiler.as_sql = lambda *args, **kwargs: (sql, given)  # type: ignore[method-assign]
        return compiler
