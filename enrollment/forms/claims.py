"""The forms of a claim: all that 10.2.2 lists; what is not known may be left empty."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.models import Claim, ClaimKind, ClaimVerdict
from enrollment.operations.claims.filing import ClaimWords
from enrollment.rules import identifiers
from offer_site.documents import DocumentsField
from offer_site.web.forms import ChoiceRows

from .fields import UNPRINTABLE

LONGEST = 4000  # letters
REQUIRED = {"required": _("Fill this in.")}


class ParagraphsField(forms.CharField):
    """Text of several lines that can be printed."""

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONGEST)
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        kwargs.setdefault("error_messages", REQUIRED)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        lines = str(value or "").strip().splitlines()
        try:
            return "\n".join(identifiers.clean_text(line) for line in lines)
        except ValueError as unprintable:
            raise forms.ValidationError(UNPRINTABLE) from unprintable


class AmountField(forms.IntegerField):
    """Whole tenge, typed with or without spaces (M9)."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric"})
        wrong = _("Write an amount in tenge: 149 990")
        kwargs.setdefault(
            "error_messages", {"invalid": wrong, "min_value": wrong, "max_value": wrong} | REQUIRED
        )
        super().__init__(min_value=1, max_value=2_000_000_000, widget=widget, **kwargs)

    def to_python(self, value: Any) -> int | None:
        return super().to_python("".join(str(value or "").replace("₸", "").split()))


class ClaimForm(forms.Form):
    """A student's claim in the cabinet."""

    kind = forms.ChoiceField(
        label=_("What is the claim about?"),
        choices=[
            (ClaimKind.SERVICE, _("Lessons or another part of the service")),
            (ClaimKind.MONEY, _("Money to be returned")),
            (ClaimKind.OTHER, _("Something else")),
        ],
        widget=ChoiceRows,
        initial=ClaimKind.SERVICE,
        error_messages=REQUIRED,
    )
    demand = ParagraphsField(
        label=_("Your demand"),
        help_text=_("For example: to hold lesson 1.3 again, or to return a part of the payment."),
    )
    amount = AmountField(
        label=_("Amount, tenge"), required=False, help_text=_("Only if it is measured in money.")
    )
    calculation = ParagraphsField(
        label=_("How did you calculate it"), required=False, rows=2, max_length=2000
    )
    circumstances = ParagraphsField(label=_("What happened"), rows=5)
    evidence = ParagraphsField(label=_("What confirms it"), required=False, rows=2)
    files = DocumentsField(
        label=_("Documents and evidence"),
        required=False,
        help_text=_("PDF, JPEG or PNG, at most 10 MB each. Their list is added to the claim."),
    )
    other = ParagraphsField(
        label=_("Other information needed to settle it"), required=False, rows=2, max_length=2000
    )
    sign = forms.BooleanField(
        label=_("I sign the claim, and its data are true"),
        required=False,
        help_text=_(
            "The tick of the person signed in to the cabinet stands for a signature; for a "
            "company, that of somebody with authority. A claim without it is taken too."
        ),
    )

    steps = (
        (_("What do you demand?"), ("kind", "demand", "amount", "calculation")),
        (_("What happened?"), ("circumstances", "evidence", "files", "other")),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)

    @property
    def parts(self) -> list[tuple[Any, list[Any]]]:
        return [(title, [self[name] for name in names]) for title, names in self.steps]

    @property
    def words(self) -> ClaimWords:
        return words_of(self.cleaned_data)


class FilesForm(forms.Form):
    """Documents for a claim that stands."""

    files = DocumentsField(
        label=_("Documents"), error_messages={"required": _("Attach the document.")}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)


class ReplyForm(forms.Form):
    """Whether the proposal of an answer is taken."""

    accepts = forms.TypedChoiceField(
        label=_("Do you accept the proposal?"),
        choices=[("yes", _("Yes, I accept it")), ("no", _("No, I do not accept it"))],
        coerce=lambda value: value == "yes",
        widget=ChoiceRows,
        error_messages=REQUIRED,
    )
    words = ParagraphsField(label=_("Your words"), required=False, max_length=2000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)


class CounterAnswerForm(forms.Form):
    """A student's answer to a claim of the academy (10.2.3)."""

    verdict = forms.ChoiceField(
        label=_("Do you agree with the claim?"),
        choices=[
            (ClaimVerdict.GRANTED, _("I agree")),
            (ClaimVerdict.PARTLY, _("I agree in part")),
            (ClaimVerdict.DECLINED, _("I do not agree")),
        ],
        widget=ChoiceRows,
        error_messages=REQUIRED,
    )
    reasons = ParagraphsField(label=_("Why"))
    proposal = ParagraphsField(label=_("How do you propose to settle it"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)


def words_of(values: dict[str, Any]) -> ClaimWords:
    """The words of a claim from the values of a form."""
    named = ("kind", "demand", "circumstances", "amount", "calculation", "evidence", "other")
    return ClaimWords(**{name: values[name] for name in named if name in values})


def form_for(claim: Claim) -> type[forms.Form] | None:
    """The form that the student can fill in on a claim's page now; None where there is none."""
    if claim.is_of_user and claim.is_answered:
        return ReplyForm if claim.answer.accepted is None else None
    if not claim.is_of_user and claim.is_open:
        return CounterAnswerForm
    return None
