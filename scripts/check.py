"""The static half of `make check`: each step prints its name, all of them run,
and any that fails fails the whole.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from catalogues import faults
from cryptography.fernet import Fernet

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from offer_site.signing import new_key_file  # noqa: E402
from tests.imap import a_certificate_of_localhost, mailbox_server  # noqa: E402

BIN = Path(sys.executable).parent
TEMPLATES = PROJECT / "templates"
TEMPLATE_LINE = 120  # max_line_length of djlint, which lays out but does not lint it
# Assembled here, so that this file does not name what no file may.
REGISTRIES = re.compile(
    r"(pypi|pythonhosted|npmjs|deb\.debian|registry\.[a-z]+)\.(org|com|io)".replace("(", "(?:")
)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|farm|root|home/\w+)/[\w.]")
LOCKS = {"uv.lock", "pylock.toml", "package-lock.json", "poetry.lock"}


def ran(*command: str, env: dict[str, str] | None = None) -> bool:
    """Run a tool; its output is the explanation."""
    return subprocess.run([BIN / command[0], *command[1:]], cwd=PROJECT, env=env).returncode == 0


def with_settings(**settings: str) -> dict[str, str]:
    """Return an environment with nothing of this machine's
    own settings but the paths of programs.
    """
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    keys = {"SECRET_KEY": "check " * 10, "FIELD_KEYS": Fernet.generate_key().decode()}
    return kept | keys | {"DATABASE_URL": "sqlite://:memory:"} | settings


def production(folder: str, *, mailbox: str) -> dict[str, str]:
    """Return settings as .env.example describes them for production,
    with a signing key in this folder and this mailbox.
    """
    key = Path(folder) / "signing-key.pem"
    key.touch(mode=0o600)
    key.write_bytes(new_key_file(name="Academy", at=datetime.now(UTC)))
    # A value that begins with `$` is the name of another variable to django-environ.
    secret = "s" + "".join(chr(33 + byte % 90) for byte in os.urandom(64))
    return with_settings(
        SECRET_KEY=secret,
        DEBUG="0",
        SITE_URL="https://academy.example.kz",
        DATABASE_URL="postgres://site:password@127.0.0.1:5432/site",
        REDIS_URL="redis://127.0.0.1:6379/0",
        EMAIL_URL="smtp+tls://user:password@mail.example.kz:587",
        INCOMING_MAIL_URL=mailbox,
        MEDIA_ROOT=tempfile.gettempdir(),
        CARD_PUBLIC_ID="pk_check",
        CARD_API_SECRET=os.urandom(16).hex(),
        TRUSTED_PROXIES="1",
        SIGNING_KEY=str(key),
    )


def migrations_complete() -> bool:
    return ran(
        "python",
        "manage.py",
        "makemigrations",
        "--check",
        "--dry-run",
        env=with_settings(DEBUG="1"),
    )


def deploys_safely() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        certificate = Path(folder) / "mailbox.pem"
        certificate.write_bytes(a_certificate_of_localhost())
        with mailbox_server(certificate=certificate) as mailbox:
            return ran(
                "python",
                "manage.py",
                "check",
                "--deploy",
                "--fail-level",
                "WARNING",
                env=production(folder, mailbox=mailbox.url) | {"SSL_CERT_FILE": str(certificate)},
            )


def catalogues_complete() -> bool:
    found = faults(PROJECT)
    print("\n".join(found)) if found else None
    return not found


def template_lines_fit() -> bool:
    """Find lines of templates that no longer fit on a screen."""
    found = [
        f"{path.relative_to(PROJECT)}:{number}: {len(line)} characters"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > TEMPLATE_LINE
    ]
    print("\n".join(found)) if found else None
    return not found


def files_stand_alone() -> bool:
    """Find names of package registries, paths of one machine, and locks that hold both."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    found = []
    for name in listed.stdout.splitlines():
        path = PROJECT / name
        if path.name in LOCKS:
            found.append(f"{name}: a lock that names hosts")
        try:
            lines = path.read_text().splitlines()
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        for number, line in enumerate(lines, 1):
            if REGISTRIES.search(line) or MACHINE_PATHS.search(line):
                found.append(f"{name}:{number}: {line.strip()[:120]}")
    print("\n".join(found)) if found else None
    return not found


STEPS: dict[str, Callable[[], bool]] = {
    "format": lambda: ran("ruff", "format", "--check", "--quiet", "."),
    "lint": lambda: ran("ruff", "check", "--quiet", "."),
    "templates": lambda: ran("djlint", "templates", "--lint", "--quiet"),
    "template lines": template_lines_fit,
    "types": lambda: ran("mypy", env=with_settings(DEBUG="1")),
    "migrations": migrations_complete,
    "deploy": deploys_safely,
    "catalogues": catalogues_complete,
    "files": files_stand_alone,
}


def main(wanted: list[str]) -> int:
    """Run the steps named, or all."""
    failed = []
    for name in wanted or STEPS:
        print(f"--- {name}", flush=True)
        if not STEPS[name]():
            failed.append(name)
    print(f"check: {', '.join(failed)} failed" if failed else "check: all is well")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
