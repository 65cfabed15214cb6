"""The mailbox of a development site shows every letter, and does not exist outside debug."""

import pytest
from django.core.mail import get_connection
from django.test import Client
from django.urls import reverse

from offer_site.notices.kinds import NoticeKind
from offer_site.notices.letters import letter_bytes
from offer_site.notices.outbox import StoredMessage
from tests.notices.post import NOW, ORDER_URL, a_notice


@pytest.fixture
def mailbox(db, settings, tmp_path):
    """A mail folder with two letters, the contract the newer."""
    settings.DEBUG = True
    settings.EMAIL_BACKEND = "offer_site.notices.backends.FolderBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    for kind, attachments in (
        (NoticeKind.ORDER_PLACED, []),
        (NoticeKind.CONTRACT_CONCLUDED, [("contract", "SM1")]),
    ):
        notice = a_notice(kind, attachments=attachments)
        get_connection().send_messages([StoredMessage(notice, letter_bytes(notice, at=NOW)[1])])
    return sorted((tmp_path / "mail").iterdir())


def test_the_newest_letter_stands_first(client: Client, mailbox):
    page = client.get(reverse("dev_mail")).content.decode()
    assert page.index("Шарт жасалды") < page.index("Тапсырыс берілді")


def test_an_empty_mailbox_says_so(client: Client, db, settings, tmp_path):
    settings.DEBUG = True
    settings.EMAIL_FILE_PATH = str(tmp_path / "none")
    assert client.get(reverse("dev_mail")).status_code == 200


def test_a_letters_links_can_be_followed(client: Client, mailbox):
    page = client.get(reverse("dev_mail_letter", args=[mailbox[0].name])).content.decode()
    assert f'<a href="{ORDER_URL}"' in page
    assert "<style" not in page
    assert " style=" not in page


def test_a_letters_own_styles_stay_on_its_own_page(client: Client, mailbox):
    answer = client.get(reverse("dev_mail_html", args=[mailbox[0].name]))
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "script" not in policy
    other = client.get(reverse("dev_mail")).headers["Content-Security-Policy"]
    assert "unsafe-inline" not in other


def test_attachments_can_be_taken(client: Client, mailbox):
    answer = client.get(reverse("dev_mail_attachment", args=[mailbox[1].name, 0]))
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert client.get(reverse("dev_mail_attachment", args=[mailbox[1].name, 1])).status_code == 404


@pytest.mark.parametrize("name", ["..", "nothing.eml", "%2e%2e%2fsite.sqlite3", ".hidden.eml"])
def test_only_letters_are_found(client: Client, mailbox, name):
    (mailbox[0].parent / ".hidden.eml").write_bytes(b"Subject: half a letter\r\n\r\n")
    assert client.get(f"/dev/mail/{name}/").status_code == 404


@pytest.mark.parametrize("page", ["", "{name}/", "{name}/html/", "{name}/0/"])
def test_outside_debug_there_is_no_mailbox(client: Client, mailbox, settings, page):
    settings.DEBUG = False
    assert client.get("/dev/mail/" + page.format(name=mailbox[1].name)).status_code == 404
