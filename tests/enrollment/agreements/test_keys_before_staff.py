"""Staff read letters and take proofs: no key in them answers for the student (12.4, 0064)."""

import io
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.urls import reverse

from enrollment.models import EndingProposal, Order
from enrollment.operations.links import proposal_link, proposal_signature
from enrollment.rules.sides import Side
from offer_site.correspondence.receiving import keep_mail
from offer_site.mails import holds
from offer_site.notices.outbox import send_due_notices
from tests.correspondence.mails import a_mail
from tests.correspondence.test_receiving import fetched
from tests.enrollment.agreements.scenes import answered
from tests.enrollment.conduct.scenes import a_proposal, a_student
from tests.given import NOON
from tests.staff.conftest import a_member, signed_in

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.clause("12.4", "5.4"),
    pytest.mark.usefixtures("short_contracts"),
]
LATER = NOON + timedelta(days=3)


@pytest.fixture(autouse=True)
def later(time_machine):
    time_machine.move_to(LATER, tick=False)


@pytest.fixture
def order():
    order = a_student()
    a_proposal(order, side=Side.ACADEMY, returned=50_000)
    list(send_due_notices(at=LATER))
    return Order.objects.with_people().get(pk=order.pk)


@pytest.fixture
def manager():
    return signed_in(a_member("manager"))


def key_of(order: Order) -> str:
    number = EndingProposal.objects.get(order=order).number
    return proposal_signature(order, "ending", number)


def link_of(order: Order) -> str:
    return proposal_link(order, "ending", EndingProposal.objects.get(order=order).number)


def quoted_by(order: Order, **more):
    """The student's reply, with the academy's letter below it, as mail programs break its lines."""
    link = link_of(order)
    key = key_of(order)
    broken = link.replace(key, f"{key[:20]}\n> {key[20:]}")
    text = f"Ойланамын.\n\n> Келісім:\n> {link}\n> {broken}\n> Академия"
    mail = a_mail(order.party.email, text=text, html=f'<a href="{link}">Келісім</a>', **more)
    return keep_mail(mail=fetched(mail), at=LATER)


def files_of_the_proof(manager, order: Order) -> dict[str, bytes]:
    door = reverse("admin:enrollment_order_proof", args=[order.pk])
    answer = manager.post(door, {"reason": "сот сұрауы № 7"})
    assert answer["Content-Type"] == "application/zip"
    with ZipFile(io.BytesIO(answer.content)) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def test_a_proof_holds_no_letter_whose_link_still_answers(manager, order):
    quoted_by(order)
    files = files_of_the_proof(manager, order)
    key = key_of(order)
    assert not [name for name, content in files.items() if holds(content, [key])]
    withheld = ["letters/001-e-mail.eml", "-ending-talks.eml"]
    for name in withheld:
        assert name in files["proof.json"].decode()
    assert files["proof.json"].decode().count('"withheld"') == len(withheld)


def test_answered_its_letters_stand_in_the_proof_byte_for_byte(manager, order):
    quoted_by(order)
    key = key_of(order)
    answered(order, "ending", EndingProposal.objects.get(order=order).number, at=LATER)
    files = files_of_the_proof(manager, order)
    held = [name for name, content in files.items() if holds(content, [key])]
    assert len(held) == 2
    assert '"withheld"' not in files["proof.json"].decode()


def test_a_reply_that_quotes_the_letter_is_read_without_its_key(manager, order):
    letter = quoted_by(order)
    key = key_of(order)
    page = manager.get(reverse("admin:correspondence_letter_change", args=[letter.pk]))
    assert "Ойланамын." in page.text
    assert "Академия" in page.text
    assert key[:20] not in page.text
    assert key[20:] not in page.text


@pytest.mark.parametrize("file", ["raw", "file-1"])
def test_a_reply_is_saved_once_its_question_is_answered(manager, order, file):
    inside = a_mail("x@example.kz", text=link_of(order))
    letter = quoted_by(order, files=(("forwarded.eml", inside),))
    key = key_of(order)
    door = reverse("admin:correspondence_letter_file", args=[letter.pk])
    chosen = {"file": file, "reason": "to read it"}
    refused = manager.post(door, chosen)
    assert 'role="alert"' in refused.text or "errorlist" in refused.text
    assert not holds(refused.content, [key])
    answered(order, "ending", EndingProposal.objects.get(order=order).number, at=LATER)
    assert holds(manager.post(door, chosen).content, [key])


def test_another_letter_is_saved_while_a_question_is_open(manager, order):
    letter = keep_mail(mail=fetched(a_mail(order.party.email)), at=LATER)
    door = reverse("admin:correspondence_letter_file", args=[letter.pk])
    answer = manager.post(door, {"file": "raw", "reason": "to read it"})
    assert answer["Content-Type"] == "application/octet-stream"
