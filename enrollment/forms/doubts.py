"""Doubts at the field, before anything is written (9.5).

What would be asked about after the payment is asked here: one tap takes what is proposed, another
keeps what was typed. Both are buttons of the form itself: no script is needed, nothing is lost.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from enrollment.rules.questions import question_about
from enrollment.rules.recipient import Doubt, Field, Reason
from offer_site.emails import one_spelling
from offer_site.mailboxes import is_misspelt

KEPT = "kept"
TAKE = "take"
CODE = "doubt"
MENDABLE = (
    Field.EMAIL,
    Field.LEARNER,
    Field.AUTHORIZED,
    Field.GUARDIAN,
    Field.GUARDIAN_EMAIL,
)


class DoubtError(forms.ValidationError):
    """A doubt as the page asks it: `keeps` and `takes` are what its two buttons send.

    An e-mail that cannot exist has nothing to keep, and an address has nothing to take.
    """

    def __init__(self, message: Any, *, keeps: str, takes: str, proposal: str) -> None:
        super().__init__(message, code=CODE)
        self.keeps = keeps
        self.takes = takes
        self.proposal = proposal


class DoubtingForm(forms.Form):
    """A form that asks once about a doubtful value.

    What is kept is the value, not the field: typed anew, it is asked about anew.
    """

    def __init__(self, *args: Any, kept: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = list(dict.fromkeys([*kept, *kept_in(self.data)]))
        self.confirmed: list[Field] = []
        taken = self.data.get(TAKE)
        for field in MENDABLE:
            if taken and taken == self.add_prefix(field):
                self._take(self.parts_of(field))

    def parts_of(self, field: Field) -> tuple[str, ...]:
        """The form's fields that make up what is doubted; the first shows the doubt."""
        return (str(field),)

    def doubts(self) -> Iterable[Doubt]:
        """The doubts about the cleaned values, those that were kept among them."""
        return ()

    def is_kept(self, keeps: str) -> bool:
        return keeps in self.kept

    @property
    def has_only_doubts(self) -> bool:
        return bool(self.errors) and all(
            isinstance(error, DoubtError)
            for errors in self.errors.values()
            for error in errors.as_data()
        )

    def _take(self, parts: Sequence[str]) -> None:
        """Put what is proposed for the value typed now in its place."""
        data: Any = self.data.copy()
        for part in parts:
            name = self.add_prefix(part)
            if part in self.fields and data.get(name):
                data[name] = self._mended(part, data[name])
        self.data = data

    def _clean_form(self) -> None:
        """Ask about what is doubtful, once the values are known to be possible."""
        super()._clean_form()  # type: ignore[misc]
        self.confirmed = []
        self._ask_about_a_single_name()
        for doubt in self.doubts():
            parts = self.parts_of(doubt.field)
            if doubt.reason == Reason.MISSING or any(part in self.errors for part in parts):
                continue
            typed = self._joined(parts)
            keeps = f"{doubt.field}:{typed}"
            if self.is_kept(keeps):
                self.confirmed.append(doubt.field)
                continue
            proposal = self._joined(parts, mend=doubt.field in MENDABLE)
            self.add_error(
                parts[0],
                DoubtError(
                    question_about(doubt),
                    keeps=keeps,
                    takes=self.add_prefix(doubt.field),
                    proposal=proposal if proposal != typed else "",
                ),
            )
        self._mend_an_impossible_email()

    def _ask_about_a_single_name(self) -> None:
        """Let a person have one name only, which passports put in the place of the surname."""
        for field in (Field.LEARNER, Field.AUTHORIZED):
            surname, *others = self.parts_of(field)
            single = self.cleaned_data.get(surname)
            if not single or not others or not self.has_error(others[0], code="required"):
                continue
            keeps = f"{field}:{single}"
            del self.errors[others[0]]
            self.cleaned_data[others[0]] = ""
            if self.is_kept(keeps):
                self.confirmed.append(field)
                continue
            sentence = question_about(Doubt(field, Reason.SINGLE_NAME))
            self.add_error(others[0], DoubtError(sentence, keeps=keeps, takes="", proposal=""))

    def _mend_an_impossible_email(self) -> None:
        """Propose what was meant by an e-mail that cannot exist, if that can."""
        (name, *_others) = self.parts_of(Field.EMAIL)
        if name not in self.fields or not self.has_error(name, code="invalid"):
            return
        typed = one_spelling(str(self.data.get(self.add_prefix(name)) or ""))
        proposal = self._mended(name, typed)
        try:
            self.fields[name].clean(proposal)
        except forms.ValidationError:
            return
        [error] = self.errors.pop(name).as_data()
        self.add_error(
            name,
            DoubtError(
                error.message, keeps="", takes=self.add_prefix(Field.EMAIL), proposal=proposal
            ),
        )

    def _joined(self, parts: Sequence[str], *, mend: bool = False) -> str:
        texts = {part: str(self.cleaned_data.get(part) or "") for part in parts}
        return " ".join(
            self._mended(part, text) if mend else text for part, text in texts.items() if text
        )

    def _mended(self, part: str, text: str) -> str:
        mended: str = self.fields[part].mended(text)  # type: ignore[attr-defined]
        return mended


class EmailDoubts(DoubtingForm):
    """A form that asks about its e-mail only."""

    def doubts(self) -> Iterable[Doubt]:
        is_doubtful = is_misspelt(str(self.cleaned_data.get("email") or ""))
        return [Doubt(Field.EMAIL, Reason.MISSPELT)] if is_doubtful else []


def kept_in(data: Any) -> list[str]:
    """What a page has kept so far, as it was sent with the form."""
    return data.getlist(KEPT) if hasattr(data, "getlist") else list(data.get(KEPT, ()))
