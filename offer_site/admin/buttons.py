"""A button: a declared way from a thing's page to one operation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from .chapters import Chapter, Shown, Words
from .forms import ButtonForm


@dataclass(frozen=True)
class Button:
    """A button of a thing's page: what it asks, the operation it calls, and whose work it is.

    `operate(subject, values, by=user, at=now)` returns the sentence to show, `Shown`, or a file as
    an answer.
    """

    name: str
    label: Words
    permission: str
    operate: Callable[..., Words | Shown | HttpResponse]
    form: type[ButtonForm] = ButtonForm
    note: Words = ""
    is_offered: Callable[[Any], bool] = lambda subject: True
    chapters: Callable[[Any], Sequence[Chapter]] = lambda subject: ()
