"""What staff and students fill in to write, to enter paper and to find a file."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.models import Cohort, Order
from offer_site.accounts.models import User
from offer_site.admin.forms import ButtonForm, KeptReasonForm, day_field, text_input
from offer_site.documents import DocumentField
from offer_site.languages import Language

from .models import PAPER, Form, Way

RIGHT = "correspondence.change_letter"
LONGEST_SUBJECT = 150
LONGEST_TEXT = 10_000


class SubjectField(forms.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{
                "label": _("Subject"),
                "max_length": LONGEST_SUBJECT,
                "error_messages": {"required": _("Write the subject in a few words.")},
            }
            | options
        )


class LetterTextField(forms.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{
                "label": _("Text"),
                "max_length": LONGEST_TEXT,
                "widget": text_input(rows=10),
                "error_messages": {"required": _("Write the text.")},
            }
            | options
        )


class CabinetLetterForm(forms.Form):
    """A letter that a student writes in the cabinet."""

    subject = SubjectField()
    text = LetterTextField()
    document = DocumentField(label=_("A file, if one belongs to it"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **options)


class WritingForm(ButtonForm):
    """A letter of staff to the party of an order."""

    subject = SubjectField()
    text = LetterTextField(help_text=_("In the language of the person you write to."))
    language = forms.ChoiceField(label=_("Whose words stand first"), choices=Language.choices)

    def __init__(self, *args: Any, subject: Any, **options: Any) -> None:
        super().__init__(*args, subject=subject, **options)
        if isinstance(subject, Order):
            self.fields["language"].initial = subject.language


class AnswerForm(WritingForm):
    """An answer; where a letter stands with several contracts, one of them gets it."""

    order = forms.ModelChoiceField(queryset=Order.objects.none(), label=_("Order"))
    field_order = ["order", "subject", "text", "language"]

    def __init__(self, *args: Any, subject: Any, **options: Any) -> None:
        super().__init__(*args, subject=subject, **options)
        orders = Order.objects.filter(letters__letter=subject).order_by("-pk")
        self.fields["order"].queryset = orders  # type: ignore[attr-defined]
        first = orders.first()
        if first:
            self.fields["order"].initial = first.pk
            self.fields["language"].initial = first.language
        written = subject.subject
        is_answer = written.lower().startswith("re:")
        self.fields["subject"].initial = (written if is_answer else f"Re: {written}")[
            :LONGEST_SUBJECT
        ]


class PaperForm(ButtonForm):
    """A registered letter or a courier's, with the receipt that proves it."""

    way = forms.ChoiceField(label=_("Way"), choices=Way.choices)
    form = forms.ChoiceField(
        label=_("Form"), choices=[(each, each.label) for each in Form if each in PAPER]
    )
    day = day_field(_("Day it came or left"))
    subject = SubjectField()  # type: ignore[assignment]
    text = LetterTextField(label=_("What it says"), help_text=_("In short, or word for word."))
    scan = DocumentField(label=_("The letter"), required=False)
    receipt_number = forms.CharField(label=_("Number of the receipt"), max_length=60)
    receipt_day = day_field(_("Day of the receipt"))
    receipt = DocumentField(label=_("The receipt"))


class ReceiptForm(ButtonForm):
    number = forms.CharField(label=_("Number of the receipt"), max_length=60)
    day = day_field(_("Day of the receipt"))
    document = DocumentField(label=_("The receipt"))


class AssignForm(ButtonForm):
    to = forms.ModelChoiceField(queryset=User.objects.none(), label=_("Whose"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"].queryset = User.objects.staff_who_may(RIGHT).order_by("email")  # type: ignore[attr-defined]


class ToOrderForm(KeptReasonForm):
    code = forms.CharField(label=_("Code of the order"), max_length=20)
    field_order = ["code", "reason"]

    def clean_code(self) -> Order:
        code = "".join(self.cleaned_data["code"].split()).upper()
        order = Order.objects.filter(code=code).first()
        if order is None:
            raise forms.ValidationError(_("No order has this code."))
        return order


class FileForm(ButtonForm):
    """One of a letter's files, and what for (5.4)."""

    file = forms.ChoiceField(label=_("File"))
    reason = forms.CharField(label=_("What do you need it for?"), max_length=200)

    def __init__(self, *args: Any, subject: Any, **options: Any) -> None:
        super().__init__(*args, subject=subject, **options)
        self.fields["file"].choices = files_of(subject)  # type: ignore[attr-defined]


def files_of(letter: Any) -> list[tuple[str, Any]]:
    """Everything to save of a letter: its files, its own bytes, its paper and the receipts."""
    found: list[tuple[str, Any]] = [
        (f"file-{each.position}", f"{each.name} ({each.size})") for each in letter.files.all()
    ]
    if letter.document:
        found.append(("document", _("The document")))
    found += [
        (f"receipt-{each.pk}", _("Receipt %(number)s") % {"number": each.number})
        for each in letter.receipts.all()
    ]
    found.append(("raw", _("The letter as it came (.eml)")))
    return found


class CohortLetterForm(ButtonForm):
    """A letter to a cohort, in both languages."""

    cohort = forms.ModelChoiceField(
        queryset=Cohort.objects.order_by("-starts_on"), label=_("Cohort")
    )
    is_marketing = forms.BooleanField(
        label=_("Marketing"),
        required=False,
        help_text=_("Only those who agreed to such letters get it (5.3.5)."),
    )
    subject_kk = SubjectField(label=_("Subject in Kazakh"))
    subject_ru = SubjectField(label=_("Subject in Russian"))
    text_kk = LetterTextField(label=_("Text in Kazakh"))
    text_ru = LetterTextField(label=_("Text in Russian"))


class RewritingForm(ButtonForm):
    """The words of a letter to a cohort that did not go out yet."""

    subject_kk = SubjectField(label=_("Subject in Kazakh"))
    subject_ru = SubjectField(label=_("Subject in Russian"))
    text_kk = LetterTextField(label=_("Text in Kazakh"))
    text_ru = LetterTextField(label=_("Text in Russian"))

    def __init__(self, *args: Any, subject: Any, **options: Any) -> None:
        super().__init__(*args, subject=subject, **options)
        for name in ("subject_kk", "subject_ru", "text_kk", "text_ru"):
            self.fields[name].initial = getattr(subject, name)
