"""The tables of a refund case: sums, costs, decisions, payouts, deadline and journal (4.6)."""

from datetime import datetime

from django.utils.html import format_html
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.models import User
from offer_site.admin.chapters import Chapter
from offer_site.admin.links import linked, moment, moment_by, person
from offer_site.days import short_day
from offer_site.journal.admin import history
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor
from offer_site.money import tenge_text
from payments.models import AskedBy, PayoutState, RefundCase
from payments.operations.refunds.sums import calculation_of, subject_of


def stage_of(case: RefundCase) -> str:
    """Where a case stands: its rows show it, no state is kept."""
    decision = case.standing()
    if case.cancelled_at:
        return gettext("cancelled")
    if decision is None:
        return gettext("waits for a decision")
    if decision.approved_at is None:
        return gettext("waits for the second person")
    if not decision.granted:
        return pgettext("refund case", "declined")
    is_owed = case.payouts.exclude(state=PayoutState.DONE).exists()
    return gettext("granted, not paid yet") if is_owed else gettext("granted and paid")


def calculation(case: RefundCase) -> Chapter:
    """The sums that were approved, or those of this moment."""
    decision = case.standing()
    now, _parts = calculation_of(subject_of(case))
    sums = decision or now
    rest = max(sums.received - sums.refunded - sums.costs, 0)
    rows = [
        (gettext("received"), tenge_text(sums.received)),
        (gettext("costs of the academy"), tenge_text(sums.costs)),
        (gettext("returned or promised before"), tenge_text(sums.refunded)),
        (gettext("by the calculation"), tenge_text(rest)),
    ]
    if sums.made:
        rows.append((gettext("went back already under this case"), tenge_text(sums.made)))
    if decision:
        rows.append((gettext("to be returned"), tenge_text(decision.granted)))
    return Chapter(_("calculation"), rows)


def costs(case: RefundCase) -> Chapter:
    rows = [
        (
            str(cost),
            tenge_text(cost.amount),
            cost.document,
            moment(cost.added_at),
            person(actor(cost.added_by)),
            moment(cost.removed_at),
        )
        for cost in case.costs.select_related("added_by")
    ]
    headings = (
        _("what was spent"),
        _("amount"),
        _("document"),
        _("added at"),
        _("by"),
        _("removed at"),
    )
    return Chapter(
        _("costs"), rows, headings, empty=_("No costs: then nothing is kept of what was received.")
    )


def decisions(case: RefundCase) -> Chapter:
    rows = [
        (
            tenge_text(each.granted),
            gettext("yes") if each.ends_order else gettext("no"),
            each.reasons_kk,
            each.reasons_ru,
            by_at(each.proposed_by, each.proposed_at),
            by_at(each.approved_by, each.approved_at),
            format_html("{} {}", by_at(each.returned_by, each.returned_at), each.return_reason),
        )
        for each in case.decisions.select_related("proposed_by", "approved_by", "returned_by")
    ]
    headings = (
        _("to be returned"),
        _("ends the contract"),
        _("reasons in Kazakh"),
        _("reasons in Russian"),
        _("proposed"),
        _("approved"),
        _("sent back"),
    )
    return Chapter(_("decision"), rows, headings)


def payouts(case: RefundCase) -> Chapter:
    rows = [
        (
            linked(each.receipt),
            tenge_text(each.amount),
            each.get_state_display(),
            moment(each.sent_at),
            linked(each.refund, each.reference) if each.refund else each.reference or "–",
            each.document or "–",
            by_at(each.done_by, each.done_at),
            gettext(each.last_error) if each.last_error else "–",
        )
        for each in case.payouts.select_related("receipt", "refund", "done_by")
    ] + [
        (
            linked(each.entry),
            tenge_text(each.entry.amount),
            gettext("corrected") if each.entry.corrections.all() else gettext("made elsewhere"),
            moment(each.entry.happened_at),
            each.entry.reference,
            "–",
            person(each.by),
            "–",
        )
        for each in case.grounds.filter(entry__payout=None)
        .select_related("entry")
        .prefetch_related("entry__corrections")
    ]
    headings = (
        _("receipt"),
        _("amount"),
        _("state"),
        _("asked for at"),
        _("provider's reference"),
        _("document"),
        _("paid"),
        _("last error"),
    )
    return Chapter(_("payouts"), rows, headings)


def deadline_of_answer(case: RefundCase) -> Chapter:
    deadline = case.answer_term
    if deadline is None and case.asked_by == AskedBy.ACADEMY:
        return Chapter(
            _("deadline"),
            [],
            empty=_(
                "The academy opened this case itself: the offer sets no term for it. When a demand "
                "comes, record it here: then the ten days of 10.2.3 run."
            ),
        )
    if deadline is None:
        return Chapter(
            _("deadline"),
            [],
            empty=_("The order is not known, so no term of a contract runs. Answer all the same."),
        )
    rows = [
        (
            deadline.clause,
            short_day(deadline.event_on),
            short_day(deadline.due_on),
            moment(deadline.met_at),
        )
    ]
    return Chapter(
        _("deadline"), rows, (_("clause"), _("counted from"), _("last day"), _("met at"))
    )


def journal(case: RefundCase) -> Chapter:
    return history(Entry.objects.about("refund_case", case.pk).order_by("pk"))


def by_at(user: User | None, at: datetime | None) -> str:
    return moment_by(at, actor(user)) if user else moment(at)
