"""Where a visitor talks to a person: the messengers that the settings name (12.1)."""

from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext


def chat_addresses(code: str = "") -> dict[str, str]:
    """The address of each messenger, empty where there is none; with an order its code goes along.

    The buyer sees the words before sending them, and nothing but the code is in them.
    """
    words = gettext("Order %(code)s.") % {"code": code} if code else ""
    wish = f"?text={quote(words + ' ')}" if words else ""
    telegram = settings.CHAT_TELEGRAM
    whatsapp = settings.CHAT_WHATSAPP
    return {
        "telegram": f"https://t.me/{telegram}{wish}" if telegram else "",
        "whatsapp": f"https://wa.me/{whatsapp}{wish}" if whatsapp else "",
    }
