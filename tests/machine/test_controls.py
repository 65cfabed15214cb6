"""The controls of the machine: a protection is taken away, and the machine sees what goes wrong."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from enrollment.models import Order
from enrollment.operations.ordering import balances
from enrollment.operations.places import lapses
from enrollment.rules.settlement import judge_money
from payments.models.payment import orders_locked
from payments.operations.ledger import receipts
from payments.operations.ledger.locking import read_order
from payments.operations.paying import handlers
from tests.given import a_published_offer
from tests.machine.life import Life

SEARCH = settings(
    max_examples=300,
    stateful_step_count=30,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)


class Blind(Life):
    """The machine that foresees nothing: only the invariants can see."""

    foresees = False


TakeAway = Callable[[pytest.MonkeyPatch], None]


def any_day_counts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        balances,
        "judge_money",
        lambda **facts: judge_money(**facts | {"paid_on": facts["placed_on"]}),
    )


def places_are_sold_unseen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(balances, "sell_place", lambda **wish: True)


def any_move_is_made(patch: pytest.MonkeyPatch) -> None:
    def move_to(order: Order, state: str) -> None:
        Order.objects.filter(pk=order.pk).update(state=state)
        order.state = state

    patch.setattr(Order, "move_to", move_to)
    patch.setattr(Order, "require", lambda *args, **wish: None)


def nobody_notes_that_an_order_lapsed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lapses, "record", lambda *args, **wish: None)


def money_that_disagrees_is_dropped(patch: pytest.MonkeyPatch) -> None:
    record_receipt = handlers.record_receipt

    def choosy(**wish: Any) -> Any:
        return handlers.Outcome.UNMATCHED if wish["disagreement"] else record_receipt(**wish)

    patch.setattr(handlers, "record_receipt", choosy)


def money_goes_to_whoever_waits(patch: pytest.MonkeyPatch) -> None:
    def somebody(told: Any, provider: Any) -> handlers.Subject | None:
        order = orders_locked().filter(state="awaiting_payment").last()
        return handlers.Subject(read_order(order), int(told.amount), Decimal(0)) if order else None

    patch.setattr(handlers, "_subject", somebody)
    patch.setattr(handlers, "disagreement", lambda **told: None)


def nobody_asks_whether_the_offer_is_withdrawn(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(balances, "_is_withdrawn_for", lambda *args, **wish: False)


def the_seal_is_of_something_else(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(balances, "digest_of", lambda sealed: "0" * 64)


def every_receipt_is_given_whole_even_if_it_waits(patch: pytest.MonkeyPatch) -> None:
    apply_balance = receipts.apply_balance

    def generous(**wish: Any) -> Any:
        return type(outcome := apply_balance(**wish))(earned=outcome.earned or "paid")

    patch.setattr(receipts, "apply_balance", generous)


def nobody_is_told_that_the_contract_is_concluded(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(balances, "queue_notice", lambda kind, **letter: None)


CONTROLS: list[tuple[str, TakeAway]] = [
    ("O3", any_day_counts),
    ("O1", places_are_sold_unseen),
    ("O2", any_move_is_made),
    ("O2", nobody_notes_that_an_order_lapsed),
    ("M1", money_that_disagrees_is_dropped),
    ("M6", money_goes_to_whoever_waits),
    ("2.4", nobody_asks_whether_the_offer_is_withdrawn),
    ("A3", the_seal_is_of_something_else),
    ("M4", every_receipt_is_given_whole_even_if_it_waits),
    ("N1", nobody_is_told_that_the_contract_is_concluded),
]


# What happens so seldom that the machine searches for half a minute.
RARE = {any_day_counts, nobody_asks_whether_the_offer_is_withdrawn}


@pytest.mark.parametrize(
    ("name", "take_away"),
    [
        pytest.param(
            name,
            take_away,
            id=take_away.__name__,
            marks=[pytest.mark.faults] if take_away in RARE else [],
        )
        for name, take_away in CONTROLS
    ],
)
def test_the_machine_sees_it_when(transactional_db, monkeypatch, name, take_away):
    a_published_offer()
    take_away(monkeypatch)
    with pytest.raises(AssertionError, match=rf"(?m)^{name}: "):
        run_state_machine_as_test(Blind, settings=SEARCH)
