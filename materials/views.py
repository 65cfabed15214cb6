"""A material in the cabinet: its page with the student's mark, and its opening (11.5, 11.6)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from enrollment.models import Order
from enrollment.operations.access.questions import access_now
from enrollment.views.tries import own_or_refused
from offer_site.addresses import client_address
from offer_site.days import almaty_day, short_day
from offer_site.documents import read_stored
from offer_site.errors import RuleViolation
from offer_site.web.downloads import download

from .models import Material, MaterialKind
from .operations import open_material


@require_safe
@login_required
@never_cache
def material(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """What the material is, for whom it is open, and the way in."""
    order, found = _own_material(request, code, number)
    if not access_now(order, at=timezone.now()).is_open:
        messages.error(request, _("Access to the course is closed today."))
        return redirect("course", code=order.code)
    context = {"order": order, "material": found, "now": timezone.now()}
    return render(request, "materials/material.html", context)


@require_safe
@login_required
@never_cache
def material_opening(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The material itself: a redirect to its address, or its file with the mark; each is logged."""
    order, found = _own_material(request, code, number)
    at = timezone.now()
    try:
        open_material(
            material=found,
            enrollment=order.enrollment,
            address=client_address(request),
            at=at,
        )
    except RuleViolation as refused:
        messages.error(request, str(refused.message))
        return redirect("course", code=order.code)
    if found.kind != MaterialKind.FILE:
        response = HttpResponseRedirect(found.address)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
    # PDFium and WeasyPrint take long to import.
    from materials.marking import marked

    content = marked(
        read_stored(found.document, sha256=found.document_sha256),
        name=order.learner.full_name,
        code=order.code,
        day=short_day(almaty_day(at)),
        words=_("given to this student only (11.5)"),
    )
    return download(content, f"{order.code}-{found.pk}.pdf")


def _own_material(request: HttpRequest, code: str, number: int) -> tuple[Order, Material]:
    """A material of the cohort of the signed-in student's contract; any other is 404."""
    order = own_or_refused(
        request,
        Order.objects.belonging_to(request.user)  # type: ignore[arg-type]
        .accepted()
        .with_people()
        .select_related("enrollment"),
        code,
    )
    shown = Material.objects.shown(almaty_day(timezone.now())).filter(cohort=order.cohort_id)
    return order, get_object_or_404(shown.select_related("item"), pk=number)
