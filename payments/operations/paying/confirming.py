"""Asking a provider whether a message is true, where its bytes alone do not tell (decision 0038).

A signature covers a message's body and not the address at which it was told: a Check's bytes, told
again as a Pay, are genuine. So a Pay that was never checked, or that could be a Check, concludes no
contract before the provider itself has named the payment; nor does a hold end by such a message.
"""

from collections.abc import Sequence
from dataclasses import replace

from payments.models import Hold, LedgerEntry, MessageKind, Outcome, ProviderMessage
from payments.providers.base import (
    CanList,
    Notification,
    Operation,
    OperationState,
    ProviderError,
    TellsByMessage,
    UnreadableError,
)

TAKEN = (OperationState.DONE, OperationState.HELD)
LET_GO = (OperationState.RELEASED, OperationState.DECLINED)
# The states of an operation in which a message of a kind is true, and those in which it never will
# be. A hold that was told late may have ended since.
TRUE_IN = {
    MessageKind.PAY: TAKEN,
    MessageKind.CONFIRM: (OperationState.DONE,),
    MessageKind.CANCEL: LET_GO,
}
NEVER_IN = {
    MessageKind.PAY: LET_GO,
    MessageKind.CONFIRM: LET_GO,
    MessageKind.CANCEL: (OperationState.DONE,),
}


class NotConfirmedError(Exception):
    """The provider did not confirm a message; `is_final` when it said that it is not true."""

    def __init__(self, message: str, *, is_final: bool) -> None:
        super().__init__(message)
        self.is_final = is_final


def confirm_message(
    notification: Notification, *, provider: TellsByMessage, checks: Sequence[ProviderMessage]
) -> Notification:
    """The message, with what the provider itself says where it had to be asked.

    `checks` are the stored Checks of its reference. Talks to the network, outside any transaction;
    raises NotConfirmedError. A provider that cannot be asked is taken at its word.
    """
    if not isinstance(provider, CanList) or not _is_doubtful(notification, provider, checks):
        return notification
    try:
        operation = provider.operation(notification.reference)
    except ProviderError as error:
        # Also one that is not known: the provider's own list may be a moment late.
        raise NotConfirmedError(str(error), is_final=False) from error
    return _compared(notification, operation)


def _is_doubtful(
    notification: Notification, provider: TellsByMessage, checks: Sequence[ProviderMessage]
) -> bool:
    if notification.kind not in TRUE_IN:
        return False
    is_a_pay = notification.kind == MessageKind.PAY and notification.says_its_kind
    if is_a_pay and any(_allowed_it(check, notification, provider) for check in checks):
        return False
    return not _is_known(notification, provider)


def _allowed_it(
    check: ProviderMessage, notification: Notification, provider: TellsByMessage
) -> bool:
    """True when this Check was about the same payment, and we said that it may be made."""
    if check.outcome != Outcome.ALLOWED:
        return False
    try:
        asked = provider.parse(MessageKind.CHECK, check.body.encode())
    except UnreadableError:
        return False
    return (asked.amount, asked.currency, asked.invoice_id) == (
        notification.amount,
        notification.currency,
        notification.invoice_id,
    )


def _is_known(notification: Notification, provider: TellsByMessage) -> bool:
    """True when what the message says is recorded already, so that it changes nothing."""
    named = {"provider": provider.slug, "reference": notification.reference}
    if LedgerEntry.objects.receipts().filter(**named).exists():
        return True
    return (
        notification.kind == MessageKind.CANCEL
        and Hold.objects.filter(**named, released_at__isnull=False).exists()
    )


def _compared(notification: Notification, operation: Operation) -> Notification:
    """What the provider says of the operation must be what the message says of it."""
    kind = notification.kind
    is_hold = kind == MessageKind.PAY and not notification.is_final
    true_in = (*TRUE_IN[kind], OperationState.RELEASED) if is_hold else TRUE_IN[kind]
    if operation.is_refund:
        raise NotConfirmedError("the provider says: a refund", is_final=True)
    if operation.state not in true_in:
        raise NotConfirmedError(
            f"the provider says: {operation.state}", is_final=operation.state in NEVER_IN[kind]
        )
    known = (operation.amount, operation.currency, operation.invoice_id)
    claimed = (
        notification.amount,
        notification.currency or operation.currency,
        notification.invoice_id,
    )
    if kind != MessageKind.CANCEL and known != claimed:
        raise NotConfirmedError(f"told {claimed}, the provider says {known}", is_final=True)
    return replace(
        notification,
        is_final=notification.is_final and operation.state != OperationState.HELD,
        is_test=notification.is_test or operation.is_test,
    )
