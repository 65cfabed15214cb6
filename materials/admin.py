"""Materials at staff's desk: added, taken back, and who opened them (11.5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Cohort, Enrollment, ProgrammeItem
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.entries import Entered, EnteredAdmin, EntryPage
from offer_site.admin.forms import ButtonForm, day_field, text_input
from offer_site.admin.links import moment, moment_by
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import short_day
from offer_site.documents import Document
from offer_site.web.bodies import MARGIN, largest_body

from .errors import UnmarkablePdfError, UnseenMarkError
from .files import LARGEST, PDF, MaterialFileField
from .models import Material, MaterialKind, MaterialOpening
from .operations import MaterialData, add_material, withdraw_material
from .trial import try_marking

SHOWN = 100  # the last openings on a material's page


class MaterialForm(ButtonForm):
    cohort = forms.ModelChoiceField(label=_("Cohort"), queryset=Cohort.objects.all())
    item = forms.ModelChoiceField(
        label=_("Lesson or work"),
        queryset=ProgrammeItem.objects.select_related("cohort"),
        required=False,
    )
    kind = forms.ChoiceField(label=_("What it is"), choices=MaterialKind)
    title_kk = forms.CharField(label=_("Title in Kazakh"), max_length=120)
    title_ru = forms.CharField(label=_("Title in Russian"), max_length=120)
    text_kk = forms.CharField(
        label=_("Text in Kazakh"), max_length=600, required=False, widget=text_input()
    )
    text_ru = forms.CharField(
        label=_("Text in Russian"), max_length=600, required=False, widget=text_input()
    )
    address = forms.URLField(
        label=_("Address"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=_("Of a link or a video. Students read it only when they open it here."),
    )
    document = MaterialFileField(
        label=_("File"),
        required=False,
        help_text=_(
            "Each page of a PDF gets the student's mark. JPEG, PNG, DOCX, XLSX, PPTX (10 MB), "
            "ZIP, MP3 and MP4 (40 MB) are handed out without a mark."
        ),
    )
    opens_on = day_field(_("Opens on"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        item: Any = self.fields["item"]
        item.label_from_instance = lambda each: f"{each.cohort}: {each}"

    def clean_document(self) -> Document | None:
        document: Document | None = self.cleaned_data["document"]
        if document and document.content_type == PDF:
            try:
                try_marking(document.content)
            except UnseenMarkError as error:
                raise forms.ValidationError(
                    _("The student's mark would not be seen on page %(page)d: something covers it.")
                    % {"page": error.page}
                ) from error
            except UnmarkablePdfError as error:
                raise forms.ValidationError(
                    _(
                        "No mark can be put on this PDF: it is locked, broken, too long or too "
                        "slow. Print it to a new PDF and choose that one."
                    )
                ) from error
        return document


def narrow(form: MaterialForm, user: User) -> None:
    """A curator adds to the own cohorts (3.5)."""
    for name in ("cohort", "item"):
        field: Any = form.fields[name]
        field.queryset = field.queryset.seen_by(user)


def enter(values: dict[str, Any], *, by: User, at: datetime) -> Entered:
    material = add_material(data=MaterialData(**values), by=by, at=at)
    return Entered(gettext("The material is added."), page=material)


def take_back(material: Material, values: dict[str, Any], *, by: User, at: datetime) -> str:
    withdraw_material(material=material, by=by, at=at)
    return gettext("The material is taken back. Nobody opens it any more.")


@admin.register(Material)
class MaterialAdmin(EnteredAdmin):
    list_display = ["title", "cohort", "item", "kind", "opens", "withdrawn", "opened"]
    list_filter = [("cohort", admin.RelatedOnlyFieldListFilter), "kind"]
    list_select_related = ["cohort", "item"]
    fields = [
        "cohort",
        "item",
        "kind",
        "title_kk",
        "title_ru",
        "text_kk",
        "text_ru",
        "address",
        "document_sha256",
        "opens",
        "added",
        "withdrawn",
    ]
    entry_page = EntryPage(
        _("Add a material"),
        permission="materials.add_material",
        form=MaterialForm,
        enter=enter,
        narrow=narrow,
    )
    buttons = [
        Button(
            "withdrawal",
            _("Take back"),
            permission="materials.change_material",
            operate=take_back,
            note=_("Nobody opens it any more. Who opened it before stays on record."),
            is_offered=lambda material: material.withdrawn_at is None,
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Material]:
        """A curator sees the materials of the own cohorts, and counts the own students (3.5)."""
        user: User = request.user  # type: ignore[assignment]
        own = Enrollment.objects.seen_by(user).order_by().values("pk")
        opened = Count("openings", filter=Q(openings__enrollment__in=own))
        return Material.objects.seen_by(user).annotate(_opened=opened)

    @largest_body(max(LARGEST.values()) + MARGIN)
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return super().add_view(request, form_url, extra_context)

    @admin.display(description=_("title"))
    def title(self, material: Material) -> str:
        return material.title

    @admin.display(description=_("opens on"), ordering="opens_on")
    def opens(self, material: Material) -> str:
        return short_day(material.opens_on) if material.opens_on else "–"

    @admin.display(description=_("added"))
    def added(self, material: Material) -> str:
        return moment_by(material.added_at, material.added_by)

    @admin.display(description=_("taken back"), ordering="withdrawn_at")
    def withdrawn(self, material: Material) -> str:
        return moment_by(material.withdrawn_at, material.withdrawn_by)

    @admin.display(description=_("openings"))
    def opened(self, material: Any) -> int:
        return int(material._opened)

    def chapters(self, request: HttpRequest, subject: Material) -> Sequence[Chapter]:
        """The last openings; a curator sees those of the own students (3.5)."""
        seen = Enrollment.objects.seen_by(request.user)  # type: ignore[arg-type]
        openings = subject.openings.filter(enrollment__in=seen.order_by().values("pk"))
        rows = [
            (moment(each.at), each.enrollment.learner.full_name, each.enrollment.order.code)
            for each in openings.select_related("enrollment__learner", "enrollment__order")[:SHOWN]
        ]
        headings = (_("at"), _("learner"), _("order"))
        return [Chapter(_("last openings"), rows, headings, _("Nobody opened it yet."))]


@admin.register(MaterialOpening)
class MaterialOpeningAdmin(ReadOnlyAdmin):
    list_display = ["when", "code", "learner", "material", "number", "origin"]
    list_filter = ["material__cohort"]
    list_select_related = ["enrollment__order", "enrollment__learner", "material"]
    search_fields = ["enrollment__order__code", "enrollment__learner__surname"]
    date_hierarchy = "at"
    fields = ["when", "code", "learner", "material", "day", "number", "address_digest"]

    @admin.display(description=_("at"), ordering="at")
    def when(self, opening: MaterialOpening) -> str:
        return moment(opening.at)

    @admin.display(description=_("order"))
    def code(self, opening: MaterialOpening) -> str:
        return opening.enrollment.order.code

    @admin.display(description=_("learner"))
    def learner(self, opening: MaterialOpening) -> str:
        return opening.enrollment.learner.full_name

    @admin.display(description=_("digest of the address"))
    def origin(self, opening: MaterialOpening) -> str:
        return opening.address_digest[:8]
