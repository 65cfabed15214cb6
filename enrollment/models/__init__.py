"""The nouns of the contract."""

from .acceptance import Acceptance, Consent, ConsentPurpose, ConsentWay, ConsentWithdrawal
from .breach import Breach, BreachStatement
from .catalogue import (
    Cohort,
    Course,
    Package,
    Place,
    PriceLevel,
    PriceWindow,
    ProgrammePart,
    Tariff,
)
from .claim import (
    CameBy,
    Claim,
    ClaimAnswer,
    ClaimFile,
    ClaimKind,
    ClaimVerdict,
    DocumentRequest,
)
from .clarification import AnswerSource, Clarification
from .cohort_move import CohortMove, MoveAgreement
from .deadline import (
    CalendarReview,
    Deadline,
    DeadlineMove,
    Debtor,
    ProposedDay,
    ReviewOutcome,
)
from .draft import OfferDraft
from .edition_notice import (
    AnswerDoor,
    EditionAnswer,
    EditionAnswerKind,
    EditionNotice,
    EditionTalk,
    SilenceRefutation,
    TalkOutcome,
)
from .ending import EndingProposal, ProviderEnding
from .enrollment import LIVE, Enrollment, EnrollmentState, Exclusion
from .force_majeure import (
    DayPutOff,
    ForceMajeure,
    ForceMajeureContract,
    ForceMajeureFile,
    ForceMajeureKind,
    PutOff,
    Settlement,
)
from .guardian import GuardianConsent, GuardianWay, Relation
from .halves import HalvesAnswer, HalvesProposal, HalvesRequest, RestMove
from .home import NOTHING_WRITTEN, HomeContent, HomePage
from .invoice import Invoice
from .link_answer import LinkAnswer, LinkSubject
from .offer import Academy, Edition, EditionFile, Withdrawal
from .order import Installment, Order, TakenBy
from .party import Learner, Party, PartyKind, salted_digest
from .programme import CuratorAssignment, ProgrammeItem, StudyResult
from .report import PaymentReport, ReportEnding, ReportKind
from .signature import SignatureImage
from .suspension import Suspension, SuspensionGround
from .third_party import Confirmation, ConfirmationSubject, ConsentsBy, OrderTaking, Partner
from .waiting import WaitingPerson
from .works import StudentWork, WorkFile

__all__ = [
    "LIVE",
    "NOTHING_WRITTEN",
    "Academy",
    "Acceptance",
    "AnswerDoor",
    "AnswerSource",
    "Breach",
    "BreachStatement",
    "CalendarReview",
    "CameBy",
    "Claim",
    "ClaimAnswer",
    "ClaimFile",
    "ClaimKind",
    "ClaimVerdict",
    "Clarification",
    "Cohort",
    "CohortMove",
    "Confirmation",
    "ConfirmationSubject",
    "Consent",
    "ConsentPurpose",
    "ConsentWay",
    "ConsentWithdrawal",
    "ConsentsBy",
    "Course",
    "CuratorAssignment",
    "DayPutOff",
    "Deadline",
    "DeadlineMove",
    "Debtor",
    "DocumentRequest",
    "Edition",
    "EditionAnswer",
    "EditionAnswerKind",
    "EditionFile",
    "EditionNotice",
    "EditionTalk",
    "EndingProposal",
    "Enrollment",
    "EnrollmentState",
    "Exclusion",
    "ForceMajeure",
    "ForceMajeureContract",
    "ForceMajeureFile",
    "ForceMajeureKind",
    "GuardianConsent",
    "GuardianWay",
    "HalvesAnswer",
    "HalvesProposal",
    "HalvesRequest",
    "HomeContent",
    "HomePage",
    "Installment",
    "Invoice",
    "Learner",
    "LinkAnswer",
    "LinkSubject",
    "MoveAgreement",
    "OfferDraft",
    "Order",
    "OrderTaking",
    "Package",
    "Partner",
    "Party",
    "PartyKind",
    "PaymentReport",
    "Place",
    "PriceLevel",
    "PriceWindow",
    "ProgrammeItem",
    "ProgrammePart",
    "ProposedDay",
    "ProviderEnding",
    "PutOff",
    "Relation",
    "ReportEnding",
    "ReportKind",
    "RestMove",
    "ReviewOutcome",
    "Settlement",
    "SignatureImage",
    "SilenceRefutation",
    "StudentWork",
    "StudyResult",
    "Suspension",
    "SuspensionGround",
    "TakenBy",
    "TalkOutcome",
    "Tariff",
    "WaitingPerson",
    "Withdrawal",
    "WorkFile",
    "salted_digest",
]
