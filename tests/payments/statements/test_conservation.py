"""Whatever a file says, no money is lost and none is made: what was recorded, set aside and left
waiting, or refused with the file, is together the sum of its lines.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import given as whatever
from hypothesis import strategies as st

from enrollment.models import Order
from payments.models import LedgerEntry, LineState, StatementFile, StatementLine
from payments.operations.statements.imports import import_statement
from payments.providers.bank_transfer.statement import StatementError
from tests.given import NOON, a_placed_order, refusal
from tests.payments.statements.scenes import (
    DAY,
    IBAN,
    KASPI_BANK,
    a_statement,
    an_operation,
    bank_details,
)

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.4")]
TOMORROW = NOON + timedelta(days=1)
ANOTHER = "KZ86125KZT5004100100"
FOREIGN = "KZ40601A871000000001"
AMOUNTS = st.sampled_from(["0.01", "1.00", "74995.00", "149990.00", "299980.00"])
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Told:
    """A line of a bank, and how much of it came to our account, as the bank knows it."""

    text: str
    ours: Decimal


class Undone(Exception):
    """Ends an example, so that the next one finds the database as it was."""


def money(amount: str, **wishes: object) -> Told:
    return Told(an_operation(amount=amount, **wishes), Decimal(amount))


def outgoing(amount: str, purpose: str) -> Told:
    accounts = {"ПлательщикИИК": IBAN, "ПолучательИИК": FOREIGN}
    sums = {"СуммаПриход": "", "СуммаРасход": amount}
    return Told(an_operation(purpose=purpose, **sums, **accounts), NOTHING)


def twice(first: str, second: str, purpose: str) -> Told:
    """A purpose that goes on in the next line with another sum: the smaller one is kept."""
    text = an_operation(purpose=f"{purpose}\nСуммаПриход={second}", amount=first)
    return Told(text, min(Decimal(first), Decimal(second)))


def lines(codes: list[str]) -> st.SearchStrategy[Told]:
    """One line in one of the manners in which money is told."""
    purposes = st.sampled_from([*codes, f"{codes[0]} {codes[1]}", "SM000000", "жеке ақша", ""])
    numbers = st.integers(1, 3)
    plain = {"purpose": purposes, "number": numbers}
    return st.one_of(
        st.builds(money, AMOUNTS, **plain),
        st.builds(money, AMOUNTS, **plain, day=st.just(DAY - timedelta(days=1))),
        st.builds(money, AMOUNTS, **plain, payer_id=st.just(KASPI_BANK)),
        st.builds(money, AMOUNTS, **plain, Валюта=st.just("USD")),
        st.builds(money, AMOUNTS, **plain, ПолучательСчет=st.just(FOREIGN)),
        st.builds(twice, AMOUNTS, AMOUNTS, purposes),
        st.builds(outgoing, AMOUNTS, purposes),
        st.builds(outgoing, AMOUNTS, st.just("Сторно ошибочно зачисленной суммы")),
        st.builds(
            lambda amount, purpose: Told(
                an_operation(amount=f"-{amount}", purpose=purpose), NOTHING
            ),
            AMOUNTS,
            purposes,
        ),
        st.builds(
            lambda purpose: Told(an_operation(amount="0.00", purpose=purpose), NOTHING), purposes
        ),
        st.builds(
            lambda amount, purpose: Told(
                an_operation(amount=amount, purpose=purpose, ПолучательИИК=ANOTHER), NOTHING
            ),
            AMOUNTS,
            purposes,
        ),
    )


DAMAGES = (
    ("", ""),
    ("КонецФайла", ""),
    ("КонецФайла", "КонецФайла\nтағы бірдеңе"),
    ("КонецФайла", "СекцияВалюта\nКонецФайла"),
    ("КонецФайла", "СекцияДокумент\nНомерДокумента=9\nКонецДокумента\nКонецФайла"),
)


def a_file(told: list[Told], closing: str, damage: tuple[str, str], accounts: int) -> bytes:
    content = a_statement([each.text for each in told], closing=closing).decode("kz1048")
    if accounts > 1:
        content = content.replace(f"РасчСчет={IBAN}\n", f"РасчСчет={IBAN}\nРасчСчет={ANOTHER}\n", 1)
    return content.replace(*damage).encode("kz1048") if damage[0] else content.encode("kz1048")


@contextmanager
def undone() -> Iterator[None]:
    with suppress(Undone), transaction.atomic():
        yield
        raise Undone


def sums_by_state() -> dict[str, Decimal]:
    rows = StatementLine.objects.order_by().values_list("state").annotate(Sum("amount"))
    return dict(rows)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@whatever(st.data())
def test_what_became_of_the_lines_is_the_sum_of_the_lines(two_orders, data):
    told = data.draw(st.lists(lines([order.code for order in two_orders]), max_size=8))
    accounts = 2 if any(f"ПолучательИИК={ANOTHER}" in each.text for each in told) else 1
    closing = data.draw(st.sampled_from(["", "0.00", "149990.00"]))
    content = a_file(told, closing, data.draw(st.sampled_from(DAMAGES)), accounts)
    in_all = sum((each.ours for each in told), NOTHING)
    with undone():
        refused = NOTHING
        for _again in range(2):
            try:
                import_statement(content=content, name="bank.txt", by="system", at=TOMORROW)
            except StatementError:
                refused = in_all
        sums = sums_by_state()
        recorded = sums.get(LineState.MATCHED, NOTHING)
        aside = sums.get(LineState.SET_ASIDE, NOTHING)
        waiting = sums.get(LineState.UNMATCHED, NOTHING)
        assert recorded + aside + waiting + refused == in_all
        assert not refused or not StatementFile.objects.exists()
        assert recorded == sum(LedgerEntry.objects.values_list("amount", flat=True), NOTHING)
        for order in two_orders:
            given = order.allocations.aggregate(sum=Sum("amount"))["sum"] or NOTHING
            assert given in (NOTHING, order.price)


def test_each_of_the_four_is_more_than_nothing(two_orders):
    """The control: the sum above is not one of nothings."""
    told = [
        money("149990.00", purpose=two_orders[0].code, number=1),
        money("7.00", purpose="жеке ақша", number=2),
        money("5.00", purpose="Возмещение", payer_id=KASPI_BANK, number=3),
        twice("3.00", "149990.00", two_orders[1].code),
    ]
    content = a_file(told, "", DAMAGES[0], 1)
    import_statement(content=content, name="bank.txt", by="system", at=TOMORROW)
    assert sums_by_state() == {
        LineState.MATCHED: Decimal("149990.00"),
        LineState.UNMATCHED: Decimal("10.00"),
        LineState.SET_ASIDE: Decimal("5.00"),
    }
    with refusal(StatementError):
        import_statement(
            content=a_file(told, "", DAMAGES[1], 1), name="bank.txt", by="system", at=TOMORROW
        )


@pytest.fixture
def two_orders() -> list[Order]:
    first = a_placed_order()
    bank_details()
    return [first, a_placed_order(cohort=first.cohort)]
