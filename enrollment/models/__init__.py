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
from .clarification import AnswerSource, Clarification
from .cohort_move import CohortMove, MoveAgreement
from .deadline import Deadline, Debtor
from .enrollment import LIVE, Enrollment, EnrollmentState, Exclusion
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
    "Clarification",
    "Cohort",
    "CohortMove",
    "Consent",
    "ConsentPurpose",
    "ConsentWithdrawal",
    "Course",
    "Deadline",
    "Debtor",
    "Edition",
    "EditionFile",
    "Enrollment",
    "EnrollmentState",
    "Exclusion",
    "HalvesAnswer",
    "HalvesProposal",
    "HalvesRequest",
    "Installment",
    "Invoice",
    "Learner",
    "MoveAgreement",
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
    "SignatureImage",
    "Suspension",
    "SuspensionGround",
    "Tariff",
    "Withdrawal",
    "salted_digest",
]
