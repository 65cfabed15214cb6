"""The road that the bench walks: what goes before each path is prepared unmeasured,
and one request is left to do.
"""

import hashlib
import hmac
import urllib.parse
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from tests.bench.readers import Readers, readers
from tests.bench.visitor import Answer, Visitor
from tests.sites import manage

Job = Callable[[], Answer]
CHECKOUT = "/kk/checkout/birge/"
CHECK, PAY = "/callbacks/card/check/", "/callbacks/card/pay/"
LAY_PLACES = """
from enrollment.models import Cohort, Place
for cohort in Cohort.objects.all():
    first = cohort.places.count() + 1
    numbers = range(first, first + {count})
    Place.objects.bulk_create(Place(cohort=cohort, number=number) for number in numbers)
"""


@dataclass
class Placed:
    """An order as its buyer knows it."""

    code: str
    price: str
    visitor: Visitor


class Road:
    """Buyers who order and pay, one after another; each is somebody new."""

    def __init__(self, port: int, env: dict[str, str]) -> None:
        self.port = port
        self.env = env
        self.numbers = count(1)
        self.placed: list[Placed] = []
        self.messages: list[bytes] = []
        self.readers: Readers | None = None

    def lay_places(self, count: int) -> None:
        """Add places to every cohort, so that nobody is turned away."""
        manage(self.env, "shell", "--verbosity", "0", "-c", LAY_PLACES.format(count=count))

    def paths(self, count: int) -> Iterator[tuple[str, list[Job]]]:
        """Give each path with so many of its requests, ready to be sent;
        each stands on what the one before did.
        """
        yield "home", [self.home() for _ in range(count)]
        self.placed.clear()
        yield "checkout", [self.checkout() for _ in range(count)]
        self.messages = [self.message(placed) for placed in self.placed]
        yield "payment", [self.notification(body) for body in self.messages]
        yield "repetition", [self.notification(body) for body in self.messages]
        yield "wrong signature", [self.forgery(body) for body in self.messages]
        who = self.readers = self.readers or readers(self.port, self.env)
        for name, read in (
            ("cabinet", who.cabinet),
            ("course", who.course),
            ("register", who.register),
        ):
            yield name, [self.reading(read)] * count

    def reading(self, read: Job) -> Job:
        """Open a page of somebody who is signed in."""
        return lambda: expect(read(), 200)

    def home(self) -> Job:
        """Open the home page, as somebody whom the site has not seen."""
        return lambda: expect(Visitor(self.port).get("/kk/"), 200)

    def checkout(self) -> Job:
        """Read the checkout page and fill its form in; sending it is what is left."""
        number = next(self.numbers)
        visitor = Visitor(self.port, f"198.18.{number // 250 % 250}.{number % 250}")
        page = expect(visitor.get(CHECKOUT), 200)
        shown = page.hidden_fields()
        form = shown | {
            "kind": "person",
            "surname": "Сейітқали",
            "name": "Әлия",
            "patronymic": "Нұрланқызы",
            "phone": f"+7701{number:07}",
            "email": f"buyer{number}@example.kz",
            "address": "Шымкент қаласы, Тәуке хан даңғылы, 1",
            "consent_truth": "on",
            "consent_contract": "on",
        }

        def send() -> Answer:
            answer = expect(visitor.post(CHECKOUT, form), 302)
            code = answer.location.rstrip("/").rpartition("/")[2]
            self.placed.append(Placed(code, shown["shown_price"], visitor))
            return answer

        return send

    def message(self, placed: Placed) -> bytes:
        """Start the payment, let it be checked, and write the provider's word that it was made."""
        expect(placed.visitor.post(f"/kk/orders/{placed.code}/payments/", {}), 302)
        told = {
            "TransactionId": str(900_000_000 + next(self.numbers)),
            "Amount": f"{placed.price}.00",
            "Currency": "KZT",
            "PaymentAmount": f"{placed.price}.00",
            "PaymentCurrency": "KZT",
            "DateTime": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}",
            "CardFirstSix": "400005",
            "CardLastFour": "5556",
            "CardType": "Visa",
            "CardExpDate": "12/30",
            "TestMode": "0",
            "Status": "Completed",
            "OperationType": "Payment",
            "InvoiceId": f"{placed.code}-1",
            "AccountId": placed.code,
            "Name": "ALIYA SEITKALI",
            "IpAddress": "192.0.2.1",
            "Data": "{}",
        }
        check = urllib.parse.urlencode(told).encode()
        secret = self.env["CARD_API_SECRET"]
        self.tell(check, signature=sign(check, secret=secret), status=200, address=CHECK)
        return urllib.parse.urlencode(told | {"GatewayName": "Bank"}).encode()

    def notification(self, body: bytes) -> Job:
        """Send the provider's word, signed."""
        return lambda: self.tell(
            body, signature=sign(body, secret=self.env["CARD_API_SECRET"]), status=200
        )

    def forgery(self, body: bytes) -> Job:
        """Send it signed by somebody else."""
        return lambda: self.tell(body, signature=sign(body, secret="another"), status=403)

    def tell(self, body: bytes, *, signature: str, status: int, address: str = PAY) -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-HMAC": signature}
        return expect(Visitor(self.port).send(address, body, headers), status)


def sign(body: bytes, *, secret: str) -> str:
    """Compute what the provider says in Content-HMAC."""
    return b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def expect(answer: Answer, status: int) -> Answer:
    """Stop the bench when the site does not do what is measured."""
    if answer.status != status:
        raise RuntimeError(
            f"{answer.status} instead of {status}: {answer.body.decode(errors='replace')[:3000]}"
        )
    return answer
