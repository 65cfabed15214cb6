"""A session that an order of this browser opened, not a code: it ends with the day (3.1)."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from offer_site.accounts.models import User

ENTERED = "entered_by_order"  # the session's key; its value is the order's code
EXPIRY = "_session_expiry"  # Django's own, which set_expiry writes


def enter_for_the_day(request: HttpRequest, user: User, *, code: str, until: datetime) -> None:
    """Sign in without a code until a moment; who may, the caller knows.

    offer_site/pages/day_entry.py asks again at every page.
    """
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session[ENTERED] = code
    request.session.set_expiry(until)


def entered_by(session: SessionBase) -> str:
    """The code of the order that opened this session; empty for one that a code opened."""
    return str(session.get(ENTERED, ""))


def forget_entry(session: SessionBase) -> None:
    """From now on the session is one of a code, and as long as those are."""
    if session.pop(ENTERED, None):
        session.pop(EXPIRY, None)
