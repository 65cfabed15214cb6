"""The academy's signature on the PDF of a certificate, with its time-stamp."""

import logging
from datetime import datetime

from django.conf import settings
from django.core.cache import cache

from certificates.timestamps import Authority, NoTurnError, TimestampError

log = logging.getLogger(__name__)

AWAY = "timestamps:away"
# Seconds in which an authority that failed is not asked: a thousand papers must not wait for it.
LEFT_ALONE = 5 * 60


def sign_paper(pdf: bytes, *, at: datetime) -> tuple[bytes, dict[str, str]]:
    """The signed PDF, with a time-stamp where an authority is set, and the journal's facts of it.

    The term of 9.1 does not wait for another's server: without its stamp the certificate is issued,
    and the facts say so. Raises SigningKeyError without a key: an unsigned certificate is never
    issued.
    """
    # Imported here: pyHanko takes half a second to load, and only printing needs it.
    from certificates.signing import signed

    if not settings.SIGNING_TIMESTAMP_URL:
        return signed(pdf, at=at), {}
    if not cache.get(AWAY):
        try:
            return signed(pdf, at=at, authority=Authority(settings.SIGNING_TIMESTAMP_URL)), {
                "timestamp": "given"
            }
        except TimestampError as error:
            log.warning("certificates are signed without a time-stamp for a while: %s", error)
            if not isinstance(error, NoTurnError):  # it may be busy with other papers of ours
                cache.set(AWAY, 1, LEFT_ALONE)
    return signed(pdf, at=at), {"timestamp": "missing"}
