"""Folders of a mailbox: their names on the wire (RFC 3501, 5.1.3) and which of them holds spam."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

JUNK = "\\Junk"
# `\Spam` is what XLIST says, and what mail.ru and Yandex say to LIST.
USES = {JUNK: {"\\junk", "\\spam"}}
# Where a server tells no use of a folder, its name does; Outlook's and mail.ru's own among them.
NAMES = {
    JUNK: {
        "junk",
        "junk e-mail",
        "junk email",
        "spam",
        "bulk mail",
        "спам",
        "нежелательная почта",
    }
}
SHIFTED = re.compile(r"&([^-]*)-")
UNSHIFTED = re.compile(r"[^\x20-\x7e]+")
# (\HasNoChildren \Junk) "/" "&BCEEPwQwBDw-"
LISTED = re.compile(rb'^\((?P<flags>[^)]*)\) (?:"\\?(?P<between>.)"|NIL) ?(?P<name>.*)$', re.DOTALL)


@dataclass(frozen=True)
class Folder:
    """A folder as the server lists it; `wire` is the name that the server is told."""

    wire: str
    flags: frozenset[str]
    between: str

    @property
    def name(self) -> str:
        return from_wire(self.wire)

    def is_used_as(self, use: str) -> bool:
        return bool(self.flags & USES.get(use, {use.lower()}))

    def is_called_as(self, use: str) -> bool:
        last = self.name.rpartition(self.between)[2] if self.between else self.name
        return last.lower() in NAMES.get(use, set())


def to_wire(name: str) -> str:
    """Modified UTF-7: `Спам` is `&BCEEPwQwBDw-`, and & is `&-`."""
    return UNSHIFTED.sub(lambda found: f"&{_base64(found[0])}-", name.replace("&", "&-"))


def from_wire(wire: str) -> str:
    """The name as people read it; one that is no modified UTF-7 stays as it is."""
    try:
        return SHIFTED.sub(lambda found: _text(found[1]) if found[1] else "&", wire)
    except ValueError:
        return wire


def listed(answer: list[Any]) -> Iterator[Folder]:
    """The folders in an answer to LIST or XLIST; a name may come quoted, bare or as a literal."""
    for line in answer:
        head, literal = line if isinstance(line, tuple) else (line, None)
        found = LISTED.match(head) if isinstance(head, bytes) else None
        if found is None:
            continue
        raw = found["name"] if literal is None else literal
        name = raw.decode(errors="replace")
        if literal is None and name.startswith('"'):
            name = re.sub(r"\\(.)", r"\1", name[1:-1])
        flags = found["flags"].decode(errors="replace").lower().split()
        yield Folder(name, frozenset(flags), (found["between"] or b"").decode(errors="replace"))


def _base64(text: str) -> str:
    shifted = base64.b64encode(text.encode("utf-16-be")).decode()
    return shifted.rstrip("=").replace("/", ",")


def _text(shifted: str) -> str:
    padded = shifted.replace(",", "/") + "=" * (-len(shifted) % 4)
    return base64.b64decode(padded, validate=True).decode("utf-16-be")
