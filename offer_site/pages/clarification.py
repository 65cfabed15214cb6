"""The page to answer a question about the recipient, opened by its letter's link (9.5)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from certificates.models import Certificate
from enrollment.forms.clarification import AnswerForm
from enrollment.models import Clarification, Order
from enrollment.operations.clarification.recipient import PARTS
from enrollment.operations.corrections.answers import answer_question
from enrollment.views.access import note_link, readable_order, remember_order
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.web.answering import REPLACED, Unsent


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def clarification(request: HttpRequest, code: str) -> HttpResponse:
    """The order's last question: it is answered once; later visits show what comes next."""
    order = readable_order(request, code)
    if request.method != "POST" and request.GET.get("key"):
        note_link(request, order, at=timezone.now())
        # The key stays out of the browser's history.
        response: HttpResponse = redirect("clarification", code=code)
        remember_order(request, response, order)
        return response
    question = Clarification.objects.with_terms().filter(order=order).order_by("-number").first()
    if question is None:
        raise Http404(_("Nothing is asked about this order."))
    form = None
    unsent = _given_back(request, order, question) if request.method == "POST" else None
    if question.is_open:
        form = AnswerForm(
            request.POST if request.method == "POST" else None,
            question=question,
            order=order,
            private=True,
        )
        if unsent is None and form.is_valid() and (answered := _take(request, form)):
            response = redirect("clarification", code=code)
            remember_order(request, response, answered)
            return response
    context = {
        "order": order,
        "question": question,
        "form": form,
        "unsent": unsent,
        "now": timezone.now(),
        "is_overdue": question.is_overdue(timezone.now()),
        "certificate": Certificate.objects.of_order(code).live().rendered().defer("record").first(),
    }
    return render(request, "pages/clarification.html", context)


def _given_back(request: HttpRequest, order: Order, question: Clarification) -> Unsent | None:
    """What was typed for a question that is closed, or that another has replaced; else None."""
    about = request.POST.get("about", "")
    if question.is_open and about == str(question.number):
        return None
    closed = _("This question is closed already; nothing was changed.")
    shown = [part for doubt in question.doubts for part in PARTS[doubt.field]]
    asked = {str(each.number): each for each in order.clarifications.all()}
    written_for = asked.get(about, question)
    form = AnswerForm(request.POST, question=written_for, order=order, private=True)
    return Unsent.of(
        form, REPLACED if question.is_open else closed, shown=shown if question.is_open else ()
    )


def _take(request: HttpRequest, form: AnswerForm) -> Order | None:
    """The order, if the answer was accepted; a refusal becomes an error of the form."""
    try:
        question, _is_new = answer_question(
            question=form.question,
            values=form.values,
            confirmed=form.confirmed,
            by=actor(request.user),
            at=timezone.now(),
        )
    except RuleViolation as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return None
    return Order.objects.with_people().get(pk=question.order_id)
