"""The offer for staff: its editions, the known differences of its texts, what changed, who was told
of it (2.4, 12.2). Its page is registered by offer_site/staff/offer_desk.py, which sees the money.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models.functions import Length
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Edition
from enrollment.operations.offering.drafts import Comparison, comparison_of_edition
from enrollment.operations.offering.holders import progress_of
from enrollment.operations.offering.offers import DIFFERENCES, lift_withdrawal
from enrollment.rules.comparison import Change, ChangeInBoth, around
from enrollment.rules.offer_terms import Difference, read_differences
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.forms import ButtonForm, reason_field
from offer_site.admin.links import link, moment
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import almaty_day, short_day
from offer_site.money import tenge_text
from offer_site.templatetags.site import marked

RIGHT = "enrollment.add_withdrawal"
WORDS_OF_KINDS = {
    "meaning": _("meaning"),
    "wording": _("wording"),
    "numbering": _("numbering"),
    "preamble": _("preamble"),
    "title": _("title"),
}

WORDS_OF_COUNTS = {
    "prepayment_percent": _("prepayment, per cent"),
    "half_percent": _("half of the payment, per cent"),
    "certificate_working_days": _("certificate, working days"),
    "clarification_request_working_days": _("question about the recipient, working days"),
    "clarification_answer_working_days": _("answer about the recipient, working days"),
    "claim_days": _("answer to a claim, days"),
    "claim_request_days": _("request of documents, days"),
    "claim_documents_days": _("sending the documents, days"),
    "force_majeure_days": _("notice of force majeure, days"),
    "force_majeure_talks_months": _("force majeure until talks, months"),
    "termination_notice_days": _("proposal to end the contract, days"),
    "secrecy_years": _("secrecy, years"),
    "breaches_for_termination": _("breaches that end the contract"),
    "penalty": _("penalty, tenge"),
}


class WithdrawalForm(ButtonForm):
    reason = reason_field(help_text=_("The reason is kept in the journal."))


def lift(edition: Edition, values: dict[str, Any], *, by: User, at: datetime) -> str:
    lift_withdrawal(edition=edition, by=by, at=at, **values)
    return gettext("The offer is made again. Ordering is open.")


def is_in_force(edition: Edition) -> bool:
    return edition in Edition.objects.in_force(timezone.now())


def can_be_withdrawn(edition: Edition) -> bool:
    return is_in_force(edition) and not edition.withdrawals.standing().exists()


def is_withdrawn(edition: Edition) -> bool:
    return edition.withdrawals.standing().exists()


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
        return (
            super()
            .get_queryset(request)
            .with_withdrawal()
            .order_by("-effective_from", "-published_at", "-pk")
        )

    @admin.display(description=_("in effect from"), ordering="effective_from")
    def effective(self, edition: Edition) -> str:
        return short_day(edition.effective_from)

    @admin.display(description=_("published at"), ordering="published_at")
    def published(self, edition: Edition) -> str:
        return moment(edition.published_at)

    @admin.display(description=_("state"))
    def state(self, edition: Edition) -> str:
        if edition.effective_from > almaty_day(timezone.now()):
            return gettext("not in effect yet")
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
            self.holders(subject),
            *changes_chapters(comparison_of_edition(subject)),
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

    def holders(self, edition: Edition) -> Chapter:
        """Who was told of the edition, and what they answered (12.2.1)."""
        if not edition.tells_holders or not Edition.objects.before(edition).exists():
            return Chapter(_("Contract holders"), (), empty=_("Nobody had to be told of it."))
        progress = progress_of(edition)
        rows = [
            (_("told"), progress.told),
            (_("still to be told: the clock goes on"), progress.left),
            (_("letters sent"), progress.sent),
            (_("agreed"), progress.agreed),
            (_("consent by silence"), progress.silent),
            (_("objected"), progress.objected),
        ]
        return Chapter(_("Contract holders"), rows)

    def differences(self, edition: Edition) -> Chapter:
        return differences_chapter(read_differences(edition.file(DIFFERENCES)))

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


def differences_chapter(differences: Iterable[Difference]) -> Chapter:
    """What is known to differ between the two texts, beside both quotations."""
    rows = [
        (
            WORDS_OF_KINDS.get(one.clause, one.clause),
            WORDS_OF_KINDS.get(one.kind, one.kind),
            one.kk,
            one.ru,
            one.note,
        )
        for one in differences
    ]
    headings = (_("Clause"), _("Kind"), _("Kazakh"), _("Russian"), _("What differs"))
    return Chapter(_("Differences known between the two texts"), rows, headings)


def changes_chapters(comparison: Comparison | None) -> list[Chapter]:
    """An edition beside the one before it: both languages of a clause in one row (12.2)."""
    if comparison is None:
        return [Chapter(_("Changes"), (), empty=_("This is the first edition."))]
    numbers = [
        (
            WORDS_OF_COUNTS.get(change.name, change.name),
            change.place,
            change.before,
            change.after,
        )
        for change in comparison.numbers
    ]
    title = gettext("Changes since the edition %(name)s") % {"name": comparison.earlier.name}
    return [
        Chapter(
            title,
            list(_rows_of(comparison.texts)),
            (_("Clause"), _("Kazakh"), _("Russian")),
            empty=_("Nothing has changed in the text."),
        ),
        Chapter(
            _("Numbers that changed"),
            numbers,
            (_("Number"), _("Clause"), _("Before"), _("Now")),
            empty=_("No number has changed."),
        ),
    ]


def _rows_of(changes: Iterable[ChangeInBoth]) -> Iterator[tuple[Any, ...]]:
    for change in changes:
        place = WORDS_OF_KINDS.get(change.place, change.place)
        yield place, _both_sides(change.kk), _both_sides(change.ru)


def _both_sides(change: Change | None) -> Any:
    """What was and what is, one below the other; words where this language did not change."""
    if change is None:
        return format_html("<em>{}</em>", gettext("not changed in this language"))
    sides = [(change.before, "del"), (change.after, "ins")]
    return format_html_join("", "<p>{}</p>", ((marked(around(each), tag),) for each, tag in sides))
