"""Where the product holds something of a person: every column, its class, and its way to an order.

A column of text, JSON or a file is named here, in values.py, or among those that hold nothing of a
person; tests/retention/test_holdings.py walks all models. Words become a dash and files are
deleted; digests, days and sums stay.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import F, QuerySet

from enrollment.models import (
    Breach,
    BreachStatement,
    Claim,
    ClaimAnswer,
    ClaimFile,
    Clarification,
    CohortMove,
    DayPutOff,
    DocumentRequest,
    EditionAnswer,
    EditionTalk,
    EndingProposal,
    Exclusion,
    ForceMajeure,
    ForceMajeureContract,
    ForceMajeureFile,
    GuardianConsent,
    LinkAnswer,
    Order,
    PaymentReport,
    ProviderEnding,
    RestMove,
    StudentWork,
    StudyResult,
    Suspension,
    WorkFile,
)
from offer_site.correspondence.models import Letter, LetterFile, PostalReceipt
from offer_site.evidence import Evidence
from payments.models import (
    InstallmentApplication,
    LedgerCorrection,
    ManualReceipt,
    RefundCase,
    RefundDecision,
    TypedTransfer,
)

from .classes import DataClassKey
from .models import ErasedFile

GONE = "–"  # where the database wants a word


@dataclass(frozen=True)
class Holding:
    """The columns of one model that hold something of a person.

    `order` leads from a row to its order. A `shared` row may lead to several: it is erased after
    the last of them. `told` is what the copy says besides the words, in the chapter `chapter`.
    `of_learner`: a company's reader does not get it, since its employee is another person.
    """

    model: type[models.Model]
    data: DataClassKey
    order: str
    words: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()
    chapter: str = ""
    told: tuple[str, ...] = ()
    shared: bool = False
    of_learner: bool = False

    @property
    def columns(self) -> set[str]:
        return {*self.words, *self.files, *self.cleared}

    def says(self, row: Any) -> bool:
        """True for a row that still has words, or a file that nobody decided to erase yet."""
        words = (*self.words, *self.cleared)
        if any(getattr(row, column) not in ("", GONE) for column in words):
            return True
        files = {getattr(row, column) for column in self.files} - {""}
        return ErasedFile.objects.filter(name__in=files).count() < len(files)

    def rows_of(self, orders: Iterable[Order]) -> QuerySet[Any]:
        """The rows of these orders, each with the code of its order, and once for each of them."""
        rows = self.model._default_manager.filter(**{f"{self.order}__in": list(orders)})
        return rows.annotate(of_order=F(f"{self.order}__code")).order_by("pk", "of_order")

    def erase(self, rows: QuerySet[Any]) -> list[str]:
        """Take words and salts out of rows; returns the names of the files that go with them."""
        files = [
            name
            for column in self.files
            for name in rows.exclude(**{column: ""}).values_list(column, flat=True)
        ]
        if issubclass(self.model, Evidence):
            return files
        for column in self.words:
            rows.exclude(**{f"{column}__in": ["", GONE]}).update(**{column: GONE})
        if self.cleared:
            rows.update(**dict.fromkeys(self.cleared, ""))
        return files


EXCHANGE = DataClassKey.EXCHANGE
CONTRACT = DataClassKey.CONTRACT
FILE = ("document",)

HOLDINGS = (
    Holding(
        Letter,
        EXCHANGE,
        "concerns__order",
        words=("sender", "recipient", "subject"),
        files=("raw", *FILE),
        cleared=("message_id", "authentication"),
        chapter="correspondence",
        told=("way", "form", "standing", "written_at", "arrived_at", "raw_sha256"),
        shared=True,
    ),
    Holding(
        LetterFile,
        EXCHANGE,
        "letter__concerns__order",
        words=("name",),
        chapter="correspondence",
        told=("content_type", "size", "sha256"),
        shared=True,
    ),
    Holding(
        PostalReceipt,
        EXCHANGE,
        "letter__concerns__order",
        files=FILE,
        chapter="correspondence",
        told=("number", "day", "document_sha256"),
        shared=True,
    ),
    Holding(
        Claim,
        EXCHANGE,
        "order",
        words=("demand", "calculation", "circumstances", "evidence", "other"),
        cleared=("salt",),
        chapter="claims",
        told=(
            "filed_by",
            "kind",
            "came_by",
            "came_on",
            "clause",
            "amount",
            "filed_at",
            "signed_at",
            "withdrawn_at",
        ),
    ),
    Holding(
        ClaimFile,
        EXCHANGE,
        "claim__order",
        words=("title",),
        files=FILE,
        chapter="claims",
        told=("sent_by", "added_at", "document_sha256"),
    ),
    Holding(
        DocumentRequest,
        EXCHANGE,
        "claim__order",
        words=("what_kk", "what_ru"),
        chapter="claims",
        told=("asked_at", "closed_at", "came"),
    ),
    Holding(
        ClaimAnswer,
        EXCHANGE,
        "claim__order",
        words=("reasons_kk", "reasons_ru", "proposal_kk", "proposal_ru", "reply"),
        chapter="claims",
        told=("given_by", "verdict", "answered_at", "accepted", "replied_at"),
    ),
    Holding(
        Breach,
        EXCHANGE,
        "order",
        words=("what", "reasons_kk", "reasons_ru"),
        cleared=("salt",),
        chapter="conduct",
        told=(
            "clause",
            "words_kk",
            "words_ru",
            "happened_at",
            "recorded_at",
            "verdict",
            "reviewed_at",
            "demand",
            "demanded_at",
        ),
        of_learner=True,
    ),
    Holding(
        BreachStatement,
        EXCHANGE,
        "breach__order",
        words=("text",),
        files=FILE,
        chapter="conduct",
        told=("side", "said_at", "document_sha256"),
        of_learner=True,
    ),
    Holding(
        Suspension,
        EXCHANGE,
        "enrollment__order",
        words=("end_reason",),
        chapter="conduct",
        told=("ground", "clause", "begun_at", "ended_at"),
        of_learner=True,
    ),
    Holding(
        EndingProposal,
        EXCHANGE,
        "order",
        words=("why", "reason"),
        chapter="endings",
        told=("side", "ends_on", "returned", "sent_at", "answer", "answered_at", "ended_at"),
    ),
    Holding(
        ProviderEnding,
        EXCHANGE,
        "order",
        words=("reasons_kk", "reasons_ru", "return_reason"),
        chapter="endings",
        told=("ground", "owed", "proposed_at", "approved_at", "returned_at"),
    ),
    Holding(
        CohortMove,
        EXCHANGE,
        "enrollment__order",
        words=("reason",),
        files=FILE,
        chapter="learning",
        told=(
            "from_cohort",
            "to_cohort",
            "proposed_at",
            "agreed_at",
            "agreed_how",
            "ended_at",
            "document_sha256",
        ),
    ),
    Holding(
        LinkAnswer,
        EXCHANGE,
        "order",
        words=("email", "shown"),
        cleared=("salt",),
        chapter="correspondence",
        told=("subject", "number", "accepts", "sent_at", "language", "answered_at"),
    ),
    Holding(
        Exclusion,
        EXCHANGE,
        "enrollment__order",
        words=("reason",),
        chapter="learning",
        told=("at",),
        of_learner=True,
    ),
    Holding(
        StudyResult,
        EXCHANGE,
        "enrollment__order",
        words=("comment",),
        chapter="learning",
        told=("item", "mark", "points", "at"),
        of_learner=True,
    ),
    Holding(
        StudentWork,
        EXCHANGE,
        "enrollment__order",
        words=("words", "link"),
        chapter="learning",
        told=("item", "version", "number_of_files", "due_on", "handed_in_at", "is_late"),
        of_learner=True,
    ),
    Holding(
        WorkFile,
        EXCHANGE,
        "work__enrollment__order",
        words=("title",),
        files=FILE,
        chapter="learning",
        told=("size", "document_sha256"),
        of_learner=True,
    ),
    # Evidence: the database lets nobody take these words out; they are encrypted (0058).
    Holding(
        EditionAnswer,
        EXCHANGE,
        "notice__order",
        words=("words",),
        chapter="editions",
        told=("kind", "door", "said_at"),
    ),
    Holding(
        EditionTalk,
        EXCHANGE,
        "answer__notice__order",
        words=("reason",),
        chapter="editions",
        told=("opened_at", "closed_at", "outcome"),
    ),
    Holding(
        ForceMajeure,
        EXCHANGE,
        "contracts__order",
        words=("words_kk", "words_ru", "reason", "corrected_because"),
        chapter="force_majeure",
        told=(
            "reported_by",
            "kind",
            "began_on",
            "ended_on",
            "reported_at",
            "confirmed_at",
            "rejected_at",
            "hinders",
        ),
        shared=True,
    ),
    Holding(
        ForceMajeureFile,
        EXCHANGE,
        "event__contracts__order",
        words=("title",),
        files=FILE,
        chapter="force_majeure",
        told=("added_at", "document_sha256"),
        shared=True,
    ),
    Holding(
        ForceMajeureContract,
        EXCHANGE,
        "order",
        words=("agreed", "return_reason"),
        chapter="force_majeure",
        told=("reported_late", "academy_days", "user_days", "settlement", "settled_at"),
    ),
    Holding(
        DayPutOff,
        EXCHANGE,
        "contract__order",
        chapter="force_majeure",
        told=("what", "from_on", "to_on", "days", "at"),
    ),
    Holding(
        Clarification,
        EXCHANGE,
        "order",
        words=("note", "reason"),
        files=FILE,
        cleared=("words_kk", "words_ru"),
        chapter="questions",
        told=("asked_at", "answered_at", "answered_how", "withdrawn_at", "document_sha256"),
        of_learner=True,
    ),
    Holding(
        Clarification,
        EXCHANGE,
        "invoice__orders",
        words=("note", "reason"),
        files=FILE,
        cleared=("words_kk", "words_ru"),
        chapter="questions",
        told=("asked_at", "answered_at", "answered_how", "withdrawn_at", "document_sha256"),
        shared=True,
        of_learner=True,
    ),
    Holding(
        PaymentReport,
        EXCHANGE,
        "order",
        words=("reason", "why_other"),
        files=FILE,
        chapter="payments",
        told=(
            "kind",
            "number",
            "amount",
            "day",
            "said_at",
            "keeps_until",
            "ended_at",
            "ending",
            "document_sha256",
        ),
    ),
    Holding(
        RestMove,
        DataClassKey.CHATS,
        "installment__order",
        words=("reason",),
        files=("picture",),
        chapter="payments",
    ),
    Holding(
        RefundCase,
        EXCHANGE,
        "order",
        words=("cancel_reason",),
        cleared=("demand", "email"),
        chapter="payments",
        told=("ground", "asked_by", "asked_on", "opened_at", "cancelled_at"),
    ),
    Holding(
        RefundDecision,
        EXCHANGE,
        "case__order",
        words=("reasons_kk", "reasons_ru", "return_reason"),
        chapter="payments",
        told=("granted", "proposed_at", "approved_at", "returned_at"),
    ),
    Holding(
        GuardianConsent,
        CONTRACT,
        "order",
        words=("surname", "name", "patronymic", "email", "phone", "note"),
        cleared=("salt",),
        chapter="consents",
        told=("relation", "asked_at", "given_at", "way", "language", "text"),
    ),
    Holding(
        InstallmentApplication,
        CONTRACT,
        "order",
        words=("why_less",),
        files=FILE,
        cleared=("income",),
        chapter="payments",
        told=(
            "bank",
            "number",
            "decision",
            "decided_on",
            "approved_sum",
            "stated_at",
            "document_sha256",
        ),
    ),
    Holding(
        ManualReceipt,
        CONTRACT,
        "order",
        words=("reason", "rejection", "third_party", "third_party_ground"),
        files=FILE,
        chapter="payments",
        told=("way", "reference", "amount", "paid_at", "document_sha256"),
    ),
    Holding(
        TypedTransfer,
        CONTRACT,
        "line__order",
        words=("reason",),
        files=FILE,
        chapter="payments",
        told=("entered_at", "document_sha256"),
    ),
    Holding(
        LedgerCorrection,
        CONTRACT,
        "entry__allocations__order",
        words=("reason", "rejection"),
        files=FILE,
        chapter="payments",
        told=("entered_at", "document_sha256"),
        shared=True,
    ),
)


def holdings_of(key: DataClassKey, *, shared: bool = False) -> list[Holding]:
    return [each for each in HOLDINGS if each.data == key and each.shared == shared]
