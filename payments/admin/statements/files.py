"""Bank statements as staff work with them: a file goes in,
what does not match waits with its candidates (4.4, M11).
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count
from django.db.models import Sum as Total
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Invoice
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.entries import Entered, EnteredAdmin, EntryPage
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm, ImportedFileField, KeptReasonForm, ReasonForm
from offer_site.admin.links import link, linked, list_url, moment_by, person
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import short_day
from offer_site.journal.operations import actor
from offer_site.money import amount_text, tenge_text
from payments.admin.ledger.candidates import candidates
from payments.admin.looks import seen_text
from payments.admin.masking import in_part, without_iins
from payments.admin.reconciliation.comparing import stand_of, sum_or_dash
from payments.models import (
    LedgerEntry,
    LineState,
    ReconciliationDifference,
    StatementFile,
    StatementLine,
)
from payments.models.statement import CONTRADICTION, DOUBTS
from payments.operations.ledger.brought import file_of, seen_too_late, to_be_seen, told_by
from payments.operations.ledger.known import is_not_at_bank
from payments.operations.statements.imports import import_statement
from payments.operations.statements.lines import (
    PROVIDER,
    apply_line,
    probably_known,
    set_line_aside,
    set_line_aside_as_known,
    take_line,
    tell_line_apart,
    transfer_of,
)
from payments.operations.statements.looks import note_not_at_the_bank, see_statement
from payments.operations.statements.taken_back import taken_back_of
from payments.rules.matching import Doubt
from payments.rules.statement_totals import Sum

RIGHT = "payments.change_statementline"
# The keys of 1CClientBankExchange that a file may say twice; the reader folds their case.
FILE_KEYS = (
    "СуммаПриход",
    "СуммаРасход",
    "ПлательщикИИК",
    "ПолучательИИК",
    "ПлательщикНаименование",
    "ПлательщикБИН_ИИН",
    "НазначениеПлатежа",
    "НомерДокумента",
    "ДатаДокумента",
    "ДатаОперации",
)
SHOWN = 100  # transfers on the page of the look; the list has all
# Whose money it repeats shows only when a person names the order.
NAMES_NO_ORDER = (Doubt.NO_CODE, Doubt.UNKNOWN_CODE, Doubt.SEVERAL_ORDERS)


class StatementFileForm(ButtonForm):
    file = ImportedFileField(label=_("File of the bank, 1CClientBankExchange"))


class OrderOfLineForm(ButtonForm):
    code = forms.CharField(label=_("Code of the order or of the invoice"), max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].initial = self.subject.codes.partition(" ")[0]


class SameMoneyForm(ButtonForm):
    """Which known money a transfer is."""

    known = forms.ChoiceField(label=_("It is the same money as"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [str(known) for known in probably_known(self.subject)]
        self.fields["known"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]


def same_money(line: StatementLine, values: dict[str, Any], *, by: User, at: datetime) -> str:
    set_line_aside_as_known(line=line, known=values["known"], by=by, at=at)
    return gettext("The transfer is set aside as told again. The money counts once.")


def other_money(line: StatementLine, values: dict[str, Any], *, by: User, at: datetime) -> str:
    code = tell_line_apart(line=line, reason=values["reason"], by=by, at=at)
    if code:
        return gettext("The transfer is given to the order %(code)s.") % {"code": code}
    return gettext("It is other money. It still waits: see why.")


def apply_to_order(line: StatementLine, values: dict[str, Any], *, by: User, at: datetime) -> str:
    taken_by = apply_line(line=line, code=values["code"], by=by, at=at)
    if isinstance(taken_by, Invoice):
        return gettext("The transfer is given to the orders of the invoice %(code)s.") % {
            "code": taken_by.code
        }
    return gettext("The transfer is given to the order %(code)s.") % {"code": taken_by.code}


def take(line: StatementLine, values: dict[str, Any], *, by: User, at: datetime) -> str:
    entry = take_line(line=line, reason=values["reason"], by=by, at=at)
    return format_html(
        "{} {}", gettext("The transfer is in the ledger and waits there:"), linked(entry)
    )


def set_aside(line: StatementLine, values: dict[str, Any], *, by: User, at: datetime) -> str:
    set_line_aside(line=line, reason=values["reason"], by=by, at=at)
    return gettext("The transfer is set aside.")


def not_found(line: StatementLine, values: dict[str, Any], *, by: User, at: datetime) -> str:
    note_not_at_the_bank(line=line, reason=values["reason"], by=by, at=at)
    return gettext("The transfer is held, and stands among the differences.")


def may_be_missed(line: StatementLine) -> bool:
    """True for what a file told: what people typed, a second person does not approve."""
    is_of_a_file = file_of(line).sha256 is not None
    return is_of_a_file and line.state != LineState.SET_ASIDE and not is_not_at_bank(line)


def is_waiting(line: StatementLine) -> bool:
    return line.state == LineState.UNMATCHED


def may_be_applied(line: StatementLine) -> bool:
    return line.state in (LineState.UNMATCHED, LineState.SET_ASIDE) and line.doubt not in (
        Doubt.AGGREGATE,
        Doubt.UNAPPROVED,
    )


def may_be_known(line: StatementLine) -> bool:
    return is_waiting(line) and line.doubt != Doubt.UNAPPROVED and bool(probably_known(line))


def may_be_told_apart(line: StatementLine) -> bool:
    return (
        line.state != LineState.MATCHED
        and line.doubt not in (Doubt.AGGREGATE, Doubt.UNAPPROVED)
        and not line.is_another
        and (line.doubt in NAMES_NO_ORDER or bool(probably_known(line)))
    )


def import_file(values: dict[str, Any], *, by: User, at: datetime) -> Entered:
    file = values["file"]
    report = import_statement(content=file.file, name=file.name, by=actor(by), at=at)
    imported = gettext("Imported.") if report.is_new else gettext("This file was imported before.")
    count = len(report.matched)
    matched = ngettext(
        "%(count)d transfer was given to its order.",
        "%(count)d transfers were given to their orders.",
        count,
    )
    return Entered(f"{imported} {matched % {'count': count}}", page=report.file)


def may_be_seen(file: StatementFile) -> bool:
    """True for a file that a person brought or that follows no other, and that nobody has seen."""
    if file.sha256 is None or file.stored_at is None or file.seen_at is not None:
        return False
    return file.asks_for_look or bool(not_following(file))


def see(file: StatementFile, values: dict[str, Any], *, by: User, at: datetime) -> str:
    paid = see_statement(file=file, by=by, at=at)
    count = len(paid)
    given = ngettext(
        "%(count)d transfer was given to its order.",
        "%(count)d transfers were given to their orders.",
        count,
    )
    return f"{gettext('Compared.')} {given % {'count': count}}"


@admin.register(StatementFile)
class StatementFileAdmin(EnteredAdmin):
    list_display = [
        "__str__",
        "since",
        "until",
        "incoming",
        "outgoing",
        "balances_agree",
        "imported_at",
        "imported_by",
        "seen",
    ]
    list_filter = [QuestionFilter, "imported_at"]
    search_fields = ["name"]
    fields = [
        "__str__",
        "account",
        "since",
        "until",
        "opening_balance",
        "closing_balance",
        "incoming",
        "outgoing",
        "of_other_accounts",
        "of_nothing",
        "taken_back",
        "balances_agree",
        "imported_at",
        "stored_at",
        "imported_by",
        "seen",
        "sha256",
    ]
    entry_page = EntryPage(
        _("Import a bank statement"),
        permission="payments.add_statementfile",
        form=StatementFileForm,
        enter=import_file,
        note=_("The file is imported whole or refused whole. The same file again adds nothing."),
        blamed="file",
    )
    questions = {
        "broken-off": (_("its import broke off"), lambda files, at: files.broken_off(at)),
        "disagrees": (_("its sums do not agree"), lambda files, at: files.disagreeing()),
        "to-see": (_("to be compared with the bank"), to_be_seen),
        "late": (_("not compared with the bank in time"), seen_too_late),
        "gap": (
            _("does not follow the statement before"),
            lambda files, at: files.not_following(),
        ),
    }
    buttons = [
        Button(
            "seen",
            _("I have compared it with the bank"),
            permission="payments.change_statementfile",
            operate=see,
            is_offered=may_be_seen,
            note=_(
                "Open the account in the bank's own application. Compare the closing balance and "
                "each transfer. What the bank does not show: first say so on the transfer's page. "
                "Who imported the statement does not compare it."
            ),
            chapters=lambda file: [what_is_compared(file), *not_following(file), brought(file)],
        ),
    ]

    @admin.display(description=_("by"))
    def imported_by(self, file: StatementFile) -> str:
        return person(file.by)

    @admin.display(description=_("compared with the bank"))
    def seen(self, file: StatementFile) -> str:
        return seen_text(file)

    @admin.display(description=_("opening balance"))
    def opening_balance(self, file: StatementFile) -> str:
        return sum_or_dash(file.opening, "KZT")

    @admin.display(description=_("closing balance"))
    def closing_balance(self, file: StatementFile) -> str:
        return sum_or_dash(file.closing, "KZT")

    def chapters(self, request: HttpRequest, subject: StatementFile) -> Sequence[Chapter]:
        counts = (
            subject.lines.order_by()
            .values_list("state", "doubt")
            .annotate(Count("pk"))
            .order_by("state", "doubt")
        )
        url = list_url(StatementLine)
        rows = [
            (
                link(
                    f"{url}?file__id__exact={subject.pk}&state__exact={state}",
                    LineState(state).label,
                ),
                DOUBTS[Doubt(doubt)] if doubt else "–",
                count,
            )
            for state, doubt, count in counts
        ]
        known = subject.incoming - sum(count for _state, _doubt, count in counts)
        if known and subject.stored_at:
            rows.append((gettext("known already from another file"), "–", known))
        chapters = [
            Chapter(
                _("incoming transfers"),
                rows,
                (_("state"), _("why it waits"), _("number of transfers")),
            )
        ]
        if subject.stored_at is None:
            sentence = _(
                "Its import broke off or goes on. The same file again goes on where it stopped."
            )
            chapters.append(Chapter(_("not stored to its end"), [], empty=sentence))
        if not subject.balances_agree:
            chapters.append(sums_that_disagree(subject))
        return [*chapters, *not_following(subject)]


def what_is_compared(file: StatementFile) -> Chapter:
    """What a second person looks for in the bank's own application."""
    lines = StatementLine.objects.filter(told_by(file))
    came = lines.aggregate(total=Total("amount"))["total"]
    rows = [
        (_("for the days"), f"{day_or_dash(file.since)} – {day_or_dash(file.until)}"),
        (_("opening balance"), sum_or_dash(file.opening, "KZT")),
        (_("closing balance"), sum_or_dash(file.closing, "KZT")),
        (_("new transfers, in all"), sum_or_dash(came, "KZT")),
        (_("imported"), moment_by(file.imported_at, file.by)),
    ]
    return Chapter(_("to compare with the bank"), rows)


def brought(file: StatementFile) -> Chapter:
    """The transfers that a file was the first to tell of, the greatest first.

    What people typed before is among them: it waits for no other person since the file told it.
    """
    lines = StatementLine.objects.filter(told_by(file))
    told = lines.select_related("order", "invoice").order_by("-amount", "pk")
    rows = [
        (
            amount_text(line.amount, line.currency),
            linked(line, short_day(line.documented_on)),
            without_iins(line.facts["payer"]) or "–",
            line.order or line.invoice or line.codes or "–",
            line.get_state_display(),
        )
        for line in told[:SHOWN]
    ]
    headings = (_("amount"), _("day"), _("payer"), _("order"), _("state"))
    return Chapter(_("transfers that came with it"), rows, headings)


def not_following(file: StatementFile) -> list[Chapter]:
    """The statement before, where this one begins with another balance than it ended with."""
    if not StatementFile.objects.not_following().filter(pk=file.pk).exists():
        return []
    before = StatementFile.objects.filter(
        account=file.account, until__lt=file.since, closing__isnull=False
    ).order_by("-until", "-imported_at")
    rows = [
        (
            linked(each),
            f"{day_or_dash(each.since)} – {day_or_dash(each.until)}",
            sum_or_dash(each.closing, "KZT"),
            sum_or_dash(file.opening, "KZT"),
        )
        for each in before[:1]
    ]
    headings = (
        _("bank statement"),
        _("for the days"),
        _("closing balance"),
        _("opening balance of this one"),
    )
    return [Chapter(_("it does not follow the statement before"), rows, headings)]


def day_or_dash(day: date | None) -> str:
    return short_day(day) if day else "–"


def sums_that_disagree(file: StatementFile) -> Chapter:
    """The bank's sums beside those of its lines; an older file kept only that they differ."""
    rows = [
        (
            " ".join(filter(None, [str(Sum(each["what"]).label), day_text(each["day"])])),
            tenge_text(Decimal(each["told"])),
            tenge_text(Decimal(each["read"])),
        )
        for each in file.disagreements
    ]
    headings = (_("sum"), _("as the bank tells it"), _("as its lines come to"))
    sentence = _(
        "Opening + in − out is not the closing balance. Ask the bank for the file once more."
    )
    return Chapter(_("sums that do not agree"), rows, headings, empty=sentence)


def day_text(iso: str) -> str:
    return short_day(date.fromisoformat(iso)) if iso else ""


@admin.register(StatementLine)
class StatementLineAdmin(ReadOnlyAdmin):
    list_display = ["documented_on", "sum", "number", "codes", "state", "doubt", "order", "invoice"]
    list_display_links = ["documented_on", "sum"]
    list_filter = [QuestionFilter, "state", "doubt", "documented_on"]
    list_select_related = ["order", "invoice"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["number", "codes", "fingerprint", "order__code", "invoice__code"]
    fields = [
        "sum",
        "documented_on",
        "executed_on",
        "number",
        "payer",
        "payer_id",
        "purpose",
        "contradiction",
        "knp",
        "state",
        "doubt",
        "order",
        "invoice",
        "told_apart",
        "reason",
        "settled_at",
        "by",
        "file",
        "line",
        "fingerprint",
    ]
    questions = {"waits": (_("waits for a person"), lambda lines, at: lines.waiting())}
    buttons = [
        Button(
            "same",
            _("It is the same money"),
            permission=RIGHT,
            operate=same_money,
            form=SameMoneyForm,
            note=_("The bank told of one transfer twice. It is set aside, and counts once."),
            is_offered=may_be_known,
            chapters=lambda line: [money_alike(line)],
        ),
        Button(
            "other",
            _("It is other money"),
            permission=RIGHT,
            operate=other_money,
            form=KeptReasonForm,
            note=_(
                "Compare both with the bank. Then the transfer is judged as any other, "
                "and may pay its order."
            ),
            is_offered=may_be_told_apart,
            chapters=lambda line: [money_alike(line)],
        ),
        Button(
            "apply",
            _("Give to an order"),
            permission=RIGHT,
            operate=apply_to_order,
            form=OrderOfLineForm,
            note=_(
                "The transfer must be of the order's day and of the amount due; "
                "otherwise it is said what differs."
            ),
            is_offered=may_be_applied,
            chapters=lambda line: [possible_orders(line)],
        ),
        Button(
            "take",
            _("Take into the ledger"),
            permission=RIGHT,
            operate=take,
            form=ReasonForm,
            note=_(
                "It becomes a receipt that waits: in the ledger it can be given in part, or reopen "
                "a lapsed order."
            ),
            is_offered=may_be_applied,
            chapters=lambda line: [possible_orders(line)],
        ),
        Button(
            "not-found",
            _("Not found at the bank"),
            permission=RIGHT,
            operate=not_found,
            form=ReasonForm,
            note=_(
                "The money is held, and stands among the differences. If it paid an order, two "
                "persons correct the entry in the ledger."
            ),
            is_offered=may_be_missed,
        ),
        Button(
            "aside",
            _("Set aside"),
            permission=RIGHT,
            operate=set_aside,
            form=ReasonForm,
            note=_("Say why this money is of no order. It stays in the list."),
            is_offered=is_waiting,
        ),
    ]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "file__id__exact" or super().lookup_allowed(lookup, value, request)

    def chapters(self, request: HttpRequest, subject: StatementLine) -> Sequence[Chapter]:
        taken_back = [bank_takes_back(found)] if (found := taken_back_of(subject)) else []
        is_alike = may_be_told_apart(subject) and probably_known(subject)
        alike = [money_alike(subject)] if is_alike else []
        if may_be_applied(subject):
            return [*taken_back, *alike, possible_orders(subject)]
        return [*taken_back, *alike, in_the_ledger(subject)]

    @admin.display(description=_("amount"), ordering="amount")
    def sum(self, line: StatementLine) -> str:
        return amount_text(line.amount, line.currency)

    @admin.display(description=_("payer"))
    def payer(self, line: StatementLine) -> str:
        return without_iins(line.facts["payer"])

    @admin.display(description=_("payer's IIN or BIN"))
    def payer_id(self, line: StatementLine) -> str:
        return payer_number(line)

    @admin.display(description=_("purpose of the payment"))
    def purpose(self, line: StatementLine) -> str:
        return without_iins(line.facts["purpose"])

    @admin.display(description=_("what the file says twice"))
    def contradiction(self, line: StatementLine) -> str:
        return without_iins(as_the_bank_writes(line.facts.get(CONTRADICTION, ""))) or "–"

    @admin.display(description=StatementLine._meta.get_field("is_another").verbose_name)
    def told_apart(self, line: StatementLine) -> str:
        return gettext("yes") if line.is_another else "–"

    @admin.display(description=_("by"))
    def by(self, line: StatementLine) -> str:
        return person(line.settled_by) if line.settled_by else "–"


def as_the_bank_writes(text: str) -> str:
    """The keys of a file as they stand in it: a person looks for them there."""
    for key in FILE_KEYS:
        text = re.sub(rf"\b{key}\b", key, text, flags=re.IGNORECASE)
    return text


def payer_number(line: StatementLine) -> str:
    """What is enough to compare: a whole IIN tells a birth date (5.4)."""
    number = line.facts["payer_id"]
    return in_part(number) if number else "–"


def possible_orders(line: StatementLine) -> Chapter:
    return candidates(transfer_of(line), line.codes.split())


def bank_takes_back(differences: Sequence[ReconciliationDifference]) -> Chapter:
    """The bank's word that it takes this receipt back, or does not know it, and how it stands."""
    rows = [
        (
            linked(each, short_day(each.reconciliation.day)),
            gettext(each.detail) if each.detail else each.get_kind_display(),
            sum_or_dash(each.amount_there, each.currency_there),
            stand_of(each),
        )
        for each in differences
    ]
    headings = (_("day"), _("what differs"), _("amount there"), _("how it stands"))
    return Chapter(_("the bank takes it back, or does not know it"), rows, headings)


def money_alike(line: StatementLine) -> Chapter:
    """A transfer, and under it the money that it is probably the same as, cell by cell."""
    this = (
        gettext("this transfer"),
        amount_text(line.amount, line.currency),
        short_day(line.documented_on),
        line.number or "–",
        without_iins(line.facts["purpose"]) or "–",
    )
    known_rows = [
        (
            linked(known.row),
            tenge_text(known.telling.amount),
            ", ".join(short_day(day) for day in dict.fromkeys(known.telling.days)),
            known.telling.number or "–",
            without_iins(known.telling.purpose) or "–",
        )
        for known in probably_known(line)
    ]
    headings = (
        _("known as"),
        _("amount"),
        _("day"),
        _("number of the payment order"),
        _("purpose of the payment"),
    )
    return Chapter(_("probably the same money as"), [this, *known_rows], headings)


def in_the_ledger(line: StatementLine) -> Chapter:
    entries = LedgerEntry.objects.receipts().filter(provider=PROVIDER, reference=line.fingerprint)
    rows = [
        (
            linked(each, each.reference),
            tenge_text(each.amount),
        )
        for each in entries
    ]
    return Chapter(_("ledger"), rows, (_("provider's reference"), _("amount")))
