"""Say what is wrong with the catalogues: every message in both languages, none fuzzy,
no placeholder lost.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

LANGUAGES = ("kk", "ru")
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%[sd]|\{[a-z_]*\}")
NO_WORDS = shutil.ignore_patterns("__pycache__", "static")
SOURCES = ("offer_site", "enrollment", "payments", "certificates", "materials", "templates")


def faults(project: Path) -> list[str]:
    """Return a line for each message that is missing, fuzzy,
    or has other placeholders than its original.
    """
    said = messages_of(project)
    found = []
    for language in LANGUAGES:
        path = project / "locale" / language / "LC_MESSAGES" / "django.po"
        if not path.exists():
            found.append(f"{path.relative_to(project)} is missing")
            continue
        catalogue = polib.pofile(str(path))
        here = path.relative_to(project)
        known = {
            (entry.msgctxt, entry.msgid)
            for entry in catalogue
            if entry.translated() and not entry.obsolete
        }
        found += [
            f"{here}: not translated: {msgid!r}" for context, msgid in sorted(said - known, key=str)
        ]
        found += [f"{here}: fuzzy: {entry.msgid!r}" for entry in catalogue.fuzzy_entries()]
        found += [
            f"{here}: placeholders differ: {entry.msgid!r}" for entry in catalogue if differs(entry)
        ]
    return found


def differs(entry: polib.POEntry) -> bool:
    """Say whether a translation lacks a placeholder of its original, or has one more."""
    wanted = set(PLACEHOLDER.findall(entry.msgid)) | set(PLACEHOLDER.findall(entry.msgid_plural))
    if entry.msgid_plural:
        return any(
            not set(PLACEHOLDER.findall(text)) <= wanted for text in entry.msgstr_plural.values()
        )
    return bool(entry.msgstr) and set(PLACEHOLDER.findall(entry.msgstr)) != wanted


def messages_of(project: Path) -> set[tuple[str | None, str]]:
    """Extract what the code and the templates say, as makemessages would,
    without touching the catalogues.
    """
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for name in SOURCES:
            # Copied: makemessages leaves files of its own beside what it reads, for a moment, and
            # others read the sources meanwhile.
            shutil.copytree(project / name, scratch / name, ignore=NO_WORDS)
        (scratch / "locale").mkdir()
        command = [
            sys.executable,
            "-m",
            "django",
            "makemessages",
            "-l",
            "kk",
            "-v",
            "0",
        ]
        env = {
            name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"
        }
        subprocess.run(command, cwd=scratch, env=env, check=True)
        catalogue = scratch / "locale" / "kk" / "LC_MESSAGES" / "django.po"
        if not catalogue.exists():
            return set()
        return {
            (entry.msgctxt, entry.msgid)
            for entry in polib.pofile(str(catalogue))
            if not entry.obsolete
        }


if __name__ == "__main__":
    lines = faults(Path(__file__).resolve().parent.parent)
    print("\n".join(lines) or "The catalogues are complete.")
    sys.exit(1 if lines else 0)
