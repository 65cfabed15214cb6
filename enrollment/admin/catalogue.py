"""The catalogue as staff edit it: texts and bank details; names and prices are the offer's."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from stdnum import iban

from enrollment.models import Academy, Course, Package, SignatureImage, Tariff
from enrollment.operations.paper.signatures import LARGEST_FILE, keep_signature, signature_image
from enrollment.rules import identifiers
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.forms import ButtonForm
from offer_site.admin.links import moment, person
from offer_site.admin.pages import ReadOnlyAdmin, StaffAdmin
from offer_site.journal.operations import actor
from offer_site.money import tenge_text
from offer_site.web.downloads import PNG, download

from . import home

BANK = ("iin", "iban", "bank", "bic")


class PublishedRowAdmin(StaffAdmin):
    """Things that publishing the offer makes: staff add none,
    and edit what the offer does not say.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Course)
class CourseAdmin(PublishedRowAdmin):
    list_display = ["name", "content_is_sample"]
    readonly_fields = ["name"]
    buttons = home.BUTTONS

    def chapters(self, request: HttpRequest, subject: Course) -> Sequence[Chapter]:
        return [home.chapter(subject)]

    def read_beside(self, subject: Course) -> object:
        page = home.page_of(subject)
        return (page.draft, page.content) if page else ()


@admin.register(Package)
class PackageAdmin(PublishedRowAdmin):
    list_display = ["name", "course", "position"]
    list_select_related = ["course"]
    readonly_fields = ["name", "course", "slug"]
    fields = [
        "name",
        "course",
        "slug",
        "position",
        "tagline_kk",
        "tagline_ru",
        "features_kk",
        "features_ru",
    ]


@admin.register(Tariff)
class TariffAdmin(ReadOnlyAdmin):
    list_display = ["package", "label", "amount", "row", "edition"]
    list_filter = ["edition", "package", "level"]
    list_select_related = ["package", "edition"]
    fields = ["edition", "row", "package", "level", "label_kk", "label_ru", "amount"]

    @admin.display(description=_("level"), ordering="level")
    def label(self, tariff: Tariff) -> str:
        return tariff.label

    @admin.display(description=_("price, tenge"), ordering="price")
    def amount(self, tariff: Tariff) -> str:
        return tenge_text(tariff.price)


class AcademyForm(forms.ModelForm):
    iban = forms.CharField(label=_("IBAN"), max_length=34, required=False)  # spaces may be typed

    class Meta:
        model = Academy
        fields = BANK

    def clean_iin(self) -> str:
        iin = str(self.cleaned_data["iin"])
        if iin and not identifiers.has_check_digit(iin):
            raise forms.ValidationError(_("This is no IIN: its check digit does not agree."))
        return iin

    def clean_iban(self) -> str:
        account = iban.compact(self.cleaned_data["iban"])
        if account and not (account.startswith("KZ") and iban.is_valid(account)):
            raise forms.ValidationError(
                _("This is no account of Kazakhstan: KZ and 18 characters are expected.")
            )
        return str(account)


class SignatureForm(ButtonForm):
    file = forms.FileField(
        label=_("Picture of the signature, PNG"),
        help_text=_(
            "With a transparent ground, at most 2 MB. It is cut to the ink and printed 60 × 16 mm "
            "at most."
        ),
        max_length=200,
        widget=forms.FileInput(attrs={"accept": "image/png"}),
        error_messages={"empty": _("The file is empty. Choose another one.")},
    )

    def clean_file(self) -> bytes:
        content: bytes = self.cleaned_data["file"].read(LARGEST_FILE + 1)
        return content


def upload_signature(academy: Academy, values: dict[str, Any], *, by: User, at: datetime) -> str:
    keep_signature(academy=academy, content=values["file"], by=actor(by), at=at)
    return gettext(
        "Certificates numbered from now on carry this signature. "
        "Those issued before stay as they are."
    )


def show_signature(
    academy: Academy, values: dict[str, Any], *, by: User, at: datetime
) -> HttpResponse:
    content = signature_image(SignatureImage.objects.signing_for(academy)[0].sha256)
    return download(content, "signature.png", content_type=PNG)


def is_signed_for(academy: Academy) -> bool:
    return SignatureImage.objects.signing_for(academy).exists()


@admin.register(Academy)
class AcademyAdmin(PublishedRowAdmin):
    form = AcademyForm
    list_display = ["name", "email", "bank"]
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name_kk",
                    "name_ru",
                    "brand",
                    "representative_kk",
                    "representative_ru",
                    "registration",
                    "registered_on",
                    "address_kk",
                    "address_ru",
                    "site",
                    "email",
                    "signatory",
                    "signatory_position_kk",
                    "signatory_position_ru",
                ),
                "description": _(
                    "These details are the offer's own: a new edition brings new ones."
                ),
            },
        ),
        (_("Bank details"), {"fields": BANK}),
    )
    unjournalled = frozenset({"iin"})
    buttons = [
        Button(
            "signature",
            _("Upload the signatory's signature"),
            permission="enrollment.change_academy",
            operate=upload_signature,
            form=SignatureForm,
            note=_("It is printed on certificates, above the signatory's name."),
        ),
        Button(
            "signature-image",
            _("Download the signature in use"),
            permission="enrollment.change_academy",
            operate=show_signature,
            is_offered=is_signed_for,
        ),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return [field.name for field in Academy._meta.fields if field.name not in BANK]

    def chapters(self, request: HttpRequest, subject: Academy) -> Sequence[Chapter]:
        editions = [
            (edition.name, moment(edition.published_at))
            for edition in subject.editions.order_by("-pk")
        ]
        signatures = [
            (
                moment(one.uploaded_at),
                person(one.uploaded_by),
                f"{one.width} × {one.height}",
                one.sha256,
            )
            for one in SignatureImage.objects.signing_for(subject)
        ]
        return [
            Chapter(_("editions of the offer"), editions, (_("edition"), _("published at"))),
            Chapter(
                _("Signatures of the signatory, the one in use first"),
                signatures,
                (_("uploaded at"), _("by"), _("pixels"), "SHA-256"),
                empty=_("There is none: the line above the signatory's name stays empty."),
            ),
        ]
