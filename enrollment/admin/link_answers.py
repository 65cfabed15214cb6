"""What a student answered by a letter's link, beside the proposal that it answers (0064)."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from enrollment.models import LinkAnswer, LinkSubject, Order
from offer_site.admin.chapters import Chapter
from offer_site.admin.links import moment, moment_by


def link_answer(order: Order, subject: LinkSubject, number: int) -> Sequence[Chapter]:
    """The evidence of the answer; no chapter where the proposal was not answered by a link."""
    found = LinkAnswer.objects.filter(order=order, subject=subject, number=number).first()
    if found is None:
        return []
    rows = [
        (_("answered at"), moment_by(found.answered_at, found.answered_by)),
        (_("sent to"), found.email),
        (_("letter sent at"), moment(found.sent_at)),
        (_("language"), found.get_language_display()),
        (_("what the page showed"), found.shown),
    ]
    return [Chapter(_("Answered by the link of a letter"), rows)]
