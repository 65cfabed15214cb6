"""The verbs of the proof: issue, send, correct, revoke, and what doors ask."""

from .corrections import LearnerName, replace_certificate, revoke_certificate, send_again
from .files import CertificateFileError, certificate_file
from .issuing import CertificateSetApartError, Outcome, issue_certificate, issue_due_certificates
from .pictures import Picture, certificate_picture
from .reading import current_certificate, find_certificate, hand_to_staff, sample_of
from .sending import certificate_attachment, confirm_sent

__all__ = [
    "CertificateFileError", "CertificateSetApartError", "LearnerName", "Outcome", "Picture", "certificate_attachment",
    "certificate_file", "certificate_picture", "confirm_sent", "current_certificate", "find_certificate",
    "hand_to_staff", "issue_certificate", "issue_due_certificates", "replace_certificate", "revoke_certificate",
    "sample_of", "send_again",
]  # fmt: skip
