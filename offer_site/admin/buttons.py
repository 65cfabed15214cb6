"""A button on the page of an object, which calls one operation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from .chapters import Chapter, Shown, Words
from .forms import ButtonForm


@dataclass(frozen=True)
class Button:
    """A button of an object's page: its form, the operation it calls, and the permission it needs.

    `operate(subject, values, by=user, at=now)` returns a sentence to show, `Shown`, or a response
    with a file.
    """

    name: str
    label: Words
    permission: str
    operate: Callable[..., Words | Shown | HttpResponse]
    form: type[ButtonForm] = ButtonForm
    note: Words = ""
    is_offered: Callable[[Any], bool] = lambda subject: True
    chapters: Callable[[Any], Sequence[Chapter]] = lambda subject: ()
