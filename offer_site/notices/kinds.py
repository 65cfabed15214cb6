"""Every letter the site sends: its facts, its one button, and how long it is useful.

The words of a kind are in `templates/emails/<kind>/`. The facts that `queue_notice` needs are the
keys below: amounts are whole tenge (int) or reported money ("74995.00"), days are ISO
("2026-11-22"), everything else is text.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from offer_site.priorities import Priority


class NoticeKind(models.TextChoices):
    ORDER_PLACED = "order-placed", _("order placed")
    CONTRACT_CONCLUDED = "contract-concluded", _("contract concluded")
    ORDER_LAPSED = "order-lapsed", _("order lapsed")
    ORDER_REOPENED = "order-reopened", _("order reopened")
    ORDER_CANCELLED = "order-cancelled", _("order cancelled by its buyer")
    ORDER_RESTORED = "order-restored", _("order restored by its buyer")
    ORDER_LINK = "order-link", _("link of an order sent again")
    REPORT_RECEIVED = "report-received", _("report of a payment received")
    CLARIFICATION = "clarification", _("question about the recipient")
    INVOICE_PLACED = "invoice-placed", _("orders placed under an invoice")
    INVOICE_REPORTED = "invoice-reported", _("report of an invoice's payment received")
    INVOICE_LAPSED = "invoice-lapsed", _("orders of an invoice lapsed")
    INVOICE_CANCELLED = "invoice-cancelled", _("orders of an invoice cancelled")
    INVOICE_RESTORED = "invoice-restored", _("orders of an invoice restored")
    CERTIFICATE_READY = "certificate-ready", _("certificate ready")
    SIGN_IN_CODE = "sign-in-code", _("sign-in code")
    HALVES_ASKED = "halves-asked", _("halves asked for")
    HALVES_DECLINED = "halves-declined", _("halves declined")
    HALVES_PROPOSED = "halves-proposed", _("halves proposed")
    HALVES_AGREED = "halves-agreed", _("halves agreed on")
    REST_REMINDER = "rest-reminder", _("reminder of the rest")
    REST_MOVED = "rest-moved", _("another day of the rest")
    REST_PAID = "rest-paid", _("the rest is paid")
    ACCESS_SUSPENDED = "access-suspended", _("access suspended")
    ACCESS_RESTORED = "access-restored", _("access restored")
    BREACH_RECORDED = "breach-recorded", _("breach recorded")
    BREACH_REVIEWED = "breach-reviewed", _("breach reviewed")
    ENDING_TALKS = "ending-talks", _("talks about ending the contract")
    ENDED_EARLY = "ended-early", _("contract ended early")
    EMAIL_CORRECTED = "email-corrected", _("e-mail corrected")
    ACCOUNT_ALARM = "account-alarm", _("alarm of an account")
    SESSIONS_ENDED = "sessions-ended", _("signed out on all devices")
    REFUND_DECIDED = "refund-decided", _("refund decided")
    REFUND_SENT = "refund-sent", _("refund sent")
    REFUND_CORRECTED = "refund-corrected", _("refund told by mistake")
    CONTRACT_ENDED = "contract-ended", _("contract ended: there was no such payment")
    REST_DUE_AGAIN = "rest-due-again", _("the rest is not paid after all")
    PAYMENT_CORRECTED = "payment-corrected", _("payment counted by mistake")
    ERASURE_ANSWERED = "erasure-answered", _("wish to erase answered")
    DATA_LEAKED = "data-leaked", _("leak of personal data")
    CLAIM_FILED = "claim-filed", _("claim received")
    CLAIM_DOCUMENTS = "claim-documents", _("documents asked for, for a claim")
    CLAIM_ANSWERED = "claim-answered", _("claim answered")
    CLAIM_MADE = "claim-made", _("claim of the academy")
    CLAIM_WITHDRAWN = "claim-withdrawn", _("claim withdrawn")
    FORCE_MAJEURE = "force-majeure", _("force majeure")
    DEADLINE_WARNING = "deadline-warning", _("warning of a term that ends")
    DEADLINE_ALARM = "deadline-alarm", _("alarm of a term that is over")
    EDITION_COMING = "edition-coming", _("a later edition of the offer")
    EDITION_ANSWERED = "edition-answered", _("answer to a later edition")
    MOVE_PROPOSED = "move-proposed", _("another cohort proposed")
    MOVE_MADE = "move-made", _("moved to another cohort")
    JOURNAL_SEAL = "journal-seal", _("seal of the journal")
    TERM_NEAR = "term-near", _("reminder of a term")
    TERM_OVER = "term-over", _("a term is over")
    TERMS_NEAR = "terms-near", _("terms of the academy that end")
    TERMS_OVER = "terms-over", _("terms of the academy that are over")
    TERMS_MOVED = "terms-moved", _("terms have another day")
    WRITTEN = "written", _("letter written by staff")
    LETTER_TAKEN = "letter-taken", _("letter from the cabinet received")
    WORK_RESULT = "work-result", _("result of a work")
    COHORT_NEWS = "cohort-news", _("letter to a cohort")
    COHORT_OFFER = "cohort-offer", _("offer to a cohort (marketing)")
    GUARDIAN_ASKED = "guardian-asked", _("guardian asked for consent")
    GUARDIAN_CONSENTED = "guardian-consented", _("guardian consented")
    PAY_TODAY = "pay-today", _("reminder to pay today")
    COURSE_BEGINS = "course-begins", _("the course begins")
    LESSON_TODAY = "lesson-today", _("lesson of today")
    RECEIPT_KNOWN = "receipt-known", _("fiscal receipt known")
    SALES_OPEN = "sales-open", _("sales are open")


@dataclass(frozen=True)
class Row:
    """A line of the letter's table; `keys` name the facts it shows."""

    label: Promise
    keys: tuple[str, ...]
    # text, tenge, day, day_end (24:00 of that day), period (two days) or payment (amount, day)
    form: str = "text"


@dataclass(frozen=True)
class LetterLayout:
    rows: tuple[Row, ...] = ()
    # The button's words and the fact that holds its address.
    action: tuple[Promise, str] | None = None
    # A second address under the button.
    link: tuple[Promise, str] | None = None
    also: tuple[str, ...] = ()  # facts that only the words use
    optional: tuple[str, ...] = ()  # facts that may be missing, with their rows or button
    # The day until which its reader does what the button says: it comes as a file for calendars.
    calendar: str = ""
    big: str = ""  # the fact that is set large
    big_form: str = "text"
    subject_tail: str = ""  # the fact that ends the subject
    said: str = ""  # the fact that a person wrote, in one language; it stands above all words
    # A person wrote it: no program's letter, and once sent its words stand in its bytes alone.
    is_by_hand: bool = False
    # Only the recipient may read it: its facts are deleted once it is sent.
    secret: bool = False
    of_use_for: timedelta | None = None  # later than this it is not sent any more
    # One of its readers may have consented to marketing: it leads to the switch (5.3.5).
    is_to_buyer: bool = True
    # It goes by a consent to marketing alone, and not after its withdrawal (5.3.5).
    is_marketing: bool = False
    # CODE and MOMENT overtake BATCH, which the clock queues by the hundred.
    priority: Priority = Priority.MOMENT

    @property
    def needs(self) -> set[str]:
        """The facts the letter cannot be written without; the order's code is on the notice."""
        named = (
            {key for row in self.rows for key in row.keys}
            | set(self.also)
            | {self.big, self.calendar, self.subject_tail, self.said}
        )
        named |= {each[1] for each in (self.action, self.link) if each}
        return named - set(self.optional) - {"", "order"}


ORDER = Row(_("Order"), ("order",))
CASE = Row(pgettext_lazy("letter to a buyer", "Case"), ("case",))
MONEY_OF = Row(_("Order or payment"), ("subject",))  # a case may be about money of no order
CLAIM = Row(_("Claim"), ("claim",))
CLAIMED = Row(_("Amount of the claim"), ("amount",), "tenge")
PACKAGE = Row(_("Package"), ("package",))  # "SMMARKETING – БІРГЕ"
COURSE_DAYS = Row(_("Course"), ("starts_on", "ends_on"), "period")
INVOICE = Row(_("Invoice for payment"), ("invoice",))
LEARNERS = Row(_("Learners"), ("learners",))
RESTORE_UNTIL = Row(_("Can be restored until"), ("restore_on",), "day_end")
OPEN_INVOICE = (_("Open the invoice"), "invoice_url")
OPEN_ORDER = (_("Open the order"), "order_url")
PAY_REST = (_("Pay the rest"), "order_url")
OPEN_BREACH = (_("Read and object"), "breach_url")
BROKEN_CLAUSE = Row(_("Clause of the offer"), ("clause",))
HAPPENED_ON = Row(_("When it happened"), ("happened_on",), "day")
OPEN_CLAIM = (_("Open the claim"), "claim_url")
OPEN_REQUEST = (_("Open the request"), "request_url")
OPEN_LESSONS = (_("Join the lessons"), "lessons_url")
OPEN_CABINET = (_("Open the cabinet"), "cabinet_url")
BEGINS = Row(_("Begins"), ("begins",))  # "07.12.2026, 19:00, 90 минут"
TOPIC = Row(_("Topic"), ("topic",))
THE_REST = Row(_("The rest, until"), ("rest", "rest_on"), "payment")
COUNTED = Row(_("Was counted as paid"), ("amount", "paid_on"), "payment")
HALVES = (
    Row(_("On the day of the order"), ("first",), "tenge"),
    THE_REST,
    Row(_("Valid until"), ("valid_on",), "day_end"),
)

# To staff: `owed` lists certificates as certificates.operations.watching.OwedCertificate,
# `more` counts those beyond the list.
OWED = LetterLayout(
    action=(_("Open the list"), "list_url"),
    also=("owed", "more"),
    subject_tail="count",
    is_to_buyer=False,
    priority=Priority.BATCH,
)

# To staff: `terms` lists what is owed, with `order`, `due_on`, `what_kk` and `what_ru`.
TERMS_OF_STAFF = LetterLayout(
    action=(_("Open the list"), "list_url"),
    also=("terms", "more"),
    subject_tail="count",
    is_to_buyer=False,
    priority=Priority.BATCH,
)
# To the student: what is owed in both languages, and the page where it is done.
TERM_OF_STUDENT = LetterLayout(
    rows=(Row(_("Until"), ("until",), "day_end"), Row(_("Clause"), ("clause",)), ORDER),
    action=(_("Open the page"), "page_url"),
    also=("what_kk", "what_ru"),
    subject_tail="order",
    priority=Priority.BATCH,
)

LETTERS: dict[NoticeKind, LetterLayout] = {
    NoticeKind.ORDER_PLACED: LetterLayout(
        rows=(
            Row(_("Pay until"), ("pay_on",), "day_end"),
            THE_REST,
            ORDER,
            PACKAGE,
            COURSE_DAYS,
            Row(_("Order taken by the partner"), ("partner",)),
        ),
        # enrolled: the learner has a contract already; called: how a caller of staff consents
        # (2.6); guardian: a minor, who cannot pay yet
        optional=("rest", "rest_on", "enrolled", "partner", "called", "guardian"),
        big="due",
        big_form="tenge",
        action=OPEN_ORDER,
        subject_tail="order",
    ),
    NoticeKind.GUARDIAN_ASKED: LetterLayout(
        rows=(
            Row(_("Learner"), ("learner",)),
            Row(_("Parent, guardian or adopter"), ("guardian",)),
            PACKAGE,
            COURSE_DAYS,
            Row(_("Price"), ("price",), "tenge"),
            Row(_("Consent until"), ("pay_on",), "day_end"),
            ORDER,
        ),
        optional=("pay_on",),  # a lapsed order's day has passed
        action=(_("Read and consent"), "guardian_url"),
        subject_tail="order",
        is_to_buyer=False,
    ),
    NoticeKind.GUARDIAN_CONSENTED: LetterLayout(
        rows=(Row(_("Pay until"), ("pay_on",), "day_end"), ORDER, PACKAGE, COURSE_DAYS),
        big="due",
        big_form="tenge",
        action=OPEN_ORDER,
        subject_tail="order",
    ),
    NoticeKind.CONTRACT_CONCLUDED: LetterLayout(
        rows=(
            ORDER,
            Row(_("Learner"), ("learner",)),
            PACKAGE,
            Row(_("Payment received"), ("amount", "paid_on"), "payment"),
            Row(_("Way of paying"), ("way",)),
            Row(_("Commission besides (4.5)"), ("commission",), "tenge"),
            THE_REST,
            COURSE_DAYS,
        ),
        also=("asks_address",),
        optional=("learner", "way", "commission", "rest", "rest_on", "asks_address"),
        action=OPEN_ORDER,
        subject_tail="order",
    ),
    NoticeKind.ORDER_LAPSED: LetterLayout(
        rows=(ORDER, PACKAGE, Row(_("Was to be paid until"), ("pay_on",), "day_end")),
        action=(_("Order again"), "home_url"),
        subject_tail="order",
        priority=Priority.BATCH,
    ),
    NoticeKind.ORDER_REOPENED: LetterLayout(
        rows=(Row(_("Pay until"), ("pay_on",), "day_end"), ORDER, PACKAGE, COURSE_DAYS),
        big="due",
        big_form="tenge",
        action=OPEN_ORDER,
        subject_tail="order",
    ),
    NoticeKind.ORDER_CANCELLED: LetterLayout(
        rows=(ORDER, PACKAGE, RESTORE_UNTIL),
        optional=("restore_on",),  # its day may be over
        action=OPEN_ORDER,
        subject_tail="order",
    ),
    NoticeKind.ORDER_RESTORED: LetterLayout(
        rows=(Row(_("Pay until"), ("pay_on",), "day_end"), ORDER, PACKAGE, COURSE_DAYS),
        action=OPEN_ORDER,
        subject_tail="order",
    ),
    # `code` is the order's or the invoice's
    NoticeKind.ORDER_LINK: LetterLayout(
        rows=(
            Row(_("Pay until"), ("pay_on",), "day_end"),
            Row(_("Order"), ("code",)),
            PACKAGE,
        ),
        optional=("pay_on", "code"),
        action=OPEN_ORDER,
        subject_tail="code",
    ),
    NoticeKind.REPORT_RECEIVED: LetterLayout(
        rows=(
            Row(_("Document reported"), ("number",)),
            Row(_("We wait for the money until"), ("kept_on",), "day_end"),
            ORDER,
            PACKAGE,
        ),
        optional=("number",),  # of a receipt or a screenshot none may be known
        action=OPEN_ORDER,
        also=("place",),  # "kept", or nothing
        subject_tail="order",
    ),
    NoticeKind.CLARIFICATION: LetterLayout(
        rows=(Row(_("Answer until"), ("answer_on",), "day_end"), ORDER),
        action=(_("Answer"), "answer_url"),
        also=("asked_kk", "asked_ru", "days", "many"),  # what is asked, a line each
        calendar="answer_on",
        subject_tail="order",
    ),
    NoticeKind.INVOICE_PLACED: LetterLayout(
        rows=(Row(_("Pay until"), ("pay_on",), "day_end"), INVOICE, LEARNERS, PACKAGE, COURSE_DAYS),
        big="due",
        big_form="tenge",
        action=OPEN_INVOICE,
        optional=("enrolled",),  # the names of learners who have a contract already
        subject_tail="invoice",
    ),
    NoticeKind.INVOICE_REPORTED: LetterLayout(
        rows=(
            Row(_("Document reported"), ("number",)),
            Row(_("We wait for the money until"), ("kept_on",), "day_end"),
            INVOICE,
            LEARNERS,
            Row(_("Places kept"), ("places",)),
            PACKAGE,
        ),
        action=OPEN_INVOICE,
        also=("beyond",),  # "yes" where places are fewer than learners, or nothing
        subject_tail="invoice",
    ),
    NoticeKind.INVOICE_LAPSED: LetterLayout(
        rows=(INVOICE, LEARNERS, PACKAGE, Row(_("Was to be paid until"), ("pay_on",), "day_end")),
        action=(_("Order again"), "home_url"),
        subject_tail="invoice",
        priority=Priority.BATCH,
    ),
    NoticeKind.INVOICE_CANCELLED: LetterLayout(
        rows=(INVOICE, LEARNERS, PACKAGE, RESTORE_UNTIL),
        optional=("restore_on",),
        action=OPEN_INVOICE,
        subject_tail="invoice",
    ),
    NoticeKind.INVOICE_RESTORED: LetterLayout(
        rows=(Row(_("Pay until"), ("pay_on",), "day_end"), INVOICE, LEARNERS, PACKAGE, COURSE_DAYS),
        action=OPEN_INVOICE,
        subject_tail="invoice",
    ),
    NoticeKind.CERTIFICATE_READY: LetterLayout(
        rows=(
            Row(_("Awarded to"), ("holder",)),
            Row(_("Certificate number"), ("number",)),
            Row(_("Date of issue"), ("issued_on",), "day"),
            ORDER,
        ),
        action=(_("Open the certificate"), "cabinet_url"),
        subject_tail="number",
        priority=Priority.BATCH,
    ),
    NoticeKind.SIGN_IN_CODE: LetterLayout(
        big="code",
        subject_tail="code",
        secret=True,
        is_to_buyer=False,
        of_use_for=timedelta(minutes=10),
        priority=Priority.CODE,
    ),
    NoticeKind.HALVES_ASKED: LetterLayout(
        rows=(Row(_("Request"), ("request",)), PACKAGE, Row(_("Price"), ("price",), "tenge")),
        action=OPEN_REQUEST,
        subject_tail="request",
    ),
    NoticeKind.HALVES_DECLINED: LetterLayout(
        rows=(Row(_("Request"), ("request",)), PACKAGE, Row(_("Reason"), ("reason",))),
        action=OPEN_REQUEST,
        subject_tail="request",
    ),
    NoticeKind.HALVES_PROPOSED: LetterLayout(
        rows=(*HALVES, PACKAGE, Row(_("Request"), ("request",))),
        action=OPEN_REQUEST,
        subject_tail="request",
    ),
    NoticeKind.HALVES_AGREED: LetterLayout(
        rows=(*HALVES, PACKAGE, Row(_("Request"), ("request",))),
        action=(_("Place the order"), "checkout_url"),
        calendar="valid_on",
        subject_tail="request",
    ),
    NoticeKind.REST_REMINDER: LetterLayout(
        rows=(Row(_("Pay until"), ("pay_on",), "day_end"), ORDER, PACKAGE),
        big="rest",
        big_form="tenge",
        action=PAY_REST,
        also=("days",),  # that are left: none on the last day
        calendar="pay_on",
        subject_tail="order",
        priority=Priority.BATCH,
    ),
    NoticeKind.REST_MOVED: LetterLayout(
        rows=(THE_REST, ORDER, PACKAGE),
        action=PAY_REST,
        calendar="rest_on",
        subject_tail="order",
    ),
    NoticeKind.MOVE_PROPOSED: LetterLayout(
        rows=(COURSE_DAYS, ORDER, PACKAGE),
        action=(_("Read and answer"), "answer_url"),
        subject_tail="order",
    ),
    NoticeKind.WORK_RESULT: LetterLayout(
        rows=(
            Row(_("Work"), ("work",)),
            Row(_("Points of 10"), ("points",)),
            ORDER,
            PACKAGE,
        ),
        action=(_("Read the answer"), "work_url"),
        also=("mark",),
        optional=("points",),
        subject_tail="work",
    ),
    NoticeKind.MOVE_MADE: LetterLayout(
        rows=(COURSE_DAYS, ORDER, PACKAGE),
        action=(_("Open the cabinet"), "cabinet_url"),
        subject_tail="order",
    ),
    NoticeKind.REST_PAID: LetterLayout(
        rows=(Row(_("Payment received"), ("amount", "paid_on"), "payment"), ORDER, PACKAGE),
        action=OPEN_ORDER,
        subject_tail="order",
    ),
    NoticeKind.ACCESS_SUSPENDED: LetterLayout(
        rows=(Row(_("Was to be paid until"), ("pay_on",), "day_end"), ORDER, PACKAGE),
        big="rest",
        big_form="tenge",
        action=PAY_REST,
        subject_tail="order",
        priority=Priority.BATCH,
    ),
    NoticeKind.ACCESS_RESTORED: LetterLayout(
        rows=(
            Row(_("Payment received"), ("amount", "paid_on"), "payment"),
            Row(_("The rest is due until"), ("pay_on",), "day_end"),
            ORDER,
            PACKAGE,
        ),
        action=(_("Open the cabinet"), "cabinet_url"),
        # breach: its number, where access was shut off for it (6.5);
        # put_off: where the rest has another day because of force majeure (8.6)
        optional=("amount", "paid_on", "pay_on", "breach", "put_off"),
        subject_tail="order",
    ),
    NoticeKind.BREACH_RECORDED: LetterLayout(
        rows=(BROKEN_CLAUSE, HAPPENED_ON, ORDER, PACKAGE),
        action=OPEN_BREACH,
        also=("rule_kk", "rule_ru", "email", "is_closed"),
        subject_tail="order",
    ),
    NoticeKind.BREACH_REVIEWED: LetterLayout(
        rows=(
            BROKEN_CLAUSE,
            HAPPENED_ON,
            Row(_("Demanded (11.6)"), ("demanded",), "tenge"),
            ORDER,
            PACKAGE,
        ),
        action=OPEN_BREACH,
        also=("rule_kk", "rule_ru", "email", "verdict", "is_open"),
        optional=("demanded",),
        subject_tail="order",
    ),
    NoticeKind.ENDING_TALKS: LetterLayout(
        rows=(
            Row(_("The contract would end on"), ("ends_on",), "day"),
            Row(_("To be returned"), ("returned",), "tenge"),
            ORDER,
            PACKAGE,
        ),
        action=(_("Open the proposal"), "ending_url"),
        also=("side", "answer"),  # who proposed, and what became of it
        optional=("returned",),
        subject_tail="order",
    ),
    NoticeKind.ENDED_EARLY: LetterLayout(
        rows=(
            Row(_("Ended on"), ("ended_on",), "day"),
            Row(_("Clause of the offer"), ("clause",)),
            Row(_("Breaches"), ("breaches",)),
            Row(_("To be returned"), ("owed",), "tenge"),
            ORDER,
            PACKAGE,
        ),
        action=(_("Open the cabinet"), "cabinet_url"),
        also=("reasons_kk", "reasons_ru"),
        optional=("owed", "breaches", "reasons_kk", "reasons_ru"),
        subject_tail="order",
    ),
    NoticeKind.EMAIL_CORRECTED: LetterLayout(
        rows=(ORDER, Row(_("Corrected on"), ("corrected_on",), "day")),
        action=OPEN_ORDER,
        # The old address gets no link, and does not read that somebody is enrolled.
        optional=("order_url", "enrolled"),
        subject_tail="order",
    ),
    NoticeKind.ACCOUNT_ALARM: LetterLayout(
        rows=(
            Row(_("Account"), ("account",)),
            Row(_("When"), ("moment",)),
            Row(_("Sessions ended"), ("sessions",)),
        ),
        is_to_buyer=False,
        action=(_("Open the account"), "admin_url"),
        optional=("admin_url",),
    ),
    NoticeKind.SESSIONS_ENDED: LetterLayout(
        rows=(Row(_("When"), ("moment",)),), action=(_("Sign in"), "sign_in_url")
    ),
    NoticeKind.REFUND_DECIDED: LetterLayout(
        rows=(
            CASE,
            MONEY_OF,
            Row(_("Case of the day"), ("asked_on",), "day"),
            Row(_("To be returned"), ("granted",), "tenge"),
        ),
        action=(_("Open the site"), "page_url"),
        also=("decided_on", "is_paid_now", "ends_order"),
        subject_tail="case",
    ),
    NoticeKind.REFUND_SENT: LetterLayout(
        rows=(
            CASE,
            MONEY_OF,
            Row(_("Returned"), ("amount", "sent_on"), "payment"),
            Row(_("Number of the operation"), ("reference",)),
        ),
        subject_tail="case",
    ),
    NoticeKind.REFUND_CORRECTED: LetterLayout(
        rows=(
            CASE,
            MONEY_OF,
            Row(_("Was told as returned"), ("amount", "sent_on"), "payment"),
            Row(_("Number of the operation"), ("reference",)),
        ),
        subject_tail="case",
    ),
    NoticeKind.CONTRACT_ENDED: LetterLayout(
        rows=(COUNTED, ORDER, PACKAGE), action=OPEN_ORDER, subject_tail="order"
    ),
    NoticeKind.REST_DUE_AGAIN: LetterLayout(
        rows=(THE_REST, COUNTED, ORDER, PACKAGE),
        action=PAY_REST,
        calendar="rest_on",
        subject_tail="order",
    ),
    NoticeKind.PAYMENT_CORRECTED: LetterLayout(
        rows=(COUNTED, ORDER, PACKAGE), action=OPEN_ORDER, subject_tail="order"
    ),
    NoticeKind.ERASURE_ANSWERED: LetterLayout(
        rows=(Row(_("You asked on"), ("asked_on",), "day"),),
        also=("kept_kk", "kept_ru"),  # what stays, a line each; empty when nothing does
        is_to_buyer=False,
        priority=Priority.BATCH,
    ),
    NoticeKind.DATA_LEAKED: LetterLayout(
        rows=(Row(_("Found on"), ("found_on",), "day"),),
        also=("told_kk", "told_ru"),  # what happened and what to do, as the academy wrote it
        is_to_buyer=False,
    ),
    NoticeKind.CLAIM_FILED: LetterLayout(
        rows=(CLAIM, ORDER, CLAIMED, Row(_("We answer until"), ("due_on",), "day_end")),
        action=OPEN_CLAIM,
        also=("is_signed",),
        optional=("amount",),
        subject_tail="claim",
    ),
    NoticeKind.CLAIM_DOCUMENTS: LetterLayout(
        rows=(CLAIM, ORDER, Row(_("Send until"), ("send_on",), "day_end")),
        action=(_("Send the documents"), "claim_url"),
        calendar="send_on",
        subject_tail="claim",
    ),
    NoticeKind.CLAIM_ANSWERED: LetterLayout(
        rows=(CLAIM, ORDER, CLAIMED),
        action=(_("Read and answer"), "claim_url"),
        also=("verdict",),  # granted, partly or declined
        optional=("amount",),
        subject_tail="claim",
    ),
    NoticeKind.CLAIM_MADE: LetterLayout(
        rows=(CLAIM, ORDER, CLAIMED, Row(_("Answer until"), ("due_on",), "day_end")),
        action=(_("Answer the claim"), "claim_url"),
        calendar="due_on",
        optional=("amount",),
        subject_tail="claim",
    ),
    NoticeKind.CLAIM_WITHDRAWN: LetterLayout(
        rows=(CLAIM, ORDER, CLAIMED),
        action=OPEN_CLAIM,
        also=("of", "on_paper"),  # whose claim it was; whether a paper says so
        optional=("amount",),
        subject_tail="claim",
    ),
    NoticeKind.FORCE_MAJEURE: LetterLayout(
        rows=(
            ORDER,
            Row(_("Began on"), ("began_on",), "day"),
            Row(pgettext_lazy("force majeure", "Ended on"), ("ended_on",), "day"),
            Row(_("Put off by, days"), ("days",)),
            Row(_("Reason"), ("reason",)),
            Row(_("To be returned"), ("owed",), "tenge"),
        ),
        action=(_("Open the cabinet"), "cabinet_url"),
        # reported, told, confirmed, rejected, corrected, over, talks or ended
        also=("stage",),
        # hinders: whose obligations it puts off; terms: what moved, from which day to which
        optional=("ended_on", "days", "reason", "owed", "hinders", "terms"),
        subject_tail="order",
    ),
    NoticeKind.DEADLINE_WARNING: OWED,
    NoticeKind.DEADLINE_ALARM: OWED,
    NoticeKind.EDITION_COMING: LetterLayout(
        rows=(
            Row(_("Takes effect on"), ("effective_on",), "day"),
            Row(_("Object until"), ("object_until",), "day_end"),
            ORDER,
            PACKAGE,
            INVOICE,
            LEARNERS,
        ),
        action=(_("Read what changes"), "answer_url"),
        calendar="object_until",
        # changes: lists of place, before and after in each language; more: how many are not listed
        also=("edition", "changes_kk", "changes_ru", "more"),
        optional=("object_until", "invoice", "learners"),
        subject_tail="effective_on",
        priority=Priority.BATCH,
    ),
    NoticeKind.EDITION_ANSWERED: LetterLayout(
        rows=(
            Row(_("Takes effect on"), ("effective_on",), "day"),
            Row(_("Answered at"), ("moment",)),
            ORDER,
        ),
        also=("edition", "answer"),
        subject_tail="effective_on",
    ),
    NoticeKind.JOURNAL_SEAL: LetterLayout(
        rows=(
            Row(_("Seal"), ("number",)),
            Row(_("Sealed on"), ("day",), "day"),
            Row(_("Chains that moved"), ("chains",)),
            Row(_("New rows"), ("rows",)),
            Row(_("Root, SHA-256"), ("root",)),
            Row(_("Certificate, SHA-256"), ("fingerprint",)),
        ),
        subject_tail="number",
        is_to_buyer=False,
        priority=Priority.BATCH,
    ),
    NoticeKind.TERM_NEAR: replace(TERM_OF_STUDENT, calendar="until"),
    NoticeKind.TERM_OVER: TERM_OF_STUDENT,
    NoticeKind.TERMS_NEAR: TERMS_OF_STAFF,
    NoticeKind.TERMS_OVER: TERMS_OF_STAFF,
    # `why` is "calendar" or "force-majeure"; `terms` lists what moved, from which day to which
    NoticeKind.TERMS_MOVED: LetterLayout(
        rows=(ORDER,),
        action=(_("Open the cabinet"), "cabinet_url"),
        also=("terms", "why"),
        subject_tail="order",
        priority=Priority.BATCH,
    ),
    NoticeKind.PAY_TODAY: LetterLayout(
        rows=(Row(_("Pay until"), ("pay_on",), "day_end"), ORDER, PACKAGE),
        big="due",
        big_form="tenge",
        action=(_("Pay for the order"), "order_url"),
        subject_tail="order",
    ),
    NoticeKind.COURSE_BEGINS: LetterLayout(
        rows=(BEGINS, TOPIC, Row(_("Learner"), ("learner",)), PACKAGE, ORDER),
        action=OPEN_LESSONS,
        link=OPEN_CABINET,
        # days: that are left; starts_on: of the cohort, as it stood when this was queued
        also=("days", "starts_on"),
        # the link may open later: joins_on says when
        optional=("topic", "lessons_url", "joins_on"),
        subject_tail="begins",
        priority=Priority.BATCH,
    ),
    NoticeKind.LESSON_TODAY: LetterLayout(
        rows=(BEGINS, TOPIC, PACKAGE, ORDER),
        action=OPEN_LESSONS,
        link=OPEN_CABINET,
        also=("item",),  # the number of the lesson in the programme's table
        optional=("lessons_url",),
        subject_tail="begins",
        priority=Priority.BATCH,
    ),
    NoticeKind.RECEIPT_KNOWN: LetterLayout(
        rows=(
            Row(_("Fiscal receipt"), ("number",)),
            Row(_("Fiscal sign"), ("sign",)),
            Row(_("Amount"), ("amount", "issued_on"), "payment"),
            ORDER,
            PACKAGE,
        ),
        action=(_("Open the receipt"), "receipt_url"),
        link=OPEN_ORDER,
        # is_refund: of money that went back; instead_of: the number that it corrects
        optional=("receipt_url", "is_refund", "instead_of", "package"),
        subject_tail="number",
        priority=Priority.BATCH,
    ),
    NoticeKind.WRITTEN: LetterLayout(
        rows=(Row(_("Your letter"), ("answered",)), ORDER),
        optional=("answered",),  # "30.11.2026, subject" of the letter that it answers
        also=("subject",),
        said="text",
        is_by_hand=True,
    ),
    NoticeKind.LETTER_TAKEN: LetterLayout(
        rows=(Row(_("Subject"), ("subject",)), Row(_("When"), ("moment",)), ORDER),
        action=(_("Open the cabinet"), "cabinet_url"),
        subject_tail="order",
    ),
    NoticeKind.COHORT_NEWS: LetterLayout(
        also=("subject_kk", "subject_ru", "text_kk", "text_ru"),
        action=(_("Open the cabinet"), "cabinet_url"),
        priority=Priority.BATCH,
        is_by_hand=True,
    ),
    # To who waits: they agreed to this one letter, and the list forgets them with it.
    NoticeKind.SALES_OPEN: LetterLayout(
        rows=(COURSE_DAYS,),
        action=(_("Open the home page"), "home_url"),
        of_use_for=timedelta(days=3),
        is_to_buyer=False,
        priority=Priority.BATCH,
    ),
    NoticeKind.COHORT_OFFER: LetterLayout(
        also=("subject_kk", "subject_ru", "text_kk", "text_ru"),
        action=(_("Open the cabinet"), "cabinet_url"),
        priority=Priority.BATCH,
        is_by_hand=True,
        is_marketing=True,
    ),
}
