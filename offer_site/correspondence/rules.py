"""What a letter counts as under 12.1; pure."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Standing(models.TextChoices):
    """What a letter is under 12.1: whatever it is, it is kept."""

    NOTICE = "notice", _("a notice (12.1)")
    CABINET = "cabinet", _("a letter from the cabinet, taken as a notice")
    OTHER_ADDRESS = "other-address", _("from another address, may be left unread (12.1.3)")
    NO_SUBJECT = "no-subject", _("no subject: not in the form of 12.1.3.1")
    NO_TEXT = "no-text", _("no text: not in the form of 12.1.3.2")
    AUTOMATIC = "automatic", _("an automatic answer of a program")


# What is answered as a notice of a party.
FULFILS = (Standing.NOTICE, Standing.CABINET)


def standing_of_mail(
    *, is_registered: bool, subject: str, has_text: bool, is_automatic: bool
) -> Standing:
    """What an e-mail counts as: the address first, then the subject, then the text (12.1.2.2)."""
    if not is_registered:
        return Standing.OTHER_ADDRESS
    if is_automatic:
        return Standing.AUTOMATIC
    if not subject:
        return Standing.NO_SUBJECT
    return Standing.NOTICE if has_text else Standing.NO_TEXT
