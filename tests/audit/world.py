"""A busy academy, made by its own operations: every kind of order, every way of money,
certificates, letters, seals.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import time_machine
from django.urls import reverse

from certificates.models import Certificate
from certificates.operations import (
    LearnerName,
    issue_certificate,
    replace_certificate,
    revoke_certificate,
    watch_deadlines,
)
from certificates.operations.issuing import due_enrollments
from certificates.operations.sending import confirm_sent
from enrollment.models import (
    CalendarReview,
    Cohort,
    Consent,
    ConsentsBy,
    ConsentWay,
    EditionAnswerKind,
    EditionNotice,
    Order,
)
from enrollment.operations.claims.filing import record_withdrawal
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.corrections.guardian import correct_guardian_email
from enrollment.operations.corrections.learners import correct_name
from enrollment.operations.endings.provider import approve_provider_ending
from enrollment.operations.halves.rests import move_rest_day
from enrollment.operations.halves.suspensions import suspend_overdue
from enrollment.operations.offering.holders import tell_of_editions
from enrollment.operations.offering.offers import lift_withdrawal, publish_offer, withdraw_offer
from enrollment.operations.ordering.applications import Application
from enrollment.operations.ordering.consents import ConsentOrigin, withdraw_consent
from enrollment.operations.ordering.guardians import consent_by_link
from enrollment.operations.ordering.orders import cancel_order, lapse_unpaid_orders, place_order
from enrollment.operations.ordering.restoring import restore_order
from enrollment.operations.personal_data import show_personal_data
from enrollment.operations.terms.reviews import confirm_new_days, propose_new_days
from enrollment.operations.terms.watching import watch_terms
from enrollment.operations.training.enrollments import (
    complete_cohort,
    complete_enrollment,
    exclude_from_completion,
    open_performance_deadlines,
)
from enrollment.operations.training.moves import move_by_document
from enrollment.operations.training.results import ResultWish, record_results
from enrollment.operations.training.works import HandedIn, hand_in
from enrollment.rules.programme import Result
from materials.operations import open_material
from offer_site.accounts.models import User
from offer_site.calendar.operations import record_exception, remove_exception
from offer_site.correspondence.cohort_letters import (
    CohortWords,
    send_cohort_letters,
    start_cohort_letter,
    write_cohort_letter,
)
from offer_site.correspondence.models import Form, Way
from offer_site.correspondence.receiving import keep_mail
from offer_site.correspondence.writing import PaperLetter, enter_paper, write_from_cabinet
from offer_site.days import almaty_day, end_of_day, start_of_day
from offer_site.documents import NamedDocument
from offer_site.journal.sealing import seal_journal
from offer_site.maintenance.operations import announce_maintenance, end_maintenance
from offer_site.notices.incoming import ArrivedMail
from offer_site.notices.operations import send_due_notices
from offer_site.retention.erasing import erase_due
from offer_site.retention.leaks import record_leak, report_leak, tell_persons
from offer_site.retention.wishes import ask_to_erase, carry_out_wishes
from offer_site.telegram.groups import invite
from payments.models import Ground, LedgerEntry, ProviderMessage, RefundCase, StatementLine
from payments.operations.ledger.allocations import give_to_order, reopen_with_money
from payments.operations.ledger.corrections import approve_correction, propose_correction
from payments.operations.ledger.manual import approve_manual_receipt
from payments.operations.ledger.refunds import record_refund
from payments.operations.paying.messages import settle_message
from payments.operations.refunds.cases import cancel_case
from payments.operations.refunds.payouts import record_payout_by_hand
from payments.operations.refunds.wrong_payouts import (
    approve_payout_correction,
    propose_payout_correction,
)
from payments.operations.statements.imports import import_statement
from payments.operations.statements.lines import set_line_aside, take_line
from payments.operations.statements.looks import see_statement
from payments.operations.statements.typed_transfers import (
    TransferSeen,
    approve_transfer,
    enter_transfer,
)
from tests.correspondence.mails import a_mail
from tests.enrollment.agreements.scenes import answered
from tests.enrollment.called import a_called_order, a_partner, confirm
from tests.enrollment.claims.scenes import a_claim, a_counterclaim, a_picture, an_answer
from tests.enrollment.conduct.scenes import a_breach, a_reviewed_breach, an_ending, reviewer
from tests.enrollment.editions import a_later_edition, a_short_edition
from tests.enrollment.force_majeure.scenes import a_report, confirmed, over
from tests.enrollment.halves.scenes import REST_ON, a_half_paid_order, pay_the_rest, staff_evidence
from tests.enrollment.offering.scenes import EFFECT, an_edition_answer, record_silence
from tests.enrollment.training.scenes import a_curator, a_programme
from tests.given import (
    NOON,
    a_cohort,
    a_paid_order,
    a_placed_order,
    a_receipt,
    an_application,
    an_owner,
    receive,
)
from tests.materials.scenes import a_video
from tests.papers import a_document
from tests.payments import kaspi
from tests.payments.by_hand import a_clerk, entered
from tests.payments.notifications import a_notification, an_attempt, tell
from tests.payments.refunds.scenes import a_case, a_person, an_approved_case, by_kaspi, the_payout
from tests.payments.statements.scenes import (
    DAY,
    a_statement,
    an_operation,
    an_order_paid,
    bank_details,
)
from tests.payments.waiting import REASON, money_that_waits
from tests.staff.conftest import signed_in

ONE_DAY = timedelta(days=1)
ONE_HOUR = timedelta(hours=1)
TOMORROW = NOON + ONE_DAY
OTHER_IIN = "880202401122"  # of a payer who is nobody


@dataclass
class Busy:
    """The codes of orders by what became of them,
    and the moment at which everything had happened.
    """

    codes: dict[str, str]
    at: datetime

    def __getitem__(self, name: str) -> str:
        return self.codes[name]


def a_busy_world() -> Busy:
    """Live through a whole cohort, from the first order to the last certificate,
    and seal the journal thrice.
    """
    a_short_edition()
    cohort = a_cohort(seats=40)
    bank_details()
    orders = dict(the_day_of_ordering(cohort))
    lapse_unpaid_orders(at=end_of_day(NOON.date()) + timedelta(minutes=5))
    seal_journal(at=TOMORROW)
    for order in the_days_after(cohort, orders):
        orders |= order
    seal_journal(at=TOMORROW + ONE_DAY)
    at = the_end_of_the_course(cohort)
    show_personal_data(order=orders["paid"], reason="сұрады", by="staff:1", at=at)
    what_is_over(orders, at=at)
    a_leak(orders, at=at)
    letters_both_ways(orders, at=at)
    seal_journal(at=at)
    send_due_notices(at=at + timedelta(minutes=1), limit=10_000)
    return Busy({name: order.code for name, order in orders.items()}, at + timedelta(minutes=2))


def letters_both_ways(orders: dict[str, Order], *, at: datetime) -> None:
    """A contract holder and a stranger write, paper is entered, and a cohort gets an offer."""
    paid = Order.objects.with_people().get(pk=orders["paid"].pk)
    for number, sender in enumerate((paid.party.email, "nobody@example.kz")):
        raw = a_mail(sender, message_id=f"<world-{number}@example.kz>")
        keep_mail(mail=ArrivedMail(raw, at, mailbox="world"), at=at)
    write_from_cabinet(
        order=paid, subject="Сұрақ", text="Қашан?", document=a_document(), by="user:1", at=at
    )
    paper = PaperLetter(
        way=Way.OUT,
        form=Form.POST,
        day=at.date(),
        subject="Хат",
        text="Мазмұны",
        receipt_number="KZ1",
        receipt_day=at.date(),
        receipt=a_document(),
    )
    enter_paper(order=paid, paper=paper, by="staff:1", at=at)
    offer = write_cohort_letter(
        cohort=paid.cohort,
        words=CohortWords("Ұсыныс", "Предложение", "Мәтін", "Текст"),
        is_marketing=True,
        by="staff:1",
        at=at,
    )
    start_cohort_letter(letter=offer, by="staff:1", at=at)
    list(send_cohort_letters(at=at))


def the_day_of_ordering(cohort: Cohort) -> Iterator[tuple[str, Order]]:
    """What buyers do in one day."""
    yield "lapsed", a_called_order(cohort=cohort, consents=ConsentsBy.LINK)
    cancelled = a_placed_order(cohort=cohort)
    cancel_order(order=cancelled, by="visitor", at=NOON)
    yield "cancelled", cancelled
    restored = a_placed_order(cohort=cohort)
    cancel_order(order=restored, by="visitor", at=NOON)
    restore_order(order=restored, by="visitor", at=NOON)
    yield "restored", restored
    yield from replaced(cohort)
    second = a_called_order(cohort=cohort, package="vip", consents=ConsentsBy.LINK)
    confirm(second)
    for number, (name, order) in enumerate(
        (
            ("paid", a_placed_order(cohort=cohort, package="vip")),
            ("second", second),
            ("named", a_called_order(cohort=cohort, package="vip", partner=a_partner())),
            ("moved", a_placed_order(cohort=cohort, package="vip")),
        ),
        start=1,
    ):
        yield name, paid_by_card(Order.objects.get(pk=order.pk), transaction=500 + number)
    minor = a_placed_order(cohort=cohort, kind="minor")
    correct_guardian_email(order=minor, email="mother@example.kz", by="visitor", at=NOON)
    consent_by_link(order=minor, text="Келісемін.", language="kk", origin=("", ""), at=NOON)
    receive(a_receipt(minor), minor)
    yield "minor", minor
    yield "guardian", paid_by_kaspi(a_placed_order(cohort=cohort, kind="guardian"))
    yield (
        "company",
        paid_by_kaspi(a_placed_order(cohort=cohort, kind="company"), txn_id="1000000000000000456"),
    )
    yield "marketing", a_paid_order(cohort=cohort, application=with_consent_to("marketing"))
    yield "news", a_paid_order(cohort=cohort, application=with_consent_to("marketing"))
    yield "late", a_placed_order(cohort=cohort)
    yield "parts", in_two_parts(cohort)
    yield "halves", a_half_paid_order(cohort=cohort)
    yield "suspended", a_half_paid_order(cohort=cohort)
    yield "rest moved", a_half_paid_order(cohort=cohort)
    yield "transfer", a_placed_order(cohort=cohort)
    yield "typed", a_placed_order(cohort=cohort)
    yield "by hand", by_hand(a_placed_order(cohort=cohort))
    for number, name in enumerate(("ended", "accused"), start=521):
        yield name, paid_by_card(a_placed_order(cohort=cohort), transaction=number)
    refunded = a_placed_order(cohort=cohort)
    receive(by_kaspi(refunded), refunded)
    yield "refunded", refunded


def replaced(cohort: Cohort) -> Iterator[tuple[str, Order]]:
    """An order for another package takes the place of the first."""
    application = an_application()
    first = a_placed_order(cohort=cohort, application=application, package="ozim")
    second, _is_new = place_order(
        tariff=first.edition.tariffs.get(package__slug="birge", level="standard"),
        cohort=cohort,
        application=application,
        language="ru",
        at=NOON,
        by="visitor",
        opened={first.code},
        replace=True,
    )
    yield "replaced", first
    yield "replacing", second


def paid_by_card(order: Order, *, transaction: int) -> Order:
    an_attempt(order)
    with time_machine.travel(NOON, tick=False):
        told = a_notification(order, transaction=transaction)
        assert tell("pay", told).json()["code"] == tell("pay", told).json()["code"] == 0
    return order


def paid_by_kaspi(order: Order, **params: Any) -> Order:
    with time_machine.travel(NOON, tick=False):
        assert kaspi.result(kaspi.a_payment(order, **params)) == 0
    return order


def with_consent_to(purpose: str) -> Application:
    application = an_application()
    return Application(
        **(application.__dict__ | {"consents": (*application.consents, (purpose, "Хат аламын"))})
    )


def in_two_parts(cohort: Cohort) -> Order:
    """Staff give an order two receipts, each less than the price."""
    order = a_placed_order(cohort=cohort)
    for amount in (Decimal("50000.50"), order.price - Decimal("50000.50")):
        give_to_order(
            entry=money_that_waits(order, amount=amount),
            code=order.code,
            reason=REASON,
            by=an_owner(),
            at=NOON,
            amount=amount,
        )
    return order


def by_hand(order: Order) -> Order:
    approve_manual_receipt(
        receipt=entered(order, by=a_clerk("first")), by=a_clerk("second"), at=NOON
    )
    return order


def the_days_after(cohort: Cohort, orders: dict[str, Order]) -> Iterator[dict[str, Order]]:
    """What staff and the banks do before the course begins."""
    transfers(orders)
    corrections(orders)
    late = orders["late"]
    entry = money_that_waits(late, at=TOMORROW)
    reopen_with_money(entry=entry, code=late.code, reason=REASON, by=an_owner(), at=TOMORROW)
    money_that_waits(orders["lapsed"], at=TOMORROW)
    record_refund(
        provider="card",
        reference="r-77",
        refunds_reference="504",
        amount=Decimal("1000.00"),
        happened_at=TOMORROW,
        at=TOMORROW,
    )
    refunds(orders)
    wrong_money(orders)
    contradictions(orders)
    conduct(orders)
    edition = orders["paid"].edition
    withdraw_offer(edition=edition, reason="2.4", by=an_owner(), at=TOMORROW)
    lift_withdrawal(edition=edition, reason="2.4", by=an_owner(), at=TOMORROW)
    days = {"name_kk": "Демалыс", "name_ru": "Выходной", "source": "ҚР Үкіметінің қаулысы № 1"}
    record_exception(
        day=date(2027, 1, 26), is_working=False, **days, by=f"staff:{an_owner().pk}", at=TOMORROW
    )
    wrong = record_exception(
        day=date(2027, 1, 28), is_working=False, **days, by="staff:1", at=TOMORROW
    )
    remove_exception(exception=wrong, by="staff:1", at=TOMORROW + timedelta(hours=1))
    an_edit_in_the_admin(cohort)
    a_later_edition_of_the_offer(orders)
    works = announce_maintenance(
        starts_at=TOMORROW + ONE_DAY,
        ends_at=TOMORROW + ONE_DAY + timedelta(hours=1),
        words_kk="Жаңартамыз.",
        words_ru="Обновляем.",
        by="staff:1",
        at=TOMORROW,
    )
    end_maintenance(maintenance=works, by="staff:1", at=TOMORROW)
    yield {"next cohort": a_moved_order(cohort)}
    tell_of_editions(at=TOMORROW + ONE_HOUR)  # the clock finds who came since
    yield {"unpaid": a_placed_order(cohort=cohort, at=TOMORROW + ONE_DAY)}


def a_later_edition_of_the_offer(orders: dict[str, Order]) -> None:
    """One is published for a later day: one student objects, one agrees, the others are silent."""
    with TemporaryDirectory() as folder:
        publish_offer(
            folder=a_later_edition(Path(folder)), by="system", at=TOMORROW, effective_from=EFFECT
        )
    tell_of_editions(at=TOMORROW)
    send_due_notices(at=TOMORROW + timedelta(minutes=1), limit=10_000)
    answered = {
        "paid": EditionAnswerKind.OBJECTED,
        "second": EditionAnswerKind.AGREED,
    }
    for name, kind in answered.items():
        an_edition_answer(
            EditionNotice.objects.get(order=orders[name]), kind, at=TOMORROW + ONE_HOUR
        )


def transfers(orders: dict[str, Order]) -> None:
    """A statement with one transfer of an order, two equal ones of nobody, and more of nobody."""
    operations = [
        an_order_paid(orders["transfer"]),
        an_operation(purpose="оплата", number=20),
        an_operation(purpose="оплата", number=20),
        an_operation(purpose="аренда", number=21),
        an_operation(purpose="курс", number=22),
    ]
    import_statement(content=a_statement(operations), name="kaspi.txt", by="system", at=TOMORROW)
    aside, taken, *_waiting = StatementLine.objects.filter(state="unmatched").order_by("-pk")
    set_line_aside(line=aside, reason="аренда", by=an_owner(), at=TOMORROW)
    a_file_that_one_person_brought()
    take_line(line=taken, reason=REASON, by=an_owner(), at=TOMORROW)
    order = orders["typed"]
    transfer = TransferSeen(
        documented_on=DAY,
        amount=Decimal(f"{order.price}.00"),
        payer="Тестов Б.",
        payer_id=OTHER_IIN,
        number="77",
        purpose=f"{order.code} оплата курса",
    )
    line = enter_transfer(
        transfer=transfer,
        reason="Kaspi Business",
        document=a_document(),
        by=a_clerk("first"),
        at=TOMORROW,
    )
    assert approve_transfer(line=line, by=a_clerk("second"), at=TOMORROW) == order.code


def a_file_that_one_person_brought() -> None:
    """Another compares it with the bank."""
    brought = import_statement(
        content=a_statement([an_operation(purpose="курс", number=23)], closing="149990.00"),
        name="halyk.txt",
        by=f"staff:{a_clerk('first').pk}",
        at=TOMORROW,
    )
    see_statement(file=brought.file, by=a_clerk("second"), at=TOMORROW)


def corrections(orders: dict[str, Order]) -> None:
    """What people correct and take back."""
    correct_email(
        order=orders["moved"], email="moved@example.kz", by="staff:1", at=TOMORROW, document="№ 7"
    )
    correct_name(
        learner=orders["named"].learner,
        surname="Әбілқасым",
        name="Гүлнұр",
        patronymic="",
        issued=False,
        by=f"user:{an_owner().pk}",
        at=TOMORROW,
    )
    consent = Consent.objects.get(party=orders["marketing"].party_id, purpose="marketing")
    withdraw_consent(consent=consent, by="visitor", at=TOMORROW)


def refunds(orders: dict[str, Order]) -> None:
    """One contract ends with a refund, paid by hand; one demand is declined, one taken back,
    one is not answered.
    """
    refunded = orders["refunded"]
    case = an_approved_case(refunded, refunded.price, at=TOMORROW)
    record_payout_by_hand(
        payout=the_payout(case),
        reference="K-77",
        paid_on=TOMORROW.date(),
        document="Kaspi, чек 77",
        by=a_person("first"),
        at=TOMORROW,
    )
    an_approved_case(orders["second"], 0, at=TOMORROW, ground=Ground.CHANGE_OF_MIND)
    cancel_case(
        case=a_case(orders["named"], at=TOMORROW),
        reason="қайтарып алды",
        by=a_person("first"),
        at=TOMORROW,
    )
    a_case(orders["guardian"], at=TOMORROW)
    settled = an_answer(a_claim(orders["guardian"], at=TOMORROW), at=TOMORROW).claim
    answered(orders["guardian"], "claim", settled.pk, at=TOMORROW + ONE_HOUR)
    a_claim(orders["guardian"], at=TOMORROW, demand="Басқа сабақ")
    taken = a_claim(orders["guardian"], at=TOMORROW, demand="Сабақты ауыстыру")
    record_withdrawal(claim=taken, document=a_picture("өтініш.png"), by=reviewer(), at=TOMORROW)
    confirmed(a_report(orders["guardian"], at=TOMORROW), at=TOMORROW)


def wrong_money(orders: dict[str, Order]) -> None:
    """A receipt by hand that never came, and a payout that never left and left a day later."""
    receipt = entered(
        orders["paid"], reference="QR-2", amount=Decimal(900), is_another=True, by=a_clerk("first")
    )
    approve_manual_receipt(receipt=receipt, by=a_clerk("second"), at=NOON, is_another=True)
    correction = propose_correction(
        entry=LedgerEntry.objects.get(reference="kaspi-pay QR-2"),
        reason="басқа адамның түбіртегі",
        document=a_document(),
        by=a_clerk("first"),
        at=TOMORROW,
    )
    approve_correction(correction=correction, by=a_clerk("second"), at=TOMORROW)
    case = RefundCase.objects.get(order=orders["refunded"])
    correction = propose_payout_correction(
        entry=LedgerEntry.objects.refunds().get(reference="K-77"),
        reason="банк аудармаған",
        document=a_document(),
        by=a_clerk("first"),
        at=TOMORROW,
    )
    approve_payout_correction(correction=correction, by=a_clerk("second"), at=TOMORROW)
    record_payout_by_hand(
        payout=the_payout(case),
        reference="K-78",
        paid_on=TOMORROW.date(),
        document="Kaspi, чек 78",
        by=a_person("first"),
        at=TOMORROW + timedelta(hours=1),
    )


def conduct(orders: dict[str, Order]) -> None:
    """One breach is withdrawn and one confirmed; one contract ends for two breaches."""
    a_reviewed_breach("withdrawn", orders["accused"], at=TOMORROW, document=a_document())
    copied = a_reviewed_breach("confirmed", orders["accused"], rule="11.5-1", at=TOMORROW)
    a_counterclaim(orders["accused"], breach=copied, at=TOMORROW + timedelta(hours=2))
    a_breach(orders["ended"], at=TOMORROW)
    a_breach(orders["ended"], rule="6.3-3", at=TOMORROW)
    ending = an_ending(orders["ended"], 1, 2, at=TOMORROW)
    approve_provider_ending(ending=ending, by=reviewer(), at=TOMORROW)


def contradictions(orders: dict[str, Order]) -> None:
    """A known reference is told with another amount: a conflict, which staff settle."""
    with time_machine.travel(TOMORROW, tick=False):
        tell("pay", a_notification(orders["paid"], transaction=501, Amount="1.00"))
    settle_message(
        message=ProviderMessage.objects.conflicts().get(),
        reason="банк қателесті",
        by=an_owner(),
        at=TOMORROW,
    )


def a_moved_order(cohort: Cohort) -> Order:
    """A student who learns in the next cohort, as a document says."""
    order = a_paid_order(cohort=cohort, at=TOMORROW)
    move_by_document(
        enrollment=order.enrollment,
        to=a_cohort(seats=2, starts_on=cohort.ends_on + 30 * ONE_DAY),
        reason="ауырды",
        document=a_document(),
        by=an_owner(),
        at=TOMORROW,
    )
    return order


def an_edit_in_the_admin(cohort: Cohort) -> None:
    """The owner corrects the course's name where the admin keeps its own note of it."""
    with time_machine.travel(TOMORROW, tick=False):
        page = reverse("admin:enrollment_course_change", args=[cohort.course_id])
        sent = {"name": cohort.course.name, "content_is_sample": ""}
        assert signed_in(an_owner()).post(page, sent).status_code == 302


def a_leak(orders: dict[str, Order], *, at: datetime) -> None:
    """A leak is found, told to the authority, and told to those concerned."""
    leak = record_leak(
        happened="ноутбук жоғалды",
        data="аты-жөні",
        measures="құлыпталды",
        contact="+7 701 000 00 00",
        persons=1,
        orders=[orders["paid"].code],
        found_at=at,
        by=an_owner(),
        at=at,
    )
    report_leak(leak=leak, number="K-1", reported_at=at, by=an_owner(), at=at)
    tell_persons(leak=leak, told_kk="Ноутбук жоғалды.", told_ru="Утерян.", by=an_owner(), at=at)


def what_is_over(orders: dict[str, Order], *, at: datetime) -> None:
    """A student asks to erase, and the night erases what is over."""
    party = Order.objects.with_people().get(pk=orders["paid"].pk).party
    reader = User.objects.get_or_create(email=party.email)[0]
    ask_to_erase(user=reader, origin=ConsentOrigin(ConsentWay.CABINET), at=at)
    assert len(list(carry_out_wishes(at=at))) == 1
    assert len(list(erase_due(at=at))) > 1


def teaching(cohort: Cohort) -> None:
    """A curator records results, students open a material, and the group has its invites."""
    lesson, *_others = a_programme(cohort)
    taught = Order.objects.filter(cohort=cohort, state="paid").order_by("pk")
    students = [order.enrollment for order in taught[:2]]
    curator = a_curator("busy", *students)
    at = start_of_day(cohort.starts_on) + timedelta(hours=20)
    for result in ("absent", "attended"):
        wishes = [ResultWish(each.pk, lesson.pk, Result(result)) for each in students]
        record_results(wishes=wishes, by=curator, at=at)
    report = cohort.items.get(kind="report")
    for words in ("бірінші", "екінші"):
        given = HandedIn(words=words, files=[NamedDocument("есеп.pdf", a_document())])
        hand_in(enrollment=students[0], item=report, given=given, by="user:1", at=at)
    material = a_video(cohort)
    for each in students:
        open_material(material=material, enrollment=each, address="198.18.0.1", at=at)
        invite(about=("enrollment", str(each.pk)), group=-1001, label=each.order.code, at=at)


def the_end_of_the_course(cohort: Cohort) -> datetime:
    """Rests are paid, moved or not paid; learners are completed or left out;
    certificates go out and are corrected.
    """
    halves = {
        order.code: order
        for order in Order.objects.filter(cohort=cohort, state="prepaid").order_by("pk")
    }
    paid, _suspended, moved = halves.values()
    pay_the_rest(paid, at=start_of_day(REST_ON) + timedelta(hours=9))
    move_rest_day(
        order=moved,
        to_day=REST_ON + 3 * ONE_DAY,
        reason="келісілді",
        evidence=staff_evidence(at=TOMORROW),
        at=start_of_day(REST_ON) - timedelta(minutes=1),  # before the force majeure began
    )
    days_are_put_off(moved)
    suspend_overdue(at=end_of_day(REST_ON))
    record_silence(at=end_of_day(REST_ON))
    pay_the_rest(moved, at=start_of_day(REST_ON + 2 * ONE_DAY))
    teaching(cohort)
    at = start_of_day(cohort.ends_on) + timedelta(hours=12)
    open_performance_deadlines(at=at)
    first = Order.objects.filter(cohort=cohort, state="paid").order_by("pk").first()
    assert first is not None
    complete_enrollment(enrollment=first.enrollment, by=an_owner(), at=at)
    _second, _third, *others = Order.objects.filter(cohort=cohort, state="paid").order_by("pk")
    excluded = {order.enrollment.pk: "сабаққа келмеді" for order in others}
    complete_cohort(cohort=cohort, excluded=excluded, by=an_owner(), at=at)
    for enrollment_id, _code in due_enrollments(at=at):
        issue_certificate(enrollment_id=enrollment_id, at=at)
    send_due_notices(at=at + timedelta(minutes=1), limit=10_000)
    confirm_sent(at=at + timedelta(minutes=2))
    old, revoked, *_others = Certificate.objects.order_by("number")
    later = at + ONE_DAY
    name = LearnerName("Әбілқасымқызы", "Гүлнұр")
    replace_certificate(certificate=old, reason="тегі", learner_name=name, by=an_owner(), at=later)
    revoke_certificate(certificate=revoked, reason="қате берілді", by=an_owner(), at=later)
    open_performance_deadlines(at=later)  # of whose last day was put off
    exclude_from_completion(
        enrollment=moved.enrollment, reason="сабаққа келмеді", by=an_owner(), at=later
    )
    terms_move(excluded=others[0], at=later)
    watch_deadlines(at=later + 13 * ONE_DAY)
    watch_terms(at=later + 13 * ONE_DAY)
    return later + 14 * ONE_DAY


def days_are_put_off(order: Order) -> None:
    """One day of force majeure puts off the day of the rest and the last day of teaching (8.6)."""
    at = start_of_day(REST_ON) + timedelta(hours=1)
    event = confirmed(a_report(order, kind="epidemic", began_on=REST_ON, at=at), at=at)
    over(event, REST_ON, at=at)
    assert event.contracts.get().days_put_off.count() == 2


def terms_move(*, excluded: Order, at: datetime) -> None:
    """A force majeure puts off the terms of one contract, a day off those of all (8.6, D1)."""
    began_on = almaty_day(at)
    event = confirmed(a_report(excluded, began_on=began_on, at=at), at=at)
    at += ONE_DAY
    over(event, almaty_day(at), at=at)
    assert event.contracts.get().moved_days == 2
    record_exception(
        day=date(2027, 1, 28),
        is_working=False,
        name_kk="Демалыс",
        name_ru="Выходной",
        source="№ 3",
        by="staff:1",
        at=at,
    )
    assert propose_new_days(at=at + timedelta(minutes=10))
    review = CalendarReview.objects.get()
    confirm_new_days(review=review, reason="№ 3", by=an_owner(), at=at + timedelta(minutes=20))
