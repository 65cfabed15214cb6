"""Drafts of the offer for staff: both texts, numbers and prices, the known differences, what keeps
the languages out of step, the signature and the publication (12.2).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import OfferDraft
from enrollment.operations.offering.drafts import (
    begin_draft,
    comparison_of_draft,
    drop_draft,
    edit_draft,
    edit_numbers,
    findings_of,
    publish_draft,
    sign_off_draft,
)
from enrollment.operations.offering.offers import OfferRefused, read_draft
from enrollment.rules.offer_terms import COUNTS, TermsError, read_differences, read_terms
from enrollment.rules.parity import NOTHING
from enrollment.rules.quantities import Quantity
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.entries import Entered, EnteredAdmin, EntryPage
from offer_site.admin.forms import ButtonForm, ReasonForm, day_field
from offer_site.admin.links import linked, moment
from offer_site.days import almaty_day, short_day
from offer_site.languages import in_language

from .offer import WORDS_OF_COUNTS, WORDS_OF_KINDS, changes_chapters, differences_chapter

ADD = "enrollment.add_offerdraft"
CHANGE = "enrollment.change_offerdraft"
PUBLISH = "enrollment.publish_offerdraft"


class NameForm(ButtonForm):
    name = forms.CharField(
        label=_("Name of the edition"),
        max_length=40,
        help_text=_("Up to 40 Latin letters, digits, - and _, such as 2027-01-15."),
    )


class SeenForm(ButtonForm):
    """A form that says which state of the draft the person had before them."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = self.subject.digest


class TextField(forms.CharField):
    """A whole file: nothing of it is stripped."""

    def __init__(self, *, label: Any, rows: int, lang: str = "", **options: Any) -> None:
        attrs = {"rows": rows, "cols": 100, "spellcheck": "false", "class": "file-text"}
        attrs |= {"lang": lang} if lang else {}
        super().__init__(label=label, strip=False, widget=forms.Textarea(attrs=attrs), **options)


class TextsForm(SeenForm):
    kk = TextField(label=_("Kazakh text"), rows=30, lang="kk")
    ru = TextField(label=_("Russian text"), rows=30, lang="ru")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("kk", "ru"):
            self.fields[name].initial = getattr(self.subject, name)


class DifferencesForm(SeenForm):
    differences = TextField(
        label=_("Known differences"),
        rows=30,
        required=False,
        help_text=_("The file differences.toml: each entry quotes both texts letter for letter."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["differences"].initial = self.subject.differences


class TermsForm(SeenForm):
    terms = TextField(
        label="terms.toml",
        rows=30,
        help_text=_("Where each number stands, the names of tariffs, the academy's details."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["terms"].initial = self.subject.terms


class NumbersForm(SeenForm):
    """Every number of `terms.toml`, and the price of every tariff of 4.1."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms = read_terms(self.subject.terms.encode())
        for name in COUNTS:
            self.fields[name] = forms.IntegerField(
                label=capfirst(WORDS_OF_COUNTS[name]),
                min_value=1,
                initial=terms[name],
                help_text=", ".join(terms["clauses"][name]),
            )
        self.prices = []
        for place, tariff in enumerate(terms["tariffs"], 1):
            name = f"price_{place}"
            self.prices.append(name)
            self.fields[name] = forms.IntegerField(
                label=gettext("Price, tenge: %(package)s, %(level)s")
                % {
                    "package": tariff["name"],
                    "level": in_language(tariff["label_kk"], tariff["label_ru"]),
                },
                min_value=1,
                initial=tariff["price"],
                help_text="4.1",
            )


class SignOffForm(SeenForm):
    is_read = forms.BooleanField(
        label=_("I have read the differences below, and they may stay"),
        error_messages={"required": _("Read the lists below, and confirm it.")},
    )


class PublicationForm(SeenForm):
    effective_from = day_field(
        _("Takes effect on"),
        initial=lambda: (almaty_day(timezone.now()) + timedelta(days=10)).isoformat(),
        help_text=_("Contract holders may object until 24:00 of the day before (12.2.1)."),
    )
    code = forms.CharField(
        label=_("The code from the app"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        help_text=_("A new one: the code that you signed in with does not fit any more."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.STAFF_SECOND_FACTOR:
            del self.fields["code"]


def begin(values: dict[str, Any], *, by: User, at: datetime) -> Entered:
    draft = begin_draft(by=by, at=at, **values)
    return Entered(gettext("The draft is begun, with the texts of the last edition."), page=draft)


def edit_texts(draft: OfferDraft, values: dict[str, Any], *, by: User, at: datetime) -> str:
    files = {"kk.md": values["kk"], "ru.md": values["ru"]}
    edit_draft(draft=draft, files=files, seen=values["seen"], by=by, at=at)
    return saved()


def edit_differences(draft: OfferDraft, values: dict[str, Any], *, by: User, at: datetime) -> str:
    files = {"differences.toml": values["differences"]}
    edit_draft(draft=draft, files=files, seen=values["seen"], by=by, at=at)
    return saved()


def edit_terms(draft: OfferDraft, values: dict[str, Any], *, by: User, at: datetime) -> str:
    files = {"terms.toml": values["terms"]}
    edit_draft(draft=draft, files=files, seen=values["seen"], by=by, at=at)
    return saved()


def edit_all_numbers(draft: OfferDraft, values: dict[str, Any], *, by: User, at: datetime) -> str:
    prices = [name for name in values if name.startswith("price_")]
    edit_numbers(
        draft=draft,
        counts={name: values[name] for name in COUNTS},
        prices=[values[name] for name in prices],
        seen=values["seen"],
        by=by,
        at=at,
    )
    return saved()


def saved() -> str:
    return gettext("The draft is saved. See below whether the languages are in step.")


def sign_off(draft: OfferDraft, values: dict[str, Any], *, by: User, at: datetime) -> str:
    sign_off_draft(draft=draft, seen=values["seen"], by=by, at=at)
    return gettext("The known differences are signed off. The owner may publish the draft.")


def drop(draft: OfferDraft, values: dict[str, Any], *, by: User, at: datetime) -> str:
    drop_draft(draft=draft, reason=values["reason"], by=by, at=at)
    return gettext("The draft is dropped. Its words stay here.")


def publish(draft: OfferDraft, values: dict[str, Any], *, by: User, at: datetime) -> Any:
    edition = publish_draft(
        draft=draft,
        effective_from=values["effective_from"],
        seen=values["seen"],
        code=values.get("code", ""),
        by=by,
        at=at,
    )
    return gettext(
        "The edition %(name)s is published and takes effect on %(day)s. The clock tells contract "
        "holders; its page shows how far it is."
    ) % {"name": edition.name, "day": short_day(edition.effective_from)}


UNITS = {
    "percent": _("per cent"),
    "tenge": _("tenge"),
    "working days": _("working days"),
    "calendar days": _("calendar days"),
    "days": _("days"),
    "months": _("months"),
    "years": _("years"),
    "hours": _("hours"),
    "times": _("times"),
}


def translated(words: str) -> str:
    """Words of a finding; an empty one has no translation, and would be the catalogue's head."""
    return gettext(words) if words else ""


def in_figures(numbers: Sequence[Quantity]) -> str:
    """Numbers of a text with their units, as staff read them."""
    told = [_in_figures(number) for number in numbers]
    return ", ".join(told) or gettext(NOTHING)


def _in_figures(number: Quantity) -> str:
    if isinstance(number.value, str):
        return number.value
    figures = f"{number.value:,}".replace(",", " ").replace(".", ",")
    return f"{figures} {UNITS.get(number.unit, number.unit)}".rstrip()


def is_open(draft: OfferDraft) -> bool:
    return draft.is_open


def has_numbers(draft: OfferDraft) -> bool:
    """True if `terms.toml` can be read: one that was broken by hand is mended by hand."""
    try:
        read_terms(draft.terms.encode())
    except TermsError:
        return False
    return draft.is_open


def is_to_sign(draft: OfferDraft) -> bool:
    return draft.is_open and not draft.is_signed and not findings_of(draft)


def may_be_published(draft: OfferDraft) -> bool:
    return draft.is_open and draft.is_signed


def to_be_signed(draft: OfferDraft) -> list[Chapter]:
    """The known differences, and the clauses that change in one language only."""
    alone = [
        (change.place, _("Kazakh") if change.kk else _("Russian"))
        for change in comparison_of_draft(draft, at=timezone.now()).texts
        if change.is_in_one_language
    ]
    return [
        Chapter(
            _("Clauses that change in one language only"),
            alone,
            (_("Clause"), _("Language")),
            empty=_("None: both languages change together."),
        ),
        differences_chapter(read_differences(draft.differences.encode())),
    ]


def compared(draft: OfferDraft) -> list[Chapter]:
    """The draft beside the edition it will replace; nothing while it cannot be read."""
    try:
        return changes_chapters(comparison_of_draft(draft, at=timezone.now()))
    except OfferRefused:
        empty = _("They are shown once the languages are in step.")
        return [Chapter(_("Changes"), (), empty=empty)]


@admin.register(OfferDraft)
class OfferDraftAdmin(EnteredAdmin):
    list_display = ["name", "begun", "changed", "stands"]
    list_select_related = ["begun_by", "changed_by", "signed_by", "published_as"]
    fields = ["name", "stands", "begun", "changed", "signed"]
    entry_page = EntryPage(
        title=_("Begin a draft of the offer"),
        permission=ADD,
        form=NameForm,
        enter=begin,
        note=_("It begins with the texts, numbers and known differences of the last edition."),
        blamed="name",
    )
    buttons = [
        Button(
            "texts",
            _("Edit both texts"),
            permission=CHANGE,
            operate=edit_texts,
            form=TextsForm,
            is_offered=is_open,
            note=_("Both languages are edited together, clause by clause."),
        ),
        Button(
            "numbers",
            _("Edit numbers and prices"),
            permission=CHANGE,
            operate=edit_all_numbers,
            form=NumbersForm,
            is_offered=has_numbers,
            note=_("The texts must say the same numbers, in both languages."),
        ),
        Button(
            "differences",
            _("Edit the known differences"),
            permission=CHANGE,
            operate=edit_differences,
            form=DifferencesForm,
            is_offered=is_open,
        ),
        Button(
            "terms",
            _("Edit terms.toml as a whole"),
            permission=CHANGE,
            operate=edit_terms,
            form=TermsForm,
            is_offered=is_open,
        ),
        Button(
            "signature",
            _("Sign off the known differences"),
            permission=CHANGE,
            operate=sign_off,
            form=SignOffForm,
            is_offered=is_to_sign,
            chapters=to_be_signed,
            note=_("Your name stands with these very files. A later edit needs a new signature."),
        ),
        Button(
            "publication",
            _("Publish"),
            permission=PUBLISH,
            operate=publish,
            form=PublicationForm,
            is_offered=may_be_published,
            chapters=compared,
            note=_(
                "From its day of effect new orders are placed under it. No contract changes its "
                "price, its terms or its edition."
            ),
        ),
        Button(
            "dropping",
            _("Drop the draft"),
            permission=CHANGE,
            operate=drop,
            form=ReasonForm,
            is_offered=is_open,
        ),
    ]

    @admin.display(description=_("state"))
    def stands(self, draft: OfferDraft) -> Any:
        if draft.published_as:
            return format_html("{} {}", gettext("published as"), linked(draft.published_as))
        if draft.dropped_at:
            return gettext("dropped")
        if draft.is_signed:
            return gettext("signed off, waits for the owner")
        return gettext("being written")

    @admin.display(description=_("begun"), ordering="begun_at")
    def begun(self, draft: OfferDraft) -> str:
        return f"{moment(draft.begun_at)}, {draft.begun_by}"

    @admin.display(description=_("changed"), ordering="changed_at")
    def changed(self, draft: OfferDraft) -> str:
        return f"{moment(draft.changed_at)}, {draft.changed_by}"

    @admin.display(description=_("differences signed off"))
    def signed(self, draft: OfferDraft) -> str:
        if not draft.signed_at:
            return "–"
        words = f"{moment(draft.signed_at)}, {draft.signed_by}"
        return words if draft.is_signed else f"{words} ({gettext('changed since')})"

    def chapters(self, request: HttpRequest, subject: OfferDraft) -> Sequence[Chapter]:
        if not subject.is_open:
            return []
        findings = [
            (WORDS_OF_KINDS.get(one.clause, one.clause), one.told_by(translated, in_figures))
            for one in findings_of(subject)
        ]
        step = Chapter(
            _("Where the languages are out of step"),
            findings,
            (_("Clause"), _("What differs")),
            empty=_("Nowhere: everything that can be counted agrees."),
        )
        if findings:
            return [step]
        known = read_draft(subject.name, subject.contents).differences
        return [step, *compared(subject), differences_chapter(known)]
