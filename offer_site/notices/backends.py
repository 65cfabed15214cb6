"""Mail that goes nowhere: one file a letter in a folder, to be read at /dev/mail/."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.timezone import now


def mail_folder() -> Path:
    """Give the folder that EMAIL_URL names: filemail:///folder."""
    return Path(settings.EMAIL_FILE_PATH)  # type: ignore[misc]


class FolderBackend(BaseEmailBackend):
    """Put every letter into the folder as `<time>-<number>.eml`, so that names sort by time."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = mail_folder()
        folder.mkdir(parents=True, exist_ok=True)
        for number, message in enumerate(email_messages):
            mail: Any = message.message()
            name = f"{now():%Y%m%d-%H%M%S-%f}-{number}.eml"
            arriving = folder / f".{name}"
            arriving.write_bytes(mail.as_bytes(linesep="\r\n"))
            arriving.rename(folder / name)  # a reader never finds half a letter
        return len(email_messages)
