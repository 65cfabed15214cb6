"""Rows that are only added: the model and the database refuse to change them (M3, A2)."""

from typing import Any, ClassVar, NoReturn

from django.apps import AppConfig
from django.apps import apps as installed
from django.db import connections, models


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
    )


def evidence_models(app_config: AppConfig | None = None) -> list[type[Evidence]]:
    """The models whose tables must be guarded, of one app or of all."""
    found = app_config.get_models() if app_config else installed.get_models()
    return [model for model in found if issubclass(model, Evidence)]


def guard_evidence(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Create the triggers after every migrate: SQLite drops them whenever it rebuilds a table."""
    connection = connections[using]
    statements = (
        EvidenceTables.POSTGRESQL if connection.vendor == "postgresql" else EvidenceTables.SQLITE
    )
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for model in evidence_models(sender):
            if model._meta.db_table in existing:
                for statement in statements:
                    cursor.execute(statement.replace("{table}", model._meta.db_table))
