"""What staff must look at: one question a matter, asked of the database, with the list that answers it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certificates.models import Certificate
from enrollment.models import Deadline, Enrollment, HalvesRequest, Withdrawal
from offer_site.accounts.models import User
from offer_site.days import almaty_day
from offer_site.notices.models import Notice
from offer_site.telegram.models import TelegramMessage
from payments.models import LedgerEntry, ProviderMessage, StatementLine


@dataclass(frozen=True)
class Question:
    """What is asked, why it waits for a person, and the list of the admin that shows the answer."""

    title: Promise
    why: Promise
    asks: Callable[[datetime], QuerySet[Any]]
    listed: str
    query: str = ""
    tone: str = "care"

    @property
    def link(self) -> str:
        return reverse(f"admin:{self.listed}_changelist") + (f"?{self.query}" if self.query else "")

    def may_be_asked_by(self, user: User) -> bool:
        app, _underscore, model = self.listed.partition("_")
        return user.has_perm(f"{app}.view_{model}")


@dataclass(frozen=True)
class Matter:
    """A question whose answer is not nothing."""

    question: Question
    count: int


QUESTIONS = (
    Question(
        _("The offer is withdrawn"), _("Nothing can be ordered until the withdrawal is lifted (2.4)."),
        lambda at: Withdrawal.objects.standing(), "enrollment_edition", tone="bad",
    ),
    Question(
        _("Money that waits"),
        _("It came for no order, on another day, twice, or in another amount. Decide where it belongs (4.3)."),
        lambda at: LedgerEntry.objects.unallocated(), "payments_ledgerentry", "waits=yes", tone="bad",
    ),
    Question(
        _("Messages of a bank to look at"),
        _("They contradict what is known, cannot be read, or were left alone by a crash."),
        lambda at: ProviderMessage.objects.conflicts() | ProviderMessage.objects.unhandled(at),
        "payments_providermessage", "waits=yes", tone="bad",
    ),
    Question(
        _("Transfers that wait"),
        _("A bank statement tells of them, and no order took them by itself. Give each to its order or set it aside."),
        lambda at: StatementLine.objects.waiting(), "payments_statementline", "attention=waits", tone="bad",
    ),
    Question(
        _("Refunds without a ground"), _("They were made at the bank. Record why (4.6)."),
        lambda at: LedgerEntry.objects.refunds(), "payments_ledgerentry", "kind__exact=refund",
    ),
    Question(
        _("Students ask for halves"),
        _("Decline with a reason, or propose the day of the rest. Nobody can order by halves before (4.3.1)."),
        lambda at: HalvesRequest.objects.awaiting_answer(), "enrollment_halvesrequest", "attention=asked",
    ),
    Question(
        _("Proposals of halves that were refused"), _("Propose another day, or decline the request (4.3.1)."),
        lambda at: HalvesRequest.objects.refused(), "enrollment_halvesrequest", "attention=refused",
    ),
    Question(
        _("Halves agreed on, not ordered"), _("The agreement ends by itself when its time is over (4.3.1)."),
        lambda at: HalvesRequest.objects.not_ordered(), "enrollment_halvesrequest", "attention=not-ordered",
    ),
    Question(
        _("Rests overdue"), _("Access is suspended until the rest is paid, or another day is agreed on (4.3.1)."),
        lambda at: Enrollment.objects.rest_overdue(almaty_day(at)), "enrollment_enrollment", "attention=rest",
        tone="bad",
    ),
    Question(
        _("Deadlines overdue"), _("What is owed is late. It is still owed."),
        lambda at: Deadline.objects.overdue(at), "enrollment_deadline", "attention=overdue", tone="bad",
    ),
    Question(
        _("Deadlines of today and tomorrow"), _("They run out at 24:00 of their day."),
        lambda at: Deadline.objects.due_by_tomorrow(at), "enrollment_deadline", "attention=tomorrow",
    ),
    Question(
        _("Past the day of performance, not completed"),
        _("The clock of the certificate runs. Complete them, or leave them out with a reason (9.1)."),
        lambda at: Enrollment.objects.past_the_day(almaty_day(at)), "enrollment_enrollment", "attention=past",
    ),
    Question(
        _("Left out of a completion"), _("Each stands here with its reason until it is completed."),
        lambda at: Enrollment.objects.left_out(), "enrollment_enrollment", "attention=left-out",
    ),
    Question(
        _("Certificates set apart"), _("They could not be made; each says why (9.1)."),
        lambda at: Certificate.objects.set_apart(), "certificates_certificate", "attention=apart", tone="bad",
    ),
    Question(
        _("Letters given up"), _("The mail server refused them. Mend the cause and send them again (12.1)."),
        lambda at: Notice.objects.dead(), "notices_notice", "attention=dead", tone="bad",
    ),
    Question(
        _("Letters that nobody sends"), _("The clock does not run, or the mail server does not answer."),
        lambda at: Notice.objects.without_owner(at), "notices_notice", "attention=without-owner", tone="bad",
    ),
    Question(
        _("Telegram messages given up"), _("The student blocked the bot, or Telegram refused them (4.3.1)."),
        lambda at: TelegramMessage.objects.dead(), "telegram_telegrammessage", "attention=dead", tone="bad",
    ),
    Question(
        _("Telegram messages that nobody sends"), _("The clock does not run, or Telegram does not answer."),
        lambda at: TelegramMessage.objects.without_owner(at), "telegram_telegrammessage", "attention=without-owner",
        tone="bad",
    ),
)  # fmt: skip


def needs_attention(*, user: User, at: datetime) -> list[Matter]:
    """Ask every question that is this person's work, each once; a quiet one is left out."""
    asked = [question for question in QUESTIONS if question.may_be_asked_by(user)]
    return [Matter(question, count) for question in asked if (count := question.asks(at).count())]
