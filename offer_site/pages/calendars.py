"""The days of a course as a file, and the link of our bot: from the order and from the cabinet."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from enrollment.models import Order
from enrollment.operations.chat import about_order
from enrollment.operations.training.calendars import calendar_name, course_calendar
from enrollment.views.access import readable_order
from offer_site.calendar_files import CONTENT_TYPE
from offer_site.telegram.operations import deep_link, give_link, is_open
from offer_site.web.downloads import download

from .cabinet_views import own_order


@never_cache
@require_safe
def order_calendar(request: HttpRequest, code: str) -> HttpResponse:
    """The days of a paid order, to whoever may open its page."""
    order = readable_order(request, code)
    if not hasattr(order, "acceptance"):
        raise Http404(_("There is no contract yet."))
    return _calendar_of(order)


@login_required
@never_cache
@require_safe
def cabinet_calendar(request: HttpRequest, code: str) -> HttpResponse:
    """The days of one's own course, as they are now."""
    return _calendar_of(own_order(request, code))


def _calendar_of(order: Order) -> HttpResponse:
    content = course_calendar(order, at=timezone.now())
    return download(content, calendar_name(order), content_type=CONTENT_TYPE)


@never_cache
@require_safe
def order_telegram(request: HttpRequest, code: str) -> HttpResponse:
    """Lead to the chat with our bot, where reminders of this order come too (12.1)."""
    order = readable_order(request, code)
    if not is_open():
        raise Http404(_("There is no bot here."))
    chat = give_link(about=about_order(order), language=order.language, at=timezone.now())
    return redirect(deep_link(chat))
