"""What each of the staff may see, who may take whose rights away, and when a session ends (5.4,
3.1 (5)).
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enrollment.models import Cohort, Learner, Order, Party, PartyKind
from offer_site.accounts.admin import ROLES
from offer_site.accounts.models import User
from offer_site.staff.roles import GROUPS, set_staff_groups
from payments.models import InstallmentApplication, StatementLine
from payments.operations.statements.imports import import_statement
from tests.accounts.signing import signed_in as signed_in_by_code
from tests.at_once import at_once
from tests.audit.conftest import lived, world  # noqa: F401 - fixtures
from tests.enrollment.training.scenes import a_curator
from tests.given import NOON, a_paid_order, a_placed_order, an_owner
from tests.payments.paying.test_installments import a_bank, stated
from tests.payments.statements.scenes import a_statement, an_operation
from tests.staff.conftest import a_member, signed_in

INCOME = "412345"
PAYERS_IIN = "880202401122"
MOST = 2  # pages of a kind

pytestmark = pytest.mark.django_db


# --- What is seen
def pages_of(desk: Client) -> Iterator[tuple[str, str]]:
    """Every page and file that links lead to from the first page, a few of each kind."""
    waiting = ["/admin/"]
    known = set(waiting)
    kinds: dict[str, int] = {}
    while waiting:
        address = waiting.pop()
        answer = desk.get(address)
        assert answer.status_code in (200, 302, 403, 404), (address, answer.status_code)
        if answer.status_code != 200:
            continue
        content = b"".join(answer) if answer.streaming else answer.content
        text = content.decode("utf-8", "replace")
        yield address, text
        if not answer["Content-Type"].startswith("text/html"):
            continue
        for found in re.findall(r'href="([^"#]+)"', text):
            link = unescape(found)
            link = address.partition("?")[0] + link if link.startswith("?") else link
            kind = re.sub(r"\d+", "1", link.partition("?")[0]) + ("?" if "?" in link else "")
            most = 1 if "?" in link and "file=" not in link else MOST
            if not link.startswith("/admin/") or link in known or kinds.get(kind, 0) >= most:
                continue
            known.add(link)
            kinds[kind] = kinds.get(kind, 0) + 1
            waiting.append(link)


def protected_values() -> set[str]:
    """The addresses of people, and every IIN that the site knows."""
    people = Party.objects.exclude(kind=PartyKind.COMPANY)
    values = {value for party in people for value in (party.address, party.postal_address)}
    values |= {party.iin for party in Party.objects.all()}
    values |= {learner.iin for learner in Learner.objects.all()}
    return {value for value in values if value} | {PAYERS_IIN}


@pytest.fixture
def busy_desk(world):  # noqa: F811
    stated(a_placed_order(), bank=a_bank("Сынақ Банк", needs_income=True), income=INCOME)
    with time_machine.travel(world.at, tick=False):
        yield world


@pytest.mark.clause("5.4")
def test_an_accountant_sees_no_address_and_no_iin_and_no_income(busy_desk):
    told = f"Оплата обучения ИИН {PAYERS_IIN}, ЖСН:{PAYERS_IIN}"
    operation = an_operation(amount="7.00", purpose=told, payer_id=PAYERS_IIN, number="777")
    import_statement(
        content=a_statement([operation]), name="iin.txt", by="staff:1", at=busy_desk.at
    )
    assert told in [line.facts["purpose"] for line in StatementLine.objects.all()]
    assert len(protected_values()) >= 3
    desk = signed_in(a_member("accountant"))
    opened = 0
    for address, text in pages_of(desk):
        for value in (*protected_values(), INCOME):
            assert value not in text, (address, value)
        opened += 1
    assert opened > 50


@pytest.mark.clause("5.4")
def test_an_accountant_cannot_ask_for_an_address_or_an_income(busy_desk):
    desk = signed_in(a_member("accountant"))
    party = Party.objects.filter(kind=PartyKind.PERSON).exclude(order=None).first()
    application = InstallmentApplication.objects.exclude(income="").first()
    for address in (
        reverse("admin:enrollment_order_personal-data", args=[party.order.pk]),
        reverse("admin:payments_installmentapplication_income", args=[application.pk]),
    ):
        assert desk.get(address).status_code == 403
        assert desk.post(address, {"reason": "керек"}).status_code == 403


@pytest.mark.clause("3.5", "5.4")
def test_on_all_pages_a_curator_reads_of_no_other_student_and_cohort(busy_desk):
    own = Order.objects.exclude(enrollment=None).order_by("pk").first()
    curator = a_curator("one", own.enrollment)
    others = set(Order.objects.exclude(pk=own.pk).values_list("code", flat=True))
    emails = set(Order.objects.values_list("party__email", flat=True))
    cohorts = set(Cohort.objects.exclude(pk=own.cohort_id).values_list("name", flat=True))
    opened = 0
    for address, text in pages_of(signed_in(curator)):
        found = [each for each in others | emails | cohorts if each and each in text]
        assert not found, (address, found[:3])
        assert "attention=rest" not in text, address
        opened += 1
    assert opened > 15


@pytest.mark.clause("5.4")
@pytest.mark.parametrize(
    ("group", "status"),
    [("owner", 200), ("manager", 403), ("accountant", 403), ("curator", 403)],
)
def test_only_the_owner_sees_an_income(group, status):
    application, _report = stated(
        a_placed_order(), bank=a_bank("Сынақ Банк", needs_income=True), income=INCOME
    )
    desk = signed_in(a_member(group))
    page = reverse("admin:payments_installmentapplication_change", args=[application.pk])
    address = reverse("admin:payments_installmentapplication_income", args=[application.pk])
    shown = desk.get(page)
    if shown.status_code == 200:
        assert (address in shown.text) == (group == "owner")
        assert INCOME not in shown.text
    answer = desk.post(address, {"reason": "Банк сұрады"})
    assert answer.status_code == status
    assert (INCOME in answer.text) == (group == "owner")


# --- Who takes whose rights away
def user_form(user: User, **changed: object) -> dict[str, object]:
    form: dict[str, object] = {
        "email": user.email,
        "groups": [group.pk for group in user.groups.all()],
    }
    for name in ("is_active", "is_staff", "is_superuser"):
        if getattr(user, name):
            form[name] = "on"
    form |= changed
    return {name: value for name, value in form.items() if value is not None}


def change(desk: Client, user: User, **changed: object):
    page = reverse("admin:accounts_user_change", args=[user.pk])
    return desk.post(page, user_form(user, **changed))


def rights_of(user: User) -> tuple:
    user = User.objects.get(pk=user.pk)
    groups = sorted(user.groups.values_list("name", flat=True))
    return user.email, user.is_active, user.is_staff, user.is_superuser, groups


@pytest.fixture
def owner() -> User:
    set_staff_groups()
    user = an_owner()
    user.groups.add(Group.objects.get(name="owner"))
    return user


@pytest.mark.clause("3.1")
@pytest.mark.parametrize(
    "taken",
    [
        {"is_superuser": None},
        {"is_staff": None},
        {"is_active": None},
        {"groups": []},
        {"email": "elsewhere@example.kz"},
    ],
)
def test_nobody_takes_away_their_own_rights(owner, taken):
    User.objects.create_superuser("second@example.kz")
    before = rights_of(owner)
    answer = change(signed_in(owner), owner, **taken)
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert rights_of(owner) == before


def test_one_may_give_oneself_a_group_and_save_ones_own_page(owner):
    desk = signed_in(owner)
    groups = [group.pk for group in Group.objects.all()]
    assert change(desk, owner).status_code == 302
    assert change(desk, owner, groups=groups).status_code == 302
    assert len(rights_of(owner)[4]) == len(groups)


def test_a_right_that_nobody_loses_oneself_is_taken_by_another(owner):
    second = User.objects.create_superuser("second@example.kz")
    assert change(signed_in(owner), second, is_superuser=None).status_code == 302
    assert rights_of(second)[3] is False


@pytest.mark.clause("3.1")
def test_the_last_owner_stays_when_two_take_each_other_away_at_once(transactional_db):
    """Each has the right while the other has it: one of the two must be refused."""
    first = an_owner()
    second = User.objects.create_superuser("second@example.kz")
    desks = [(signed_in(first), second), (signed_in(second), first)]
    works = [
        lambda desk=desk, other=other, name=name: change(desk, other, **{name: None}).status_code
        for (desk, other), name in zip(desks, ("is_superuser", "is_active"), strict=True)
    ]
    at_once(works)
    owners = User.objects.filter(is_superuser=True, is_staff=True, is_active=True)
    assert owners.count() >= 1


def test_the_page_of_a_person_names_roles_as_people_do(owner):
    assert set(ROLES) == set(GROUPS)
    page = signed_in(owner).get(
        reverse("admin:accounts_user_change", args=[owner.pk]), headers={"accept-language": "ru"}
    )
    assert "Бухгалтер" in page.text
    assert "accountant" not in page.text


# --- When a session ends
def opens(client: Client, name: str) -> bool:
    return client.get(reverse(name)).status_code == 200


@pytest.mark.clause("3.1")
@pytest.mark.parametrize(("minutes", "stays"), [(29, True), (31, False)])
@pytest.mark.parametrize("name", ["admin:index", "cabinet"])
def test_a_session_of_staff_ends_after_thirty_idle_minutes(minutes, stays, name):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        desk = signed_in_by_code(an_owner().email)
        assert opens(desk, name)
        clock.shift(timedelta(minutes=minutes))
        assert opens(desk, name) == stays


@pytest.mark.clause("3.1")
def test_a_session_of_staff_ends_after_thirty_minutes_also_when_it_was_never_used():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        desk = signed_in_by_code(an_owner().email)
        clock.shift(timedelta(minutes=31))
        assert not opens(desk, "admin:index")


@pytest.mark.clause("3.1")
def test_a_session_of_staff_ends_after_twelve_hours_however_busy():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        desk = signed_in_by_code(an_owner().email)
        for _time in range(12 * 60 // 29):
            clock.shift(timedelta(minutes=29))
            assert opens(desk, "admin:index")
        clock.shift(timedelta(minutes=25))
        assert not opens(desk, "admin:index")


@pytest.mark.clause("3.1")
def test_a_post_after_the_end_changes_nothing():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        owner = an_owner()
        desk = signed_in_by_code(owner.email)
        second = User.objects.create_superuser("second@example.kz")
        clock.shift(timedelta(minutes=31))
        answer = change(desk, second, is_superuser=None)
        assert answer["Location"].startswith("/admin/login/")
        assert rights_of(second)[3] is True


def test_a_buyers_session_goes_on():
    with time_machine.travel(NOON, tick=False) as clock:
        buyer = signed_in_by_code(a_paid_order().party.email)
        clock.shift(timedelta(days=20))
        assert opens(buyer, "cabinet")


def test_a_users_email_is_doubted_and_can_be_kept(owner):
    """Its owner would get no code, and the owner of gmial.com would get it."""
    desk = signed_in(owner)
    user = a_member("manager")
    before = rights_of(user)
    shown = desk.get(reverse("admin:accounts_user_change", args=[user.pk])).text
    assert 'type="hidden" name="as_typed"' in shown
    doubted = change(desk, user, email="colleague@gmial.com")
    assert doubted.status_code == 200
    assert "colleague@gmail.com" in doubted.text
    assert 'type="checkbox" name="as_typed"' in doubted.text
    assert rights_of(user) == before
    assert change(desk, user, email="colleague@gmial.com", as_typed="on").status_code == 302
    assert rights_of(user)[0] == "colleague@gmial.com"
    # What stands is not asked about at each change of something else.
    assert change(desk, User.objects.get(pk=user.pk)).status_code == 302
