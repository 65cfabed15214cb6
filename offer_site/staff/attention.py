"""The questions that staff must answer, each with the list of the admin that shows its answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certificates.models import Certificate
from enrollment.models import (
    Breach,
    CalendarReview,
    Claim,
    Clarification,
    Deadline,
    EditionNotice,
    EditionTalk,
    EndingProposal,
    Enrollment,
    ForceMajeure,
    HalvesRequest,
    Order,
    PaymentReport,
    ProviderEnding,
    Withdrawal,
)
from enrollment.operations.terms.deadlines import near_deadlines
from offer_site.accounts.models import User
from offer_site.attempts.models import OrderTries
from offer_site.audit.models import AuditRun
from offer_site.correspondence.models import Letter
from offer_site.days import almaty_day, end_of_tomorrow
from offer_site.journal.models import Entry
from offer_site.notices.models import MailboxPlace, Notice, SendingStop
from offer_site.retention.models import ErasureRequest, Leak
from offer_site.telegram.models import GroupInvite, TelegramMessage
from offer_site.watch.models import WatchedJob
from payments.models import (
    Hold,
    KaspiRegistry,
    LedgerCorrection,
    LedgerEntry,
    ManualReceipt,
    Payment,
    ProviderMessage,
    ReconciliationDifference,
    RefundCase,
    RefundPayout,
    StatementFile,
    StatementLine,
    TypedTransfer,
)
from payments.models.accounts import Accounts
from payments.models.fiscal import lacking_fiscal_receipt
from payments.operations.ledger.brought import seen_too_late, to_be_seen
from payments.rules.waiting import Why

from .conditions import Condition, key_ends, time_is_wrong
from .owed import owed_after_ending


@dataclass(frozen=True)
class Question:
    """A query for what waits for a person, and the list of the admin that shows the result."""

    title: Promise
    why: Promise
    asks: Callable[[datetime], QuerySet[Any] | Condition]
    listed: str
    query: str = ""
    tone: str = "care"
    # where seeing the list is not enough: who learns is a curator's work, who has paid is not (5.4)
    right: str = ""
    is_listed: bool = True

    @property
    def link(self) -> str:
        """The address of the list; empty for a condition."""
        if not self.is_listed:
            return ""
        return reverse(f"admin:{self.listed}_changelist") + (f"?{self.query}" if self.query else "")

    def may_be_asked_by(self, user: User) -> bool:
        app, _underscore, model = self.listed.partition("_")
        return user.has_perm(f"{app}.view_{model}") and (
            not self.right or user.has_perm(self.right)
        )


@dataclass(frozen=True)
class Matter:
    """A question with at least one thing to look at."""

    question: Question
    count: int


QUESTIONS = (
    Question(
        _("The offer is withdrawn"),
        _("Nothing can be ordered until the withdrawal is lifted (2.4)."),
        asks=lambda at: Withdrawal.objects.standing(),
        listed="enrollment_edition",
        tone="bad",
    ),
    Question(
        _("Money of no order"),
        _("It names no order, or is not in tenge. Find its order, or return it (4.3)."),
        asks=lambda at: LedgerEntry.objects.waiting(Why.NO_ORDER),
        listed="payments_ledgerentry",
        query="waits=no-order",
        tone="bad",
    ),
    Question(
        _("Money of an invoice that waits"),
        _(
            "It is another sum than the invoice lacks. Give each order its part, or return it "
            "(4.3)."
        ),
        asks=lambda at: LedgerEntry.objects.waiting(Why.OF_INVOICE),
        listed="payments_ledgerentry",
        query="waits=invoice",
        tone="bad",
    ),
    Question(
        _("Late money"),
        _("It came on another day than its order's. Reopen the order with it, or return it (4.3)."),
        asks=lambda at: LedgerEntry.objects.waiting(Why.ANOTHER_DAY),
        listed="payments_ledgerentry",
        query="waits=another-day",
        tone="bad",
    ),
    Question(
        _("Money that is short"),
        _("It is less than what is due. Give it as a part, or return it (4.3)."),
        asks=lambda at: LedgerEntry.objects.waiting(Why.SHORT),
        listed="payments_ledgerentry",
        query="waits=short",
        tone="bad",
    ),
    Question(
        _("Money in excess"),
        _("Give the order what is due of it, and the rest to another, or return it (4.3)."),
        asks=lambda at: LedgerEntry.objects.waiting(Why.EXCESS),
        listed="payments_ledgerentry",
        query="waits=excess",
        tone="bad",
    ),
    Question(
        _("Money that was probably entered by hand"),
        _(
            "Compare the two. If it is one payment, correct the entry by hand and name this money "
            "as the right entry; if they are two, give this one (4.3)."
        ),
        asks=lambda at: LedgerEntry.objects.waiting(Why.KNOWN),
        listed="payments_ledgerentry",
        query="waits=known",
        tone="bad",
    ),
    Question(
        _("Test money"),
        _("Nothing was paid: correct the entry. It is neither given nor returned."),
        asks=lambda at: LedgerEntry.objects.waiting(Why.TEST),
        listed="payments_ledgerentry",
        query="waits=test",
        tone="bad",
    ),
    Question(
        _("Money paid twice"),
        _("Its order is paid or ended. Give it to another order, or return it (4.3)."),
        asks=lambda at: LedgerEntry.objects.waiting(Why.DOUBLE),
        listed="payments_ledgerentry",
        query="waits=double",
        tone="bad",
    ),
    Question(
        _("Money whose order and payer disagree"),
        _("Find out for which order it is, and give it, or return it (4.3)."),
        asks=lambda at: LedgerEntry.objects.waiting(Why.ANOTHER_ACCOUNT),
        listed="payments_ledgerentry",
        query="waits=another-account",
        tone="bad",
    ),
    Question(
        _("Money to be given by a person"),
        _(
            "It was taken into the ledger or back from an order, or was thought to be known. "
            "Give it, or return it (4.3)."
        ),
        asks=lambda at: LedgerEntry.objects.waiting(Why.BY_PERSON),
        listed="payments_ledgerentry",
        query="waits=by-person",
        tone="bad",
    ),
    Question(
        _("Money of a minor"),
        _("Give it once the parent or guardian has consented, or return it (1.1)."),
        asks=lambda at: LedgerEntry.objects.waiting(Why.GUARDIAN),
        listed="payments_ledgerentry",
        query="waits=guardian",
        tone="bad",
    ),
    Question(
        _("Money of an order that is not confirmed"),
        _("Give it once the buyer has confirmed the order by the link, or return it (2.6)."),
        asks=lambda at: LedgerEntry.objects.waiting(Why.UNCONFIRMED),
        listed="payments_ledgerentry",
        query="waits=unconfirmed",
        tone="bad",
    ),
    Question(
        _("Money that its order did not take"),
        _(
            "No place was free, the learner is enrolled, or the offer is withdrawn. Try again, or "
            "return it (4.6)."
        ),
        asks=lambda at: LedgerEntry.objects.waiting(Why.NOT_TAKEN),
        listed="payments_ledgerentry",
        query="waits=not-taken",
        tone="bad",
    ),
    Question(
        _("Paid in part, and lapsed"),
        _("Reopen the order, or take the money back from it and return it (4.3)."),
        asks=lambda at: LedgerEntry.objects.part_of_a_lapsed_order(),
        listed="payments_ledgerentry",
        query="waits=part-of-lapsed",
        tone="bad",
    ),
    Question(
        _("Messages of a bank to look at"),
        _("They contradict what is known, cannot be read, or were left alone by a crash."),
        asks=lambda at: ProviderMessage.objects.conflicts() | ProviderMessage.objects.unhandled(at),
        listed="payments_providermessage",
        query="waits=yes",
        tone="bad",
    ),
    Question(
        _("Transfers that wait"),
        _(
            "A bank statement tells of them, and no order took them by itself. "
            "Give each to its order or set it aside."
        ),
        asks=lambda at: StatementLine.objects.waiting(),
        listed="payments_statementline",
        query="attention=waits",
        tone="bad",
    ),
    Question(
        _("Money by hand, entered and not approved"),
        _("A second person approves or rejects it (2.6)."),
        asks=lambda at: ManualReceipt.objects.undecided(),
        listed="payments_manualreceipt",
        query="attention=undecided",
    ),
    Question(
        _("Corrections of the ledger, proposed and not approved"),
        _("A second person compares each with its document and approves or rejects it."),
        asks=lambda at: LedgerCorrection.objects.undecided(),
        listed="payments_ledgercorrection",
        query="attention=undecided",
    ),
    Question(
        _("Reported payments whose term ends"),
        _("Today or tomorrow at 24:00 their orders lapse. Is the money on the account (4.3)?"),
        asks=lambda at: PaymentReport.objects.ending_by_tomorrow(at),
        listed="enrollment_paymentreport",
        query="attention=ending",
        tone="bad",
    ),
    Question(
        _("Reported payments without a place"),
        _(
            "A tenth of the places was kept already, or none was free: "
            "the order stands, its place is not kept (4.6)."
        ),
        asks=lambda at: PaymentReport.objects.beyond_the_tenth(),
        listed="enrollment_paymentreport",
        query="attention=beyond",
    ),
    Question(
        _("Holds that are not settled"),
        _(
            "A bank holds money on a card, and it was neither taken nor let go. "
            "It ends by itself after seven days."
        ),
        asks=lambda at: Hold.objects.overdue(at),
        listed="payments_hold",
        query="attention=overdue",
        tone="bad",
    ),
    Question(
        _("Differences from a provider's list"),
        _(
            "The provider and the ledger say different things about the same money. "
            "Settle each with its reason."
        ),
        asks=lambda at: ReconciliationDifference.objects.open(),
        listed="payments_reconciliationdifference",
        query="attention=stands",
        tone="bad",
    ),
    Question(
        _("Payment links left open"),
        _("Their orders take no money any more. Cancel them in the bank's cabinet."),
        asks=lambda at: Payment.objects.with_link_left_open(),
        listed="payments_payment",
        query="attention=link",
    ),
    Question(
        _("Transfers typed in and not approved"),
        _("A second person compares each with its document and approves it."),
        asks=lambda at: TypedTransfer.objects.undecided(),
        listed="payments_typedtransfer",
        query="attention=undecided",
    ),
    Question(
        _("Bank statements that broke off"),
        _("Their import was killed. Import the same file again: it goes on where it stopped."),
        asks=lambda at: StatementFile.objects.broken_off(at),
        listed="payments_statementfile",
        query="attention=broken-off",
        tone="bad",
    ),
    Question(
        _("Bank statements whose sums do not agree"),
        _("Lines are missing or too many. Export the same days once more, and import the file."),
        asks=lambda at: StatementFile.objects.disagreeing(),
        listed="payments_statementfile",
        query="attention=disagrees",
        tone="bad",
    ),
    Question(
        _("Bank statements to compare with the bank"),
        _(
            "One person imported each; another compares it with the bank by the end of the next "
            "working day (4.4)."
        ),
        asks=lambda at: to_be_seen(StatementFile.objects.all(), at),
        listed="payments_statementfile",
        query="attention=to-see",
    ),
    Question(
        _("Bank statements not compared in time"),
        _(
            "Nobody but who imported them has seen them. Until another person compares them with "
            "the bank, this person's statements pay no order by themselves (4.4)."
        ),
        asks=lambda at: seen_too_late(StatementFile.objects.all(), at),
        listed="payments_statementfile",
        query="attention=late",
        tone="bad",
    ),
    Question(
        _("Bank statements that do not follow the one before"),
        _(
            "They begin with another balance than the one before ended with. Import the days "
            "between, or compare both with the bank."
        ),
        asks=lambda at: StatementFile.objects.not_following(),
        listed="payments_statementfile",
        query="attention=gap",
        tone="bad",
    ),
    Question(
        _("Kaspi's registries to compare with the bank"),
        _("One person imported each; another compares it with Kaspi's application (4.4)."),
        asks=lambda at: KaspiRegistry.objects.unseen(),
        listed="payments_kaspiregistry",
        query="attention=to-see",
    ),
    Question(
        _("Refunds without a ground"),
        _("They were made at the bank. Record why (4.6)."),
        asks=lambda at: LedgerEntry.objects.without_ground(),
        listed="payments_ledgerentry",
        query="ground=none",
    ),
    Question(
        _("Claims to answer"),
        _("Answer with reasons and a proposal, or ask for the documents that are lacking (10.2)."),
        asks=lambda at: Claim.objects.to_answer(),
        listed="enrollment_claim",
        query="attention=to-answer",
    ),
    Question(
        _("Answers to claims due by tomorrow"),
        _("The ten days of 10.2.3 end, or have ended."),
        asks=lambda at: Claim.objects.answer_due_before(end_of_tomorrow(at)),
        listed="enrollment_claim",
        query="attention=answer-due",
        tone="bad",
    ),
    Question(
        _("Students have not answered a claim of the academy"),
        _("Their ten days are over. Talk to them, or decide about a court (10.3)."),
        asks=lambda at: Claim.objects.unanswered_by_user(at),
        listed="enrollment_claim",
        query="attention=student-late",
    ),
    Question(
        _("Proposals that were not accepted"),
        _("Talk to the student about another way to settle the claim (10.1)."),
        asks=lambda at: Claim.objects.proposals_declined(),
        listed="enrollment_claim",
        query="attention=declined",
    ),
    Question(
        _("Force majeure to judge"),
        _("Confirm it by its documents, or say why not (8.4, 8.5)."),
        asks=lambda at: ForceMajeure.objects.to_confirm(),
        listed="enrollment_forcemajeure",
        query="attention=to-confirm",
    ),
    Question(
        _("Force majeure longer than a month"),
        _("Agree with each student on another way, or end the obligations (8.6)."),
        asks=lambda at: ForceMajeure.objects.to_settle(at),
        listed="enrollment_forcemajeure",
        query="attention=to-settle",
        tone="bad",
    ),
    Question(
        _("Refund cases to decide"),
        _("Propose a decision with its reasons (4.6)."),
        asks=lambda at: RefundCase.objects.to_decide(),
        listed="payments_refundcase",
        query="attention=to-decide",
    ),
    Question(
        _("Refunds that wait for the second person"),
        _("One person proposed, another approves (4.6)."),
        asks=lambda at: RefundCase.objects.to_approve(),
        listed="payments_refundcase",
        query="attention=to-approve",
    ),
    Question(
        _("Answers about refunds due by tomorrow"),
        _("The ten days of 10.2.3 end, or have ended."),
        asks=lambda at: RefundCase.objects.answer_due_before(end_of_tomorrow(at)),
        listed="payments_refundcase",
        query="attention=answer-due",
        tone="bad",
    ),
    Question(
        _("Refunds to pay by hand"),
        _("They are approved. Pay them, then record the number and the document (4.6)."),
        asks=lambda at: RefundCase.objects.with_payouts(RefundPayout.objects.by_hand()),
        listed="payments_refundcase",
        query="attention=by-hand",
    ),
    Question(
        _("Refunds that do not go through"),
        _("The bank refused them or does not confirm them. Look there first."),
        asks=lambda at: RefundCase.objects.with_payouts(RefundPayout.objects.troubled()),
        listed="payments_refundcase",
        query="attention=troubled",
        tone="bad",
    ),
    Question(
        _("Fiscal receipts missing"),
        _(
            "Money moved by card, Kaspi or cash, and its receipt of the cash register is not known "
            "here."
        ),
        asks=lambda at: lacking_fiscal_receipt(LedgerEntry.objects.all(), at),
        listed="payments_ledgerentry",
        query="attention=fiscal",
    ),
    Question(
        _("The year's turnover nears the VAT threshold"),
        _("It is above four fifths. Talk to the accountant about registering for VAT (4.2)."),
        asks=lambda at: Accounts.objects.nearing_the_threshold(at),
        listed="payments_accounts",
    ),
    Question(
        _("Students ask for halves"),
        _(
            "Decline with a reason, or propose the day of the rest. "
            "Nobody can order by halves before (4.3.1)."
        ),
        asks=lambda at: HalvesRequest.objects.awaiting_answer(),
        listed="enrollment_halvesrequest",
        query="attention=asked",
    ),
    Question(
        _("Proposals of halves that were refused"),
        _("Propose another day, or decline the request (4.3.1)."),
        asks=lambda at: HalvesRequest.objects.refused(),
        listed="enrollment_halvesrequest",
        query="attention=refused",
    ),
    Question(
        _("Halves agreed on, not ordered"),
        _("The agreement ends by itself when its time is over (4.3.1)."),
        asks=lambda at: HalvesRequest.objects.not_ordered(),
        listed="enrollment_halvesrequest",
        query="attention=not-ordered",
    ),
    Question(
        _("Rests overdue"),
        _("Access is suspended until the rest is paid, or another day is agreed on (4.3.1)."),
        asks=lambda at: Enrollment.objects.rest_overdue(almaty_day(at)),
        listed="enrollment_enrollment",
        query="attention=rest",
        tone="bad",
        right="enrollment.view_order",
    ),
    Question(
        _("Breaches to review"),
        _("Another person than recorded each confirms or withdraws it (6.5)."),
        asks=lambda at: Breach.objects.to_review(),
        listed="enrollment_breach",
        query="attention=to-review",
    ),
    Question(
        _("Objections to breaches"),
        _("Read them, then confirm or withdraw the breach (6.5)."),
        asks=lambda at: Breach.objects.with_objection_to_read(),
        listed="enrollment_breach",
        query="attention=objections",
        tone="bad",
    ),
    Question(
        _("Students propose to end their contracts"),
        _("Accept or decline each before its day: then it lapses (12.4)."),
        asks=lambda at: EndingProposal.objects.awaiting_the_academy(),
        listed="enrollment_endingproposal",
        query="attention=awaiting",
    ),
    Question(
        _("Endings by the academy that wait for the second person"),
        _("One person proposed, another approves or sends it back (12.5)."),
        asks=lambda at: ProviderEnding.objects.undecided(),
        listed="enrollment_providerending",
        query="attention=undecided",
    ),
    Question(
        _("Money owed after the end of a contract"),
        _("The decision states what goes back. Open a refund case on the order's page (12.3)."),
        asks=lambda at: owed_after_ending(Order.objects.all()),
        listed="enrollment_order",
        query="attention=owed",
        tone="bad",
    ),
    Question(
        _("Deadlines overdue"),
        _("What is owed is late. It is still owed."),
        asks=lambda at: Deadline.objects.overdue(at),
        listed="enrollment_deadline",
        query="attention=overdue",
        tone="bad",
    ),
    Question(
        _("Deadlines of today and the next working day"),
        _("They run out at 24:00 of their day."),
        asks=near_deadlines,
        listed="enrollment_deadline",
        query="attention=near",
    ),
    Question(
        _("The calendar changed: new days of deadlines"),
        _("No deadline moves by itself. Confirm the new days, or leave the old ones (D1)."),
        asks=lambda at: CalendarReview.objects.open(),
        listed="enrollment_calendarreview",
        query="attention=open",
    ),
    Question(
        _("Past the day of performance, not completed"),
        _(
            "The clock of the certificate runs. Complete them, or leave them out with a reason "
            "(9.1)."
        ),
        asks=lambda at: Enrollment.objects.past_the_day(almaty_day(at)),
        listed="enrollment_enrollment",
        query="attention=past",
    ),
    Question(
        _("Left out of a completion"),
        _("Each stands here with its reason until it is completed."),
        asks=lambda at: Enrollment.objects.left_out(),
        listed="enrollment_enrollment",
        query="attention=left-out",
    ),
    Question(
        _("Objections to a later edition"),
        _(
            "Talk with each student: the contract goes on under its own edition, or the parties "
            "end it. Close the talk with what was agreed on (12.2.1)."
        ),
        asks=lambda at: EditionTalk.objects.open(),
        listed="enrollment_editiontalk",
        query="attention=open",
        tone="bad",
    ),
    Question(
        _("Not told of a later edition in time"),
        _(
            "The letter did not arrive before the day of effect, so silence says nothing. Correct "
            "the e-mail, or call the student (12.2.1)."
        ),
        asks=lambda at: EditionNotice.objects.untold(at),
        listed="enrollment_editionnotice",
        query="attention=untold",
    ),
    Question(
        _("Questions to send"),
        _(
            "Their letter has not left, and the term for it runs. "
            "See the letter, or call the student (9.5)."
        ),
        asks=lambda at: Clarification.objects.unsent(at),
        listed="enrollment_clarification",
        query="attention=unsent",
        tone="bad",
    ),
    Question(
        _("Answers overdue"),
        _(
            "Send the question again, write down what you were told, or withdraw it: "
            "no certificate till then (9.5)."
        ),
        asks=lambda at: Clarification.objects.overdue(at),
        listed="enrollment_clarification",
        query="attention=overdue",
    ),
    Question(
        _("Answers to read"),
        _("Students put right or confirmed what their certificate will state (9.5)."),
        asks=lambda at: Clarification.objects.unread(),
        listed="enrollment_clarification",
        query="attention=unread",
    ),
    Question(
        _("Certificates set apart"),
        _("They could not be made; each says why (9.1)."),
        asks=lambda at: Certificate.objects.set_apart(),
        listed="certificates_certificate",
        query="attention=apart",
        tone="bad",
    ),
    Question(
        _("The audit found something"),
        _("Something is false that must never be. Call whoever keeps the site."),
        asks=lambda at: AuditRun.objects.alarming(),
        listed="audit_auditrun",
        query="attention=alarming",
        tone="bad",
    ),
    Question(
        _("The journal is not sealed"),
        _(
            "Rows have waited for more than 36 hours. The clock does not run, or the academy's key "
            "is missing."
        ),
        asks=lambda at: Entry.objects.unsealed_for_long(at),
        listed="journal_entry",
        query="attention=unsealed",
        tone="bad",
    ),
    Question(
        _("The clock does not run"),
        _(
            "These jobs should have run by now. Call whoever keeps the site: cron does not start "
            "them, or they do not end."
        ),
        asks=lambda at: WatchedJob.objects.silent(at),
        listed="watch_watchedjob",
        query="attention=silent",
        tone="bad",
    ),
    Question(
        _("Jobs of the clock failed"),
        _("Their last run could not do its work. Call whoever keeps the site."),
        asks=lambda at: WatchedJob.objects.failed(),
        listed="watch_watchedjob",
        query="attention=failed",
        tone="bad",
    ),
    Question(
        _("Somebody looks for orders of others"),
        _(
            "So many tries of one address in a day are no mistakes. Nothing was opened. Look at "
            "them; if they go on, ask whoever keeps the site to shut the address out (3.1 (5))."
        ),
        asks=lambda at: OrderTries.objects.like_a_search(),
        listed="attempts_ordertries",
        query="attention=search",
        tone="bad",
    ),
    Question(
        _("The academy's signing certificate ends"),
        _(
            "It has ended, ends within 30 days, or cannot be read. Without it no certificate is "
            "issued and the journal is not sealed. Call whoever keeps the site (9.1)."
        ),
        asks=key_ends,
        listed="watch_watchedjob",
        tone="bad",
        is_listed=False,
    ),
    Question(
        _("The server has an old time zone"),
        _(
            "It still counts Almaty an hour ahead, so the day of an order ends an hour early. Call "
            "whoever keeps the site (4.3)."
        ),
        asks=time_is_wrong,
        listed="watch_watchedjob",
        tone="bad",
        is_listed=False,
    ),
    Question(
        _("Letters to read"),
        _("A contract holder wrote: by e-mail, from the cabinet or on paper (12.1)."),
        asks=lambda at: Letter.objects.unread(),
        listed="correspondence_letter",
        query="attention=unread",
    ),
    Question(
        _("The mailbox cannot be read"),
        _(
            "Nobody notices which letters come back. Call whoever keeps the site: the password or "
            "the address of the mailbox (12.1)."
        ),
        asks=lambda at: MailboxPlace.objects.failing(at),
        listed="notices_mailboxplace",
        query="attention=failing",
        tone="bad",
    ),
    Question(
        _("Mails that the site passed over"),
        _(
            "They were too old when the mailbox was first read, or could not be read for a "
            "fortnight. Look through them in the mailbox itself, then press its button (12.1)."
        ),
        asks=lambda at: MailboxPlace.objects.passed_over(),
        listed="notices_mailboxplace",
        query="attention=passed-over",
        tone="bad",
    ),
    Question(
        _("Leaks to be told to the authority"),
        _("One working day after the discovery, by law; then the persons concerned (11.4)."),
        asks=lambda at: Leak.objects.unreported(),
        listed="retention_leak",
        query="attention=unreported",
        tone="bad",
    ),
    Question(
        _("Wishes to erase without an answer"),
        _("The nightly job answers them; one that is overdue says that it does not run (11.4)."),
        asks=lambda at: ErasureRequest.objects.overdue(at),
        listed="retention_erasurerequest",
        query="attention=overdue",
        tone="bad",
    ),
    Question(
        _("All letters wait"),
        _(
            "The mail server refuses us: a limit, the password or a blocked mailbox. Its answer is "
            "in the list. The letters leave by themselves once it takes them (12.1)."
        ),
        asks=lambda at: SendingStop.objects.standing(),
        listed="notices_sendingstop",
        query="attention=standing",
        tone="bad",
    ),
    Question(
        _("Letters given up"),
        _(
            "The mail server refused them or took none of many tries, they could not be written, "
            "or came too late; a letter to a minor's guardian may also be held back, since its "
            "mailbox had enough of a day. Each says why. Mend the cause, then send them again: "
            "many at once from the list (12.1)."
        ),
        asks=lambda at: Notice.objects.given_up(),
        listed="notices_notice",
        query="attention=dead",
        tone="bad",
    ),
    Question(
        _("Letters that came back"),
        _(
            "They did not arrive. Correct the e-mail with a document, then send each again "
            "(12.1.2.2)."
        ),
        asks=lambda at: Notice.objects.came_back(),
        listed="notices_notice",
        query="attention=came-back",
        tone="bad",
    ),
    Question(
        _("Letters that nobody sends"),
        _("The clock does not run, or the mail server does not answer."),
        asks=lambda at: Notice.objects.without_owner(at),
        listed="notices_notice",
        query="attention=without-owner",
        tone="bad",
    ),
    Question(
        _("Telegram messages given up"),
        _("The student blocked the bot, or Telegram refused them (4.3.1)."),
        asks=lambda at: TelegramMessage.objects.dead(),
        listed="telegram_telegrammessage",
        query="attention=dead",
        tone="bad",
    ),
    Question(
        _("Invites to groups given up"),
        _("Telegram refused to make an invite or to put somebody out of a group (11.5)."),
        asks=lambda at: GroupInvite.objects.dead(),
        listed="telegram_groupinvite",
        query="attention=dead",
        tone="bad",
    ),
    Question(
        _("Telegram messages that nobody sends"),
        _("The clock does not run, or Telegram does not answer."),
        asks=lambda at: TelegramMessage.objects.without_owner(at),
        listed="telegram_telegrammessage",
        query="attention=without-owner",
        tone="bad",
    ),
)


def needs_attention(*, user: User, at: datetime) -> list[Matter]:
    """The questions that this person may see and that have something to show."""
    asked = [question for question in QUESTIONS if question.may_be_asked_by(user)]
    return [
        Matter(question, count)
        for question in asked
        if (count := seen_by(user, question.asks(at)).count())
    ]


def seen_by(user: User, found: QuerySet[Any] | Condition) -> Any:
    """What a person may see of an answer: a curator the own students (3.5)."""
    narrow = getattr(found, "seen_by", None)
    return narrow(user) if narrow else found
