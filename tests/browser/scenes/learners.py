"""What a learner sees after signing in: the cabinet, the name on the certificate, the proof."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from certificates.operations import issue_certificate
from offer_site.days import end_of_day
from tests.browser.scenes.buyers import SOON, a_shop
from tests.browser.scenes.scene import Visitor, scene
from tests.enrollment.claims.scenes import a_claim, a_counterclaim, a_request, an_answer
from tests.enrollment.clarifications import a_sent_question
from tests.enrollment.force_majeure.scenes import a_report, confirmed, over
from tests.enrollment.halves.scenes import REST_ON, a_half_paid_order
from tests.given import NOON, a_cohort, a_completed_enrollment, a_paid_order, an_owner

LEARNER = "learner@example.kz"
ISSUED = NOON + timedelta(days=65)
NAME = {"surname": "", "name": "Гүлнұр", "patronymic": ""}


@scene("cabinet-empty")
def cabinet_empty(visitor: Visitor) -> Any:
    visitor.signs_in(an_owner().email)
    return visitor.opens("cabinet")


@scene("cabinet", at=SOON)
def cabinet(visitor: Visitor) -> Any:
    a_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    a_half_paid_order(cohort=a_cohort(), language=visitor.language, email=LEARNER)
    a_sent_question(cohort=a_cohort(), language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    return visitor.opens("cabinet")


@scene("cabinet-rest-overdue", at=end_of_day(REST_ON) + timedelta(hours=9))
def cabinet_rest_overdue(visitor: Visitor) -> Any:
    a_half_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    return visitor.opens("cabinet")


@scene("cabinet-certificate", at=ISSUED)
def cabinet_certificate(visitor: Visitor) -> Any:
    enrollment = a_completed_enrollment(cohort=a_shop(), language=visitor.language, email=LEARNER)
    issue_certificate(enrollment_id=enrollment.pk, at=ISSUED)
    visitor.signs_in(LEARNER)
    return visitor.opens("cabinet")


@scene("cabinet-name", at=SOON)
def cabinet_name(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    yield "form", visitor.opens("certificate_name", order.code)
    yield "refused", visitor.sends("certificate_name", order.code, values=NAME)


@scene("claims", at=NOON + timedelta(days=3))
def claims(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    yield "form", visitor.opens("claim_create", order.code)
    yield "refused", visitor.sends("claim_create", order.code, values={"amount": "0"})
    claim = a_claim(order, is_signed=False)
    a_request(claim)
    yield "documents", visitor.opens("claim", order.code, claim.pk)
    an_answer(claim, at=NOON + timedelta(days=3))
    yield "answered", visitor.opens("claim", order.code, claim.pk)
    yield "of-the-academy", visitor.opens("claim", order.code, a_counterclaim(order).pk)


@scene("force-majeure", at=NOON + timedelta(days=10))
def force_majeure(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    yield "form", visitor.opens("force_majeure_create", order.code)
    event = confirmed(a_report(order))
    yield "confirmed", visitor.opens("force_majeure", order.code, event.pk)
    yield "cabinet", visitor.opens("cabinet")
    a_claim(order)
    over(event, NOON.date() + timedelta(days=4))
    yield "over", visitor.opens("force_majeure", order.code, event.pk)


@scene("proof", at=SOON)
def proof(visitor: Visitor) -> Any:
    order = a_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    return visitor.opens("proof", order.code)
