"""What mail servers write of a letter that did not arrive, in their own forms,
about a letter that was really sent.
"""

from datetime import datetime
from email.utils import format_datetime

from offer_site.notices.models import Notice

HEAD = """\
Return-Path: <>
From: {daemon}
To: Lesbek.l@mail.ru
Subject: {subject}
Date: {date}
Message-ID: <{own}@mx.example.kz>
Auto-Submitted: auto-replied
"""
PARTS = """\
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"

--{boundary}
Content-Type: text/plain; charset=utf-8

{words}

--{boundary}
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.kz
Arrival-Date: {date}

{fields}

--{boundary}
Content-Type: {kind}

{returned}

--{boundary}--
"""
EXIM = """\
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
X-Failed-Recipients: {recipient}

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {recipient}
    SMTP error from remote mail server after RCPT TO:<{recipient}>:
    host mx.example.kz [192.0.2.7]: 550 5.1.1 no such user here

------ This is a copy of the message, including all the headers. ------

{returned}
"""


def head_of(notice: Notice) -> str:
    """The letter's own head, as a server gives it back."""
    raw = notice.stored_letter() or b""
    return raw.split(b"\r\n\r\n")[0].decode().replace("\r\n", "\n")


def a_report(
    notice: Notice,
    *,
    at: datetime,
    action: str = "failed",
    status: str = "5.1.1",
    recipient: str = "",
    returned: str | None = None,
    kind: str = "text/rfc822-headers",
    own: str = "report-1",
) -> bytes:
    """Write a report of RFC 3464, as Postfix, Gmail and newer Exim do."""
    recipient = recipient or notice.recipient
    said = "550 5.1.1 The email account that you tried to reach does not exist"
    fields = (
        f"Original-Recipient: rfc822;{recipient}\nFinal-Recipient: RFC822; {recipient}\nAction: "
        f"{action}\n"
        f"Status: {status} (said)\nDiagnostic-Code: smtp; {said}"
    )
    date = format_datetime(at)
    boundary = "=_report"
    text = HEAD.format(
        daemon="Mail Delivery Subsystem <MAILER-DAEMON@mx.example.kz>",
        subject="Delivery",
        date=date,
        own=own,
    )
    text += PARTS.format(
        boundary=boundary,
        words="It could not be delivered.",
        date=date,
        fields=fields,
        kind=kind,
        returned=head_of(notice) if returned is None else returned,
    )
    return text.replace("\n", "\r\n").encode()


def a_report_of_exim(notice: Notice, *, at: datetime, permanent: bool = True) -> bytes:
    """Write a report as mail.ru does: a text, with no part for machines;
    a warning of a delay has other words.
    """
    text = HEAD.format(
        daemon="Mail Delivery System <mailer-daemon@corp.mail.ru>",
        subject="Mail delivery failed",
        date=format_datetime(at),
        own="exim-1",
    )
    text += EXIM.format(recipient=notice.recipient, returned=head_of(notice) + "\n\nPGh0bWw+")
    if not permanent:
        text = text.replace("This is a permanent error.", "No action is required on your part.")
        text = text.replace("could not be delivered", "has not yet been delivered")
        text = text.replace("550 5.1.1 no such user here", "451 4.7.1 greylisted")
    return text.replace("\n", "\r\n").encode()


def a_mail_of_a_person(*, at: datetime, text: str = "Сәлеметсіз бе!") -> bytes:
    """Write what a student may write to the provider's address (12.1.2.2)."""
    head = (
        "From: aigerim@example.kz\nTo: Lesbek.l@mail.ru\nSubject: Question\n"
        f"Date: {format_datetime(at)}\n"
    )
    return f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}\n".replace(
        "\n", "\r\n"
    ).encode()
