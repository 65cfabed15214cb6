"""What the database account of the site could undo of the evidence (A5).

Triggers and constraints guard the ledger and the journal only against an account that cannot
remove them. SQLite has no accounts.
"""

from dataclasses import dataclass

from django.db import connection

# Whoever may act as a table's owner drops its triggers and switches its row security off.
POWERS = """
    SELECT
        (SELECT rolsuper FROM pg_roles WHERE rolname = CURRENT_USER),
        (SELECT rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = CURRENT_USER),
        COUNT(*) FILTER (WHERE pg_has_role(CURRENT_USER, t.relowner, 'MEMBER')),
        COUNT(*) FILTER (WHERE has_table_privilege(t.oid, 'TRUNCATE')),
        COUNT(*) FILTER (WHERE has_table_privilege(t.oid, 'TRIGGER')),
        has_schema_privilege(CURRENT_SCHEMA, 'CREATE'),
        (SELECT COUNT(*) FROM pg_proc WHERE proname = 'refuse_to_change_evidence'
            AND pronamespace = CURRENT_SCHEMA::regnamespace
            AND pg_has_role(CURRENT_USER, proowner, 'MEMBER')),
        CURRENT_USER
    FROM pg_class t
    WHERE t.relnamespace = CURRENT_SCHEMA::regnamespace
        AND t.relkind IN ('r', 'p')
"""


@dataclass(frozen=True)
class Account:
    """The database account of this process, and what of the evidence it could undo (A5)."""

    name: str
    powers: tuple[str, ...]


def account_of_the_site() -> Account | None:
    """What this account may do beyond reading and writing rows; None on SQLite, which has none."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(POWERS)
        is_superuser, is_above, owned, emptied, guarded, creates, guards, name = cursor.fetchone()
    if is_superuser:
        return Account(name, ("is a superuser",))
    powers = [
        (is_above, "may pass over row security or make roles"),
        (owned, f"owns {owned} tables: it may drop their triggers and constraints"),
        (guards, "owns the function that guards the evidence"),
        (emptied, f"may empty {emptied} tables at once (TRUNCATE)"),
        (guarded, f"may put triggers on {guarded} tables"),
        (creates, "may create tables and functions in the schema"),
    ]
    return Account(name, tuple(said for may, said in powers if may))
