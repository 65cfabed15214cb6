"""What a statement of 100 000 operations costs beside its bare reading,
and what buyers notice of it meanwhile.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from offer_site.days import ALMATY
from tests.bench.road import sign
from tests.bench.visitor import Visitor
from tests.processes import PROJECT, Process, answers

OPERATIONS = 100_000
TO_SETTLE = 300
TO_PAY_MEANWHILE = 500
PAUSE = 0.1  # seconds between the callbacks of a provider
BOUNDS = {"ratio": 3, "megabytes": 200, "longest wait, s": 1}
FORM = "application/x-www-form-urlencoded"


def scale(env: dict[str, str], *words: str | Path) -> Any:
    """Run one process of the bench and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.scale", *map(str, words)],
        cwd=PROJECT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return json.loads(done.stdout) if done.stdout else None


@dataclass
class Buyers:
    """Those who pay by card and by Kaspi while the import runs,
    and how long their banks waited for each answer.
    """

    port: int
    secret: str
    orders: list[str]
    price: int
    waits: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.over = threading.Event()
        half = len(self.orders) // 2
        self.threads = [
            threading.Thread(target=self._tell, args=(jobs,))
            for jobs in (self._by_kaspi(self.orders[:half]), self._by_card(self.orders[half:]))
        ]

    def __enter__(self) -> "Buyers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *caught: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _tell(self, jobs: Iterator[Any]) -> None:
        for job in jobs:
            start = time.monotonic()
            answer = job()
            self.waits.append(time.monotonic() - start)
            said = json.loads(answer.body) if answer.status == 200 else {}
            if said.get("result", said.get("code")) != 0:
                self.faults.append(f"{answer.status} {answer.body[:200]!r}")
            if self.over.wait(PAUSE):
                return

    def _by_kaspi(self, codes: list[str]) -> Iterator[Any]:
        """Pay one order after another; when all are paid the bank repeats itself."""
        moment = f"{datetime.now(ALMATY):%Y%m%d%H%M%S}"
        for number, code in cycle(enumerate(codes, 1)):
            told = {
                "command": "pay",
                "txn_id": f"{number:018}",
                "txn_date": moment,
                "account": code,
                "sum": f"{self.price}.00",
            }
            yield lambda told=told: Visitor(self.port).get(f"/callbacks/kaspi/?{urlencode(told)}")

    def _by_card(self, codes: list[str]) -> Iterator[Any]:
        moment = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
        for number, code in cycle(enumerate(codes, 1)):
            told = {
                "TransactionId": number,
                "Amount": f"{self.price}.00",
                "Currency": "KZT",
                "DateTime": moment,
                "PaymentAmount": f"{self.price}.00",
                "PaymentCurrency": "KZT",
                "TestMode": 0,
                "Status": "Completed",
                "OperationType": "Payment",
                "InvoiceId": f"{code}-1",
                "AccountId": code,
            }
            self._card("check", told)
            yield lambda told=told: self._card("pay", told | {"GatewayName": "Bank"})

    def _card(self, kind: str, told: dict[str, Any]) -> Any:
        body = urlencode(told).encode()
        headers = {"Content-Type": FORM, "Content-HMAC": sign(body, secret=self.secret)}
        return Visitor(self.port).send(f"/callbacks/card/{kind}/", body, headers)


def measure(
    env: dict[str, str], *, port: int, folder: Path, name: str, command: tuple[str, ...]
) -> None:
    """Import a large file while buyers pay on a live server of the same database;
    print one line.
    """
    server = Process(*command, log=folder / f"{name}.log", env=env)
    try:
        server.wait_until(lambda: answers(port))
        laid = scale(env, "orders", str(TO_SETTLE + TO_PAY_MEANWHILE))
        codes = laid["codes"]
        price = laid["price"]
        file = folder / f"{name}.txt"
        scale(
            env,
            "write",
            file,
            json.dumps({"codes": codes[:TO_SETTLE], "price": price}),
            str(OPERATIONS),
        )
        bare = scale(env, "bare", file)
        buyers = Buyers(
            port=port, secret=env["CARD_API_SECRET"], orders=codes[TO_SETTLE:], price=price
        )
        with buyers:
            time.sleep(5)
            calm = max(buyers.waits)
            buyers.waits.clear()
            product = scale(env, "import", file)
            waits = sorted(buyers.waits)
        print(
            f"{name:<12}{product['seconds'] / bare['seconds']:>6.2f} "
            f"({product['cpu'] / bare['cpu']:.2f} of CPU)"
            f"{bare['seconds']:>9.1f}{product['seconds']:>9.1f}"
            f"{bare['megabytes']:>9.0f}{product['megabytes']:>9.0f}"
            f"{product['lines']:>9.0f}{product['settled']:>9.0f}"
            f"{len(waits):>11}{waits[len(waits) // 2]:>9.3f}"
            f"{waits[-1]:>9.3f}{calm:>9.3f}{len(buyers.faults):>8}"
        )
        for fault in buyers.faults[:3]:
            print(f"    {fault}")
    finally:
        server.stop()


def heading() -> None:
    """Say what the figures are, and what is promised of them."""
    print(
        f"\n{OPERATIONS} operations of a bank statement, {TO_SETTLE} of them naming orders that "
        f"await payment; "
        f"bounds: ratio {BOUNDS['ratio']}, {BOUNDS['megabytes']} MB, a wait of "
        f"{BOUNDS['longest wait, s']} s"
    )
    print(
        f"{'engine':<12}{'ratio':>22}{'bare s':>9}{'import s':>9}"
        f"{'bare MB':>9}{'MB':>9}{'lines':>9}{'settled':>9}"
        f"{'callbacks':>11}{'median s':>9}{'longest':>9}{'calm':>9}{'faults':>8}"
    )
