"""Which earlier receipts a later file names as not at the bank, and on which it is silent (M13)."""

from datetime import date, timedelta

import pytest

from offer_site.days import short_day
from payments.models import ReconciliationDifference
from payments.operations.statements.imports import import_statement
from tests.given import NOON, a_placed_order
from tests.payments.statements.scenes import (
    DAY,
    IBAN,
    a_statement,
    an_operation,
    an_order_paid,
    bank_details,
)

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.4")]

EVENING = NOON + timedelta(hours=6)
WEDNESDAY = NOON + timedelta(days=2)
SUNDAY = DAY - timedelta(days=1)


def imported(*contents: bytes, at=WEDNESDAY):
    bank_details()
    return import_statement(content=b"".join(contents), name="b", by="system", at=at).file


def a_rent(day: date, **wishes) -> bytes:
    """A whole file of a day, without any order in it."""
    rent = an_operation(purpose="аренда", amount="5.00", number=40, day=day)
    return a_statement([rent], day=day, closing="5.00", **wishes)


def missed() -> list[str]:
    return [each.invoice_id for each in ReconciliationDifference.objects.open()]


def test_a_day_that_is_not_over_may_have_been_exported_earlier():
    """The export of the evening is imported, and then that of noon."""
    morning, afternoon = a_placed_order(), a_placed_order()
    first = an_order_paid(morning)
    both = a_statement([first, an_order_paid(afternoon, number=16)], closing="299980.00")
    noon = a_statement([first], closing="149990.00")
    imported(both, at=EVENING)
    imported(noon, at=EVENING)
    assert not missed()


def test_two_exports_in_a_file_say_nothing_of_the_days_between():
    imported(a_statement([an_order_paid(a_placed_order())]))
    file = imported(a_rent(SUNDAY), a_rent(DAY + timedelta(days=1)))
    assert (file.since, file.until) == (SUNDAY, DAY + timedelta(days=1))
    assert not missed()


def test_the_sums_of_one_day_say_nothing_of_a_day_without_sums():
    imported(a_statement([an_order_paid(a_placed_order())]))
    without = [
        "СекцияРасчСчет",
        f"ДатаНачала={short_day(DAY)}",
        f"ДатаКонца={short_day(DAY)}",
        f"РасчСчет={IBAN}",
        "КонецРасчСчет",
        "СекцияДокумент",
    ]
    told = a_rent(SUNDAY).decode("kz1048").replace("СекцияДокумент", "\n".join(without), 1)
    file = imported(told.encode("kz1048"))
    assert (file.since, file.until) == (SUNDAY, DAY)
    assert not missed()


def test_each_day_with_its_sums_is_compared():
    order = a_placed_order()
    imported(a_statement([an_order_paid(order)]))
    imported(a_rent(SUNDAY), a_rent(DAY))
    assert missed() == [order.code]


def test_a_third_file_in_the_words_of_the_second_misses_nothing():
    order = a_placed_order()
    imported(a_statement([an_order_paid(order)]))
    again = an_order_paid(order, number="000000015")
    imported(a_statement([again], closing="149990.00"))
    assert not missed()
    rent = an_operation(purpose="аренда", amount="5.00", number=40)
    imported(a_statement([again, rent], closing="149995.00"))
    assert not missed()
    imported(a_statement([an_order_paid(order), rent, rent], closing="150000.00"))
    assert not missed()


def test_another_payment_of_the_same_payer_hides_no_forged_one():
    """Two that were both given to orders are two, however alike."""
    forged, real = a_placed_order(), a_placed_order()
    told = an_order_paid(real, number=77)
    imported(a_statement([an_order_paid(forged), told]))
    imported(a_statement([told], closing="149990.00"))
    assert missed() == [forged.code]
