"""Sessions of staff end after 30 idle minutes, and twelve hours after the sign-in (3.1(5), 5.4)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
WRITTEN_EVERY = timedelta(minutes=1)  # not at each page

BEGAN = "staff_began"
SEEN = "staff_seen"


def begin(session: SessionBase, *, at: datetime) -> None:
    """Start both clocks."""
    session[BEGAN] = session[SEEN] = at.timestamp()


def is_over(session: SessionBase, *, at: datetime) -> bool:
    now = at.timestamp()
    began = session.get(BEGAN, now)
    seen = session.get(SEEN, now)
    return now - began >= LONGEST.total_seconds() or now - seen >= IDLE.total_seconds()


def keep(session: SessionBase, *, at: datetime) -> None:
    """Note that somebody works; a session from before there were clocks begins now."""
    if BEGAN not in session:
        begin(session, at=at)
    elif at.timestamp() - session[SEEN] >= WRITTEN_EVERY.total_seconds():
        session[SEEN] = at.timestamp()


class StaffSessionMiddleware:
    """Ends a session of staff before anything is done in it; buyers' sessions are left alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # A visitor without a session is not asked for one.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            self.look_at(request, at=timezone.now())
        return self.get_response(request)

    def look_at(self, request: HttpRequest, *, at: datetime) -> None:
        if not getattr(request.user, "is_staff", False):
            return
        if is_over(request.session, at=at):
            logout(request)
            messages.info(
                request,
                _("You were signed out: 30 minutes without work, or 12 hours since you signed in."),
            )
        else:
            keep(request.session, at=at)
