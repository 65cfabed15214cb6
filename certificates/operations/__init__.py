"""Operations on certificates: issue, send, correct, revoke, verify, and what views read."""

from .corrections import LearnerName, replace_certificate, revoke_certificate, send_again, try_again
from .dropped import DroppedFile, FileVerdict, check_file
from .files import certificate_file
from .issuing import (
    CertificateSetApartError,
    IssuingResult,
    issue_certificate,
    issue_due_certificates,
)
from .orphans import sweep_orphans
from .pictures import Picture, certificate_picture
from .reading import current_certificate, find_certificate, sample_of, show_certificate
from .recipients import ask_about_recipient, correct_certificate_name, name_can_be_corrected
from .returned import reopen_returned
from .sending import certificate_attachment, confirm_sent
from .watching import watch_deadlines

__all__ = [
    "CertificateSetApartError",
    "DroppedFile",
    "FileVerdict",
    "IssuingResult",
    "LearnerName",
    "Picture",
    "ask_about_recipient",
    "certificate_attachment",
    "certificate_file",
    "certificate_picture",
    "check_file",
    "confirm_sent",
    "correct_certificate_name",
    "current_certificate",
    "find_certificate",
    "issue_certificate",
    "issue_due_certificates",
    "name_can_be_corrected",
    "reopen_returned",
    "replace_certificate",
    "revoke_certificate",
    "sample_of",
    "send_again",
    "show_certificate",
    "sweep_orphans",
    "try_again",
    "watch_deadlines",
]
