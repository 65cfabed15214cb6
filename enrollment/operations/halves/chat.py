"""What our bot says about halves (4.3.1).

The functions that settings.TELEGRAM_STARTED and TELEGRAM_PRESSED name stand in answers.py.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from enrollment.models import HalvesProposal, HalvesRequest
from enrollment.operations.links import halves_checkout_link, service_of
from offer_site.days import day_in_words, last_day
from offer_site.languages import speaking
from offer_site.money import halves, tenge_text
from offer_site.telegram.operations import queue_message

QUESTION = "halves-proposal"
AGREE = "agree"
REFUSE = "refuse"


def about(request: HalvesRequest) -> tuple[str, str]:
    """A request as notices, chats and the journal name it."""
    return "halves", request.code


def ask_in_telegram(request: HalvesRequest, proposal: HalvesProposal, *, at: datetime) -> bool:
    """Send the proposal with its two buttons to the student; False while no chat is linked."""
    with speaking(request.language):
        first, rest = halves(request.tariff.price)
        text = _(
            "You asked to pay for “%(package)s” in two halves (clause 4.3.1 of the offer). "
            "The academy proposes:\n\n"
            "— on the day of the order: %(first)s\n"
            "— the rest: %(rest)s, not later than %(rest_on)s, 24:00\n\n"
            "If the rest is not paid by then, access to the course is suspended until it is.\n"
            "You can agree and order until %(valid_on)s, 24:00 (Almaty time).\n\nDo you agree?"
        ) % {
            "package": service_of(request.tariff, request.cohort),
            "first": tenge_text(first),
            "rest": tenge_text(rest),
            "rest_on": day_in_words(proposal.rest_on, request.language),
            "valid_on": day_in_words(last_day(proposal.valid_until), request.language),
        }
        buttons = [(AGREE, _("I agree")), (REFUSE, _("I do not agree"))]
        sent = queue_message(
            about=about(request),
            what=QUESTION,
            occasion=str(proposal.number),
            text=text,
            buttons=buttons,
            at=at,
        )
    return sent is not None


def tell_agreed(request: HalvesRequest, proposal: HalvesProposal, *, at: datetime) -> None:
    with speaking(request.language):
        text = _("It is agreed. Place the order until %(valid_on)s, 24:00: %(link)s") % {
            "valid_on": day_in_words(last_day(proposal.valid_until), request.language),
            "link": halves_checkout_link(request),
        }
        queue_message(
            about=about(request),
            what="halves-agreed",
            occasion=str(proposal.number),
            text=text,
            at=at,
        )


def tell_declined(request: HalvesRequest, *, at: datetime) -> None:
    with speaking(request.language):
        text = _("The academy cannot take the payment in two halves. The reason: %(reason)s") % {
            "reason": request.decline_reason
        }
        queue_message(about=about(request), what="halves-declined", text=text, at=at)
