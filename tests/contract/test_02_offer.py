"""Section 2 of the offer: accepted as a whole, proven by one paper, withdrawn at will."""

import subprocess
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client

from enrollment.models import Acceptance, Edition, Enrollment, Order, PartyKind, Place, Withdrawal
from enrollment.operations.offering.offers import lift_withdrawal, publish_offer, withdraw_offer
from enrollment.operations.paper.contracts import contract_attachment, contract_pdf
from enrollment.rules.offer_text import parse_offer
from enrollment.rules.order_states import OrderState
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from tests.enrollment.editions import a_later_edition
from tests.given import (
    NOON,
    OFFER,
    a_paid_order,
    a_placed_order,
    a_published_offer,
    a_receipt,
    an_owner,
    receive,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def private_files(settings, tmp_path):
    """Contracts of a test are kept in its own folder."""
    settings.MEDIA_ROOT = tmp_path / "media"


def text_of(pdf: bytes) -> str:
    """Read a PDF as a person would copy it: words, one space apart."""
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return " ".join(done.stdout.decode().split())


# --- 2.1, 2.3: the proof of the contract
@pytest.mark.clause("2.1", "2.3", "12.2.2")
@pytest.mark.parametrize(
    ("kind", "language"),
    [(PartyKind.PERSON, "kk"), (PartyKind.GUARDIAN, "ru"), (PartyKind.COMPANY, "kk")],
)
def test_the_contract_states_everything_that_was_accepted(kind, language):
    order = a_paid_order(kind=kind, language=language)

    text = text_of(contract_pdf(order, at=NOON))

    acceptance = order.acceptance
    said = [
        order.code,
        order.party.email,
        "+7 701 000 00 00",
        order.learner.full_name,
        acceptance.reference,
        "149 990 ₸",
        "23.11.2026, 12:00:00",
        "«SMMARKETING» – БІРГЕ",
        "1,5 ай",
        "1,5 месяца",
        "стандартты жеңілдік",
        "стандартная скидка",
        order.edition.name,
        acceptance.digest,
        "қазақша оқылды" if language == "kk" else "орысша оқылды",
    ]
    if kind == PartyKind.GUARDIAN:
        said += [
            f"{order.party.full_name}, ата-анасы",
            f"{order.party.full_name}, родитель",
            "22.11.2012",
        ]
    if kind == PartyKind.COMPANY:
        said += [order.party.company_name, order.party.bin, order.party.position]
    assert [words for words in said if words not in text] == []


@pytest.mark.clause("2.1", "2.3", "12.2.2")
def test_the_contract_carries_every_clause_in_both_languages_and_their_digests():
    order = a_paid_order()

    text = text_of(contract_pdf(order, at=NOON))

    for file in ("kk.md", "ru.md"):
        numbers = parse_offer((OFFER / file).read_bytes()).clauses
        assert [number for number in numbers if text.count(f"{number}. ") < 2] == []
    assert order.edition.kk_sha256 in text
    assert order.edition.ru_sha256 in text


@pytest.mark.clause("2.3", "11.4", "12.2.2")
def test_the_contract_is_made_once_and_kept_encrypted():
    order = a_paid_order()
    first = contract_pdf(order, at=NOON)

    order.party.phone = "+77020000000"
    order.party.save()

    assert contract_pdf(Order.objects.get(pk=order.pk), at=NOON) == first
    attached = contract_attachment(order.code, at=NOON)
    assert [attachment.content for attachment in attached] == [first]
    assert default_storage.listdir("contracts")[1] == [f"{order.code}.pdf"]
    with open(default_storage.path(f"contracts/{order.code}.pdf"), "rb") as kept:
        assert b"%PDF" not in kept.read()


@pytest.mark.clause("2.1", "12.2.2")
def test_the_contract_keeps_its_edition_when_a_later_one_is_published(tmp_path):
    order = a_paid_order()
    publish_offer(folder=a_later_edition(tmp_path), by="system", at=NOON + timedelta(days=1))

    text = text_of(contract_pdf(Order.objects.get(pk=order.pk), at=NOON))

    assert order.edition.name in text
    assert "Неурегулированные споры" not in text


@pytest.mark.clause("2.2.1")
def test_an_order_that_is_not_paid_has_no_contract():
    order = a_placed_order()
    with pytest.raises(Acceptance.DoesNotExist):
        contract_pdf(order, at=NOON)
    assert not default_storage.exists(f"contracts/{order.code}.pdf")


# --- 2.4: withdrawal
@pytest.mark.clause("2.4")
def test_a_withdrawn_offer_lapses_unpaid_orders_and_leaves_accepted_ones():
    paid = a_paid_order()
    unpaid = a_placed_order(cohort=paid.cohort)
    edition = Edition.objects.get()

    withdrawal = withdraw_offer(edition=edition, reason="Жаңа бағалар", by=an_owner(), at=NOON)

    assert edition.withdrawals.get() == withdrawal
    assert Order.objects.get(pk=unpaid.pk).state == OrderState.LAPSED
    assert not Place.objects.filter(order=unpaid).exists()
    assert Order.objects.get(pk=paid.pk).state == OrderState.PAID
    assert Enrollment.objects.filter(order=paid).exists()
    row = Entry.objects.get(verb="offer.withdrawn")
    assert (row.clause, row.facts) == ("2.4", {"reason": "Жаңа бағалар", "lapsed": [unpaid.code]})


@pytest.mark.clause("2.4")
def test_money_for_an_order_that_the_withdrawal_lapsed_waits_for_a_person():
    order = a_placed_order()
    withdraw_offer(edition=order.edition, reason="2.4", by=an_owner(), at=NOON)

    receive(a_receipt(order), order)

    assert Order.objects.get(pk=order.pk).state == OrderState.LAPSED
    assert not Acceptance.objects.exists()


@pytest.mark.clause("2.4")
def test_a_withdrawal_is_refused_twice_and_can_be_lifted():
    edition = a_published_offer()
    owner = an_owner()
    withdraw_offer(edition=edition, reason="2.4", by=owner, at=NOON)

    with pytest.raises(RuleViolation) as refusal, transaction.atomic():
        withdraw_offer(edition=edition, reason="2.4", by=owner, at=NOON)
    assert refusal.value.clause == "2.4"
    assert Withdrawal.objects.count() == 1

    lift_withdrawal(edition=edition, reason="қайта", by=owner, at=NOON + timedelta(hours=1))
    assert not Withdrawal.objects.standing().exists()
    assert Withdrawal.objects.get().lifted_by == owner
    assert Entry.objects.filter(verb="offer.withdrawal-lifted", clause="2.4").count() == 1
    with pytest.raises(RuleViolation), transaction.atomic():
        lift_withdrawal(edition=edition, reason="қайта", by=owner, at=NOON)


@pytest.mark.clause("2.4")
def test_only_the_edition_in_force_can_be_withdrawn(tmp_path):
    edition = a_published_offer()
    publish_offer(folder=a_later_edition(tmp_path), by="system", at=NOON)

    with pytest.raises(RuleViolation), transaction.atomic():
        withdraw_offer(edition=edition, reason="2.4", by=an_owner(), at=NOON)
    assert not Withdrawal.objects.exists()


@pytest.mark.clause("2.4")
@pytest.mark.parametrize(
    ("language", "words"), [("kk", "Оферта кері қайтарып алынды"), ("ru", "Оферта отозвана")]
)
def test_the_page_says_that_the_offer_is_withdrawn(language, words):
    edition = a_published_offer()
    page = Client().get(f"/{language}/offer/")
    assert words not in page.content.decode()

    withdraw_offer(edition=edition, reason="2.4", by=an_owner(), at=NOON)

    page = Client().get(f"/{language}/offer/").content.decode()
    assert words in page
    assert 'id="c-2-4"' in page
