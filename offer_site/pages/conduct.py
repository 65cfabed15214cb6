"""The cabinet's pages of conduct and of the end by agreement; and the door to the lessons."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrollment.forms.ending import EndingAnswerForm, EndingForm
from enrollment.forms.objection import ObjectionForm
from enrollment.models import EndingProposal, Enrollment, Order
from enrollment.models.ending import UNDER_CONTRACT
from enrollment.operations.access.questions import access_now
from enrollment.operations.conduct.breaches import object_to_breach
from enrollment.operations.endings.proposals import (
    answer_proposal,
    ending_days,
    open_proposal,
    propose_ending,
    withdraw_proposal,
)
from enrollment.rules.endings import CONSEQUENCES, Way
from enrollment.rules.sides import Side
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation
from offer_site.web.answering import REPLACED, Unsent
from offer_site.web.bodies import takes_a_document

from .cabinet_views import own_order

NOT_PROPOSED = gettext_lazy(
    "Your proposal was not sent: another one stands already, or the time for a proposal is over."
)


@login_required
@never_cache
@require_safe
def lessons(request: HttpRequest, code: str) -> HttpResponse:
    """Lead to the lessons if access is open at this very moment, in this session or any other (O5).

    A page that was opened before access was shut off leads nowhere.
    """
    order = own_order(request, code)
    at = timezone.now()
    opens_on = order.cohort.joining_opens_on
    has_begun = opens_on is None or opens_on <= almaty_day(at)
    if order.cohort.joining_link and has_begun and access_now(order, at=at).is_open:
        return redirect(order.cohort.joining_link)
    messages.warning(request, _("The lessons are closed for you now. The cabinet says why."))
    return redirect("cabinet")


@takes_a_document
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def breach(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """A breach as its user reads it, and the objection to it (6.5)."""
    order = own_order(request, code)
    found = get_object_or_404(order.breaches, number=number)
    form = ObjectionForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            object_to_breach(
                breach=found,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
                **form.cleaned_data,
            )
        except RuleViolation as refused:
            form.add_error(None, str(refused.message))
        else:
            messages.success(request, _("Your objection is kept. Another person reads it."))
            return redirect("cabinet_breach", code=code, number=number)
    context = {
        "order": order,
        "breach": found,
        "statements": found.statements.filter(side=Side.USER),
        "is_closed": found.suspensions.filter(ended_at=None).exists(),
        "form": form,
    }
    return render(request, "pages/cabinet_breach.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ending(request: HttpRequest, code: str) -> HttpResponse:
    """The end by agreement: its two days, what follows, the proposal that waits, or the form."""
    order = own_order(request, code)
    at = timezone.now()
    enrollment = get_object_or_404(Enrollment.objects.select_related("cohort"), order=order)
    days = ending_days(order, enrollment, at=at)
    proposal = open_proposal(order, at=at)
    may_propose = (
        order.state in UNDER_CONTRACT and proposal is None and not days.is_over(almaty_day(at))
    )
    form = EndingForm(request.POST or None, days=days)
    if not may_propose:
        unsent = Unsent.of(form, NOT_PROPOSED) if request.method == "POST" else None
        return _ending_page(request, order, proposal=proposal, days=days, unsent=unsent)
    if form.is_valid():
        try:
            propose_ending(
                order=order,
                side=Side.USER,
                ends_on=form.cleaned_data["ends_on"],
                returned=form.cleaned_data["returned"],
                why=form.cleaned_data["why"],
                by=request.user,  # type: ignore[arg-type]
                at=at,
            )
        except RuleViolation as refused:
            field = refused.field if refused.field in form.fields else None
            if field == "ends_on" and form.cleaned_data["day"] != "another":
                field = "day"
            form.add_error(field, str(refused.message))
        else:
            messages.success(
                request, _("Your proposal is sent. The answer comes here and by e-mail.")
            )
            return redirect("cabinet_ending", code=code)
    return _ending_page(request, order, form=form, proposal=proposal, days=days)


@login_required
@require_POST
def ending_answer(request: HttpRequest, code: str) -> HttpResponse:
    """The user's answer to the academy's proposal (12.4)."""
    order = own_order(request, code)
    at = timezone.now()
    proposal = open_proposal(order, at=at)
    form = EndingAnswerForm(request.POST, about=proposal.number if proposal else "")
    unsent = None
    if proposal is None or not proposal.is_open:
        unsent = Unsent.of(form, _("No proposal waits for your answer any more."))
    elif form.is_valid():
        try:
            answer_proposal(
                proposal=proposal,
                side=Side.USER,
                accepts=form.cleaned_data["answer"] == "accept",
                reason=form.cleaned_data["reason"],
                by=request.user,  # type: ignore[arg-type]
                at=at,
            )
        except RuleViolation as refused:
            form.add_error(None, str(refused.message))
        else:
            messages.success(request, _("Your answer is recorded."))
            return redirect("cabinet_ending", code=code)
    enrollment = get_object_or_404(Enrollment.objects.select_related("cohort"), order=order)
    days = ending_days(order, enrollment, at=at)
    return _ending_page(request, order, proposal=proposal, days=days, answer=form, unsent=unsent)


@login_required
@require_POST
def ending_withdrawal(request: HttpRequest, code: str) -> HttpResponse:
    """Take back the own proposal; a refusal becomes a message."""
    order = own_order(request, code)
    proposal = open_proposal(order, at=timezone.now())
    if proposal is None or not proposal.is_open:
        messages.warning(request, _("There is no proposal to take back any more."))
    elif request.POST.get("about") != str(proposal.number):
        messages.warning(request, REPLACED)
    else:
        withdraw_proposal(
            proposal=proposal,
            side=Side.USER,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        )
        messages.success(request, _("Your proposal is taken back. The contract goes on."))
    return redirect("cabinet_ending", code=code)


def _ending_page(
    request: HttpRequest,
    order: Order,
    *,
    proposal: EndingProposal | None,
    days: object,
    form: EndingForm | None = None,
    answer: EndingAnswerForm | None = None,
    unsent: Unsent | None = None,
) -> HttpResponse:
    context = {
        "order": order,
        "form": form,
        "days": days,
        "proposal": proposal,
        "is_mine": bool(proposal and proposal.side == Side.USER),
        "answer": answer or EndingAnswerForm(about=proposal.number if proposal else ""),
        "unsent": unsent,
        "follows": CONSEQUENCES[Way.AGREEMENT],
        "earlier": order.ending_proposals.exclude(pk=proposal.pk if proposal else 0),
        "runs": order.state in UNDER_CONTRACT,
        "today": almaty_day(timezone.now()),
    }
    return render(request, "pages/cabinet_ending.html", context)
