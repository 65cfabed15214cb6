"""Two languages of equal weight: Kazakh first, Russian second (Law on languages, article 21)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import models
from django.utils import translation


class Language(models.TextChoices):
    KAZAKH = "kk", "Қазақша"
    RUSSIAN = "ru", "Русский"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Translate everything inside into `language`, whoever runs it: a request, a worker or cron."""
    with translation.override(language):
        yield


def reading_order(language: str) -> tuple[str, str]:
    """Order both languages for a paper or letter that carries both: the customer's own first."""
    return (Language.RUSSIAN.value, Language.KAZAKH.value) if language == "ru" else ("kk", "ru")
