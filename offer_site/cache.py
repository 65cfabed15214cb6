"""The cache keeps nothing that must last: while it is away, it is an empty one, not a fault."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache
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
    """A person signs in even while Redis is down: nothing that counts is kept here."""

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
