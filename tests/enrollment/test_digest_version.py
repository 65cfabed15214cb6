"""A new field of the checkout makes a new version of the digest and falsifies no old acceptance
(A3).
"""

import hashlib
import json

import pytest

from enrollment.models import Learner, Order, Party
from enrollment.models.party import LEARNER_FIELDS, PARTY_FIELDS
from enrollment.operations.corrections.email import correct_email
from offer_site.audit import people
from offer_site.journal.models import Entry
from offer_site.proof.contract import accepted_people, contract
from tests.given import NOON, a_paid_order, a_placed_order, a_receipt, receive

pytestmark = [pytest.mark.django_db, pytest.mark.clause("2.1")]

# A column that stands for the new field: no form of today asks for it.
NEW_FIELD = "origin_browser"


@pytest.fixture
def later(monkeypatch):
    """Play a release that asks for one field more, in the product and in the audit."""

    def begin() -> None:
        for versions in (PARTY_FIELDS, people.PARTY):
            monkeypatch.setitem(versions, 2, (*versions[1], NEW_FIELD))

    return begin


def faults() -> list[str]:
    return list(map(str, people.personal_values_are_those_that_were_digested(NOON)))


def fresh(order: Order) -> Order:
    return Order.objects.with_people().select_related("acceptance").get(pk=order.pk)


def test_version_one_is_the_fields_of_the_first_release_and_never_changes():
    party = Party(
        kind="guardian",
        surname="Ли",
        name="Анна",
        phone="+77010000000",
        email="li@example.kz",
        address="Абай, 1",
        iin="900101300811",
        relation="parent",
        salt="0" * 32,
        digest_version=1,
    )
    said = {
        "kind": "guardian",
        "surname": "Ли",
        "name": "Анна",
        "patronymic": "",
        "phone": "+77010000000",
        "email": "li@example.kz",
        "address": "Абай, 1",
        "postal_address": "",
        "iin": "900101300811",
        "relation": "parent",
        "company_name": "",
        "bin": "",
        "position": "",
    }
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert party.digest() == hashlib.sha256(f"{'0' * 32}|{text}".encode()).hexdigest()
    learner = Learner(surname="Ли", name="Ян", salt="1" * 32, digest_version=1)
    text = '{"birth_date":"","iin":"","name":"Ян","patronymic":"","surname":"Ли"}'
    assert learner.digest() == hashlib.sha256(f"{'1' * 32}|{text}".encode()).hexdigest()


def test_the_product_and_the_audit_state_the_same_versions():
    assert people.PARTY == PARTY_FIELDS
    assert people.LEARNER == LEARNER_FIELDS


def test_an_old_acceptance_recomputes_after_a_field_was_added(later):
    old = a_paid_order()
    waiting = a_placed_order(cohort=old.cohort)
    sealed = old.acceptance.sealed["party"]
    later()
    new = a_paid_order(cohort=old.cohort)

    assert fresh(old).party.digest() == sealed
    party, _learner = accepted_people(fresh(old))
    assert NEW_FIELD not in party.facts()
    assert contract(fresh(old)).facts["people"]["party"]["erased"] is False
    assert fresh(new).party.digest_version == 2
    assert NEW_FIELD in fresh(new).party.facts()
    assert fresh(new).party.digest() == new.acceptance.sealed["party"]

    # An order placed before and paid after is accepted as its journal says it was placed.
    receive(a_receipt(waiting), waiting)
    told = Entry.objects.of_order(waiting.code).get(verb="order.placed").facts["party"]
    assert fresh(waiting).acceptance.sealed["party"] == told
    assert faults() == []


def test_a_correction_digests_with_the_new_field_and_keeps_what_was_accepted(later):
    order = a_paid_order()
    sealed = order.acceptance.sealed["party"]
    later()
    correct_email(order=order, email="new@example.kz", by="staff:1", at=NOON, document="1")

    party = fresh(order).party
    told = Entry.objects.of_order(order.code).get(verb="email.corrected").facts
    assert (told["party_before"], told["party"]) == (sealed, party.digest())
    assert party.digest_version == 2
    accepted = party.as_accepted(sealed)
    assert (accepted.digest_version, accepted.digest()) == (1, sealed)
    assert faults() == []


def test_the_new_field_is_under_the_digest_of_new_orders(later):
    later()
    order = a_paid_order()
    Party.objects.filter(order=order).update(**{NEW_FIELD: "forged"})
    assert fresh(order).party.digest() != order.acceptance.sealed["party"]
    assert any(order.code in fault for fault in faults())


def test_a_row_of_another_version_than_its_digest_is_found(later):
    order = a_paid_order()
    later()
    Party.objects.filter(order=order).update(digest_version=2)
    assert any(order.code in fault for fault in faults())


def test_a_version_that_never_was_is_found():
    order = a_paid_order()
    Party.objects.filter(order=order).update(digest_version=7)
    assert faults() == [
        f"{order.code}: the party's values are digested by a version that never was"
    ]
