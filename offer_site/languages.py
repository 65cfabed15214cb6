"""Two languages of equal weight: Kazakh first, Russian second (Law on languages, article 21)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import models
from django.utils import translation

T = TypeVar("T")


class Language(models.TextChoices):
    KAZAKH = "kk", "Қазақша"
    RUSSIAN = "ru", "Русский"


def current_language() -> str:
    """The active language; Kazakh where none is chosen."""
    return "ru" if translation.get_language() == "ru" else "kk"


def other_language() -> str:
    return in_language("ru", "kk")


def in_language(kk: T, ru: T) -> T:
    """The value of the active language."""
    return ru if current_language() == "ru" else kk


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything inside is translated into `language`, in a request, a worker or a clock job."""
    with translation.override(language):
        yield


def reading_order(language: str) -> tuple[str, str]:
    """Both languages in the order of a paper or letter: the customer's own first."""
    return (Language.RUSSIAN.value, Language.KAZAKH.value) if language == "ru" else ("kk", "ru")
