"""The nouns of the contract."""

from .acceptance import Acceptance, Consent, ConsentPurpose, ConsentWithdrawal
from .catalogue import Cohort, Course, Package, Place, PriceLevel, PriceWindow, ProgrammePart, Tariff
from .deadline import Deadline, Debtor
from .enrollment import LIVE, Enrollment, EnrollmentState, Exclusion
from .offer import Academy, Edition, EditionFile, Withdrawal
from .order import Installment, Order
from .party import Learner, Party, PartyKind, salted_digest

__all__ = [
    "LIVE", "Academy", "Acceptance", "Cohort", "Consent", "ConsentPurpose", "ConsentWithdrawal", "Course", "Deadline",
    "Debtor", "Edition", "EditionFile", "Enrollment", "EnrollmentState", "Exclusion", "Installment", "Learner", "Order",
    "Package", "Party", "PartyKind", "Place", "PriceLevel", "PriceWindow", "ProgrammePart", "Tariff", "Withdrawal",
    "salted_digest",
]  # fmt: skip
