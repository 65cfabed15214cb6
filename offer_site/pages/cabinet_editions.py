"""The cabinet's page of a later edition: what changes, until when to object (12.2.1)."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from enrollment.forms.edition_answer import EditionAnswerForm
from enrollment.models import AnswerDoor, Edition, EditionAnswerKind, EditionNotice, EditionTalk
from enrollment.models.edition_notice import RUNNING
from enrollment.operations.offering.drafts import comparison_of_edition
from enrollment.operations.offering.edition_answers import answer_edition
from enrollment.rules.comparison import PREAMBLE, TITLE, ChangeInBoth, Segments, around
from offer_site.days import last_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.languages import current_language, reading_order
from offer_site.pages.cabinet_views import own_order
from offer_site.web.answering import Unsent


@dataclass(frozen=True)
class ShownChange:
    """A place that changed, in the reader's language, or in the only one that changed."""

    place: str
    kind: str  # of a place without a number: the title, the preamble
    language: str
    before: Segments
    after: Segments


def shown_changes(edition: Edition, *, language: str) -> list[ShownChange]:
    comparison = comparison_of_edition(edition)
    return [_shown(change, language) for change in comparison.texts] if comparison else []


def _shown(both: ChangeInBoth, language: str) -> ShownChange:
    order = [code for code in reading_order(language) if both.in_language(code)]
    change = both.in_language(order[0])
    if change is None:
        raise ValueError(f"{both.place} changed in no language")
    kind = both.place if both.place in (TITLE, PREAMBLE) else ""
    return ShownChange(both.place, kind, order[0], around(change.before), around(change.after))


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def edition_answer(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """Read what a later edition changes; object or agree until the day of effect (12.2.1)."""
    at = timezone.now()
    order = own_order(request, code)
    notice = get_object_or_404(
        EditionNotice.objects.select_related("edition", "answer"), order=order, edition__name=name
    )
    form = EditionAnswerForm(request.POST or None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            answer_edition(
                notice=notice,
                kind=form.cleaned_data["kind"],
                words=form.cleaned_data["words"],
                door=AnswerDoor.CABINET,
                said_at=at,
                by=actor(request.user),
                at=at,
            )
        except RuleViolation as refused:
            form.add_error(None, str(refused.message))
            refusal = str(refused.message)
        else:
            messages.success(request, _said(form.cleaned_data["kind"]))
            return redirect("edition_answer", code=code, name=name)
    answer = getattr(notice, "answer", None)
    is_open = notice.is_open(at) and answer is None and order.state in RUNNING
    unsent = None
    if request.method == "POST" and not is_open:
        unsent = Unsent.of(form, refusal or _("There is nothing to answer any more."))
    context: dict[str, Any] = {
        "order": order,
        "notice": notice,
        "edition": notice.edition,
        "form": form,
        "answer": answer,
        "talk": EditionTalk.objects.filter(answer=answer).first() if answer else None,
        "is_open": is_open,
        "unsent": unsent,
        "object_until": last_day(notice.object_before) if notice.object_before else None,
        "changes": shown_changes(notice.edition, language=current_language()),
    }
    return render(request, "pages/edition.html", context)


def _said(kind: EditionAnswerKind) -> str:
    if kind == EditionAnswerKind.OBJECTED:
        return _("Your objection is recorded. We will write to you or call you.")
    return _("Your consent is recorded.")
