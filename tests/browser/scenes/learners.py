"""What a learner sees after signing in: the cabinet, the name on the certificate, the proof."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from certificates.operations import issue_certificate
from enrollment.operations.training.moves import propose_move
from offer_site.days import end_of_day
from tests.browser.scenes.buyers import SOON, a_shop
from tests.browser.scenes.scene import Visitor, scene
from tests.enrollment.clarifications import a_sent_question
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


@scene("cabinet-cohort", at=SOON)
def cabinet_cohort(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    propose_move(
        enrollment=order.enrollment,
        to=a_cohort(starts_on=order.cohort.ends_on + timedelta(days=30)),
        reason="ауырды",
        by=an_owner(),
        at=SOON,
    )
    visitor.signs_in(LEARNER)
    yield "asked", visitor.opens("cabinet")
    yield "answer", visitor.opens("cohort_move", order.code)


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


@scene("proof", at=SOON)
def proof(visitor: Visitor) -> Any:
    order = a_paid_order(cohort=a_shop(), language=visitor.language, email=LEARNER)
    visitor.signs_in(LEARNER)
    return visitor.opens("proof", order.code)
