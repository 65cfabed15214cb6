"""The life of orders as a machine: whatever happens, in whatever order, what must never be false is
not.

A step is one thing that somebody does: a buyer, a bank, staff or the clock. A new operation is one
more `@rule`. Every example brings its own cohorts and people and only ever adds, so one database
serves them all.
"""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from enrollment.operations.halves.suspensions import suspend_overdue
from enrollment.operations.ordering.orders import lapse_unpaid_orders
from offer_site.days import almaty_day, end_of_day
from tests.machine.banks import Banks
from tests.machine.buyers import Buyers
from tests.machine.staff import Staff
from tests.machine.world import mostly_at_once


class Life(Buyers, Banks, Staff):
    @rule(minutes=st.sampled_from([1, 14, 16, 31, 60]))
    def time_goes_by(self, minutes: int) -> None:
        self.move_to(self.now + timedelta(minutes=minutes))

    @rule(
        is_last_second=mostly_at_once,
        days=st.sampled_from([0, 0, 0, 1, 3, 30]),
        is_swept=st.booleans(),
    )
    def midnight(self, is_last_second: bool, days: int, is_swept: bool) -> None:
        """23:59:59 of a day, or five minutes later, with or without what cron does then."""
        ends = end_of_day(almaty_day(self.now) + timedelta(days=days))
        self.move_to(ends - timedelta(seconds=1) if is_last_second else ends + timedelta(minutes=5))
        if is_swept:
            lapse_unpaid_orders(at=self.now)
            suspend_overdue(at=self.now)
