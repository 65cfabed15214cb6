"""Mails as people and their programs write them, and as nobody should."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

PROVIDER = "Lesbek.l@mail.ru"
SENT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def a_mail(
    sender: str,
    *,
    subject: str = "Курс туралы сұрақ",
    text: str = "Сәлеметсіз бе! Сабақ қашан басталады?",
    message_id: str = "<1@example.kz>",
    files: tuple[tuple[str, bytes], ...] = (),
    html: str = "",
    **fields: str,
) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"Гүлнұр <{sender}>"
    mail["To"] = PROVIDER
    if subject:
        mail["Subject"] = subject
    mail["Date"] = format_datetime(SENT)
    if message_id:
        mail["Message-ID"] = message_id
    for name, value in fields.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for name, content in files:
        mail.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return mail.as_bytes()


def raw_mail(*lines: str | bytes) -> bytes:
    """A mail by its lines, as no program here would write it."""
    return b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)


def deep(levels: int) -> bytes:
    """Parts within parts."""
    lines = ["From: a@example.kz", "Subject: deep", "MIME-Version: 1.0"]
    for level in range(levels):
        lines += [f'Content-Type: multipart/mixed; boundary="b{level}"', "", f"--b{level}"]
    lines += ["Content-Type: text/plain", "", "the bottom"]
    return raw_mail(*lines)
