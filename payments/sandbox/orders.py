"""The sandbox bank's order links: the link holds the signed request, the book its result."""

import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.core import signing

from .book import DECLINED, HELD, TAKEN, Entry, written

_SIGNER = signing.Signer(salt="sandbox-bank.order")
_ATTEMPTS = signing.Signer(salt="sandbox-bank.attempt")
EXPIRED = "5054"
CULTURES = {"kk": "kk", "kk-KZ": "kk", "ru": "ru", "ru-RU": "ru"}


@dataclass(frozen=True)
class BankOrder:
    """What the shop asked the bank to take."""

    number: str
    amount: str
    currency: str
    description: str
    invoice_id: str
    account_id: str
    email: str
    offer_uri: str
    culture: str
    success_url: str
    fail_url: str
    data: str
    two_stages: bool = False

    @property
    def token(self) -> str:
        return _SIGNER.sign_object(asdict(self), compress=True)

    @property
    def language(self) -> str:
        return CULTURES.get(self.culture, "ru")


@dataclass(frozen=True)
class Attempt:
    """One card typed in; from here on the bank knows the transaction by its number."""

    transaction_id: str
    at: str
    first_six: str
    last_four: str
    card_type: str
    expires: str
    decline_code: str
    tell_later: bool

    def entry(self, order: BankOrder) -> Entry:
        """The attempt as the bank's book has it: held, taken, or declined."""
        done = HELD if order.two_stages else TAKEN
        return Entry(
            number=int(self.transaction_id),
            at=self.at,
            status=DECLINED if self.decline_code else done,
            amount=order.amount,
            currency=order.currency,
            invoice_id=order.invoice_id,
            account_id=order.account_id,
            email=order.email,
            description=order.description,
            card_type=self.card_type,
            first_six=self.first_six,
            last_four=self.last_four,
            expires=self.expires,
            data=order.data,
            link=order.number,
        )

    @property
    def token(self) -> str:
        return _ATTEMPTS.sign_object(asdict(self), compress=True)


def new_number() -> int:
    return 10**9 + secrets.randbelow(9 * 10**9)


def number_for(request_id: str) -> str:
    """A number by the request's id, so that a repeated request makes the same link."""
    return (
        hashlib.sha256(request_id.encode()).hexdigest()[:16] if request_id else secrets.token_hex(8)
    )


def read_order(token: str) -> BankOrder:
    """Read a link; raise BadSignature when this bank did not make it."""
    return BankOrder(**_read(_SIGNER, token))


def read_attempt(token: str) -> Attempt:
    return Attempt(**_read(_ATTEMPTS, token))


def _read(signer: signing.Signer, token: str) -> dict[str, Any]:
    found = signer.unsign_object(token)
    if not isinstance(found, dict):
        raise signing.BadSignature("not an object")
    return found


@dataclass(frozen=True)
class TestCard:
    """A published test card; `decline_code` is empty for a card that is accepted."""

    number: str
    card_type: str
    is_secure: bool
    decline_code: str = ""

    @property
    def spaced(self) -> str:
        return " ".join(self.number[place : place + 4] for place in range(0, 16, 4))


CARDS = {
    card.number: card
    for card in (
        TestCard("4111111111111111", "Visa", is_secure=False),
        TestCard("4242424242424242", "Visa", is_secure=True),
        TestCard("5555555555554444", "MasterCard", is_secure=True),
        TestCard("4000000000003055", "Visa", is_secure=False),
        TestCard("5205000000003055", "MasterCard", is_secure=False),
        TestCard("4000056655665556", "Visa", is_secure=False, decline_code="5051"),
        TestCard("4012888888881881", "Visa", is_secure=True, decline_code="5051"),
        TestCard("5105105105105100", "MasterCard", is_secure=True, decline_code="5051"),
    )
}


def new_attempt(*, card: TestCard, expires: date, tell_later: bool, at: datetime) -> Attempt:
    """A new transaction; the card decides its result, unless the card has expired."""
    expired = (expires.year, expires.month) < (at.year, at.month)
    return Attempt(
        transaction_id=str(new_number()),
        at=written(at),
        first_six=card.number[:6],
        last_four=card.number[-4:],
        card_type=card.card_type,
        expires=f"{expires:%m/%y}",
        decline_code=EXPIRED if expired else card.decline_code,
        tell_later=tell_later,
    )
