"""Unsafe deployments are refused, each with what to do about it."""

from datetime import timedelta

import pytest
from django.core.checks import Tags, run_checks
from django.utils import timezone

from offer_site import checks
from offer_site.signing import YEARS, new_key_file

SAFE = {
    "KASPI_STATIC_LINK": "https://pay.kaspi.kz/pay/ab12cd34",
    "DEBUG": False,
    "SANDBOX_BANK": False,
    "EMAIL_BACKEND": checks.SMTP,
    "INCOMING_MAIL_URL": "imaps://mailbox:password@imap.example.kz",
    "SITE_URL": "https://academy.example.kz",
    "CARD_PUBLIC_ID": "pk_public",
    "CARD_API_SECRET": "secret",
}


@pytest.fixture
def deployment(settings):
    """A safe deployment's settings."""
    for name, value in SAFE.items():
        setattr(settings, name, value)
    return settings


def found(*, deploy=True):
    """List what our checks say."""
    messages = run_checks(tags=[Tags.security], include_deployment_checks=deploy)
    return {message.id: message for message in messages if message.id.startswith("offer_site.")}


def test_a_safe_deployment_passes(deployment):
    assert found() == {}


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("SANDBOX_BANK", True, "offer_site.E001"),
        ("DEFAULT_FROM_EMAIL", "noreply@academy.example.kz", "offer_site.E002"),
        ("EMAIL_BACKEND", "offer_site.notices.backends.FolderBackend", "offer_site.E003"),
        ("INCOMING_MAIL_URL", "", "offer_site.W023"),
        ("INCOMING_MAIL_URL", "imap://mailbox:password@imap.example.kz", "offer_site.E024"),
        ("FIELD_KEYS", [], "offer_site.E004"),
        ("FIELD_KEYS", ["not a key"], "offer_site.E004"),
        ("CARD_API_SECRET", "", "offer_site.E005"),
        ("CARD_PUBLIC_ID", "", "offer_site.E005"),
        ("SITE_URL", "http://academy.example.kz", "offer_site.E006"),
        ("SIGNING_KEY", "", "offer_site.E030"),
        ("SIGNING_KEY", "/nowhere/key.pem", "offer_site.E030"),
        ("SIGNING_KEY", __file__, "offer_site.E030"),
        ("SIGNING_FORMER", "/nowhere/former.pem", "offer_site.E030"),
        ("SIGNING_TIMESTAMP_URL", "tsa.example.kz", "offer_site.E034"),
        ("SIGNING_TIMESTAMP_URL", "file:///etc/passwd", "offer_site.E034"),
        ("KASPI_ALLOWED_ADDRESSES", [], "offer_site.E008"),
        ("KASPI_ALLOWED_ADDRESSES", ["192.0.2.300"], "offer_site.E009"),
        ("KASPI_ANSWERS", "html", "offer_site.E010"),
        ("KASPI_STATIC_LINK", "http://pay.kaspi.kz/pay/ab12cd34", "offer_site.E022"),
        (
            "DATABASES",
            {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.sqlite3"}},
            "offer_site.W007",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_an_unsafe_deployment_is_refused(deployment, setting, value, code):
    setattr(deployment, setting, value)
    assert list(found()) == [code]
    assert found()[code].hint


@pytest.mark.parametrize(
    ("days", "mode", "codes"),
    [
        (40, 0o600, []),
        (29, 0o600, ["offer_site.W032"]),
        (-1, 0o600, ["offer_site.E031"]),
        (40, 0o640, ["offer_site.E033"]),
        (29, 0o604, ["offer_site.W032", "offer_site.E033"]),
    ],
)
def test_a_key_that_ends_or_that_others_may_read_is_told_of(
    deployment, tmp_path, days, mode, codes
):
    key = tmp_path / "key.pem"
    key.write_bytes(
        new_key_file(name="Academy", at=timezone.now() - timedelta(days=365 * YEARS - days))
    )
    key.chmod(mode)
    deployment.SIGNING_KEY = str(key)
    assert list(found()) == codes


def test_the_sandbox_bank_is_refused_by_every_command(deployment):
    deployment.SANDBOX_BANK = True
    assert list(found(deploy=False)) == ["offer_site.E001"]


def test_a_developer_is_left_alone(deployment):
    deployment.DEBUG = deployment.SANDBOX_BANK = True
    deployment.SITE_URL = "http://localhost:8000"
    deployment.FIELD_KEYS = []
    assert found() == {}
