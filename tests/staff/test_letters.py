"""The register of letters at staff's desks: read, answered, entered, and every kind looked at
(12.1).
"""

import re
from datetime import timedelta
from hashlib import sha256

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from offer_site.correspondence.models import CohortLetter, Letter
from offer_site.correspondence.receiving import keep_mail
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.notices.previews import sample_facts
from offer_site.staff.attention import needs_attention
from tests.correspondence.mails import a_mail
from tests.correspondence.test_receiving import arrived, fetched
from tests.given import NOON, a_paid_order, an_owner
from tests.staff.conftest import a_member, signed_in

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
PDF = b"%PDF-1.7 a paper %%EOF"


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def order():
    return a_paid_order(email="student@example.kz")


@pytest.fixture
def letter(order):
    mail = a_mail(
        "student@example.kz",
        files=(("шарт.pdf", PDF),),
        html="<p>Қашан?</p><script>alert(1)</script>",
        Authentication_Results="mxs.mail.ru; dkim=pass header.d=example.kz",
    )
    return keep_mail(mail=fetched(mail), at=LATER)


def url(name, thing):
    return reverse(f"admin:correspondence_letter_{name}", args=[thing.pk])


def a_pdf(name="receipt.pdf"):
    return SimpleUploadedFile(name, PDF, "application/pdf")


def unread() -> int:
    found = needs_attention(user=an_owner(), at=LATER)
    asked = [each for each in found if each.question.listed == "correspondence_letter"]
    return asked[0].count if asked else 0


@pytest.mark.clause("12.1")
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_manager_reads_a_letter_and_answers_it(at_managers_desk, order, letter, language):
    assert unread() == 1
    at_managers_desk.cookies["django_language"] = language
    page = at_managers_desk.get(url("change", letter))
    assert page.status_code == 200
    assert "қашан" in page.text
    assert "dkim=pass" in page.text
    assert "alert(1)" not in page.text
    assert order.code in page.text
    form = at_managers_desk.get(url("answer", letter))
    assert 'value="Re: Курс туралы сұрақ"' in form.text
    empty = at_managers_desk.post(url("answer", letter), {"order": order.pk, "text": "Жауап"})
    assert empty.status_code == 200
    assert ">Жауап<" in empty.text.replace("\n", ""), "nothing typed is lost"
    answer = {"order": order.pk, "subject": "Re", "text": "Ертең.", "language": "kk"}
    assert at_managers_desk.post(url("answer", letter), answer).status_code == 302
    notice = Notice.objects.get(kind=NoticeKind.WRITTEN)
    assert (notice.recipient, notice.in_reply_to) == ("student@example.kz", letter.message_id)
    assert unread() == 0
    thread = at_managers_desk.get(reverse("admin:enrollment_order_change", args=[order.pk]))
    assert "Курс туралы сұрақ" in thread.text


def test_the_register_is_listed_searched_and_asked(at_managers_desk, order, letter):
    keep_mail(mail=arrived(a_mail("other@example.kz", message_id="<2@x>")), at=LATER)
    address = reverse("admin:correspondence_letter_changelist")
    for query, count in (
        ({}, 2),
        ({"attention": "unread"}, 1),
        ({"attention": "strangers"}, 1),
        ({"q": order.code}, 1),
    ):
        page = at_managers_desk.get(address, query)
        assert len(page.context["cl"].result_list) == count


@pytest.mark.clause("5.4")
def test_a_file_is_handed_out_as_it_came_and_the_journal_says_to_whom(at_managers_desk, letter):
    chosen = {"file": "file-1", "reason": "to read it"}
    answer = at_managers_desk.post(url("file", letter), chosen)
    assert answer.content == PDF
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    raw = at_managers_desk.post(url("file", letter), chosen | {"file": "raw"})
    assert sha256(raw.content).hexdigest() == letter.raw_sha256
    assert [each.facts["file"] for each in Entry.objects.filter(verb="document.seen")] == [
        "file-1",
        "raw",
    ]
    assert at_managers_desk.post(url("file", letter), chosen | {"reason": ""}).status_code == 200


@pytest.mark.clause("12.1.1")
def test_paper_is_entered_from_the_orders_page(at_managers_desk, order):
    address = reverse("admin:enrollment_order_paper", args=[order.pk])
    typed = {
        "way": "out", "form": "post", "day": "2026-11-22", "subject": "Талап", "text": "Мазмұны",
        "receipt_number": "KZ1", "receipt_day": "2026-11-22",
    }  # fmt: skip
    refused = at_managers_desk.post(address, typed)
    assert refused.status_code == 200
    assert "Мазмұны" in refused.text
    assert not Letter.objects.exists()
    assert at_managers_desk.post(address, typed | {"receipt": a_pdf()}).status_code == 302
    letter = Letter.objects.get()
    again = at_managers_desk.post(address, typed | {"receipt": a_pdf()})
    assert again.status_code == 200
    assert Letter.objects.count() == 1
    receipt = {"number": "KZ2", "day": "2026-11-23", "document": a_pdf()}
    assert at_managers_desk.post(url("receipt", letter), receipt).status_code == 302
    page = at_managers_desk.get(url("change", letter)).text
    assert "KZ1" in page
    assert "KZ2" in page


def test_a_letter_is_assigned_read_and_put_to_an_order(at_managers_desk, manager, order, letter):
    other = a_paid_order()
    for name, typed in (
        ("assign", {"to": manager.pk}),
        ("read", {}),
        ("to-order", {"code": f" {other.code.lower()} ", "reason": "both"}),
    ):
        assert at_managers_desk.get(url(name, letter)).status_code == 200
        assert at_managers_desk.post(url(name, letter), typed).status_code == 302
    assert letter.assignments.get().to == manager
    assert {each.order for each in letter.concerns.all()} == {order, other}
    wrong = at_managers_desk.post(url("to-order", letter), {"code": "NONE", "reason": "x"})
    assert wrong.status_code == 200


def test_a_manager_writes_without_being_asked(at_managers_desk, order):
    address = reverse("admin:enrollment_order_write", args=[order.pk])
    typed = {"subject": "Хабарлама", "text": "Құжат керек.", "language": "ru"}
    assert at_managers_desk.post(address, typed).status_code == 302
    notice = Notice.objects.get(kind=NoticeKind.WRITTEN)
    assert (notice.about_kind, notice.order_code, notice.in_reply_to) == ("order", order.code, "")


@pytest.mark.parametrize("group", ["curator", "accountant"])
def test_letters_are_not_for_everyone(client, letter, group):
    desk = signed_in(a_member(group))
    for name in ("change", "answer", "file"):
        assert desk.get(url(name, letter)).status_code in (302, 403)


# --- Letters to cohorts, and every kind of letter
WORDS = {
    "subject_kk": "Кесте",
    "subject_ru": "Расписание",
    "text_kk": "Сабақ жетіде.",
    "text_ru": "Занятия в семь.",
}


def test_a_letter_to_a_cohort_is_written_looked_at_and_let_go(at_managers_desk, order):
    add = reverse("admin:correspondence_cohortletter_add")
    assert at_managers_desk.get(add).status_code == 200
    short = at_managers_desk.post(add, WORDS | {"cohort": order.cohort_id, "text_kk": ""})
    assert short.status_code == 200
    assert "Занятия в семь." in short.text
    assert at_managers_desk.post(add, WORDS | {"cohort": order.cohort_id}).status_code == 302
    letter = CohortLetter.objects.get()

    def address(name, *more):
        return reverse(f"admin:correspondence_cohortletter_{name}", args=[letter.pk, *more])

    for language in ("kk", "ru"):
        shown = at_managers_desk.get(address("preview", language))
        assert "Сабақ жетіде." in shown.text
        assert "Занятия в семь." in shown.text
        assert "script-src" not in shown["Content-Security-Policy"]
    assert at_managers_desk.get(address("preview", "en")).status_code == 404
    changed = WORDS | {"subject_ru": "Новое расписание"}
    assert at_managers_desk.post(address("rewrite"), changed).status_code == 302
    assert at_managers_desk.get(address("send")).status_code == 200
    assert at_managers_desk.post(address("send")).status_code == 302
    letter.refresh_from_db()
    assert letter.started_at == LATER
    assert WORDS["text_ru"] in at_managers_desk.post(address("rewrite"), WORDS).text
    letter.refresh_from_db()
    assert letter.subject_ru == "Новое расписание", "what goes out is not changed any more"
    assert at_managers_desk.get(address("change")).status_code == 200


@pytest.mark.clause("12.1")
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_of_letter_has_a_preview_in_both_languages(at_managers_desk, order, kind):
    if kind == NoticeKind.ORDER_PLACED:
        index = at_managers_desk.get(reverse("admin:notices_notice_kinds"))
        links = set(re.findall(r"kinds/([\w-]+)/(kk|ru)/", index.text))
        assert links == {(each.value, code) for each in NoticeKind for code in ("kk", "ru")}
    shown = [
        at_managers_desk.get(reverse("admin:notices_notice_preview", args=[kind, code]))
        for code in ("kk", "ru")
    ]
    assert [each.status_code for each in shown] == [200, 200]
    assert 'lang="kk"' in shown[0].text[:400]
    assert 'lang="ru"' in shown[1].text[:400]
    assert sample_facts(kind)
    assert "None" not in shown[0].text


def test_previews_are_for_those_who_may_see_notices(at_curators_desk):
    for address in (
        reverse("admin:notices_notice_kinds"),
        reverse("admin:notices_notice_preview", args=[NoticeKind.ORDER_PLACED, "kk"]),
    ):
        assert at_curators_desk.get(address).status_code == 403
