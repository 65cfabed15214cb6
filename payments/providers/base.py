"""What a provider is: a translator between its own dialect and the words of this app."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol, runtime_checkable

from django.utils.functional import Promise

from payments.models import MessageKind, Payment
from payments.rules.matching import Refusal


class ProviderError(Exception):
    """A provider did not do what was asked; `retry` says whether asking again may help."""

    def __init__(self, message: str, *, retry: bool) -> None:
        super().__init__(message)
        self.retry = retry


class UnreadableError(Exception):
    """A genuine message that lacks what its kind must have."""


@dataclass(frozen=True)
class Link:
    """A page of the provider on which one payment is made."""

    number: str
    url: str


@dataclass(frozen=True)
class Addresses:
    """The pages that a provider's page leads to."""

    success: str
    failure: str
    offer: str


@dataclass(frozen=True)
class RefundMade:
    """Money that a provider says it gave back: its own reference, how much, and when."""

    reference: str
    amount: Decimal
    made_at: datetime


@dataclass(frozen=True)
class Notification:
    """What a provider's message says, in our words. `is_final` is False for a hold, which is no receipt."""

    kind: MessageKind
    reference: str
    amount: Decimal
    happened_at: datetime
    currency: str = ""
    invoice_id: str = ""
    account: str = ""
    method: str = ""
    is_test: bool = False
    is_final: bool = True
    decline_code: str = ""
    refunds_reference: str = ""


class Provider(Protocol):
    """Anything that takes money for us."""

    slug: str
    title: Promise | str
    methods: str

    @property
    def is_open(self) -> bool:
        """Whether buyers can pay through it."""
        ...

    def start(self, payment: Payment, *, addresses: Addresses, description: str) -> Link:
        """Make the page on which this attempt is paid. Talks to the network; raises ProviderError."""
        ...


@runtime_checkable
class CanRefund(Protocol):
    """A provider that gives money back when it is asked (4.6)."""

    slug: str

    def refund(self, reference: str, amount: Decimal, *, request_id: str) -> str:
        """Give back this much of the payment `reference`; return the provider's reference of the refund.

        Talks to the network. The same `request_id` within an hour is the same refund; later, ask `refunds_of` first.
        Raises ProviderError.
        """
        ...

    def refunds_of(self, reference: str) -> list[RefundMade]:
        """List what was given back of the payment `reference` so far. Talks to the network; raises ProviderError."""
        ...


class TellsByMessage(Protocol):
    """A provider that asks before it takes money, and tells afterwards."""

    slug: str
    names_orders: bool
    """Whether its messages name the order itself instead of one attempt to pay it."""
    gives_back: frozenset[Refusal]
    """Why it takes a refusal for an answer to money: only then it gives the money back to the payer by itself."""

    def reference_of(self, kind: MessageKind, body: bytes) -> str:
        """Find the reference in a message, even in one that cannot be read."""
        ...

    def what_it_says(self, kind: MessageKind, body: bytes) -> bytes:
        """Give what makes two messages of one reference the same; told otherwise they contradict (M7)."""
        ...

    def what_is_kept(self, body: bytes) -> str:
        """Leave out of a message what must not be stored."""
        ...

    def parse(self, kind: MessageKind, body: bytes) -> Notification:
        """Read a message; raise UnreadableError. A pure function of the bytes."""
        ...

    def code_for(self, kind: MessageKind, refusal: Refusal | None) -> int:
        """Say it in the provider's numbers."""
        ...
