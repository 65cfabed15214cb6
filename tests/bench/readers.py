"""Who reads while others buy: a student in the cabinet and the course, staff in the register.

Their data and their sessions are laid out in one command on the bench's site: signing in, and a
second factor, are no part of what is measured.
"""

from dataclasses import dataclass

from tests.bench.visitor import Answer, Visitor
from tests.sites import manage

LESSONS = 12
DEADLINES = 60
REGISTER = "/admin/enrollment/deadline/"
LAY_OUT = """
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction
from django.utils import timezone

from enrollment.models import Debtor, Order, ProgrammeItem
from enrollment.operations.terms.deadlines import open_deadline
from enrollment.rules.order_states import OrderState
from enrollment.rules.programme import ItemKind
from offer_site.accounts.models import User
from offer_site.accounts.operations import admitted_user
from offer_site.accounts.staff_sessions import begin
from offer_site.days import almaty_day


def session_of(user, at):
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    record_authentication(SimpleNamespace(session=session), user, method="mfa")
    begin(session, at=at)
    session.save()
    return session.session_key


now = timezone.now()
paid = Order.objects.filter(state=OrderState.PAID).with_people().order_by("pk")
order = paid.first()
for number in range(1, {lessons} + 1):
    ProgrammeItem.objects.get_or_create(
        cohort=order.cohort,
        kind=ItemKind.LESSON,
        number=number,
        defaults={{
            "title_kk": f"Сабақ {{number}}",
            "title_ru": f"Урок {{number}}",
            "day": order.cohort.starts_on + timedelta(days=number),
        }},
    )
with transaction.atomic():
    for each in paid[:{deadlines}]:
        open_deadline(
            order=each,
            clause="10.2.3",
            days=10,
            in_working_days=False,
            event_on=almaty_day(now),
            owed_by=Debtor.ACADEMY,
            at=now,
        )
owner, _is_new = User.objects.get_or_create(
    email="owner@bench.example.kz",
    defaults={{"is_staff": True, "is_superuser": True, "password": User.unusable_password()}},
)
student = admitted_user(email=order.party.email)
print("readers", order.code, session_of(student, now), session_of(owner, now))
"""


@dataclass(frozen=True)
class Readers:
    """A student of one order, and an owner, each with the cookie of a session."""

    code: str
    student: Visitor
    owner: Visitor

    def cabinet(self) -> Answer:
        return self.student.get("/kk/cabinet/")

    def course(self) -> Answer:
        return self.student.get(f"/kk/cabinet/{self.code}/course/")

    def register(self) -> Answer:
        return self.owner.get(REGISTER)


def readers(port: int, env: dict[str, str]) -> Readers:
    """Lay out what they read, after somebody has paid, and sign both in."""
    script = LAY_OUT.format(lessons=LESSONS, deadlines=DEADLINES)
    printed = manage(env, "shell", "--verbosity", "0", "-c", script)
    last = printed.strip().splitlines()[-1]
    _word, code, student, owner = last.split()
    return Readers(
        code,
        Visitor(port, cookies={"sessionid": student}),
        Visitor(port, cookies={"sessionid": owner}),
    )
