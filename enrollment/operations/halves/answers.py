"""What the student does in the chat with our bot: opens its link, presses a button (4.3.1).

Decision 0011 tells why.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from enrollment.models import HalvesRequest
from enrollment.rules.halves import HalvesState
from offer_site.telegram.operations import Press

from .chat import AGREE, ask_in_telegram
from .requests import agree_to_halves, refuse_halves
from .telegram_evidence import BotEvidence


def started(code: str, *, at: datetime) -> str:
    """Greet the chat of a request; send the proposal if one waits for an answer."""
    request = HalvesRequest.objects.locked().with_tariff().get(code=code)
    proposal = request.proposal
    if request.state == HalvesState.PROPOSED and proposal and at < proposal.valid_until:
        ask_in_telegram(request, proposal, at=at)
        return _("The academy has answered. Its proposal follows.")
    if request.state == HalvesState.ASKED:
        return _(
            "This chat is now the one of your request %(code)s. The academy's answer comes here."
        ) % {"code": code}
    return _("This chat is now the one of your request %(code)s. How it stands is on its page.") % {
        "code": code
    }


def pressed(code: str, press: Press, *, at: datetime) -> str:
    """Record the student's answer to a proposal.

    The text of a RuleViolation is what the student is told instead.
    """
    request = HalvesRequest.objects.get(code=code)
    evidence = BotEvidence(
        press.chat_id, press.message_id, press.update_id, press.question, said_at=at
    )
    if press.choice == AGREE:
        agree_to_halves(request=request, proposal=int(press.occasion), evidence=evidence, at=at)
        return _("It is agreed. The link to the order comes here and by e-mail.")
    refuse_halves(request=request, proposal=int(press.occasion), evidence=evidence, at=at)
    return _("You did not agree. The academy may propose another day.")
