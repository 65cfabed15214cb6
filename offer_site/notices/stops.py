"""A stop of sending: the mail server refuses us, all letters wait, and staff are told once (0041).

One letter tries again at each `next_attempt_at`; the first that is taken ends the stop.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from offer_site.leases import Pauses
from offer_site.retries import once_more_if_beaten

from .models import SendingStop

log = logging.getLogger(__name__)

# A code is of use for ten minutes: letters must leave soon after the server is well again.
PAUSES = Pauses(first=timedelta(minutes=1), longest=timedelta(minutes=10))


def is_stopped(at: datetime) -> bool:
    """True while no letter may try."""
    return SendingStop.objects.standing().filter(next_attempt_at__gt=at).exists()


@once_more_if_beaten
@transaction.atomic
def note_refusal(*, answer: str, at: datetime) -> SendingStop:
    """Begin a stop, or prolong the one that stands."""
    stop = SendingStop.objects.select_for_update().filter(ended_at=None).first()
    if stop is None:
        stop = SendingStop.objects.create(
            begun_at=at, answer=answer, next_attempt_at=at + PAUSES.after(1)
        )
        log.error("All letters wait: %s", answer)
    elif stop.next_attempt_at <= at:  # not the refusal of a letter that was on its way already
        stop.attempts += 1
        stop.answer = answer
        stop.next_attempt_at = at + PAUSES.after(stop.attempts)
        stop.save(update_fields=["attempts", "answer", "next_attempt_at"])
    return stop


def note_taken(*, at: datetime) -> None:
    """The server took a letter: nothing holds the others back any more."""
    if SendingStop.objects.standing().update(ended_at=at):
        log.warning("The mail server takes letters again.")


def try_now(*, stop: SendingStop, at: datetime) -> None:
    """Let the next letter try at once, for staff who have mended the cause."""
    SendingStop.objects.standing().filter(pk=stop.pk).update(next_attempt_at=at)
