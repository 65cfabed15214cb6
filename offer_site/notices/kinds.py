"""Every letter the site sends: its facts, its one button, and how long it is useful.

The words of a kind are in `templates/emails/<kind>/`. The facts that `queue_notice` needs are the
keys below: amounts are whole tenge (int) or reported money ("74995.00"), days are ISO
("2026-11-22"), everything else is text.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from offer_site.priorities import Priority


class NoticeKind(models.TextChoices):
    ORDER_PLACED = "order-placed", _("order placed")
    CONTRACT_CONCLUDED = "contract-concluded", _("contract concluded")
    ORDER_LAPSED = "order-lapsed", _("order lapsed")
    ORDER_REOPENED = "order-reopened", _("order reopened")
    REPORT_RECEIVED = "report-received", _("report of a payment received")
    CLARIFICATION = "clarification", _("question about the recipient")
    INVOICE_PLACED = "invoice-placed", _("orders placed under an invoice")
    INVOICE_REPORTED = "invoice-reported", _("report of an invoice's payment received")
    INVOICE_LAPSED = "invoice-lapsed", _("orders of an invoice lapsed")
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
    EMAIL_CORRECTED = "email-corrected", _("e-mail corrected")
    ACCOUNT_ALARM = "account-alarm", _("alarm of an account")
    SESSIONS_ENDED = "sessions-ended", _("signed out on all devices")
    REFUND_DECIDED = "refund-decided", _("refund decided")
    REFUND_SENT = "refund-sent", _("refund sent")
    REFUND_CORRECTED = "refund-corrected", _("refund told by mistake")
    CONTRACT_ENDED = "contract-ended", _("contract ended: there was no such payment")
    REST_DUE_AGAIN = "rest-due-again", _("the rest is not paid after all")
    PAYMENT_CORRECTED = "payment-corrected", _("payment counted by mistake")
    DEADLINE_WARNING = "deadline-warning", _("warning of a term that ends")
    DEADLINE_ALARM = "deadline-alarm", _("alarm of a term that is over")
    MOVE_PROPOSED = "move-proposed", _("another cohort proposed")
    MOVE_MADE = "move-made", _("moved to another cohort")
    JOURNAL_SEAL = "journal-seal", _("seal of the journal")


@dataclass(frozen=True)
class Row:
    """A line of the letter's table; `keys` name the facts it shows."""

    label: Promise
    keys: tuple[str, ...]
    # text, tenge, day, day_end (24:00 of that day), period (two days) or payment (amount, day)
    form: str = "text"


@dataclass(frozen=True)
class Letter:
    rows: tuple[Row, ...] = ()
    # The button's words and the fact that holds its address.
    action: tuple[Promise, str] | None = None
    also: tuple[str, ...] = ()  # facts that only the words use
    optional: tuple[str, ...] = ()  # facts that may be missing, with their rows or button
    big: str = ""  # the fact that is set large
    big_form: str = "text"
    subject_tail: str = ""  # the fact that ends the subject
    # Only the recipient may read it: its facts are deleted once it is sent.
    secret: bool = False
    of_use_for: timedelta | None = None  # later than this it is not sent any more
    # CODE and MOMENT overtake BATCH, which the clock queues by the hundred.
    priority: Priority = Priority.MOMENT

    @property
    def needs(self) -> set[str]:
        """The facts the letter cannot be written without; the order's code is on the notice."""
        named = (
            {key for row in self.rows for key in row.keys}
            | set(self.also)
            | {self.big, self.subject_tail}
        )
        named |= {self.action[1]} if self.action else set()
        return named - set(self.optional) - {"", "order"}


ORDER = Row(_("Order"), ("order",))
CASE = Row(_("Case"), ("case",))
MONEY_OF = Row(_("Order or payment"), ("subject",))  # a case may be about money of no order
PACKAGE = Row(_("Package"), ("package",))  # "SMMARKETING – БІРГЕ"
COURSE_DAYS = Row(_("Course"), ("starts_on", "ends_on"), "period")
INVOICE = Row(_("Invoice for payment"), ("invoice",))
LEARNERS = Row(_("Learners"), ("learners",))
OPEN_INVOICE = (_("Open the invoice"), "invoice_url")
OPEN_ORDER = (_("Open the order"), "order_url")
PAY_REST = (_("Pay the rest"), "order_url")
OPEN_REQUEST = (_("Open the request"), "request_url")
THE_REST = Row(_("The rest, until"), ("rest", "rest_on"), "payment")
COUNTED = Row(_("Was counted as paid"), ("amount", "paid_on"), "payment")
HALVES = (
    Row(_("On the day of the order"), ("first",), "tenge"),
    THE_REST,
    Row(_("Valid until"), ("valid_on",), "day_end"),
)

# To staff: `owed` lists certificates as certificates.operations.watching.OwedCertificate,
# `more` counts those beyond the list.
OWED = Letter(
    action=(_("Open the list"), "list_url"),
    also=("owed", "more"),
    subject_tail="count",
    priority=Priority.BATCH,
)

LETTERS: dict[NoticeKind, Letter] = {
    NoticeKind.ORDER_PLACED: Letter(
        rows=(
            Row(_("Pay until"), ("pay_on",), "day_end"),
            THE_REST,
            ORDER,
            PACKAGE,
            COURSE_DAYS,
        ),
        optional=("rest", "rest_on", "enrolled"),  # enrolled: the learner has a contract already
        big="due",
        big_form="tenge",
        action=OPEN_ORDER,
        subject_tail="order",
    ),
    NoticeKind.CONTRACT_CONCLUDED: Letter(
        rows=(
            ORDER,
            PACKAGE,
            Row(_("Payment received"), ("amount", "paid_on"), "payment"),
            Row(_("Way of paying"), ("way",)),
            Row(_("Commission besides (4.5)"), ("commission",), "tenge"),
            THE_REST,
            COURSE_DAYS,
        ),
        optional=("way", "commission", "rest", "rest_on"),
        action=OPEN_ORDER,
        subject_tail="order",
    ),
    NoticeKind.ORDER_LAPSED: Letter(
        rows=(ORDER, PACKAGE, Row(_("Was to be paid until"), ("pay_on",), "day_end")),
        action=(_("Order again"), "home_url"),
        subject_tail="order",
        priority=Priority.BATCH,
    ),
    NoticeKind.ORDER_REOPENED: Letter(
        rows=(Row(_("Pay until"), ("pay_on",), "day_end"), ORDER, PACKAGE, COURSE_DAYS),
        big="due",
        big_form="tenge",
        action=OPEN_ORDER,
        subject_tail="order",
    ),
    NoticeKind.REPORT_RECEIVED: Letter(
        rows=(
            Row(_("Document reported"), ("number",)),
            Row(_("We wait for the money until"), ("kept_on",), "day_end"),
            ORDER,
            PACKAGE,
        ),
        action=OPEN_ORDER,
        also=("place",),  # "kept", or nothing
        subject_tail="order",
    ),
    NoticeKind.CLARIFICATION: Letter(
        rows=(Row(_("Answer until"), ("answer_on",), "day_end"), ORDER),
        action=(_("Answer"), "answer_url"),
        also=("asked_kk", "asked_ru", "days", "many"),  # what is asked, a line each
        subject_tail="order",
    ),
    NoticeKind.INVOICE_PLACED: Letter(
        rows=(Row(_("Pay until"), ("pay_on",), "day_end"), INVOICE, LEARNERS, PACKAGE, COURSE_DAYS),
        big="due",
        big_form="tenge",
        action=OPEN_INVOICE,
        optional=("enrolled",),  # the names of learners who have a contract already
        subject_tail="invoice",
    ),
    NoticeKind.INVOICE_REPORTED: Letter(
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
    NoticeKind.INVOICE_LAPSED: Letter(
        rows=(INVOICE, LEARNERS, PACKAGE, Row(_("Was to be paid until"), ("pay_on",), "day_end")),
        action=(_("Order again"), "home_url"),
        subject_tail="invoice",
        priority=Priority.BATCH,
    ),
    NoticeKind.CERTIFICATE_READY: Letter(
        rows=(
            Row(_("Awarded to"), ("holder",)),
            Row(_("Certificate number"), ("number",)),
            Row(_("Date of issue"), ("issued_on",), "day"),
            ORDER,
        ),
        action=(_("Open the certificate"), "cabinet_url"),
        priority=Priority.BATCH,
    ),
    NoticeKind.SIGN_IN_CODE: Letter(
        big="code",
        subject_tail="code",
        secret=True,
        of_use_for=timedelta(minutes=10),
        priority=Priority.CODE,
    ),
    NoticeKind.HALVES_ASKED: Letter(
        rows=(Row(_("Request"), ("request",)), PACKAGE, Row(_("Price"), ("price",), "tenge")),
        action=OPEN_REQUEST,
        subject_tail="request",
    ),
    NoticeKind.HALVES_DECLINED: Letter(
        rows=(Row(_("Request"), ("request",)), PACKAGE, Row(_("Reason"), ("reason",))),
        action=OPEN_REQUEST,
        subject_tail="request",
    ),
    NoticeKind.HALVES_PROPOSED: Letter(
        rows=(*HALVES, PACKAGE, Row(_("Request"), ("request",))),
        action=OPEN_REQUEST,
        subject_tail="request",
    ),
    NoticeKind.HALVES_AGREED: Letter(
        rows=(*HALVES, PACKAGE, Row(_("Request"), ("request",))),
        action=(_("Place the order"), "checkout_url"),
        subject_tail="request",
    ),
    NoticeKind.REST_REMINDER: Letter(
        rows=(Row(_("Pay until"), ("pay_on",), "day_end"), ORDER, PACKAGE),
        big="rest",
        big_form="tenge",
        action=PAY_REST,
        subject_tail="order",
        priority=Priority.BATCH,
    ),
    NoticeKind.REST_MOVED: Letter(
        rows=(THE_REST, ORDER, PACKAGE), action=OPEN_ORDER, subject_tail="order"
    ),
    NoticeKind.MOVE_PROPOSED: Letter(
        rows=(COURSE_DAYS, ORDER, PACKAGE),
        action=(_("Answer in the cabinet"), "cabinet_url"),
        subject_tail="order",
    ),
    NoticeKind.MOVE_MADE: Letter(
        rows=(COURSE_DAYS, ORDER, PACKAGE),
        action=(_("Open the cabinet"), "cabinet_url"),
        subject_tail="order",
    ),
    NoticeKind.REST_PAID: Letter(
        rows=(Row(_("Payment received"), ("amount", "paid_on"), "payment"), ORDER, PACKAGE),
        action=OPEN_ORDER,
        subject_tail="order",
    ),
    NoticeKind.ACCESS_SUSPENDED: Letter(
        rows=(Row(_("Was to be paid until"), ("pay_on",), "day_end"), ORDER, PACKAGE),
        big="rest",
        big_form="tenge",
        action=PAY_REST,
        subject_tail="order",
        priority=Priority.BATCH,
    ),
    NoticeKind.ACCESS_RESTORED: Letter(
        rows=(
            Row(_("Payment received"), ("amount", "paid_on"), "payment"),
            Row(_("The rest is due until"), ("pay_on",), "day_end"),
            ORDER,
            PACKAGE,
        ),
        action=(_("Open the cabinet"), "cabinet_url"),
        optional=("amount", "paid_on", "pay_on"),
        subject_tail="order",
    ),
    NoticeKind.EMAIL_CORRECTED: Letter(
        rows=(ORDER, Row(_("Corrected on"), ("corrected_on",), "day")),
        action=OPEN_ORDER,
        # The old address gets no link, and does not read that somebody is enrolled.
        optional=("order_url", "enrolled"),
        subject_tail="order",
    ),
    NoticeKind.ACCOUNT_ALARM: Letter(
        rows=(
            Row(_("Account"), ("account",)),
            Row(_("When"), ("moment",)),
            Row(_("Sessions ended"), ("sessions",)),
        ),
        action=(_("Open the account"), "admin_url"),
        optional=("admin_url",),
    ),
    NoticeKind.SESSIONS_ENDED: Letter(
        rows=(Row(_("When"), ("moment",)),), action=(_("Sign in"), "sign_in_url")
    ),
    NoticeKind.REFUND_DECIDED: Letter(
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
    NoticeKind.REFUND_SENT: Letter(
        rows=(
            CASE,
            MONEY_OF,
            Row(_("Returned"), ("amount", "sent_on"), "payment"),
            Row(_("Number of the operation"), ("reference",)),
        ),
        subject_tail="case",
    ),
    NoticeKind.REFUND_CORRECTED: Letter(
        rows=(
            CASE,
            MONEY_OF,
            Row(_("Was told as returned"), ("amount", "sent_on"), "payment"),
            Row(_("Number of the operation"), ("reference",)),
        ),
        subject_tail="case",
    ),
    NoticeKind.CONTRACT_ENDED: Letter(
        rows=(COUNTED, ORDER, PACKAGE), action=OPEN_ORDER, subject_tail="order"
    ),
    NoticeKind.REST_DUE_AGAIN: Letter(
        rows=(THE_REST, COUNTED, ORDER, PACKAGE), action=PAY_REST, subject_tail="order"
    ),
    NoticeKind.PAYMENT_CORRECTED: Letter(
        rows=(COUNTED, ORDER, PACKAGE), action=OPEN_ORDER, subject_tail="order"
    ),
    NoticeKind.DEADLINE_WARNING: OWED,
    NoticeKind.DEADLINE_ALARM: OWED,
    NoticeKind.JOURNAL_SEAL: Letter(
        rows=(
            Row(_("Seal"), ("number",)),
            Row(_("Sealed on"), ("day",), "day"),
            Row(_("Chains that moved"), ("chains",)),
            Row(_("New rows"), ("rows",)),
            Row(_("Root, SHA-256"), ("root",)),
            Row(_("Certificate, SHA-256"), ("fingerprint",)),
        ),
        subject_tail="number",
        priority=Priority.BATCH,
    ),
}
