"""A card provider's API in a thread, over real HTTP: it remembers operations,
and fails as it is told to.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.conf import settings

from tests.given import NOON
from tests.processes import serving

PAGE = 100


class Server(ThreadingHTTPServer):
    request_queue_size = 128


class Bank:
    """What the API knows and was asked; `fails` maps a path to how its next answers go wrong."""

    def __init__(self) -> None:
        self.rows: dict[int, dict[str, Any]] = {}
        self.links: dict[str, str] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, dict[str, Any], str]] = []
        self.raw: list[bytes] = []
        self.fails: dict[str, list[int | str]] = {}
        self.on_request: Callable[[str], None] = lambda path: None
        self.lock = threading.Lock()

    def requests(self, path: str) -> list[dict[str, Any]]:
        return [data for asked, data, _request_id in self.asked if asked == path]

    def has(
        self,
        number: int,
        *,
        status: str = "Completed",
        at: datetime = NOON,
        amount: Any = 199990,
        **more: Any,
    ) -> None:
        """Enter an operation, as if a card had been typed in or the cabinet used."""
        self.rows[number] = {
            "TransactionId": number,
            "Amount": amount,
            "Currency": "KZT",
            "Status": status,
            "Type": 0,
            "CreatedDateIso": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
            "TestMode": False,
            "CardType": "Visa",
            "OriginalTransactionId": None,
            "InvoiceId": None,
            "AccountId": None,
        } | more

    def has_refund(self, number: int, *, of: int, **more: Any) -> None:
        self.has(number, Type=1, OriginalTransactionId=of, **more)

    def do(self, path: str, asked: dict[str, Any]) -> Any:
        """Do what is asked; a ValueError is a refusal."""
        number = asked.get("TransactionId")
        if path in ("/payments/confirm", "/payments/void"):
            row = self.rows.get(number) or refuse("Not found")
            if row["Status"] != "Authorized":
                refuse(f"Transaction is {row['Status']}")
            row["Status"] = "Completed" if path.endswith("confirm") else "Cancelled"
            return None
        if path == "/payments/get":
            return self.rows.get(number) or refuse("Not found")
        if path == "/payments/refund":
            given = sum(
                Decimal(row["Amount"])
                for row in self.rows.values()
                if row["OriginalTransactionId"] == number
            )
            if Decimal(asked["Amount"]) + given > Decimal(self.rows[number]["Amount"]):
                refuse("Amount is more than is left")
            made = 9000 + len(self.rows)
            self.has_refund(
                made, of=number, amount=asked["Amount"], at=NOON + timedelta(minutes=len(self.rows))
            )
            return {"TransactionId": made}
        if path == "/v2/payments/list":
            rows = [
                row
                for row in self.rows.values()
                if asked["CreatedDateGte"] <= row["CreatedDateIso"] <= asked["CreatedDateLte"]
            ]
            rows.sort(key=lambda row: row["CreatedDateIso"])
            return rows[(asked["PageNumber"] - 1) * PAGE : asked["PageNumber"] * PAGE]
        if path == "/orders/cancel":
            if self.links.get(asked["Id"]) == "Paid":
                refuse("Order is paid")
            self.links[asked["Id"]] = "Cancelled"
            return None
        return refuse("No such method")

    def answer(self, path: str, asked: dict[str, Any], request_id: str) -> dict[str, Any]:
        """Answer a request's repetition as the request was."""
        with self.lock:
            if request_id and request_id in self.answers:
                return self.answers[request_id]
            try:
                said = {"Success": True, "Message": None, "Model": self.do(path, asked)}
            except ValueError as error:
                said = {"Success": False, "Message": str(error), "Model": None}
            if request_id:
                self.answers[request_id] = said
            return said


def refuse(message: str) -> Any:
    raise ValueError(message)


def a_handler(bank: Bank) -> type[BaseHTTPRequestHandler]:
    class Api(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = json.loads(body, parse_float=Decimal)
            request_id = self.headers.get("X-Request-ID") or ""
            bank.asked.append((self.path, asked, request_id))
            bank.raw.append(body)
            bank.on_request(self.path)
            failure = bank.fails[self.path].pop(0) if bank.fails.get(self.path) else None
            if isinstance(failure, int):
                self.send_response(failure)
                self.end_headers()
                return
            said = json.dumps(bank.answer(self.path, asked, request_id), default=float).encode()
            if failure == "answer lost":
                self.close_connection = True
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *args: object) -> None:
            pass

    return Api


RUNNING: dict[str, Bank] = {}  # by the address of its API


@contextmanager
def running_bank() -> Iterator[tuple[str, Bank]]:
    """Run such an API; give its address too."""
    there = Bank()
    server = Server(("127.0.0.1", 0), a_handler(there))
    url = f"http://127.0.0.1:{server.server_port}"
    RUNNING[url] = there
    try:
        with serving(server):
            yield url, there
    finally:
        del RUNNING[url]


@pytest.fixture
def bank(settings: Any) -> Iterator[Bank]:
    """Run such an API and point the site at it."""
    with running_bank() as (url, there):
        settings.CARD_API_URL = url
        yield there


@pytest.fixture(scope="session")
def banks_api() -> Iterator[Bank]:
    """The API to which the site turns in every test that has no bank of its own."""
    with running_bank() as (url, there):
        usual = settings.CARD_API_URL
        settings.CARD_API_URL = url
        yield there
        settings.CARD_API_URL = usual


def the_bank_knows(kind: str, body: bytes) -> None:
    """Enter into the bank's book what it is about to tell: a real one does it before.

    What a test entered by itself stays. Money that was taken stays taken, whatever is told later.
    """
    pairs = parse_qsl(body.decode(errors="replace"))
    told = dict(pairs)
    there = RUNNING.get(settings.CARD_API_URL)
    number = told.get("TransactionId", "")
    if there is None or kind not in ("pay", "confirm", "cancel") or not number.isdecimal():
        return
    if len(told) != len(pairs):  # it means what nobody can say
        return
    with there.lock:
        row = there.rows.get(int(number), {})
        if row and "told" not in row:
            return
        status = {"confirm": "Completed", "cancel": "Cancelled"}.get(kind, told.get("Status"))
        order_of_ends = ["Authorized", "Cancelled", "Completed"]
        if status not in order_of_ends:
            return
        names = ("Amount", "Currency", "InvoiceId", "AccountId")
        said = {each: told[each] for each in names if each in told}
        if row and order_of_ends.index(status) <= order_of_ends.index(row["Status"]):
            for name, value in said.items():
                row[name] = row[name] or value
        elif kind == "cancel" and row:
            row["Status"] = status
        else:
            facts = dict.fromkeys(names) | said
            there.has(int(number), status=status, told=True, **facts)
