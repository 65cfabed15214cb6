"""Unsafe deployments are refused, each with what to do about it."""

import pytest
from django.core.checks import Tags, run_checks

from offer_site import checks

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


def test_the_sandbox_bank_is_refused_by_every_command(deployment):
    deployment.SANDBOX_BANK = True
    assert list(found(deploy=False)) == ["offer_site.E001"]


def test_a_developer_is_left_alone(deployment):
    deployment.DEBUG = deployment.SANDBOX_BANK = True
    deployment.SITE_URL, deployment.FIELD_KEYS = "http://localhost:8000", []
    assert found() == {}
