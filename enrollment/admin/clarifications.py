"""Questions about recipients as staff see them: what is asked, both clocks, the answer,
and what can be done (9.5).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.forms.clarification import AnswerForm
from enrollment.models import AnswerSource, Clarification, Deadline, Order
from enrollment.operations.clarification.questions import (
    mark_answer_read,
    send_question_again,
    withdraw_question,
)
from enrollment.operations.corrections.answers import record_answer_by_staff
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm, ReasonForm, text_input
from offer_site.admin.links import linked, linked_order, moment, moment_by, person
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import short_day
from offer_site.documents import DocumentField
from offer_site.journal.operations import actor

from .documents import OF_AN_ANSWER, document_button

RIGHT = "enrollment.change_clarification"


class StaffAnswerForm(AnswerForm, ButtonForm):
    """The asked fields as staff were told them; an address of now is not shown,
    it has a button of its own (5.4).
    """

    field_order = ("how",)
    how = forms.ChoiceField(
        label=_("How did the answer come?"),
        choices=[(source, source.label) for source in (AnswerSource.PHONE, AnswerSource.LETTER)],
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=1000,
        widget=text_input(),
        help_text=_("Who said what and when. A note or a document is needed."),
    )
    document = DocumentField(label=_("Document"), required=False)

    def __init__(self, *args: Any, subject: Clarification, **kwargs: Any) -> None:
        super().__init__(
            *args, subject=subject, question=subject, order=subject.order, private=False, **kwargs
        )
        self.order_fields(
            ["how", *(name for name in self.fields if name not in ("how", "note", "document"))]
        )

    def clean(self) -> dict[str, Any]:
        """Keep the answer's own parts apart from how it came."""
        values = super().clean() or self.cleaned_data
        if not self.errors:
            values |= {"answer": self.values, "confirmed": self.confirmed}
        return values


def record_answer(
    question: Clarification, values: dict[str, Any], *, by: User, at: datetime
) -> str:
    _question, is_new = record_answer_by_staff(
        question=question,
        values=values["answer"],
        confirmed=values["confirmed"],
        how=AnswerSource(values["how"]),
        note=values["note"],
        document=values["document"],
        by=actor(by),
        at=at,
    )
    return (
        gettext("The answer is recorded.")
        if is_new
        else gettext("This question is closed already.")
    )


def send_again(question: Clarification, values: dict[str, Any], *, by: User, at: datetime) -> str:
    send_question_again(question=question, by=by, at=at)
    return gettext("The letter goes out again. The answer is due anew from the day it leaves.")


def withdraw(question: Clarification, values: dict[str, Any], *, by: User, at: datetime) -> str:
    withdraw_question(question=question, by=by, at=at, **values)
    return gettext("The question is withdrawn. The certificate goes by what there is.")


def mark_read(question: Clarification, values: dict[str, Any], *, by: User, at: datetime) -> str:
    mark_answer_read(question=question, by=by, at=at)
    return gettext("The answer is read.")


@admin.register(Clarification)
class ClarificationAdmin(ReadOnlyAdmin):
    list_display = ["key", "what", "asked_when", "question_clock", "answer_clock", "ended"]
    list_filter = [QuestionFilter, "answered_how"]
    list_select_related = ["order", "question_term", "answer_term", "letter"]
    search_fields = ["order__code"]
    date_hierarchy = "asked_at"
    fields = [
        "order_code",
        "number",
        "sentences",
        "asked_when",
        "asked_by_whom",
        "letters",
        "letter_state",
        "question_clock",
        "answer_clock",
        "ended",
        "has_paper",
        "note_of_staff",
        "reason",
        "read",
    ]
    questions = {
        "open": (_("awaiting the answer"), lambda questions, at: questions.open()),
        "unsent": (_("to send"), lambda questions, at: questions.unsent(at)),
        "overdue": (_("answer overdue"), lambda questions, at: questions.overdue(at)),
        "unread": (_("answer to read"), lambda questions, at: questions.unread()),
    }
    buttons = [
        Button(
            "answer",
            _("Record the answer"),
            permission=RIGHT,
            operate=record_answer,
            form=StaffAnswerForm,
            note=_(
                "As it was told by phone or came by letter. An address that is confirmed is left "
                "empty here."
            ),
            is_offered=lambda question: question.is_open,
        ),
        Button(
            "again",
            _("Send again"),
            permission=RIGHT,
            operate=send_again,
            note=_("To the e-mail registered now. The term of the answer runs anew (9.5)."),
            is_offered=lambda question: question.is_open,
        ),
        Button(
            "withdrawal",
            _("Withdraw"),
            permission=RIGHT,
            operate=withdraw,
            form=ReasonForm,
            note=_(
                "The certificate goes by what there is. If the question stopped its term, that "
                "runs anew (9.1)."
            ),
            is_offered=lambda question: question.is_open,
        ),
        Button(
            "reading",
            _("I have read the answer"),
            permission=RIGHT,
            operate=mark_read,
            is_offered=lambda question: question.answered_at and not question.read_at,
        ),
        document_button(
            "enrollment.view_party",
            file_name=lambda question: f"{question.key}-answer",
            note=OF_AN_ANSWER,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Clarification]:
        """A curator sees questions about the own students (3.5)."""
        seen = Clarification.objects.seen_by(request.user)  # type: ignore[arg-type]
        return seen.select_related("order", "question_term", "answer_term", "letter")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        """Lead to the order, and show what may name a place,
        only to those who may read it (5.4).
        """
        fields = list(super().get_fields(request, obj))
        if request.user.has_perm("enrollment.view_party"):  # type: ignore[union-attr]
            return ["order_link", *fields[1:]]
        return [name for name in fields if name != "note_of_staff"]

    @admin.display(description=_("question"), ordering="order__code")
    def key(self, question: Clarification) -> str:
        return question.key

    @admin.display(description=_("order"))
    def order_code(self, question: Clarification) -> str:
        return question.order.code

    @admin.display(description=_("order"))
    def order_link(self, question: Clarification) -> str:
        return linked_order(question)

    @admin.display(description=_("what is asked"))
    def what(self, question: Clarification) -> str:
        return question.titles

    @admin.display(description=_("what is asked"))
    def sentences(self, question: Clarification) -> str:
        return format_html_join("", "<p>{}</p>", ((each,) for each in question.sentences))

    @admin.display(description=_("asked at"), ordering="asked_at")
    def asked_when(self, question: Clarification) -> str:
        return moment(question.asked_at)

    @admin.display(description=_("who asked"))
    def asked_by_whom(self, question: Clarification) -> str:
        return person(question.asked_by)

    @admin.display(description=_("letter"))
    def letter_state(self, question: Clarification) -> str:
        return f"{question.letter.get_state_display()}, {moment(question.letter.sent_at)}"

    @admin.display(description=_("question: sent, due"))
    def question_clock(self, question: Clarification) -> str:
        return clock_of(question.question_term, question.sent_at)

    @admin.display(description=_("answer: came, due"))
    def answer_clock(self, question: Clarification) -> str:
        return clock_of(question.answer_term, question.answered_at)

    @admin.display(description=_("how it ended"))
    def ended(self, question: Clarification) -> str:
        return ending_of(question)

    @admin.display(description=_("document"))
    def has_paper(self, question: Clarification) -> str:
        return gettext("kept, encrypted") if question.document else gettext("none")

    @admin.display(description=_("note"))
    def note_of_staff(self, question: Clarification) -> str:
        return question.note or "–"

    @admin.display(description=_("answer read"))
    def read(self, question: Clarification) -> Any:
        return moment_by(question.read_at, question.read_by)


def clock_of(term: Deadline | None, done_at: datetime | None) -> str:
    """One clock: when it was done, the day it is due on, and a word where it is late."""
    if term is None:
        return "–"
    due = gettext("by %(day)s, 24:00") % {"day": short_day(term.due_on)}
    if done_at:
        late = gettext(", late") if done_at >= term.due_before else ""
        return f"{moment(done_at)}{late} · {due}"
    late = term.met_at is None and term.due_before <= timezone.now()
    return gettext("%(due)s: overdue") % {"due": due} if late else due


def ending_of(question: Clarification) -> str:
    if question.answered_at:
        return f"{question.get_answered_how_display()}, {moment(question.answered_at)}"
    if question.withdrawn_at:
        return gettext("withdrawn, %(at)s") % {"at": moment(question.withdrawn_at)}
    return gettext("awaits the answer")


def clarifications(order: Order) -> Chapter:
    """For the order's own page: what was asked about the recipient, with both clocks."""
    rows = [
        (
            linked(each, each.number),
            each.titles,
            moment(each.asked_at),
            clock_of(each.question_term, each.sent_at),
            clock_of(each.answer_term, each.answered_at),
            ending_of(each),
        )
        for each in order.clarifications.with_terms()
    ]
    headings = (
        _("number"),
        _("what is asked"),
        _("asked at"),
        _("question: sent, due"),
        _("answer: came, due"),
        _("how it ended"),
    )
    return Chapter(_("clarifications"), rows, headings, empty=_("Nothing was asked."))
