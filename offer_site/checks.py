"""System checks against an unsafe deployment: `manage.py check --deploy`.

The check of the sandbox bank runs with every command.
"""

import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import DatabaseError
from django.utils import timezone

from offer_site.notices.incoming import MailboxError, opened
from offer_site.powers import account_of_the_site
from offer_site.signing import SigningKeyError, ends_soon, identity, known_certificates
from offer_site.watch.models import WatchedJob
from offer_site.zone import database_knows_the_time, knows_the_time

SMTP = "django.core.mail.backends.smtp.EmailBackend"
MAILBOX_ANSWERS_WITHIN = 10  # seconds


@register(Tags.security)
def sandbox_bank_is_closed(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The sandbox bank takes no real money, so it needs DEBUG."""
    if settings.SANDBOX_BANK and not settings.DEBUG:
        hint = "Take SANDBOX_BANK out of the environment, or set DEBUG=1 on a developer's machine."
        return [
            Error(
                "The sandbox bank is switched on while DEBUG is off.",
                hint=hint,
                id="offer_site.E001",
            )
        ]
    return []


def deployed(check: Callable[[], Sequence[CheckMessage]]) -> Callable[[], Sequence[CheckMessage]]:
    """A decorator: the check runs only with --deploy, while DEBUG is off."""

    def asked(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
        return [] if settings.DEBUG else list(check())

    register(asked, Tags.security, deploy=True)
    return check


@deployed
def letters_leave_from_the_providers_mailbox() -> list[CheckMessage]:
    """Letters need the sender that the offer names, and a mail server (12.1.2.1)."""
    found: list[CheckMessage] = []
    if settings.DEFAULT_FROM_EMAIL != settings.PROVIDER_EMAIL:
        hint = (
            "Clause 12.1.2.1 names the address that notices leave from: "
            "set PROVIDER_EMAIL and nothing else."
        )
        found += [
            Error("DEFAULT_FROM_EMAIL is not PROVIDER_EMAIL.", hint=hint, id="offer_site.E002")
        ]
    if settings.EMAIL_BACKEND != SMTP:
        hint = (
            "Set EMAIL_URL to the mail server of PROVIDER_EMAIL: smtp+ssl://user:password@host:465."
        )
        found += [Error("Letters do not leave this machine.", hint=hint, id="offer_site.E003")]
    return found


@deployed
def letters_that_come_back_are_noticed() -> list[CheckMessage]:
    """Without a mailbox, a letter that came back counts as sent (12.1); IMAP needs TLS (5.4)."""
    if not settings.INCOMING_MAIL_URL:
        hint = "Set INCOMING_MAIL_URL to the mailbox of PROVIDER_EMAIL: imaps://user:password@host:993/INBOX."
        return [Caution("Nobody reads which letters came back.", hint=hint, id="offer_site.W023")]
    if not settings.INCOMING_MAIL_URL.startswith("imaps://"):
        hint = "Write imaps:// before the host."
        return [
            Error("INCOMING_MAIL_URL is not encrypted on the way.", hint=hint, id="offer_site.E024")
        ]
    try:
        url = settings.INCOMING_MAIL_URL
        with opened(url, timeout=MAILBOX_ANSWERS_WITHIN) as mailbox:
            others = mailbox.others()
        for folder in others:
            with opened(url, folder=folder, timeout=MAILBOX_ANSWERS_WITHIN):
                pass
        return []
    except MailboxError as error:
        hint = (
            "Sign in there with a mail program. mail.ru and Gmail want a password made for this "
            "program, and IMAP switched on. Each folder of INCOMING_MAIL_FOLDERS must be there."
        )
        message = f"The mailbox of INCOMING_MAIL_URL cannot be read: {error}."
        return [Error(message, hint=hint, id="offer_site.E025")]


@deployed
def the_zone_is_of_today() -> list[CheckMessage]:
    """A day of an order ends at 24:00 of Almaty, which is +05 since 1 March 2024 (4.3)."""
    hint = "Install the newest zone files (apt-get install tzdata) and start everything again."
    found: list[CheckMessage] = []
    if not knows_the_time():
        found += [Error("Python reads an old zone file.", hint=hint, id="offer_site.E035")]
    with suppress(DatabaseError):  # without a database there is none to ask
        if not database_knows_the_time():
            message = "The database has an old zone file."
            found += [Error(message, hint=hint, id="offer_site.E036")]
    return found


@deployed
def the_account_of_the_site_cannot_undo_evidence() -> list[CheckMessage]:
    """Whoever gets into the site must not be able to rewrite the ledger and the journal (A5)."""
    try:
        account = account_of_the_site()
    except DatabaseError:  # without a database there is none to ask
        return []
    if account is None or not account.powers:
        return []
    hint = (
        'Give the site an account that owns nothing, as docs/operating.md says under "The accounts '
        'of PostgreSQL"; only migrate runs as the owner.'
    )
    message = (
        f"The account {account.name} of DATABASE_URL could undo the evidence: it "
        f"{'; it '.join(account.powers)}."
    )
    return [Caution(message, hint=hint, id="offer_site.W038")]


@deployed
def the_clock_runs() -> list[CheckMessage]:
    """Orders lapse, letters leave and terms are watched by the clock; before `migrate` none is."""
    try:
        silent = list(WatchedJob.objects.silent(timezone.now()).values_list("name", flat=True))
    except DatabaseError:
        return []
    if not silent:
        return []
    hint = "Install the crontab: manage.py print_crontab | crontab -"
    message = f"The clock does not run: {', '.join(silent)}."
    return [Error(message, hint=hint, id="offer_site.E037")]


@deployed
def protected_values_are_encrypted() -> list[CheckMessage]:
    """Address, income and IIN need a key (5.4, 11.4)."""
    try:
        keys = [Fernet(key) for key in settings.FIELD_KEYS]
    except ValueError:
        keys = []
    if keys:
        return []
    hint = (
        'Make one: python -c "from cryptography.fernet import Fernet; '
        'print(Fernet.generate_key().decode())"'
    )
    return [Error("FIELD_KEYS holds no usable key.", hint=hint, id="offer_site.E004")]


@deployed
def the_academy_can_sign() -> list[CheckMessage]:
    """Certificates and the seals of the journal need the academy's own key (2.3, 9.1)."""
    try:
        ends = identity().certificate.not_valid_after_utc
        known_certificates()
    except SigningKeyError as error:
        hint = "Make a key: manage.py make_signing_key PATH, and set SIGNING_KEY to it."
        return [Error(str(error), hint=hint, id="offer_site.E030")]
    found: list[CheckMessage] = []
    if ends <= timezone.now():
        hint = (
            "Make another key, set SIGNING_KEY to it, and add the old certificate to the file of "
            "SIGNING_FORMER."
        )
        found += [
            Error("The certificate of SIGNING_KEY has ended.", hint=hint, id="offer_site.E031")
        ]
    elif ends_soon(identity().certificate, at=timezone.now()):
        hint = (
            "Make another key in time, and add the certificate of this one to the file of "
            "SIGNING_FORMER."
        )
        found += [
            Error(
                f"The certificate of SIGNING_KEY ends on {ends:%d.%m.%Y}.",
                hint=hint,
                id="offer_site.E032",
            )
        ]
    if os.stat(settings.SIGNING_KEY).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        hint = "Let nobody but the site's own user read it: chmod 600."
        found += [
            Error("The file of SIGNING_KEY is open to others.", hint=hint, id="offer_site.E033")
        ]
    return found


@deployed
def timestamps_come_from_an_address() -> list[CheckMessage]:
    """Plain http is enough: the authority's answers are signed."""
    address = urlsplit(settings.SIGNING_TIMESTAMP_URL)
    if not settings.SIGNING_TIMESTAMP_URL or (
        address.scheme in ("http", "https") and address.hostname
    ):
        return []
    hint = "Set SIGNING_TIMESTAMP_URL to an http:// or https:// address, or take it out."
    return [Error("SIGNING_TIMESTAMP_URL is no address.", hint=hint, id="offer_site.E034")]


@deployed
def card_notifications_are_signed() -> list[CheckMessage]:
    """A bank's notification cannot be checked without the keys."""
    if settings.CARD_PUBLIC_ID and settings.CARD_API_SECRET:
        return []
    hint = "Set CARD_PUBLIC_ID and CARD_API_SECRET to those of the card provider's cabinet."
    return [Error("The card provider's keys are missing.", hint=hint, id="offer_site.E005")]


@deployed
def kaspi_is_known_by_its_addresses() -> list[CheckMessage]:
    """Kaspi is known only by its addresses; the list and the format must be readable."""
    found: list[CheckMessage] = []
    if settings.KASPI_SERVICE and not settings.KASPI_ALLOWED_ADDRESSES:
        hint = (
            "Set KASPI_ALLOWED_ADDRESSES to those that the bank names, or take KASPI_SERVICE out."
        )
        found += [
            Error("Kaspi has no address that is listened to.", hint=hint, id="offer_site.E008")
        ]
    try:
        [ip_network(address, strict=False) for address in settings.KASPI_ALLOWED_ADDRESSES]
    except ValueError as error:
        hint = "Write addresses or networks with commas between them: 192.0.2.1,198.51.100.0/28."
        found += [Error(f"KASPI_ALLOWED_ADDRESSES: {error}.", hint=hint, id="offer_site.E009")]
    if settings.KASPI_ANSWERS not in ("json", "xml"):
        hint = "Set KASPI_ANSWERS to json or xml."
        found += [Error("KASPI_ANSWERS names no format.", hint=hint, id="offer_site.E010")]
    return found


@deployed
def kaspis_own_link_is_https() -> list[CheckMessage]:
    """Without https, anyone could show buyers another page in place of Kaspi's."""
    if not settings.KASPI_STATIC_LINK or settings.KASPI_STATIC_LINK.startswith("https://"):
        return []
    hint = (
        "Copy the link from the Kaspi Pay app: https://pay.kaspi.kz/pay/… Or take "
        "KASPI_STATIC_LINK out."
    )
    return [Error("KASPI_STATIC_LINK is not https.", hint=hint, id="offer_site.E022")]


@deployed
def a_bot_is_whole() -> list[CheckMessage]:
    """A bot needs its name, to be found, and its secret, against false updates (4.3.1)."""
    parts = (settings.TELEGRAM_BOT_TOKEN, settings.TELEGRAM_BOT_NAME, settings.TELEGRAM_SECRET)
    if all(parts) or not any(parts):
        return []
    hint = "Set TELEGRAM_BOT_TOKEN, TELEGRAM_BOT_NAME and TELEGRAM_SECRET, or none of them."
    return [Error("The Telegram bot is half set up.", hint=hint, id="offer_site.E021")]


@deployed
def pages_are_encrypted_on_the_way() -> list[CheckMessage]:
    """Pages ask for personal data, so they need https."""
    if settings.SITE_URL.startswith("https://"):
        return []
    hint = "Set SITE_URL to the https:// address; cookies, HSTS and the redirect follow it."
    return [Error("SITE_URL is not https.", hint=hint, id="offer_site.E006")]


@deployed
def several_workers_have_a_server() -> list[CheckMessage]:
    """Several processes should not write to one SQLite file."""
    sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    several = bool(settings.REDIS_URL) or int(os.environ.get("WEB_CONCURRENCY") or 1) > 1
    if sqlite and several:
        hint = "Set DATABASE_URL to a PostgreSQL database, or run one process without REDIS_URL."
        return [Caution("Several workers share one SQLite file.", hint=hint, id="offer_site.W007")]
    return []
