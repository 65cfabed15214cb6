"""A mail of anybody, taken apart within bounds: they come before the parser of Python.

Its time grows with the square of a field's length, and so does that of some of its codecs.
"""

import codecs
import email
import re
from binascii import a2b_base64
from collections.abc import Collection
from email.message import Message
from email.policy import Compat32

LONGEST_HEAD = 256_000  # bytes of a head that are looked at
LONGEST_FIELD = 10_000  # characters of a head's field that are looked at
# Python knows codecs that are no alphabets, and some that take quadratic time.
ALPHABETS = re.compile(
    r"utf-(8|8-sig|16|16-le|16-be)|ascii|iso8859-\d+|cp(125\d|866|437|850|932|949|950|1006)"
    r"|koi8-[rtu]|ptcp154|kz1048|mac-(cyrillic|roman)|gb2312|gbk|gb18030|big5|euc_(jp|kr)"
    r"|shift_jis|iso2022_jp"
)
USUAL_ALPHABETS = ("utf-8", "cp1251")
PACKED = re.compile(rb"(?:^[A-Za-z0-9+/]+\r?\n?)+", re.MULTILINE)
SOFT_BREAK = re.compile(rb"=\r?\n")
BETWEEN_LINES = re.compile(rb"[\s>]+")


class _Bounded(Compat32):
    """Cuts each field, also those of parts, before the parser asks it for its parameters."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name[:LONGEST_FIELD], value[:LONGEST_FIELD]


BOUNDED = _Bounded()


def taken_apart(raw: bytes) -> Message:
    """The mail by its parts; whoever calls this bounds their number and depth."""
    return email.message_from_bytes(raw, policy=BOUNDED)


def head_of(raw: bytes) -> bytes:
    head, _empty, _body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    return head


def holds(raw: bytes, keys: Collection[str]) -> bool:
    """True if one of the keys stands in the mail, whatever packs it and wherever its lines break.

    No parser is asked: what no parser takes apart may hold a key too.
    """
    if not keys:
        return False
    texts = [SOFT_BREAK.sub(b"", raw), *map(_unpacked, PACKED.findall(raw))]
    plain = [BETWEEN_LINES.sub(b"", text) for text in texts]
    return any(key.encode() in text for key in keys for text in plain)


def _unpacked(lines: bytes) -> bytes:
    packed = b"".join(lines.split())
    if len(packed) % 4 == 1:  # no base64 ends so
        packed = packed[:-1]
    return a2b_base64(packed + b"=" * (-len(packed) % 4))


def decoded(content: bytes, told: str) -> str:
    """The bytes as text in the alphabet that is told, or the one that fits."""
    for name in dict.fromkeys((told, *USUAL_ALPHABETS)):
        alphabet = _alphabet(name)
        if alphabet:
            try:
                return content.decode(alphabet)
            except UnicodeError:
                continue
    return content.decode(_alphabet(told) or "utf-8", "replace")


def _alphabet(name: str) -> str:
    """The codec of this name if it is an alphabet; empty for anything else."""
    try:
        known = codecs.lookup(name).name if name else ""
    except (LookupError, ValueError):
        return ""
    return known if ALPHABETS.fullmatch(known) else ""
