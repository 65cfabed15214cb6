"""Whose an e-mail was on a day: the registered address of each contract's party (12.1.2.2)."""

import re
from collections.abc import Iterable
from datetime import datetime

from django.db.models import F
from django.db.models.functions import Coalesce

from enrollment.models import Order, Party
from enrollment.rules.order_states import OrderState
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice

from .reading import ReadLetter

CODE = re.compile(r"\b[A-Z0-9]{6,16}\b")


def orders_once_under(email: str) -> list[int]:
    """The keys of all orders that are or were registered under this exact e-mail, in order."""
    if not email:
        return []
    parties = Party.objects.filter(email=email).values_list(
        Coalesce(F("former_of"), F("pk")), flat=True
    )
    return list(
        Order.objects.filter(party__in=list(parties)).order_by("pk").values_list("pk", flat=True)
    )


def registered_emails(orders: Iterable[Order], *, at: datetime) -> dict[int, str]:
    """The e-mail of each order at a moment, by its key; empty where nothing tells it any more.

    Corrections stand in the journal with the digest of the values before, and those are kept. Two
    statements for all orders together.
    """
    by_code = {each.code: each for each in orders}
    later = Entry.objects.filter(chain__in=list(by_code), verb="email.corrected", at__gt=at)
    first: dict[str, str] = {}
    for chain, facts in later.order_by("chain", "number").values_list("chain", "facts"):
        first.setdefault(chain, facts.get("party_before", ""))
    corrected = [by_code[code].party_id for code in first]
    formers: dict[int, list[Party]] = {}
    for former in Party.objects.filter(former_of__in=corrected) if corrected else ():
        formers.setdefault(former.former_of_id or 0, []).append(former)
    found = {}
    for code, order in by_code.items():
        rows = [order.party, *formers.get(order.party_id, [])]
        found[order.pk] = (
            next((row.email for row in rows if row.digest() == first[code]), "")
            if code in first
            else order.party.email
        )
    return found


def concerned(orders: Iterable[Order], *, letter: ReadLetter, at: datetime) -> list[Order]:
    """The contracts that a letter is about: those under its sender's address when it came.

    One that it answers, or names in its subject, goes before the others; contracts go before orders
    that never became any.
    """
    orders = list(orders)
    emails = registered_emails(orders, at=at)
    theirs = [each for each in orders if emails[each.pk] == letter.sender]
    named = set(CODE.findall(letter.subject.upper()))
    answered = set(
        Notice.objects.filter(message_id__in=letter.answers).values_list("order_code", flat=True)
    )
    for codes in (named, answered):
        chosen = [each for each in theirs if each.code in codes]
        if chosen:
            return chosen
    unpaid = (OrderState.AWAITING_PAYMENT, OrderState.LAPSED)
    return [each for each in theirs if each.state not in unpaid] or theirs
