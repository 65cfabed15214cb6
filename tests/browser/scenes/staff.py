"""The admin: the first page, and every list, page, form and button."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.test import RequestFactory, override_settings
from django.urls import reverse

from certificates.operations import issue_certificate
from enrollment.operations.ordering.reports import report_payment
from enrollment.operations.terms.reviews import confirm_new_days, propose_new_days
from offer_site.audit.nightly import audit_of_the_day
from offer_site.calendar.operations import record_exception
from offer_site.correspondence.cohort_letters import CohortWords, write_cohort_letter
from offer_site.correspondence.receiving import keep_mail
from offer_site.notices.incoming import ArrivedMail
from payments.models import LedgerEntry
from payments.operations.statements.imports import import_statement
from tests.audit.world import a_busy_world
from tests.browser.scenes.buyers import a_shop
from tests.browser.scenes.scene import DESK, Visitor, scene
from tests.correspondence.mails import a_mail
from tests.enrollment.clarifications import a_sent_question
from tests.enrollment.company import a_list, order_list
from tests.enrollment.conduct.scenes import a_breach, a_student, an_ending
from tests.enrollment.halves.scenes import a_half_paid_order, a_proposal, a_request, an_agreement
from tests.enrollment.offering.scenes import a_draft, a_signed_draft, edited, texts_with
from tests.given import (
    NOON,
    a_cohort,
    a_completed_enrollment,
    a_paid_order,
    a_placed_order,
    an_owner,
)
from tests.papers import a_document
from tests.payments.bank import running_bank
from tests.payments.books.scenes import a_fiscal_receipt
from tests.payments.by_hand import a_clerk, entered
from tests.payments.refunds.scenes import a_case, an_approved_case
from tests.payments.refunds.scenes import a_proposal as a_refund_proposal
from tests.payments.statements.scenes import a_statement, an_operation
from tests.payments.waiting import money_that_waits

MOST = 200  # things of a kind among which one is looked for that a button is offered for
LATE = NOON + timedelta(hours=2)


@scene("admin", widths=DESK)
def admin_after_a_course(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """Every kind of thing there is, when a whole course is over."""
    with running_bank() as (url, _there), override_settings(CARD_API_URL=url):
        world = a_busy_world()
    visitor.at(world.at)
    a_fiscal_receipt(LedgerEntry.objects.order_by("pk").first())
    audit_of_the_day(at=world.at)
    yield from everything(visitor)


@scene("desk", widths=DESK)
def admin_on_a_busy_day(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """Things that wait for a decision."""
    a_day_full_of_work(visitor.language)
    visitor.at(LATE)
    yield from everything(visitor)


@scene("terms")
def terms(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """The register of terms, and the new days that a changed calendar proposes."""
    cohort = a_shop()
    for _order in range(3):
        a_sent_question(cohort=cohort)
    record_exception(
        day=date(2026, 11, 25),
        is_working=False,
        name_kk="Демалыс",
        name_ru="Выходной",
        source="№ 7",
        by="system",
        at=NOON,
    )
    (*_others, day) = propose_new_days(at=NOON)
    visitor.signs_in(an_owner().email)
    visitor.at(LATE)
    yield "list", visitor.opens("admin:enrollment_deadline_changelist")
    yield "term", visitor.opens("admin:enrollment_deadline_change", day.deadline_id)
    yield "review", visitor.opens("admin:enrollment_calendarreview_change", day.review_id)
    yield "confirm", visitor.opens("admin:enrollment_calendarreview_confirm", day.review_id)
    confirm_new_days(review=day.review, reason="№ 7", by=an_owner(), at=LATE)
    yield "moved", visitor.opens("admin:enrollment_deadline_change", day.deadline_id)


def a_day_full_of_work(language: str) -> None:
    cohort = a_shop()
    wishes = {"cohort": cohort, "language": language}
    waiting = a_placed_order(**wishes)
    money_that_waits(waiting, amount=100_000)
    reported = a_placed_order(**wishes)
    report_payment(
        order=reported,
        kind="transfer",
        number="15",
        day=NOON.date(),
        document=a_document(),
        by="visitor",
        at=NOON,
    )
    entered(a_placed_order(**wishes), by=a_clerk("first"))
    a_half_paid_order(**wishes)
    a_request(**wishes)
    a_proposal(**wishes)
    an_agreement(**wishes)
    order_list(a_list(3), cohort=a_cohort(), at=NOON)
    a_sent_question(**wishes)
    a_case(a_paid_order(**wishes))
    a_refund_proposal(a_case(a_paid_order(**wishes)), 1000)
    paid = a_paid_order(**wishes)
    an_approved_case(paid, paid.price)
    operations = [
        an_operation(purpose="оплата", number=20),
        an_operation(purpose="аренда", number=21),
    ]
    import_statement(content=a_statement(operations), name="kaspi.txt", by="system", at=NOON)


def everything(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """Walk through the admin as the owner."""
    visitor.force_login(an_owner())
    yield "index", visitor.opens("admin:index")
    for model in sorted(admin.site._registry, key=lambda each: each._meta.label):
        yield from desk_of(visitor, model)
    yield "import-fiscal-receipts", visitor.opens("admin:payments_fiscalreceipt_import")


def desk_of(visitor: Visitor, model: Any) -> Iterator[tuple[str, Any]]:
    """The list of one kind of thing, the page of its last one, its form and its buttons."""
    desk = admin.site._registry[model]
    request = RequestFactory().get("/admin/")
    request.user = an_owner()
    kind = f"{model._meta.app_label}_{model._meta.model_name}"
    yield f"list-{kind}", visitor.opens(f"admin:{kind}_changelist")
    things = list(desk.get_queryset(request).order_by("pk")[:MOST])
    if things:
        yield f"page-{kind}", visitor.opens(f"admin:{kind}_change", things[-1].pk)
    if desk.has_add_permission(request):
        yield f"add-{kind}", visitor.opens(f"admin:{kind}_add")
    yield from buttons(visitor, kind, desk, things)


def buttons(visitor: Visitor, kind: str, desk: Any, things: list[Any]) -> Iterator[tuple[str, Any]]:
    for button in getattr(desk, "buttons", ()):
        thing = next((each for each in things if button.is_offered(each)), None)
        if thing is not None:
            address = reverse(f"admin:{kind}_{button.name}", args=[thing.pk])
            yield f"button-{kind}-{button.name}", visitor.get(address, follow=True)


@scene("staff-draft", widths=DESK)
def admin_draft(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """A draft of the offer from its first words to the day before its publication (12.2)."""
    a_shop()
    draft = a_draft("2027-01-15")
    visitor.force_login(an_owner())
    page = "admin:enrollment_offerdraft_"
    edited(draft, texts_with(draft, ru=("не позднее 3 (трех)", "не позднее 5 (пяти)")))
    yield "out-of-step", visitor.opens(f"{page}change", draft.pk)
    yield "texts", visitor.opens(f"{page}texts", draft.pk)
    yield "numbers", visitor.opens(f"{page}numbers", draft.pk)
    draft = a_signed_draft("2027-02-15")
    yield "signed", visitor.opens(f"{page}change", draft.pk)
    yield "publication", visitor.opens(f"{page}publication", draft.pk)


@scene("staff-withdrawal", widths=DESK)
def admin_withdrawal(visitor: Visitor) -> Any:
    """What a withdrawal of the offer would lapse, before it is confirmed (2.4)."""
    cohort = a_shop()
    order = a_placed_order(cohort=cohort, language=visitor.language)
    report_payment(
        order=order,
        kind="transfer",
        number="15",
        day=NOON.date(),
        document=a_document(),
        by="visitor",
        at=NOON,
    )
    visitor.force_login(an_owner())
    return visitor.opens("admin:enrollment_edition_withdrawal", order.edition_id)


@scene("admin-certificate", at=NOON + timedelta(days=65), widths=DESK)
def admin_certificate(visitor: Visitor) -> Any:
    enrollment = a_completed_enrollment(cohort=a_shop(), language=visitor.language)
    certificate = issue_certificate(enrollment_id=enrollment.pk, at=NOON + timedelta(days=65))
    visitor.force_login(an_owner())
    return visitor.opens("admin:certificates_certificate_change", certificate.pk)


@scene("register", at=LATE)
def admin_register(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """The register of letters, on a desk and on a telephone."""
    order = a_paid_order(cohort=a_shop(), language=visitor.language, email="learner@example.kz")
    found = "mxs.mail.ru; dkim=pass header.d=example.kz; spf=pass"
    mail = a_mail("learner@example.kz", Authentication_Results=found)
    letter = keep_mail(
        mail=ArrivedMail(mail, LATE, mailbox="scene", uid_validity=1, uid=1, is_by_our_server=True),
        at=LATE,
    )
    assert letter is not None
    words = CohortWords(
        "Кесте өзгерді", "Расписание изменилось", "Сабақ жетіде.", "Занятия в семь."
    )
    to_cohort = write_cohort_letter(
        cohort=order.cohort, words=words, is_marketing=False, by="staff:1", at=LATE
    )
    visitor.force_login(an_owner())
    yield "list", visitor.opens("admin:correspondence_letter_changelist")
    yield "letter", visitor.opens("admin:correspondence_letter_change", letter.pk)
    yield "answer", visitor.opens("admin:correspondence_letter_answer", letter.pk)
    yield "paper", visitor.opens("admin:enrollment_order_paper", order.pk)
    yield "cohort", visitor.opens("admin:correspondence_cohortletter_change", to_cohort.pk)
    yield "kinds", visitor.opens("admin:notices_notice_kinds")


@scene("admin-conduct", at=NOON + timedelta(hours=2), widths=DESK)
def admin_conduct(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """Recording a breach, its page, and the end of a contract that waits for the second person."""
    order = a_student(language=visitor.language)
    visitor.force_login(an_owner())
    yield "record", visitor.opens("admin:enrollment_enrollment_breach", order.enrollment.pk)
    breach = a_breach(order, rule="6.3-3")
    yield "breach", visitor.opens("admin:enrollment_breach_change", breach.pk)
    ending = an_ending(order, 1, ground="12.5.1.2")
    yield "ending", visitor.opens("admin:enrollment_providerending_approval", ending.pk)
