"""Works that students handed in: read beside the grid, answered with a result and words (7.2.4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import StudentWork, StudyResult, WorkFile
from enrollment.operations.training.results import ResultWish, how_to_type, record_results
from enrollment.operations.training.works import versions_of
from enrollment.rules.programme import Seen, read_result
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm, ShownField, text_input
from offer_site.admin.links import linked, moment, moment_by
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import short_day

from .documents import OF_AN_ANSWER, document_button
from .results import RECORDS


class WorkAnswerForm(ButtonForm):
    """What the work has, and the words that its student reads."""

    result = forms.CharField(
        label=_("Result"),
        max_length=4,
        help_text=_(
            "+ is accepted, − is sent back, a number from 0 to 10 is accepted with points."
        ),
    )
    comment = forms.CharField(
        label=_("Comment"),
        max_length=600,
        required=False,
        widget=text_input(),
        help_text=_("The student reads it. Empty leaves the one that is there."),
    )
    read = ShownField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["read"].initial = str(_read_by_now(self.subject))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        work: StudentWork = self.subject
        try:
            result = read_result(work.item.kind, values.get("result", ""))
        except ValueError:
            self.add_error("result", how_to_type(work.item))
            return values
        comment = values.get("comment") or None
        read = values.get("read")
        seen = Seen.read(read) if read else Seen(work=work.version)
        return {"wish": ResultWish(work.enrollment_id, work.item_id, result, comment, seen)}


def _read_by_now(work: StudentWork) -> Seen:
    """The version of the work on this page, and of the answer that stands beside it."""
    stands = StudyResult.objects.filter(enrollment=work.enrollment_id, item=work.item_id).first()
    return Seen(stands.version if stands else 0, work.version)


def answer(work: StudentWork, values: dict[str, Any], *, by: User, at: datetime) -> str:
    if record_results(wishes=[values["wish"]], by=by, at=at):
        return gettext("The result is recorded. A letter tells the student.")
    return gettext("Nothing changed: it stands so already.")


@admin.register(StudentWork)
class StudentWorkAdmin(ReadOnlyAdmin):
    list_display = ["code", "learner", "item", "version", "handed_in", "is_late"]
    list_filter = [
        QuestionFilter,
        "is_late",
        ("item__cohort", admin.RelatedOnlyFieldListFilter),
    ]
    search_fields = ["enrollment__order__code", "enrollment__learner__surname"]
    fields = [
        "student",
        "item",
        "version",
        "due",
        "handed_in",
        "is_late",
        "words",
        "address",
    ]
    questions = {
        "waiting": (_("awaits the curator's answer"), lambda works, at: works.unanswered()),
    }
    buttons = [
        Button(
            "answer",
            _("Answer the work"),
            permission=RECORDS,
            operate=answer,
            form=WorkAnswerForm,
            note=_("A letter tells the student of the result; your words stand in the cabinet."),
            is_offered=lambda work: work.takes_an_answer,
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StudentWork]:
        """A curator reads the works of the own students (3.5)."""
        seen = StudentWork.objects.seen_by(request.user)  # type: ignore[arg-type]
        return seen.select_related("enrollment__order", "enrollment__learner", "item__cohort")

    def read_beside(self, subject: StudentWork) -> object:
        """The last version and the answer that stands: a colleague may have given it."""
        last = versions_of(subject.enrollment, subject.item)[0]
        found = StudyResult.objects.filter(enrollment=subject.enrollment_id, item=subject.item_id)
        return last.version, [each.version for each in found]

    @admin.display(description=_("order"))
    def code(self, work: StudentWork) -> str:
        return work.enrollment.order.code

    @admin.display(description=_("learner"))
    def learner(self, work: StudentWork) -> str:
        return work.enrollment.learner.full_name

    @admin.display(description=_("learner"))
    def student(self, work: StudentWork) -> str:
        return linked(work.enrollment, self.learner(work))

    @admin.display(description=_("to be handed in until"))
    def due(self, work: StudentWork) -> str:
        return short_day(work.due_on)

    @admin.display(description=_("handed in at"), ordering="handed_in_at")
    def handed_in(self, work: StudentWork) -> str:
        return moment(work.handed_in_at)

    @admin.display(description=_("link"))
    def address(self, work: StudentWork) -> str:
        if not work.has_address:
            return "–"
        return format_html(
            '<a href="{}" rel="noopener noreferrer nofollow">{}</a>', work.link, work.link
        )

    def chapters(self, request: HttpRequest, subject: StudentWork) -> Sequence[Chapter]:
        files = [(linked(each), f"{each.size // 1024 + 1} KB") for each in subject.files.all()]
        others = [
            (linked(each, str(each.version)), moment(each.handed_in_at), each.number_of_files)
            for each in versions_of(subject.enrollment, subject.item)
        ]
        return [
            Chapter(_("files"), files, (_("name"), _("size"))),
            _standing(subject),
            Chapter(_("versions"), others, (_("version"), _("handed in at"), _("files"))),
        ]


def _standing(work: StudentWork) -> Chapter:
    """What the work has now."""
    found = StudyResult.objects.filter(enrollment=work.enrollment_id, item=work.item_id)
    rows = [
        (
            each.get_mark_display() or "–",
            each.points,
            each.comment or "–",
            each.work_version or "–",
            moment_by(each.at, each.by),
        )
        for each in found
    ]
    headings = (_("mark"), _("points"), _("comment"), _("answers version"), _("recorded"))
    return Chapter(_("result"), rows, headings, _("The work has no answer yet."))


@admin.register(WorkFile)
class WorkFileAdmin(ReadOnlyAdmin):
    """A file of a work, opened from the work's page."""

    list_display = ["title", "work"]
    fields = ["work_link", "title", "size"]
    buttons = [
        document_button(
            "enrollment.view_workfile",
            file_name=lambda file: f"work-{file.work_id}-{file.pk}",
            note=OF_AN_ANSWER,
        )
    ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[WorkFile]:
        own = StudentWork.objects.seen_by(request.user).order_by().values("pk")  # type: ignore[arg-type]
        return WorkFile.objects.filter(work__in=own).select_related(
            "work__enrollment__order", "work__item"
        )

    @admin.display(description=_("work of a student"))
    def work_link(self, file: WorkFile) -> str:
        return linked(file.work)
