"""Rows that are only added: the model and the database refuse to change them (M3, A2)."""

from typing import Any, ClassVar, NoReturn

from django.apps import AppConfig
from django.apps import apps as installed
from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper


class Evidence(models.Model):
    """A fact that is never changed or deleted; a correction is a new row that names the old one."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row; TypeError for a row that exists."""
        if not self._state.adding:
            raise TypeError(
                f"{type(self).__name__} is evidence: it is added once and never changed"
            )
        super().save(*args, force_insert=True, using=kwargs.get("using"))

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is evidence: it is never deleted")


class EvidenceTables:
    """The SQL of the append-only triggers, for both engines."""

    POSTGRESQL: ClassVar[tuple[str, ...]] = (
        """
        CREATE OR REPLACE FUNCTION refuse_to_change_evidence()
        RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION
                '% is evidence: rows are added, never changed or deleted', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END
        $$
        """,
        """
        CREATE OR REPLACE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION refuse_to_change_evidence()
        """,
        """
        CREATE OR REPLACE TRIGGER {table}_is_never_emptied BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_evidence()
        """,
    )
    SQLITE: ClassVar[tuple[str, ...]] = (
        """
        CREATE TRIGGER IF NOT EXISTS {table}_is_append_only BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} is evidence: rows are added, never changed'); END
        """,
        """
        CREATE TRIGGER IF NOT EXISTS {table}_is_never_emptied BEFORE DELETE ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} is evidence: rows are never deleted'); END
        """,
        # REPLACE deletes a row that has the new one's key, and asks no trigger of DELETE.
        # The keys may have changed since, so this trigger is made anew each time.
        "DROP TRIGGER IF EXISTS {table}_is_never_replaced",
        """
        CREATE TRIGGER {table}_is_never_replaced BEFORE INSERT ON {table}
        WHEN {taken}
        BEGIN SELECT RAISE(ABORT, '{table} is evidence: a row with this key is there'); END
        """,
    )


def evidence_models(app_config: AppConfig | None = None) -> list[type[Evidence]]:
    """The models whose tables must be guarded, of one app or of all."""
    found = app_config.get_models() if app_config else installed.get_models()
    return [model for model in found if issubclass(model, Evidence)]


def guard_evidence(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Create the triggers after every migrate: SQLite drops them whenever it rebuilds a table."""
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for model in evidence_models(sender):
            table = model._meta.db_table
            if table in existing:
                for statement in guards_of(table, connection):
                    cursor.execute(statement)


def guards_of(table: str, connection: BaseDatabaseWrapper) -> list[str]:
    """The statements that guard one table, for its engine."""
    if connection.vendor == "postgresql":
        return [each.replace("{table}", table) for each in EvidenceTables.POSTGRESQL]
    taken = key_is_taken(table, connection)
    return [
        each.replace("{table}", table).replace("{taken}", taken) for each in EvidenceTables.SQLITE
    ]


def key_is_taken(table: str, connection: BaseDatabaseWrapper) -> str:
    """A condition in SQLite: a row of the table has the primary or a unique key of NEW.

    The keys are read from the database itself. A key with a condition is taken only where both rows
    fulfil it; a value that is NULL takes none.
    """
    with connection.cursor() as cursor:
        cursor.execute(f'PRAGMA table_info("{table}")')
        described = cursor.fetchall()
        cursor.execute(f'PRAGMA index_list("{table}")')
        indexes = cursor.fetchall()
        keys = [([column[1] for column in described if column[5]], "")]
        for _place, index, is_unique, _origin, is_partial in indexes:
            if is_unique:
                cursor.execute(f'PRAGMA index_info("{index}")')
                names = [part[2] for part in cursor.fetchall()]
                keys.append((names, _condition_of(index, cursor) if is_partial else ""))
    new = ", ".join(f'NEW."{column[1]}" AS "{column[1]}"' for column in described)
    taken = []
    for names, condition in keys:
        same = " AND ".join(f'"{table}"."{name}" = NEW."{name}"' for name in names)
        if condition:
            fulfils = f'SELECT 1 FROM (SELECT {new}) AS "{table}" WHERE {condition}'  # noqa: S608
            same = f"{same} AND ({condition}) AND EXISTS ({fulfils})"
        taken.append(f'EXISTS (SELECT 1 FROM "{table}" WHERE {same})')  # noqa: S608
    return " OR ".join(taken)


def _condition_of(index: str, cursor: Any) -> str:
    """The WHERE of a partial index, as it was written."""
    cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND name = %s", [index])
    return str(cursor.fetchone()[0].partition(" WHERE ")[2])
