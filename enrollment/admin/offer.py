"""The offer for staff: its editions, the known differences of its texts, what changed,
its withdrawal (2.4, 12.2).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models.functions import Length
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Edition
from enrollment.operations.offering.offers import (
    DIFFERENCES,
    lift_withdrawal,
    texts_of,
    withdraw_offer,
)
from enrollment.rules.comparison import Segments, compare_texts
from enrollment.rules.offer_terms import read_differences
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.forms import ButtonForm, reason_field
from offer_site.admin.links import link, moment
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import short_day
from offer_site.languages import Language
from offer_site.money import tenge_text

RIGHT = "enrollment.add_withdrawal"
WORDS_OF_KINDS = {
    "meaning": _("meaning"),
    "wording": _("wording"),
    "numbering": _("numbering"),
    "preamble": _("preamble"),
    "title": _("title"),
}


class WithdrawalForm(ButtonForm):
    reason = reason_field(help_text=_("The reason is kept in the journal."))


def withdraw(edition: Edition, values: dict[str, Any], *, by: User, at: datetime) -> str:
    withdraw_offer(edition=edition, by=by, at=at, **values)
    return gettext("The offer is withdrawn. Nothing can be ordered.")


def lift(edition: Edition, values: dict[str, Any], *, by: User, at: datetime) -> str:
    lift_withdrawal(edition=edition, by=by, at=at, **values)
    return gettext("The offer is made again. Ordering is open.")


def is_in_force(edition: Edition) -> bool:
    return edition in Edition.objects.in_force(timezone.now())


def can_be_withdrawn(edition: Edition) -> bool:
    return is_in_force(edition) and not edition.withdrawals.standing().exists()


def is_withdrawn(edition: Edition) -> bool:
    return edition.withdrawals.standing().exists()


@admin.register(Edition)
class EditionAdmin(ReadOnlyAdmin):
    list_display = ["name", "effective", "published", "state"]
    fields = [
        "name",
        "page",
        "state",
        "academy",
        "published",
        "published_by",
        "effective",
        "kk_sha256",
        "ru_sha256",
    ]
    buttons = [
        Button(
            "withdrawal",
            _("Withdraw the offer"),
            permission=RIGHT,
            operate=withdraw,
            form=WithdrawalForm,
            is_offered=can_be_withdrawn,
            note=_(
                "From this moment nothing can be ordered, and unpaid orders lapse. "
                "Accepted orders run on unchanged (2.4)."
            ),
        ),
        Button(
            "lifting",
            _("Make the offer again"),
            permission=RIGHT,
            operate=lift,
            form=WithdrawalForm,
            is_offered=is_withdrawn,
            note=_("Ordering opens again. Orders that lapsed stay lapsed."),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_withdrawal().order_by("-published_at", "-pk")

    @admin.display(description=_("in effect from"), ordering="effective_from")
    def effective(self, edition: Edition) -> str:
        return short_day(edition.effective_from)

    @admin.display(description=_("published at"), ordering="published_at")
    def published(self, edition: Edition) -> str:
        return moment(edition.published_at)

    @admin.display(description=_("state"))
    def state(self, edition: Edition) -> str:
        if not is_in_force(edition):
            return gettext("not in force")
        return gettext("withdrawn") if edition.withdrawn else gettext("in force")  # type: ignore[attr-defined]

    @admin.display(description=_("on the site"))
    def page(self, edition: Edition) -> SafeString:
        url = reverse("offer_edition", args=[edition.name])
        return link(url, url)

    def chapters(self, request: HttpRequest, subject: Edition) -> Sequence[Chapter]:
        return [
            self.withdrawals(subject),
            self.changes(subject),
            self.differences(subject),
            self.tariffs(subject),
            self.files(subject),
        ]

    def withdrawals(self, edition: Edition) -> Chapter:
        rows = [
            (
                moment(withdrawal.at),
                withdrawal.by,
                withdrawal.reason,
                moment(withdrawal.lifted_at),
                withdrawal.lifted_by,
            )
            for withdrawal in edition.withdrawals.select_related("by", "lifted_by").order_by("-at")
        ]
        return Chapter(
            _("Withdrawals"),
            rows,
            (_("Withdrawn at"), _("by"), _("reason"), _("Lifted at"), _("by")),
        )

    def changes(self, edition: Edition) -> Chapter:
        """Compare the edition with the one before it, clause by clause in both languages (12.2)."""
        earlier = Edition.objects.published(edition.published_at).exclude(pk=edition.pk).first()
        if earlier is None:
            return Chapter(_("Changes"), (), empty=_("This is the first edition."))
        return Chapter(
            gettext("Changes since the edition %(name)s") % {"name": earlier.name},
            list(_changes(earlier, edition)),
            (_("Clause"), _("Language"), _("Before"), _("Now")),
            empty=_("Nothing has changed in the text."),
        )

    def differences(self, edition: Edition) -> Chapter:
        """What is known to differ between the two texts, beside both quotations."""
        rows = [
            (
                WORDS_OF_KINDS.get(one.clause, one.clause),
                WORDS_OF_KINDS.get(one.kind, one.kind),
                one.kk,
                one.ru,
                one.note,
            )
            for one in read_differences(edition.file(DIFFERENCES))
        ]
        headings = (_("Clause"), _("Kind"), _("Kazakh"), _("Russian"), _("What differs"))
        return Chapter(_("Differences known between the two texts"), rows, headings)

    def tariffs(self, edition: Edition) -> Chapter:
        rows = [
            (tariff.row, tariff.package.name, tariff.label, tenge_text(tariff.price))
            for tariff in edition.tariffs.select_related("package")
        ]
        return Chapter(
            _("Tariffs of 4.1"), rows, (_("Row"), _("package"), _("price level"), _("price, tenge"))
        )

    def files(self, edition: Edition) -> Chapter:
        files = (
            edition.files.annotate(size=Length("content"))
            .order_by("pk")
            .values_list("name", "size", "sha256")
        )
        return Chapter(
            _("Files as they were published"), list(files), (_("File"), _("Size, bytes"), "SHA-256")
        )


def _changes(earlier: Edition, edition: Edition) -> Iterator[tuple[Any, ...]]:
    before = texts_of(earlier)
    after = texts_of(edition)
    for language in Language:
        for change in compare_texts(before[language.value], after[language.value]):
            place = WORDS_OF_KINDS.get(change.place, change.place)
            yield place, language.label, _marked(change.before, "del"), _marked(change.after, "ins")


def _marked(pieces: Segments, tag: str) -> SafeString:
    """Mark the words that differ, so that they are seen without colour too."""
    opened = SafeString(f"<{tag}>")
    closed = SafeString(f"</{tag}>")
    shown = ((opened, text, closed) if differs else ("", text, "") for text, differs in pieces)
    return format_html_join(" ", "{}{}{}", shown)
