"""Pages that a letter's signed link alone opens: a guardian's consent, a student's answer.

A look changes nothing: mail programs open links before people do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from offer_site.addresses import client_address
from offer_site.journal.operations import actor
from offer_site.languages import current_language

from .browser import browser_digest
from .tries import begin_try

Thing = TypeVar("Thing")


def opened_by_link(
    request: HttpRequest, find: Callable[[], Thing | None], signature: Callable[[Thing], str]
) -> Thing:
    """What the key of a letter's link opens; 404 for everybody else, whoever is signed in.

    That is a try, which is counted and kept (3.1 (5)).
    """
    visit = begin_try(request, is_vouched_for=False)
    found = find()
    if found is None or not constant_time_compare(request.GET.get("key", ""), signature(found)):
        visit.refuse()
    return found


@dataclass(frozen=True)
class Press:
    """Who pressed the button of such a page, and from where."""

    language: str
    origin: tuple[str, str]  # the network address and the browser
    browser: str  # the digest of its cookie
    by: str  # whoever is signed in, or the role that the letter was written to


def press_of(request: HttpRequest, *, role: str) -> Press:
    return Press(
        language=current_language(),
        origin=(client_address(request) or "", request.headers.get("User-Agent", "")[:300]),
        browser=browser_digest(request),
        by=actor(request.user) if request.user.is_authenticated else role,
    )
