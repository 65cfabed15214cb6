"""Papers that prove nothing, such as an invoice: made once from what they say, kept for a while.

A kept paper is named by the digest of what it was made from, so one that says something else is
another file, and an old one is never handed out. It lies encrypted, with that digest inside: a file
that was moved under another name is not handed out either. Whatever is lost is made anew.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from .documents import StoredFileError, read_anything
from .encryption import older_than
from .renderers import a_renderer

FOLDER = "papers"
HERE = Path(__file__).parent
KEPT_OF_ONE = 3  # papers of one order: one is right now, the others were a moment ago
KEPT_FOR = timedelta(days=1)


def kept_paper(
    *, of: str, made_from: Sequence[str], make: Callable[[], bytes], turn: Callable[[], None]
) -> bytes:
    """The paper `of` a code that is made from exactly this; only the first call makes it.

    `made_from` is everything that the paper says; what all papers are drawn with is added here.
    `turn` is called before the paper is made, and may refuse it. Raises AllBusyError.
    """
    digest = hashlib.sha256("\0".join([drawn_with(), *made_from]).encode()).hexdigest()
    name = f"{FOLDER}/{of}-{digest}.pdf"
    content = _read(name, digest)
    if content is not None:
        return content
    with a_renderer(name):
        content = _read(name, digest)  # by whoever held the renderer a moment ago
        if content is None:
            turn()
            content = make()
            _keep(name, digest, content)
            _bound(of)
    return content


@lru_cache
def drawn_with() -> str:
    """A digest of what papers are drawn with: style sheets, fonts, code; it loads no library."""
    libraries = (version(name) for name in ("weasyprint", "pydyf", "segno"))
    digest = hashlib.sha256(" ".join(libraries).encode())
    for path in sorted([*(HERE / "static" / "pdf").rglob("*"), *(HERE / "pdf").glob("*.py")]):
        if path.is_file():
            digest.update(f"\n{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def sweep_papers(ended: Callable[[Sequence[str]], set[str]], *, dry_run: bool = False) -> list[str]:
    """Delete the papers of codes that ended, and every one that is a day old; return their names.

    `ended` returns those of some codes of which nobody asks for a paper any more. `dry_run` only
    names them.
    """
    old = set(older_than(KEPT_FOR, f"{FOLDER}/*.pdf"))
    paths = sorted(_folder().glob("*.pdf"))
    over = ended(sorted({_code_of(path) for path in paths})) if paths else set()
    swept = [path for path in paths if path in old or _code_of(path) in over]
    if not dry_run:
        for path in swept:
            path.unlink(missing_ok=True)
    return [path.name for path in swept]


def _read(name: str, digest: str) -> bytes | None:
    with suppress(StoredFileError):
        inside, _newline, content = read_anything(name).partition(b"\n")
        if inside == digest.encode():
            return content
    return None


def _keep(name: str, digest: str, content: bytes) -> None:
    default_storage.delete(name)  # one that cannot be read
    default_storage.save(name, ContentFile(digest.encode() + b"\n" + content))


def _bound(of: str) -> None:
    """Keep the newest papers of one code."""
    newest_first = sorted(_folder().glob(f"{of}-*.pdf"), key=_written, reverse=True)
    for path in newest_first[KEPT_OF_ONE:]:
        path.unlink(missing_ok=True)


def _written(path: Path) -> float:
    try:
        return os.stat(path).st_mtime
    except FileNotFoundError:  # deleted meanwhile
        return 0


def _code_of(path: Path) -> str:
    return path.name.partition("-")[0]


def _folder() -> Path:
    return Path(default_storage.path(FOLDER))
