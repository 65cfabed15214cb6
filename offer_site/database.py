"""What a refused row says of itself stays in the database (5.4).

PostgreSQL adds a DETAIL to an error, and quotes the refused row in it: a name, a phone, an e-mail.
A log, a letter to an administrator and a stored reason must not hold them.
"""

from collections.abc import Callable
from typing import Any

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

WITHHELD = ("DETAIL:", "CONTEXT:")

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


def withhold_details(sender: object, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Have every statement of a new connection raise its error without the DETAIL."""
    if without_details not in connection.execute_wrappers:
        connection.execute_wrappers.append(without_details)


def without_details(
    execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    try:
        return execute(sql, params, many, context)
    except DatabaseError as error:
        for each in (error, error.__cause__):
            if each is not None and each.args:
                each.args = (in_short(str(each.args[0])), *each.args[1:])
        raise


def in_short(said: str) -> str:
    """What an error says before its first detail."""
    for name in WITHHELD:
        said = said.partition(f"\n{name}")[0]
    return said.rstrip()
