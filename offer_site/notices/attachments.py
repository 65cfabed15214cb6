"""What a letter carries, made when the letter is rendered and kept in its bytes."""

from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Attachment:
    filename: str
    content_type: str
    content: bytes


def attachments_of(wanted: list[list[str]]) -> list[Attachment]:
    """Make the attachments that a notice names, such as ["contract", "SM4K7Q2X"],
    with the functions of settings.
    """
    makers = [
        partial(import_string(settings.NOTICE_ATTACHMENTS[name]), key) for name, key in wanted
    ]
    return [attachment for make in makers for attachment in make()]
