"""A hundred reports of mail servers about a letter of ours, each in its server's own manner, and
what must come of it. Written for the tests from what is publicly known of these programs.

A manner writes the mail; the table at the end says which manner, which cause, and what must come
of it.
"""

import base64
import quopri
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

BOUNCED = "bounced"
DELAYED = "not bounced"
OTHERS = ""  # no report about a letter of ours: it stays where it is

ROOT = "Mail Delivery System <MAILER-DAEMON@mx.example.kz>"


@dataclass(frozen=True)
class Original:
    """The letter that is reported on."""

    recipient: str
    message_id: str
    head: str  # with LF
    at: datetime

    @property
    def date(self) -> str:
        return format_datetime(self.at)


@dataclass(frozen=True)
class Cause:
    """Why it did not arrive: the status, and the words of the server that was asked."""

    status: str
    words: str
    action: str = "failed"


NO_USER = Cause("5.1.1", "550 5.1.1 no such mailbox here")
NO_DOMAIN = Cause("5.1.2", "550 5.1.2 the domain is not known")
NOT_FOUND = Cause("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound")
DISABLED = Cause("5.2.1", "550 5.2.1 this mailbox is switched off")
FULL = Cause("5.2.2", "552 5.2.2 the mailbox is over its quota")
TOO_BIG = Cause("5.3.4", "552 5.3.4 more than this server takes")
NO_ROUTE = Cause("5.4.4", "550 5.4.4 no server takes mail for this domain")
LOOP = Cause("5.4.6", "554 5.4.6 too many hops")
EXPIRED = Cause("4.4.7", "421 4.4.7 no answer in five days")
POLICY = Cause("5.7.1", "550 5.7.1 refused by the owner of the mailbox")
SILENT = Cause("4.4.1", "the connection to the server timed out", "delayed")
GREY = Cause("4.2.0", "450 4.2.0 come again later", "delayed")

Manner = Callable[[Original, Cause], str]


def head(**fields: str) -> str:
    """Write a head; `from_` is From, and an underscore is a hyphen."""
    names = {name: name.strip("_").replace("_", "-").title() for name in fields}
    return "".join(f"{names[name]}: {value}\n" for name, value in fields.items())


def report(
    original: Original,
    cause: Cause,
    *,
    words: str,
    per_message: str,
    per_recipient: str,
    from_: str = ROOT,
    subject: str = "Undelivered Mail Returned to Sender",
    returned: str = "text/rfc822-headers",
    status_part: str = "message/delivery-status",
    boundary: str = "B0.kz/1",
    **more: str,
) -> str:
    """Write the three parts of RFC 3464."""
    top = head(
        return_path="<>",
        date=original.date,
        from_=from_,
        to="Lesbek.l@mail.ru",
        subject=subject,
        message_id=f"<report.{cause.status}@mx.example.kz>",
        **more,
    )
    copy = (
        f"\n--{boundary}\nContent-Type: {returned}\n\n{original.head}\n\nPGh0bWw+\n"
        if returned
        else ""
    )
    return (
        f"{top}MIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type=delivery-status;\n\tboundary="{boundary}"\n\n'
        f"This is a MIME-encapsulated message.\n\n--{boundary}\n"
        f"Content-Type: text/plain; charset=us-ascii\n\n{words}\n\n--{boundary}\n"
        f"Content-Type: {status_part}\n\n{per_message}\n\n{per_recipient}\n"
        f"{copy}\n--{boundary}--\n"
    )


def text_mail(
    original: Original, body: str, *, from_: str = ROOT, subject: str, **more: str
) -> str:
    """Write a mail of one text."""
    top = head(
        return_path="<>",
        date=original.date,
        from_=from_,
        to="Lesbek.l@mail.ru",
        subject=subject,
        message_id="<text@mx.example.kz>",
        **more,
    )
    return f"{top}\n{body}"


def smtp_fields(
    original: Original, cause: Cause, *, final: str = "rfc822; ", remote: str = ""
) -> str:
    lines = [
        f"Final-Recipient: {final}{original.recipient}",
        f"Action: {cause.action}",
        f"Status: {cause.status}",
        *([f"Remote-MTA: dns; {remote}"] if remote else []),
        f"Diagnostic-Code: smtp; {cause.words}",
    ]
    return "\n".join(lines)


# --- Servers that write the parts of RFC 3464


def postfix(original: Original, cause: Cause) -> str:
    delayed = cause.action == "delayed"
    return report(
        original,
        cause,
        subject="Delayed Mail (still being retried)"
        if delayed
        else "Undelivered Mail Returned to Sender",
        words="This is the mail system at host mx.example.kz.\n\n"
        + (
            "####################################################################\n"
            "# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #\n"
            "####################################################################\n"
            if delayed
            else "I'm sorry to have to inform you that your message could not\n"
            "be delivered to one or more recipients. It's attached below.\n"
        )
        + f"\n<{original.recipient}>: host mx.there.kz[192.0.2.7] said:\n    {cause.words} (in "
        "reply "
        "to RCPT TO command)",
        per_message="Reporting-MTA: dns; mx.example.kz\nX-Postfix-Queue-ID: 4F1A2C0043\n"
        f"X-Postfix-Sender: rfc822; Lesbek.l@mail.ru\nArrival-Date: {original.date}",
        per_recipient=smtp_fields(original, cause, remote="mx.there.kz").replace(
            "\nAction", f"\nOriginal-Recipient: rfc822;{original.recipient}\nAction"
        ),
        returned="message/rfc822",
        auto_submitted="auto-replied",
    )


def exim_parts(original: Original, cause: Cause) -> str:
    return report(
        original,
        cause,
        subject="Mail delivery failed: returning message to sender",
        words="This message was created automatically by mail delivery software.\n\nA message that "
        "you sent could not be delivered to one or more of its\nrecipients. This is a permanent "
        f"error. The following address(es) failed:\n\n  {original.recipient}\n    host mx.there.kz "
        f"[192.0.2.7]\n    SMTP error from remote mail server after RCPT TO:<{original.recipient}>:"
        f"\n    {cause.words}",
        per_message="Reporting-MTA: dns; mx.example.kz",
        per_recipient=f"Action: failed\nFinal-Recipient: rfc822;{original.recipient}\nStatus: "
        f"{cause.status}\nRemote-MTA: dns; mx.there.kz\nDiagnostic-Code: smtp; {cause.words}",
        returned="message/rfc822",
        boundary="1669800000-eximdsn-123456789",
        x_failed_recipients=original.recipient,
        auto_submitted="auto-replied",
    )


def sendmail(original: Original, cause: Cause) -> str:
    delayed = cause.action == "delayed"
    return report(
        original,
        cause,
        from_="Mail Delivery Subsystem <MAILER-DAEMON@mx.example.kz>",
        subject="Warning: could not send message for past 4 hours"
        if delayed
        else "Returned mail: see transcript for details",
        words=f"The original message was received at {original.date}\nfrom localhost [127.0.0.1]\n"
        "\n"
        + (
            "    **********************************************\n"
            "    **      THIS IS A WARNING MESSAGE ONLY      **\n"
            "    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n"
            "    **********************************************\n"
            if delayed
            else f"   ----- The following addresses had permanent fatal errors -----\n"
            f"<{original.recipient}>\n    (reason: {cause.words})\n"
        )
        + "\n   ----- Transcript of session follows -----\n... while talking to mx.there.kz.:\n"
        f">>> RCPT To:<{original.recipient}>\n<<< {cause.words}",
        per_message=f"Reporting-MTA: dns; mx.example.kz\nReceived-From-MTA: DNS; localhost\n"
        f"Arrival-Date: {original.date}",
        per_recipient=smtp_fields(original, cause, final="RFC822; ", remote="mx.there.kz")
        + f"\nLast-Attempt-Date: {original.date}",
        auto_submitted="auto-generated (failure)",
    )


def gmail(original: Original, cause: Cause) -> str:
    failure = "Delay" if cause.action == "delayed" else "Failure"
    return report(
        original,
        cause,
        from_="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        subject=f"Delivery Status Notification ({failure})",
        words="** Address not found **\n\nYour message wasn't delivered to "
        f"{original.recipient} because the address couldn't be found, or is unable to receive "
        f"mail.\n\nThe response from the remote server was:\n{cause.words}",
        per_message="Reporting-MTA: dns; googlemail.com\nArrival-Date: "
        f"{original.date}\nX-Original-Message-ID: {original.message_id}",
        per_recipient=smtp_fields(original, cause, remote="mx.there.kz. (192.0.2.7, the server.)")
        + f"\nLast-Attempt-Date: {original.date}",
        returned="message/rfc822",
        boundary="000000000000a1b2c305",
        references=original.message_id,
        in_reply_to=original.message_id,
        x_failed_recipients=original.recipient,
        auto_submitted="auto-replied",
    )


def exchange(original: Original, cause: Cause) -> str:
    return report(
        original,
        cause,
        from_='"Microsoft Outlook"\n <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@office.kz>',
        subject="Undeliverable: =?utf-8?B?0JrQvtC0?=",
        words="Delivery has failed to these recipients or groups:\n\n"
        f"{original.recipient}\nThe e-mail address you entered couldn't be found.\n\n"
        "Diagnostic information for administrators:\n\nGenerating server: ex01.office.kz\n\n"
        f"{original.recipient}\n#{cause.words} ##",
        per_message="Reporting-MTA: dns;ex01.office.kz\nReceived-From-MTA: dns;mx.example.kz\n"
        f"Arrival-Date: {original.date}",
        per_recipient=f"Final-Recipient: rfc822;{original.recipient}\nAction: {cause.action}\n"
        f"Status: {cause.status}\nDiagnostic-Code: smtp;{cause.words}\nX-Display-Name: Aigerim",
        returned="message/rfc822",
        in_reply_to=original.message_id,
        x_ms_exchange_message_is_ndr="",
    )


def office_365(original: Original, cause: Cause) -> str:
    return report(
        original,
        cause,
        from_="postmaster@office.onmicrosoft.com",
        subject="=?utf-8?B?0J3QtSDRg9C00LDQu9C+0YHRjCDQtNC+0YHRgtCw0LLQuNGC0Yw=?=",
        words=f"Your message to {original.recipient} couldn't be delivered.\n\nSecurity or policy "
        f"settings at there.kz have rejected your message.\n\n{cause.words}",
        per_message="Reporting-MTA: dns;AM0PR01MB1234.eurprd01.prod.exchangelabs.com\n"
        f"Received-From-MTA: dns;mx.example.kz\nArrival-Date: {original.date}",
        per_recipient=f"Final-Recipient: rfc822;{original.recipient}\nAction: {cause.action}\n"
        f"Status: {cause.status}\nDiagnostic-Code: smtp;{cause.words} [AM0PR01MB1234]\n"
        "X-Display-Name: aigerim",
        returned="message/rfc822",
        references=original.message_id,
    )


def yandex(original: Original, cause: Cause) -> str:
    return report(
        original,
        cause,
        from_="mailer-daemon@yandex.ru",
        subject="=?utf-8?B?0J3QtdC00L7RgdGC0LDQstC70LXQvdC90L7QtSDRgdC+0L7QsdGJ0LXQvdC40LU=?=",
        words="This is the mail system at host forward100.mail.yandex.net.\n\nI'm sorry to have to "
        "inform you that your message could not\nbe delivered to one or more recipients.\n\n"
        f"<{original.recipient}>: {cause.words}",
        per_message="Reporting-MTA: dns; forward100.mail.yandex.net\nX-Yandex-Queue-ID: 9A0B\n"
        f"X-Yandex-Sender: rfc822; Lesbek.l@mail.ru\nArrival-Date: {original.date}",
        per_recipient=smtp_fields(original, cause, remote="mx.there.kz"),
        returned="message/rfc822",
    )


def amazon_ses(original: Original, cause: Cause) -> str:
    return report(
        original,
        cause,
        from_="MAILER-DAEMON@eu-west-1.amazonses.com",
        subject="Delivery Status Notification (Failure)",
        words=f"An error occurred while trying to deliver the mail to the following recipients:\n"
        f"{original.recipient}",
        per_message="Reporting-MTA: dns; a4-14.smtp-out.eu-west-1.amazonses.com",
        per_recipient=f"Action: failed\nFinal-Recipient: rfc822; {original.recipient}\n"
        f"Diagnostic-Code: smtp; {cause.words}\nStatus: {cause.status}",
        returned="message/rfc822",
    )


def courier(original: Original, cause: Cause) -> str:
    return report(
        original,
        cause,
        from_='"Courier mail server at mx.example.kz" <@mx.example.kz>',
        subject="NOTICE: mail delivery status.",
        words="This is a delivery status notification from mx.example.kz,\nrunning the Courier "
        "mail "
        "server, version 1.\n\nUNDELIVERABLE MAIL\n\nYour message to the following recipients "
        "cannot "
        f"be delivered:\n\n<{original.recipient}>:\n    mx.there.kz [192.0.2.7]:\n>>> RCPT TO\n"
        f"<<< {cause.words}",
        per_message=f"Reporting-MTA: dns; mx.example.kz\nArrival-Date: {original.date}",
        per_recipient=f"Final-Recipient: rfc822; {original.recipient}\nAction: {cause.action}\n"
        f"Status: {cause.status[0]}.0.0\nRemote-MTA: dns; mx.there.kz [192.0.2.7]\n"
        f"Diagnostic-Code: smtp; {cause.words}",
        returned='text/rfc822-headers; charset="utf-8"',
    )


def communigate(original: Original, cause: Cause) -> str:
    return report(
        original,
        cause,
        from_="MAILER-DAEMON@mail.office.kz",
        subject="Undeliverable mail",
        words=f"Failed to deliver to '{original.recipient}'\nSMTP module(domain there.kz) "
        "reports:\n "
        f"{original.recipient}: {cause.words}",
        per_message="Reporting-MTA: dns; mail.office.kz",
        per_recipient=f"Original-Recipient: rfc822;<{original.recipient}>\nFinal-Recipient: "
        f"rfc822;<{original.recipient}>\nAction: {cause.action}\nStatus: {cause.status}",
    )


def opensmtpd(original: Original, cause: Cause) -> str:
    return report(
        original,
        cause,
        from_="Mailer Daemon <MAILER-DAEMON@mx.example.kz>",
        subject="Delivery status notification: error",
        words="Hi!\n\nThis is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\nAn error "
        "has "
        f"occurred while attempting to deliver a message for\nthe following list of recipients:\n\n"
        f"{original.recipient}: {cause.words}",
        per_message="Reporting-MTA: dns; mx.example.kz",
        per_recipient=f"Final-Recipient: rfc822; {original.recipient}\nAction: {cause.action}\n"
        f"Status: {cause.status}",
    )


def powermta(original: Original, cause: Cause) -> str:
    return report(
        original,
        cause,
        from_="postmaster@mx.example.kz",
        subject="Delivery report",
        words="Hello, this is the mail server on mx.example.kz.\n\nI am sending you this message "
        "to "
        f"inform you on the delivery status of a\nmessage you previously sent.\n\n"
        f"  <{original.recipient}>; {cause.words}",
        per_message=f"Reporting-MTA: dns;mx.example.kz\nX-PowerMTA-VirtualMTA: mx\n"
        f"Received-From-MTA: dns;localhost\nArrival-Date: {original.date}",
        per_recipient=f"Final-Recipient: rfc822;{original.recipient}\nAction: {cause.action}\n"
        f"Status: {cause.status} (undefined status)\nRemote-MTA: dns;mx.there.kz (192.0.2.7)\n"
        f"Diagnostic-Code: smtp;{cause.words}\nX-PowerMTA-BounceCategory: bad-mailbox",
    )


def domino(original: Original, cause: Cause) -> str:
    return report(
        original,
        cause,
        from_="Postmaster@office.kz",
        subject="DELIVERY FAILURE: User aigerim not listed in Domino Directory",
        words="Your message\n\n  Subject: Code\n\nwas not delivered to:\n\n  "
        f"{original.recipient}\n\n"
        f"because:\n\n  User aigerim ({original.recipient}) not listed in Domino Directory",
        per_message="Reporting-MTA: dns;domino.office.kz",
        per_recipient=f"Final-Recipient: rfc822;{original.recipient}\nAction: failed\n"
        f"Status: {cause.status}\nDiagnostic-Code: X-Notes; User aigerim ({original.recipient}) "
        "not "
        "listed in Domino\n  Directory",
        returned="message/rfc822",
    )


def james(original: Original, cause: Cause) -> str:
    return report(
        original,
        cause,
        from_="postmaster@mx.example.kz",
        subject="Re: Code",
        words="Hi. This is the James mail server at mx.example.kz.\nI'm afraid I wasn't able to "
        "deliver "
        f"your message to the following addresses.\n\nFailed recipient(s):\n{original.recipient}\n"
        "\n"
        f"Error message:\n{cause.words}",
        per_message="Reporting-MTA: dns; mx.example.kz\nReceived-From-MTA: dns; 127.0.0.1",
        per_recipient=f"Final-Recipient: rfc822; {original.recipient}\nAction: {cause.action}\n"
        f"Status: {cause.status}\nDiagnostic-Code: X-James; {cause.words}",
        returned='text/rfc822-headers; name="Message Headers"',
    )


def oracle(original: Original, cause: Cause) -> str:
    return report(
        original,
        cause,
        from_="Internet Mail Delivery <postmaster@mail.office.kz>",
        subject="Delivery Notification: Delivery has failed",
        words="This report relates to a message you sent with the following header fields:\n\n"
        f"  Message-id: {original.message_id}\n  To: {original.recipient}\n\nYour message cannot "
        "be "
        f"delivered to the following recipients:\n\n  Recipient address: {original.recipient}\n"
        f"  Reason: Remote SMTP server has rejected address\n  Diagnostic code: smtp;{cause.words}",
        per_message="Original-envelope-id: 0NFC009FLKOUVMA0@mail.office.kz\n"
        "Reporting-MTA: dns;mail.office.kz (tcp-daemon)",
        per_recipient=f"Original-recipient: rfc822;{original.recipient}\nFinal-recipient: "
        f"rfc822;{original.recipient}\nAction: failed\nStatus: {cause.status} (Remote SMTP server "
        "has "
        f"rejected address)\nRemote-MTA: dns;mx.there.kz\nDiagnostic-code: smtp;{cause.words}",
        returned="message/rfc822",
        boundary="Boundary_(ID_x4tZ3Q)",
    )


def mdaemon(original: Original, cause: Cause) -> str:
    return report(
        original,
        cause,
        from_='"MDaemon at office.kz" <MDaemon@office.kz>',
        subject="Permanent Delivery Failure",
        words=f"The attached message had PERMANENT fatal delivery errors!\n\nFailed address: "
        f"{original.recipient}\n\n--- Session Transcript ---\n Mon 10:00: <-- {cause.words}",
        per_message="Reporting-MTA: dns;office.kz",
        per_recipient=f"Final-Recipient: rfc822;{original.recipient}\nAction: failed\nStatus: "
        f"{cause.status}",
        returned="message/rfc822",
    )


# --- Servers that write a text


EXIM_WORDS = """\
This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {recipient}
    SMTP error from remote mail server after RCPT TO:<{recipient}>:
    host mx.there.kz [192.0.2.7]: {words}

------ This is a copy of {copy} ------

{head}

PGh0bWw+
"""
EXIM_WARNING = """\
This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.example.kz.

The message identifier is:     1kXyZa-0001Bc-De
The address to which the message has not yet been delivered is:

  {recipient}
    Delay reason: {words}

No action is required on your part. Delivery attempts will continue for
some time, and this warning may be repeated at intervals if the message
remains undelivered.

------ This is a copy of the message's headers. ------

{head}
"""


def exim(original: Original, cause: Cause) -> str:
    delayed = cause.action == "delayed"
    body = (EXIM_WARNING if delayed else EXIM_WORDS).format(
        recipient=original.recipient,
        words=cause.words,
        copy="the message, including all the headers.",
        head=original.head,
    )
    subject = (
        "Warning: message 1kXyZa-0001Bc-De delayed 24 hours"
        if delayed
        else "Mail delivery failed: returning message to sender"
    )
    more = {} if delayed else {"x_failed_recipients": original.recipient}
    return text_mail(original, body, subject=subject, auto_submitted="auto-replied", **more)


def exim_of_another_sender(original: Original, cause: Cause) -> str:
    """Exim's form for an address that a list or an alias led to, with headers only."""
    body = (
        "This message was created automatically by mail delivery software.\n\nA message sent by\n\n"
        "  <Lesbek.l@mail.ru>\n\ncould not be delivered to one or more of its recipients. The "
        f"following\naddress(es) failed:\n\n  aigerim.new@there.kz\n    (generated from "
        f"{original.recipient})\n    {cause.words}\n\n------ This is a copy of the message's "
        "headers."
        f" ------\n\n{original.head}\n"
    )
    return text_mail(
        original,
        body,
        subject="Mail delivery failed: returning message to sender",
        x_failed_recipients="aigerim.new@there.kz",
    )


def mail_ru(original: Original, cause: Cause) -> str:
    body = EXIM_WORDS.format(
        recipient=original.recipient,
        words=cause.words,
        copy="the message, including all the headers.",
        head=original.head,
    )
    return text_mail(
        original,
        body,
        from_="mailer-daemon@corp.mail.ru",
        subject="Mail failure.",
        x_failed_recipients=original.recipient,
        content_type="text/plain; charset=utf-8",
        x_mailru_msgtype="bounce",
    )


def gmx(original: Original, cause: Cause) -> str:
    body = (
        "This message was created automatically by mail delivery software.\n\nA message that you "
        "sent "
        "could not be delivered to one or more of\nits recipients. This is a permanent error. The "
        f'following address\nfailed:\n\n"{original.recipient}":\nSMTP error from remote server '
        "after "
        f"RCPT command:\nhost: mx.there.kz\n{cause.words}\n\n\n--- The header of the original "
        "message is "
        f"following. ---\n\n{original.head}\n"
    )
    return text_mail(
        original,
        body,
        from_='"GMX Mailer Daemon" <mailer-daemon@gmx.net>',
        subject="Mail delivery failed: returning message to sender",
    )


def gmail_older(original: Original, cause: Cause) -> str:
    delayed = cause.action == "delayed"
    body = (
        "This is an automatically generated Delivery Status Notification\n\n"
        + (
            "THIS IS A WARNING MESSAGE ONLY.\n\nYOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\n"
            "Delivery to "
            f"the following recipient has been delayed:\n\n     {original.recipient}\n\nMessage "
            "will be "
            "retried for 2 more day(s)\n\nTechnical details of temporary failure:\n"
            if delayed
            else "Delivery to the following recipient failed permanently:\n\n"
            f"     {original.recipient}\n\nTechnical details of permanent failure:\n"
        )
        + "Google tried to deliver your message, but it was rejected by the server for the "
        "recipient "
        f"domain there.kz by mx.there.kz. [192.0.2.7].\n\nThe error that the other server returned "
        f"was:\n{cause.words}\n\n----- Original message -----\n\n{original.head}\n\n"
        "----- Message truncated -----\n"
    )
    return text_mail(
        original,
        body,
        from_="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        subject="Delivery Status Notification (Delay)"
        if delayed
        else "Delivery Status Notification (Failure)",
        x_failed_recipients=original.recipient,
        mime_version="1.0",
        content_type="text/plain; charset=UTF-8",
    )


def qmail(original: Original, cause: Cause) -> str:
    body = (
        "Hi. This is the qmail-send program at mx.example.kz.\nI'm afraid I wasn't able to deliver "
        "your "
        "message to the following addresses.\nThis is a permanent error; I've given up. Sorry it "
        "didn't "
        f"work out.\n\n<{original.recipient}>:\n192.0.2.7 does not like recipient.\nRemote host "
        "said: "
        f"{cause.words}\nGiving up on 192.0.2.7.\n\n--- Below this line is a copy of the message.\n"
        "\n"
        f"Return-Path: <Lesbek.l@mail.ru>\nReceived: (qmail 1234 invoked by uid 89); "
        f"{original.date}\n{original.head}\n\nPGh0bWw+\n"
    )
    return text_mail(original, body, from_="MAILER-DAEMON@mx.example.kz", subject="failure notice")


def qmail_local(original: Original, cause: Cause) -> str:
    body = (
        "Hi. This is the qmail-send program at there.kz.\nI'm afraid I wasn't able to deliver your "
        "message to the following addresses.\nThis is a permanent error; I've given up. Sorry it "
        "didn't "
        f"work out.\n\n<{original.recipient}>:\nSorry, no mailbox here by that name. "
        f"(#{cause.status})\n\n--- Below this line is a copy of the message.\n\n{original.head}\n"
    )
    return text_mail(original, body, from_="MAILER-DAEMON@there.kz", subject="failure notice")


def yahoo(original: Original, cause: Cause) -> str:
    body = (
        "Sorry, we were unable to deliver your message to the following address.\n\n"
        f"<{original.recipient}>:\nRemote host said: {cause.words} [RCPT_TO]\n\n"
        f"--- Below this line is a copy of the message.\n\nReceived: from [192.0.2.9] by nm1\n"
        f"{original.head}\n"
    )
    return text_mail(original, body, from_="MAILER-DAEMON@yahoo.com", subject="Failure Notice")


def sendmail_8_6(original: Original, cause: Cause) -> str:
    body = (
        f"The original message was received at {original.date}\nfrom localhost\n\n   ----- The "
        "following "
        f"addresses had delivery problems -----\n<{original.recipient}>  (unrecoverable error)\n\n"
        "   ----- Transcript of session follows -----\n... while talking to mx.there.kz.:\n>>> "
        "RCPT "
        f"To:<{original.recipient}>\n<<< {cause.words}\n550 <{original.recipient}>... User "
        "unknown\n\n"
        f"   ----- Original message follows -----\n{original.head}\n"
    )
    return text_mail(
        original,
        body,
        from_="Mail Delivery Subsystem <MAILER-DAEMON@there.kz>",
        subject="Returned mail: User unknown",
    )


def sendmail_5(original: Original, cause: Cause) -> str:
    body = (
        "   ----- Transcript of session follows -----\nWhile talking to mx.there.kz:\n>>> RCPT "
        f"To:<{original.recipient}>\n<<< {cause.words}\n550 <{original.recipient}>... User "
        "unknown\n\n"
        f"   ----- Unsent message follows -----\n{original.head}\n"
    )
    return text_mail(
        original,
        body,
        from_="Mail Delivery Subsystem <MAILER-DAEMON@there.kz>",
        subject="Returned mail: User unknown",
    )


def hmailserver(original: Original, cause: Cause) -> str:
    body = (
        "Your message did not reach some or all of the intended recipients.\n\n   Sent: "
        f"{original.date}\n   Subject: Code\n\nThe following recipient(s) could not be reached:\n\n"
        f"{original.recipient}\n   Error Type: SMTP\n   Remote server (192.0.2.7) issued an "
        "error.\n"
        f"   hMailServer sent: RCPT TO:<{original.recipient}>\n   Remote server replied: "
        f"{cause.words}"
        f"\n\n\n\nhMailServer\n\nHeaders:\n{original.head}\n"
    )
    return text_mail(
        original, body, from_="mailer-daemon@office.kz", subject="Message undeliverable: Code"
    )


def imail(original: Original, cause: Cause) -> str:
    body = (
        f"User mailbox exceeds allowed size: {original.recipient}\n{cause.words}\n\n"
        f"Original message follows.\n\n{original.head}\n"
    )
    return text_mail(
        original, body, from_="Postmaster <postmaster@office.kz>", subject="Undeliverable Mail"
    )


def mailfoundry(original: Original, cause: Cause) -> str:
    body = (
        f"Unable to deliver message to: <{original.recipient}>\nDelivery failed for the following "
        f"reason:\nServer mx.there.kz[192.0.2.7] failed with: {cause.words}\n\nThis has been a "
        "permanent "
        f"failure.  No further delivery attempts will be made.\n\n{original.head}\n"
    )
    return text_mail(original, body, subject="Message delivery has failed")


def mailmarshal(original: Original, cause: Cause) -> str:
    body = (
        "Your message:\n   From:    Lesbek.l@mail.ru\n   Subject: Code\n\nCould not be delivered "
        f"because of\n\n{cause.words}\n\nThe following recipients were affected:\n   "
        f"{original.recipient}\n\nAdditional Information\n======================\nReporting-MTA:   "
        "    "
        f"<gate.office.kz>\nMessageName:         B549.0003\n\n{original.head}\n"
    )
    return text_mail(
        original,
        body,
        from_="postmaster@gate.office.kz",
        subject='Undeliverable Mail: "Code"',
    )


def notes(original: Original, cause: Cause) -> str:
    body = (
        "------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\n"
        f"{original.recipient}\n\n------- Returned Message --------\n\n{original.head}\n"
    )
    return text_mail(
        original,
        body,
        from_="Mail.Daemon@office.kz <postmaster@office.kz>",
        subject="DELIVERY FAILURE",
    )


def kerio(original: Original, cause: Cause) -> str:
    """A text in two alternatives, as Kerio Connect and others write, in the old Russian codes."""
    words = (
        f"Ваше письмо не было доставлено получателю <{original.recipient}>.\n\n"
        f"Причина: {cause.words}\n"
    )
    plain = base64.encodebytes(words.encode("cp1251")).decode()
    html = quopri.encodestring(f"<p>{words}</p>".encode("koi8-r")).decode()
    return (
        head(
            return_path="<>",
            from_="postmaster@office.kz",
            to="Lesbek.l@mail.ru",
            subject="=?windows-1251?B?z+jx/OzuIO3lIOTu8fLg4uvl7e4=?=",
            date=original.date,
        )
        + 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="m"\n\n--m\n'
        'Content-Type: multipart/alternative; boundary="a"\n\n--a\nContent-Type: text/plain; '
        f"charset=windows-1251\nContent-Transfer-Encoding: base64\n\n{plain}\n--a\nContent-Type: "
        "text/html; charset=koi8-r\nContent-Transfer-Encoding: quoted-printable\n\n"
        f"{html}\n--a--\n\n--m\nContent-Type: message/rfc822\n\n{original.head}\n\nPGh0bWw+\n\n"
        "--m--\n"
    )


def html_alone(original: Original, cause: Cause) -> str:
    """A gate that writes HTML alone, and attaches the letter."""
    return (
        head(
            return_path="<>",
            from_="Mail Delivery <mailer-daemon@gate.office.kz>",
            to="Lesbek.l@mail.ru",
            subject="Undeliverable: Code",
            date=original.date,
        )
        + 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="h"\n\n--h\n'
        "Content-Type: text/html; charset=utf-8\n\n<html><body><p>Your message could not be "
        "delivered "
        f"to</p><p>&lt;{original.recipient}&gt;</p><p>{cause.words}</p></body></html>\n\n--h\n"
        f"Content-Type: message/rfc822\n\n{original.head}\n\nPGh0bWw+\n\n--h--\n"
    )


# --- What breaks on the way


def unfolded(mail: str) -> str:
    """A server on the way cut long lines and forgot the space that goes on with a field."""
    lines = []
    for line in mail.split("\n"):
        lines.append(line.lstrip(" \t") if line[:1] in " \t" and line.strip() else line)
    return "\n".join(lines)


def lost_folding(manner: Manner) -> Manner:
    return lambda original, cause: unfolded(manner(original, cause))


def long_diagnostic_cut(original: Original, cause: Cause) -> str:
    """The status part lost its folding in the middle of a diagnosis, before the action."""
    return report(
        original,
        cause,
        words="It could not be delivered.",
        per_message="Reporting-MTA: dns; mx.example.kz",
        per_recipient=f"Final-Recipient: rfc822; {original.recipient}\nDiagnostic-Code: smtp;\n"
        f"host mx.there.kz [192.0.2.7] said\n{cause.words}\nAction: failed\nStatus: {cause.status}",
    )


def returned_head_cut(original: Original, cause: Cause) -> str:
    """The returned head lost its folding before the Message-ID."""
    cut = (
        'Content-Type: multipart/alternative;\nboundary="x"\nSubject: =?utf-8?b?a?=\n'
        "=?utf-8?b?b?=\n"
        f"Message-ID:\n{original.message_id}\nTo: {original.recipient}"
    )
    return postfix(Original(original.recipient, original.message_id, cut, original.at), cause)


def passed_on(manner: Manner) -> Manner:
    """A person, or a rule of theirs, passes the report on as an attachment."""

    def write(original: Original, cause: Cause) -> str:
        return (
            head(
                from_="Kurator <kurator@example.kz>",
                to="Lesbek.l@mail.ru",
                subject="Fwd: Undelivered Mail Returned to Sender",
                date=original.date,
            )
            + 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="fwd"\n\n--fwd\n'
            "Content-Type: text/plain; charset=utf-8\n\nҚараңыз\n\n--fwd\n"
            f"Content-Type: message/rfc822\n\n{manner(original, cause)}\n\n--fwd--\n"
        )

    return write


def wrapped(manner: Manner) -> Manner:
    """A relay's report about a report: the letter is the innermost."""

    def write(original: Original, cause: Cause) -> str:
        inner = manner(original, cause)
        return (
            head(
                return_path="<>",
                from_=ROOT,
                to="Lesbek.l@mail.ru",
                date=original.date,
                subject="Undelivered Mail Returned to Sender",
                message_id="<outer@relay.kz>",
            )
            + "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; "
            'boundary="outer"\n\n--outer\nContent-Type: text/plain\n\nThe report below came back.\n'
            "\n"
            f"--outer\nContent-Type: message/rfc822\n\n{inner}\n\n--outer--\n"
        )

    return write


def utf8_report(original: Original, cause: Cause) -> str:
    """RFC 6533: addresses in UTF-8, in parts of other names."""
    return report(
        original,
        cause,
        words="Хат жетпеді.",
        per_message="Reporting-MTA: dns; mx.example.kz",
        per_recipient=f"Final-Recipient: utf-8; {original.recipient}\nAction: failed\nStatus: "
        f"{cause.status}\nDiagnostic-Code: smtp; {cause.words} – мұндай жәшік жоқ",
        status_part="message/global-delivery-status",
        returned="message/global-headers",
    )


def coded_recipient(original: Original, cause: Cause) -> str:
    """The recipient stands there only as RFC 3461 codes it; the final one is an inner name."""
    coded = original.recipient.replace("@", "+40")
    return report(
        original,
        cause,
        words="It could not be delivered.",
        per_message="Reporting-MTA: dns; mx.example.kz",
        per_recipient=f"Original-Recipient: rfc822;{coded}@x\nX-Actual-Recipient: rfc822; "
        f"{original.recipient}\nFinal-Recipient: rfc822; u1234@store.there.kz\nAction: failed\n"
        "Status: "
        f"{cause.status}",
    )


def no_action(original: Original, cause: Cause) -> str:
    return report(
        original,
        cause,
        words="It could not be delivered.",
        per_message="Reporting-MTA: dns; mx.example.kz",
        per_recipient=f"Final-Recipient: rfc822; {original.recipient}\nStatus: {cause.status}",
    )


def no_copy(original: Original, cause: Cause) -> str:
    """Nothing is returned; the report answers our Message-ID."""
    return report(
        original,
        cause,
        words="It could not be delivered.",
        per_message="Reporting-MTA: dns; mx.example.kz",
        per_recipient=smtp_fields(original, cause),
        returned="",
        in_reply_to=original.message_id,
    )


def shouted(original: Original, cause: Cause) -> str:
    """Everything in capitals, the address too."""
    loud = Original(original.recipient.upper(), original.message_id, original.head, original.at)
    return postfix(loud, cause).replace("Action: failed", "ACTION: FAILED (expired)")


def relayed(action: str) -> Manner:
    return lambda original, cause: postfix(
        original, Cause("2.0.0", "250 2.0.0 taken", action)
    ).replace("could not", "could")


# --- What is no report about our letter


def vacation(original: Original, cause: Cause) -> str:
    return text_mail(
        original,
        "Сәлеметсіз бе! Мен демалыстамын, 10 желтоқсаннан кейін жауап беремін.\n",
        from_=f"Aigerim <{original.recipient}>",
        subject="Automatic reply: Code",
        in_reply_to=original.message_id,
        auto_submitted="auto-replied",
    )


def read_receipt(original: Original, cause: Cause) -> str:
    return (
        head(
            return_path="<>",
            from_=f"<{original.recipient}>",
            to="Lesbek.l@mail.ru",
            subject="Read: Code",
            date=original.date,
            in_reply_to=original.message_id,
        )
        + "MIME-Version: 1.0\nContent-Type: multipart/report; "
        "report-type=disposition-notification; "
        'boundary="r"\n\n--r\nContent-Type: text/plain\n\nYour message was read.\n\n--r\n'
        "Content-Type: "
        "message/disposition-notification\n\nReporting-UA: mail\nFinal-Recipient: "
        f"rfc822;{original.recipient}\nOriginal-Message-ID: {original.message_id}\nDisposition: "
        "manual-action/MDN-sent-manually; displayed\n\n--r--\n"
    )


def complaint(original: Original, cause: Cause) -> str:
    """A report of abuse (RFC 5965): the letter did arrive."""
    return (
        head(
            return_path="<>",
            from_="fbl@there.kz",
            to="Lesbek.l@mail.ru",
            subject="FW: Code",
            date=original.date,
        )
        + "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; "
        'boundary="f"'
        "\n\n--f\nContent-Type: text/plain\n\nThis is an abuse report for a message.\n\n--f\n"
        "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: fbl/1\n"
        "Version: 1\n"
        f"Original-Rcpt-To: {original.recipient}\n\n--f\nContent-Type: message/rfc822\n\n"
        f"{original.head}\n\nPGh0bWw+\n\n--f--\n"
    )


def person_who_quotes(original: Original, cause: Cause) -> str:
    return (
        head(
            from_=f"Aigerim <{original.recipient}>",
            to="Lesbek.l@mail.ru",
            subject="Re: Undelivered Mail Returned to Sender",
            date=original.date,
            in_reply_to=original.message_id,
        )
        + f"\nДосымның хаты қайтты:\n\n> This is a permanent error. The following address failed:\n"
        f"> {original.recipient}\n> 550 5.1.1 no such mailbox\n> Message-ID: "
        f"{original.message_id}\n"
    )


def of_another_recipient(original: Original, cause: Cause) -> str:
    other = Original("another@example.kz", original.message_id, original.head, original.at)
    return postfix(other, cause).replace(original.recipient, "another@example.kz")


def of_another_letter(original: Original, cause: Cause) -> str:
    other = original.head.replace(original.message_id, "<20261122.1@elsewhere.kz>")
    return postfix(Original(original.recipient, "<1@elsewhere.kz>", other, original.at), cause)


def text_without_copy(original: Original, cause: Cause) -> str:
    """Nothing says which letter it was."""
    body = f"Your message to {original.recipient} could not be delivered.\n{cause.words}\n"
    return text_mail(original, body, subject="Undeliverable")


@dataclass(frozen=True)
class Sample:
    manner: Manner
    cause: Cause
    result: str = BOUNCED
    status: str = ""  # where it differs from the cause's
    name: str = ""

    def __str__(self) -> str:
        name = self.name or self.manner.__name__
        return f"{name} {self.cause.status} {self.cause.action}"

    def write(self, original: Original) -> bytes:
        return self.manner(original, self.cause).replace("\n", "\r\n").encode()


PARTS = (postfix, exim_parts, sendmail, gmail, exchange, office_365, yandex, amazon_ses)
MORE_PARTS = (communigate, opensmtpd, powermta, domino, james, oracle, mdaemon)
TEXTS = (exim, mail_ru, gmx, gmail_older, qmail, yahoo, sendmail_8_6, sendmail_5, hmailserver)
GATES = (mailfoundry, mailmarshal, kerio, html_alone)

SAMPLES = [
    *(Sample(manner, cause) for manner in PARTS for cause in (NO_USER, FULL, DISABLED)),
    *(Sample(manner, NO_USER) for manner in MORE_PARTS),
    *(Sample(manner, cause) for manner in TEXTS for cause in (NO_USER, FULL)),
    *(Sample(manner, NO_USER) for manner in GATES),
    Sample(courier, NO_USER, status="5.0.0"),
    Sample(courier, FULL, status="5.0.0"),
    Sample(postfix, NO_DOMAIN),
    Sample(postfix, NO_ROUTE),
    Sample(postfix, LOOP),
    Sample(postfix, TOO_BIG),
    Sample(postfix, EXPIRED),
    Sample(sendmail, EXPIRED),
    Sample(gmail, NO_ROUTE),
    Sample(exchange, NOT_FOUND),
    Sample(exchange, EXPIRED),
    Sample(office_365, NOT_FOUND),
    Sample(office_365, POLICY),
    Sample(exim, POLICY),
    Sample(exim, NO_ROUTE),
    Sample(mail_ru, DISABLED),
    Sample(mail_ru, POLICY),
    Sample(exim_of_another_sender, NO_USER),
    Sample(qmail_local, NO_USER),
    Sample(imail, FULL),
    Sample(notes, NO_USER, status="5.0.0"),
    # What breaks on the way
    Sample(lost_folding(postfix), NO_USER, name="postfix, folding lost"),
    Sample(lost_folding(exim_parts), NO_USER, name="exim_parts, folding lost"),
    Sample(lost_folding(exchange), NO_USER, name="exchange, folding lost"),
    Sample(lost_folding(domino), NO_USER, name="domino, folding lost"),
    Sample(lost_folding(gmail), FULL, name="gmail, folding lost"),
    Sample(lost_folding(mail_ru), NO_USER, name="mail_ru, folding lost"),
    Sample(lost_folding(passed_on(postfix)), NO_USER, name="passed on, folding lost"),
    Sample(long_diagnostic_cut, NO_USER),
    Sample(returned_head_cut, NO_USER),
    Sample(passed_on(postfix), NO_USER, name="postfix, passed on"),
    Sample(passed_on(exim), NO_USER, name="exim, passed on"),
    Sample(passed_on(gmail_older), FULL, name="gmail_older, passed on"),
    Sample(passed_on(exchange), NOT_FOUND, name="exchange, passed on"),
    Sample(wrapped(postfix), NO_USER, name="postfix, wrapped"),
    Sample(wrapped(wrapped(sendmail)), NO_USER, name="sendmail, wrapped twice"),
    Sample(wrapped(qmail), NO_USER, name="qmail, wrapped"),
    Sample(utf8_report, NO_USER),
    Sample(coded_recipient, NO_USER),
    Sample(no_action, NO_USER),
    Sample(no_copy, NO_USER),
    Sample(shouted, NO_USER),
    # A delay, or what arrived: nothing changes
    *(Sample(manner, SILENT, DELAYED) for manner in (postfix, sendmail, gmail, exchange)),
    *(Sample(manner, GREY, DELAYED) for manner in (exim, gmail_older, office_365)),
    Sample(no_action, GREY, DELAYED),
    Sample(passed_on(exim), SILENT, DELAYED, name="exim, passed on"),
    *(
        Sample(relayed(action), NO_USER, DELAYED, name=f"postfix, {action}")
        for action in ("delivered", "relayed", "expanded")
    ),
    # No report about our letter
    *(
        Sample(manner, NO_USER, OTHERS)
        for manner in (
            vacation,
            read_receipt,
            complaint,
            person_who_quotes,
            of_another_recipient,
            of_another_letter,
            text_without_copy,
        )
    ),
]
