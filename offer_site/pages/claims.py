"""A student's claims in the cabinet: filed, followed, signed, withdrawn, answered (10.2)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrollment.forms.claims import (
    ClaimForm,
    CounterAnswerForm,
    FilesForm,
    ReplyForm,
    form_for,
)
from enrollment.models import Claim, ClaimFile, Order
from enrollment.operations.claims.answers import answer_as_student, reply_to_answer
from enrollment.operations.claims.documents import send_documents
from enrollment.operations.claims.filing import file_claim, sign_claim, withdraw_claim
from enrollment.operations.personal_data import show_document
from enrollment.rules.sides import Side
from offer_site.documents import LARGEST_DOCUMENT, hand_out
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.web.answering import Unsent
from offer_site.web.bodies import MARGIN, largest_body

from .cabinet_views import own_order
from .states import LOOKS_OF_CLAIM_STAGES

# Ten files of the largest size would be more than a telephone sends: five of them, or many small.
takes_documents = largest_body(5 * LARGEST_DOCUMENT + MARGIN)


@takes_documents
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def claim_create(request: HttpRequest, code: str) -> HttpResponse:
    """Write a claim (10.2.2); the same one again leads to the first."""
    order = own_order(request, code)
    typed = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ClaimForm(*typed)
    if form.is_valid():
        try:
            claim, is_new = file_claim(
                order=order,
                words=form.words,
                files=form.cleaned_data["files"],
                is_signed=form.cleaned_data["sign"],
                by=actor(request.user),
                at=timezone.now(),
            )
        except RuleViolation as refused:
            refuse(form, refused)
        else:
            came = _("Your claim has come to us. A copy is on its way to you.")
            again = _("You sent this claim before. New files and a signature are added to it.")
            messages.success(request, came if is_new else again)
            return redirect("claim", code=code, number=claim.pk)
    return render(request, "pages/claim_new.html", {"order": order, "form": form})


@login_required
@never_cache
@require_safe
def claim(request: HttpRequest, code: str, number: int) -> HttpResponse:
    return show(request, own_claim(request, code, number))


@login_required
@never_cache
@require_safe
def claim_file(request: HttpRequest, code: str, number: int, file: int) -> HttpResponse:
    """A file of the claim for its student; the journal keeps who took it (5.4)."""
    row = get_object_or_404(ClaimFile, claim=own_claim(request, code, number), pk=file)
    shown = show_document(row=row, reason="", by=actor(request.user), at=timezone.now())
    return hand_out(shown, name=f"claim-{number}-{file}")


@takes_documents
@login_required
@require_POST
def claim_documents(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Send documents for the claim (10.2.4)."""
    subject = own_claim(request, code, number)
    form = FilesForm(request.POST, request.FILES)
    if not subject.is_open:
        return show(request, subject, unsent=Unsent.of(form, why_closed(subject)))
    if form.is_valid():
        try:
            sent = send_documents(
                claim=subject,
                files=form.cleaned_data["files"],
                answers=request.POST.get("about", ""),
                by=actor(request.user),
                at=timezone.now(),
            )
        except RuleViolation as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The documents have come to us."))
            if sent.open_request:
                messages.warning(
                    request,
                    _("Meanwhile we asked for documents: see below what they are. Send them too."),
                )
            return redirect("claim", code=code, number=number)
    return show(request, subject, files_form=form)


@login_required
@require_POST
def claim_signature(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Sign a claim (10.2.1)."""
    subject = own_claim(request, code, number)
    if not subject.is_of_user:
        raise Http404
    sign_claim(claim=subject, by=actor(request.user), at=timezone.now())
    messages.success(request, _("The claim is signed."))
    return redirect("claim", code=code, number=number)


@login_required
@require_POST
def claim_withdrawal(request: HttpRequest, code: str, number: int) -> HttpResponse:
    subject = own_claim(request, code, number)
    if not subject.is_of_user:
        raise Http404
    withdraw_claim(claim=subject, side=Side.USER, by=actor(request.user), at=timezone.now())
    messages.success(request, _("The claim is withdrawn. You can write a new one at any time."))
    return redirect("claim", code=code, number=number)


@login_required
@require_POST
def claim_reply(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Take the academy's proposal or not, or answer its claim (10.2.3)."""
    subject = own_claim(request, code, number)
    kind = form_for(subject)
    if kind is None:
        written = ReplyForm if subject.is_of_user else CounterAnswerForm
        return show(request, subject, unsent=Unsent.of(written(request.POST), why_closed(subject)))
    form = kind(request.POST)
    if form.is_valid():
        say: dict[str, Any] = {
            "claim": subject,
            "by": actor(request.user),
            "at": timezone.now(),
        }
        try:
            if isinstance(form, ReplyForm):
                reply_to_answer(**say, **form.cleaned_data)
            elif isinstance(form, CounterAnswerForm):
                answer_as_student(**say, **form.cleaned_data)
        except RuleViolation as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("We have your answer."))
            return redirect("claim", code=code, number=number)
    return show(request, subject, form=form)


def show(request: HttpRequest, subject: Claim, **forms: Any) -> HttpResponse:
    """The page of a claim: both terms, how it goes, its words, the answer, and what can be done."""
    asked = form_for(subject)
    context = {
        "claim": subject,
        "order": subject.order,
        "request_of_documents": subject.open_request,
        "look": LOOKS_OF_CLAIM_STAGES[subject.stage],
        "is_overdue": subject.answer_term.met_at is None
        and subject.answer_term.due_before <= timezone.now(),
        "form": asked() if asked else None,
        "files_form": FilesForm(),
        **forms,
    }
    return render(request, "pages/claim.html", context)


def why_closed(subject: Claim) -> str:
    """Why nothing more is said about a claim on its page."""
    if subject.withdrawn_at is not None:
        return _("This claim was withdrawn.")
    return _("This is said already; nothing was changed.")


def own_claim(request: HttpRequest, code: str, number: int) -> Claim:
    """A claim of a contract of the signed-in student; another's is 404."""
    order: Order = own_order(request, code)
    claims = Claim.objects.with_all().prefetch_related("files", "requests__term")
    found = get_object_or_404(claims, order=order, pk=number)
    found.order = order
    return found


def refuse(form: Any, refused: RuleViolation) -> None:
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))
