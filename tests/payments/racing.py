"""Many things in one moment: banks over real HTTP, each call on a connection of its own,
and staff beside them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from http.client import HTTPConnection
from json import loads
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from enrollment.models import Order
from offer_site.errors import RuleViolation
from payments.models import StatementLine
from payments.operations.paying.handlers import _attempts, _orders
from payments.providers.card.signature import sign
from tests.at_once import Work
from tests.audit.asked import all_that_is_false
from tests.machine.invariants import violations
from tests.machine.reading import Mark, Told
from tests.payments.bank import the_bank_knows
from tests.payments.kaspi import a_payment
from tests.payments.notifications import FORM, a_notification


def failures(came_to: Sequence[Any]) -> list[Exception]:
    """Pick what went wrong but for refused wishes."""
    return [
        each
        for each in came_to
        if isinstance(each, Exception) and not isinstance(each, RuleViolation)
    ]


@dataclass
class Banks:
    """The providers outside, who ask and tell a running site, and remember what they heard."""

    url: str
    mark: Mark = field(default_factory=Mark.now)
    told: Told = field(default_factory=Told)

    def card(self, order: Order, *, at: datetime, transaction: int) -> Work:
        body = a_notification(order, at=at, transaction=transaction)
        the_bank_knows("pay", body)
        headers = {
            "Content-HMAC": sign(body, secret=settings.CARD_API_SECRET),
            "Content-Type": FORM,
        }
        request = partial(self._ask, "POST", "/callbacks/card/pay/", body, headers)
        return partial(
            self._tell, ("card", str(transaction)), order, request, lambda said: said == {"code": 0}
        )

    def kaspi(self, order: Order, *, at: datetime, txn_id: int) -> Work:
        query = urlencode(a_payment(order, at=at, txn_id=str(txn_id)))
        request = partial(self._ask, "GET", f"/callbacks/kaspi/?{query}", None, {})
        return partial(
            self._tell, ("kaspi", str(txn_id)), order, request, lambda said: said["result"] == 0
        )

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
        session = HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            session.request(method, path, body, headers)
            response = session.getresponse()
            content = response.read()
        finally:
            session.close()
        assert response.status == 200, response.status
        return loads(content)

    def _tell(
        self, key: tuple[str, str], order: Order, request: Work, is_accepted: Callable[[Any], bool]
    ) -> Any:
        said = request()
        if is_accepted(said):
            self.told.receipts.setdefault(key, Decimal(order.price))
        return said

    def faults(self) -> list[str]:
        """Say what is false now, of all that must never be, compared with what the banks heard."""
        given = StatementLine.objects.filter(pk__gt=self.mark["line"], state="matched")
        self.told.receipts |= {("bank", line.fingerprint): line.amount for line in given}
        return violations(self.mark, self.told) + all_that_is_false()


def forget_prepared_queries() -> None:
    """Have the queries made anew that were prepared with, or without, their locks."""
    _attempts.cache_clear()
    _orders.cache_clear()
