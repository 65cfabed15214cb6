"""Every verb and kind of thing in the journal in words; what is stored is evidence and stays as it was written."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VERBS: dict[str, Promise] = {
    "academy.changed": _("Academy's details changed"),
    "account.second_factor_reset": _("Second step reset"),
    "account.sessions_ended": _("Signed out everywhere"),
    "certificate.issued": _("Certificate issued"),
    "certificate.numbered": _("Certificate numbered"),
    "certificate.read": _("Certificate read by staff"),
    "certificate.replaced": _("Certificate replaced"),
    "certificate.revoked": _("Certificate revoked"),
    "certificate.sent": _("Certificate sent"),
    "certificate.sent_again": _("Certificate sent again"),
    "cohort.added": _("Cohort added"),
    "cohort.changed": _("Cohort changed"),
    "cohort.seats_set": _("Number of seats set"),
    "cohort.webinar_link": _("Webinar link made"),
    "consent.withdrawn": _("Consent withdrawn"),
    "consents.given": _("Consents given"),
    "course.changed": _("Course changed"),
    "day_exception.recorded": _("Exception to the calendar recorded"),
    "day_exception.removed": _("Exception to the calendar removed"),
    "deadline.met": _("Deadline met"),
    "deadline.opened": _("Deadline opened"),
    "email.corrected": _("E-mail corrected"),
    "enrollment.completed": _("Service performed"),
    "enrollment.day_set": _("Day of performance set"),
    "enrollment.excluded": _("Left out of the completion"),
    "enrollment.opened": _("Enrolled"),
    "learner.name_corrected": _("Learner's name corrected"),
    "money.waits": _("Money waits"),
    "notice.sent_again": _("Letter sent again"),
    "offer.accepted": _("Offer accepted"),
    "offer.published": _("Offer published"),
    "offer.withdrawal-lifted": _("Withdrawal of the offer lifted"),
    "offer.withdrawn": _("Offer withdrawn"),
    "order.cancelled": _("Order cancelled"),
    "order.lapsed": _("Order lapsed"),
    "order.moved": _("Order's state changed"),
    "order.placed": _("Order placed"),
    "order.replaced": _("Order replaced by another"),
    "package.changed": _("Package changed"),
    "payment.started": _("Payment started"),
    "personal_data.seen": _("Personal data seen"),
    "receipt.recorded": _("Receipt recorded"),
    "receipt.refused": _("Payment refused; the bank gives it back"),
    "receipt.unmatched": _("Receipt without an order"),
    "refund.recorded": _("Refund recorded"),
    "service.accepted": _("Service accepted"),
    "user.added": _("User added"),
    "user.changed": _("User changed"),
}

KINDS: dict[str, Promise] = {
    "academy": _("academy"),
    "certificate": _("certificate"),
    "cohort": _("cohort"),
    "course": _("course"),
    "day_exception": _("exception to the calendar"),
    "edition": _("edition of the offer"),
    "enrollment": _("enrollment"),
    "notice": _("notice"),
    "order": _("order"),
    "package": _("package"),
    "payment": _("payment"),
    "receipt": _("receipt"),
    "refund": _("refund"),
    "user": _("user"),
}


def in_words(verb: str) -> Promise | str:
    """Say a verb; one of an older release that is not in the table is shown as it was written."""
    return VERBS.get(verb, verb)
