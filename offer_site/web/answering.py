"""Answers hold for what their page showed; what nobody takes any more is given back to its writer.

A page may stay open for days. Meanwhile a proposal is replaced, a question withdrawn, a claim
closed: an answer says what it is about, and is never taken for something else.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

REPLACED = _(
    "This has changed since you opened the page. Read what stands here now, and answer again "
    "if you still wish to."
)


class AnswerAbout(forms.Form):
    """The answer to one numbered thing; its page sends the number in a hidden field `about`."""

    def __init__(self, *args: Any, about: object, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about = str(about)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.data.get("about") != self.about:
            self.add_error(None, REPLACED)
        return values


@dataclass(frozen=True)
class Unsent:
    """What a person typed where no answer is taken any more, with the reason."""

    why: Any
    words: list[tuple[Any, str]]
    had_files: bool

    @classmethod
    def of(cls, form: forms.Form, why: Any, *, shown: Collection[str] = ()) -> "Unsent":
        """Everything typed in a form, but fields that the page shows again by itself (`shown`)."""
        words = [
            (field.label, typed)
            for field in form
            if field.name not in shown and (typed := _typed(field))
        ]
        return cls(why, words, had_files=any(form.files.values()))


def _typed(field: Any) -> str:
    is_typed = not isinstance(field.field, forms.ChoiceField | forms.BooleanField | forms.FileField)
    if field.is_hidden or not is_typed:
        return ""
    return str(field.data or "").strip()
