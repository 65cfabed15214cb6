"""Staff read letters as they were sent, but no code and no key of a link,
and send a dead one again.
"""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import RequestFactory
from django.utils.translation import gettext as _

from offer_site.accounts.models import User
from offer_site.errors import RuleViolation
from offer_site.notices.admin import NoticeAdmin
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice, NoticeState
from offer_site.notices.operations import send_notice
from tests.notices.post import NOW, a_notice


@pytest.fixture
def page(db):
    return NoticeAdmin(Notice, admin.site)


def staff(*permissions):
    """A member of staff with these permissions."""
    user = User.objects.create_user("staff@example.kz", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return User.objects.get(pk=user.pk)


def asked_by(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


def shown(page, notice):
    """Everything the page's tables say."""
    chapters = page.chapters(asked_by(staff("view_notice")), Notice.objects.get(pk=notice.pk))
    return " ".join(
        str(cell)
        for chapter in chapters
        for row in [(chapter.empty,), *chapter.rows]
        for cell in row
    )


def test_a_letter_reads_as_it_was_sent_without_the_key_of_its_link(page, post):
    notice = a_notice(NoticeKind.CONTRACT_CONCLUDED, attachments=[("contract", "SM4K7Q2X")])
    send_notice(notice_id=notice.pk, at=NOW)
    text = shown(page, notice)
    assert "Төлеміңіз түсті" in text
    assert "Ваша оплата поступила" in text
    assert "Шарт SM4K7Q2X.pdf" in text
    assert "signed" not in text


def test_nobody_but_its_recipient_reads_a_code(page, post):
    notice = a_notice(NoticeKind.SIGN_IN_CODE)
    assert "482913" not in shown(page, notice) + str(page.fields)
    assert "facts" not in page.fields


def test_a_letter_not_yet_written_says_so(page):
    assert shown(page, a_notice())


def test_letters_are_read_only(page):
    request = asked_by(User.objects.create_superuser("owner@example.kz"))
    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)


def test_the_button_is_for_dead_letters_and_for_those_whose_work_it_is(page, post):
    post.recipients = lambda: "550 no such mailbox"
    notice = a_notice()
    reader = asked_by(staff("view_notice"))
    writer = asked_by(User.objects.create_superuser("owner@example.kz"))
    assert page.buttons_for(writer, notice) == []
    send_notice(notice_id=notice.pk, at=NOW)
    notice.refresh_from_db()
    assert page.buttons_for(reader, notice) == []
    (button,) = page.buttons_for(writer, notice)
    assert button.operate(notice, {}, by=writer.user, at=NOW) == _("The letter is queued again.")
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == (NoticeState.QUEUED, 0)
    with pytest.raises(RuleViolation):
        button.operate(notice, {}, by=writer.user, at=NOW)


def test_the_list_and_the_page_can_be_read(page, post):
    post.recipients = lambda: "550 no such mailbox"
    notice = a_notice()
    send_notice(notice_id=notice.pk, at=NOW)
    request = asked_by(User.objects.create_superuser("owner@example.kz"))
    request.session = {}
    listed = page.changelist_view(request)
    listed.render()
    assert notice.recipient in listed.content.decode()
    opened = page.change_view(request, str(notice.pk))
    opened.render()
    assert page.button_url(page.buttons[0], notice) in opened.content.decode()
    assert "550 no such mailbox" in opened.content.decode()


def test_the_lists_questions_find_what_needs_a_person(page, post):
    post.recipients = lambda: "550 no such mailbox"
    dead = a_notice()
    send_notice(notice_id=dead.pk, at=NOW)
    waiting = a_notice(occasion="second")
    found = {
        name: list(ask(Notice.objects.all(), NOW.replace(day=23)))
        for name, (_label, ask) in page.questions.items()
    }
    assert found == {"dead": [dead], "came-back": [], "without-owner": [waiting]}
