"""N3 on a small register: each tampering is found, and nothing that is right is."""

from datetime import timedelta

import pytest

from enrollment.models import Consent, Order
from enrollment.operations.ordering.consents import withdraw_consent
from offer_site.audit.asking import ask
from offer_site.audit.letters import marketing_leaves_by_a_consent
from offer_site.audit.lines import LINES
from offer_site.notices.models import Notice, NoticeState
from tests.audit import tampering
from tests.audit.world import Busy, letters_both_ways, with_consent_to
from tests.given import NOON, a_cohort, a_paid_order

LINE = [line for line in LINES if line.id == "N3"]
TAMPERINGS = [each for each in tampering.TAMPERINGS if each.found_by == {"N3"}]


@pytest.fixture
def register(db: None) -> Busy:
    cohort = a_cohort()
    orders: dict[str, Order] = {
        "paid": a_paid_order(cohort=cohort),
        "marketing": a_paid_order(cohort=cohort, application=with_consent_to("marketing")),
    }
    letters_both_ways(orders, at=NOON)
    return Busy({name: order.code for name, order in orders.items()}, NOON)


def found(world: Busy) -> list[str]:
    return ask(LINE, at=world.at)[0].violations


def test_a_register_that_is_right_has_nothing_to_find(register):
    assert found(register) == []


@pytest.mark.clause("12.1")
@pytest.mark.parametrize("each", TAMPERINGS, ids=lambda each: each.name)
def test_each_tampering_of_the_register_is_found(register, each):
    assert len(TAMPERINGS) >= 6
    each.do(register)
    assert found(register)


@pytest.mark.clause("5.3.5")
@pytest.mark.parametrize(("minutes", "count"), [(59, 0), (65, 0), (75, 1)])
def test_an_offer_that_left_behind_the_withdrawal_is_found(register, minutes, count):
    """What was being sent at the moment of the withdrawal may have left within ten minutes."""
    consent = Consent.objects.get(purpose="marketing")
    withdraw_consent(consent=consent, by="user:1", at=NOON + timedelta(hours=1))
    Notice.objects.filter(kind="cohort-offer").update(
        state=NoticeState.SENT,
        sent_at=NOON + timedelta(minutes=minutes),
        withdrawn_at=None,
        raw="letter",
        raw_sha256="0" * 64,
    )
    assert len(list(marketing_leaves_by_a_consent(NOON))) == count
