"""The letters of a contract in its cabinet: both ways, and a letter to write (12.1)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from offer_site.accounts.operations import note_letters_seen
from offer_site.correspondence.forms import CabinetLetterForm
from offer_site.correspondence.threads import thread_for_student
from offer_site.correspondence.writing import write_from_cabinet
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.notices.mailbox import parse_letter
from offer_site.notices.models import Notice
from offer_site.web.bodies import takes_a_document

from .cabinet_views import own_order, signed_in_user
from .rooms import rooms_of


@takes_a_document
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cabinet_letters(request: HttpRequest, code: str) -> HttpResponse:
    """All letters of a contract, the newest first, above them a form to write one."""
    order = own_order(request, code)
    typed = (request.POST, request.FILES) if request.method == "POST" else ()
    form = CabinetLetterForm(*typed)
    if form.is_valid():
        try:
            write_from_cabinet(
                order=order, by=actor(request.user), at=timezone.now(), **form.cleaned_data
            )
        except RuleViolation as refused:
            form.add_error(None, str(refused.message))
        else:
            messages.success(request, _("We have your letter. It stands below, with its time."))
            return redirect("cabinet_letters", code=code)
    thread = list(reversed(thread_for_student(order)))
    if request.method != "HEAD":
        note_letters_seen(user=signed_in_user(request), at=timezone.now())
    rooms = rooms_of(code, here="cabinet_letters")
    context = {"order": order, "form": form, "thread": thread, "rooms": rooms}
    return render(request, "pages/cabinet_letters.html", context)


@login_required
@never_cache
@require_safe
def cabinet_letter(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """One letter of the thread with its words, as they were sent or came."""
    order = own_order(request, code)
    item = next((each for each in thread_for_student(order) if each.key == key), None)
    if item is None:
        raise Http404
    if isinstance(item.thing, Notice):
        raw = item.thing.stored_letter()
        text = parse_letter(item.key, raw).text if raw else ""
    else:
        text = item.thing.text
    return render(
        request, "pages/cabinet_letter.html", {"order": order, "item": item, "text": text.strip()}
    )
