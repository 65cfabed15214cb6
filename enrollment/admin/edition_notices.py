"""Whom a later edition was told, what they answered, and the talks of objections (12.2.1)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import (
    AnswerDoor,
    EditionAnswerKind,
    EditionNotice,
    EditionTalk,
    Enrollment,
    TalkOutcome,
)
from enrollment.models.edition_notice import RUNNING
from enrollment.operations.endings.proposals import propose_ending
from enrollment.operations.offering.edition_answers import answer_edition, close_talk
from enrollment.rules.sides import Side
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm, moment_field, text_input
from offer_site.admin.links import linked, linked_order, moment, moment_by
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.journal.operations import actor

from .conduct import PROPOSE, EndingProposalForm, agreement_days


class LetterForm(ButtonForm):
    """An answer that came from the registered e-mail, or by post (12.1)."""

    kind = forms.ChoiceField(
        label=_("The answer"),
        choices=[
            (each.value, each.label)
            for each in (EditionAnswerKind.OBJECTED, EditionAnswerKind.AGREED)
        ],
    )
    said_at = moment_field(_("When did the letter come?"))
    words = forms.CharField(
        label=_("In their words"), required=False, max_length=2000, widget=text_input()
    )


class TalkForm(ButtonForm):
    outcome = forms.ChoiceField(label=_("Outcome"), choices=TalkOutcome.choices)
    reason = forms.CharField(
        label=_("What was agreed on"),
        max_length=1000,
        widget=text_input(),
        help_text=_("Who said what and when."),
    )


def record_letter(notice: EditionNotice, values: dict[str, Any], *, by: User, at: datetime) -> str:
    answer_edition(
        notice=notice,
        kind=EditionAnswerKind(values["kind"]),
        words=values["words"],
        door=AnswerDoor.LETTER,
        said_at=values["said_at"],
        by=actor(by),
        at=at,
    )
    return gettext("The answer is recorded.")


def close(talk: EditionTalk, values: dict[str, Any], *, by: User, at: datetime) -> str:
    close_talk(
        talk=talk,
        outcome=TalkOutcome(values["outcome"]),
        reason=values["reason"],
        by=actor(by),
        at=at,
    )
    return gettext("The talk is closed.")


def propose_end(talk: EditionTalk, values: dict[str, Any], *, by: User, at: datetime) -> str:
    propose_ending(order=talk.answer.notice.order, side=Side.ACADEMY, by=by, at=at, **values)
    return gettext("The proposal is sent to the student.")


def days_of_talk(talk: EditionTalk) -> Sequence[Chapter]:
    enrollment = Enrollment.objects.select_related("cohort").get(order=talk.answer.notice.order)
    return agreement_days(enrollment)


def may_end(talk: EditionTalk) -> bool:
    return talk.closed_at is None and talk.answer.notice.order.state in RUNNING


def takes_an_answer(notice: EditionNotice) -> bool:
    """True until silence is recorded: a letter that came in time may be entered after the day."""
    return notice.object_before is not None and not hasattr(notice, "answer")


@admin.register(EditionNotice)
class EditionNoticeAdmin(ReadOnlyAdmin):
    list_display = ["order_code", "edition", "told", "until", "letter_state", "answered"]
    list_filter = [QuestionFilter, "answer__kind", "edition"]
    list_select_related = ["order", "edition", "letter", "answer__refutation"]
    search_fields = ["order__code"]
    fields = ["order_link", "edition_link", "told", "until", "letter_link", "answered", "words"]
    questions = {
        "open": (_("may still be answered"), lambda notices, at: notices.open(at)),
        "untold": (_("not told in time"), lambda notices, at: notices.untold(at)),
    }
    buttons = [
        Button(
            "answer",
            _("Record an answer that came by letter"),
            permission="enrollment.change_editionnotice",
            operate=record_letter,
            form=LetterForm,
            is_offered=takes_an_answer,
            note=_("It counts if it came before the edition took effect (12.2.1)."),
        ),
    ]

    @admin.display(description=_("order"), ordering="order__code")
    def order_code(self, notice: EditionNotice) -> str:
        return str(notice.order.code)

    @admin.display(description=_("order"))
    def order_link(self, notice: EditionNotice) -> Any:
        return linked_order(notice)

    @admin.display(description=_("edition"))
    def edition_link(self, notice: EditionNotice) -> Any:
        return linked(notice.edition)

    @admin.display(description=_("told at"), ordering="told_at")
    def told(self, notice: EditionNotice) -> str:
        return moment(notice.told_at)

    @admin.display(description=_("may be objected to before"), ordering="object_before")
    def until(self, notice: EditionNotice) -> str:
        return moment(notice.object_before)

    @admin.display(description=_("letter"))
    def letter_state(self, notice: EditionNotice) -> str:
        return notice.letter.standing

    @admin.display(description=_("letter"))
    def letter_link(self, notice: EditionNotice) -> Any:
        return linked(notice.letter, notice.letter.standing)

    @admin.display(description=_("answer"))
    def answered(self, notice: EditionNotice) -> str:
        answer = getattr(notice, "answer", None)
        if answer is None:
            return "–"
        if hasattr(answer, "refutation"):
            return gettext("not told: the letter came back after silence was recorded")
        return f"{answer.get_kind_display()}, {moment(answer.said_at)}"

    @admin.display(description=_("in their words"))
    def words(self, notice: EditionNotice) -> str:
        answer = getattr(notice, "answer", None)
        return (answer.words if answer else "") or "–"


@admin.register(EditionTalk)
class EditionTalkAdmin(ReadOnlyAdmin):
    list_display = ["order_code", "edition", "opened", "closed", "outcome"]
    list_filter = [QuestionFilter, "outcome"]
    list_select_related = ["answer__notice__order", "answer__notice__edition"]
    search_fields = ["answer__notice__order__code"]
    fields = ["order_link", "edition", "words", "opened", "closed", "outcome", "ending", "reason"]
    questions = {"open": (_("to be talked over"), lambda talks, at: talks.open())}
    buttons = [
        Button(
            "agreement",
            _("Propose to end by agreement"),
            permission=PROPOSE,
            operate=propose_end,
            form=EndingProposalForm,
            note=_("The contract holds until the student accepts, and then to the day (12.4)."),
            is_offered=may_end,
            chapters=days_of_talk,
        ),
        Button(
            "closing",
            _("Close the talk"),
            permission="enrollment.change_editiontalk",
            operate=close,
            form=TalkForm,
            is_offered=lambda talk: talk.closed_at is None,
            note=_(
                "Say what was agreed on. That the contract ends can be said once the student has "
                "accepted a proposal of 12.4, or has proposed it and you accepted."
            ),
        ),
    ]

    @admin.display(description=_("order"))
    def order_code(self, talk: EditionTalk) -> str:
        return str(talk.answer.notice.order.code)

    @admin.display(description=_("order"))
    def order_link(self, talk: EditionTalk) -> Any:
        return linked_order(talk.answer.notice)

    @admin.display(description=_("edition"))
    def edition(self, talk: EditionTalk) -> str:
        return str(talk.answer.notice.edition)

    @admin.display(description=_("objection"))
    def words(self, talk: EditionTalk) -> str:
        return talk.answer.words or "–"

    @admin.display(description=_("opened at"), ordering="opened_at")
    def opened(self, talk: EditionTalk) -> str:
        return moment(talk.opened_at)

    @admin.display(description=_("closed"), ordering="closed_at")
    def closed(self, talk: EditionTalk) -> str:
        return moment_by(talk.closed_at, talk.closed_by)
