"""The academy's signature in a PDF, checked on the bytes alone.

Anyone may drop a file on the page, so no PDF reader parses it: none is needed, and a hostile file
can hang one. A signature names the bytes it covers, and those are compared with the digest it
states. How a reader shows the file does not matter: if the academy's signature covers every byte
but its own digits, the academy wrote the file.
"""

import hashlib
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from asn1crypto import cms
from cryptography.x509 import Certificate

from offer_site.signing import signed_by

LARGEST_SIGNATURE = 100_000  # hexadecimal digits
MOST_SIGNATURES = 8  # to check, the last ones first
LONGEST_NUMBER = 40  # bytes
# One optional space, never a run: a million spaces would make the search quadratic.
RANGE = re.compile(rb"/ByteRange ?\[ ?(\d{1,9}) (\d{1,9}) (\d{1,9}) (\d{1,9}) ?\]")
IDENTIFIER = re.compile(rb"/ID ?\[ ?<([0-9A-Fa-f]{1,%d})>" % (LONGEST_NUMBER * 2))
DIGITS = re.compile(rb"[0-9A-Fa-f]+")


class SignatureVerdict(Enum):
    """What the academy's signature says of a file."""

    NOTHING = "nothing"  # there is none
    CHANGED = "changed"  # there is one, made over other bytes than these
    WHOLE = "whole"  # every byte of the file was signed


@dataclass(frozen=True)
class Reading:
    """The result for a file, and the number in the signed file."""

    verdict: SignatureVerdict
    number: str = ""


class Signature(NamedTuple):
    """The place of a signature in a file, and its bytes."""

    begins: int
    ends: int
    covers_until: int
    der: bytes


def read_signatures(content: bytes, among: Sequence[Certificate]) -> Reading:
    """Whether one of the certificates signed the file, and whether it was changed since."""
    verdict = SignatureVerdict.NOTHING
    for signature in _signatures(content):
        digest = _signed_digest(signature.der, among)
        if digest is None:
            continue
        verdict = SignatureVerdict.CHANGED
        if signature.covers_until == len(content) and _digest_around(content, signature) == digest:
            return Reading(SignatureVerdict.WHOLE, _identifier(content[signature.ends :]))
    return Reading(verdict)


def _signatures(content: bytes) -> Iterator[Signature]:
    """What looks like a signature: a range from the first byte, only digits in its gap."""
    for match in reversed(deque(RANGE.finditer(content), maxlen=MOST_SIGNATURES)):
        start, begins, ends, rest = (int(number) for number in match.groups())
        if start != 0 or not begins + 2 < ends <= ends + rest <= len(content):
            continue
        digits = content[begins + 1 : ends - 1]
        if (
            content[begins : begins + 1] != b"<"
            or content[ends - 1 : ends] != b">"
            or len(digits) > LARGEST_SIGNATURE
        ):
            continue
        if len(digits) % 2 == 0 and DIGITS.fullmatch(digits):
            yield Signature(begins, ends, ends + rest, bytes.fromhex(digits.decode("ascii")))


def _signed_digest(der: bytes, among: Sequence[Certificate]) -> bytes | None:
    """The digest that a signature of one of the certificates states; None for anything else."""
    try:
        # Digits after the signature are only padding.
        envelope = cms.ContentInfo.load(der)
        if envelope["content_type"].native != "signed_data":
            return None
        (signer,) = envelope["content"]["signer_infos"]
        attributes = signer["signed_attrs"]
        digests = [
            each["values"][0].native
            for each in attributes
            if each["type"].native == "message_digest"
        ]
        # A signature without attributes is over the content itself, as that of the journal's seal.
        if len(digests) != 1 or signer["digest_algorithm"]["algorithm"].native != "sha256":
            return None
        signed = b"\x31" + attributes.dump()[1:]
        signature = signer["signature"].native
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return None
    return digests[0] if signed_by(signed, signature, among) else None


def _digest_around(content: bytes, signature: Signature) -> bytes:
    covered = hashlib.sha256(memoryview(content)[: signature.begins])
    covered.update(memoryview(content)[signature.ends : signature.covers_until])
    return covered.digest()


def _identifier(signed: bytes) -> str:
    """The file's identifier among the signed bytes; a certificate's is its number."""
    found = deque(IDENTIFIER.finditer(signed), maxlen=1)
    digits = found[0][1].decode() if found else ""
    return bytes.fromhex(digits).decode("ascii", "replace") if len(digits) % 2 == 0 else ""
