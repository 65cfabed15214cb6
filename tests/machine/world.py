"""What every step of the machine stands on: the clock, the cohorts and people of this example,
and what was told.
"""

import os
import sys
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import time_machine
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant

from enrollment.models import Cohort, Edition
from enrollment.operations.offering.offers import lift_withdrawal
from enrollment.operations.ordering.applications import Application
from offer_site.accounts.models import User
from offer_site.errors import RuleViolation
from payments.models import StatementLine
from tests.given import NOON, an_owner
from tests.machine.invariants import violations
from tests.machine.outside import RIGHT, WHEN, WRONG
from tests.machine.reading import Mark, Told
from tests.payments.statements.scenes import bank_details

COHORTS = 2
BUYERS = 3
# `make faults` asks after every step, and so names the step that made something false.
ASKS_AFTER_EVERY_STEP = os.environ.get("MACHINE_ASKS") == "after every step"
SECOND = "second@example.kz"  # the person who approves
mostly_right = st.sampled_from([RIGHT] * 10 + list(WRONG))
mostly_now = st.sampled_from(["now"] * 8 + list(WHEN))
mostly_at_once = st.sampled_from([True, True, True, False])
seldom = st.sampled_from([False, False, False, True])

orders = Bundle("orders")  # codes
holds = Bundle("holds")  # what was authorized and not yet confirmed or released
news = Bundle("news")  # what a bank has to tell, and tells as often as it likes


class World(RuleBasedStateMachine):
    # whether it says itself what money and questions must come to; a control looks at the rows
    # alone
    foresees = True
    cohorts: list[Cohort]
    buyers: list[Application]

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(NOON, tick=False)
        self.traveller = self.clock.start()
        self.now = NOON
        self.mark = Mark.now()
        self.told = Told()
        self.answers: dict[Any, Any] = {}
        self.refunded: Counter[str] = Counter()
        self.transfers: list[tuple[str, str]] = []  # number and section of a statement
        bank_details()
        self.owner = an_owner()
        self.second = User.objects.filter(email=SECOND).first() or User.objects.create_superuser(
            SECOND
        )
        self.edition = Edition.objects.get()
        if self.edition.withdrawals.standing().exists():
            lift_withdrawal(edition=self.edition, reason="next example", by=self.owner, at=NOON)

    def teardown(self) -> None:
        """Ask at the end of an example, unless a step has failed already."""
        try:
            if not ASKS_AFTER_EVERY_STEP and sys.exc_info()[0] is None:
                self.require_that_nothing_is_false()
        finally:
            self.clock.stop()

    @invariant()
    def nothing_is_false(self) -> None:
        if ASKS_AFTER_EVERY_STEP:
            self.require_that_nothing_is_false()

    def require_that_nothing_is_false(self) -> None:
        found = violations(self.mark, self.told)
        assert not found, "\n".join(found)

    def move_to(self, moment: datetime) -> None:
        self.now = moment
        self.traveller.move_to(moment, tick=False)

    def a_second_later(self) -> None:
        """Move on after a decision whose letter names its instant:
        people are never so quick as a clock that stands.
        """
        self.move_to(self.now + timedelta(seconds=1))

    def require(self, is_so: object, otherwise: str) -> None:
        assert is_so or not self.foresees, otherwise

    def wish(self, operation: Any, **wish: Any) -> Any:
        """Ask for something that may be refused."""
        try:
            return operation(**wish)
        except RuleViolation:
            return None

    def note_transfers(self) -> None:
        """What the statement's lines say was given to orders is
        what the ledger must have of the bank (M1).
        """
        given = StatementLine.objects.filter(
            pk__gt=self.mark["line"], state__in=["matched", "taken"]
        )
        self.told.receipts |= {("bank", line.fingerprint): line.amount for line in given}
