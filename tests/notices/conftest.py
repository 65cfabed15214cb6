"""A post office that the site's letters go to."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.notices.post import Post, post_office


@pytest.fixture(autouse=True)
def letterhead(settings: Settings) -> None:
    """Give letters a head and papers without an offer and its academy."""
    settings.NOTICE_LETTERHEAD = "tests.notices.post.letterhead"
    settings.NOTICE_ATTACHMENTS = {"contract": "tests.notices.post.paper"}


@pytest.fixture
def post(settings: Settings) -> Iterator[Post]:
    """Send letters by SMTP to a server of this test."""
    with post_office() as office:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = office.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield office
