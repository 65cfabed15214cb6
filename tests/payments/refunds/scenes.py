"""Refunds for tests: two people, cases as staff make them,
and a bank that gives money back over real HTTP.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from enrollment.models import Order
from offer_site.accounts.models import User
from offer_site.days import almaty_day
from payments.models import AskedBy, Ground, LedgerEntry, RefundCase, RefundDecision, RefundPayout
from payments.operations.ledger.receipts import Receipt
from payments.operations.refunds.cases import open_refund_case
from payments.operations.refunds.decisions import approve_decision, propose_decision
from payments.providers.asking import post_json
from payments.providers.base import ProviderError, RefundMade
from tests.given import NOON, a_receipt
from tests.processes import serving

REASONS = {
    "reasons_kk": "Сабақтар басталмай тұрып бас тарттыңыз. Шығын болған жоқ.",
    "reasons_ru": "Вы отказались до начала занятий. Расходов не было.",
}


def a_person(name: str) -> User:
    return User.objects.filter(
        email=f"{name}@desk.example.kz"
    ).first() or User.objects.create_superuser(f"{name}@desk.example.kz")


def a_case(order: Order | None = None, *, at: datetime = NOON, **wishes: Any) -> RefundCase:
    """A case that one person opened today."""
    values: dict[str, Any] = {
        "ground": Ground.LAW,
        "asked_by": AskedBy.CUSTOMER,
        "asked_on": almaty_day(at),
        "demand": "Ақшамды қайтарыңыз",
        "document": "хат, 23.11.2026",
    }
    return open_refund_case(order=order, by=a_person("opener"), at=at, **(values | wishes))


def a_proposal(
    case: RefundCase, granted: Decimal | int, *, at: datetime = NOON, **wishes: Any
) -> RefundDecision:
    values = REASONS | wishes
    return propose_decision(
        case=case, granted=Decimal(granted), by=a_person("first"), at=at, **values
    )


def an_approval(case: RefundCase, *, at: datetime = NOON) -> RefundDecision:
    return approve_decision(case=case, by=a_person("second"), at=at)


def an_approved_case(
    order: Order | None, granted: Decimal | int, *, at: datetime = NOON, **wishes: Any
) -> RefundCase:
    case = a_case(order, at=at, **wishes)
    a_proposal(case, granted, at=at)
    an_approval(case, at=at)
    return RefundCase.objects.get(pk=case.pk)


def the_payout(case: RefundCase) -> RefundPayout:
    return RefundPayout.objects.get(case=case)


def by_kaspi(
    order: Order, *, reference: str = "k-1", amount: int | None = None, at: datetime = NOON
) -> Receipt:
    """Money through Kaspi, which gives nothing back when a program asks."""
    receipt = a_receipt(order, at=at, amount=amount, reference=reference)
    return Receipt(**(receipt.__dict__ | {"provider": "kaspi", "method": "Kaspi"}))


@dataclass
class Bank:
    """A bank that gives money back: under one request's number once, however often it is asked."""

    url: str = ""
    asked: list[str] = field(default_factory=list)  # the numbers of requests for money
    looked: int = 0
    made: dict[str, dict[str, Any]] = field(default_factory=dict)  # by the request's number
    moods: list[str] = field(default_factory=list)  # how it answers the next requests for money
    forgets: bool = False  # whether the hour is over in which a request's number is known
    clock: datetime = NOON
    lock: Any = field(default_factory=threading.Lock)

    @property
    def paid(self) -> Decimal:
        return sum((Decimal(each["amount"]) for each in self.made.values()), Decimal(0))

    def refund(self, told: dict[str, Any], number: str) -> tuple[str, dict[str, Any]]:
        with self.lock:
            self.asked.append(number)
            mood = self.moods.pop(0) if self.moods else "well"
            if mood in ("busy", "refused"):
                return mood, {}
            if self.forgets or number not in self.made:
                made = {
                    "reference": f"r-{len(self.made) + 1}",
                    "amount": told["amount"],
                    "of": told["reference"],
                    "made_at": self.clock.isoformat(),
                }
                self.made[number if number not in self.made else f"{number}-again"] = made
            return mood, self.made[number]

    def refunds(self, told: dict[str, Any]) -> list[dict[str, Any]]:
        with self.lock:
            self.looked += 1
            return [each for each in self.made.values() if each["of"] == told["reference"]]


class Speaking:
    """The provider that translates for this bank, as small as one can be."""

    slug = "card"
    title = "Test"
    method_text = "card"
    is_open = True
    names_orders = False
    gives_back = frozenset()

    def __init__(self, url: str) -> None:
        self.url = url

    def refund(self, reference: str, amount: Decimal, *, request_id: str) -> str:
        told = {"reference": reference, "amount": str(amount)}
        answer = post_json(f"{self.url}/refund", told, headers={"X-Request-ID": request_id})
        if not answer.get("reference"):
            raise ProviderError("refused: no money", retry=False)
        return str(answer["reference"])

    def refunds_of(self, reference: str) -> list[RefundMade]:
        answer = post_json(f"{self.url}/refunds", {"reference": reference})
        return [
            RefundMade(
                each["reference"], Decimal(each["amount"]), datetime.fromisoformat(each["made_at"])
            )
            for each in answer["made"]
        ]


@contextmanager
def a_bank() -> Iterator[Bank]:
    """Run the bank on a free port."""
    bank = Bank()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/refunds":
                return self.say(200, {"made": bank.refunds(told)})
            mood, made = bank.refund(told, self.headers["X-Request-ID"])
            if mood == "silent":  # the money left, and the line broke before the answer
                self.close_connection = True
                return None
            return self.say(503 if mood == "busy" else 200, made)

        def say(self, status: int, answer: dict[str, Any]) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    bank.url = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        yield bank


def of_the_ledger(kind: str) -> list[LedgerEntry]:
    return list(LedgerEntry.objects.filter(kind=kind).order_by("pk"))
