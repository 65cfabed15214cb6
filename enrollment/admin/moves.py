"""Moves to another cohort: proposed or made from the enrollment's page, and read here (4.6)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Cohort, CohortMove, Enrollment, EnrollmentState, LinkSubject
from enrollment.operations.training.moves import end_move, move_by_document, propose_move
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.forms import ButtonForm, reason_field
from offer_site.admin.links import linked_order, moment, moment_by
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import almaty_day
from offer_site.documents import DocumentField
from offer_site.journal.operations import actor

from .documents import OF_AN_ANSWER, document_button
from .link_answers import link_answer

RIGHT = "enrollment.change_enrollment"


class MoveForm(ButtonForm):
    to = forms.ModelChoiceField(label=_("To the cohort"), queryset=Cohort.objects.none())
    reason = reason_field()
    document = DocumentField(
        label=_("Document of the student's agreement"),
        required=False,
        help_text=_("With it the student moves at once; without it they are asked by letter."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cohorts = Cohort.objects.filter(
            course=self.subject.cohort.course_id, ends_on__gt=almaty_day(timezone.now())
        )
        self.fields["to"].queryset = cohorts.exclude(pk=self.subject.cohort_id)  # type: ignore[attr-defined]


def move(enrollment: Enrollment, values: dict[str, Any], *, by: User, at: datetime) -> str:
    wish = {"enrollment": enrollment, "to": values["to"], "reason": values["reason"]}
    if values["document"]:
        move_by_document(**wish, document=values["document"], by=by, at=at)
        return gettext("The student has moved, and is told by letter.")
    propose_move(**wish, by=by, at=at)
    return gettext("The student is asked by letter, and answers by its button or in the cabinet.")


def take_back(proposal: CohortMove, values: dict[str, Any], *, by: User, at: datetime) -> str:
    end_move(move=proposal, by=actor(by), at=at)
    return gettext("The proposal is taken back.")


MOVE = Button(
    "move",
    _("Move to another cohort"),
    permission=RIGHT,
    operate=move,
    form=MoveForm,
    is_offered=lambda enrollment: enrollment.state == EnrollmentState.ACTIVE,
    note=_(
        "The place, the programme, the day of performance and the certificate follow; the price "
        "and the edition of the contract do not."
    ),
)


@admin.register(CohortMove)
class CohortMoveAdmin(ReadOnlyAdmin):
    list_display = ["code", "from_cohort", "to_cohort", "proposed", "agreed", "ended"]
    list_filter = ["to_cohort", "agreed_how"]
    list_select_related = ["enrollment__order", "from_cohort", "to_cohort", "proposed_by"]
    search_fields = ["enrollment__order__code"]
    fields = [
        "order_link",
        "from_cohort",
        "to_cohort",
        "reason",
        "proposed",
        "agreed",
        "agreed_how",
        "ended",
    ]
    buttons = [
        Button(
            "back",
            _("Take the proposal back"),
            permission=RIGHT,
            operate=take_back,
            is_offered=lambda proposal: proposal.is_open,
        ),
        document_button(
            "enrollment.view_cohortmove",
            file_name=lambda made: f"{made.enrollment.order.code}-move",
            note=OF_AN_ANSWER,
        ),
    ]

    def chapters(self, request: HttpRequest, subject: CohortMove) -> Sequence[Chapter]:
        return link_answer(subject.enrollment.order, LinkSubject.MOVE, subject.pk)

    @admin.display(description=_("order"), ordering="enrollment__order__code")
    def code(self, each: CohortMove) -> str:
        return each.enrollment.order.code

    @admin.display(description=_("order"))
    def order_link(self, each: CohortMove) -> str:
        return linked_order(each.enrollment)

    @admin.display(description=_("proposed at"), ordering="proposed_at")
    def proposed(self, each: CohortMove) -> str:
        return moment_by(each.proposed_at, actor(each.proposed_by))

    @admin.display(description=_("agreed at"), ordering="agreed_at")
    def agreed(self, each: CohortMove) -> str:
        return moment(each.agreed_at)

    @admin.display(description=_("declined or taken back at"), ordering="ended_at")
    def ended(self, each: CohortMove) -> str:
        return moment_by(each.ended_at, each.ended_by)
