"""The nouns of the contract."""

from .acceptance import Acceptance, Consent, ConsentPurpose, ConsentWithdrawal
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
from .clarification import AnswerSource, Clarification
from .deadline import Deadline, Debtor
from .ending import EndingProposal, ProviderEnding
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
    "Breach",
    "BreachStatement",
    "Clarification",
    "Cohort",
    "Consent",
    "ConsentPurpose",
    "ConsentWithdrawal",
    "Course",
    "Deadline",
    "Debtor",
    "Edition",
    "EditionFile",
    "EndingProposal",
    "Enrollment",
    "EnrollmentState",
    "Exclusion",
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
    "ProviderEnding",
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
