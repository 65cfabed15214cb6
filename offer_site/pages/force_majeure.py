"""A student reports force majeure in the cabinet, and sends what proves it (8.3, 8.4)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from enrollment.forms.claims import FilesForm
from enrollment.forms.force_majeure import ForceMajeureForm
from enrollment.models import ForceMajeure
from enrollment.operations.force_majeure.events import (
    EventWords,
    add_proof,
    report_force_majeure,
)
from enrollment.operations.force_majeure.new_days import what_moved
from enrollment.rules.sides import Side
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.web.answering import Unsent

from .cabinet_views import own_order
from .claims import refuse, takes_documents


@takes_documents
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def force_majeure_create(request: HttpRequest, code: str) -> HttpResponse:
    """Report an event that concerns the contract (8.3); late reports are taken too."""
    order = own_order(request, code)
    typed = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ForceMajeureForm(*typed)
    if form.is_valid():
        values = form.cleaned_data
        words = EventWords(
            kind=values["kind"],
            began_on=values["began_on"],
            is_well_known=values["is_well_known"],
            **{f"words_{order.language}": values["words"]},
        )
        try:
            event, is_new = report_force_majeure(
                orders=[order],
                side=Side.USER,
                words=words,
                files=values["files"],
                by=actor(request.user),
                at=timezone.now(),
            )
        except RuleViolation as refused:
            refuse(form, refused)
        else:
            came = _("Your report has come to us.")
            again = _("You reported this before. New documents are added to it.")
            messages.success(request, came if is_new else again)
            return redirect("force_majeure", code=code, number=event.pk)
    return render(request, "pages/force_majeure_new.html", {"order": order, "form": form})


@takes_documents
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def force_majeure(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """An event of the contract: how it stands, what it moved; its reporter adds proof (8.4)."""
    order = own_order(request, code)
    events = ForceMajeure.objects.filter(contracts__order=order).prefetch_related("files")
    event = get_object_or_404(events, pk=number)
    is_own = event.reported_by == Side.USER
    may_send = is_own and not event.rejected_at and not event.ended_on
    typed = (request.POST, request.FILES) if request.method == "POST" else ()
    form = FilesForm(*typed)
    unsent = None
    if not may_send and request.method == "POST":
        unsent = Unsent.of(form, _("This report is closed already."))
    elif may_send and form.is_valid():
        try:
            add_proof(
                event=event,
                files=form.cleaned_data["files"],
                by=actor(request.user),
                at=timezone.now(),
            )
        except RuleViolation as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The documents have come to us."))
            return redirect("force_majeure", code=code, number=number)
    context = {
        "order": order,
        "event": event,
        "contract": event.contracts.get(order=order),
        "is_own": is_own,
        "moved": what_moved(event, order=order) if event.ended_on else (),
        "is_past_a_month": event.lasts and event.talks_from <= timezone.now(),
        "form": form if may_send else None,
        "unsent": unsent,
    }
    return render(request, "pages/force_majeure.html", context)
