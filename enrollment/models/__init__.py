"""The nouns of the contract."""

from .acceptance import Acceptance, Consent, ConsentPurpose, ConsentWithdrawal
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
    DocumentRequest,
    Side,
    Verdict,
)
from .clarification import AnswerSource, Clarification
from .deadline import Deadline, Debtor
from .enrollment import LIVE, Enrollment, EnrollmentState, Exclusion
from .force_majeure import (
    ForceMajeure,
    ForceMajeureContract,
    ForceMajeureFile,
    ForceMajeureKind,
    Settlement,
)
from .halves import HalvesAnswer, HalvesProposal, HalvesRequest, RestMove
from .invoice import Invoice
from .offer import Academy, Edition, EditionFile, Withdrawal
from .order import Installment, Order
from .party import Learner, Party, PartyKind, salted_digest
from .report import PaymentReport, ReportEnding, ReportKind
from .signature import SignatureImage
from .suspension import Suspension, SuspensionGround

__all__ = [
    "LIVE",
    "Academy",
    "Acceptance",
    "AnswerSource",
    "CameBy",
    "Claim",
    "ClaimAnswer",
    "ClaimFile",
    "ClaimKind",
    "Clarification",
    "Cohort",
    "Consent",
    "ConsentPurpose",
    "ConsentWithdrawal",
    "Course",
    "Deadline",
    "Debtor",
    "DocumentRequest",
    "Edition",
    "EditionFile",
    "Enrollment",
    "EnrollmentState",
    "Exclusion",
    "ForceMajeure",
    "ForceMajeureContract",
    "ForceMajeureFile",
    "ForceMajeureKind",
    "HalvesAnswer",
    "HalvesProposal",
    "HalvesRequest",
    "Installment",
    "Invoice",
    "Learner",
    "Order",
    "Package",
    "Party",
    "PartyKind",
    "PaymentReport",
    "Place",
    "PriceLevel",
    "PriceWindow",
    "ProgrammePart",
    "ReportEnding",
    "ReportKind",
    "RestMove",
    "Settlement",
    "Side",
    "SignatureImage",
    "Suspension",
    "SuspensionGround",
    "Tariff",
    "Verdict",
    "Withdrawal",
    "salted_digest",
]
