"""Letters as they arrive: a mail server of our own, or the folder of an embedded site."""

import email
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.processes import free_port


def parse(raw: bytes) -> EmailMessage:
    """Read a letter's bytes."""
    return email.message_from_bytes(raw, policy=default)


def letters_in(folder: Path) -> list[EmailMessage]:
    """Read every letter of a mail folder, oldest first;
    a letter that still arrives has another name.
    """
    return [parse(path.read_bytes()) for path in sorted(folder.glob("[!.]*.eml"))]


def text_of(letter: EmailMessage) -> str:
    """Return a letter's plain text."""
    body = letter.get_body(("plain",))
    return body.get_content() if body else ""


class MailServer:
    """An SMTP server that keeps what it is given."""

    def __init__(self, port: int) -> None:
        self.url = f"smtp://127.0.0.1:{port}"
        self.letters: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.letters.append(parse(bytes(envelope.content or b"")))
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run an SMTP server on a free port."""
    port = free_port()
    server = MailServer(port)
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


def wait_for(question: Callable[[], Any], *, seconds: float = 30) -> Any:
    """Ask until the answer is truthy, and return it."""
    end = time.monotonic() + seconds
    while not (answer := question()):
        if time.monotonic() > end:
            raise TimeoutError(f"Nothing came in {seconds} s.")
        time.sleep(0.1)
    return answer
