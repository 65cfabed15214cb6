"""All that a contract's life left of a person: in the copy while it is kept, and gone at its time.

The doors are the nightly job and the pages of one's own data.
"""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.urls import reverse
from django.utils.translation import override

from enrollment.models import Claim, Order
from enrollment.operations.claims.answers import reply_to_answer
from enrollment.operations.claims.filing import withdraw_claim
from enrollment.operations.endings.proposals import answer_proposal
from enrollment.operations.force_majeure.events import reject_force_majeure
from enrollment.operations.force_majeure.settlements import send_end_back
from enrollment.operations.offering.edition_answers import close_talk
from enrollment.operations.terms.deadlines import meet_deadline
from enrollment.operations.training.enrollments import complete_enrollment
from enrollment.operations.training.moves import end_move, propose_move
from enrollment.operations.training.results import ResultWish, record_results
from enrollment.rules.programme import Result
from enrollment.rules.sides import Side
from offer_site.accounts.models import User
from offer_site.audit.asking import ask_everything
from offer_site.clock.schedule import job
from offer_site.correspondence.receiving import keep_mail, set_mail_aside
from offer_site.correspondence.writing import put_to_order, write_from_cabinet
from offer_site.days import start_of_day
from offer_site.evidence import Evidence
from offer_site.notices.operations import send_due_notices
from offer_site.retention.export import ExportFact, known_about
from offer_site.retention.models import ErasedFile
from tests.accounts.signing import signed_in
from tests.correspondence.mails import a_mail
from tests.correspondence.test_receiving import arrived
from tests.enrollment.claims.scenes import a_claim, a_picture, an_answer
from tests.enrollment.conduct.scenes import STARTS_ON, a_proposal, a_reviewed_breach
from tests.enrollment.force_majeure.scenes import (
    BEGAN_ON,
    a_report,
    confirmed,
    over,
    proposed_to_end,
)
from tests.enrollment.offering.scenes import a_coming_edition, an_edition_answer, told
from tests.enrollment.training.scenes import a_programme
from tests.given import NOON, a_cohort, a_paid_order, an_owner
from tests.papers import a_document

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("short_contracts")]
HOUR = timedelta(hours=1)
EMAIL = "student@example.kz"
MARK = "ҚұпияСөз"  # every word that was said of the person has it
YEAR = 366


def said(what: str) -> str:
    return f"{MARK} {what}"


def a_whole_life(tmp_path) -> Order:
    """A contract in which everything was said once and all of it is over."""
    cohort = a_cohort(starts_on=STARTS_ON)
    lesson, *_others = a_programme(cohort)
    order = a_paid_order(cohort=cohort, email=EMAIL)
    owner = an_owner()
    keep_mail(
        mail=arrived(
            a_mail(
                EMAIL,
                subject=said("mail"),
                text=said("text"),
                files=((said("file.pdf"), b"%PDF-1.7 %%EOF"),),
            )
        ),
        at=NOON,
    )
    write_from_cabinet(
        order=order,
        subject=said("cabinet"),
        text=said("words"),
        by="user:1",
        document=a_document(),
        at=NOON + HOUR,
    )
    claim = a_claim(
        order,
        demand=said("demand"),
        circumstances=said("story"),
        files=(a_picture(said("picture.png")),),
    )
    an_answer(claim)
    reply_to_answer(claim=claim, accepts=True, words=said("reply"), by="user:1", at=NOON + 3 * HOUR)
    a_reviewed_breach("withdrawn", order, what=said("breach"), document=a_document())
    proposal = a_proposal(order, why=said("why"))
    answer_proposal(
        proposal=proposal,
        side=Side.ACADEMY,
        accepts=False,
        reason=said("no"),
        by=owner,
        at=NOON + 3 * HOUR,
    )
    event = a_report(order, words_kk=said("flood"))
    reject_force_majeure(event=event, reason=said("not so"), by=owner, at=NOON + HOUR)
    move = propose_move(
        enrollment=order.enrollment,
        to=a_cohort(starts_on=STARTS_ON),
        reason=said("move"),
        by=owner,
        at=NOON,
    )
    end_move(move=move, by="user:1", at=NOON + HOUR)
    a_coming_edition(tmp_path)
    an_edition_answer(told(order))
    talk = apps.get_model("enrollment.EditionTalk").objects.get()
    close_talk(talk=talk, outcome="goes-on", reason=said("agreed"), by="staff:1", at=NOON + HOUR)
    taught = start_of_day(STARTS_ON) + 20 * HOUR
    wish = ResultWish(order.enrollment.pk, lesson.pk, Result("attended"), said("comment"))
    record_results(wishes=[wish], by=owner, at=taught)
    return order


def ended(order: Order):
    """The contract is performed, its terms are met, its letters are out."""
    at = start_of_day(order.cohort.ends_on) + 12 * HOUR
    complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=at)
    send_due_notices(at=at, limit=1000)
    for each in list(order.deadlines.running()):
        meet_deadline(order=order, clause=each.clause, at=at, occasion=each.occasion)
    return at


def all_rows(*, without_evidence: bool = True) -> str:
    """Every value of every model, decrypted."""
    models = [
        each
        for each in apps.get_models()
        if not each._meta.proxy and not (without_evidence and issubclass(each, Evidence))
    ]
    rows = [list(each._default_manager.values()) for each in models if each._meta.managed]
    return json.dumps(rows, cls=DjangoJSONEncoder, ensure_ascii=False, default=repr)


def taken_as_json(email: str) -> str:
    answer = signed_in(email).post(reverse("my_data_export"), {"form": "json"})
    assert answer.status_code == 200
    return answer.content.decode()


def in_the_night(at) -> list[str]:
    return [each.line for each in job("erase_data").run(at)]


WORDS = (
    "mail", "text", "file.pdf", "cabinet", "words", "demand", "story", "picture.png", "reply",
    "breach", "why", "no", "flood", "not so", "move", "agreed", "comment",
)  # fmt: skip


@pytest.mark.clause("11.4")
def test_all_that_was_said_stands_in_the_copy(tmp_path):
    order = a_whole_life(tmp_path)
    with time_machine.travel(ended(order), tick=False):
        taken = taken_as_json(EMAIL)
    assert [each for each in WORDS if said(each) not in taken] == []
    assert set(json.loads(taken)) >= {
        "claims", "conduct", "endings", "editions", "force_majeure", "correspondence", "learning",
    }  # fmt: skip


CODE = re.compile(r"[a-z]+(?:[-_.:][a-z0-9]+)*")  # "card", "kaspi-red", "staff:7"
DAY_OF_A_MACHINE = re.compile(r"\d{4}-\d\d-\d\d")


@pytest.mark.clause("11.4")
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_no_value_of_the_copy_is_a_code_or_a_day_of_a_machine(tmp_path, language):
    order = a_whole_life(tmp_path)
    with time_machine.travel(ended(order), tick=False), override(language):
        chapters = known_about(User.objects.get_or_create(email=EMAIL)[0])
    told = [
        (chapter.key, fact.key, fact.shown)
        for chapter in chapters
        for item in chapter.items
        for fact in [*item.facts, ExportFact("title", "", "", item.title)]
        if fact.key not in ("reference", "origin_agent")  # a bank's and a browser's own words
    ]
    codes = {
        each for each in told if CODE.fullmatch(each[2].strip()) or DAY_OF_A_MACHINE.search(each[2])
    }
    assert codes == set()


@pytest.mark.clause("11.2")
def test_all_that_was_said_is_gone_after_its_term_and_the_audit_says_erased(tmp_path):
    order = a_whole_life(tmp_path)
    at = ended(order)
    assert MARK in all_rows()
    files = [
        each.document
        for label in (
            "enrollment.ClaimFile",
            "enrollment.BreachStatement",
            "enrollment.ForceMajeureFile",
            "correspondence.Letter",
        )
        for each in apps.get_model(label).objects.exclude(document="")
    ]
    files += apps.get_model("correspondence.Letter").objects.values_list("raw", flat=True)
    assert len(files) >= 6
    after = at + timedelta(days=3 * YEAR)
    in_the_night(after)
    assert MARK not in all_rows()
    assert [each for each in files if default_storage.exists(each)] == []
    assert not ErasedFile.objects.filter(deleted_at=None).exists()
    found = {each.line.id: each.violations for each in ask_everything(at=after) if each.found}
    for line in ("C3", "A3"):  # this scene has no certificate and no paper of the contract
        found.pop(line, None)
    assert found == {}
    assert in_the_night(after) == []


def test_a_letter_of_two_contracts_goes_after_the_last_of_them():
    first = a_paid_order(email=EMAIL)
    letter, _is_new = write_from_cabinet(
        order=first, subject=said("both"), text="?", by="user:1", at=NOON
    )
    later = a_cohort(starts_on=STARTS_ON.replace(year=2028))
    second = a_paid_order(cohort=later, email=EMAIL)
    put_to_order(letter=letter, order=second, reason="екеуі", by="staff:1", at=NOON)
    at = ended(first)
    in_the_night(at + timedelta(days=3 * YEAR))
    letter.refresh_from_db()
    assert letter.subject == said("both")
    send_due_notices(at=at, limit=1000)
    in_the_night(ended(second) + timedelta(days=3 * YEAR))
    letter.refresh_from_db()
    assert letter.subject == "–"


def test_a_strangers_letter_is_in_nobodys_copy_and_goes_after_three_years():
    order = a_paid_order(email=EMAIL)
    mail = a_mail("stranger@example.kz", subject=said("stranger"))
    letter = keep_mail(mail=arrived(mail), at=NOON)
    other = a_mail(
        "third@example.kz",
        subject=said("third"),
        message_id="<2@example.kz>",
        files=((said("third.pdf"), b"%PDF-1.7 %%EOF"),),
    )
    alone = keep_mail(mail=arrived(other), at=NOON)
    put_to_order(letter=letter, order=order, reason="ол туралы", by="staff:1", at=NOON)
    with time_machine.travel(NOON, tick=False):
        assert said("stranger") not in taken_as_json(EMAIL)
    in_the_night(NOON + timedelta(days=3 * YEAR))
    alone.refresh_from_db()
    assert alone.subject == "–"
    assert alone.sender == "–"
    assert [each.name for each in alone.files.all()] == ["–"]


def test_an_open_claim_holds_and_a_withdrawn_one_does_not():
    order = a_paid_order(email=EMAIL)
    a_claim(order)
    at = ended(order)
    after = at + timedelta(days=3 * YEAR)
    in_the_night(after)
    assert "Бейне" in Claim.objects.get().circumstances
    withdraw_claim(claim=Claim.objects.get(), side=Side.USER, by="user:1", at=after)
    send_due_notices(at=after, limit=1000)
    in_the_night(after)
    assert Claim.objects.get().circumstances == "–"


def test_a_declined_proposal_holds_for_three_years_more():
    order = a_paid_order(email=EMAIL)
    at = ended(order)
    claim = a_claim(order, at=at + timedelta(days=1000))
    an_answer(claim, at=at + timedelta(days=1001))
    reply_to_answer(claim=claim, accepts=False, by="user:1", at=at + timedelta(days=1002))
    send_due_notices(at=at + timedelta(days=1002), limit=1000)
    in_the_night(at + timedelta(days=3 * YEAR))
    assert "Бейне" in Claim.objects.get().circumstances
    in_the_night(at + timedelta(days=1002 + 3 * YEAR))
    assert Claim.objects.get().circumstances == "–"


def test_an_open_talk_and_a_force_majeure_that_lasts_hold(tmp_path):
    order = a_paid_order(email=EMAIL)
    a_report(order)
    a_coming_edition(tmp_path)
    an_edition_answer(told(order))
    at = ended(order)
    in_the_night(at + timedelta(days=3 * YEAR))
    assert order.party.email == EMAIL
    assert apps.get_model("enrollment.ForceMajeure").objects.get().words_kk == "Су тасқыны"


def test_why_an_end_was_sent_back_is_in_the_copy_and_goes_with_the_rest():
    order = a_paid_order(cohort=a_cohort(starts_on=STARTS_ON), email=EMAIL)
    event = confirmed(a_report(order))
    contract = proposed_to_end(event)
    send_end_back(contract=contract, reason=said("back"), by=an_owner(), at=event.talks_from)
    over(event, BEGAN_ON, at=event.talks_from)
    at = ended(order)
    with time_machine.travel(at, tick=False):
        assert said("back") in taken_as_json(EMAIL)
    in_the_night(at + timedelta(days=3 * YEAR))
    contract.refresh_from_db()
    assert contract.return_reason == "–"


@pytest.mark.clause("11.2")
@pytest.mark.parametrize("is_put_to_an_order", [False, True])
def test_a_mail_that_was_set_aside_goes_at_its_time_and_once(is_put_to_an_order):
    order = a_paid_order(email=EMAIL)
    letter = set_mail_aside(mail=arrived(a_mail(EMAIL, text=said("aside"))), at=NOON)
    at = NOON
    if is_put_to_an_order:
        put_to_order(letter=letter, order=order, reason="ол туралы", by="staff:1", at=NOON)
        at = ended(order)
    in_the_night(at + timedelta(days=2 * YEAR))
    assert default_storage.exists(letter.raw)
    after = at + timedelta(days=3 * YEAR)
    in_the_night(after)
    assert not default_storage.exists(letter.raw)
    assert in_the_night(after) == []
