"""The cache keeps counts of attempts and nothing that must last: while it is away, it is an empty
one, not a fault.

Both engines count the same: `count` adds one and loses none between two processes, and a count ends
at its own time.
"""

import base64
import logging
import pickle
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.redis import RedisCache
from django.db import IntegrityError, connections, models, router, transaction
from django.utils import timezone
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def _when_away(answer: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Answer with this instead of failing when Redis cannot be reached."""

    def forgiving(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def ask(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
            try:
                return method(self, *args, **kwargs)
            except RedisError as error:
                logger.warning("the cache is away: %s", error)
                return answer

        return ask

    return forgiving


class ForgivingRedisCache(RedisCache):
    """A certificate is verified and a person signs in even while Redis is down;
    only the counting stops.
    """

    @_when_away(False)
    def add(self, *args: Any, **kwargs: Any) -> Any:
        return super().add(*args, **kwargs)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return _when_away(default)(RedisCache.get)(self, key, default, version)

    @_when_away(None)
    def set(self, *args: Any, **kwargs: Any) -> Any:
        return super().set(*args, **kwargs)

    @_when_away(False)
    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return super().touch(*args, **kwargs)

    @_when_away(False)
    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return super().delete(*args, **kwargs)

    @_when_away(0)
    def count(self, key: str, seconds: int) -> int:
        """Add one to a count and return it; it ends `seconds` after its first.
        0 while Redis is away.
        """
        if super().add(key, 1, seconds):
            return 1
        try:
            count = int(super().incr(key))
        except ValueError:  # it ended in this moment
            super().add(key, 1, seconds)
            return 1
        if count == 1:  # it ended within `incr`, and Redis began one without an end
            super().touch(key, seconds)
        return count


class CountingDatabaseCache(DatabaseCache):
    """The embedded site's cache. Django's own reads a count and writes it back,
    and so loses those between.
    """

    def count(self, key: str, seconds: int) -> int:
        """Add one to a count and return it; it ends `seconds` after its first."""
        key = self.make_and_validate_key(key)
        for _again in range(2):
            try:
                return self._count(key, seconds)
            except IntegrityError:  # another began it in this moment
                continue
        return 1

    def _count(self, key: str, seconds: int) -> int:
        using = router.db_for_write(self.cache_model_class)
        connection = connections[using]
        table = connection.ops.quote_name(self._table)  # type: ignore[attr-defined]
        now = timezone.now().replace(microsecond=0)
        lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
        with transaction.atomic(using=using), connection.cursor() as cursor:
            cursor.execute(f"SELECT value, expires FROM {table} WHERE cache_key = %s{lock}", [key])  # noqa: S608
            kept = cursor.fetchone()
            ends = kept and _as_moment(kept[1], connection)
            count = _unpacked(kept[0]) + 1 if kept and ends >= now else 1
            if count == 1:
                ends = now + timedelta(seconds=seconds)
            values = [_packed(count), connection.ops.adapt_datetimefield_value(ends), key]
            if kept:
                cursor.execute(
                    f"UPDATE {table} SET value = %s, expires = %s WHERE cache_key = %s",  # noqa: S608
                    values,
                )
            else:
                over = connection.ops.adapt_datetimefield_value(now)
                cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [over])  # noqa: S608  so that it stays small
                cursor.execute(
                    f"INSERT INTO {table} (value, expires, cache_key) VALUES (%s, %s, %s)",  # noqa: S608
                    values,
                )
        return count


def _as_moment(value: Any, connection: Any) -> Any:
    """Read a moment as the database's own columns of moments are read."""
    column = models.Expression(output_field=models.DateTimeField())
    for convert in connection.ops.get_db_converters(column) + column.get_db_converters(connection):
        value = convert(value, column, connection)
    return value


def _packed(count: int) -> str:
    return base64.b64encode(pickle.dumps(count, pickle.HIGHEST_PROTOCOL)).decode("latin1")


def _unpacked(value: str) -> int:
    return int(pickle.loads(base64.b64decode(value)))  # noqa: S301  our own table, as Django's cache reads it
