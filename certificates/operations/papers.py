"""The paper of a certificate with the academy's signature on it,
and what the journal keeps about its time-stamp.
"""

import logging
from datetime import datetime

from django.conf import settings
from django.core.cache import cache

from certificates.timestamps import Authority, TimestampError

log = logging.getLogger(__name__)

AWAY = "timestamps:away"
LEFT_ALONE = (
    5 * 60
)  # seconds in which an authority that failed is not asked: a thousand papers do not wait for it


def sign_paper(pdf: bytes, *, at: datetime) -> tuple[bytes, dict[str, str]]:
    """Sign a paper, with a time-stamp where an authority is set; return it with the facts of the
    stamp.

    The term of 9.1 does not wait for another's server: without its stamp the certificate goes out,
    and the facts say so. Raises SigningKeyError without a key: an unsigned certificate never goes
    out.
    """
    from certificates.signing import (
        signed,
    )  # pyHanko: half a second, for those who print and for nobody else

    if not settings.SIGNING_TIMESTAMP_URL:
        return signed(pdf, at=at), {}
    if not cache.get(AWAY):
        try:
            return signed(pdf, at=at, authority=Authority(settings.SIGNING_TIMESTAMP_URL)), {
                "timestamp": "given"
            }
        except TimestampError as error:
            log.warning("certificates are signed without a time-stamp for a while: %s", error)
            cache.set(AWAY, 1, LEFT_ALONE)
    return signed(pdf, at=at), {"timestamp": "missing"}
