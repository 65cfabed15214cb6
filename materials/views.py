"""A material in the cabinet: its page with the student's mark, and its opening (11.5, 11.6)."""

import logging
from functools import partial

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
from offer_site.documents import SERVED_AS, read_stored
from offer_site.errors import RuleViolation
from offer_site.renderers import a_renderer
from offer_site.web.downloads import download

from .errors import UnmarkablePdfError
from .models import Material, MaterialKind
from .operations import open_material, require_open

log = logging.getLogger(__name__)


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
    """The material itself: a redirect to its address, or its file with the mark; each is logged.

    The mark is set before the opening is recorded, so that what cannot be handed out is no opening.
    """
    order, found = _own_material(request, code, number)
    at = timezone.now()
    opened = partial(
        open_material,
        material=found,
        enrollment=order.enrollment,
        address=client_address(request),
        at=at,
    )
    try:
        if found.kind != MaterialKind.FILE:
            opened()
            response: HttpResponse = HttpResponseRedirect(found.address)
            response.headers["Referrer-Policy"] = "no-referrer"
            return response
        require_open(material=found, enrollment=order.enrollment, at=at)
        if found.carries_mark:
            content = _with_mark(found, order, day=short_day(almaty_day(at)))
        else:
            content = read_stored(found.document, sha256=found.document_sha256)
        opened()
    except RuleViolation as refused:
        messages.error(request, str(refused.message))
        return redirect("course", code=order.code)
    # To save, never a page to open: nothing in it runs on our origin.
    name = f"{order.code}-{found.pk}.{found.ending}"
    return download(
        content, name, content_type=SERVED_AS.get(found.document_type, found.document_type)
    )


def _with_mark(found: Material, order: Order, *, day: str) -> bytes:
    """The file for this student; raises RuleViolation if no mark can be put on it."""
    # PDFium and WeasyPrint take long to import.
    from materials.marking import marked

    content = read_stored(found.document, sha256=found.document_sha256)
    with a_renderer(f"{order.code}-{found.pk}"):
        try:
            return marked(
                content,
                name=order.learner.full_name,
                code=order.code,
                day=day,
                words=_("given to this student only (11.5)"),
            )
        except UnmarkablePdfError as error:
            log.error("the material %s carries no mark and is not handed out: %s", found.pk, error)
            raise RuleViolation(
                _("This file cannot be opened now. Write to us: we will put it here anew."),
                clause="11.5",
            ) from error


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
