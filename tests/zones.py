"""Zone files of another year, for programs that tests start."""

import struct
from pathlib import Path


def with_an_old_zone_file(folder: Path) -> dict[str, str]:
    """The environment of a program that finds Almaty at +06, as before March 2024."""
    name = folder / "Asia" / "Almaty"
    name.parent.mkdir(parents=True, exist_ok=True)
    name.write_bytes(fixed_zone(hours=6))
    return {"PYTHONTZPATH": str(folder)}


def fixed_zone(*, hours: int) -> bytes:
    """A zone file (RFC 8536) with one offset for all times."""
    abbreviation = f"+{hours:02}".encode() + b"\0"
    counts = struct.pack(">6l", 0, 0, 0, 0, 1, len(abbreviation))
    block = struct.pack(">lBB", hours * 3600, 0, 0) + abbreviation
    head = b"TZif2" + b"\0" * 15 + counts
    return head + block + head + block + f"\n<+{hours:02}>-{hours}\n".encode()
