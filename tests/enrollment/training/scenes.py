"""A cohort with a programme, students and their curators."""

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import Group

from enrollment.models import Cohort, Enrollment, ProgrammeItem, ProgrammePart
from enrollment.operations.training.curators import assign_curators
from offer_site.accounts.models import User
from offer_site.staff.roles import set_staff_groups
from tests.given import NOON, a_cohort, a_paid_order, an_owner


def a_programme(cohort: Cohort) -> list[ProgrammeItem]:
    """Two weeks with a lesson each, an assignment and a report at the end."""
    first = cohort.starts_on
    for number in (1, 2):
        ProgrammePart.objects.create(
            cohort=cohort,
            number=number,
            title_kk=f"{number}-апта",
            title_ru=f"Неделя {number}",
            starts_on=first + timedelta(days=7 * (number - 1)),
            ends_on=first + timedelta(days=7 * number - 1),
        )
    return [
        an_item(cohort, "lesson", 1, first),
        an_item(cohort, "lesson", 2, first + timedelta(days=7)),
        an_item(cohort, "assignment", 1, first + timedelta(days=6)),
        an_item(cohort, "report", 1, cohort.ends_on),
    ]


def an_item(cohort: Cohort, kind: str, number: int, day: date) -> ProgrammeItem:
    return ProgrammeItem.objects.create(
        cohort=cohort,
        kind=kind,
        number=number,
        title_kk=f"{kind} {number}: мақсат",
        title_ru=f"{kind} {number}: цель",
        day=day,
    )


def a_taught_cohort(**wishes: Any) -> Cohort:
    cohort = a_cohort(**wishes)
    a_programme(cohort)
    return cohort


def a_student(cohort: Cohort, **wishes: Any) -> Enrollment:
    return a_paid_order(cohort=cohort, **wishes).enrollment


def a_curator(name: str, *students: Enrollment) -> User:
    """A curator with these students."""
    set_staff_groups()
    curator = User.objects.create_user(f"{name}@curators.example.kz", is_staff=True)
    curator.groups.add(Group.objects.get(name="curator"))
    assign_curators(wishes={each.pk: curator for each in students}, by=an_owner(), at=NOON)
    return curator
