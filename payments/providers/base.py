"""What a provider is: a translator between its own protocol and the words of this app."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from django.utils.functional import Promise

from enrollment.models import Order
from enrollment.rules.methods import Method
from payments.models import FeeSource, MessageKind, Payment
from payments.rules.matching import Refusal


class ProviderError(Exception):
    """A provider did not do what was asked; `retry` when asking again may help."""

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
    """The pages of ours that a provider's page links to."""

    success: str
    failure: str
    offer: str


@dataclass(frozen=True)
class RefundMade:
    """A refund that a provider reports, with the provider's own reference of it."""

    reference: str
    amount: Decimal
    made_at: datetime


class OperationState(StrEnum):
    """The state of an operation at the provider, in our words."""

    UNDER_WAY = "under way"
    HELD = "held"
    DONE = "done"
    RELEASED = "released"
    DECLINED = "declined"


@dataclass(frozen=True)
class Operation:
    """One operation of the provider's list: a payment, or a refund that names its payment."""

    reference: str
    state: OperationState
    amount: Decimal
    currency: str
    happened_at: datetime
    invoice_id: str = ""
    account: str = ""
    method: str = ""
    is_test: bool = False
    is_refund: bool = False
    refunds_reference: str = ""


@dataclass(frozen=True)
class Fee:
    """The provider's own commission of a payment, and the source that reports it (4.5)."""

    amount: Decimal
    source: FeeSource


@dataclass(frozen=True)
class Notification:
    """A provider's message in our words; `is_final` is False for a hold, which is no receipt.

    `says_its_kind` is False where the same bytes could have been told as another kind: the
    signature covers the body and not the address, so such a message is no word of the provider's
    about what happened, and the provider is asked (decision 0038).
    """

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
    says_its_kind: bool = True
    decline_code: str = ""
    refunds_reference: str = ""
    fee: Fee | None = None


@dataclass(frozen=True)
class Payable:
    """An order that takes money now, and how much is due, in whole tenge.

    A payment that no bank reports to us is reported by the buyer on the order's day, so it can only
    be the first: the rest of 4.3.1 is paid by the methods whose bank reports.
    """

    order: Order
    due: int
    is_first: bool


@dataclass(frozen=True)
class Panel:
    """The part of the order's page that shows how to pay: its template and context."""

    template: str
    facts: dict[str, Any] = field(default_factory=dict)


class Provider(Protocol):
    """Anything that takes money for us: its methods of 4.4 and how pages show it."""

    slug: str
    icon: str
    refund_words: tuple[str, str]
    """How money goes back, in Kazakh and Russian, for the answer to a demand."""

    @property
    def title(self) -> Promise | str:
        """The name that staff see."""
        ...

    @property
    def methods(self) -> tuple[Method, ...]:
        """The methods of 4.4 that it takes."""
        ...

    @property
    def page_origin(self) -> str:
        """The origin of its payment page, to which our form redirects; empty without one."""
        ...

    def panel(self, payable: Payable, method: Method) -> Panel | None:
        """How an order is paid by a method now; None when the method is closed for it."""
        ...


@runtime_checkable
class CanStart(Protocol):
    """A provider on whose page an attempt is paid."""

    slug: str
    method_text: str
    """What an attempt says of its method before the provider tells."""

    @property
    def is_open(self) -> bool:
        """True when buyers can pay through it."""
        ...

    def start(self, payment: Payment, *, addresses: Addresses, description: str) -> Link:
        """Make the page on which this attempt is paid.

        Talks to the network; raises ProviderError.
        """
        ...


@runtime_checkable
class CanRefund(Protocol):
    """A provider that gives money back when it is asked (4.6)."""

    slug: str

    def refund(self, reference: str, amount: Decimal, *, request_id: str) -> str:
        """Give back this much of the payment `reference`; return the refund's reference.

        Talks to the network. The same `request_id` within an hour is the same refund; later, ask
        `refunds_of` first. Raises ProviderError.
        """
        ...

    def refunds_of(self, reference: str) -> list[RefundMade]:
        """What was given back of the payment `reference` so far.

        Talks to the network; raises ProviderError.
        """
        ...


@runtime_checkable
class CanHold(Protocol):
    """A provider that holds money first, and takes or releases it when it is asked.

    All methods talk to the network.
    """

    slug: str

    def confirm(self, reference: str, amount: Decimal, *, request_id: str) -> None:
        """Take held money. Raises ProviderError."""
        ...

    def release(self, reference: str, *, request_id: str) -> None:
        """Release held money. Raises ProviderError."""
        ...

    def operation(self, reference: str) -> Operation:
        """One operation as it is now. Raises ProviderError."""
        ...


@runtime_checkable
class CanList(Protocol):
    """A provider whose own list of operations can be read; all methods talk to the network."""

    slug: str

    def operation(self, reference: str) -> Operation:
        """One operation as it is now.

        Raises ProviderError; one without `retry` means that the provider does not know it.
        """
        ...

    def operations_between(self, since: datetime, until: datetime) -> Iterator[Operation]:
        """The payments and refunds from `since`, included, until before `until`.

        Raises ProviderError.
        """
        ...


@runtime_checkable
class CanCancelLink(Protocol):
    """A provider whose payment pages can be closed before they are paid."""

    slug: str

    def cancel_link(self, number: str, *, request_id: str) -> None:
        """Close a page that the provider made. Talks to the network; raises ProviderError."""
        ...


@runtime_checkable
class TellsByMessage(Protocol):
    """A provider that sends messages: a question before it takes money, a report afterwards."""

    slug: str
    names_orders: bool
    """Whether its messages name the order itself instead of one attempt to pay it."""
    gives_back: frozenset[Refusal]
    """Why it takes a refusal for an answer to money.

    Only then it gives the money back to the payer by itself.
    """

    def reference_of(self, kind: MessageKind, body: bytes) -> str:
        """The reference in a message, even in one that cannot be read."""
        ...

    def what_it_says(self, kind: MessageKind, body: bytes) -> bytes:
        """The content that must be equal in two messages of one reference, else a conflict (M7)."""
        ...

    def what_is_kept(self, body: bytes) -> str:
        """The message without what must not be stored."""
        ...

    def parse(self, kind: MessageKind, body: bytes) -> Notification:
        """Read a message; raise UnreadableError. A pure function of the bytes."""
        ...

    def code_for(self, kind: MessageKind, refusal: Refusal | None) -> int:
        """The refusal, or the consent, in the provider's numbers."""
        ...
