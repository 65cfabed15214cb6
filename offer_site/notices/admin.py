"""Letters for staff: what was sent, when and to whom; a dead one can be sent again (12.1)."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.defaultfilters import linebreaksbr
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.links import link, moment, moment_by, without_keys
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.journal.operations import actor
from offer_site.languages import Language

from .kinds import NoticeKind
from .mailbox import parse_letter
from .models import MailboxPlace, Notice, NoticeState, SendingStop
from .operations import send_again, send_many_again
from .passed_over import look_through
from .previews import sample_facts, written_page
from .stops import try_now

# The steps that an error of the mailbox names (offer_site/notices/incoming.py).
STEPS = {
    "connection": _("No connection with the mail server"),
    "sign-in": _("The mail server did not let us in"),
    "folder": _("The folder cannot be opened"),
    "list": _("The list of letters cannot be read"),
    "head": _("A letter cannot be read"),
    "mail": _("A letter cannot be read"),
    "move": _("A letter cannot be moved"),
}


def press_send_again(notice: Notice, values: dict[str, Any], *, by: User, at: datetime) -> Promise:
    send_again(notice=notice, by=actor(by), at=at)
    return _("The letter is queued again.")


def can_be_sent_again(notice: Notice) -> bool:
    return notice.state == NoticeState.DEAD and not notice.withdrawn_at and not notice.letter.secret


def press_try_now(stop: SendingStop, values: dict[str, Any], *, by: User, at: datetime) -> Promise:
    try_now(stop=stop, at=at)
    return _("The next letter tries within a minute; if it is taken, all others follow.")


@admin.register(SendingStop)
class SendingStopAdmin(ReadOnlyAdmin):
    """When the mail server refused us, and what it answered."""

    list_display = ("begun_at", "answer", "attempts", "next_attempt_at", "ended_at")
    list_filter = (QuestionFilter,)
    fields = list_display
    questions = {
        "standing": (_("letters that wait for it"), lambda stops, at: stops.standing()),
    }
    buttons = (
        Button(
            name="try-now",
            label=_("Try now"),
            permission="notices.change_notice",
            operate=press_try_now,
            note=_("Mend the cause first: the limit, the password or the account of the mailbox."),
            is_offered=lambda stop: stop.ended_at is None,
        ),
    )


def press_looked_through(
    place: MailboxPlace, values: dict[str, Any], *, by: User, at: datetime
) -> Promise:
    look_through(place=place, by=actor(by), at=at)
    return _("It is noted that you have looked through them.")


def has_mails_passed_over(place: MailboxPlace) -> bool:
    return place.passed_over_at is not None and place.looked_through_at is None


@admin.register(MailboxPlace)
class MailboxPlaceAdmin(ReadOnlyAdmin):
    """The mailbox in which mail servers report what did not arrive, and since when it is dumb."""

    list_display = ("mailbox", "read_at", "failing_since", "what_failed", "passed_over")
    list_filter = (QuestionFilter,)
    fields = (*list_display, "looked_through", "last_uid")
    # The clock reads every few minutes.
    passing = frozenset(
        {"read_at", "whole_at", "last_uid", "again", "trying", "failing_since", "failure"}
    )
    questions = {
        "failing": (_("cannot be read"), lambda places, at: places.failing(at)),
        "passed-over": (_("mails passed over"), lambda places, at: places.passed_over()),
    }
    buttons = (
        Button(
            name="looked-through",
            label=_("I have looked through them"),
            permission="notices.change_notice",
            operate=press_looked_through,
            note=_(
                "First open the mailbox itself and look at what came until the moment named here. "
                "Move a contract holder's letter to another folder and back to the inbox: then the "
                "site reads it."
            ),
            is_offered=has_mails_passed_over,
        ),
    )

    @admin.display(description=_("last mail passed over came at"), ordering="passed_over_at")
    def passed_over(self, place: MailboxPlace) -> str:
        return moment(place.passed_over_at)

    @admin.display(description=_("looked through"))
    def looked_through(self, place: MailboxPlace) -> str:
        return moment_by(place.looked_through_at, place.looked_through_by)

    @admin.display(description=_("last error"))
    def what_failed(self, place: MailboxPlace) -> str:
        """The step in words, then the error for whoever keeps the site."""
        if not place.failure:
            return "–"
        step = STEPS.get(
            place.failure.partition(":")[0], _("The mailbox did not answer as expected")
        )
        return f"{step} ({place.failure})"


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    actions = ("send_selected_again",)
    passing = frozenset({"lease_until"})
    list_display = (
        "queued_at",
        "standing",
        "kind",
        "order_code",
        "recipient",
        "attempts",
        "sent_at",
    )
    list_filter = (QuestionFilter, "state", "kind", "language", "queued_at")
    search_fields = ("order_code", "recipient", "message_id")
    date_hierarchy = "queued_at"
    fields = (
        "kind",
        "standing",
        "last_error",
        "order_code",
        "recipient",
        "sender",
        "form",
        "language",
        "subject",
        "message_id",
        "queued_at",
        "attempts",
        "next_attempt_at",
        "lease_until",
        "sent_at",
        "bounced_at",
        "withdrawn_at",
        "raw_sha256",
    )
    questions = {
        "dead": (_("letters given up"), lambda notices, at: notices.given_up()),
        "came-back": (_("letters that came back"), lambda notices, at: notices.came_back()),
        "without-owner": (
            _("letters that nobody sends"),
            lambda notices, at: notices.without_owner(at),
        ),
    }
    buttons = (
        Button(
            name="send-again",
            label=_("Send again"),
            permission="notices.change_notice",
            operate=press_send_again,
            note=_("The same letter is sent to the same address. Mend what stopped it first."),
            is_offered=can_be_sent_again,
        ),
    )

    change_list_template = "admin/notices.html"

    def get_urls(self) -> list[URLPattern]:
        """Besides, a page that names every kind of letter, and each as it looks."""
        index = self.admin_site.admin_view(self.kinds_page)
        preview = self.admin_site.admin_view(self.preview)
        return [
            path("kinds/", index, name="notices_notice_kinds"),
            path("kinds/<slug:kind>/<slug:language>/", preview, name="notices_notice_preview"),
            *super().get_urls(),
        ]

    def kinds_page(self, request: HttpRequest) -> HttpResponse:
        """Every kind of letter with its previews in both languages; the facts are made up."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = [
            (
                kind.label,
                *(
                    link(reverse("admin:notices_notice_preview", args=[kind, code]), label)
                    for code, label in Language.choices
                ),
            )
            for kind in NoticeKind
        ]
        headings = (_("kind"), *(_("first in this language") for _code in Language.choices))
        chapter = Chapter(_("kinds of letters"), rows, headings)
        note = _("Names, sums and days in them are made up.")
        return self.answer(request, None, _("Kinds of letters"), note=note, chapters=[chapter])

    def preview(self, request: HttpRequest, kind: str, language: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if kind not in NoticeKind.values or language not in Language.values:
            raise Http404
        known = NoticeKind(kind)
        return written_page(known, facts=sample_facts(known), language=language)

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notices.change_notice")  # type: ignore[union-attr]

    @admin.action(description=_("Send again"), permissions=["send_again"])
    def send_selected_again(self, request: HttpRequest, selected: Any) -> None:
        """Many at once, as after a fault of the mail server: those that may not are left alone."""
        queued, refused = send_many_again(
            notices=selected.order_by("pk"),
            by=actor(request.user),
            at=timezone.now(),
        )
        said = _("Queued again: %(queued)s; they leave within minutes. Left as they are: %(left)s.")
        self.message_user(request, said % {"queued": queued, "left": refused})

    @admin.display(description=_("state"), ordering="state")
    def standing(self, notice: Notice) -> str:
        return notice.standing

    def chapters(self, request: HttpRequest, subject: Notice) -> list[Chapter]:
        """The reports that it came back, and its text, unless only its recipient may read it."""
        returned = [
            (moment(each.read_at), moment(each.sent_at), each.status)
            for each in subject.bounces.all()
        ]
        reports = Chapter(
            _("reports that it came back"),
            returned,
            (_("read at"), _("sent at"), _("status")),
            empty=_("None."),
        )
        return [*self.text_of(subject), *([reports] if returned else [])]

    def text_of(self, subject: Notice) -> list[Chapter]:
        if subject.letter.secret:
            return [Chapter(_("text"), (), empty=_("Only the person it was sent to may read it."))]
        raw = subject.stored_letter()
        if raw is None and subject.raw_sha256:
            return [Chapter(_("text"), (), empty=_("The stored letter is lost or was altered."))]
        if raw is None:
            return [Chapter(_("text"), (), empty=_("The letter is written when it is sent."))]
        letter = parse_letter(subject.message_id, raw)
        text = linebreaksbr(without_keys(letter.text.strip()), autoescape=True)
        files = [
            (each.filename, each.content_type, len(each.content)) for each in letter.attachments
        ]
        return [
            Chapter(_("text"), [(text,)], headings=(letter.message["Subject"],)),
            Chapter(
                _("attachments"),
                files,
                headings=(_("file"), _("type"), _("bytes")),
                empty=_("None."),
            ),
        ]
