"""What becomes of the students of a simulated cohort: a road for each thing that happens.

Every road goes through the operations that the doors call, at the moments at which people act.
"""

from datetime import timedelta
from decimal import Decimal

from enrollment.models import AnswerSource, Clarification, Order, ReportKind
from enrollment.operations.corrections.answers import record_answer_by_staff
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.halves.requests import (
    HalvesApplication,
    agree_to_halves,
    propose_halves,
    request_halves,
    tariff_now,
)
from enrollment.operations.halves.telegram_evidence import StaffEvidence, keep_picture
from enrollment.operations.ordering.company_orders import place_company_orders
from enrollment.operations.ordering.orders import cancel_order, place_order
from enrollment.operations.ordering.reports import report_payment
from offer_site.days import almaty_day, end_of_day, start_of_day
from payments.models import AskedBy, Ground, LedgerEntry, PayoutState, RefundCase
from payments.operations.ledger.allocations import reopen_with_money
from payments.operations.refunds.cases import open_refund_case
from payments.operations.refunds.decisions import approve_decision, propose_decision
from payments.operations.refunds.payouts import record_payout_by_hand

from .academy import Life, Ordered, Road, Simulation
from .money import a_document, a_transfer, by_card, by_hand, by_kaspi
from .people import NO_TOWN

DAY = timedelta(days=1)
HOURS = timedelta(hours=1)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


def pays_by_kaspi(here: Simulation) -> Ordered:
    """Orders, pays at once, and learns to the end; the order."""
    language = here.people.language()
    order = here.order(here.people.person(language=language, marketing=True), language=language)
    yield here.in_minutes()
    by_kaspi(order, amount=order.prepayment, number=next(here.numbers), at=here.now)
    return order


def pays_by_card(here: Simulation) -> Life:
    """Orders VIP and pays by card."""
    language = here.people.language()
    order = here.order(here.people.person(language=language), language=language, package="vip")
    yield here.in_minutes()
    by_card(order, amount=order.prepayment, number=next(here.numbers), at=here.now)


def pays_by_transfer(here: Simulation) -> Life:
    """Pays by transfer and tells of it: the order waits for the bank's file of the next day."""
    language = here.people.language()
    order = here.order(here.people.person(language=language), language=language)
    yield here.in_minutes()
    number = _transfer(here, purpose=f"{order.code} оплата курса", amount=order.price)
    report_payment(
        order=order,
        kind=ReportKind.TRANSFER,
        number=str(number),
        day=almaty_day(here.now),
        document=a_document(),
        by="visitor",
        at=here.now,
    )


def pays_by_transfer_untold(here: Simulation) -> Life:
    """Pays by transfer and tells nobody: the order lapses, and its money revives it."""
    language = here.people.language()
    order = here.order(here.people.person(language=language), language=language)
    yield here.in_minutes()
    _transfer(here, purpose=f"{order.code} оплата курса", amount=order.price)


def pays_where_only_staff_see_it(here: Simulation) -> Life:
    """Pays in an application that tells the site nothing; two clerks enter it."""
    language = here.people.language()
    order = here.order(here.people.person(language=language), language=language)
    yield here.in_minutes()
    by_hand(
        order,
        amount=order.prepayment,
        number=next(here.numbers),
        first=here.staff["first"],
        second=here.staff["second"],
        at=here.now,
    )


def never_pays(here: Simulation) -> Life:
    """Orders and forgets it: the order lapses at 24:00."""
    language = here.people.language()
    here.order(here.people.person(language=language), language=language)
    yield here.in_minutes()


def cancels(here: Simulation) -> Life:
    """Orders and cancels."""
    language = here.people.language()
    order = here.order(here.people.person(language=language), language=language)
    yield here.in_minutes()
    cancel_order(order=order, by="visitor", at=here.now)


def changes_the_package(here: Simulation) -> Life:
    """Orders ӨЗІМ, takes БІРГЕ in its place, and pays that."""
    language = here.people.language()
    application = here.people.person(language=language)
    first = here.order(application, language=language, package="ozim")
    yield here.in_minutes()
    second = here.order(application, language=language, opened={first.code}, replace=True)
    yield here.in_minutes()
    by_kaspi(second, amount=second.prepayment, number=next(here.numbers), at=here.now)


def pays_a_day_late(here: Simulation) -> Life:
    """Pays on the next day: the money waits, and a person reopens the order with it."""
    language = here.people.language()
    order = here.order(here.people.person(language=language), language=language)
    yield start_of_day(almaty_day(here.now) + DAY) + 9 * HOURS
    number = next(here.numbers)
    by_kaspi(order, amount=order.price, number=number, at=here.now)
    yield here.later(least=HOURS, most=5 * HOURS)
    waiting = LedgerEntry.objects.receipts().get(provider="kaspi", reference=f"{number:018}")
    reopen_with_money(
        entry=waiting,
        code=order.code,
        reason="ақша бір күн кешікті",
        by=here.staff["owner"],
        at=here.now,
    )


def pays_twice(here: Simulation) -> Life:
    """Pays by Kaspi and then by card: the second sum goes back by the decision of two."""
    language = here.people.language()
    order = here.order(here.people.person(language=language), language=language)
    yield here.in_minutes()
    by_kaspi(order, amount=order.prepayment, number=next(here.numbers), at=here.now)
    yield here.later(least=HOURS, most=20 * HOURS)
    number = next(here.numbers)
    by_card(order, amount=order.prepayment, number=number, at=here.now)
    yield here.later(least=HOURS, most=20 * HOURS)
    second = LedgerEntry.objects.receipts().get(provider="card", reference=str(number))
    case = _case(here, Ground.DOUBLE, entry=second, email=order.party.email)
    yield here.later(least=DAY, most=6 * DAY)
    yield from _granted(here, case, Decimal(order.prepayment))


def changes_his_mind(here: Simulation) -> Life:
    """Asks for the money back without a ground: two people decline, with reasons (4.6)."""
    order = yield from pays_by_kaspi(here)
    yield here.later(least=DAY, most=4 * DAY)
    case = _case(here, Ground.CHANGE_OF_MIND, order=order)
    yield here.later(least=DAY, most=6 * DAY)
    yield from _granted(here, case, Decimal(0))


def is_refunded_whole(here: Simulation) -> Life:
    """Withdraws under the law before the course: all goes back, and the contract ends."""
    order = yield from pays_by_kaspi(here)
    yield here.later(least=DAY, most=4 * DAY)
    case = _case(here, Ground.LAW, order=order)
    yield here.later(least=DAY, most=6 * DAY)
    yield from _granted(here, case, Decimal(order.price))


def orders_for_a_child(here: Simulation) -> Life:
    """A parent orders for a child."""
    language = here.people.language()
    order = here.order(here.people.guardian(language=language), language=language)
    yield here.in_minutes()
    by_kaspi(order, amount=order.prepayment, number=next(here.numbers), at=here.now)


def orders_for_employees(here: Simulation) -> Life:
    """A company orders for two employees and pays its invoice by one transfer."""
    language = here.people.language()
    tariff = here.tariff("birge")
    invoice, _is_new = place_company_orders(
        tariff=tariff,
        cohort=here.cohort,
        applications=here.people.company(learners=2, language=language),
        language=language,
        at=here.now,
        by="visitor",
    )
    yield here.in_minutes()
    _transfer(here, purpose=f"Оплата по счёту {invoice.code}", amount=2 * tariff.price)


def pays_in_halves(here: Simulation) -> Life:
    """Agrees to pay in halves, and pays the rest in time."""
    order = yield from half_paid(here)
    rest_on = order.installments.get(number=2).due_on
    yield start_of_day(rest_on) + 10 * HOURS
    pay_the_rest(here, order)


def pays_the_rest_late(here: Simulation) -> Life:
    """Pays the rest three days late: access was shut off, and is open again."""
    order = yield from half_paid(here)
    rest_on = order.installments.get(number=2).due_on
    yield start_of_day(rest_on + 3 * DAY) + 10 * HOURS
    pay_the_rest(here, order)


def never_pays_the_rest(here: Simulation) -> Life:
    """Never pays the rest: access stays shut off, and there is no certificate."""
    order = yield from half_paid(here)
    yield start_of_day(here.cohort.ends_on)
    here.held_back[here.enrollment(order).pk] = "екінші жартысы төленбеді"


def is_asked_about_the_address(here: Simulation) -> Life:
    """States no town: the question of 9.5 goes out, and is answered in its three days."""
    language = here.people.language()
    application = here.people.person(language=language, address=NO_TOWN)
    order = here.order(application, language=language)
    yield here.in_minutes()
    by_kaspi(order, amount=order.prepayment, number=next(here.numbers), at=here.now)
    yield here.later(least=5 * HOURS, most=40 * HOURS)
    for question in Clarification.objects.open().filter(order=order):
        record_answer_by_staff(
            question=question,
            values={"address": "Алматы қаласы, Абай даңғылы, 5"},
            confirmed=(),
            how=AnswerSource.PHONE,
            note="телефонмен айтты",
            document=None,
            by=f"staff:{here.staff['first'].pk}",
            at=here.now,
        )


def has_another_mailbox(here: Simulation) -> Life:
    """Mistyped the e-mail: staff correct it by a document."""
    order = yield from pays_by_kaspi(here)
    yield here.later(least=DAY, most=3 * DAY)
    by = f"staff:{here.staff['first'].pk}"
    correct_email(
        order=order,
        email=f"corrected{order.pk}@example.kz",
        document="№ 7",
        by=by,
        at=here.now,
    )


def misses_the_course(here: Simulation) -> Life:
    """Does not come: held back from the completion by a named decision."""
    order = yield from pays_by_kaspi(here)
    yield start_of_day(here.cohort.ends_on)
    here.held_back[here.enrollment(order).pk] = "сабаққа келмеді"


# Each road, and how many of a hundred students take it.
ROADS: dict[Road, int] = {
    pays_by_kaspi: 36,
    pays_by_card: 14,
    pays_by_transfer: 5,
    pays_by_transfer_untold: 3,
    pays_where_only_staff_see_it: 3,
    never_pays: 8,
    cancels: 3,
    changes_the_package: 3,
    pays_a_day_late: 2,
    pays_twice: 2,
    changes_his_mind: 2,
    is_refunded_whole: 2,
    orders_for_a_child: 3,
    orders_for_employees: 2,
    pays_in_halves: 3,
    pays_the_rest_late: 2,
    never_pays_the_rest: 1,
    is_asked_about_the_address: 3,
    has_another_mailbox: 1,
    misses_the_course: 2,
}


def _transfer(here: Simulation, *, purpose: str, amount: int) -> int:
    """Send a transfer; the bank tells of it in its file of the day."""
    number = next(here.numbers)
    day = almaty_day(here.now)
    told = a_transfer(purpose=purpose, amount=amount, number=number, day=day)
    here.transfers.setdefault(day, []).append(told)
    return number


def half_paid(here: Simulation) -> Ordered:
    """Ask for halves, agree, order and pay the first half; return the order."""
    language = here.people.language()
    application = here.people.person(language=language)
    request, _is_new = request_halves(
        tariff=here.tariff("birge"),
        cohort=here.cohort,
        application=HalvesApplication(
            name=application.party.name,
            email=application.party.email,
            phone=application.party.phone,
            consent_text="Келісемін",
            origin_browser=application.origin_browser,
        ),
        language=language,
        at=here.now,
        by="visitor",
    )
    yield here.in_minutes()
    proposal = propose_halves(
        request=request,
        rest_on=here.cohort.starts_on + 14 * DAY,
        valid_until=end_of_day(almaty_day(here.now + 2 * DAY)),
        by=here.staff["owner"],
        at=here.now,
    )
    yield here.in_minutes()
    request = agree_to_halves(
        request=request, proposal=proposal.number, evidence=_a_picture(here), at=here.now
    )
    yield here.in_minutes()
    order, _is_new = place_order(
        tariff=tariff_now(request, at=here.now),
        cohort=here.cohort,
        application=application,
        language=language,
        at=here.now,
        by="visitor",
        halves=request,
    )
    yield here.in_minutes()
    by_kaspi(order, amount=order.prepayment, number=next(here.numbers), at=here.now)
    return order


def _a_picture(here: Simulation) -> StaffEvidence:
    """A picture of the student's message, which staff kept."""
    return keep_picture(PNG, said_at=here.now, by=here.staff["owner"])


def pay_the_rest(here: Simulation, order: Order) -> None:
    amount = order.price - order.prepayment
    by_kaspi(order, amount=amount, number=next(here.numbers), at=here.now)


def _case(here: Simulation, ground: Ground, **subject: object) -> RefundCase:
    return open_refund_case(
        ground=ground,
        asked_by=AskedBy.CUSTOMER,
        asked_on=almaty_day(here.now),
        demand="Ақшамды қайтарыңыз",
        document="хат",
        by=here.staff["first"],
        at=here.now,
        **subject,  # type: ignore[arg-type]
    )


def _granted(here: Simulation, case: RefundCase, granted: Decimal) -> Life:
    """Decide by two; what must go back by hand goes back on the next day."""
    propose_decision(
        case=case,
        granted=granted,
        reasons_kk="Шарт пен заңға сәйкес қаралды.",
        reasons_ru="Рассмотрено по договору и закону.",
        by=here.staff["first"],
        at=here.now,
    )
    yield here.in_minutes()
    approve_decision(case=case, by=here.staff["second"], at=here.now)
    yield here.later(least=DAY, most=2 * DAY)
    for payout in case.payouts.filter(state=PayoutState.BY_HAND).select_related("receipt"):
        record_payout_by_hand(
            payout=payout,
            reference=str(next(here.numbers)),
            paid_on=almaty_day(here.now),
            document="төлем тапсырмасы",
            by=here.staff["first"],
            at=here.now,
        )
