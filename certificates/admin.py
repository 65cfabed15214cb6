"""Certificates for staff: facts are read, decisions are taken one by one with their reason."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from certificates.models import MOST_DEATHS, Certificate
from certificates.operations import (
    CertificateSetApartError,
    LearnerName,
    issue_certificate,
    replace_certificate,
    revoke_certificate,
    send_again,
    show_certificate,
    try_again,
)
from enrollment.admin.names import StaffNameForm
from enrollment.models import Learner
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.filters import ChoiceFilter, QuestionFilter
from offer_site.admin.forms import ButtonForm, reason_field
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.errors import RuleViolation
from offer_site.web.downloads import download

RIGHT = "certificates.change_certificate"


class RevocationForm(ButtonForm):
    reason = reason_field(help_text=_("It is kept with the certificate and shown to staff only."))


class CorrectionForm(RevocationForm, StaffNameForm):
    """The reason, and the learner's name as the new certificate will state it."""

    field_order = ["reason"]

    def learner_of(self, subject: Certificate) -> Learner:
        return subject.enrollment.learner


class StateFilter(ChoiceFilter):
    title = _("state")
    parameter_name = "state"
    offered = [
        ("valid", _("valid")),
        ("waiting", _("being issued")),
        ("replaced", _("replaced")),
        ("revoked", _("revoked")),
    ]

    def find(self, queryset: Any, chosen: str) -> QuerySet[Certificate]:
        found: QuerySet[Certificate] = {
            "valid": queryset.live().rendered(),
            "waiting": queryset.waiting_to_be_rendered(),
            "replaced": queryset.filter(replaced_at__isnull=False),
            "revoked": queryset.filter(revoked_at__isnull=False, replaced_at=None),
        }.get(chosen, queryset)
        return found


def stands(certificate: Certificate) -> bool:
    return certificate.is_live and certificate.is_rendered


def waits(certificate: Certificate) -> bool:
    return certificate.is_live and not certificate.is_rendered


def is_given_up(certificate: Certificate) -> bool:
    return certificate.failed_at is not None and certificate.attempts >= MOST_DEATHS


def issue(certificate: Certificate, values: dict[str, Any], *, by: User, at: datetime) -> str:
    # What killed two workers shall not kill the one that answers this request.
    if is_given_up(certificate):
        try_again(certificate=certificate, by=by, at=at)
        return gettext("The next run of the clock gives it to a worker.")
    return issued_in_words(
        lambda: issue_certificate(enrollment_id=certificate.enrollment_id, at=at)
    )


def replace(certificate: Certificate, values: dict[str, Any], *, by: User, at: datetime) -> str:
    name = LearnerName(values["surname"], values["name"], values["patronymic"])
    return issued_in_words(
        lambda: replace_certificate(
            certificate=certificate, reason=values["reason"], learner_name=name, by=by, at=at
        )
    )


def revoke(certificate: Certificate, values: dict[str, Any], *, by: User, at: datetime) -> str:
    revoke_certificate(certificate=certificate, reason=values["reason"], by=by, at=at)
    return gettext("The certificate is revoked. Its public page says so from now on.")


def send(certificate: Certificate, values: dict[str, Any], *, by: User, at: datetime) -> str:
    notice = send_again(certificate=certificate, by=by, at=at)
    return gettext("The letter goes to %(email)s once more.") % {"email": notice.recipient}


def issued_in_words(issue_now: Any) -> str:
    """The certificate that was issued; raises RuleViolation where none could be (9.1)."""
    try:
        issued: Certificate = issue_now()
    except CertificateSetApartError as error:
        words = gettext("The certificate %(number)s could not be issued: %(reason)s")
        values = {
            "number": error.certificate.number,
            "reason": gettext(error.certificate.fail_reason),
        }
        raise RuleViolation(words % values, clause="9.1") from error
    if not issued.is_rendered:
        return gettext("A worker is printing certificate %(number)s at this moment.") % {
            "number": issued.number
        }
    return gettext("Certificate %(number)s is issued, and its letter is on its way.") % {
        "number": issued.number
    }


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    passing = frozenset({"handed_at", "lease_until"})
    list_display = [
        "number",
        "order_code",
        "learner_name",
        "company_name",
        "package_name",
        "state",
        "issued_on",
    ]
    list_filter = [QuestionFilter, StateFilter, "package_name"]
    search_fields = ["number", "code", "learner_name", "company_name", "enrollment__order__code"]
    date_hierarchy = "issued_on"
    fields = [
        "number",
        "order_code",
        "state",
        "papers",
        "learner_name",
        "company_name",
        "course_name",
        "package_name",
        "starts_on",
        "ends_on",
        "issued_on",
        "language",
        "code",
        "numbered_at",
        "rendered_at",
        "sha256",
        "failed_at",
        "why_apart",
        "attempts",
        "handed_at",
        "lease_until",
        "replaced_by",
        "replaced_at",
        "replace_reason",
        "revoked_at",
        "revoke_reason",
    ]
    questions = {"apart": (_("certificates set apart"), lambda queryset, at: queryset.set_apart())}
    buttons = [
        Button(
            "issuing", _("Try to issue it now"), permission=RIGHT, operate=issue, is_offered=waits
        ),
        Button(
            "sending", _("Send the letter again"), permission=RIGHT, operate=send, is_offered=stands
        ),
        Button(
            "replacement",
            _("Issue a corrected certificate"),
            permission=RIGHT,
            operate=replace,
            form=CorrectionForm,
            note=_("It states the data as they are now. The old certificate reads as replaced."),
            is_offered=lambda one: one.is_rendered and one.replaced_at is None,
        ),
        Button(
            "revocation",
            _("Revoke the certificate"),
            permission=RIGHT,
            operate=revoke,
            form=RevocationForm,
            note=_("Its public page will say that it is not valid."),
            is_offered=lambda one: one.is_live,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Certificate]:
        return (
            super()
            .get_queryset(request)
            .select_related("enrollment__order", "enrollment__learner", "replaced_by")
            .defer("record")
        )

    @admin.display(description=_("order"), ordering="enrollment__order__code")
    def order_code(self, certificate: Certificate) -> str:
        return certificate.enrollment.order.code

    @admin.display(description=_("state"))
    def state(self, certificate: Certificate) -> str:
        if certificate.replaced_at:
            return gettext("replaced")
        if certificate.revoked_at:
            return gettext("revoked")
        if certificate.failed_at:
            return gettext("set apart")
        return gettext("valid") if certificate.is_rendered else gettext("being issued")

    @admin.display(description=_("papers"))
    def papers(self, certificate: Certificate) -> str:
        if not certificate.is_rendered:
            return ""
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>',
            reverse("admin:certificates_certificate_file", args=[certificate.pk]),
            gettext("Download the PDF"),
            certificate.get_absolute_url(),
            gettext("The page that proves it"),
        )

    @admin.display(description=_("why it was set apart"))
    def why_apart(self, certificate: Certificate) -> str:
        return gettext(certificate.fail_reason) if certificate.fail_reason else "–"

    def get_urls(self) -> list[URLPattern]:
        download = self.admin_site.admin_view(self.download)
        return [
            path("<int:pk>/file/", download, name="certificates_certificate_file"),
            *super().get_urls(),
        ]

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Journals who read the address that the PDF states (5.4)."""
        if not request.user.has_perm(RIGHT):  # type: ignore[union-attr]
            raise PermissionDenied
        certificate = get_object_or_404(Certificate.objects.rendered(), pk=pk)
        pdf = show_certificate(certificate=certificate, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return download(pdf, certificate.file_name)
