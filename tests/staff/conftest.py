"""Staff at their desks: an owner, a manager and a curator, each signed in."""

from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from enrollment.models import Enrollment
from enrollment.operations.training.curators import assign_curators
from offer_site.accounts.models import User
from offer_site.accounts.staff_sessions import begin
from offer_site.staff.roles import set_staff_groups
from tests.given import an_owner

TEN_YEARS = 10 * 365 * 24 * 60 * 60


def a_member(group: str) -> User:
    set_staff_groups()
    member = User.objects.create_user(f"{group}@desk.example.kz", is_staff=True)
    member.groups.add(Group.objects.get(name=group))
    return member


class Desk(Client):
    """A browser whose person has always signed in just now: tests travel far between two clicks."""

    def request(self, **request: Any) -> Any:
        if SESSION_KEY in self.session:
            session = self.session
            begin(session, at=timezone.now())
            session.save()
        return super().request(**request)


def signed_in(user: User) -> Client:
    client = Desk()
    client.force_login(user)
    session = client.session
    session.set_expiry(TEN_YEARS)  # tests travel to the end of a cohort
    session.save()
    return client


@pytest.fixture
def manager(db) -> User:
    return a_member("manager")


@pytest.fixture
def at_managers_desk(manager: User) -> Client:
    return signed_in(manager)


def led_by_curators_desk(enrollment: Enrollment) -> None:
    """Give the student to the curator of `at_curators_desk` (3.5)."""
    curator = User.objects.get(email="curator@desk.example.kz")
    assign_curators(wishes={enrollment.pk: curator}, by=an_owner(), at=timezone.now())


@pytest.fixture
def at_curators_desk(db) -> Client:
    return signed_in(a_member("curator"))


@pytest.fixture
def at_owners_desk(db) -> Client:
    return signed_in(a_member("owner"))
