"""The pages of claims in the cabinet: written, followed, signed, withdrawn, answered (10.2)."""

import pytest
import time_machine
from django.urls import reverse
from django.utils.translation import override

from enrollment.models import Claim, ClaimKind
from offer_site.journal.models import Entry
from tests.accounts.signing import signed_in
from tests.enrollment.claims.scenes import (
    DAY,
    DEMAND,
    STORY,
    a_claim,
    a_counterclaim,
    a_request,
    an_answer,
    as_it_is,
)
from tests.given import NOON, a_paid_order
from tests.papers import PNG, a_file

pytestmark = pytest.mark.django_db
WRITTEN = {"kind": ClaimKind.SERVICE, "demand": DEMAND, "circumstances": STORY}


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON + 3 * DAY, tick=False):
        yield


def page(name, claim, *more):
    with override("kk"):
        return reverse(name, args=[claim.order.code, claim.pk, *more])


def seen(browser, address):
    response = browser.get(address)
    assert response.status_code == 200
    return response.content.decode()


def screenshot():
    return a_file(PNG, "экран.png", "image/png")


@pytest.mark.clause("10.2.2")
def test_a_student_writes_a_claim_with_files_and_follows_it():
    order = a_paid_order()
    browser = signed_in(order.party.email)
    address = reverse("claim_create", args=[order.code])
    assert address in seen(browser, reverse("cabinet"))
    assert order.party.email in seen(browser, address)
    files = [screenshot(), screenshot()]
    answer = browser.post(address, {**WRITTEN, "amount": "30 000", "files": files, "sign": "on"})
    claim = Claim.objects.get()
    assert answer["Location"] == page("claim", claim)
    assert (claim.amount, claim.files.count(), claim.missing) == (30000, 2, ["calculation"])
    shown = seen(browser, answer["Location"])
    assert DEMAND in shown
    assert "экран.png" in shown
    assert page("claim", claim) in seen(browser, reverse("cabinet"))


def test_an_error_stands_at_its_field_and_nothing_typed_is_lost():
    order = a_paid_order()
    browser = signed_in(order.party.email)
    address = reverse("claim_create", args=[order.code])
    typed = WRITTEN | {"demand": "", "amount": "көп", "files": [a_file(b"<svg>", "a.svg")]}
    shown = browser.post(address, typed).content.decode()
    assert STORY in shown
    for field in ("demand", "amount", "files"):
        assert f'id="id_{field}_error"' in shown
    assert Claim.objects.count() == 0


@pytest.mark.clause("10.2.1")
def test_a_claim_without_a_signature_is_signed_on_its_page():
    claim = a_claim(is_signed=False)
    browser = signed_in(claim.order.party.email)
    assert page("claim_signature", claim) in seen(browser, page("claim", claim))
    browser.post(page("claim_signature", claim))
    assert as_it_is(claim).signed_at
    assert page("claim_signature", claim) not in seen(browser, page("claim", claim))


@pytest.mark.clause("10.2.4")
def test_documents_that_were_asked_for_are_sent_on_the_claims_page():
    claim = a_claim()
    a_request(claim)
    browser = signed_in(claim.order.party.email)
    assert "Экран көшірмесі" in seen(browser, page("claim", claim))
    empty = browser.post(page("claim_documents", claim), {})
    assert 'id="id_files_error"' in empty.content.decode()
    browser.post(page("claim_documents", claim), {"about": "1", "files": [screenshot()]})
    assert claim.requests.get().came


@pytest.mark.clause("10.2.3")
def test_the_proposal_of_an_answer_is_taken_or_not():
    claim = a_claim()
    an_answer(claim)
    browser = signed_in(claim.order.party.email)
    assert "Сабақты жұма күні қайталаймыз." in seen(browser, page("claim", claim))
    browser.post(page("claim_reply", claim), {"accepts": "no", "words": "Кеш"})
    browser.post(page("claim_reply", claim), {"accepts": "yes"})
    assert as_it_is(claim).answer.accepted is False


@pytest.mark.clause("10.2.3")
def test_a_claim_of_the_academy_is_read_and_answered():
    claim = a_counterclaim()
    browser = signed_in(claim.order.party.email)
    shown = seen(browser, page("claim", claim))
    assert "1\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}000" in shown
    half = browser.post(page("claim_reply", claim), {"verdict": "declined", "reasons": "Жоқ"})
    assert "Жоқ" in half.content.decode()
    assert not as_it_is(claim).is_answered
    said = {"verdict": "declined", "reasons": "Жоқ", "proposal": "Қайтарып алу"}
    browser.post(page("claim_reply", claim), said)
    assert as_it_is(claim).answer.proposal == "Қайтарып алу"
    assert browser.post(page("claim_withdrawal", claim)).status_code == 404


def test_a_claim_is_withdrawn_by_its_student():
    claim = a_claim()
    browser = signed_in(claim.order.party.email)
    browser.post(page("claim_withdrawal", claim))
    assert as_it_is(claim).withdrawn_at
    assert "href" in seen(browser, page("claim", claim))


def test_a_file_goes_to_its_student_and_the_journal_says_so():
    claim = a_claim()
    file = claim.files.get()
    browser = signed_in(claim.order.party.email)
    assert browser.get(page("claim_file", claim, file.pk)).content == PNG
    assert Entry.objects.filter(verb="document.seen", facts__file=file.pk).exists()


def test_a_claim_is_not_found_by_a_stranger():
    claim = a_claim()
    stranger = signed_in(a_paid_order().party.email)
    for name in ("claim", "claim_create"):
        args = [claim.order.code, claim.pk] if name == "claim" else [claim.order.code]
        assert stranger.get(reverse(name, args=args)).status_code == 404
    for name in ("claim_signature", "claim_withdrawal", "claim_reply", "claim_documents"):
        assert stranger.post(page(name, claim)).status_code == 404
    assert as_it_is(claim).is_open
