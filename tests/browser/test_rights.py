"""What a contract's whole life asks of both sides, walked by students and staff without JavaScript.

One world and one site for all of it: making them costs more than the pages.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as site
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext, override, pgettext
from playwright.sync_api import Locator, Page, expect

from enrollment.models import (
    Claim,
    Cohort,
    EditionTalk,
    EndingProposal,
    Enrollment,
    Order,
    StudyResult,
)
from enrollment.operations.endings.proposals import end_agreed_contracts
from offer_site.accounts.models import User
from offer_site.accounts.operations import admitted_user
from offer_site.accounts.staff_sessions import begin
from offer_site.correspondence.models import Letter
from offer_site.days import start_of_day
from offer_site.notices.operations import send_due_notices
from offer_site.retention.models import ErasureRequest
from tests.browser.pages import scrolls_sideways
from tests.enrollment.conduct.scenes import LESSONS, STARTS_ON
from tests.enrollment.offering.scenes import a_coming_edition, told
from tests.enrollment.training.scenes import a_programme
from tests.given import NOON, a_cohort, a_paid_order, an_owner

pytestmark = pytest.mark.usefixtures("short_contracts")

AN_HOUR_LATER = NOON + timedelta(hours=1)
SURNAME = "Әбдірахманқызы"
NAMES = {"surname": SURNAME, "name": "Гүлбаршын-Жанерке", "patronymic": "Нұрмұхамедқызы"}
TELEPHONE = 360
DESK = 1280


@dataclass
class World:
    """The site with four students of one cohort, told of a coming edition."""

    url: str
    language: str
    new_page: Callable[..., Page]
    cohort: Cohort
    later: Cohort
    orders: dict[str, Order]
    edition: str

    def says(self, words: str, context: str = "", **values: Any) -> str:
        """Words of the site in the language of this walk."""
        with override(self.language):
            said = pgettext(context, words) if context else gettext(words)
        return said % values if values else said

    def code(self, who: str) -> str:
        return self.orders[who].code

    def enrollment(self, who: str) -> Enrollment:
        return Enrollment.objects.get(order=self.orders[who])


class Person:
    """Somebody with a browser, signed in: a student with a telephone, or staff at a desk."""

    def __init__(self, world: World, user: User, *, width: int) -> None:
        self.world = world
        self.page = world.new_page(language=world.language, width=width, javascript=False)
        self.width = width
        cookies = {
            site.SESSION_COOKIE_NAME: a_session(user),
            site.LANGUAGE_COOKIE_NAME: world.language,
        }
        self.page.context.add_cookies(
            [{"name": name, "value": value, "url": world.url} for name, value in cookies.items()]
        )

    def opens(self, path: str) -> None:
        self.page.goto(f"{self.world.url}{path}")
        self.looks()

    def looks(self) -> None:
        """The page stands, speaks the walk's language, and fits a telephone."""
        expect(self.page.locator("html")).to_have_attribute("lang", self.world.language)
        if self.width == TELEPHONE:
            assert not scrolls_sideways(self.page), self.page.url

    def follows(self, words: str, *, exact: bool = False) -> None:
        link = self.page.get_by_role("link", name=self.world.says(words), exact=exact)
        link.first.click()
        self.looks()

    def presses(self, words: str, context: str = "") -> None:
        self.page.get_by_role("button", name=self.world.says(words, context), exact=True).click()
        self.looks()

    def fills(self, **fields: str) -> None:
        """Fill in fields by their names; a choice is chosen."""
        for name, value in fields.items():
            field = self.page.locator(f"[name={name}]").first
            if field.evaluate("element => element.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(self.world.says(label))

    def chooses(self, words: str, context: str = "") -> None:
        self.page.get_by_role("radio", name=self.world.says(words, context)).check(force=True)

    def sees(self, words: str, context: str = "", **values: Any) -> None:
        said = self.world.says(words, context, **values)
        expect(self.page.get_by_text(said).first).to_be_visible()


class Student(Person):
    def __init__(self, world: World, who: str) -> None:
        order = world.orders[who]
        user = admitted_user(email=order.party.email)
        assert user is not None
        super().__init__(world, user, width=TELEPHONE)
        self.code = order.code

    def enters(self, page: str = "") -> None:
        """Open the cabinet, or a page of the contract in it."""
        self.opens(f"/{self.world.language}/cabinet/" + (f"{self.code}/{page}/" if page else ""))


class Staff(Person):
    def __init__(self, world: World, user: User) -> None:
        super().__init__(world, user, width=DESK)

    def decides(self, words: str) -> None:
        """Press a button whose form is filled in: staff's page takes it."""
        self.presses(words)
        expect(self.page.locator(".errornote")).to_have_count(0)

    def looks_at(self, thing: Any) -> None:
        """Open a thing's page."""
        kind = f"{thing._meta.app_label}/{thing._meta.model_name}"
        self.opens(f"/admin/{kind}/{thing.pk}/change/")


def a_session(user: User) -> str:
    """What the cookie of somebody who has just signed in holds."""
    client = Client()
    client.force_login(user)
    session = client.session
    begin(session, at=timezone.now())
    session.save()
    return str(session.session_key)


@contextmanager
def a_world(url: str, language: str, new_page: Any, folder: Path) -> Iterator[World]:
    cohort = a_cohort(starts_on=STARTS_ON)
    cohort.joining_link = LESSONS
    cohort.save()
    a_programme(cohort)
    later = a_cohort(starts_on=STARTS_ON + timedelta(days=60))
    people = ("asks", "breaks", "leaves", "moves")
    orders = {
        who: a_paid_order(cohort=cohort, language=language, email=f"{who}@example.kz", **NAMES)
        for who in people
    }
    edition = a_coming_edition(folder)
    told(orders["asks"], at=NOON)
    yield World(url, language, new_page, cohort, later, orders, edition.name)


# --- Claims (10.2) --------------------------------------------------------------------------------
def a_claim_is_answered(world: World) -> None:
    student = Student(world, "asks")
    student.enters("what-if")
    student.follows("The academy did not do its part")
    student.presses("Send the claim")
    student.sees("Fill this in.")
    student.fills(demand="1.3 сабағын қайта өткізу", circumstances="Бейне екі күн ашылмады.")
    student.field("I sign the claim, and its data are true").check(force=True)
    student.presses("Send the claim")
    claim = Claim.objects.get()
    assert claim.signed_at

    staff = Staff(world, an_owner())
    staff.looks_at(claim)
    staff.follows("Answer the claim")
    staff.presses("Answer the claim")
    expect(staff.page.locator(".errornote")).to_be_visible()
    staff.fills(
        verdict="partly",
        reasons_kk="Үшінші күні ашылды.",
        reasons_ru="На третий день открылось.",
        proposal_kk="Жұмада қайталаймыз.",
        proposal_ru="Повторим в пятницу.",
    )
    staff.decides("Answer the claim")

    student.enters(f"claims/{claim.pk}")
    student.sees("Answered")
    words = {"kk": "Жұмада қайталаймыз.", "ru": "Повторим в пятницу."}
    expect(student.page.get_by_text(words[world.language])).to_be_visible()
    student.chooses("Yes, I accept it")
    student.presses("Send")
    student.sees("The proposal is accepted")


# --- A breach (6.3–6.5) ---------------------------------------------------------------------------
def access_is_shut_off_and_restored(world: World) -> None:
    student = Student(world, "breaks")
    student.enters()
    lessons = student.page.get_by_role("link", name=world.says("Join the lessons"))
    expect(lessons).to_be_visible()

    staff = Staff(world, an_owner())
    staff.looks_at(world.enrollment("breaks"))
    staff.follows("Record a breach")
    staff.page.locator("[name=rule]").first.check()
    staff.fills(what="Чатта дөрекі сөз жазды.")
    staff.page.locator("[name=happened_at]").fill("2026-11-23T12:30")
    staff.decides("Record a breach")

    student.enters()
    expect(lessons).to_be_hidden()
    student.follows("Read and object")
    student.sees("Not reviewed yet")
    student.presses("Send the objection")
    student.sees("Fill this in.")
    student.fills(text="Оны басқа адам жазды.")
    student.presses("Send the objection")
    student.sees("Your objections")

    breach = world.orders["breaks"].breaches.get()
    staff.looks_at(breach)
    expect(staff.page.get_by_text("Оны басқа адам жазды.")).to_be_visible()
    staff.follows("Restore access")
    staff.fills(reason="Кешірім сұрады")
    staff.decides("Restore access")

    student.enters()
    expect(lessons).to_be_visible()


# --- The end by agreement (12.4) ------------------------------------------------------------------
def both_agree_to_end(world: World) -> None:
    student = Student(world, "leaves")
    student.enters("what-if")
    student.follows("I have changed my mind and want to end the contract")
    student.sees("What follows when the contract ends")
    student.chooses("Another day")
    student.presses("Send the proposal")
    student.sees("Fill this in.")
    student.fills(ends_on="28.12.2026", returned="40000", why="Басқа қалаға көшемін")
    student.presses("Send the proposal")
    student.sees("Waits for the answer")

    staff = Staff(world, an_owner())
    proposal = EndingProposal.objects.get()
    staff.looks_at(proposal)
    staff.follows("Accept")
    staff.decides("Accept")

    student.enters("ending")
    student.sees("Accepted by both sides")
    expect(student.page.get_by_text("28.12.2026").first).to_be_visible()


def the_agreed_day_comes(world: World) -> None:
    end_agreed_contracts(at=start_of_day(date(2026, 12, 28)))
    student = Student(world, "leaves")
    student.enters()
    student.sees("Contract ended")


# --- Another cohort -------------------------------------------------------------------------------
def a_student_moves(world: World) -> None:
    staff = Staff(world, an_owner())
    staff.looks_at(world.enrollment("moves"))
    staff.follows("Move to another cohort")
    staff.fills(to=str(world.later.pk), reason="Тыңдаушы ауырып қалды")
    staff.decides("Move to another cohort")

    student = Student(world, "moves")
    student.enters()
    student.follows("See and answer")
    expect(student.page.get_by_text(world.later.name)).to_be_visible()
    student.sees("Now", "cohort")
    student.presses("I agree to move")
    student.enters()
    expect(student.page.get_by_text(world.later.name).first).to_be_visible()
    assert world.enrollment("moves").cohort == world.later


# --- Letters both ways (12.1) ---------------------------------------------------------------------
def letters_go_both_ways(world: World) -> None:
    student = Student(world, "asks")
    student.enters("letters")
    student.fills(text="Келесі сабақ қашан?")
    student.presses("Send")
    student.sees("Write the subject in a few words.")
    expect(student.page.locator("[name=text]")).to_have_value("Келесі сабақ қашан?")
    student.fills(subject="Сабақ кестесі")
    student.presses("Send")
    expect(student.page.get_by_role("link", name="Сабақ кестесі")).to_be_visible()

    staff = Staff(world, an_owner())
    staff.looks_at(Letter.objects.get())
    expect(staff.page.get_by_text("Келесі сабақ қашан?").first).to_be_visible()
    staff.follows("Answer", exact=True)
    staff.fills(text="Сабақ дүйсенбіде басталады.")
    staff.decides("Answer")

    send_due_notices(at=timezone.now())
    student.enters("letters")
    student.page.get_by_role("link", name="Re: Сабақ кестесі").click()
    expect(student.page.get_by_text("Сабақ дүйсенбіде басталады.").first).to_be_visible()


# --- A later edition (12.2) -----------------------------------------------------------------------
def an_edition_is_objected_to(world: World) -> None:
    student = Student(world, "asks")
    student.enters()
    student.follows("Read what changes")
    student.sees("Your choice")
    student.fills(words="10.3-тармаққа келіспеймін")
    student.presses("I do not agree")
    student.sees("You do not agree")

    staff = Staff(world, an_owner())
    talk = EditionTalk.objects.get()
    staff.looks_at(talk)
    expect(staff.page.get_by_text("10.3-тармаққа келіспеймін")).to_be_visible()
    staff.follows("Close the talk")
    staff.fills(reason="Телефонмен сөйлестік: шарт өз редакциясымен жалғасады.")
    staff.decides("Close the talk")
    talk.refresh_from_db()
    assert talk.closed_at


# --- One's own data (11.4) ------------------------------------------------------------------------
def own_data_are_copied_and_erased(world: World) -> None:
    student = Student(world, "asks")
    student.enters()
    student.follows("My data")
    student.presses("Show all my data")
    expect(student.page.get_by_text(SURNAME).first).to_be_attached()
    student.opens(f"/{world.language}/my-data/")
    with student.page.expect_download() as download:
        student.page.get_by_role("button", name=world.says("Download as JSON")).click()
    assert SURNAME in Path(download.value.path()).read_text()
    student.page.get_by_text(world.says("Ask to erase my data")).click()
    student.presses("Erase my data")
    assert ErasureRequest.objects.open().exists()
    student.presses("Take the wish back")
    assert not ErasureRequest.objects.open().exists()
    student.follows("Phone and address")
    student.fills(phone="12")
    student.presses("Save")
    expect(student.page.get_by_role("alert")).to_be_visible()
    student.fills(phone="8 707 111 22 33")
    student.presses("Save")
    student.sees("My data")


# --- The course (7.2) -----------------------------------------------------------------------------
def results_reach_the_student(world: World) -> None:
    staff = Staff(world, an_owner())
    staff.opens(f"/admin/enrollment/cohort/{world.cohort.pk}/results/lesson/")
    lesson = world.cohort.items.get(kind="lesson", number=1)
    student = Student(world, "asks")
    cell = f"r_{world.enrollment('asks').pk}_{lesson.pk}"
    staff.fills(**{cell: "?"})
    staff.presses("Record")
    expect(staff.page.locator(f"[name={cell}][aria-invalid]")).to_have_value("?")
    staff.fills(**{cell: "+"})
    staff.decides("Record")
    assert StudyResult.objects.get().mark == "attended"

    student.enters()
    student.follows("Lessons, works and results")
    student.sees("Lesson %(number)s", number=1)
    student.sees("you attended")


WALKS = (
    a_claim_is_answered,
    access_is_shut_off_and_restored,
    both_agree_to_end,
    a_student_moves,
    letters_go_both_ways,
    an_edition_is_objected_to,
    own_data_are_copied_and_erased,
)


@pytest.mark.clause("6.5", "7.2.4", "10.2.3", "11.4", "12.1", "12.2.1", "12.4")
@pytest.mark.parametrize("language", ["kk", pytest.param("ru", marks=pytest.mark.faults)])
def test_both_sides_walk_through_a_contracts_life(
    language: str,
    transactional_db: None,
    live_server: Any,
    new_page: Callable[..., Page],
    tmp_path: Path,
) -> None:
    with (
        time_machine.travel(AN_HOUR_LATER) as clock,
        a_world(live_server.url, language, new_page, tmp_path) as world,
    ):
        for walk in WALKS:
            walk(world)
        clock.move_to(start_of_day(date(2026, 12, 28)) + timedelta(hours=9))
        the_agreed_day_comes(world)
        clock.move_to(start_of_day(STARTS_ON) + timedelta(hours=20))
        results_reach_the_student(world)
