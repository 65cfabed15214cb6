"""Folders of editions for tests: the real one, copied, with words changed."""

from pathlib import Path
from shutil import copytree

from tests.given import OFFER

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
