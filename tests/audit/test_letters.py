"""N3 on a small register: each tampering is found, and nothing that is right is."""

import pytest

from enrollment.models import Order
from offer_site.audit.asking import ask
from offer_site.audit.lines import LINES
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
