"""Who may sign in, the letter with the code, and the end of all sessions (1.7, 3.1)."""

import secrets
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.models import User
from offer_site.days import ALMATY
from offer_site.emails import one_spelling
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from offer_site.languages import reading_order, speaking
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice

ATTEMPT = "sign-in"  # what a letter with a code is about


def admitted_user(*, email: str) -> User | None:
    """The user of an admitted e-mail, created at the first sign-in; None if not admitted or closed.

    A person becomes a User by acceptance (1.7). settings.SIGN_IN_ADMITS names the function that
    decides who is admitted.
    """
    email = one_spelling(email)
    if not import_string(settings.SIGN_IN_ADMITS)(email):
        return None
    user, _created = User.objects.get_or_create(
        email=email, defaults={"password": User.unusable_password()}
    )
    return user if user.is_active else None


def note_letters_seen(*, user: User, at: datetime) -> None:
    """Note that a user looked at the letters of the cabinet: none of now is new there."""
    User.objects.filter(pk=user.pk).update(letters_seen_at=at)


def is_admitted(email: str) -> bool:
    """True for an e-mail that may sign in; the outbox asks it before a code leaves."""
    email = one_spelling(email)
    if User.objects.filter(email=email, is_active=False).exists():
        return False
    return bool(import_string(settings.SIGN_IN_ADMITS)(email))


def send_code(*, code: str, to: str, language: str, at: datetime) -> None:
    """Queue the letter with a sign-in code; the outbox deletes the code afterwards (3.1(3)).

    Queued for every e-mail, known or not: the outbox drops what is for nobody (`is_admitted`), so
    that the answer takes as long for a stranger as for a student.
    """
    attempt = (ATTEMPT, secrets.token_hex(16))  # random: each letter is about its own attempt
    queue_notice(
        NoticeKind.SIGN_IN_CODE,
        about=attempt,
        to=to,
        language=language,
        facts={"code": code},
        at=at,
    )


@transaction.atomic(savepoint=False)
def end_sessions(
    *, user: User, by: User, language: str = settings.LANGUAGE_CODE, at: datetime
) -> User:
    """End every session of a user, record it, tell the user and alarm staff (3.1(4)).

    The user is locked.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    _end_all(user, language=language, at=at)
    record(
        "account.sessions_ended", about=("user", str(user.pk)), by=actor(by), at=at, clause="3.1"
    )
    ended = []
    # The letter is in both languages but has one value for each fact.
    for language in reading_order(settings.LANGUAGE_CODE):
        with speaking(language):
            ended.append(gettext("all of them"))
    queue_notice(
        NoticeKind.ACCOUNT_ALARM,
        about=("user", str(user.pk)),
        to=settings.PROVIDER_EMAIL,
        language=settings.LANGUAGE_CODE,
        occasion=at.isoformat(),
        facts={
            "account": user.email,
            "moment": _moment(at),
            "sessions": " · ".join(ended),
            "admin_url": settings.SITE_URL + reverse("admin:accounts_user_change", args=[user.pk]),
        },
        at=at,
    )
    return user


def require_an_owner_left(*, user: User, stays_owner: bool, by: User) -> None:
    """Raise RuleViolation if a change would leave no owner, or is made by one who is none any more.

    All owners are locked, so that two do not take each other away at once: call it in the
    transaction of the change.
    """
    owners = set(User.objects.owners().select_for_update().order_by("pk").values_list("pk"))
    if (by.pk,) not in owners:
        raise RuleViolation(_("Only a superuser says who is staff."), clause="5.4")
    if not stays_owner and not owners - {(user.pk,)}:
        raise RuleViolation(
            _("The last superuser stays: make somebody else a superuser first."), clause="5.4"
        )


@transaction.atomic(savepoint=False)
def reset_second_factor(*, user: User, by: User, at: datetime) -> None:
    """Delete the second factor of a user who lost phone and recovery codes (3.1).

    The user is locked and all sessions end. Nobody resets their own: RuleViolation. The next sign-
    in sets up another.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if user == by:
        raise RuleViolation(
            _("Someone else must reset your second step: that is what it is for."), clause="3.1"
        )
    Authenticator.objects.filter(user=user).delete()
    _end_all(user, language=settings.LANGUAGE_CODE, at=at)
    record(
        "account.second_factor_reset",
        about=("user", str(user.pk)),
        by=actor(by),
        at=at,
        clause="3.1",
    )


def _end_all(user: User, *, language: str, at: datetime) -> None:
    """End the user's sessions, and what else opens the user's pages in a browser; tell the user.

    Each session carries a digest of the user's password field: another unusable value there makes
    every session invalid at its next request, wherever it is stored. settings.SESSIONS_ENDED names
    the function that ends links and cookies which need no session.
    """
    user.password = User.unusable_password()
    user.save(update_fields=["password"])
    import_string(settings.SESSIONS_ENDED)(email=user.email, at=at)
    with speaking(language):
        sign_in_url = settings.SITE_URL + reverse("account_login")
    queue_notice(
        NoticeKind.SESSIONS_ENDED,
        about=("user", str(user.pk)),
        to=user.email,
        language=language,
        occasion=at.isoformat(),
        facts={"moment": _moment(at), "sign_in_url": sign_in_url},
        at=at,
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(ALMATY):%d.%m.%Y %H:%M}"
