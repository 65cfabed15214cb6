"""A mail backend for development: one file a letter in a folder, readable at /dev/mail/."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.timezone import now


def mail_folder() -> Path:
    """The folder that EMAIL_URL names, as in filemail:///folder."""
    return Path(settings.EMAIL_FILE_PATH)  # type: ignore[misc]


class FolderBackend(BaseEmailBackend):
    """Each letter becomes `<time>-<number>.eml`, so that names sort by time."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = mail_folder()
        folder.mkdir(parents=True, exist_ok=True)
        for number, message in enumerate(email_messages):
            mail: Any = message.message()
            name = f"{now():%Y%m%d-%H%M%S-%f}-{number}.eml"
            arriving = folder / f".{name}"
            arriving.write_bytes(mail.as_bytes(linesep="\r\n"))
            # Renamed when whole: a reader never finds half a letter.
            arriving.rename(folder / name)
        return len(email_messages)
