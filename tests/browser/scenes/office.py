"""The office where something is wrong: money told twice, entries corrected, doubts of staff,
letters that wait, jobs that failed, rights that nobody takes from themselves.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from enrollment.models import Order
from enrollment.operations.force_majeure.events import call_for_talks
from offer_site.accounts.models import User
from offer_site.clock.jobs import failure
from offer_site.clock.schedule import JOBS, Job, run_jobs
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import MailboxPlace, Notice, NoticeState, SendingStop
from offer_site.staff.roles import set_staff_groups
from payments.models import (
    LedgerEntry,
    ReconciliationDifference,
    StatementFile,
    StatementLine,
)
from payments.operations.ledger.corrections import (
    approve_correction,
    propose_correction,
    reject_correction,
)
from payments.operations.ledger.manual import approve_manual_receipt
from payments.operations.statements.imports import import_statement
from payments.operations.statements.looks import note_not_at_the_bank
from tests.browser.scenes.buyers import a_shop
from tests.browser.scenes.scene import DESK, PHONE_AND_DESK, Visitor, scene
from tests.enrollment.claims.scenes import a_claim
from tests.enrollment.force_majeure.scenes import a_report, confirmed, over, proposed_to_end
from tests.enrollment.halves.scenes import a_half_paid_order
from tests.given import NOON, a_paid_order, a_placed_order, an_owner
from tests.notices.post import a_notice
from tests.papers import a_document
from tests.payments.by_hand import a_clerk, entered
from tests.payments.statements.scenes import (
    DAY,
    IBAN,
    a_statement,
    an_operation,
    an_order_paid,
)

LATER = NOON + timedelta(hours=2)
TOMORROW = NOON + timedelta(days=1)
NEXT = TOMORROW + timedelta(hours=1)
QUOTA = "550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits"


def page(visitor: Visitor, kind: str, thing: Any, button: str = "change") -> Any:
    return visitor.get(reverse(f"admin:{kind}_{button}", args=[thing.pk]), follow=True)


def presses(visitor: Visitor, kind: str, thing: Any, button: str, values: dict[str, Any]) -> Any:
    address = reverse(f"admin:{kind}_{button}", args=[thing.pk])
    return visitor.post(address, values, follow=True)


def by_hand(order: Order, **wishes: Any) -> LedgerEntry:
    """Money that two persons entered by hand."""
    number = f"QR-{order.code}"
    receipt = entered(order, is_another=True, **{"reference": number} | wishes)
    approve_manual_receipt(receipt=receipt, by=a_clerk("second"), at=NOON, is_another=True)
    return LedgerEntry.objects.receipts().latest("pk")


# --- Corrections of the ledger --------------------------------------------------------------------
@scene("office-correction", at=LATER, widths=DESK)
def office_correction(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    cohort = a_shop()
    wishes = {"cohort": cohort, "language": visitor.language}
    visitor.force_login(an_owner())
    waits = by_hand(a_paid_order(**wishes))
    held = by_hand(a_placed_order(**wishes))
    yield "form", page(visitor, "payments_ledgerentry", held, "correction")
    yield "refused", presses(visitor, "payments_ledgerentry", held, "correction", {"reason": ""})
    why = {"reason": "Басқа тапсырыстың түбіртегі", "document": a_document(), "by": a_clerk()}
    proposed = propose_correction(entry=waits, at=LATER, **why)
    kept = propose_correction(
        entry=held, at=LATER, ends_order=True, **why | {"document": a_document()}
    )
    yield "index", visitor.opens("admin:index")
    yield "proposed", page(visitor, "payments_ledgercorrection", kept)
    yield "approval", page(visitor, "payments_ledgercorrection", kept, "approval")
    yield "rejection", page(visitor, "payments_ledgercorrection", kept, "rejection")
    approve_correction(correction=proposed, by=a_clerk("second"), at=LATER)
    reject_correction(correction=kept, reason="Ақша келген", by=a_clerk("second"), at=LATER)
    yield "approved", page(visitor, "payments_ledgercorrection", proposed)
    yield "rejected", page(visitor, "payments_ledgercorrection", kept)
    yield "list", visitor.opens("admin:payments_ledgercorrection_changelist")
    yield "entry", page(visitor, "payments_ledgerentry", waits)
    yield "entries", visitor.opens("admin:payments_ledgerentry_changelist")


# --- Money told twice, and taken back -------------------------------------------------------------
@scene("office-told-again", at=NEXT, widths=DESK)
def office_told_again(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_half_paid_order(cohort=a_shop(), language=visitor.language)
    visitor.force_login(an_owner())
    half = {"amount": f"{order.prepayment}.00", "purpose": f"{order.code} төлем, үйрету курсы"}
    a_file("first.txt", an_order_paid(order, **half))
    a_file("again.txt", an_order_paid(order, **half | {"number": "000000015"}))
    line = StatementLine.objects.latest("pk")
    yield "index", visitor.opens("admin:index")
    yield "list", visitor.opens("admin:payments_statementline_changelist", attention="waits")
    yield "page", page(visitor, "payments_statementline", line)
    for name in offered(visitor, line):
        yield name, page(visitor, "payments_statementline", line, name)


@scene("office-taken-back", at=NEXT, widths=DESK)
def office_taken_back(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_placed_order(cohort=a_shop(), language=visitor.language)
    visitor.force_login(an_owner())
    a_file("kaspi.txt", an_order_paid(order))
    storno = an_operation(
        purpose="Сторно ошибочно зачисленной суммы",
        number=900,
        СуммаПриход="",
        СуммаРасход="7.00",
        ПлательщикИИК=IBAN,
        ПолучательИИК="KZ40601A871000000001",
    )
    zero = an_operation(purpose="Нөлдік жол", amount="0.00", number=901)
    other = an_operation(purpose="Басқа шот", number=902, ПолучательИИК="KZ40601A871000000001")
    twice = an_operation(purpose="оплата", number=903) + "\n"
    twice = twice.replace("КонецДокумента", "СуммаПриход=1.00\nКонецДокумента").strip()
    lines = (an_order_paid(order, amount="-149990.00"), storno, zero, other, twice)
    a_file("storno.txt", *lines, closing="5.00")
    yield "index", visitor.opens("admin:index")
    yield "file", page(visitor, "payments_statementfile", StatementFile.objects.latest("pk"))
    yield "files", visitor.opens("admin:payments_statementfile_changelist")
    yield "lines", visitor.opens("admin:payments_statementline_changelist")
    for number, line in enumerate(StatementLine.objects.order_by("pk")):
        yield f"line{number}", page(visitor, "payments_statementline", line)
    yield "differences", visitor.opens("admin:payments_reconciliationdifference_changelist")
    for number, each in enumerate(ReconciliationDifference.objects.order_by("pk")):
        yield f"difference{number}", page(visitor, "payments_reconciliationdifference", each)


def a_file(name: str, *operations: str, closing: str = "", by: str = "system", day=DAY) -> None:
    content = a_statement(operations, closing=closing, day=day)
    import_statement(content=content, name=name, by=by, at=TOMORROW)


@scene("office-second-look", at=NEXT, widths=PHONE_AND_DESK)
def office_second_look(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """A file that one person brought, as the second person compares it with the bank."""
    cohort = a_shop()
    order = a_placed_order(cohort=cohort, language=visitor.language)
    other = a_placed_order(cohort=cohort, language=visitor.language, name="Айша")
    visitor.force_login(an_owner())
    by = f"staff:{a_clerk('first').pk}"
    before = DAY - timedelta(days=1)
    a_file("22.txt", an_operation(purpose="аренда", day=before), closing="149990.00", day=before)
    brought = an_order_paid(order), an_order_paid(other, number=16)
    a_file("kaspi-23.txt", *brought, closing="299980.00", by=by)
    file = StatementFile.objects.latest("pk")
    yield "index", visitor.opens("admin:index")
    yield "list", visitor.opens("admin:payments_statementfile_changelist", attention="to-see")
    yield "file", page(visitor, "payments_statementfile", file)
    yield "seen", page(visitor, "payments_statementfile", file, "seen")
    line = StatementLine.objects.get(codes=order.code)
    yield "line", page(visitor, "payments_statementline", line)
    yield "not-found", page(visitor, "payments_statementline", line, "not-found")
    note_not_at_the_bank(line=line, reason="Банкте жоқ", by=an_owner(), at=NEXT)
    yield "line-held", page(visitor, "payments_statementline", line)
    yield "journal", visitor.opens("admin:journal_entry_changelist")
    row = Entry.objects.get(verb="statement_line.not_found")
    yield "journal-row", page(visitor, "journal_entry", row)


def offered(visitor: Visitor, line: StatementLine) -> list[str]:
    buttons = admin.site._registry[StatementLine].buttons
    return [each.name for each in buttons if each.is_offered(line)]


# --- What a person's typing is doubted for --------------------------------------------------------
@scene("office-doubts", at=LATER, widths=PHONE_AND_DESK)
def office_doubts(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    cohort = a_shop()
    order = a_paid_order(cohort=cohort, language=visitor.language)
    other = a_paid_order(cohort=cohort, language=visitor.language, name="Айша")
    trader = {"company_name": "ИП «Ахметова А. К.»", "bin": "", "iin": "900101300811"}
    traders = a_paid_order(cohort=cohort, language=visitor.language, kind="company", **trader)
    visitor.force_login(an_owner())
    paper = {"document": "Өтініш № 7"}
    yield "form", page(visitor, "enrollment_order", order, "email")
    for name, email in (("email", "gulnur@gmial.com"), ("another", other.party.email)):
        yield (
            name,
            presses(visitor, "enrollment_order", order, "email", paper | {"email": email}),
        )
    yield "trader", page(visitor, "enrollment_order", traders)


# --- Letters that wait, jobs that failed ----------------------------------------------------------
@scene("office-watch", at=LATER, widths=PHONE_AND_DESK)
def office_watch(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    a_shop()
    visitor.force_login(an_owner())
    run_jobs([Job(each.name, each.cron, breaks) for each in JOBS], at=NOON, say=lambda line: None)
    letters = [a_notice(NoticeKind.ORDER_PLACED, occasion=str(each)) for each in range(3)]
    Notice.objects.filter(pk=letters[0].pk).update(
        state=NoticeState.DEAD, last_error="550 5.1.1 no such mailbox", attempts=1
    )
    stop = SendingStop.objects.create(
        begun_at=NOON, answer=QUOTA, attempts=4, next_attempt_at=LATER + timedelta(minutes=15)
    )
    MailboxPlace.objects.create(
        mailbox="academy@mail.ru, INBOX", failing_since=NOON, failure="sign-in: refused"
    )
    yield "index", visitor.opens("admin:index")
    yield "jobs", visitor.opens("admin:watch_watchedjob_changelist", attention="failed")
    yield "silent", visitor.opens("admin:watch_watchedjob_changelist", attention="silent")
    yield "stops", visitor.opens("admin:notices_sendingstop_changelist")
    yield "stop", page(visitor, "notices_sendingstop", stop)
    yield "try-now", page(visitor, "notices_sendingstop", stop, "try-now")
    yield "mailboxes", visitor.opens("admin:notices_mailboxplace_changelist")
    yield "mailbox", page(visitor, "notices_mailboxplace", MailboxPlace.objects.get())
    yield "letters", visitor.opens("admin:notices_notice_changelist")
    yield "letter", page(visitor, "notices_notice", letters[0])
    chosen = {"action": "send_selected_again", "_selected_action": [each.pk for each in letters]}
    yield "sent-again", visitor.sends("admin:notices_notice_changelist", values=chosen)


def breaks(at: Any) -> Iterator[Any]:
    yield failure("not reconciled, card: ProviderError")


# --- Rights ---------------------------------------------------------------------------------------
@scene("office-rights", at=LATER, widths=DESK)
def office_rights(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    set_staff_groups()
    cohort = a_shop()
    order = a_paid_order(cohort=cohort, language=visitor.language)
    owner = an_owner()
    a_file("iin.txt", an_operation(purpose="Оплата ИИН 880202401122", number=777))
    visitor.force_login(owner)
    yield "users", visitor.opens("admin:accounts_user_changelist")
    yield "own", page(visitor, "accounts_user", owner)
    values = {"email": "elsewhere@example.kz", "is_active": "on"}
    yield "own-refused", presses(visitor, "accounts_user", owner, "change", values)
    member = User.objects.create_user("accountant@desk.example.kz", is_staff=True)
    member.groups.add(Group.objects.get(name="accountant"))
    yield "member", page(visitor, "accounts_user", member)
    visitor.force_login(member)
    yield "accountant-index", visitor.opens("admin:index")
    yield "accountant-order", page(visitor, "enrollment_order", order)
    yield "accountant-line", page(visitor, "payments_statementline", StatementLine.objects.get())


@scene("office-days-put-off", at=NOON + timedelta(days=26), widths=PHONE_AND_DESK)
def office_days_put_off(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """Whom an event hinders, and the new days that are shown before they count (8.6)."""
    cohort = a_shop()
    order = a_half_paid_order(cohort=cohort, language=visitor.language)
    a_claim(order, at=NOON + timedelta(days=20))
    began = NOON + timedelta(days=21)
    event = a_report(order, began_on=began.date(), at=began)
    visitor.force_login(an_owner())
    kind = "enrollment_forcemajeure"
    yield "confirmation", page(visitor, kind, event, "confirmation")
    confirmed(event, at=began)
    looked_at = {"ended_on": "2026-12-16", "shown_for": "2026-12-19"}
    yield "end", presses(visitor, kind, event, "end", looked_at)
    over(event, began.date() + timedelta(days=2), at=began + timedelta(days=5))
    yield "over", page(visitor, kind, event)
    yield "cohort", page(visitor, "enrollment_cohort", cohort)
    yield "student", page(visitor, "enrollment_enrollment", order.enrollment)


@scene("office-force-majeure", at=NOON + timedelta(days=32), widths=PHONE_AND_DESK)
def office_force_majeure(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_paid_order(cohort=a_shop(), language=visitor.language)
    event = confirmed(a_report(order))
    visitor.force_login(an_owner())
    kind = "enrollment_forcemajeure"
    wrong = {"began_on": "1926-11-23", "reason": "қате"}
    yield "beginning-refused", presses(visitor, kind, event, "beginning", wrong)
    call_for_talks(at=event.talks_from)
    contract = event.contracts.get()
    wish = {"contract": contract.pk, "settlement": "ended", "owed": "9000000"}
    yield "more-than-came", presses(visitor, kind, event, "settlement", wish)
    proposed_to_end(event, owed=50_000, by=a_clerk("second"))
    yield "page", page(visitor, kind, event)
    yield "approval", page(visitor, kind, event, "approval")
    approved = {"contract": contract.pk}
    yield "ended", presses(visitor, kind, event, "approval", approved)
    yield "order", page(visitor, "enrollment_order", order)
