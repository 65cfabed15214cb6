"""Files attached to a letter, made when it is rendered and kept in its bytes."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Attachment:
    filename: str
    content_type: str
    content: bytes
    is_named: bool = True  # the letter names it for its reader, with its size


def attachments_of(wanted: list[list[str]], *, at: datetime) -> list[Attachment]:
    """The files a notice asks for, such as ["contract", "SM4K7Q2X"].

    settings.NOTICE_ATTACHMENTS names the function that makes each kind.
    """
    makers = [
        partial(import_string(settings.NOTICE_ATTACHMENTS[name]), key) for name, key in wanted
    ]
    return [attachment for make in makers for attachment in make(at=at)]
