"""The world outside: banks with clocks and numbers of their own, whose news come late, again,
and in any order.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import connection

from enrollment.models import Order
from payments.providers.base import Link
from tests.machine.reading import in_almaty, moment, money, rows
from tests.payments import kaspi, notifications

numbers = count(1)  # of transactions, people and documents: never the same again in this process

# What may be wrong with a payment; nothing is wrong with most.
RIGHT = "right"
WRONG = ("short", "excess", "tiyn", "currency", "invoice")
# When the provider's clock says that it was made.
WHEN = ("now", "last second", "midnight", "day before")


@dataclass(frozen=True)
class News:
    """One thing that a bank will tell, once or many times. `is_money` is False for a hold,
    a decline, a release.
    """

    provider: str
    kind: str
    reference: str
    order: str
    amount: Decimal
    at: datetime
    currency: str = "KZT"
    invoice: str = ""
    status: str = "Completed"
    of: str = ""

    @property
    def is_money(self) -> bool:
        return self.kind == "confirm" or (self.kind == "pay" and self.status == "Completed")

    @property
    def key(self) -> tuple[str, str]:
        return self.provider, self.reference

    def told_otherwise(self) -> "News":
        """The same reference, with another amount."""
        return replace(self, amount=self.amount + 1)

    def tell(self) -> tuple[int, Any]:
        """Tell it through the door; return the status of HTTP, and the answer."""
        if self.provider == "kaspi":
            order = Order(code=self.order, prepayment=0)
            response = kaspi.send(
                kaspi.a_payment(
                    order,
                    txn_id=self.reference,
                    at=self.at,
                    sum=str(self.amount),
                    account=self.invoice,
                )
            )
        else:
            response = notifications.tell(self.kind, self._body())
        return response.status_code, response.json() if response.status_code == 200 else None

    def _body(self) -> bytes:
        order = Order.objects.select_related("party").get(code=self.order)
        fields: dict[str, Any] = {"Amount": str(self.amount), "InvoiceId": self.invoice}
        if self.kind == "refund":
            return notifications.a_refund(
                order, transaction=int(self.reference), of=int(self.of), at=self.at, **fields
            )
        fields |= {"Currency": self.currency, "Status": self.status, "Email": None}
        if self.kind == "fail":
            fields |= {"ReasonCode": "5051", "Status": None}
        return notifications.a_notification(
            order, at=self.at, transaction=int(self.reference), **fields
        )


class PageMaker:
    """A provider's service that makes payment pages."""

    title = "Bank"
    method_text = "VISA"
    is_open = True

    def __init__(self, slug: str) -> None:
        self.slug = slug

    def start(self, payment: Any, *, addresses: Any, description: str) -> Link:
        return Link(payment.invoice_id, f"https://bank.example/{payment.request_id}")


def moment_of(when: str, order: Order, now: datetime) -> datetime:
    """Tell what the provider's clock shows; whole seconds."""
    midnight = order.pay_before
    moments = {
        "now": now,
        "last second": midnight - timedelta(seconds=1),
        "midnight": midnight,
        "day before": midnight - timedelta(days=1, seconds=1),
    }
    return moments[when].replace(microsecond=0)


def due_of(order: Order) -> int:
    """Tell what a payer would pay: what is not received yet of the half or the rest;
    or the first where nothing is.
    """
    received = money(
        rows("SELECT SUM(amount) FROM payments_allocation WHERE order_id = %s", order.pk)[0][0]
    )
    asked = order.price if order.state == "prepaid" else order.prepayment
    return int(asked - received) or order.prepayment


def amount_of(wrong: str, price: int) -> Decimal:
    amounts = {
        "short": Decimal(price - 1),
        "excess": Decimal(price + 1),
        "tiyn": price - Decimal("0.01"),
    }
    return amounts.get(wrong, Decimal(price)).quantize(Decimal("0.01"))


def state_of(code: str) -> str:
    return str(rows("SELECT state FROM enrollment_order WHERE code = %s", code)[0][0])


def earned_by(
    code: str, *, amount: Decimal, currency: str, paid_at: datetime, now: datetime
) -> str:
    """Say by SQL of its own which state money should bring an order to, if any (2.4, 3.3, 4.3,
    4.3.1, 4.6).
    """
    sql = "SELECT id, state, price, prepayment FROM enrollment_order WHERE code = %s"
    key, state, price, prepayment = rows(sql, code)[0]
    received = (
        money(rows("SELECT SUM(amount) FROM payments_allocation WHERE order_id = %s", key)[0][0])
        + amount
    )
    if currency != "KZT" or not money(prepayment) <= received <= money(price):
        return ""
    earned = "paid" if received == money(price) else "prepaid"
    if state == "prepaid":  # the rest counts whenever it comes, and whole
        return earned if earned == "paid" else ""
    return earned if may_conclude(code, paid_at=paid_at, now=now) else ""


def may_conclude(code: str, *, paid_at: datetime, now: datetime) -> bool:
    """Say whether enough money of this time concludes the contract of an unpaid order (2.4,
    3.3, 4.3, 4.6).
    """
    sql = (
        "SELECT id, state, placed_on, reopened_on, cohort_id, learner_key"
        " FROM enrollment_order WHERE code = %s"
    )
    key, state, ends_on, since, cohort, learner = rows(sql, code)[0]
    if state not in ("awaiting_payment", "lapsed"):
        return False
    if not str(since or ends_on) <= in_almaty(paid_at).isoformat() <= str(ends_on):
        return False
    if rows("SELECT 1 FROM enrollment_withdrawal WHERE lifted_at IS NULL"):
        return False
    if rows(
        "SELECT 1 FROM enrollment_enrollment WHERE learner_key = %s AND cohort_id = %s AND state "
        "<> 'terminated'",
        learner,
        cohort,
    ):
        return False
    sql = """
        SELECT o.id, o.learner_key, o.state, p.held_until FROM enrollment_place p
        LEFT JOIN enrollment_order o ON o.id = p.order_id WHERE p.cohort_id = %s
    """
    return any(
        holder in (None, key)
        or (until is not None and moment(until) <= now)
        or (state == "lapsed" and (whose, holders) == (learner, "awaiting_payment"))
        for holder, whose, holders, until in rows(sql, cohort)
    )


def a_place_is_free(cohort: int, now: datetime) -> bool:
    sql = "SELECT order_id, held_until FROM enrollment_place WHERE cohort_id = %s"
    return any(
        order is None or (until is not None and moment(until) <= now)
        for order, until in rows(sql, cohort)
    )


def holds_a_place_until(code: str) -> datetime | None:
    sql = """
        SELECT p.held_until FROM enrollment_place p JOIN enrollment_order o ON o.id = p.order_id
        WHERE o.code = %s
    """
    return next((moment(until) for (until,) in rows(sql, code) if until), None)


def engine() -> str:
    return connection.vendor
