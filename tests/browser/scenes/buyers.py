"""What a buyer sees from the checkout on: the order in each stage, halves, reports, questions."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings

from enrollment.management.commands.demo_catalogue import TAGLINES
from enrollment.models import Cohort, Edition, Order, Package, PriceLevel, Tariff
from enrollment.operations.halves.requests import decline_halves
from enrollment.operations.halves.suspensions import suspend_overdue
from enrollment.operations.links import guardian_link, halves_signature, pay_link
from enrollment.operations.offering.offers import withdraw_offer
from enrollment.operations.ordering.orders import cancel_order, lapse_unpaid_orders, place_order
from offer_site.days import end_of_day, start_of_day
from offer_site.languages import speaking
from payments.models import LedgerEntry, Payment
from payments.operations.refunds.payouts import record_payout_by_hand
from tests.browser.scenes.scene import Visitor, scene
from tests.enrollment.clarifications import a_sent_question, answered
from tests.enrollment.halves.scenes import (
    REST_ON,
    VALID_UNTIL,
    a_half_paid_order,
    a_proposal,
    a_request,
    an_agreement,
    order_under,
    pay_the_rest,
)
from tests.given import (
    NOON,
    a_cohort,
    a_completed_enrollment,
    a_paid_order,
    a_placed_order,
    an_application,
    an_owner,
    receive,
)
from tests.papers import a_file
from tests.payments.books.scenes import a_fiscal_receipt
from tests.payments.notifications import a_notification, an_attempt, answer
from tests.payments.refunds.scenes import a_case, a_person, an_approved_case, by_kaspi, the_payout
from tests.payments.statements.scenes import bank_details
from tests.payments.waiting import money_that_waits

SOON = NOON + timedelta(minutes=10)
TOMORROW = NOON + timedelta(days=1)
CONSENTS = {"consent_truth": "on", "consent_contract": "on"}
PERSON = {
    "kind": "person",
    "surname": "Әбілқасымова",
    "name": "Гүлнұр",
    "patronymic": "Қайратқызы",
    "phone": "8 (701) 000-00-00",
    "email": "Gulnur@Example.kz",
    "address": "Алматы қ., Абай даңғылы, 1",
    **CONSENTS,
}
GUARDIAN = PERSON | {
    "kind": "guardian",
    "relation": "parent",
    "iin": "900101300811",
    "learner_surname": "Әбілқасым",
    "learner_name": "Іңкәр",
    "birth_date": "22.11.2012",
    "learner_iin": "121122500003",
}
MINOR = PERSON | {
    "kind": "minor",
    "own_birth_date": "22.11.2010",
    "iin": "101122600006",
    "guardian_surname": "Қайратұлы",
    "guardian_name": "Бауыржан",
    "guardian_relation": "parent",
    "guardian_email": "gulnur@example.kz",
    "guardian_phone": "+7 702 000 00 00",
}
COMPANY = PERSON | {
    "kind": "company",
    "address": "",
    "company_name": "«Жаңа Өркен» ЖШС",
    "bin": "971240001315",
    "company_address": "Ақтөбе қ., 46",
    "postal_address": "030012, а/ж 118",
    "position": "директор",
    "learner_surname": "Қожағұлова",
    "learner_name": "Жұлдызай",
}
TOLD = {"kind": "transfer", "number": "15", "day": "2026-11-23", "amount": "149 990"}


def a_shop() -> Cohort:
    """A cohort on sale by an academy with a bank."""
    cohort = a_cohort()
    bank_details()
    for slug, (kk, ru) in TAGLINES.items():
        Package.objects.filter(slug=slug).update(tagline_kk=kk, tagline_ru=ru)
    return cohort


# --- Checkout ------------------------------------------------------------------------------------
@scene("checkout")
def checkout(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    a_shop()
    for package in ("ozim", "birge", "vip"):
        yield package, visitor.opens("checkout", package)
    chooses(visitor, GUARDIAN)
    yield "second-order", visitor.opens("checkout", "vip")
    yield "company", visitor.opens("checkout", "birge", kind="company")


@scene("checkout-refused")
def checkout_refused(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    a_shop()
    yield "empty", chooses(visitor, {})
    wrong = {"email": "nobody", "phone": "12", "consent_contract": ""}
    for values in (PERSON, MINOR, GUARDIAN, COMPANY):
        yield str(values["kind"]), chooses(visitor, values | wrong)
    yield "price", chooses(visitor, PERSON, shown_price="1")


@scene("checkout-doubted")
def checkout_doubted(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    a_shop()
    slips = {"email": "gulnur@gmial.com", "surname": "Әбілқасымовa", "address": "Алматы"}
    yield "person", chooses(visitor, PERSON | slips)
    yield "and-wrong", chooses(visitor, PERSON | slips | {"phone": "+998 90 12"})
    trader = {"company_name": "ТОО «Жана Оркен»", "bin": "900101300811"}
    yield "company", chooses(visitor, COMPANY | trader | {"email": "office@mаil.ru"})
    visitor.cookies["theme"] = "dark"
    yield "dark", chooses(visitor, PERSON | slips)


@scene("checkout-replacing")
def checkout_replacing(visitor: Visitor) -> Any:
    a_shop()
    chooses(visitor, PERSON)
    return chooses(visitor, PERSON, package="vip", shown_price="259990")


@scene("checkout-again")
def checkout_again(visitor: Visitor) -> Any:
    """The same learner's unpaid order waits, of another browser."""
    a_shop()
    chooses(visitor, PERSON)
    visitor.cookies.pop("orders")
    visitor.cookies[settings.CSRF_COOKIE_NAME] = "x" * 32
    return chooses(visitor, PERSON)


@scene("checkout-sold-out")
def checkout_sold_out(visitor: Visitor) -> Any:
    a_paid_order(cohort=a_cohort(seats=1))
    return visitor.opens("checkout", "birge")


def chooses(
    visitor: Visitor, values: dict[str, Any], *, package: str = "birge", **changes: Any
) -> Any:
    shown = {"shown_price": "149990", "shown_edition": str(Edition.objects.get())}
    return visitor.sends("checkout", package, values=shown | values | changes)


# --- The order's page ----------------------------------------------------------------------------
@scene("order-awaiting", at=SOON)
def order_awaiting(visitor: Visitor) -> Any:
    return visitor.opens_order(a_placed_order(cohort=a_shop(), language=visitor.language))


@scene("order-awaiting-guardian", at=SOON)
def order_awaiting_guardian(visitor: Visitor) -> Any:
    return visitor.opens_order(
        a_placed_order(cohort=a_shop(), language=visitor.language, kind="guardian")
    )


@scene("order-awaiting-minor", at=SOON)
def order_awaiting_minor(visitor: Visitor) -> Any:
    return visitor.opens_order(
        a_placed_order(cohort=a_shop(), language=visitor.language, kind="minor")
    )


@scene("guardian", at=SOON)
def guardian(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_placed_order(cohort=a_shop(), language=visitor.language, kind="minor")
    link = guardian_link(order.guardian_consent).removeprefix(settings.SITE_URL)
    yield "asked", visitor.get(link)
    yield "not-ticked", visitor.post(link, {"agrees": ""})
    visitor.post(link, {"agrees": "on"})
    yield "given", visitor.get(link)


@scene("guardian-email", at=SOON)
def guardian_email(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_placed_order(cohort=a_shop(), language=visitor.language, kind="minor")
    visitor.opens_order(order)
    yield "shown", visitor.opens("guardian_email", order.code)
    own = {"email": order.party.email}
    yield "own", visitor.sends("guardian_email", order.code, values=own)


@scene("order-awaiting-company", at=SOON)
def order_awaiting_company(visitor: Visitor) -> Any:
    return visitor.opens_order(
        a_placed_order(cohort=a_shop(), language=visitor.language, kind="company")
    )


@scene("order-awaiting-last-hour", at=end_of_day(NOON.date()) - timedelta(minutes=25))
def order_awaiting_last_hour(visitor: Visitor) -> Any:
    return visitor.opens_order(a_placed_order(cohort=a_shop(), language=visitor.language))


@scene("order-pay-for", at=SOON)
def order_pay_for(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """What somebody reads who pays for another, and whoever sends the link."""
    order = a_placed_order(cohort=a_shop(), language=visitor.language)
    link = pay_path(order, visitor.language)
    yield "awaiting", visitor.get(link)
    visitor.opens_order(order)
    yield "own", visitor.get(link)
    receive(by_kaspi(order), order)
    yield "paid", visitor.get(link)


@scene("order-pay-for-rest", at=start_of_day(REST_ON))
def order_pay_for_rest(visitor: Visitor) -> Any:
    order = a_half_paid_order(cohort=a_shop(), language=visitor.language)
    return visitor.get(pay_path(order, visitor.language))


def pay_path(order: Order, language: str) -> str:
    with speaking(language):
        return pay_link(order).removeprefix(settings.SITE_URL)


@scene("order-declined", at=SOON)
def order_declined(visitor: Visitor) -> Any:
    order = a_placed_order(cohort=a_shop(), language=visitor.language)
    an_attempt(order)
    answer(
        "fail", a_notification(order, transaction=400, Status=None, Reason="Any", ReasonCode="5051")
    )
    return visitor.opens_order(order)


@scene("order-confirming", at=SOON)
def order_confirming(visitor: Visitor) -> Any:
    order = a_placed_order(cohort=a_shop(), language=visitor.language)
    payment = an_attempt(order)
    Payment.objects.filter(pk=payment.pk).update(returned_at=NOON)
    return visitor.opens_order(order)


@scene("order-returned-elsewhere", at=SOON)
def order_returned_elsewhere(visitor: Visitor) -> Any:
    """Back from the bank in a browser that has never opened the order."""
    order = a_placed_order(cohort=a_shop(), language=visitor.language)
    return visitor.opens("payment_return", order.code)


@scene("order-awaiting-without-a-place", at=NOON)
def order_awaiting_without_a_place(visitor: Visitor) -> Any:
    cohort = a_shop()
    email = "parent@example.kz"
    a_placed_order(cohort=cohort, language=visitor.language, email=email, name="Айша")
    return visitor.opens_order(
        a_placed_order(cohort=cohort, language=visitor.language, email=email)
    )


@scene("order-reported", at=SOON)
def order_reported(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_placed_order(cohort=a_shop(), language=visitor.language)
    visitor.opens_order(order)
    yield "form", visitor.opens("order_report", order.code)
    yield (
        "refused",
        visitor.sends(
            "order_report", order.code, values=TOLD | {"amount": "100 000", "document": a_file()}
        ),
    )
    yield "taken", visitor.sends("order_report", order.code, values=TOLD | {"document": a_file()})


@scene("order-money-waits", at=SOON)
def order_money_waits(visitor: Visitor) -> Any:
    order = a_placed_order(cohort=a_shop(), language=visitor.language)
    money_that_waits(order, amount=100_000)
    return visitor.opens_order(order)


@scene("order-lapsed", at=TOMORROW)
def order_lapsed(visitor: Visitor) -> Any:
    order = a_placed_order(cohort=a_shop(), language=visitor.language)
    lapse_unpaid_orders(at=TOMORROW)
    return visitor.opens_order(order)


@scene("order-cancelled", at=SOON)
def order_cancelled(visitor: Visitor) -> Any:
    order = a_placed_order(cohort=a_shop(), language=visitor.language)
    cancel_order(order=order, by="visitor", at=NOON)
    return visitor.opens_order(order)


@scene("order-cancelled-too-late", at=TOMORROW)
def order_cancelled_too_late(visitor: Visitor) -> Any:
    order = a_placed_order(cohort=a_shop(), language=visitor.language)
    cancel_order(order=order, by="visitor", at=NOON)
    return visitor.opens_order(order)


@scene("order-cancelled-place-taken", at=SOON)
def order_cancelled_place_taken(visitor: Visitor) -> Any:
    cohort = a_cohort(seats=1)
    order = a_placed_order(cohort=cohort, language=visitor.language)
    cancel_order(order=order, by="visitor", at=NOON)
    a_placed_order(cohort=cohort, at=SOON)
    return visitor.opens_order(order)


@scene("order-replaced", at=SOON)
def order_replaced(visitor: Visitor) -> Any:
    buyer = an_application()
    order = a_placed_order(cohort=a_shop(), language=visitor.language, application=buyer)
    visitor.opens_order(order)
    vip = Tariff.objects.get(package__slug="vip", level=PriceLevel.STANDARD)
    successor, _is_new = place_order(
        tariff=vip,
        cohort=order.cohort,
        application=buyer,
        language=visitor.language,
        at=NOON,
        by="visitor",
        opened=[order.code],
        replace=True,
    )
    visitor.opens_order(successor)
    return visitor.opens("order", order.code)


@scene("order-concluded", at=SOON)
def order_concluded(visitor: Visitor) -> Any:
    order = a_paid_order(cohort=a_shop(), language=visitor.language)
    a_fiscal_receipt(LedgerEntry.objects.get())
    return visitor.opens_order(order)


@scene("order-asks-address", at=SOON)
def order_asks_address(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_paid_order(cohort=a_shop(), language=visitor.language, address="")
    yield "page", visitor.opens_order(order)
    yield "doubted", visitor.sends("order_address", order.code, values={"address": "Алматы"})


@scene("order-completed", at=NOON + timedelta(days=65))
def order_completed(visitor: Visitor) -> Any:
    order = a_completed_enrollment(cohort=a_shop(), language=visitor.language, kind="company").order
    return visitor.opens_order(order)


@scene("order-half-paid", at=SOON)
def order_half_paid(visitor: Visitor) -> Any:
    return visitor.opens_order(a_half_paid_order(cohort=a_shop(), language=visitor.language))


@scene("order-suspended", at=end_of_day(REST_ON) + timedelta(hours=9))
def order_suspended(visitor: Visitor) -> Any:
    order = a_half_paid_order(cohort=a_shop(), language=visitor.language)
    suspend_overdue(at=end_of_day(REST_ON))
    return visitor.opens_order(order)


@scene("order-both-halves-paid", at=start_of_day(REST_ON) + timedelta(hours=10))
def order_both_halves_paid(visitor: Visitor) -> Any:
    order = a_half_paid_order(cohort=a_shop(), language=visitor.language)
    pay_the_rest(order, at=start_of_day(REST_ON) + timedelta(hours=9))
    return visitor.opens_order(order)


@scene("order-money-waits-beside-contract", at=SOON)
def order_money_waits_beside_contract(visitor: Visitor) -> Any:
    order = a_half_paid_order(cohort=a_shop(), language=visitor.language)
    money_that_waits(order, amount=10_000, invoice=order.code)
    return visitor.opens_order(order)


@scene("order-refund-asked", at=SOON)
def order_refund_asked(visitor: Visitor) -> Any:
    order = paid_through_kaspi(visitor)
    a_case(order)
    return visitor.opens_order(order)


@scene("order-terminated", at=SOON)
def order_terminated(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = paid_through_kaspi(visitor)
    case = an_approved_case(order, order.price)
    yield "decided", visitor.opens_order(order)
    record_payout_by_hand(
        payout=the_payout(case),
        reference="K-77",
        paid_on=NOON.date(),
        document="чек",
        by=a_person("first"),
        at=NOON,
    )
    yield "paid-out", visitor.opens_order(order)


def paid_through_kaspi(visitor: Visitor) -> Order:
    order = a_placed_order(cohort=a_shop(), language=visitor.language)
    receive(by_kaspi(order), order)
    return Order.objects.get(pk=order.pk)


@scene("order-email", at=SOON)
def order_email(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_placed_order(cohort=a_shop(), language=visitor.language)
    visitor.opens_order(order)
    yield "form", visitor.opens("order_email", order.code)
    yield "refused", visitor.sends("order_email", order.code, values={"email": "nobody"})


@scene("order-instalments", at=SOON)
def order_instalments(visitor: Visitor) -> Any:
    order = a_placed_order(cohort=a_shop(), language=visitor.language)
    visitor.opens_order(order)
    return visitor.opens("order_instalments", order.code)


# --- Questions about the recipient (9.5) ---------------------------------------------------------
@scene("clarification", at=SOON)
def clarification(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    question = a_sent_question(cohort=a_shop(), language=visitor.language)
    order = question.order
    yield "order", visitor.opens_order(order)
    yield "asked", visitor.opens("clarification", order.code)
    yield "refused", visitor.sends("clarification", order.code, values={"about": "1"})
    answered(question)
    yield "answered", visitor.opens("clarification", order.code)


@scene("clarification-overdue", at=NOON + timedelta(days=5))
def clarification_overdue(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    order = a_sent_question(cohort=a_shop(), language=visitor.language).order
    yield "order", visitor.opens_order(order)
    yield "asked", visitor.opens("clarification", order.code)


# --- Half now, half later (4.3.1) ----------------------------------------------------------------
@scene("halves-ask")
def halves_ask(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    a_shop()
    yield "form", visitor.opens("halves_ask", "birge")
    yield "refused", visitor.sends("halves_ask", "birge", values={"email": "nobody"})


@scene("halves", at=SOON)
def halves(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    cohort = a_shop()
    waiting = a_request(cohort=cohort, language=visitor.language)
    yield "asked", follows_link(visitor, waiting)
    decline_halves(request=waiting, reason="Ағынның төлемі бөлінбейді", by=an_owner(), at=NOON)
    yield "declined", follows_link(visitor, waiting)
    proposal = a_proposal(cohort=cohort, language=visitor.language)
    yield "proposed", follows_link(visitor, proposal.request)
    agreed = an_agreement(cohort=cohort, language=visitor.language)
    yield "agreed", follows_link(visitor, agreed)
    yield "checkout", visitor.opens("halves_checkout", agreed.code)
    yield (
        "checkout-refused",
        visitor.sends("halves_checkout", agreed.code, values={"kind": "person"}),
    )
    order = order_under(agreed)
    yield "ordered", follows_link(visitor, agreed)
    yield "order", visitor.opens_order(order)


@scene("halves-over", at=VALID_UNTIL + timedelta(hours=9))
def halves_over(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    agreed = an_agreement(cohort=a_shop(), language=visitor.language)
    yield "page", follows_link(visitor, agreed)
    yield "checkout", visitor.opens("halves_checkout", agreed.code)


@scene("halves-offer-withdrawn", at=SOON)
def halves_offer_withdrawn(visitor: Visitor) -> Any:
    agreed = an_agreement(cohort=a_shop(), language=visitor.language)
    withdraw_offer(edition=Edition.objects.get(), reason="2.4", by=an_owner(), at=NOON)
    follows_link(visitor, agreed)
    return visitor.opens("halves_checkout", agreed.code)


def follows_link(visitor: Visitor, request: Any) -> Any:
    return visitor.opens("halves", request.code, key=halves_signature(request))
