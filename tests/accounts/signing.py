"""Signing in as a person does: the e-mail, the code from the letter."""

from typing import Any

from django.test import Client
from django.urls import reverse

from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice


def ask_for_code(client: Client, email: str, **query: str) -> Any:
    """Type an e-mail on the first page."""
    return client.post(reverse("account_login", query=query), {"email": email})


def code_in_outbox() -> str:
    """Read the code of the last letter that waits to be sent."""
    letter = Notice.objects.queued().filter(kind=NoticeKind.SIGN_IN_CODE).latest("pk")
    return str(letter.facts["code"])


def give_code(client: Client, code: str, **query: str) -> Any:
    """Type a code on the second page."""
    return client.post(reverse("account_confirm_login_code", query=query), {"code": code})


def is_signed_in(client: Client) -> bool:
    """Say whether the session still opens the cabinet's door."""
    return "_auth_user_id" in client.session


def signed_in(email: str) -> Client:
    """A browser in which this person signed in."""
    client = Client()
    ask_for_code(client, email)
    give_code(client, code_in_outbox())
    assert is_signed_in(client)
    return client
