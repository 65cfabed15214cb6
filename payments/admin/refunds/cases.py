"""A refund case as staff work with it: what it is about, the sums, the decision of two,
the payouts (4.6).
"""

from collections.abc import Sequence

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.admin.conduct import consequences
from enrollment.operations.training.terminations import UNDER_CONTRACT
from enrollment.rules.endings import Way
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.entries import EnteredAdmin, EntryPage
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ReasonForm
from offer_site.admin.links import link, linked, moment_by
from offer_site.days import end_of_tomorrow, short_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.money import tenge_text
from offer_site.web.downloads import download
from payments.models import AskedBy, PayoutState, RefundCase, RefundPayout
from payments.operations.refunds.letters import show_letter

from . import forms as asked
from .chapters import calculation, costs, deadline_of_answer, decisions, journal, payouts, stage_of

RIGHT = "payments.change_refundcase"
ARTICLE_686 = _(
    "4.6 does not exclude article 686 of the Civil Code: the customer may withdraw at any time and "
    "pays only the"
    " provider's actual costs. So a change of mind is judged by what the academy really spent, "
    "with documents. The"
    " software neither refuses nor grants: two people decide, and give their reasons in both "
    "languages."
)


def if_it_ends(case: RefundCase) -> Sequence[Chapter]:
    """What follows if the decision ends the contract, for whoever is about to decide (12.3)."""
    ends = case.order is not None and case.order.state in UNDER_CONTRACT
    return [consequences(Way.LAW)] if ends else []


def is_undecided(case: RefundCase) -> bool:
    return case.is_open and case.standing() is None


def is_proposed(case: RefundCase) -> bool:
    return case.is_open and case.standing() is not None


def is_asked_by_nobody(case: RefundCase) -> bool:
    return is_undecided(case) and case.asked_by == AskedBy.ACADEMY


def has_costs(case: RefundCase) -> bool:
    return is_undecided(case) and case.costs.filter(removed_at=None).exists()


def may_be_cancelled(case: RefundCase) -> bool:
    return case.is_open and not case.grounds.exists()


def has_payouts_by_hand(case: RefundCase) -> bool:
    return case.payouts.filter(state__in=[PayoutState.BY_HAND, PayoutState.FAILED]).exists()


def has_refused_payouts(case: RefundCase) -> bool:
    return case.payouts.filter(state=PayoutState.FAILED).exists()


@admin.register(RefundCase)
class RefundCaseAdmin(EnteredAdmin):
    list_display = ["number", "its_subject", "ground", "asked_on", "answer_due", "stage", "granted"]
    list_filter = [QuestionFilter, "ground", "asked_on"]
    search_fields = ["order__code", "entry__reference", "payouts__reference"]
    fields = [
        "stage",
        "its_subject",
        "ground",
        "asked_by",
        "asked_on",
        "demand",
        "document",
        "answer_goes_to",
        "answer_due",
        "letter",
        "opened",
        "cancel_reason",
    ]
    entry_page = EntryPage(
        _("Open a refund case"),
        permission="payments.add_refundcase",
        form=asked.NewCaseForm,
        enter=asked.open_for_order_named,
        note=ARTICLE_686,
    )
    questions = {
        "to-decide": (_("to decide"), lambda cases, at: cases.to_decide()),
        "to-approve": (_("wait for the second person"), lambda cases, at: cases.to_approve()),
        "answer-due": (
            _("answer due by tomorrow"),
            lambda cases, at: cases.answer_due_before(end_of_tomorrow(at)),
        ),
        "by-hand": (
            _("to pay by hand"),
            lambda cases, at: cases.with_payouts(RefundPayout.objects.by_hand()),
        ),
        "troubled": (
            _("do not go through"),
            lambda cases, at: cases.with_payouts(RefundPayout.objects.troubled()),
        ),
    }
    buttons = [
        Button(
            "cost",
            _("Add a cost"),
            permission=RIGHT,
            operate=asked.cost,
            form=asked.CostForm,
            note=_(
                "Only what the academy really spent on this order, with its document (article 686)."
            ),
            is_offered=is_undecided,
        ),
        Button(
            "no-cost",
            _("Remove a cost"),
            permission=RIGHT,
            operate=asked.no_cost,
            form=asked.CostChoiceForm,
            is_offered=has_costs,
        ),
        Button(
            "demand",
            _("A demand came"),
            permission=RIGHT,
            operate=asked.demand_came,
            form=asked.DemandCameForm,
            note=_("The academy opened this case itself. From the demand on a term runs (10.2.3)."),
            is_offered=is_asked_by_nobody,
        ),
        Button(
            "propose",
            _("Propose a decision"),
            permission=RIGHT,
            operate=asked.propose,
            form=asked.RefundDecisionForm,
            note=ARTICLE_686,
            is_offered=is_undecided,
            chapters=lambda case: [calculation(case), costs(case), *if_it_ends(case)],
        ),
        Button(
            "approve",
            _("Approve"),
            permission=RIGHT,
            operate=asked.approve,
            note=_(
                "You are the second person. With this the answer leaves, and the money goes back."
            ),
            is_offered=is_proposed,
            chapters=lambda case: [
                calculation(case),
                costs(case),
                decisions(case),
                *if_it_ends(case),
            ],
        ),
        Button(
            "send-back",
            _("Send the proposal back"),
            permission=RIGHT,
            operate=asked.send_back,
            form=ReasonForm,
            is_offered=is_proposed,
        ),
        Button(
            "by-hand",
            _("Record a payout made by hand"),
            permission=RIGHT,
            operate=asked.by_hand,
            form=asked.ByHandForm,
            note=_(
                "Pay it at the bank or in the provider's cabinet first. "
                "If it was refused, look there if it left."
            ),
            is_offered=has_payouts_by_hand,
        ),
        Button(
            "again",
            _("Send the payout again"),
            permission=RIGHT,
            operate=asked.again,
            form=asked.PayoutForm,
            is_offered=has_refused_payouts,
        ),
        Button(
            "cancel",
            _("Cancel the case"),
            permission=RIGHT,
            operate=asked.cancel,
            form=ReasonForm,
            note=_(
                "The demand was taken back, or the case was opened by mistake. "
                "It stays in the list."
            ),
            is_offered=may_be_cancelled,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefundCase]:
        return (
            super()
            .get_queryset(request)
            .select_related("order__party", "entry", "deadline", "claim__answer_term", "opened_by")
            .prefetch_related("decisions")
        )

    def read_beside(self, subject: RefundCase) -> object:
        """The decision that waits, the costs that it counts, and how far the payouts have come."""
        standing = subject.standing()
        costs = subject.costs.filter(removed_at=None).values_list("pk", flat=True)
        states = subject.payouts.values_list("pk", "state")
        return standing and standing.pk, sorted(costs), sorted(states)

    def get_fields(self, request: HttpRequest, obj: RefundCase | None = None) -> list[str]:
        return [
            name for name in self.fields if name != "cancel_reason" or (obj and obj.cancelled_at)
        ]

    def get_urls(self) -> list[URLPattern]:
        letter = self.admin_site.admin_view(self.read_letter)
        return [
            path("<int:pk>/letter.pdf", letter, name="payments_refundcase_letter"),
            *super().get_urls(),
        ]

    def read_letter(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Journals who read the answer, or its draft (5.4)."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        case = get_object_or_404(RefundCase, pk=pk)
        try:
            pdf = show_letter(case=case, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        except RuleViolation as refused:
            messages.error(request, str(refused))
            return redirect(self.page_url(case))
        return download(pdf, f"{case.number}.pdf", inline=True)

    def chapters(self, request: HttpRequest, subject: RefundCase) -> Sequence[Chapter]:
        shown = [
            Chapter(_("clause 4.6 and the law"), [], empty=ARTICLE_686),
            calculation(subject),
            costs(subject),
            decisions(subject),
            payouts(subject),
            deadline_of_answer(subject),
        ]
        if request.user.has_perm("journal.view_entry"):
            shown.append(journal(subject))
        return shown

    @admin.display(description=_("number"), ordering="pk")
    def number(self, case: RefundCase) -> str:
        return case.number

    @admin.display(description=_("about"))
    def its_subject(self, case: RefundCase) -> str:
        links = []
        if case.order:
            links.append(linked(case.order, case.order.code))
        if case.entry:
            links.append(linked(case.entry))
        return format_html_join(", ", "{}", ((each,) for each in links))

    @admin.display(description=_("state"))
    def stage(self, case: RefundCase) -> str:
        return stage_of(case)

    @admin.display(description=_("to be returned"))
    def granted(self, case: RefundCase) -> str:
        decision = case.standing()
        return tenge_text(decision.granted) if decision else "–"

    @admin.display(description=_("answer due"), ordering="deadline__due_before")
    def answer_due(self, case: RefundCase) -> str:
        if case.answer_term:
            return short_day(case.answer_term.due_on)
        return gettext("no term: nobody asked") if case.asked_by == AskedBy.ACADEMY else "–"

    @admin.display(description=_("the answer goes to"))
    def answer_goes_to(self, case: RefundCase) -> str:
        return case.answer_to or gettext(
            "no address is known: print the answer and send it by post"
        )

    @admin.display(description=_("the answer"))
    def letter(self, case: RefundCase) -> str:
        decision = case.standing()
        if decision is None:
            return "–"
        words = (
            gettext("the answer as it left, PDF")
            if decision.approved_at
            else gettext("the draft, PDF")
        )
        return link(reverse("admin:payments_refundcase_letter", args=[case.pk]), words)

    @admin.display(description=_("opened"))
    def opened(self, case: RefundCase) -> str:
        return moment_by(case.opened_at, actor(case.opened_by))
