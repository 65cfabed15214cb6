"""A work in the cabinet: handed in, its versions, and what the curator answered (7.2.4)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from enrollment.forms.works import WorkForm
from enrollment.models import Order, ProgrammeItem, StudentWork, StudyResult, WorkFile
from enrollment.operations.access.questions import access_now
from enrollment.operations.personal_data import show_document
from enrollment.operations.training.works import hand_in, versions_of
from enrollment.rules.programme import ItemKind, Mark
from offer_site.days import almaty_day
from offer_site.documents import LARGEST_DOCUMENT, hand_out
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.web.answering import Unsent
from offer_site.web.bodies import MARGIN, largest_body

from .cabinet_views import own_order
from .course import ItemRow

takes_works = largest_body(5 * LARGEST_DOCUMENT + MARGIN)


@takes_works
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def work(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Hand a version in, and read what became of the former ones; the same again is one."""
    order = own_order(request, code)
    item = _own_item(order, number)
    typed = (request.POST, request.FILES) if request.method == "POST" else ()
    form = WorkForm(*typed)
    if form.is_valid():
        try:
            _version, is_new = hand_in(
                enrollment=order.enrollment,
                item=item,
                given=form.given,
                by=actor(request.user),
                at=timezone.now(),
            )
        except RuleViolation as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            said = _("Your work has come to us.") if is_new else _("This version is here already.")
            messages.success(request, said)
            return redirect("cabinet_work", code=code, number=number)
    return _show(request, order, item, form)


def _show(request: HttpRequest, order: Order, item: ProgrammeItem, form: WorkForm) -> HttpResponse:
    at = timezone.now()
    found = StudyResult.objects.filter(enrollment=order.enrollment, item=item).first()
    is_open = access_now(order, at=at).is_open
    is_former = item.cohort_id != order.cohort_id
    takes_more = is_open and not is_former and not (found and found.mark == Mark.ACCEPTED)
    unsent = None
    if form.errors and not takes_more:
        [why, *_others] = [each for errors in form.errors.values() for each in errors]
        unsent = Unsent.of(form, why)
    context = {
        "order": order,
        "row": ItemRow(item, found, is_today=item.day == almaty_day(at)),
        "versions": versions_of(order.enrollment, item),
        "is_open": is_open,
        "is_former": is_former,
        "takes_more": takes_more,
        "is_over": almaty_day(at) > item.day,
        "unsent": unsent,
        "form": form,
    }
    return render(request, "pages/cabinet_work.html", context)


@login_required
@never_cache
@require_safe
def work_file(request: HttpRequest, code: str, number: int, file: int) -> HttpResponse:
    """A file of a work for its student; the journal keeps who took it (5.4)."""
    order = own_order(request, code)
    own = WorkFile.objects.filter(work__enrollment=order.enrollment, work__item=number)
    row = get_object_or_404(own.select_related("work__enrollment__order"), pk=file)
    shown = show_document(row=row, reason="", by=actor(request.user), at=timezone.now())
    return hand_out(shown, name=f"{order.code}-{number}-{file}")


def _own_item(order: Order, number: int) -> ProgrammeItem:
    """An assignment or a report of the student's cohort, or of a former one; any other is 404.

    Of a former cohort it is there if the student handed it in or has a result for it.
    """
    handed_in = StudentWork.objects.filter(enrollment=order.enrollment).order_by().values("item")
    results = StudyResult.objects.filter(enrollment=order.enrollment).values("item")
    own = Q(cohort=order.cohort_id) | Q(pk__in=handed_in) | Q(pk__in=results)
    works = ProgrammeItem.objects.exclude(kind=ItemKind.LESSON).filter(own)
    return get_object_or_404(works, pk=number)
