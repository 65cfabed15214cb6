"""The cache keeps nothing that must last, but it counts: while Redis is away, the database does."""

from collections.abc import Callable
from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

from .breakers import Outage

TABLE = "site_cache"  # made by `migrate`
LEFT_ALONE = 30.0  # seconds: a dead server must not be waited for by every visitor
outage = Outage("the cache", pause=LEFT_ALONE)


class ForgivingRedisCache(RedisCache):
    """Redis; while it is away a table of the database, so that limits of attempts go on.

    What was in Redis is not there meanwhile, and comes back with it.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.substitute = DatabaseCache(TABLE, {**params, "OPTIONS": {}})

    def _or_substitute(self, method: str, *args: Any, **kwargs: Any) -> Any:
        if not outage.is_left_alone():
            try:
                answer = getattr(super(), method)(*args, **kwargs)
            except RedisError as error:
                outage.note(error)
            else:
                outage.is_over()
                return answer
        ask: Callable[..., Any] = getattr(self.substitute, method)
        return ask(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_substitute("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_substitute("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_substitute("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_substitute("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_substitute("delete", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_substitute("incr", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_substitute("has_key", *args, **kwargs)
