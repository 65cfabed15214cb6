"""Folders of editions for tests: the real one, copied, with words changed."""

import re
import tomllib
from datetime import timedelta
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from enrollment.models import Edition
from enrollment.operations.offering.offers import publish_offer
from tests.given import OFFER, PUBLISHED

CONDUCT = {"6.3", "6.4", "7.2.8", "11.5"}  # whose rules a breach names
FILES = ("kk.md", "ru.md", "terms.toml", "differences.toml")


def a_folder(tmp_path: Path, name: str = "2026-12-01") -> Path:
    """A copy of the real edition's folder."""
    return Path(copytree(OFFER, tmp_path / name))


def change(folder: Path, file: str, old: str, new: str) -> Path:
    """Change one place of one file; a test that changes nothing is no test."""
    text = (folder / file).read_text()
    assert text.count(old) == 1, f"{file} has {old!r} {text.count(old)} times"
    (folder / file).write_text(text.replace(old, new))
    return folder


def a_later_edition(tmp_path: Path, name: str = "2026-12-01") -> Path:
    """The real edition with another e-mail clause in both languages: a lawful next edition."""
    folder = a_folder(tmp_path, name)
    change(folder, "kk.md", "10.3. Даулар", "10.3. Келісімге келмеген даулар")
    return change(folder, "ru.md", "10.3. Споры", "10.3. Неурегулированные споры")


def a_short_edition() -> Edition:
    """An edition with the clauses in which terms and rules stand alone, in force the day after the
    real one: its contract is set in a quarter of the time.
    """
    with TemporaryDirectory() as folder:
        short = a_short_folder(Path(folder))
        at = PUBLISHED + timedelta(days=1)
        edition, _is_new = publish_offer(folder=short, by="system", at=at)
    return edition


def a_short_folder(tmp_path: Path, name: str = "short") -> Path:
    """The folder of a lawful edition whose PDF takes half a second and not two."""
    folder = a_folder(tmp_path, name)
    places = tomllib.loads((folder / "terms.toml").read_text())["clauses"].values()
    with_terms = CONDUCT | {number for numbers in places for number in numbers}
    for text in ("kk.md", "ru.md"):
        (folder / text).write_text(_shortened((folder / text).read_text(), with_terms))
    (folder / "differences.toml").write_text("")
    return folder


def _shortened(text: str, numbers: set[str]) -> str:
    """Keep these clauses, the sections in which they stand, and what stands before the first."""
    kept: list[str] = []
    heading = ""
    keeps = True
    for block in text.strip().split("\n\n"):
        if block.startswith("## "):
            heading = block
            keeps = False
            continue
        if found := re.match(r"(\d+(?:\.\d+)+)\. ", block):
            keeps = found[1] in numbers
        if keeps:
            kept += [heading, block] if heading else [block]
            heading = ""
    return "\n\n".join(kept) + "\n"
