"""Unsafe deployments are refused, each with what to do about it."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.checks import Tags, run_checks
from django.utils import timezone

from offer_site import checks
from offer_site.signing import YEARS, new_key_file
from offer_site.watch.models import WatchedJob
from offer_site.zone import database_knows_the_time
from tests import imap
from tests.processes import PROJECT
from tests.services import on_sqlite
from tests.zones import with_an_old_zone_file

SAFE = {
    "KASPI_STATIC_LINK": "https://pay.kaspi.kz/pay/ab12cd34",
    "DEBUG": False,
    "SANDBOX_BANK": False,
    "EMAIL_BACKEND": checks.SMTP,
    "SITE_URL": "https://academy.example.kz",
    "CARD_PUBLIC_ID": "pk_public",
    "CARD_API_SECRET": "secret",
}


@pytest.fixture
def deployment(db, settings, mailbox):
    """A safe deployment's settings, its mailbox, and a clock that runs."""
    for name, value in SAFE.items():
        setattr(settings, name, value)
    settings.INCOMING_MAIL_URL = mailbox.url
    WatchedJob.objects.update(expected_before=timezone.now() + timedelta(minutes=5))
    return settings


@pytest.fixture
def mailbox(tmp_path, monkeypatch):
    """A mailbox over TLS, whose certificate this machine trusts."""
    certificate = tmp_path / "imap.pem"
    certificate.write_bytes(imap.a_certificate_of_localhost())
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with imap.mailbox_server(certificate=certificate) as server:
        yield server


def found(*, deploy=True):
    """List what our checks say, but for the account of the tests, which owns the database."""
    messages = run_checks(tags=[Tags.security], include_deployment_checks=deploy)
    ours = {message.id: message for message in messages if message.id.startswith("offer_site.")}
    assert deploy is False or settings.DEBUG or ("offer_site.W038" in ours) != on_sqlite()
    return {number: message for number, message in ours.items() if number != "offer_site.W038"}


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
        (29, 0o600, ["offer_site.E032"]),
        (-1, 0o600, ["offer_site.E031"]),
        (40, 0o640, ["offer_site.E033"]),
        (29, 0o604, ["offer_site.E032", "offer_site.E033"]),
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


@pytest.mark.parametrize("refused", ["LOGIN", "SELECT"])
def test_a_mailbox_that_cannot_be_read_is_refused_without_its_password(
    deployment, mailbox, refused
):
    mailbox.refuses = {refused}
    assert list(found()) == ["offer_site.E025"]
    assert imap.PASSWORD not in str(found()["offer_site.E025"])


def test_a_mailbox_that_nobody_vouches_for_is_refused(deployment, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    assert list(found()) == ["offer_site.E025"]


def test_a_clock_that_does_not_run_is_refused(deployment):
    WatchedJob.objects.filter(name="read_mail").update(expected_before=timezone.now())
    assert list(found()) == ["offer_site.E037"]
    assert "read_mail" in str(found()["offer_site.E037"])


@pytest.mark.clause("4.3")
def test_an_old_zone_file_is_refused(tmp_path):
    """The command itself, where Python finds Almaty at +06."""
    command = [sys.executable, "manage.py", "check", "--deploy"]
    said = [
        subprocess.run(
            command,
            cwd=PROJECT,
            env=os.environ | {"DEBUG": "0", "SANDBOX_BANK": "0"} | zone,
            capture_output=True,
            text=True,
            check=False,
        ).stderr
        for zone in ({}, with_an_old_zone_file(tmp_path))
    ]
    assert ["offer_site.E035" in each for each in said] == [False, True]


def test_the_databases_own_zone_file_is_asked(db):
    assert database_knows_the_time()
    # The control: a zone that is +06 is told from one that is +05.
    assert database_knows_the_time("Asia/Omsk") == on_sqlite()


def test_the_sandbox_bank_is_refused_by_every_command(deployment):
    deployment.SANDBOX_BANK = True
    assert list(found(deploy=False)) == ["offer_site.E001"]


def test_a_developer_is_left_alone(deployment):
    deployment.DEBUG = deployment.SANDBOX_BANK = True
    deployment.SITE_URL = "http://localhost:8000"
    deployment.FIELD_KEYS = []
    assert found() == {}


def test_a_folder_of_reports_that_is_not_there_is_refused(deployment):
    deployment.INCOMING_MAIL_FOLDERS = ["Спма"]
    assert "folder: refused" in str(found()["offer_site.E025"])
    deployment.INCOMING_MAIL_FOLDERS = ["\\Junk"]
    assert found() == {}
