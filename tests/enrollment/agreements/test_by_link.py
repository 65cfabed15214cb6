"""A student answers the academy's proposal by the letter's link, and what proves it is kept."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from enrollment.models import Claim, CohortMove, EndingProposal, LinkAnswer, LinkSubject, Order
from enrollment.operations.agreements.proposals import find_proposal
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.endings.proposals import withdraw_proposal
from enrollment.operations.links import end_links, proposal_link
from enrollment.operations.training.moves import agree_to_move, end_move
from enrollment.rules.sides import Side
from offer_site.accounts.operations import admitted_user
from offer_site.attempts.models import OrderTries
from offer_site.audit import link_answers, moves
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor
from offer_site.languages import speaking
from offer_site.notices.models import Notice
from offer_site.proof.agreements import answers_by_link
from payments.operations.refunds.decisions import approve_decision, propose_decision
from tests.at_once import at_once
from tests.audit.tampering import sql
from tests.enrollment.agreements.scenes import answered
from tests.enrollment.claims.scenes import ANSWER, a_claim, an_answer
from tests.enrollment.conduct.scenes import a_proposal, a_student, curator
from tests.enrollment.training.test_cohort_moves import a_later_cohort, proposed
from tests.given import NOON, a_paid_order, a_placed_order, an_owner, refusal
from tests.pages.answering import OpenPage
from tests.payments.refunds.scenes import a_case, a_person
from tests.staff.conftest import signed_in

pytestmark = [
    pytest.mark.clause("4.6", "12.4", "10.2"),
    pytest.mark.usefixtures("short_contracts"),
]
HOUR = timedelta(hours=1)
LATER = NOON + timedelta(days=3)


@pytest.fixture(autouse=True)
def later(time_machine):
    time_machine.move_to(LATER, tick=False)


def a_move() -> tuple[Order, int]:
    order = a_paid_order()
    return order, proposed(order, a_later_cohort()).pk


def an_end() -> tuple[Order, int]:
    order = a_student()
    return order, a_proposal(order, side=Side.ACADEMY, returned=50_000).number


def a_settlement() -> tuple[Order, int]:
    order = a_paid_order()
    return order, an_answer(a_claim(order)).claim_id


SCENES = {"move": a_move, "ending": an_end, "claim": a_settlement}
each_subject = pytest.mark.parametrize("subject", SCENES)
KINDS = {"move": "move-proposed", "ending": "ending-talks", "claim": "claim-answered"}
FACTS = {"move": "answer_url", "ending": "ending_url", "claim": "claim_url"}


def path_of(link: str) -> str:
    return link[link.index("/", len("https://")) :]


def letter_of(order: Order, subject: str) -> Notice:
    return Notice.objects.filter(kind=KINDS[subject], order_code=order.code).order_by("pk").last()


def the_link(order: Order, subject: str) -> str:
    """The path that the button of the letter leads to."""
    return path_of(letter_of(order, subject).facts[FACTS[subject]])


def how_it_stands(order: Order, subject: str, number: int) -> str:
    order = Order.objects.with_people().get(pk=order.pk)
    return str(find_proposal(order, subject, number, at=LATER).standing)


def faults() -> list[str]:
    asked = (
        link_answers.answers_by_link_are_those_of_the_journal,
        link_answers.answers_by_link_stand_in_their_proposals,
        link_answers.no_proposal_was_answered_by_a_link_that_left_no_row,
        moves.moves_lead_where_the_student_is,
        moves.moves_are_those_of_the_journal,
    )
    return [str(each) for question in asked for each in question(LATER)]


# --- The page
@each_subject
@pytest.mark.parametrize("answer", ["agree", "decline"])
def test_whoever_reads_the_letter_answers_without_signing_in(db, client, subject, answer):
    order, number = SCENES[subject]()
    letter = letter_of(order, subject)
    page = OpenPage(client, the_link(order, subject))
    assert client.head(page.address).status_code == 200
    assert how_it_stands(order, subject, number) == "open", "a look changes nothing"
    assert not LinkAnswer.objects.exists()
    response = page.send({"answer": answer})
    assert (response.status_code, response["Location"]) == (302, page.address)
    assert how_it_stands(order, subject, number) == (
        "accepted" if answer == "agree" else "declined"
    )
    kept = LinkAnswer.objects.get()
    assert (kept.order, kept.subject, kept.number, kept.accepts) == (
        order,
        subject,
        number,
        answer == "agree",
    )
    assert (kept.email, kept.letter) == (order.party.email, letter)
    assert (kept.answered_at, kept.answered_by, kept.language) == (LATER, "link", "kk")
    told = Entry.objects.of_order(order.code).get(verb="proposal.answered_by_link")
    assert told.facts["digest"] == kept.digest()
    assert order.party.email not in str(told.facts)
    assert faults() == []


@each_subject
def test_what_is_kept_is_what_the_page_showed_word_for_word(db, client, subject):
    order, number = SCENES[subject]()
    address = the_link(order, subject).replace("/kk/", "/ru/")
    page = OpenPage(client, address)
    page.send({"answer": "agree"})
    kept = LinkAnswer.objects.get()
    assert kept.language == "ru"
    with speaking("ru"):
        words = find_proposal(order, subject, number, at=LATER).words()
    assert kept.shown == f"{words.text}\n[{words.agree}]"
    shown = page.text.replace("&nbsp;", " ").replace("&quot;", '"')
    for label, value in words.rows:
        assert label in shown
        assert value in shown
    raw = LinkAnswer.objects.raw("SELECT id, shown AS hidden FROM enrollment_linkanswer")[0]
    assert words.title not in raw.hidden


def test_the_page_shows_the_proposals_own_words(db, client):
    order, _number = a_settlement()
    for language, words in (("kk", ANSWER.proposal_kk), ("ru", ANSWER.proposal_ru)):
        address = the_link(order, "claim").replace("/kk/", f"/{language}/")
        assert words in client.get(address).text


@each_subject
def test_a_second_click_tells_what_was_answered_and_changes_nothing(db, client, subject):
    order, number = SCENES[subject]()
    page = OpenPage(client, the_link(order, subject))
    page.send({"answer": "agree"})
    for stale in (page.send({"answer": "decline"}), page.send({"answer": "agree"})):
        assert stale.status_code == 302
    again = client.get(page.address)
    assert again.context["proposal"].standing == "accepted"
    assert 'name="answer"' not in again.text
    assert LinkAnswer.objects.get().accepts
    assert how_it_stands(order, subject, number) == "accepted"


@each_subject
def test_neither_button_and_a_page_of_another_day_are_refused_on_the_page(db, client, subject):
    order, number = SCENES[subject]()
    page = OpenPage(client, the_link(order, subject))
    for sent in ({}, {"answer": "agree", "about": "x"}):
        refused = page.send(sent)
        assert refused.status_code == 200
        assert 'role="alert"' in refused.text
    assert how_it_stands(order, subject, number) == "open"
    assert not LinkAnswer.objects.exists()


def test_other_days_of_the_cohort_are_shown_before_they_are_agreed_to(db, client):
    order, number = a_move()
    page = OpenPage(client, the_link(order, "move"))
    move = CohortMove.objects.get(pk=number)
    move.to_cohort.ends_on += timedelta(days=7)
    move.to_cohort.save(update_fields=["ends_on"])
    refused = page.send({"answer": "agree"})
    assert 'role="alert"' in refused.text
    assert how_it_stands(order, "move", number) == "open"
    OpenPage(client, page.address).send({"answer": "agree"})
    assert how_it_stands(order, "move", number) == "accepted"


def test_a_place_that_went_meanwhile_is_said_on_the_page(db, client):
    order = a_paid_order()
    to = a_later_cohort(seats=1)
    move = proposed(order, to)
    a_paid_order(cohort=to)
    answer = OpenPage(client, the_link(order, "move")).send({"answer": "agree"})
    assert 'role="alert"' in answer.text
    assert how_it_stands(order, "move", move.pk) == "open"
    assert not LinkAnswer.objects.exists()


# --- Whose link it is
@each_subject
@pytest.mark.clause("3.1")
def test_the_link_opens_its_own_proposal_alone(db, client, subject):
    order, number = SCENES[subject]()
    link = the_link(order, subject)
    stranger = a_placed_order()
    others = [
        link.replace(order.code, stranger.code),
        link.partition("?")[0],
        f"{link.partition('?')[0]}?key={'x' * 43}",
    ]
    others += [
        reverse("proposal", args=[order.code, other, number]) + "?" + link.partition("?")[2]
        for other in LinkSubject.values
        if other != subject
    ]
    for each in others:
        assert client.get(each).status_code == 404
        assert client.post(each, {"answer": "agree"}).status_code == 404
    opened = Client()
    opened.force_login(admitted_user(email=order.party.email))
    assert opened.get(link.partition("?")[0]).status_code == 404, "the student has the cabinet"
    assert OrderTries.objects.exists()
    assert how_it_stands(order, subject, number) == "open"


@each_subject
@pytest.mark.clause("12.1.2.2")
def test_the_link_dies_with_the_email_and_a_new_letter_has_another(db, client, subject):
    order, number = SCENES[subject]()
    old = the_link(order, subject)
    before = order.party.email
    for hours, email in enumerate(("new@example.kz", before, "new@example.kz"), start=-3):
        at = LATER + hours * HOUR
        correct_email(order=order, email=email, by="staff:1", at=at, document="№ 1")
    assert client.get(old).status_code == 404
    letter = letter_of(order, subject)
    assert letter.recipient == "new@example.kz"
    new = the_link(order, subject)
    assert new != old
    with refusal() as refused:
        answered(order, subject, number, at=LATER, key=old.partition("?key=")[2])
    assert not refused.value.clause
    OpenPage(client, new).send({"answer": "agree"})
    kept = LinkAnswer.objects.get()
    assert (kept.email, kept.letter) == ("new@example.kz", letter)
    assert faults() == []


@pytest.mark.clause("3.1")
def test_who_ends_all_sessions_ends_the_links_too(db, client):
    order, _number = a_move()
    link = the_link(order, "move")
    end_links(email=order.party.email, at=LATER)
    assert client.get(link).status_code == 404


def test_an_email_that_is_corrected_with_nothing_to_answer_brings_no_letter_of_it(db):
    order, number = a_move()
    end_move(move=CohortMove.objects.get(pk=number), by="user:7", at=LATER)
    correct_email(order=order, email="new@example.kz", by="staff:1", at=LATER, document="№ 1")
    assert not Notice.objects.filter(kind="move-proposed", recipient="new@example.kz").exists()


def test_taken_back_it_cannot_be_answered_and_a_newer_proposal_has_its_own_link(db, client):
    order, number = a_move()
    old = OpenPage(client, the_link(order, "move"))
    end_move(move=CohortMove.objects.get(pk=number), by=actor(an_owner()), at=LATER)
    assert old.send({"answer": "agree"}).status_code == 200
    assert how_it_stands(order, "move", number) == "taken-back"
    newer = proposed(order, a_later_cohort(), at=LATER)
    assert client.get(old.address).context["proposal"].standing == "taken-back"
    OpenPage(client, the_link(order, "move")).send({"answer": "agree"})
    assert LinkAnswer.objects.get().number == newer.pk

    order, number = an_end()
    page = OpenPage(client, the_link(order, "ending"))
    proposal = EndingProposal.objects.get(order=order)
    withdraw_proposal(proposal=proposal, side=Side.ACADEMY, by=curator(), at=LATER)
    assert 'role="alert"' in page.send({"answer": "agree"}).text
    assert how_it_stands(order, "ending", number) == "taken-back"


def test_answered_in_the_cabinet_the_link_says_so(db, client):
    order, number = a_move()
    page = OpenPage(client, the_link(order, "move"))
    agree_to_move(move=CohortMove.objects.get(pk=number), by="user:7", at=LATER)
    assert page.send({"answer": "decline"}).context["proposal"].standing == "accepted"
    assert not LinkAnswer.objects.exists()
    assert CohortMove.objects.get().agreed_how == "cabinet"
    assert faults() == []


def test_the_day_of_an_end_that_came_leaves_nothing_to_answer(db, client, time_machine):
    order, number = an_end()
    page = OpenPage(client, the_link(order, "ending"))
    time_machine.move_to(LATER + timedelta(days=40))
    assert 'role="alert"' in page.send({"answer": "agree"}).text
    assert EndingProposal.objects.get(order=order, number=number).is_open


@each_subject
def test_who_made_the_proposal_does_not_answer_it_and_staff_are_named(db, client, subject):
    order, number = SCENES[subject]()
    made_by = {"move": an_owner, "ending": curator, "claim": an_owner}[subject]()
    page = OpenPage(signed_in(made_by), the_link(order, subject))
    assert 'role="alert"' in page.send({"answer": "agree"}).text
    assert how_it_stands(order, subject, number) == "open"
    colleague = a_person("colleague")
    OpenPage(signed_in(colleague), page.address).send({"answer": "agree"})
    assert LinkAnswer.objects.get().answered_by == actor(colleague)


def test_the_decision_of_a_refund_case_is_replied_to_by_its_letter(db, client):
    order = a_paid_order()
    claim = a_claim(order, kind="money", amount=50_000)
    case = a_case(order, at=NOON, claim=claim)
    reasons = {"reasons_kk": "Себебі бар", "reasons_ru": "Основание есть"}
    propose_decision(case=case, granted=10_000, by=a_person("one"), at=NOON + HOUR, **reasons)
    approve_decision(case=case, by=a_person("two"), at=NOON + HOUR)
    letter = Notice.objects.get(kind="refund-decided")
    page = OpenPage(client, path_of(letter.facts["page_url"]))
    assert "Себебі бар" in page.text
    page.send({"answer": "decline"})
    assert Claim.objects.with_all().get().answer.accepted is False
    assert LinkAnswer.objects.get().letter == letter
    assert faults() == []


# --- Twice, at once
@each_subject
def test_repeated_it_is_the_first_answer(db, subject):
    order, number = SCENES[subject]()
    first = answered(order, subject, number, at=LATER)
    again = answered(order, subject, number, accepts=False, at=LATER + HOUR)
    assert again == first
    assert Entry.objects.of_order(order.code).filter(verb="proposal.answered_by_link").count() == 1


@pytest.mark.django_db(transaction=True)
def test_both_answers_at_once_are_one(transactional_db):
    order, number = a_move()
    results = at_once(
        [
            lambda accepts=accepts: answered(order, "move", number, accepts=accepts, at=LATER)
            for accepts in (True, False, True, False)
        ],
        errors=RuleViolation,
    )
    kept = LinkAnswer.objects.get()
    assert {each.pk for each in results if isinstance(each, LinkAnswer)} == {kept.pk}
    assert how_it_stands(order, "move", number) == ("accepted" if kept.accepts else "declined")
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_database_keeps_one_answer(transactional_db):
    """The control: who looks for an answer and adds one in two steps is stopped by the key."""
    order, number = a_move()
    kept = answered(order, "move", number, at=LATER)

    def careless():
        kept.pk = None
        kept._state.adding = True
        with transaction.atomic():
            kept.save(force_insert=True)

    results = at_once([careless], errors=IntegrityError)
    assert isinstance(results[0], IntegrityError)
    assert LinkAnswer.objects.count() == 1


# --- Evidence
def test_staff_and_the_proof_show_what_was_shown(db, client):
    order, number = a_move()
    answered(order, "move", number, at=LATER)
    kept = LinkAnswer.objects.get()
    page = (
        signed_in(an_owner()).get(reverse("admin:enrollment_cohortmove_change", args=[number])).text
    )
    assert kept.email in page
    assert kept.shown.splitlines()[0] in page
    part = answers_by_link(order)
    assert [each.name for each in part.files] == [f"link-answers/move-{number}.txt"]
    assert part.files[0].read().decode() == kept.shown
    assert answers_by_link(a_placed_order()).facts is None


TAMPERINGS = {
    "another text": "UPDATE enrollment_linkanswer SET salt = 'x'",
    "another address": "UPDATE enrollment_linkanswer SET email = 'thief@example.kz'",
    "another answer": "UPDATE enrollment_linkanswer SET accepts = NOT accepts",
    "another moment": "UPDATE enrollment_linkanswer SET answered_at = '2026-11-20 00:00:00+00'",
    "no row": "DELETE FROM enrollment_linkanswer",
    "another move": "UPDATE enrollment_cohortmove SET agreed_by = 'user:9'",
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_the_audit_finds(db, tampering):
    order, number = a_move()
    answered(order, "move", number, at=LATER)
    assert faults() == []
    sql(TAMPERINGS[tampering])
    assert faults() != []


def test_the_database_keeps_no_half_answer(db):
    order, number = a_move()
    answered(order, "move", number, at=LATER)
    for wrong in ({"email": ""}, {"origin_digest": ""}, {"answered_by": ""}, {"subject": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LinkAnswer.objects.update(**wrong)


def test_the_link_in_the_letter_is_the_proposals_own(db):
    order, number = a_move()
    assert path_of(proposal_link(order, "move", number)) == the_link(order, "move")
