"""What refuses an unsafe deployment: `manage.py check --deploy`, and for the sandbox bank every command."""

import os
from collections.abc import Callable, Sequence
from ipaddress import ip_network
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@register(Tags.security)
def sandbox_bank_is_closed(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a bank that takes no money on a site that sells."""
    if settings.SANDBOX_BANK and not settings.DEBUG:
        hint = "Take SANDBOX_BANK out of the environment, or set DEBUG=1 on a developer's machine."
        return [Error("The sandbox bank is switched on while DEBUG is off.", hint=hint, id="offer_site.E001")]
    return []


def deployed(check: Callable[[], Sequence[CheckMessage]]) -> Callable[[], Sequence[CheckMessage]]:
    """Ask only of a deployment: with --deploy, while DEBUG is off."""

    def asked(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
        return [] if settings.DEBUG else list(check())

    register(asked, Tags.security, deploy=True)
    return check


@deployed
def letters_leave_from_the_providers_mailbox() -> list[CheckMessage]:
    """Refuse another sender than the offer names, and a site that sends no mail (12.1.2.1)."""
    found: list[CheckMessage] = []
    if settings.DEFAULT_FROM_EMAIL != settings.PROVIDER_EMAIL:
        hint = "Clause 12.1.2.1 names the address that notices leave from: set PROVIDER_EMAIL and nothing else."
        found += [Error("DEFAULT_FROM_EMAIL is not PROVIDER_EMAIL.", hint=hint, id="offer_site.E002")]
    if settings.EMAIL_BACKEND != SMTP:
        hint = "Set EMAIL_URL to the mail server of PROVIDER_EMAIL: smtp+ssl://user:password@host:465."
        found += [Error("Letters do not leave this machine.", hint=hint, id="offer_site.E003")]
    return found


@deployed
def letters_that_come_back_are_noticed() -> list[CheckMessage]:
    """Warn where a letter that came back would count as sent, and refuse to send a password in plain (12.1, 5.4)."""
    if not settings.INCOMING_MAIL_URL:
        hint = "Set INCOMING_MAIL_URL to the mailbox of PROVIDER_EMAIL: imaps://user:password@host:993/INBOX."
        return [Caution("Nobody reads which letters came back.", hint=hint, id="offer_site.W023")]
    if not settings.INCOMING_MAIL_URL.startswith("imaps://"):
        hint = "Write imaps:// before the host."
        return [Error("INCOMING_MAIL_URL is not encrypted on the way.", hint=hint, id="offer_site.E024")]
    return []


@deployed
def protected_values_are_encrypted() -> list[CheckMessage]:
    """Refuse to keep address, income and IIN without a key (5.4, 11.4)."""
    try:
        keys = [Fernet(key) for key in settings.FIELD_KEYS]
    except ValueError:
        keys = []
    if keys:
        return []
    hint = 'Make one: python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
    return [Error("FIELD_KEYS holds no usable key.", hint=hint, id="offer_site.E004")]


@deployed
def card_notifications_are_signed() -> list[CheckMessage]:
    """Refuse to listen to a bank whose signature cannot be checked."""
    if settings.CARD_PUBLIC_ID and settings.CARD_API_SECRET:
        return []
    hint = "Set CARD_PUBLIC_ID and CARD_API_SECRET to those of the card provider's cabinet."
    return [Error("The card provider's keys are missing.", hint=hint, id="offer_site.E005")]


@deployed
def kaspi_is_known_by_its_addresses() -> list[CheckMessage]:
    """Refuse to offer Kaspi Pay where its bank would not be heard, and a list or a format that cannot be read."""
    found: list[CheckMessage] = []
    if settings.KASPI_SERVICE and not settings.KASPI_ALLOWED_ADDRESSES:
        hint = "Set KASPI_ALLOWED_ADDRESSES to those that the bank names, or take KASPI_SERVICE out."
        found += [Error("Kaspi has no address that is listened to.", hint=hint, id="offer_site.E008")]
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
    """Refuse a link of Kaspi Pay that leads buyers to a page that anyone could stand for."""
    if not settings.KASPI_STATIC_LINK or settings.KASPI_STATIC_LINK.startswith("https://"):
        return []
    hint = "Copy the link from the Kaspi Pay app: https://pay.kaspi.kz/pay/… Or take KASPI_STATIC_LINK out."
    return [Error("KASPI_STATIC_LINK is not https.", hint=hint, id="offer_site.E022")]


@deployed
def a_bot_is_whole() -> list[CheckMessage]:
    """Refuse half a bot: without its name nobody finds it, without its secret anybody could speak for it (4.3.1)."""
    parts = (settings.TELEGRAM_BOT_TOKEN, settings.TELEGRAM_BOT_NAME, settings.TELEGRAM_SECRET)
    if all(parts) or not any(parts):
        return []
    hint = "Set TELEGRAM_BOT_TOKEN, TELEGRAM_BOT_NAME and TELEGRAM_SECRET, or none of them."
    return [Error("The Telegram bot is half set up.", hint=hint, id="offer_site.E021")]


@deployed
def pages_are_encrypted_on_the_way() -> list[CheckMessage]:
    """Refuse to ask for personal data over plain HTTP."""
    if settings.SITE_URL.startswith("https://"):
        return []
    hint = "Set SITE_URL to the https:// address; cookies, HSTS and the redirect follow it."
    return [Error("SITE_URL is not https.", hint=hint, id="offer_site.E006")]


@deployed
def several_workers_have_a_server() -> list[CheckMessage]:
    """Warn of a database in a file that several processes write to."""
    sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    several = bool(settings.REDIS_URL) or int(os.environ.get("WEB_CONCURRENCY") or 1) > 1
    if sqlite and several:
        hint = "Set DATABASE_URL to a PostgreSQL database, or run one process without REDIS_URL."
        return [Caution("Several workers share one SQLite file.", hint=hint, id="offer_site.W007")]
    return []
