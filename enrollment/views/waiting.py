"""The waiting list of a home page that sells nothing: one e-mail, one letter (5.3)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from enrollment.forms.waiting import CONSENT, WaitingForm
from enrollment.models import Course
from enrollment.operations.offering.waiting import wait_for_sales
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.languages import current_language

from .home import home_context
from .shop import open_shop
from .turns import status_of, take_turn


@csrf_exempt  # it does what anybody can do for any e-mail; a token costs each visitor a cookie
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def waiting(request: HttpRequest) -> HttpResponse:
    """Take an e-mail; the answer is the same whether it stood on the list or not."""
    if request.method != "POST":
        return render(request, "enrollment/waiting_noted.html")
    at = timezone.now()
    shop = open_shop(at=at)
    course = shop.course or Course.objects.order_by("pk").first()
    if course is None:
        raise Http404
    if shop.open and not shop.sold_out:
        return redirect("home")
    status = 200
    form = WaitingForm(request.POST)
    if form.is_valid():
        try:
            take_turn(request, at=at)
        except RuleViolation as refused:
            form.add_error("email", str(refused))
            status = status_of(refused)
        else:
            wait_for_sales(
                course=course,
                besides=shop.cohort if shop.open else None,
                email=form.cleaned_data["email"],
                consent_text=str(CONSENT),
                language=current_language(),
                at=at,
                by=actor(request.user),
            )
            return redirect("waiting")
    context = home_context(shop) | {"waiting_form": form}
    return render(request, "enrollment/home.html", context, status=status)
