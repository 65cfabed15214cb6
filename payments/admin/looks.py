"""How a file that one person brought shows who looked at it (M13)."""

from django.utils.translation import gettext

from offer_site.admin.links import moment_by
from payments.models.brought import BroughtByOne


def seen_text(brought: BroughtByOne) -> str:
    if brought.is_unseen:
        return gettext("not yet: another person does")
    return moment_by(brought.seen_at, brought.seen_by)
