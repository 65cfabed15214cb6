"""Requests for halves as staff work with them: decline, propose, record the answer; the whole
exchange below (4.3.1).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import HalvesAnswer, HalvesRequest
from enrollment.operations.halves.requests import (
    agree_to_halves,
    decline_halves,
    propose_halves,
    refuse_halves,
)
from enrollment.operations.halves.telegram_evidence import (
    forget_picture,
    keep_picture,
    show_picture,
)
from enrollment.rules.halves import HalvesState
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm, day_field, moment_field, reason_field
from offer_site.admin.links import link, moment, without_keys
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import almaty_day, end_of_day, last_day, short_day
from offer_site.journal.operations import actor
from offer_site.money import halves, tenge_text
from offer_site.telegram.models import TelegramMessage, TelegramUpdate
from offer_site.telegram.updates import text_of
from offer_site.web.downloads import download

RIGHT = "enrollment.change_halvesrequest"
DAYS_TO_ANSWER = 3
TYPES = {"png": "image/png", "jpg": "image/jpeg", "pdf": "application/pdf"}


class DeclineForm(ButtonForm):
    reason = reason_field(label=_("Reason, in the student's language"), max_length=500)


class ProposeForm(ButtonForm):
    rest_on = day_field(_("Day of the rest"))
    valid_on = day_field(
        _("The proposal holds until 24:00 of"),
        help_text=_("By then the student agrees and orders."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_on"].initial = almaty_day(timezone.now()) + timedelta(
            days=DAYS_TO_ANSWER
        )


class TelegramExchangeForm(ButtonForm):
    """What was agreed in Telegram, with the picture that proves it."""

    said_at = moment_field(_("When it was said in Telegram"))
    picture = forms.FileField(
        label=_("Picture of the exchange"),
        max_length=200,
        help_text=_("PNG, JPEG or PDF, 5 MB at most; kept encrypted."),
    )


class HalvesAnswerForm(TelegramExchangeForm):
    agrees = forms.ChoiceField(
        label=_("The student"),
        choices=[("yes", _("agrees")), ("no", _("does not agree"))],
        widget=forms.RadioSelect,
    )


def decline(request: HalvesRequest, values: dict[str, Any], *, by: User, at: datetime) -> str:
    decline_halves(request=request, reason=values["reason"], by=by, at=at)
    return gettext("The request is declined. The student gets the reason.")


def propose(request: HalvesRequest, values: dict[str, Any], *, by: User, at: datetime) -> str:
    until = end_of_day(values["valid_on"])
    propose_halves(request=request, rest_on=values["rest_on"], valid_until=until, by=by, at=at)
    chat = TelegramMessage.objects.filter(
        chat__about_kind="halves", chat__about_key=request.code
    ).exists()
    if chat:
        return gettext("The proposal is made. It went to the student's chat and e-mail.")
    return gettext(
        "The proposal is made. It went by e-mail: the student's chat with the bot is not open yet."
    )


def record_answer(request: HalvesRequest, values: dict[str, Any], *, by: User, at: datetime) -> str:
    proposal = request.proposal
    agrees = values["agrees"] == "yes"
    evidence = keep_picture(values["picture"].read(), said_at=values["said_at"], by=by)
    answer = agree_to_halves if agrees else refuse_halves
    try:
        answer(
            request=request, proposal=proposal.number if proposal else 0, evidence=evidence, at=at
        )
    except Exception:
        forget_picture(evidence)
        raise
    if agrees:
        return gettext("The agreement is recorded. The student gets the link to the order.")
    return gettext("The refusal is recorded.")


def in_states(*states: HalvesState) -> Any:
    return lambda request: request.state in states


@admin.register(HalvesRequest)
class HalvesRequestAdmin(ReadOnlyAdmin):
    list_display = ["code", "state", "name", "tariff", "asked", "rest_day", "holds_until", "order"]
    list_filter = [QuestionFilter, "state", "cohort", "tariff__package"]
    list_select_related = ["tariff__package", "cohort", "order"]
    search_fields = ["code", "name", "email", "phone", "order__code"]
    fields = [
        "code",
        "state",
        "tariff",
        "amounts",
        "cohort",
        "language",
        "name",
        "email",
        "phone",
        "telegram",
        "why",
        "asked",
        "rest_day",
        "holds_until",
        "decline_reason",
        "declined_at",
        "declined_by",
        "order",
        "consent_text",
    ]
    questions = {
        "asked": (_("awaits our answer"), lambda requests, at: requests.awaiting_answer()),
        "refused": (_("refused by the student"), lambda requests, at: requests.refused()),
        "not-ordered": (_("agreed, not ordered yet"), lambda requests, at: requests.not_ordered()),
    }
    buttons = [
        Button(
            "propose",
            _("Propose"),
            permission=RIGHT,
            operate=propose,
            form=ProposeForm,
            note=_(
                "The day lies within the course and after the order. "
                "Half is due on the day of the order."
            ),
            is_offered=in_states(HalvesState.ASKED, HalvesState.REFUSED, HalvesState.ENDED),
        ),
        Button(
            "answer",
            _("Record the answer"),
            permission=RIGHT,
            operate=record_answer,
            form=HalvesAnswerForm,
            note=_("For an answer given to you in Telegram. The bot records its own."),
            is_offered=in_states(HalvesState.PROPOSED),
        ),
        Button(
            "decline",
            _("Decline"),
            permission=RIGHT,
            operate=decline,
            form=DeclineForm,
            note=_("The reason goes to the student as it is written here."),
            is_offered=in_states(HalvesState.ASKED, HalvesState.PROPOSED, HalvesState.REFUSED),
        ),
    ]

    def read_beside(self, subject: HalvesRequest) -> object:
        """The number of the proposal: an answer is to that one."""
        return subject.proposal and subject.proposal.number

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.picture)
        own = [
            path(
                "<path:object_id>/picture/<int:answer>/",
                view,
                name="enrollment_halvesrequest_picture",
            )
        ]
        return own + super().get_urls()

    def picture(self, request: HttpRequest, object_id: str, answer: int) -> HttpResponse:
        """Journals who saw the picture of an answer (5.4)."""
        if not request.user.has_perm("enrollment.view_halvesrequest"):
            raise PermissionDenied
        answers = HalvesAnswer.objects.select_related("proposal__request")
        recorded = (
            answers.filter(pk=answer, proposal__request=object_id).exclude(picture="").first()
        )
        if recorded is None:
            raise Http404
        content = show_picture(answer=recorded, by=actor(request.user), at=timezone.now())
        suffix = recorded.picture.rpartition(".")[2]
        return download(
            content,
            f"{recorded.proposal.request.code}.{suffix}",
            content_type=TYPES.get(suffix, "application/octet-stream"),
        )

    @admin.display(description=_("halves"))
    def amounts(self, request: HalvesRequest) -> str:
        return " + ".join(tenge_text(half) for half in halves(request.tariff.price))

    @admin.display(description=_("asked at"), ordering="asked_at")
    def asked(self, request: HalvesRequest) -> str:
        return moment(request.asked_at)

    @admin.display(description=_("day of the rest"))
    def rest_day(self, request: HalvesRequest) -> str:
        return short_day(request.proposal.rest_on) if request.proposal else "–"

    @admin.display(description=_("holds until 24:00 of"), ordering="valid_until")
    def holds_until(self, request: HalvesRequest) -> str:
        return short_day(last_day(request.valid_until)) if request.valid_until else "–"

    def chapters(self, request: HttpRequest, subject: HalvesRequest) -> Sequence[Chapter]:
        return [proposals(subject), exchange(subject)]


def proposals(request: HalvesRequest) -> Chapter:
    rows = []
    for each in request.proposals.select_related("answer", "by"):
        answer = getattr(each, "answer", None)
        decision = (
            (gettext("agrees") if answer.agrees else gettext("does not agree")) if answer else "–"
        )
        said_at = answer.said_at if answer else None
        rows.append(
            (
                each.number,
                short_day(each.rest_on),
                short_day(last_day(each.valid_until)),
                moment(each.at),
                str(each.by),
                decision,
                moment(said_at),
                proof(request, answer),
            )
        )
    headings = (
        _("number"),
        _("day of the rest"),
        _("valid until"),
        _("proposed at"),
        _("by"),
        _("answer"),
        _("said at"),
        _("what proves it"),
    )
    return Chapter(_("proposals"), rows, headings)


def proof(request: HalvesRequest, answer: HalvesAnswer | None) -> Any:
    if answer is None:
        return "–"
    if answer.by_bot:
        facts = {"message": answer.message_id, "update": answer.update_id}
        return gettext("the bot: message %(message)s, update %(update)s") % facts
    url = reverse("admin:enrollment_halvesrequest_picture", args=[request.pk, answer.pk])
    return link(url, gettext("picture"))


def exchange(request: HalvesRequest) -> Chapter:
    """The messages of both sides, in the order of time."""
    of_request = {"chat__about_kind": "halves", "chat__about_key": request.code}
    lines = [
        (
            each.sent_at or each.queued_at,
            gettext("we"),
            without_keys(each.text),
            each.get_state_display(),
        )
        for each in TelegramMessage.objects.filter(**of_request)
    ] + [
        (
            each.received_at,
            gettext("the student"),
            text_of(each.body) or each.get_kind_display(),
            each.reply,
        )
        for each in TelegramUpdate.objects.filter(**of_request)
    ]
    rows = [(moment(at), *cells) for at, *cells in sorted(lines, key=lambda line: line[0])]
    return Chapter(
        _("Telegram"),
        rows,
        (_("at"), _("who"), _("text"), _("state, or our reply")),
        empty=_("The chat with the bot is not open."),
    )
