"""The proof of a contract tells its claims, force majeure, and the letters that came."""

import hashlib
from datetime import timedelta

import pytest

from enrollment.models import Order
from enrollment.operations.claims.filing import record_withdrawal
from enrollment.operations.corrections.email import correct_email
from enrollment.rules.sides import Side
from offer_site.correspondence.receiving import connect, keep_mail, set_mail_aside
from offer_site.correspondence.writing import put_to_order
from offer_site.journal.models import Entry
from offer_site.notices.incoming import ArrivedMail
from offer_site.proof.claims import claims, force_majeure
from offer_site.proof.parts import canonical
from offer_site.proof.received import received
from tests.correspondence.mails import a_mail
from tests.enrollment.claims.scenes import (
    DAY,
    DEMAND,
    a_claim,
    a_counterclaim,
    a_picture,
    a_request,
    an_answer,
)
from tests.enrollment.force_majeure.scenes import BEGAN_ON, a_report, confirmed, over
from tests.given import NOON, a_paid_order, an_owner
from tests.papers import PDF, PNG

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("short_contracts")]
LATER = NOON + timedelta(hours=1)
WORDS = ("demand", "amount", "calculation", "circumstances", "evidence", "other")


def whole(order):
    return Order.objects.with_people().select_related("invoice").get(pk=order.pk)


@pytest.mark.clause("10.2.2", "10.2.3")
def test_claims_of_both_sides_stand_in_it_with_files_requests_and_answers():
    order = a_paid_order()
    first = a_claim(order)
    a_request(first)
    an_answer(first, at=NOON + 4 * DAY)
    a_counterclaim(order, at=NOON + DAY)
    taken = a_claim(order, demand="Басқа")
    record_withdrawal(claim=taken, document=a_picture("өтініш.png"), by=an_owner(), at=NOON + DAY)
    part = claims(whole(order))
    by_demand = {each["demand"]: each for each in part.facts}
    told = by_demand[DEMAND]
    assert told["answer"]["proposal_ru"] == "Повторим урок в пятницу."
    assert told["requests"][0]["what_kk"] == "Экран көшірмесі"
    assert by_demand["Залалды өтеу"]["breach"] == 1
    back = by_demand["Басқа"]
    assert back["paper_of_withdrawal"] == back["files"][1]["document_sha256"]
    assert {file.read() for file in part.files} == {PNG}
    assert sorted(file.name for file in part.files) == sorted(
        file["file"] for each in part.facts for file in each["files"]
    )


@pytest.mark.clause("10.2.2")
def test_the_journals_digest_of_a_claim_is_counted_from_the_proof_alone():
    order = a_paid_order()
    a_claim(order, amount=30_000, calculation="3 сабақ")
    (told,) = claims(whole(order)).facts
    words = {name: str(told[name] or "") for name in WORDS}
    counted = hashlib.sha256((told["salt"] + canonical(words)).encode()).hexdigest()
    assert counted == Entry.objects.get(verb="claim.filed").facts["digest"]


@pytest.mark.clause("8.3", "8.6")
def test_force_majeure_stands_in_it_with_what_it_moved():
    order = a_paid_order()
    a_claim(order)  # its answer is due meanwhile
    over(confirmed(a_report(order)), BEGAN_ON + timedelta(days=4))
    part = force_majeure(whole(order))
    (told,) = part.facts
    assert (told["contract"]["moved_days"], told["reported_by"]) == (5, Side.USER)
    assert [file.read() for file in part.files] == [PDF]
    assert [chapter.is_empty for chapter in part.chapters] == [False]


def test_without_any_it_says_so():
    order = whole(a_paid_order())
    for part in (claims(order), force_majeure(order), received(order)):
        assert part.facts == []
        assert [chapter.is_empty for chapter in part.chapters] == [True]


@pytest.mark.clause("12.1", "12.1.3")
def test_a_letter_of_the_party_is_in_it_whole_and_a_strangers_by_its_digest_alone():
    order = a_paid_order(email="student@example.kz")
    own = a_mail("student@example.kz")
    strange = a_mail("aunt@example.kz", subject="Құпия", message_id="<9@example.kz>")
    keep_mail(mail=ArrivedMail(own, LATER, mailbox="test"), at=LATER)
    letter = keep_mail(mail=ArrivedMail(strange, LATER, mailbox="test"), at=LATER)
    connect(letter, [order], by="staff:1", at=LATER)
    part = received(whole(order))
    assert [file.read() for file in part.files] == [own]
    first, second = part.facts
    assert (first["standing"], first["file"]) == ("notice", "letters/001-e-mail.eml")
    assert second["raw_sha256"] == hashlib.sha256(strange).hexdigest()
    assert "aunt" not in str(second)
    assert "Құпия" not in str([second, part.chapters])


@pytest.mark.clause("12.1.3")
@pytest.mark.parametrize("is_set_aside", [False, True])
def test_a_letter_of_another_student_that_staff_put_here_is_left_out_and_the_note_says_so(
    is_set_aside,
):
    order = a_paid_order(email="student@example.kz")
    a_paid_order(email="other@example.kz")
    raw = a_mail("other@example.kz", subject="Құпия")
    keep = set_mail_aside if is_set_aside else keep_mail
    letter = keep(mail=ArrivedMail(raw, LATER, mailbox="test"), at=LATER)
    put_to_order(letter=letter, order=order, reason="шатасқан", by="staff:1", at=LATER)
    part = received(whole(order))
    assert part.files == []
    assert part.facts[0]["raw_sha256"] == hashlib.sha256(raw).hexdigest()
    assert "other@" not in str(part.facts)
    assert "Құпия" not in str([part.facts, part.chapters])
    (chapter,) = part.chapters
    assert [ru for _kk, ru in chapter.notes] == [
        "Текста писем с других адресов и тех, которые не удалось прочитать, здесь нет, "
        "есть только их контрольная сумма."
    ]


def test_a_letter_from_the_address_before_a_correction_is_the_partys():
    order = a_paid_order(email="student@example.kz")
    raw = a_mail("student@example.kz")
    keep_mail(mail=ArrivedMail(raw, LATER, mailbox="test"), at=LATER)
    correct_email(order=order, email="new@example.kz", by="staff:1", at=LATER, document="№ 7")
    part = received(whole(order))
    assert [file.read() for file in part.files] == [raw]
    assert part.chapters[0].notes == ()
