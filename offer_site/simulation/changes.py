"""What changes under a contract: its cohort, its words, its end; letters and personal data."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from django.conf import settings

from enrollment.models import (
    AnswerDoor,
    Breach,
    CohortMove,
    EditionAnswerKind,
    EditionNotice,
    EditionTalk,
    Enrollment,
    EnrollmentState,
    LinkSubject,
    Order,
    ProgrammeItem,
    TalkOutcome,
)
from enrollment.models.link_answer import NOBODY
from enrollment.operations.agreements.by_link import answer_by_link
from enrollment.operations.agreements.proposals import find_proposal
from enrollment.operations.conduct.breaches import record_breach, review_breach
from enrollment.operations.endings.proposals import answer_proposal, ending_days, propose_ending
from enrollment.operations.endings.provider import approve_provider_ending, propose_provider_ending
from enrollment.operations.links import proposal_signature
from enrollment.operations.offering.edition_answers import answer_edition, close_talk
from enrollment.operations.offering.offers import publish_offer
from enrollment.operations.ordering.consents import IN_CABINET
from enrollment.operations.training.moves import agree_to_move, propose_move
from enrollment.operations.training.results import ResultWish, record_results
from enrollment.operations.training.works import HandedIn, hand_in
from enrollment.rules.endings import Ground
from enrollment.rules.programme import MARKS, ItemKind, Result
from enrollment.rules.sides import Side
from offer_site.accounts.models import User
from offer_site.accounts.operations import admitted_user
from offer_site.correspondence.receiving import keep_mail
from offer_site.correspondence.writing import mark_read, write_from_cabinet, write_to_party
from offer_site.days import ALMATY, almaty_day, start_of_day
from offer_site.journal.operations import actor
from offer_site.languages import speaking
from offer_site.notices.incoming import ArrivedMail
from offer_site.retention.leaks import record_leak, report_leak, tell_persons
from offer_site.retention.wishes import ask_to_erase

from .academy import Life, Ordered, Road, Simulation, newest_offer
from .lives import DAY, HOURS, pays_by_kaspi
from .troubles import RULE, learns

# The words of 10.3 in each language, and what the later edition says in their place.
CHANGED = {
    "kk.md": ("10.3. Даулар", "10.3. Келісімге келмеген даулар"),
    "ru.md": ("10.3. Споры", "10.3. Неурегулированные споры"),
}
TO_OBJECT = 30 * DAY
PASSED_OF_TEN = 9  # results of ten that are good


def moves_to_the_next_cohort(here: Simulation) -> Life:
    """Cannot come now: staff propose the next cohort, and the student agrees by the letter."""
    yield from _moved(here, by_link=True)


def leaves_by_agreement(here: Simulation) -> Life:
    """Moves to the next cohort, and ends the contract with the academy's consent (12.4)."""
    order = yield from _moved(here)
    yield here.in_minutes()
    ends_on = ending_days(order, here.enrollment(order), at=here.now).first
    proposal = propose_ending(
        order=order,
        side=Side.USER,
        ends_on=ends_on,
        why="Басқа қалаға көшемін.",
        returned=order.price // 2,
        by=_student(order),
        at=here.now,
    )
    yield here.later(least=HOURS, most=20 * HOURS)
    answer_proposal(
        proposal=proposal, side=Side.ACADEMY, accepts=True, by=here.staff["owner"], at=here.now
    )


def is_refused_an_end(here: Simulation) -> Life:
    """Moves and proposes to end with the whole price: the academy declines, with the reason."""
    order = yield from _moved(here)
    yield here.in_minutes()
    proposal = propose_ending(
        order=order,
        side=Side.USER,
        ends_on=ending_days(order, here.enrollment(order), at=here.now).first,
        why="Уақытым жоқ.",
        returned=order.price,
        by=_student(order),
        at=here.now,
    )
    yield here.later(least=HOURS, most=20 * HOURS)
    answer_proposal(
        proposal=proposal,
        side=Side.ACADEMY,
        accepts=False,
        reason="Сабақтар басталмай тұрып келесі топқа ауысуға болады.",
        by=here.staff["owner"],
        at=here.now,
    )


def is_ended_for_breaches(here: Simulation) -> Life:
    """Breaks the rules twice: two people end the contract (12.5.1.1)."""
    order = yield from learns(here, after=7 * DAY)
    numbers = []
    for _time in range(order.edition.terms["breaches_for_termination"]):
        breach = _a_confirmed_breach(here, order)
        numbers.append(breach.number)
        yield here.later(least=DAY, most=2 * DAY)
    ending = propose_provider_ending(
        order=order,
        ground=Ground.REPEATED,
        breaches=numbers,
        reasons_kk="Екі рет дөрекі сөз жазды.",
        reasons_ru="Дважды писал грубости.",
        by=here.staff["first"],
        at=here.now,
    )
    yield here.later(least=HOURS, most=5 * HOURS)
    approve_provider_ending(ending=ending, by=here.staff["owner"], at=here.now)


def writes_letters(here: Simulation) -> Life:
    """Writes by e-mail and in the cabinet; staff read both and answer."""
    order = yield from learns(here, after=3 * DAY)
    mail = ArrivedMail(raw=_a_mail(here, order), at=here.now, mailbox="INBOX")
    letter = keep_mail(mail=mail, at=here.now)
    yield here.later(least=HOURS, most=5 * HOURS)
    by = actor(here.staff["first"])
    if letter is None:
        raise RuntimeError("A letter of the registered e-mail was not kept.")
    mark_read(letter=letter, by=by, at=here.now)
    write_to_party(
        order=order,
        subject="Сабақ уақыты",
        text="Сабақ 20:00-де басталады.",
        language=order.language,
        answers=letter,
        by=by,
        at=here.now,
    )
    yield here.later(least=HOURS, most=5 * HOURS)
    letter, _is_new = write_from_cabinet(
        order=order,
        subject="Рақмет",
        text="Жауабыңызға рақмет.",
        by=actor(_student(order)),
        at=here.now,
    )
    yield here.later(least=HOURS, most=5 * HOURS)
    mark_read(letter=letter, by=by, at=here.now)


def objects_to_an_edition(here: Simulation) -> Life:
    """Objects to the later edition; the talk ends with the contract as it was (12.2.1)."""
    order = yield from learns(here, after=13 * DAY)
    notice = EditionNotice.objects.get(order=order)
    answer_edition(
        notice=notice,
        kind=EditionAnswerKind.OBJECTED,
        words="Бұрынғы талаптармен қалғым келеді.",
        door=AnswerDoor.CABINET,
        said_at=here.now,
        by=actor(_student(order)),
        at=here.now,
    )
    yield here.later(least=DAY, most=3 * DAY)
    close_talk(
        talk=EditionTalk.objects.get(answer__notice=notice),
        outcome=TalkOutcome.GOES_ON,
        reason="шарт өз редакциясымен жалғасады",
        by=actor(here.staff["owner"]),
        at=here.now,
    )


def agrees_to_an_edition(here: Simulation) -> Life:
    """Agrees to the later edition in the cabinet."""
    order = yield from learns(here, after=13 * DAY)
    answer_edition(
        notice=EditionNotice.objects.get(order=order),
        kind=EditionAnswerKind.AGREED,
        words="",
        door=AnswerDoor.CABINET,
        said_at=here.now,
        by=actor(_student(order)),
        at=here.now,
    )


def wishes_to_be_forgotten(here: Simulation) -> Life:
    """Asks to erase the own data a week after the certificate (11.4)."""
    order = yield from pays_by_kaspi(here)
    yield start_of_day(here.cohort.ends_on) + 17 * DAY
    ask_to_erase(user=_student(order), origin=IN_CABINET, at=here.now)


def hands_in_a_work(here: Simulation) -> Life:
    """Hands in the assignment twice, the second time with a link (7.2.4)."""
    order = yield from learns(here, after=13 * DAY)
    item = here.cohort.items.get(kind=ItemKind.ASSIGNMENT)
    enrollment = here.enrollment(order)
    by = actor(_student(order))
    hand_in(
        enrollment=enrollment, item=item, given=HandedIn(words="Мақсат: сату"), by=by, at=here.now
    )
    yield here.later(least=HOURS, most=5 * HOURS)
    given = HandedIn(words="Мақсат: сату, дәлірек", link="https://example.kz/work")
    hand_in(enrollment=enrollment, item=item, given=given, by=by, at=here.now)


CHANGES: dict[Road, int] = {
    moves_to_the_next_cohort: 2,
    leaves_by_agreement: 1,
    is_refused_an_end: 1,
    is_ended_for_breaches: 1,
    writes_letters: 3,
    objects_to_an_edition: 1,
    agrees_to_an_edition: 1,
    wishes_to_be_forgotten: 1,
    hands_in_a_work: 3,
}


def publishes_a_later_edition(here: Simulation) -> Life:
    """The owner publishes other words of 10.3, which holders may object to for a month."""
    yield here.now
    effective_from = almaty_day(here.now + TO_OBJECT)
    with _a_later_text(f"{effective_from}") as folder:
        by = actor(here.staff["owner"])
        publish_offer(folder=folder, by=by, at=here.now, effective_from=effective_from)


def marks_the_results(here: Simulation) -> Life:
    """The curator marks each week what was held and handed in."""
    for item in here.cohort.items.order_by("day", "pk"):
        yield max(start_of_day(item.day) + 22 * HOURS, here.now)
        _mark(here, item)


def loses_a_list(here: Simulation) -> Life:
    """A list of students went to a wrong address: the authority is told, and then they are."""
    codes = list(
        Enrollment.objects.filter(cohort=here.cohort)
        .order_by("pk")
        .values_list("order__code", flat=True)[:3]
    )
    owner = here.staff["owner"]
    leak = record_leak(
        happened="Тізім басқа адамға жіберілді.",
        data="аты-жөні, телефоны",
        measures="Хат кері қайтарылды.",
        contact=owner.email,
        persons=len(codes),
        orders=codes,
        found_at=here.now,
        by=owner,
        at=here.now,
    )
    yield here.in_minutes()
    report_leak(leak=leak, number="ХБ-7", reported_at=here.now, by=owner, at=here.now)
    yield here.in_minutes()
    tell_persons(
        leak=leak,
        told_kk="Тізім бөтен адамға барды, хат кері алынды.",
        told_ru="Список ушёл постороннему, письмо отозвано.",
        by=owner,
        at=here.now,
    )


def _moved(here: Simulation, *, by_link: bool = False) -> Ordered:
    """Order, pay, and move to the next cohort; the order."""
    order = yield from pays_by_kaspi(here)
    yield here.in_minutes()
    enrollment = here.enrollment(order)
    move = propose_move(
        enrollment=enrollment,
        to=here.next_cohort,
        reason="сұрады: іссапарға кетеді",
        by=here.staff["first"],
        at=here.now,
    )
    yield here.in_minutes()
    if by_link:
        _agrees_by_link(order, move, at=here.now)
    else:
        agree_to_move(move=_as_sent(move), by=actor(_student(order)), at=here.now)
    order.refresh_from_db()
    return order


def _agrees_by_link(order: Order, move: CohortMove, *, at: datetime) -> None:
    """Press the button of the page that the letter's link opens."""
    reader = Order.objects.with_people().get(pk=order.pk)
    with speaking(reader.language):
        proposal = find_proposal(reader, LinkSubject.MOVE, move.pk, at=at)
        if proposal is None:
            raise LookupError(f"{order.code}: no move {move.pk}")
        answer_by_link(
            order=reader,
            subject=LinkSubject.MOVE,
            number=move.pk,
            key=proposal_signature(reader, LinkSubject.MOVE, move.pk),
            about=proposal.words().digest,
            accepts=True,
            language=reader.language,
            origin=("198.18.255.2", "simulation"),
            by=NOBODY,
            at=at,
        )


def _as_sent(move: CohortMove) -> CohortMove:
    """The proposal as the cabinet reads it."""
    return CohortMove.objects.select_related("enrollment").get(pk=move.pk)


def _student(order: Order) -> User:
    """Who signs in with the order's e-mail."""
    user = admitted_user(email=order.party.email)
    if user is None:
        raise RuntimeError(f"{order.code} is paid, and its student may not sign in.")
    return user


def _a_confirmed_breach(here: Simulation, order: Order) -> Breach:
    breach = record_breach(
        order=order,
        rule=RULE,
        happened_at=here.now - timedelta(minutes=10),
        what=f"Чатта дөрекі сөз жазды, {here.now:%d.%m.%Y}.",
        by=here.staff["first"],
        at=here.now,
    )
    return review_breach(
        breach=breach,
        verdict="confirmed",
        reasons_kk="Чаттағы хабарлама қаралды.",
        reasons_ru="Сообщение в чате прочитано.",
        by=here.staff["second"],
        at=here.now,
    )


def _a_mail(here: Simulation, order: Order) -> bytes:
    """A mail of the student, as the mailbox of the offer has it."""
    mail = EmailMessage()
    mail["From"] = order.party.email
    mail["To"] = settings.PROVIDER_EMAIL
    mail["Subject"] = f"Сабақ туралы, {order.code}"
    mail["Date"] = format_datetime(here.now.astimezone(ALMATY))
    mail["Message-ID"] = f"<{next(here.numbers)}@example.kz>"
    mail.set_content("Сабақ нешеде басталады?")
    return mail.as_bytes()


@contextmanager
def _a_later_text(name: str) -> Iterator[Path]:
    """The folder of the newest edition with other words in one clause of both languages."""
    with tempfile.TemporaryDirectory() as above:
        folder = Path(above) / name
        folder.mkdir()
        for file in newest_offer().iterdir():
            content = file.read_text(encoding="utf-8")
            was, becomes = CHANGED.get(file.name, ("", ""))
            folder.joinpath(file.name).write_text(
                content.replace(was, becomes) if was else content, encoding="utf-8"
            )
        yield folder


def _mark(here: Simulation, item: ProgrammeItem) -> None:
    """Most have done it; the others have not."""
    students = Enrollment.objects.filter(cohort=here.cohort, state=EnrollmentState.ACTIVE)
    good, bad = MARKS[item.kind]
    wishes = [
        ResultWish(
            enrollment=student,
            item=item.pk,
            result=Result(good if here.chance.randint(1, 10) <= PASSED_OF_TEN else bad),
        )
        for student in students.order_by("pk").values_list("pk", flat=True)
    ]
    record_results(wishes=wishes, by=here.staff["first"], at=here.now)
