"""Tries at orders, invoices and requests of others: counted, kept, and answered alike (3.1 (5))."""

from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from django.http import Http404, HttpRequest
from django.utils import timezone

from enrollment.models import Order
from enrollment.models.order import OrderQuerySet
from offer_site.attempts.tries import (
    HOUR,
    LINKS_OF_AN_ADDRESS,
    count_try,
    is_too_often,
    keep_try,
)
from offer_site.errors import TooManyTriesError
from offer_site.web.lost import LostPage

from .browser import browser_digest


@dataclass
class Try:
    """One visit to an address that is somebody's, until it is known whose it is."""

    request: HttpRequest
    at: datetime
    made: tuple[int, int] | None = None  # None while it is not counted
    lost: LostPage | None = None  # the page of its 404; None for the general one

    def count(self) -> None:
        if self.made is None:
            self.made = count_try(self.request, browser_digest(self.request), at=self.at)

    def refuse(self) -> NoReturn:
        """Answer as for a thing that does not exist, and keep it for staff.

        Raises Http404, or TooManyTriesError where there were too many.
        """
        self.count()
        keep_try(self.request, at=self.at)
        if self.made and is_too_often(self.made):
            raise TooManyTriesError(seconds=HOUR)
        raise self.lost or Http404


def begin_try(request: HttpRequest, *, is_vouched_for: bool, lost: LostPage | None = None) -> Try:
    """Begin a visit; whoever shows nothing that could open it is refused before any look-up.

    `is_vouched_for`: a cookie that we signed names it, or the visitor is signed in. They are
    counted only if it is not theirs. A link's key is counted before it is looked at.
    """
    visit = Try(request, timezone.now(), lost=lost)
    if is_vouched_for or request.user.is_authenticated:
        return visit
    visit.count()
    if not request.GET.get("key"):
        visit.refuse()
    if visit.made and visit.made[0] > LINKS_OF_AN_ADDRESS:
        visit.refuse()
    return visit


def own_or_refused(request: HttpRequest, orders: OrderQuerySet, code: str) -> Order:
    """The order with this code among a signed-in person's own; any other is a try."""
    return found_or_refused(request, orders.filter(code=code).first())


def found_or_refused(request: HttpRequest, found: Order | None) -> Order:
    """The order of a signed-in person; where none was found among the own ones, it is a try."""
    if found is None:
        Try(request, timezone.now()).refuse()
    return found
