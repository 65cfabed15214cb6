"""Whose fault an answer of the mail server tells (12.1).

A refusal for good (5xx of RFC 5321) ends its letter, unless it is known to be our own trouble or to
pass. Ours (a quota, a locked account, a refused sender, a server that is away) makes all letters
wait. A full mailbox, a suspicion of spam and any 4xx pass: this one letter is tried again.
"""

import re
import smtplib
from dataclasses import dataclass
from enum import StrEnum

from django.core.mail.message import BadHeaderError


class Fault(StrEnum):
    RECIPIENT = "recipient"
    OURS = "ours"
    PASSING = "passing"
    UNKNOWN = "unknown"


class Stage(StrEnum):
    """The command that was answered."""

    SENDER = "MAIL"
    RECIPIENT = "RCPT"
    LETTER = "DATA"


@dataclass(frozen=True)
class Answer:
    stage: Stage
    code: int
    text: str

    @property
    def statuses(self) -> set[str]:
        """The statuses of RFC 3463 without their first digit: "1.1" of 550 5.1.1."""
        return {found[1] for found in STATUS.finditer(self.text)}


STATUS = re.compile(r"(?<![\d.])[245]\.(\d{1,3}\.\d{1,3})(?![\d.])")

# The service as a whole: away, asks for a sign-in, refuses it.
CODES_OF_SERVICE = {421, 432, 454, 530, 534, 535, 538}
# Sender refused or blocked, no route or quota of ours, too many at once, sign-in, encryption.
STATUSES_OF_OURS = {
    "1.7",
    "1.8",
    "3.0",
    "3.1",
    "3.2",
    "3.5",
    "4.5",
    "5.3",
    "7.3",
    "7.8",
    "7.9",
    "7.11",
    "7.23",
    "7.25",
    "7.26",
    "7.27",
    "7.57",
    "7.60",
    "7.139",
}
STATUSES_OF_RECIPIENT = {
    "1.1",
    "1.2",
    "1.3",
    "1.4",
    "1.6",
    "1.10",
    "2.1",
    "4.4",
    "7.13",
    "7.17",
    "7.129",
}

# Office 365 about a sender, a tenant or an address of a machine: 5.7.501, 5.7.606, 5.7.708.
OF_OUR_TENANT = re.compile(r"7\.[567]\d\d")
# RFC 5321 has 552 for a mailbox without room; some say 554 or 550. Its owner makes room.
FULL = re.compile(
    r"over ?quota|out of (storage|space)|mailbox size limit"
    r"|(?<!your )(mailbox|inbox|account)[^.;]{0,60} full\b"
    r"|(user|mailbox|recipient|disk|storage) quota (is |was )?(exceeded|full)",
    re.IGNORECASE,
)
SPAM = re.compile(r"\b(anti-?)?spam\b|unsolicited|bulk mail", re.IGNORECASE)
TOO_BIG = re.compile(
    r"(size|length).{0,40}(limit|exceed|maximum)|exceed.{0,40}size|too (big|large)"
    r"|maximum (message )?size",
    re.IGNORECASE,
)
GREYLISTED = re.compile(r"gr[ea]y.?list", re.IGNORECASE)
OF_OURS = re.compile(
    # quotas and rates of whoever sends
    r"(sending|send|outgoing|outbound|submission|daily|hourly|rate|message|messages|mail|e-?mails?)"
    r" ?(user )?(sending )?(quota|limit)"
    r"|(quota|limit)s? (on|of|for) .{0,30}(outgoing|sent|sending|messages|recipients)"
    r"|rate ?limit|limit exceeded for|per (hour|day|minute|second)|too many (messages|mails"
    r"|e-?mails|letters|connections|recipients|errors|requests)|you (have|'ve) (exceeded|reached)"
    r"|your .{0,30}(quota|limit)|unusual (sending )?(activity|rate)|throttl|too fast"
    r"|limit.{0,30}(reached|exceeded)"
    # the account and the sender
    r"|your (account|mailbox|domain)|(account|user) (is |was |has been )?(temporarily )?"
    r"(disabled|blocked|locked|suspended|restricted)|sender (address )?(is )?(rejected|refused|"
    r"denied|blocked|not|verify|verification)|not (owned|allowed|permitted|authorized|authorised)"
    r"|(permission|permissions|rights?) to send|send as this sender|as this sender|bad outbound"
    r"|invalid sender|sender domain|from address"
    # sign-in, relaying, the address of the machine
    r"|authenticat|auth(entication)? (is )?required|log ?in (first|via)|must issue a starttls"
    r"|relay|client host|your (ip|host|server)|blocked using|black ?list|block ?list|\brbl\b"
    r"|spamhaus|reputation|\bspf\b|\bdkim\b|\bdmarc\b"
    # the server itself
    r"|storedrv\.submission|outboundspam|submissionquota|insufficient (system )?(storage|resources)"
    r"|system not accepting|service (is )?(currently )?(not available|unavailable)"
    r"|server (is )?(too )?(busy|unavailable)|try again later, closing"
    r"|closing (connection|channel)",
    re.IGNORECASE,
)
OF_RECIPIENT = re.compile(
    r"no such|unknown (user|recipient|mailbox|address)|(user|recipient|mailbox|address|account)"
    r"[^.;]{0,60}(unknown|not found|not exist|unavailable|disabled|inactive|invalid"
    r"|rejected|suspended|blocked)|(does|do) not exist|doesn't exist|invalid (recipient|mailbox"
    r"|address|user)|unrouteable|no mailbox|bad (destination|recipient)|recipient"
    r"|that you tried to reach|not a valid (user|mailbox|recipient)|no longer (available|valid)",
    re.IGNORECASE,
)
# What speaks of somebody's mailbox there, even with words of ours: "Local mailbox x@mail.ru is
# unavailable: account is disabled", "account that you tried to reach is disabled".
CLEARLY_OF_RECIPIENT = re.compile(
    r"local mailbox|invalid mailbox|that you tried to reach|you are trying to (contact|reach)"
    r"|recipient('s)? (mailbox|account|inbox)|user unknown|unknown user|no such user"
    r"|no such mailbox|mailbox (is )?(unavailable|not found)|does not exist",
    re.IGNORECASE,
)


def fault_of(error: Exception) -> Fault:
    """Whose fault it is that the letter was not taken: `error` is what its sending raised."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            faults = {
                fault_of_answer(Answer(Stage.RECIPIENT, code, _text(text)))
                for code, text in error.recipients.values()
            }
            return faults.pop() if len(faults) == 1 else Fault.UNKNOWN
        case smtplib.SMTPSenderRefused():
            answer = Answer(Stage.SENDER, error.smtp_code, _text(error.smtp_error))
            return fault_of_answer(answer)
        case smtplib.SMTPDataError():
            return fault_of_answer(Answer(Stage.LETTER, error.smtp_code, _text(error.smtp_error)))
        case BadHeaderError():
            return Fault.RECIPIENT
        case OSError() if type(error) is not smtplib.SMTPException:
            # No connection, no greeting, no sign-in, silence: no letter of ours gets through.
            return Fault.OURS
    return Fault.UNKNOWN


def fault_of_answer(answer: Answer) -> Fault:
    """The first rule that fits decides: the service, the letter, the recipient by name, we."""
    text = answer.text
    is_about_sender = answer.stage == Stage.SENDER
    if answer.code in CODES_OF_SERVICE:
        return Fault.OURS
    if not is_about_sender and ("2.2" in answer.statuses or FULL.search(text)):
        return Fault.PASSING
    if GREYLISTED.search(text):
        return Fault.PASSING
    if TOO_BIG.search(text):
        return Fault.UNKNOWN
    if is_about_sender or _is_ours_by_status(answer):
        return Fault.OURS
    if answer.statuses & STATUSES_OF_RECIPIENT or CLEARLY_OF_RECIPIENT.search(text):
        return Fault.RECIPIENT
    limited = "7.0" in answer.statuses and "limit" in text.lower()
    if limited or "2.0" in answer.statuses or OF_OURS.search(text):
        return Fault.OURS
    if SPAM.search(text):
        return Fault.PASSING
    if OF_RECIPIENT.search(text):
        return Fault.RECIPIENT
    # An answer to RCPT without a word more is about the mailbox (RFC 5321), unless it is policy.
    about_mailbox = answer.stage == Stage.RECIPIENT and answer.code in (550, 551, 553)
    policy = any(status.startswith("7.") for status in answer.statuses)
    return Fault.RECIPIENT if about_mailbox and not policy else Fault.UNKNOWN


def _is_ours_by_status(answer: Answer) -> bool:
    if answer.statuses & STATUSES_OF_OURS:
        return True
    return any(OF_OUR_TENANT.fullmatch(status) for status in answer.statuses)


def is_final(error: Exception) -> bool:
    """True if the letter was refused for good: to try again changes nothing (RFC 5321, 4.2.1)."""
    if fault_of(error) not in (Fault.RECIPIENT, Fault.UNKNOWN):
        return False
    match error:
        case smtplib.SMTPRecipientsRefused():
            return all(code >= 500 for code, _text in error.recipients.values())
        case smtplib.SMTPResponseException():
            return error.smtp_code >= 500
    return isinstance(error, BadHeaderError)


def _text(answer: bytes | str) -> str:
    """An answer of several lines repeats its code on each: `550-5.1.1 The email account …`."""
    words = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return " ".join(words.split())
