"""The signature of a notification: HMAC-SHA256 over the raw body, in the header Content-HMAC."""

import hashlib
import hmac
from base64 import b64encode


def sign(body: bytes, *, secret: str) -> str:
    return b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def is_genuine(body: bytes, *, signature: str, secret: str) -> bool:
    """Compare in constant time; without a secret or a header nothing is genuine."""
    expected = sign(body, secret=secret)
    return bool(secret and signature) and hmac.compare_digest(expected.encode(), signature.encode())
