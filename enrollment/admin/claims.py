"""Claims as staff see them: both terms, what is lacking, the answer, what can be done (10.2)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.forms.claims import AmountField, ParagraphsField, words_of
from enrollment.models import (
    Breach,
    CameBy,
    Claim,
    ClaimFile,
    ClaimKind,
    ClaimVerdict,
    LinkSubject,
    Order,
)
from enrollment.operations.claims.answers import (
    AnswerWords,
    answer_as_student,
    answer_claim,
    reply_to_answer,
)
from enrollment.operations.claims.documents import ask_for_documents, send_documents
from enrollment.operations.claims.filing import (
    CONTRACT,
    claim_against_student,
    file_claim,
    record_withdrawal,
    sign_claim,
    withdraw_claim,
)
from enrollment.rules.claims import Part
from enrollment.rules.sides import Side
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm, day_field
from offer_site.admin.links import linked, linked_order, moment, moment_by
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import almaty_day, end_of_tomorrow, short_day
from offer_site.documents import DocumentField, DocumentsField, NamedDocument
from offer_site.journal.operations import actor
from offer_site.money import tenge_text

from .clarifications import clock_of
from .documents import OF_AN_ANSWER, document_button
from .link_answers import link_answer

ADD = "enrollment.add_claim"
RIGHT = "enrollment.change_claim"
PARTS = {
    Part.SIGNATURE: _("the signature"),
    Part.CALCULATION: _("the calculation of the amount"),
    Part.EVIDENCE: _("evidence"),
}


class WordsForm(ButtonForm):
    """All that 10.2.2 lists."""

    demand = ParagraphsField(label=_("Demand"))
    amount = AmountField(label=_("Amount, tenge"), required=False)
    calculation = ParagraphsField(label=_("Calculation of the amount"), required=False)
    circumstances = ParagraphsField(label=_("Circumstances"), rows=5)
    evidence = ParagraphsField(label=_("Evidence"), required=False)
    files = DocumentsField(label=_("Attachments"), required=False)
    other = ParagraphsField(label=_("Other information"), required=False)


class PaperClaimForm(WordsForm):
    """A student's claim that came on paper or by e-mail."""

    kind = forms.ChoiceField(
        label=_("What is demanded"),
        choices=[each for each in ClaimKind.choices if each[0] != ClaimKind.INFRINGEMENT],
    )
    came_by = forms.ChoiceField(
        label=_("How it came"),
        choices=[each for each in CameBy.choices if each[0] != CameBy.CABINET],
    )
    came_on = day_field(_("Day it came"))
    is_signed = forms.BooleanField(label=_("It is signed"), required=False)
    field_order = ("kind", "came_by", "came_on", "is_signed")


class OwnClaimForm(WordsForm):
    """A claim of the academy against the student."""

    kind = forms.ChoiceField(
        label=_("What is demanded"),
        choices=[
            each
            for each in ClaimKind.choices
            if each[0] in (ClaimKind.INFRINGEMENT, ClaimKind.DAMAGES, ClaimKind.OTHER)
        ],
        help_text=_("For an infringement of 11.5 the amount is that of 11.6; leave it empty."),
    )
    clause = forms.CharField(label=_("Clause that is broken"), max_length=20, initial="11.5")
    breach = forms.ModelChoiceField(
        Breach.objects.none(),
        label=_("Confirmed breach of 11.5"),
        required=False,
        help_text=_("Only for an infringement: each is claimed once."),
    )
    field_order = ("kind", "clause", "breach")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        breaches: Any = self.fields["breach"]
        breaches.queryset = self.subject.breaches.with_demand()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("kind") != ClaimKind.INFRINGEMENT and values.get("breach"):
            self.add_error("breach", gettext("Only an infringement names a breach."))
        return values


class ClaimAnswerForm(ButtonForm):
    """The decision; without reasons and a proposal it is no answer (10.2.3)."""

    verdict = forms.ChoiceField(label=_("Decision"), choices=[("", "—"), *ClaimVerdict.choices])
    reasons_kk = ParagraphsField(label=_("Reasons in Kazakh"), rows=5)
    reasons_ru = ParagraphsField(label=_("Reasons in Russian"), rows=5)
    proposal_kk = ParagraphsField(label=_("Proposal in Kazakh"))
    proposal_ru = ParagraphsField(label=_("Proposal in Russian"))


class RequestForm(ButtonForm):
    what_kk = ParagraphsField(label=_("What is asked for, in Kazakh"), max_length=1000)
    what_ru = ParagraphsField(label=_("What is asked for, in Russian"), max_length=1000)
    days = forms.IntegerField(label=_("Days to send them"), min_value=1, max_value=365)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        least = self.subject.order.edition.terms["claim_documents_days"]
        self.fields["days"].initial = least


class PaperFilesForm(ButtonForm):
    side = forms.ChoiceField(label=_("Whose"), choices=Side)
    came_on = day_field(_("Day they came"))
    files = DocumentsField(
        label=_("Documents"), error_messages={"required": _("Attach the document.")}
    )


class ClaimWithdrawalForm(ButtonForm):
    """A student's withdrawal is recorded from a paper; the academy takes back its own claim."""

    document = DocumentField(label=_("What the student signed"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.subject.is_of_user:
            del self.fields["document"]


class StudentsReplyForm(ButtonForm):
    accepts = forms.TypedChoiceField(
        label=_("The proposal"),
        choices=[("", "—"), ("yes", _("is accepted")), ("no", _("is not accepted"))],
        coerce=lambda value: value == "yes",
    )
    words = ParagraphsField(label=_("Words"), required=False)


class StudentsAnswerForm(ButtonForm):
    verdict = forms.ChoiceField(label=_("Decision"), choices=[("", "—"), *ClaimVerdict.choices])
    reasons = ParagraphsField(label=_("Reasons"))
    proposal = ParagraphsField(label=_("Proposal"))


def file_on_paper(order: Order, values: dict[str, Any], *, by: User, at: datetime) -> str:
    claim, is_new = file_claim(
        order=order,
        words=words_of(values),
        files=values["files"],
        is_signed=values["is_signed"],
        came_on=values["came_on"],
        came_by=values["came_by"],
        by=actor(by),
        at=at,
    )
    return _told(claim, is_new=is_new)


def file_own(order: Order, values: dict[str, Any], *, by: User, at: datetime) -> str:
    claim, is_new = claim_against_student(
        order=order,
        words=words_of(values),
        clause=values["clause"],
        breach=values["breach"],
        files=values["files"],
        by=by,
        at=at,
    )
    return _told(claim, is_new=is_new)


def _told(claim: Claim, *, is_new: bool) -> str:
    if not is_new:
        again = gettext(
            "This claim stands already: %(number)s. New files and a signature are added to it."
        )
        return again % {"number": claim.number}
    return gettext("Claim %(number)s is recorded. Its answer is due by %(day)s, 24:00.") % {
        "number": claim.number,
        "day": short_day(claim.answer_term.due_on),
    }


def answer(claim: Claim, values: dict[str, Any], *, by: User, at: datetime) -> str:
    answer_claim(claim=claim, words=AnswerWords(**values), by=by, at=at)
    return gettext("The answer goes out.")


def ask(claim: Claim, values: dict[str, Any], *, by: User, at: datetime) -> str:
    request = ask_for_documents(claim=claim, by=actor(by), at=at, **values)
    return gettext("The documents are asked for, until 24:00 of %(day)s.") % {
        "day": short_day(request.term.due_on)
    }


def add_files(claim: Claim, values: dict[str, Any], *, by: User, at: datetime) -> str:
    send_documents(claim=claim, by=actor(by), at=at, **values)
    return gettext("The documents stand with the claim.")


def sign(claim: Claim, values: dict[str, Any], *, by: User, at: datetime) -> str:
    sign_claim(claim=claim, by=actor(by), at=at)
    return gettext("The signature is recorded.")


def withdraw(claim: Claim, values: dict[str, Any], *, by: User, at: datetime) -> str:
    if claim.is_of_user:
        document = NamedDocument(gettext("Withdrawal of the claim"), values["document"])
        record_withdrawal(claim=claim, document=document, by=by, at=at)
    else:
        withdraw_claim(claim=claim, side=Side.ACADEMY, by=actor(by), at=at)
    return gettext("The claim is withdrawn. A letter tells the student.")


def record_reply(claim: Claim, values: dict[str, Any], *, by: User, at: datetime) -> str:
    reply_to_answer(claim=claim, by=actor(by), at=at, **values)
    return gettext("The reply is recorded.")


def record_answer(claim: Claim, values: dict[str, Any], *, by: User, at: datetime) -> str:
    answer_as_student(claim=claim, by=actor(by), at=at, **values)
    return gettext("The answer is recorded.")


def is_under_contract(order: Order) -> bool:
    return order.state in CONTRACT


def awaits_our_answer(claim: Claim) -> bool:
    return claim.is_open and claim.is_of_user and claim.kind != ClaimKind.MONEY


def may_be_asked_about(claim: Claim) -> bool:
    return claim.is_open and claim.is_of_user and claim.open_request is None


def awaits_a_reply(claim: Claim) -> bool:
    return claim.is_answered and claim.answer.accepted is None


FOR_ORDER = (
    Button(
        "claim",
        _("Record a claim of the student"),
        permission=ADD,
        operate=file_on_paper,
        form=PaperClaimForm,
        note=_("One without a signature is taken too; the letter asks for it (10.2.1)."),
        is_offered=is_under_contract,
    ),
    Button(
        "counterclaim",
        _("Make a claim against the student"),
        permission=ADD,
        operate=file_own,
        form=OwnClaimForm,
        note=_("The student reads it in the cabinet and answers within ten days (10.2.3)."),
        is_offered=is_under_contract,
    ),
)


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin):
    list_display = ["number", "code", "filed_by", "kind", "came_on", "answer_clock", "stands"]
    list_filter = [QuestionFilter, "filed_by", "kind"]
    list_select_related = ["order", "answer_term", "answer"]
    search_fields = ["order__code"]
    date_hierarchy = "came_on"
    fields = [
        "order_link",
        "stands",
        "filed_by",
        "kind",
        "clause",
        "came",
        "answer_clock",
        "lacks",
        "demand",
        "sum",
        "calculation",
        "circumstances",
        "evidence",
        "other",
        "signature",
        "recorded",
        "withdrawn",
    ]
    questions = {
        "to-answer": (_("to answer"), lambda claims, at: claims.to_answer()),
        "answer-due": (
            _("answer due by tomorrow"),
            lambda claims, at: claims.answer_due_before(end_of_tomorrow(at)),
        ),
        "student-late": (
            _("the student's answer is late"),
            lambda claims, at: claims.unanswered_by_user(at),
        ),
        "declined": (
            _("the proposal is not accepted"),
            lambda claims, at: claims.proposals_declined(),
        ),
    }
    buttons = [
        Button(
            "answer",
            _("Answer the claim"),
            permission=RIGHT,
            operate=answer,
            form=ClaimAnswerForm,
            note=_("The letter carries the reasons and the proposal in both languages (10.2.3)."),
            is_offered=awaits_our_answer,
        ),
        Button(
            "request",
            _("Ask for documents"),
            permission=RIGHT,
            operate=ask,
            form=RequestForm,
            note=_(
                "Within ten days after the claim came, and for at least ten days. The decision is "
                "then due ten days after the documents came, or after their term ended (10.2.4)."
            ),
            is_offered=may_be_asked_about,
        ),
        Button(
            "documents",
            _("Add documents"),
            permission=RIGHT,
            operate=add_files,
            form=PaperFilesForm,
            is_offered=lambda claim: claim.is_open,
        ),
        Button(
            "signature",
            _("Record the signature"),
            permission=RIGHT,
            operate=sign,
            is_offered=lambda claim: claim.signed_at is None and claim.is_open,
        ),
        Button(
            "reply",
            _("Record the reply to the proposal"),
            permission=RIGHT,
            operate=record_reply,
            form=StudentsReplyForm,
            is_offered=awaits_a_reply,
        ),
        Button(
            "counteranswer",
            _("Record the student's answer"),
            permission=RIGHT,
            operate=record_answer,
            form=StudentsAnswerForm,
            is_offered=lambda claim: claim.is_open and not claim.is_of_user,
        ),
        Button(
            "withdrawal",
            _("Record the withdrawal"),
            permission=RIGHT,
            operate=withdraw,
            form=ClaimWithdrawalForm,
            note=_("Only the side that filed the claim withdraws it."),
            is_offered=lambda claim: claim.is_open,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Claim]:
        return (
            super()
            .get_queryset(request)
            .select_related("order__edition", "answer_term", "answer")
            .prefetch_related("requests__term", "files")
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        """What may name a place or a person is for those who may read it (5.4)."""
        fields = list(super().get_fields(request, obj))
        if request.user.has_perm("enrollment.view_party"):  # type: ignore[union-attr]
            return fields
        return [name for name in fields if name not in ("evidence", "other", "circumstances")]

    def chapters(self, request: HttpRequest, subject: Claim) -> Sequence[Chapter]:
        by_link = link_answer(subject.order, LinkSubject.CLAIM, subject.pk)
        return [files(subject), requests(subject), answered(subject), *by_link]

    def read_beside(self, subject: Claim) -> object:
        """Its files and its open request: a student may send documents at any moment."""
        request = subject.open_request
        return [file.pk for file in subject.files.all()], request and request.number

    @admin.display(description=_("order"), ordering="order__code")
    def code(self, claim: Claim) -> str:
        return claim.order.code

    @admin.display(description=_("order"))
    def order_link(self, claim: Claim) -> str:
        return linked_order(claim)

    @admin.display(description=_("number"), ordering="pk")
    def number(self, claim: Claim) -> str:
        return claim.number

    @admin.display(description=_("state"))
    def stands(self, claim: Claim) -> str:
        return standing_of(claim)

    @admin.display(description=_("came"))
    def came(self, claim: Claim) -> str:
        return f"{short_day(claim.came_on)}, {claim.get_came_by_display()}"

    @admin.display(description=_("answer: given, due"))
    def answer_clock(self, claim: Claim) -> str:
        return clock_of(claim.answer_term, claim.answer.answered_at if claim.is_answered else None)

    @admin.display(description=_("what is lacking"))
    def lacks(self, claim: Claim) -> str:
        return ", ".join(str(PARTS[part]) for part in claim.missing) or "–"

    @admin.display(description=_("amount"))
    def sum(self, claim: Claim) -> str:
        return tenge_text(claim.amount) if claim.amount else "–"

    @admin.display(description=_("signature"))
    def signature(self, claim: Claim) -> str:
        return moment_by(claim.signed_at, claim.signed_by)

    @admin.display(description=_("recorded"))
    def recorded(self, claim: Claim) -> str:
        return moment_by(claim.filed_at, claim.entered_by)

    @admin.display(description=_("withdrawn"))
    def withdrawn(self, claim: Claim) -> str:
        return moment_by(claim.withdrawn_at, claim.withdrawn_by)


@admin.register(ClaimFile)
class ClaimFileAdmin(ReadOnlyAdmin):
    """A file of a claim, opened from the claim's page."""

    list_display = ["title", "claim", "sent_by", "added_at"]
    list_select_related = ["claim"]
    fields = ["claim_link", "title", "sent_by", "added_at"]
    buttons = [
        document_button(
            "enrollment.view_claimfile",
            file_name=lambda file: f"claim-{file.claim_id}-{file.pk}",
            note=OF_AN_ANSWER,
        )
    ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("claim"))
    def claim_link(self, file: ClaimFile) -> str:
        return linked(file.claim, file.claim.number)


def standing_of(claim: Claim) -> str:
    """How far a claim has come, in a few words."""
    if claim.withdrawn_at:
        return gettext("withdrawn, %(at)s") % {"at": moment(claim.withdrawn_at)}
    if not claim.is_answered:
        if claim.open_request:
            return gettext("documents are awaited until %(day)s") % {
                "day": short_day(claim.open_request.term.due_on)
            }
        return gettext("awaits the answer")
    given = claim.answer
    late = "" if given.in_time else gettext(", late")
    words = f"{given.get_verdict_display()}, {short_day(almaty_day(given.answered_at))}{late}"
    if given.accepted is None:
        return words
    taken = gettext("the proposal is accepted") if given.accepted else gettext("not accepted")
    return f"{words}; {taken}"


def files(claim: Claim) -> Chapter:
    rows = [
        (linked(each), each.get_sent_by_display(), moment(each.added_at))
        for each in claim.files.all()
    ]
    return Chapter(_("attachments"), rows, (_("name"), _("whose"), _("added at")))


def requests(claim: Claim) -> Chapter:
    rows = [
        (
            each.number,
            each.what,
            moment(each.asked_at),
            clock_of(each.term, each.closed_at if each.came else None),
            {True: gettext("came"), False: gettext("did not come"), None: gettext("awaited")}[
                each.came
            ],
        )
        for each in claim.requests.all()
    ]
    headings = (
        _("number"),
        _("what is asked for"),
        _("asked at"),
        _("came, due"),
        _("what became of it"),
    )
    return Chapter(_("documents asked for"), rows, headings)


def answered(claim: Claim) -> Chapter:
    if not claim.is_answered:
        return Chapter(_("answer"), [])
    given = claim.answer
    rows: list[tuple[Any, Any]] = [
        (_("decision"), given.get_verdict_display()),
        (_("answered"), moment_by(given.answered_at, given.answered_by)),
        (_("reasons"), given.reasons),
        (_("proposal"), given.proposal),
    ]
    if given.accepted is not None:
        rows.append((_("reply"), moment_by(given.replied_at, given.replied_by)))
        rows.append((_("words of the reply"), given.reply or "–"))
    return Chapter(_("answer"), rows)


def claims(order: Order) -> Chapter:
    """For the order's own page: the claims of both sides."""
    rows = [
        (
            linked(each, each.number),
            each.get_filed_by_display(),
            each.get_kind_display(),
            short_day(each.came_on),
            standing_of(each),
        )
        for each in order.claims.with_all().prefetch_related("requests__term")
    ]
    headings = (_("number"), _("whose claim"), _("what is demanded"), _("came"), _("state"))
    return Chapter(_("claims"), rows, headings, empty=_("Nobody made a claim."))
