"""Attendance and results of a cohort at staff's desk: a grid, and a table that is taken (7.2.4).

A curator sees the own students here and everywhere (3.5).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Cohort, Enrollment, ProgrammeItem, StudentWork
from enrollment.operations.training.results import (
    RecordedResults,
    ResultWish,
    TableRefusedError,
    another_version,
    how_to_type,
    import_results,
    record_results,
    recorded_meanwhile,
    table_of_results,
)
from enrollment.rules.programme import ItemKind, Seen, Tally, read_result, result_text
from enrollment.rules.results_table import TableError, TableFault, read_table
from offer_site.accounts.models import User
from offer_site.admin.chapters import Chapter
from offer_site.admin.forms import ButtonForm, ImportedFileField
from offer_site.admin.links import link
from offer_site.admin.pages import StaffAdmin
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from offer_site.web.downloads import download_table

SEES = "enrollment.view_studyresult"
RECORDS = "enrollment.change_studyresult"
STUDENTS_A_PAGE = 40
KINDS = {
    ItemKind.LESSON: _("Attendance"),
    ItemKind.ASSIGNMENT: _("Assignments"),
    ItemKind.REPORT: _("Reports"),
}
FAULTS = {
    TableFault.TOO_LARGE: _("The file is larger than 1 MB. Choose a smaller one."),
    TableFault.WORKBOOK: _("This is a workbook. Save it as CSV first."),
    TableFault.NO_TEXT: _("This file is not a table of text. Save it as CSV."),
    TableFault.NO_CODES: _(
        "The first line has no codes of lessons. Take the table here, fill it in and send it back."
    ),
    TableFault.EMPTY: _("There are no students in the table."),
    TableFault.TOO_LONG: _("The table has too many lines."),
    TableFault.TWICE: _("A lesson or a work has two columns."),
}


def students_of(cohort: Cohort, user: User) -> list[Enrollment]:
    """The students of a cohort whom this member of staff may see, by name."""
    taught = Enrollment.objects.seen_by(user).filter(cohort=cohort)
    return list(
        taught.select_related("order", "learner", "cohort").order_by(
            "learner__surname", "learner__name", "pk"
        )
    )


@dataclass
class Cell:
    """One field of the grid: what stands there, or what was typed, and what is wrong with it."""

    name: str
    label: str
    value: str
    fault: str = ""
    work: StudentWork | None = None  # the last version that was handed in


@dataclass
class Grid:
    """Students by items of one kind; `was` is what the page showed, so that only changes count.

    `read` are the versions of results and works that it showed: an answer is to those.
    """

    students: Sequence[Enrollment]
    items: Sequence[ProgrammeItem]
    typed: Mapping[str, Any] | None = None
    rows: list[tuple[Enrollment, list[Cell]]] = field(default_factory=list)
    wishes: list[ResultWish] = field(default_factory=list)
    has_faults: bool = False
    # How many typed results are of a student or an item that is not here any more.
    lost: int = 0

    def __post_init__(self) -> None:
        there = RecordedResults.of(self.students)
        was = _shown(self.typed, "was")
        self.shown_versions = _shown(self.typed, "read")
        self.versions: dict[str, Seen] = {}
        self.now: dict[str, str] = {}
        for student in self.students:
            cells = []
            for item in self.items:
                name = f"r_{student.pk}_{item.pk}"
                self.now[name] = result_text(there.result(student, item))
                cell = Cell(name, f"{student.learner.full_name}, {item.code}", self.now[name])
                cell.work = there.works.get((student.pk, item.pk))
                self.versions[name] = there.versions(student, item)
                if self.typed is not None:
                    self._read(cell, student, item, was.get(name, ""))
                cells.append(cell)
            self.rows.append((student, cells))
        self.lost = sum(
            str((self.typed or {}).get(name, shown)).strip() != shown
            for name, shown in was.items()
            if name not in self.now
        )
        self.has_faults |= bool(self.lost)

    def _read(self, cell: Cell, student: Enrollment, item: ProgrammeItem, was: str) -> None:
        typed = str((self.typed or {}).get(cell.name, was)).strip()
        if typed == was:
            return
        stands, cell.value = cell.value, typed
        try:
            result = read_result(item.kind, typed)
        except ValueError:
            cell.fault = how_to_type(item)
        else:
            now = self.versions[cell.name]
            read = self.shown_versions.get(cell.name)
            seen = Seen.read(read) if read is not None else Seen()
            is_another = seen.result not in (None, now.result) or stands != was
            if stands != typed and is_another:
                cell.fault = recorded_meanwhile(read_result(item.kind, stands))
            if seen.work not in (None, now.work):
                cell.fault = another_version()
            self.wishes.append(ResultWish(student.pk, item.pk, result, seen=seen))
        self.has_faults |= bool(cell.fault)

    @property
    def was(self) -> str:
        return json.dumps(self.now)

    @property
    def read(self) -> str:
        return json.dumps({name: str(seen) for name, seen in self.versions.items()})


def _shown(typed: Mapping[str, Any] | None, name: str) -> dict[str, str]:
    try:
        shown = json.loads((typed or {}).get(name, "{}"))
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in shown.items()} if isinstance(shown, dict) else {}


def _named(typed: Mapping[str, Any]) -> set[int]:
    """The students of the fields that were sent."""
    found = (re.fullmatch(r"r_([0-9]{1,18})_[0-9]{1,18}", name) for name in typed)
    return {int(each[1]) for each in found if each}


def _of_who_is_gone(lost: int) -> str:
    return ngettext(
        "%(count)d result is of a student or a work that is not in this cohort any more. Nothing "
        "is recorded yet: look at the rest and record it.",
        "%(count)d results are of students or works that are not in this cohort any more. Nothing "
        "is recorded yet: look at the rest and record it.",
        lost,
    ) % {"count": lost}


def grid_page(admin: StaffAdmin, request: HttpRequest, object_id: str, kind: str) -> HttpResponse:
    """The grid of one kind: looked at, or recorded; only cells that were changed count."""
    cohort = _cohort(admin, request, object_id, right=SEES if request.method == "GET" else RECORDS)
    if kind not in KINDS:
        raise Http404
    students = students_of(cohort, request.user)  # type: ignore[arg-type]
    page = Paginator(students, STUDENTS_A_PAGE).get_page(request.GET.get("page"))
    items = list(cohort.items.filter(kind=kind).order_by("number"))
    grid = Grid(list(page), items)
    if request.method == "POST":
        # Those whom the page showed: meanwhile they may stand on another one.
        named = _named(request.POST)
        grid = Grid([each for each in students if each.pk in named], items, request.POST)
        if grid.lost:
            messages.error(request, _of_who_is_gone(grid.lost))
    if request.method == "POST" and not grid.has_faults:
        try:
            changed = record_results(wishes=grid.wishes, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        except RuleViolation as refused:
            messages.error(request, str(refused.message))
            # What came in the same moment is seen now, at its own field.
            grid = Grid(grid.students, items, request.POST)
        else:
            messages.success(request, _recorded(changed))
            return redirect(request.get_full_path())
    context = _context(admin, request, cohort, KINDS[ItemKind(kind)], page)
    return TemplateResponse(request, "admin/results.html", context | {"grid": grid, "kind": kind})


def _context(
    admin: StaffAdmin, request: HttpRequest, cohort: Cohort, title: Any, page: Page[Enrollment]
) -> dict[str, Any]:
    kinds = [(code, words, page_of_kind(cohort, code)) for code, words in KINDS.items()]
    return {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": title,
        "subtitle": str(cohort),
        "cohort": cohort,
        "page_url": admin.page_url(cohort),
        "kinds": kinds,
        "page": page,
        "may_record": request.user.has_perm(RECORDS),  # type: ignore[union-attr]
        "media": admin.media,
    }


def table_page(admin: StaffAdmin, request: HttpRequest, object_id: str) -> HttpResponseBase:
    """The table of the cohort's results, to fill in and send back; who took it is journalled."""
    cohort = _cohort(admin, request, object_id, right=SEES)
    students = students_of(cohort, request.user)  # type: ignore[arg-type]
    rows = table_of_results(students, list(cohort.items.all()))
    record(
        "results.exported",
        about=("cohort", str(cohort.pk)),
        facts={"students": len(students)},
        by=actor(request.user),
        at=timezone.now(),
        clause="5.4",
    )
    return download_table(rows, f"results-{cohort.pk}.csv")


class TableForm(ButtonForm):
    file = ImportedFileField(label=_("Table, CSV"))

    def clean_file(self) -> Any:
        try:
            return read_table(self.cleaned_data["file"].read())
        except TableError as error:
            raise forms.ValidationError(FAULTS[error.fault]) from error


def file_page(admin: StaffAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """A filled table is taken, all or nothing; its faults are named by line."""
    cohort = _cohort(admin, request, object_id, right=RECORDS)
    typed = (request.POST, request.FILES) if request.method == "POST" else ()
    form = TableForm(*typed, subject=cohort)
    if form.is_valid():
        try:
            changed = import_results(
                cohort=cohort,
                rows=form.cleaned_data["file"],
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            )
        except TableRefusedError as refused:
            for sentence in refused.sentences:
                form.add_error("file", sentence)
        except RuleViolation as refused:
            form.refuse(refused, otherwise="file")
        else:
            messages.success(request, _recorded(changed))
            return redirect(admin.page_url(cohort))
    note = _(
        "Take the table of the cohort, fill it in and send it back. Of a lesson write + or −, of a "
        "work +, − or points from 0 to 10. An empty cell changes nothing. If a line is wrong, or "
        "somebody recorded something in it meanwhile, nothing is recorded."
    )
    return admin.answer(request, cohort, _("Take results from a table"), form=form, note=note)


def _cohort(admin: StaffAdmin, request: HttpRequest, object_id: str, *, right: str) -> Cohort:
    if not request.user.has_perm(right):  # type: ignore[union-attr]
        raise PermissionDenied
    cohort = admin.get_object(request, object_id)
    if cohort is None:
        raise Http404
    found: Cohort = cohort
    return found


def _recorded(changed: int) -> str:
    if not changed:
        return gettext("Nothing changed: it stands so already.")
    return ngettext("%(count)d result recorded.", "%(count)d results recorded.", changed) % {
        "count": changed
    }


def page_of_kind(cohort: Cohort, kind: str) -> str:
    return reverse("admin:enrollment_cohort_results", args=[cohort.pk, kind])


def ways_to_results(cohort: Cohort, user: User) -> Chapter:
    """The links from a cohort's page to its grids and its table."""
    rows: list[tuple[Any, Any]] = [
        (words, link(page_of_kind(cohort, kind), gettext("open the grid")))
        for kind, words in KINDS.items()
    ]
    table = reverse("admin:enrollment_cohort_table", args=[cohort.pk])
    rows.append((_("All results as a table"), link(table, gettext("download CSV"))))
    if user.has_perm(RECORDS):
        file = reverse("admin:enrollment_cohort_results_file", args=[cohort.pk])
        rows.append((_("Results from a table"), link(file, gettext("send CSV"))))
    return Chapter(_("attendance and results"), rows)


def in_short(tally: Tally) -> str:
    """One line about a student: lessons attended, works and reports accepted, average points."""
    words = gettext(
        "lessons %(attended)d of %(lessons)d, assignments %(accepted)d of %(assignments)d, "
        "reports %(reported)d of %(reports)d"
    ) % vars(tally)
    average = tally.average
    if average is None:
        return words
    points = f"{average:.1f}".replace(".", ",")
    return gettext("%(short)s, average %(points)s") % {"short": words, "points": points}
