"""A demand to return money is a claim of 10.2 that a refund case decides: one term, one answer."""

from datetime import datetime

from django.utils.translation import gettext as _

from enrollment.models import Claim, ClaimKind, ClaimVerdict
from enrollment.operations.claims.answers import AnswerWords, settle_claim
from offer_site.accounts.models import User
from offer_site.errors import RuleViolation
from offer_site.money import tenge_text
from offer_site.notices.models import Notice
from payments.models import RefundCase, RefundDecision

PROPOSAL_KK = "{amount} қайтарылады. Есебі мен шешімі хатқа тіркелген жауапта жазылған."
PROPOSAL_RU = "Возвращается {amount}. Расчёт и решение изложены в ответе, приложенном к письму."
DECLINED_KK = "Ақша қайтарылмайды. Келіспесеңіз, бізге жауап жазыңыз: келіссөзді жалғастырамыз."
DECLINED_RU = "Деньги не возвращаются. Если вы не согласны, ответьте нам: продолжим переговоры."


def require_undecided_claim(claim: Claim, order_id: int) -> None:
    """Raise RuleViolation unless a case can decide this claim; the order is locked."""
    if claim.order_id != order_id or claim.kind != ClaimKind.MONEY:
        raise RuleViolation(_("This claim demands no money of this order."), clause="10.2")
    if not claim.is_open or RefundCase.objects.filter(claim=claim, cancelled_at=None).exists():
        raise RuleViolation(_("This claim has its case already, or is closed."), clause="10.2")


def answer_by_decision(
    case: RefundCase,
    decision: RefundDecision,
    *,
    letter: Notice | None,
    by: User,
    at: datetime,
) -> None:
    """The approved decision of a case is the reasoned answer to its claim (10.2.3).

    `letter` is the one that told of it.
    """
    claim = case.claim
    if claim is None or not claim.is_open:
        return
    amount = tenge_text(decision.granted)
    is_whole = claim.amount is not None and decision.granted >= claim.amount
    verdict = ClaimVerdict.GRANTED if is_whole else ClaimVerdict.PARTLY
    given = bool(decision.granted)
    settle_claim(
        claim=claim,
        words=AnswerWords(
            verdict=verdict if given else ClaimVerdict.DECLINED,
            reasons_kk=decision.reasons_kk,
            reasons_ru=decision.reasons_ru,
            proposal_kk=PROPOSAL_KK.format(amount=amount) if given else DECLINED_KK,
            proposal_ru=PROPOSAL_RU.format(amount=amount) if given else DECLINED_RU,
        ),
        letter=letter,
        by=by,
        at=at,
    )
