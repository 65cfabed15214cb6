"""Register the webhook at Telegram; run once, and after SITE_URL, the bot or its secret change."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from offer_site.telegram.client import TelegramError, call
from offer_site.telegram.operations import is_open


class Command(BaseCommand):
    help = "Tell Telegram the address of this site, with the secret that its updates must carry."

    def handle(self, **options: Any) -> None:
        if not is_open():
            raise CommandError(
                "Set TELEGRAM_BOT_TOKEN, TELEGRAM_BOT_NAME and TELEGRAM_SECRET first."
            )
        url = settings.SITE_URL + reverse("telegram_callback")
        try:
            call(
                "setWebhook",
                {
                    "url": url,
                    "secret_token": settings.TELEGRAM_SECRET,
                    "max_connections": 4,
                    # chat_member is told of groups where the bot is an administrator.
                    "allowed_updates": [
                        "message",
                        "callback_query",
                        "my_chat_member",
                        "chat_member",
                    ],
                },
            )
        except TelegramError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"updates go to {url}")
