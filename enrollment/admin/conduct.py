"""Breaches and ends of contracts, as staff record, review and decide them (6.5, 12.4, 12.5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import (
    Breach,
    BreachStatement,
    EndingProposal,
    Enrollment,
    EnrollmentState,
    LinkSubject,
    Order,
    ProviderEnding,
)
from enrollment.models.breach import last_number
from enrollment.models.ending import UNDER_CONTRACT
from enrollment.operations.conduct.breaches import (
    add_evidence,
    read_objections,
    record_breach,
    restore_access,
    review_breach,
)
from enrollment.operations.conduct.edition import rules_of
from enrollment.operations.endings.proposals import (
    answer_proposal,
    ending_days,
    propose_ending,
    withdraw_proposal,
)
from enrollment.operations.endings.provider import (
    approve_provider_ending,
    propose_provider_ending,
    return_provider_ending,
)
from enrollment.rules.endings import CONSEQUENCES, Ground, Way
from enrollment.rules.sides import Side
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import (
    ButtonForm,
    ReasonForm,
    day_field,
    moment_field,
    reason_field,
    text_input,
)
from offer_site.admin.links import linked, linked_order, moment, moment_by, page_url
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import almaty_day, short_day
from offer_site.documents import DocumentField
from offer_site.money import tenge_text

from .documents import document_button
from .link_answers import link_answer

RECORD = "enrollment.add_breach"
REVIEW = "enrollment.change_breach"
PROPOSE = "enrollment.add_endingproposal"
ANSWER = "enrollment.change_endingproposal"
END = "enrollment.add_providerending"
APPROVE = "enrollment.change_providerending"
LONGEST_TEXT = 4000
NO_OTHER_PERSON = _("The student reads it in the cabinet: name no other person.")


def consequences(way: Way) -> Chapter:
    """What follows from a way of ending, for whoever is about to decide."""
    follows = CONSEQUENCES[way]
    title = gettext("What follows (%(way)s)") % {"way": way.label}
    return Chapter(title, follows.rows)


class BreachForm(ButtonForm):
    rule = forms.ChoiceField(label=_("Rule that was broken"), widget=forms.RadioSelect)
    happened_at = moment_field(_("When it happened"))
    what = forms.CharField(
        label=_("What happened"),
        max_length=LONGEST_TEXT,
        widget=text_input(rows=5),
        help_text=NO_OTHER_PERSON,
    )
    document = DocumentField(label=_("Evidence"), required=False)
    also_shuts_off = forms.BooleanField(
        label=_("The same act breaks 6.3 or 6.4 too: shut off access"),
        required=False,
        help_text=_(
            "6.3 and 6.4 shut off access in any case; 7.2.8 and 11.5 only with this (6.5)."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule: Any = self.fields["rule"]
        rule.choices = [
            (each.key, f"{each.clause}: {each.words}")
            for each in rules_of(self.subject.order.edition)
        ]
        self.fields["happened_at"].initial = timezone.now()


class EvidenceForm(ButtonForm):
    text = forms.CharField(
        label=_("Text"), max_length=LONGEST_TEXT, widget=text_input(rows=5), required=False
    )
    document = DocumentField(label=_("File"), required=False)


class ReviewForm(ButtonForm):
    verdict = forms.ChoiceField(
        label=_("Verdict"),
        choices=[
            ("confirmed", _("The breach is confirmed")),
            ("withdrawn", _("The breach is withdrawn: access opens again")),
        ],
        widget=forms.RadioSelect,
    )
    reasons_kk = forms.CharField(
        label=_("Reasons in Kazakh"), max_length=LONGEST_TEXT, widget=text_input(rows=4)
    )
    reasons_ru = forms.CharField(
        label=_("Reasons in Russian"),
        max_length=LONGEST_TEXT,
        widget=text_input(rows=4),
        help_text=NO_OTHER_PERSON,
    )


class EndingProposalForm(ButtonForm):
    ends_on = day_field(_("The contract ends on"))
    returned = forms.IntegerField(label=_("To be returned, tenge"), min_value=0, initial=0)
    why = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=text_input(),
        required=False,
        help_text=NO_OTHER_PERSON,
    )


class ProposalDeclineForm(ButtonForm):
    reason = reason_field(help_text=NO_OTHER_PERSON)


class ProviderEndingForm(ButtonForm):
    ground = forms.ChoiceField(label=_("Ground"), choices=Ground, widget=forms.RadioSelect)
    breaches = forms.TypedMultipleChoiceField(
        label=_("Breaches"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    reasons_kk = forms.CharField(
        label=_("Reasons in Kazakh"), max_length=LONGEST_TEXT, widget=text_input(rows=4)
    )
    reasons_ru = forms.CharField(
        label=_("Reasons in Russian"),
        max_length=LONGEST_TEXT,
        widget=text_input(rows=4),
        help_text=_("The letter to the student states them."),
    )
    owed = forms.IntegerField(
        label=_("To be returned, tenge"),
        min_value=0,
        initial=0,
        help_text=_("What was paid for and not rendered; nothing if nothing is owed."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        breaches: Any = self.fields["breaches"]
        breaches.choices = [
            (each.number, f"{each.number}: {each.clause}, {moment(each.happened_at)}")
            for each in self.subject.order.breaches.standing()
        ]


def record_it(enrollment: Enrollment, values: dict[str, Any], *, by: User, at: datetime) -> str:
    breach = record_breach(order=enrollment.order, by=by, at=at, **values)
    if breach.shuts_off and enrollment.state == EnrollmentState.ACTIVE:
        return gettext("The breach is recorded and access is shut off. Another person reviews it.")
    return gettext("The breach is recorded. Another person reviews it.")


def add_it(breach: Breach, values: dict[str, Any], *, by: User, at: datetime) -> str:
    add_evidence(breach=breach, by=by, at=at, **values)
    return gettext("The evidence is added.")


def review_it(breach: Breach, values: dict[str, Any], *, by: User, at: datetime) -> str:
    review_breach(breach=breach, by=by, at=at, **values)
    return gettext("The verdict is recorded, and the student is told.")


def restore_it(breach: Breach, values: dict[str, Any], *, by: User, at: datetime) -> str:
    restore_access(breach=breach, reason=values["reason"], by=by, at=at)
    return gettext("This breach does not close access any more.")


def read_them(breach: Breach, values: dict[str, Any], *, by: User, at: datetime) -> str:
    read_objections(breach=breach, by=by, at=at)
    return gettext("The objections are read.")


def propose_end(enrollment: Enrollment, values: dict[str, Any], *, by: User, at: datetime) -> str:
    propose_ending(order=enrollment.order, side=Side.ACADEMY, by=by, at=at, **values)
    return gettext("The proposal is sent to the student.")


def propose_for_breaches(
    enrollment: Enrollment, values: dict[str, Any], *, by: User, at: datetime
) -> str:
    ending = propose_provider_ending(order=enrollment.order, by=by, at=at, **values)
    return format_html(
        gettext('It <a href="{url}">waits</a> for another person.'),
        url=page_url(ProviderEnding, ending.pk),
    )


def accept_it(proposal: EndingProposal, values: dict[str, Any], *, by: User, at: datetime) -> str:
    answer_proposal(proposal=proposal, side=Side.ACADEMY, accepts=True, by=by, at=at)
    return gettext("The end of the contract is agreed on.")


def decline_it(proposal: EndingProposal, values: dict[str, Any], *, by: User, at: datetime) -> str:
    reason = values["reason"]
    answer_proposal(
        proposal=proposal, side=Side.ACADEMY, accepts=False, reason=reason, by=by, at=at
    )
    return gettext("The proposal is declined. The contract goes on.")


def take_it_back(
    proposal: EndingProposal, values: dict[str, Any], *, by: User, at: datetime
) -> str:
    withdraw_proposal(proposal=proposal, side=Side.ACADEMY, by=by, at=at)
    return gettext("The proposal is taken back. The contract goes on.")


def approve_it(ending: ProviderEnding, values: dict[str, Any], *, by: User, at: datetime) -> str:
    approve_provider_ending(ending=ending, by=by, at=at)
    return gettext("The contract is ended, and the student is told.")


def send_it_back(ending: ProviderEnding, values: dict[str, Any], *, by: User, at: datetime) -> str:
    return_provider_ending(ending=ending, reason=values["reason"], by=by, at=at)
    return gettext("The proposal is sent back. The contract goes on.")


def runs(enrollment: Enrollment) -> bool:
    return enrollment.state == EnrollmentState.ACTIVE


def has_breaches(enrollment: Enrollment) -> bool:
    return runs(enrollment) and enrollment.order.breaches.standing().exists()


def closes_access(breach: Breach) -> bool:
    return breach.suspensions.filter(ended_at=None).exists()


def has_unread(breach: Breach) -> bool:
    return breach.statements.filter(side=Side.USER, read_at=None).exists()


def agreement_days(enrollment: Enrollment) -> Sequence[Chapter]:
    """The two days of 12.4, and what follows."""
    days = ending_days(enrollment.order, enrollment, at=timezone.now())
    rows = [
        (_("Last day to send a proposal"), f"{short_day(days.send_by)}, 24:00"),
        (_("The earliest end"), short_day(days.first)),
    ]
    return [Chapter(_("Days of 12.4"), rows), consequences(Way.AGREEMENT)]


ON_ENROLLMENT = [
    Button(
        "breach",
        _("Record a breach"),
        permission=RECORD,
        operate=record_it,
        form=BreachForm,
        note=_(
            "A breach of 6.3 or 6.4 shuts off access at once, without warning (6.5). "
            "A letter tells the student the rule and how to object; another person reviews it."
        ),
    ),
    Button(
        "agreement",
        _("Propose to end by agreement"),
        permission=PROPOSE,
        operate=propose_end,
        form=EndingProposalForm,
        note=_("The contract holds until the student accepts, and then to the day (12.4)."),
        is_offered=runs,
        chapters=agreement_days,
    ),
    Button(
        "ending",
        _("End the contract for breaches"),
        permission=END,
        operate=propose_for_breaches,
        form=ProviderEndingForm,
        note=_("You propose, another person approves; then the contract ends at once (12.5)."),
        is_offered=has_breaches,
        chapters=lambda enrollment: [consequences(Way.PROVIDER)],
    ),
]


@admin.register(Breach)
class BreachAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "clause", "happened", "shuts_off", "verdict", "recorded"]
    list_filter = [QuestionFilter, "clause", "verdict"]
    list_select_related = ["order"]
    search_fields = ["order__code"]
    fields = [
        "order_link",
        "number",
        "clause",
        "rule_words",
        "happened",
        "what",
        "shuts_off",
        "recorded",
        "verdict",
        "reviewed",
        "reasons_kk",
        "reasons_ru",
        "demanded",
    ]
    questions = {
        "to-review": (_("to review"), lambda breaches, at: breaches.to_review()),
        "objections": (
            _("objections to read"),
            lambda breaches, at: breaches.with_objection_to_read(),
        ),
        "demands": (_("with a demand of 11.6"), lambda breaches, at: breaches.with_demand()),
    }
    buttons = [
        Button(
            "review",
            _("Confirm or withdraw"),
            permission=REVIEW,
            operate=review_it,
            form=ReviewForm,
            note=_(
                "Another person than recorded it. The student reads the verdict and its reasons."
            ),
            is_offered=lambda breach: breach.stands,
        ),
        Button(
            "restoring",
            _("Restore access"),
            permission=REVIEW,
            operate=restore_it,
            form=ReasonForm,
            note=_("The breach stands, and still counts for 12.5."),
            is_offered=closes_access,
        ),
        Button(
            "evidence",
            _("Add evidence"),
            permission="enrollment.add_breachstatement",
            operate=add_it,
            form=EvidenceForm,
        ),
        Button(
            "objections",
            _("The objections are read"),
            permission=REVIEW,
            operate=read_them,
            is_offered=has_unread,
        ),
    ]

    def read_beside(self, subject: Breach) -> object:
        """The statements of both sides: an objection may come while a verdict is written."""
        return last_number(subject.statements.all())

    @admin.display(description=_("order"))
    def order_link(self, breach: Breach) -> str:
        return linked_order(breach)

    @admin.display(description=_("rule"))
    def rule_words(self, breach: Breach) -> str:
        return breach.words

    @admin.display(description=_("happened at"), ordering="happened_at")
    def happened(self, breach: Breach) -> str:
        return moment(breach.happened_at)

    @admin.display(description=_("recorded at"), ordering="recorded_at")
    def recorded(self, breach: Breach) -> str:
        return moment_by(breach.recorded_at, breach.recorded_by)

    @admin.display(description=_("reviewed at"))
    def reviewed(self, breach: Breach) -> str:
        return moment_by(breach.reviewed_at, breach.reviewed_by)

    @admin.display(description=_("demand under 11.6, tenge"))
    def demanded(self, breach: Breach) -> str:
        if not breach.demand:
            return "–"
        if breach.demanded_at is None:
            return gettext("%(sum)s, if the breach is confirmed") % {
                "sum": tenge_text(breach.demand)
            }
        return f"{tenge_text(breach.demand)}, {moment(breach.demanded_at)}"

    def chapters(self, request: HttpRequest, subject: Breach) -> Sequence[Chapter]:
        said = [
            (
                moment_by(each.said_at, each.said_by),
                each.get_side_display(),
                each.text,
                linked(each, gettext("the file")) if each.document else "–",
                moment(each.read_at),
            )
            for each in subject.statements.all()
        ]
        shut = [
            (
                moment_by(each.begun_at, each.begun_by),
                moment_by(each.ended_at, each.ended_by),
                each.end_reason,
            )
            for each in subject.suspensions.all()
        ]
        return [
            Chapter(
                _("evidence and objections"),
                said,
                (_("at"), _("side"), _("text"), _("document"), _("read at")),
            ),
            Chapter(_("suspensions"), shut, (_("begun at"), _("ended at"), _("why it was ended"))),
        ]


@admin.register(BreachStatement)
class BreachStatementAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "side", "said", "has_document"]
    list_filter = ["side"]
    list_select_related = ["breach__order"]
    fields = ["breach_link", "side", "said", "text", "has_document"]
    buttons = [
        document_button(
            "enrollment.view_breachstatement",
            file_name=lambda said: f"{said.breach.key}-{said.number}",
            note=_("It may name other persons. The journal keeps who saw it and what for (5.4)."),
        )
    ]

    @admin.display(description=_("breach"))
    def breach_link(self, said: BreachStatement) -> str:
        return linked(said.breach)

    @admin.display(description=_("at"))
    def said(self, said: BreachStatement) -> str:
        return moment_by(said.said_at, said.said_by)

    @admin.display(description=_("document"))
    def has_document(self, said: BreachStatement) -> str:
        return gettext("kept, encrypted") if said.document else gettext("none")


def waits_for_academy(proposal: EndingProposal) -> bool:
    return _can_be_answered(proposal) and proposal.side == Side.USER


def is_ours(proposal: EndingProposal) -> bool:
    return _can_be_answered(proposal) and proposal.side == Side.ACADEMY


def _can_be_answered(proposal: EndingProposal) -> bool:
    runs_still = proposal.order.state in UNDER_CONTRACT
    return proposal.is_open and runs_still and almaty_day(timezone.now()) < proposal.ends_on


@admin.register(EndingProposal)
class EndingProposalAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "side", "last_day", "amount", "sent", "answer"]
    list_filter = [QuestionFilter, "side", "answer"]
    list_select_related = ["order"]
    search_fields = ["order__code"]
    fields = [
        "order_link",
        "side",
        "last_day",
        "amount",
        "why",
        "sent",
        "latest",
        "answer",
        "answered",
        "reason",
        "ended",
    ]
    questions = {
        "awaiting": (_("awaits the academy"), lambda found, at: found.awaiting_the_academy()),
    }
    buttons = [
        Button(
            "acceptance",
            _("Accept"),
            permission=ANSWER,
            operate=accept_it,
            note=_("The contract ends on the proposed day. The sum goes back by a refund case."),
            is_offered=waits_for_academy,
            chapters=lambda proposal: [consequences(Way.AGREEMENT)],
        ),
        Button(
            "decline",
            _("Decline"),
            permission=ANSWER,
            operate=decline_it,
            form=ProposalDeclineForm,
            is_offered=waits_for_academy,
        ),
        Button(
            "withdrawal",
            _("Take back"),
            permission=ANSWER,
            operate=take_it_back,
            is_offered=is_ours,
        ),
    ]

    def chapters(self, request: HttpRequest, subject: EndingProposal) -> Sequence[Chapter]:
        return link_answer(subject.order, LinkSubject.ENDING, subject.number)

    @admin.display(description=_("order"))
    def order_link(self, proposal: EndingProposal) -> str:
        return linked_order(proposal)

    @admin.display(description=_("the contract ends on"), ordering="ends_on")
    def last_day(self, proposal: EndingProposal) -> str:
        return short_day(proposal.ends_on)

    @admin.display(description=_("to be returned, tenge"))
    def amount(self, proposal: EndingProposal) -> str:
        return tenge_text(proposal.returned)

    @admin.display(description=_("sent at"), ordering="sent_at")
    def sent(self, proposal: EndingProposal) -> str:
        return moment_by(proposal.sent_at, proposal.sent_by)

    @admin.display(description=_("could be sent until"))
    def latest(self, proposal: EndingProposal) -> str:
        return short_day(proposal.latest_on)

    @admin.display(description=_("answered at"))
    def answered(self, proposal: EndingProposal) -> str:
        return moment_by(proposal.answered_at, proposal.answered_by)

    @admin.display(description=_("contract ended at"))
    def ended(self, proposal: EndingProposal) -> str:
        return moment(proposal.ended_at)


def is_undecided(ending: ProviderEnding) -> bool:
    return ending.is_undecided and ending.order.state in UNDER_CONTRACT


@admin.register(ProviderEnding)
class ProviderEndingAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "amount", "proposed", "approved", "returned"]
    list_filter = [QuestionFilter, "ground"]
    list_select_related = ["order"]
    search_fields = ["order__code"]
    fields = [
        "order_link",
        "ground",
        "reasons_kk",
        "reasons_ru",
        "amount",
        "proposed",
        "approved",
        "returned",
        "return_reason",
    ]
    questions = {
        "undecided": (_("waits for the second person"), lambda found, at: found.undecided()),
    }
    buttons = [
        Button(
            "approval",
            _("Approve: end the contract"),
            permission=APPROVE,
            operate=approve_it,
            note=_("Another person than proposed it. The contract ends at once (12.5)."),
            is_offered=is_undecided,
            chapters=lambda ending: [named_breaches(ending), consequences(Way.PROVIDER)],
        ),
        Button(
            "return",
            _("Send back"),
            permission=APPROVE,
            operate=send_it_back,
            form=ReasonForm,
            is_offered=is_undecided,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProviderEnding]:
        return super().get_queryset(request).select_related("order")

    @admin.display(description=_("order"))
    def order_link(self, ending: ProviderEnding) -> str:
        return linked_order(ending)

    @admin.display(description=_("to be returned, tenge"))
    def amount(self, ending: ProviderEnding) -> str:
        return tenge_text(ending.owed)

    @admin.display(description=_("proposed at"), ordering="proposed_at")
    def proposed(self, ending: ProviderEnding) -> str:
        return moment_by(ending.proposed_at, ending.proposed_by)

    @admin.display(description=_("approved at"))
    def approved(self, ending: ProviderEnding) -> str:
        return moment_by(ending.approved_at, ending.approved_by)

    @admin.display(description=_("sent back at"))
    def returned(self, ending: ProviderEnding) -> str:
        return moment_by(ending.returned_at, ending.returned_by)

    def chapters(self, request: HttpRequest, subject: ProviderEnding) -> Sequence[Chapter]:
        return [named_breaches(subject)]


def named_breaches(ending: ProviderEnding) -> Chapter:
    rows = [
        (
            linked(each, each.number),
            each.clause,
            moment(each.happened_at),
            each.words,
            each.get_verdict_display() or gettext("not reviewed yet"),
        )
        for each in ending.breaches.order_by("number")
    ]
    headings = (_("number"), _("clause"), _("happened at"), _("rule"), _("verdict"))
    return Chapter(_("breaches"), rows, headings)


def breaches(order: Order) -> Chapter:
    """For the order's own page."""
    rows = [
        (
            linked(each, each.number),
            each.clause,
            moment(each.happened_at),
            each.get_verdict_display() or gettext("not reviewed yet"),
        )
        for each in order.breaches.order_by("number")
    ]
    return Chapter(_("breaches"), rows, (_("number"), _("clause"), _("happened at"), _("verdict")))


def endings(order: Order) -> Chapter:
    """For the order's own page: proposals and decisions about its early end."""
    rows: list[tuple[Any, ...]] = [
        (
            linked(each, each.get_side_display()),
            "12.4",
            short_day(each.ends_on),
            tenge_text(each.returned),
            each.get_answer_display() or gettext("waits for the answer"),
        )
        for each in order.ending_proposals.order_by("number")
    ]
    rows += [
        (
            linked(each, Side.ACADEMY.label),
            each.ground,
            short_day(almaty_day(each.approved_at)) if each.approved_at else "–",
            tenge_text(each.owed),
            moment_by(each.approved_at or each.returned_at, each.approved_by or each.returned_by),
        )
        for each in order.provider_endings.order_by("pk")
    ]
    headings = (
        _("proposed by"),
        _("clause"),
        _("the contract ends on"),
        _("to be returned, tenge"),
        _("answer"),
    )
    return Chapter(_("ends of the contract"), rows, headings)
