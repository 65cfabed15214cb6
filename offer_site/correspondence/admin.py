"""The register of letters for staff, and letters to cohorts (12.1)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.defaultfilters import linebreaksbr
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Order
from enrollment.operations.agreements.by_link import open_keys
from enrollment.operations.personal_data import record_sight
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.entries import Entered, EnteredAdmin, EntryPage
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.links import (
    link,
    linked,
    linked_order,
    moment,
    moment_by,
    without_keys,
)
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import short_day
from offer_site.documents import SeenAs, hand_out
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.languages import Language
from offer_site.mails import holds
from offer_site.notices.models import Notice
from offer_site.notices.previews import written_page
from offer_site.web.downloads import download

from .cohort_letters import (
    CohortWords,
    kind_of,
    letter_facts,
    progress_of,
    receivers_to_come,
    rewrite_cohort_letter,
    start_cohort_letter,
    write_cohort_letter,
)
from .forms import (
    RIGHT,
    AnswerForm,
    AssignForm,
    CohortLetterForm,
    FileForm,
    PaperForm,
    ReceiptForm,
    RewritingForm,
    ToOrderForm,
    WritingForm,
)
from .models import CohortLetter, Form, Letter, Way
from .threads import thread_of
from .writing import (
    PaperLetter,
    add_receipt,
    assign,
    enter_paper,
    mark_read,
    put_to_order,
    write_to_party,
)

ADD = "correspondence.add_letter"
FORGED = _(
    "Anybody can write any address into “From”. What our mail server found of the sender stands "
    "here; if it found nothing or a failure, ask by phone before you act."
)


# --- Buttons of a letter
def read_letter(letter: Letter, values: dict[str, Any], *, by: User, at: datetime) -> str:
    mark_read(letter=letter, by=actor(by), at=at)
    return gettext("The letter is read.")


def assign_letter(letter: Letter, values: dict[str, Any], *, by: User, at: datetime) -> str:
    assign(letter=letter, to=values["to"], by=actor(by), at=at)
    return gettext("The letter is assigned.")


def answer_letter(letter: Letter, values: dict[str, Any], *, by: User, at: datetime) -> str:
    write_to_party(answers=letter, by=actor(by), at=at, **values)
    return gettext("The answer goes out to the registered e-mail. It stands with the order.")


def connect_letter(letter: Letter, values: dict[str, Any], *, by: User, at: datetime) -> str:
    put_to_order(letter=letter, order=values["code"], reason=values["reason"], by=actor(by), at=at)
    return gettext("The letter stands with this order now.")


def enter_receipt(letter: Letter, values: dict[str, Any], *, by: User, at: datetime) -> str:
    add_receipt(letter=letter, by=actor(by), at=at, **values)
    return gettext("The receipt is entered.")


def save_file(letter: Letter, values: dict[str, Any], *, by: User, at: datetime) -> HttpResponse:
    """Hand out one file byte for byte; the journal keeps who took it and what for (5.4)."""
    what, _dash, number = values["file"].partition("-")
    order = Order.objects.filter(letters__letter=letter).order_by("pk").first()
    seen = SeenAs(
        ("letter", str(letter.pk)),
        order=order.code if order else "",
        facts={"file": values["file"]},
    )
    if what in {"raw", "file"}:
        require_no_open_key(letter, at=at)
    record_sight(seen, reason=values["reason"], by=actor(by), at=at)
    if what == "document":
        return hand_out(letter, name=f"letter-{letter.pk}")
    if what == "receipt":
        return hand_out(letter.receipts.get(pk=number), name=f"receipt-{number}")
    raw = letter.stored()
    if raw is None or letter.read is None:
        raise RuleViolation(
            _("The stored letter is lost or was altered."), clause="12.1", field="file"
        )
    if what == "raw":
        return download(raw, f"letter-{letter.pk}.eml", content_type="application/octet-stream")
    row = letter.files.get(position=number)
    files = letter.read.files[row.position - 1 : row.position]
    file = files[0] if files else None
    if file is None or file.sha256 != row.sha256:
        raise RuleViolation(
            _("The stored letter is lost or was altered."), clause="12.1", field="file"
        )
    return download(file.content, row.name, content_type="application/octet-stream")


def require_no_open_key(letter: Letter, *, at: datetime) -> None:
    """Refuse the bytes of a letter that quotes a link which would answer for the student (0064)."""
    orders = Order.objects.filter(letters__letter=letter).with_people()
    keys = [key for order in orders for key in open_keys(order, at=at)]
    if keys and holds(letter.stored() or b"", keys):
        raise RuleViolation(
            _(
                "This letter quotes a link by which the student answers a proposal of ours. It can "
                "be saved once that is answered."
            ),
            clause="12.1",
            field="file",
        )


def is_to_us(letter: Letter) -> bool:
    return letter.way == Way.IN


def is_unread(letter: Letter) -> bool:
    return is_to_us(letter) and not hasattr(letter, "reading")


def can_be_answered(letter: Letter) -> bool:
    return is_to_us(letter) and letter.concerns.exists()


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    list_display = ["when", "way", "form", "counts", "sender", "subject", "orders", "read"]
    list_display_links = ["when", "subject"]
    list_filter = [QuestionFilter, "way", "form", "standing", "arrived_at"]
    list_select_related = ["reading"]
    search_fields = ["sender", "subject", "message_id", "concerns__order__code"]
    date_hierarchy = "arrived_at"
    fields = [
        "way",
        "form",
        "counts",
        "sender",
        "found",
        "recipient",
        "subject",
        "when",
        "date_of_sender",
        "recorded",
        "orders",
        "read",
        "whose",
        "message_id",
        "mailbox",
        "uid",
        "raw_sha256",
        "is_whole",
    ]
    questions = {
        "unread": (_("letters to read"), lambda letters, at: letters.unread()),
        "strangers": (
            _("from other addresses, unread"),
            lambda letters, at: letters.from_strangers(),
        ),
    }
    buttons = [
        Button(
            "read",
            _("It is read"),
            permission=RIGHT,
            operate=read_letter,
            is_offered=is_unread,
        ),
        Button(
            "answer",
            _("Answer"),
            permission=RIGHT,
            operate=answer_letter,
            form=AnswerForm,
            note=_(
                "The answer goes from the provider's address to the e-mail that is registered now, "
                "whatever address the letter came from (12.1.2)."
            ),
            is_offered=can_be_answered,
        ),
        Button("assign", _("Assign"), permission=RIGHT, operate=assign_letter, form=AssignForm),
        Button(
            "to-order",
            _("Put to an order"),
            permission=RIGHT,
            operate=connect_letter,
            form=ToOrderForm,
            note=_("What the letter counts as does not change: 12.1.3 asks whose address it was."),
        ),
        Button(
            "receipt",
            _("Enter a receipt"),
            permission=ADD,
            operate=enter_receipt,
            form=ReceiptForm,
            is_offered=lambda letter: letter.is_paper,
        ),
        Button(
            "file",
            _("Save a file"),
            permission=RIGHT,
            operate=save_file,
            form=FileForm,
            note=_(
                "A stranger may have sent it: open it with care. The journal keeps who saw it and "
                "what for (5.4)."
            ),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Letter]:
        return super().get_queryset(request).prefetch_related("concerns__order")

    @admin.display(description=_("came or left at"), ordering="arrived_at")
    def when(self, letter: Letter) -> str:
        return short_day(letter.arrived_at.date()) if letter.is_paper else moment(letter.arrived_at)

    @admin.display(description=_("date of the sender"))
    def date_of_sender(self, letter: Letter) -> str:
        return moment(letter.written_at)

    @admin.display(description=_("recorded"))
    def recorded(self, letter: Letter) -> str:
        return moment_by(letter.recorded_at, letter.by)

    @admin.display(description=_("counts as"), ordering="standing")
    def counts(self, letter: Letter) -> str:
        return letter.counts_as

    @admin.display(description=_("what our mail server found of the sender"))
    def found(self, letter: Letter) -> str:
        if letter.form != Form.EMAIL or letter.way != Way.IN:
            return "–"
        return f"{letter.sender_check.label}. {letter.authentication}".strip()

    @admin.display(description=_("orders"))
    def orders(self, letter: Letter) -> str:
        found = [(linked_order(each),) for each in letter.concerns.all()]
        return format_html_join(", ", "{}", found) or "–"

    @admin.display(description=_("read"))
    def read(self, letter: Letter) -> str:
        reading = getattr(letter, "reading", None)
        return moment_by(reading.at, reading.by) if reading else "–"

    @admin.display(description=_("whose"))
    def whose(self, letter: Letter) -> str:
        last = letter.assignments.select_related("to").last()
        return str(last.to) if last else "–"

    def chapters(self, request: HttpRequest, subject: Letter) -> Sequence[Chapter]:
        shown = [text_chapter(subject)]
        if is_to_us(subject) and not subject.is_paper and subject.mailbox:
            found = subject.authentication or gettext("Nothing.")
            title = _("what our mail server found of the sender")
            shown.append(Chapter(title, [(found,)], (FORGED,)))
        shown.append(
            Chapter(
                _("files"),
                [(each.name, each.content_type, each.size) for each in subject.files.all()],
                (_("file"), _("type"), _("bytes")),
                empty=_("None."),
            )
        )
        if subject.is_paper:
            shown.append(
                Chapter(
                    _("receipts"),
                    [
                        (each.number, short_day(each.day), moment_by(each.at, each.by))
                        for each in subject.receipts.all()
                    ],
                    (_("number"), _("day"), _("entered")),
                )
            )
        shown.append(answers_chapter(subject))
        return shown


def text_chapter(letter: Letter) -> Chapter:
    if letter.read is None:
        return Chapter(_("text"), (), empty=_("The stored letter is lost or was altered."))
    if letter.read.is_head_only:
        lost = _("The letter is too tangled to be read here. Save it and look at it with care.")
        return Chapter(_("text"), (), empty=lost)
    text = linebreaksbr(without_keys(letter.text), autoescape=True)
    rows = [(text,)] if letter.text else []
    return Chapter(_("text"), rows, (letter.subject or "–",), empty=_("It has no text."))


def answers_chapter(letter: Letter) -> Chapter:
    answers = Notice.objects.filter(about_kind="letter", about_key=str(letter.pk))
    rows = [
        (moment(each.queued_at), linked(each, each.get_kind_display()), each.standing)
        for each in answers.order_by("queued_at", "pk")
    ]
    return Chapter(_("answers"), rows, (_("queued at"), _("kind"), _("state")))


# --- Buttons of an order, which its page shows
def enter_letter(order: Order, values: dict[str, Any], *, by: User, at: datetime) -> str:
    enter_paper(order=order, paper=PaperLetter(**values), by=actor(by), at=at)
    return gettext("The letter is entered. It stands among the letters of the order.")


def write_letter(order: Order, values: dict[str, Any], *, by: User, at: datetime) -> str:
    write_to_party(order=order, by=actor(by), at=at, **values)
    return gettext("The letter goes out. It stands among the letters of the order.")


OF_ORDER = (
    Button(
        "write",
        _("Write to the party"),
        permission=RIGHT,
        operate=write_letter,
        form=WritingForm,
        note=_("It goes from the provider's address to the registered e-mail (12.1.2)."),
    ),
    Button(
        "paper",
        _("Enter a letter on paper"),
        permission=ADD,
        operate=enter_letter,
        form=PaperForm,
        note=_("A registered letter or a courier's, to us or from us, with its receipt (12.1.1)."),
    ),
)


def thread_chapter(order: Order) -> Chapter:
    """All letters of an order both ways, for its page."""
    rows = [
        (
            moment(each.at),
            _("from us") if each.is_ours else _("to us"),
            each.form,
            linked(each.thing, each.subject),
            each.standing,
        )
        for each in thread_of(order)
    ]
    headings = (_("when"), _("way"), _("form"), _("subject"), _("state"))
    return Chapter(_("letters both ways"), rows, headings)


# --- Letters to cohorts
def enter_cohort_letter(values: dict[str, Any], *, by: User, at: datetime) -> Entered:
    cohort = values.pop("cohort")
    is_marketing = values.pop("is_marketing")
    letter = write_cohort_letter(
        cohort=cohort, is_marketing=is_marketing, words=CohortWords(**values), by=actor(by), at=at
    )
    return Entered(message=_("The letter is kept. Look at it, then let it go out."), page=letter)


def rewrite(letter: CohortLetter, values: dict[str, Any], *, by: User, at: datetime) -> str:
    rewrite_cohort_letter(letter=letter, words=CohortWords(**values), by=actor(by), at=at)
    return gettext("The words are changed.")


def start(letter: CohortLetter, values: dict[str, Any], *, by: User, at: datetime) -> str:
    start_cohort_letter(letter=letter, by=actor(by), at=at)
    return gettext("The letter goes out within minutes. This page shows how far it is.")


def is_unsent(letter: CohortLetter) -> bool:
    return letter.started_at is None


def receivers_chapter(letter: CohortLetter) -> list[Chapter]:
    count = receivers_to_come(letter).count()
    return [Chapter(_("who gets it"), [(_("contracts"), count)])]


@admin.register(CohortLetter)
class CohortLetterAdmin(EnteredAdmin):
    list_display = ["__str__", "is_marketing", "written", "sent", "finished_at"]
    list_filter = ["is_marketing", "cohort", "written_at"]
    list_select_related = ["cohort__course"]
    fields = [
        "cohort",
        "is_marketing",
        "subject_kk",
        "subject_ru",
        "written",
        "sent",
        "finished_at",
        "previews",
    ]
    entry_page = EntryPage(
        title=_("Write to a cohort"),
        permission="correspondence.add_cohortletter",
        form=CohortLetterForm,
        enter=enter_cohort_letter,
        note=_(
            "A letter about the service goes to every contract holder of the cohort; marketing "
            "only to those who agreed to it. Nothing goes out before you have looked at it."
        ),
    )
    buttons = [
        Button(
            "rewrite",
            _("Change the words"),
            permission="correspondence.add_cohortletter",
            operate=rewrite,
            form=RewritingForm,
            is_offered=is_unsent,
        ),
        Button(
            "send",
            _("Let it go out"),
            permission="correspondence.change_cohortletter",
            operate=start,
            note=_("Have you read both previews? It cannot be taken back."),
            is_offered=is_unsent,
            chapters=receivers_chapter,
        ),
    ]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.preview)
        name = "correspondence_cohortletter_preview"
        return [path("<int:pk>/preview/<slug:language>/", view, name=name), *super().get_urls()]

    def preview(self, request: HttpRequest, pk: int, language: str) -> HttpResponse:
        """The letter as it goes out, to a reader of this language."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        letter = self.get_object(request, str(pk))
        if letter is None or language not in Language.values:
            raise Http404
        facts = letter_facts(letter, language=language)
        return written_page(kind_of(letter), facts=facts, language=language)

    @admin.display(description=_("written"))
    def written(self, letter: CohortLetter) -> str:
        return moment_by(letter.written_at, letter.written_by)

    @admin.display(description=_("sent from"))
    def sent(self, letter: CohortLetter) -> str:
        return moment_by(letter.started_at, letter.started_by)

    @admin.display(description=_("previews"))
    def previews(self, letter: CohortLetter) -> str:
        name = "admin:correspondence_cohortletter_preview"
        found = [
            (link(reverse(name, args=[letter.pk, code]), label),)
            for code, label in Language.choices
        ]
        return format_html_join(", ", "{}", found)

    def chapters(self, request: HttpRequest, subject: CohortLetter) -> Sequence[Chapter]:
        texts = [
            (
                linebreaksbr(subject.text_kk, autoescape=True),
                linebreaksbr(subject.text_ru, autoescape=True),
            )
        ]
        progress = progress_of(subject)
        counts = [
            (_("contracts to come"), progress.waiting),
            (_("letters queued"), progress.queued),
            (_("letters sent"), progress.sent),
            (_("letters given up or come back"), progress.dead),
        ]
        reached = [
            (linked_order(each), linked(each.notice, each.notice.standing), moment(each.at))
            for each in subject.receivers.select_related("order", "notice").order_by("pk")
        ]
        return [
            Chapter(_("text"), texts, (_("text in Kazakh"), _("text in Russian"))),
            Chapter(_("how far it went"), counts),
            Chapter(_("contracts reached"), reached, (_("order"), _("letter"), _("queued at"))),
        ]
