"""News and discounts are switched off from any letter, without signing in (5.3.5, RFC 8058).

The address in a letter is signed for its recipient: it opens nothing but that switch.
"""

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from .models import Notice

_SIGNER = signing.Signer(salt="notices.news-off")
# 132 bits of the signature: a header with the address stays within a line of mail.
SIGNATURE_LENGTH = 22


def news_off_link(notice: Notice) -> str:
    """The address that switches news off for whoever got this letter; a preview's is of none."""
    number = notice.pk or 0
    return f"{settings.SITE_URL}{reverse('news_off', args=[number, _signature(notice)])}"


def news_off_headers(notice: Notice) -> dict[str, str]:
    """The headers by which a mail program shows its own button (RFC 2369, RFC 8058)."""
    if not notice.letter.is_to_buyer:
        return {}
    return {
        "List-Unsubscribe": f"<{news_off_link(notice)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def letter_of_link(number: int, signature: str) -> Notice | None:
    """The letter that an address came with; None for an address that we did not sign."""
    notice = Notice.objects.filter(pk=number).first()
    if notice is None or not constant_time_compare(signature, _signature(notice)):
        return None
    return notice


def _signature(notice: Notice) -> str:
    return _SIGNER.signature(f"{notice.pk}:{notice.recipient}")[:SIGNATURE_LENGTH]
