"""A hundred reports in the manner of their servers, put into the mailbox and read (12.1)."""

from datetime import timedelta

import pytest

from offer_site.notices.incoming import read_mail
from offer_site.notices.models import Bounce, Notice, NoticeState
from offer_site.notices.operations import send_notice
from tests import imap
from tests.notices.post import NOW, a_notice
from tests.notices.returned import head_of
from tests.notices.samples import BOUNCED, DELAYED, SAMPLES, Original

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def mailbox(settings):
    with imap.mailbox_server(manner=imap.MAIL_RU) as server:
        settings.INCOMING_MAIL_URL = server.url
        yield server


def test_there_are_a_hundred_and_each_is_another():
    assert len(SAMPLES) >= 100
    assert len({str(sample) for sample in SAMPLES}) == len(SAMPLES)


@pytest.mark.clause("12.1")
@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_what_comes_of_a_report(db, post, mailbox, sample):
    notice = a_notice()
    send_notice(notice_id=notice.pk, at=NOW)
    notice.refresh_from_db()
    original = Original(notice.recipient, notice.message_id, head_of(notice), LATER)
    mailbox.receive(sample.write(original), at=LATER)
    assert [each.result for each in read_mail(at=LATER)] == [sample.result] * bool(sample.result)
    now = Notice.objects.get()
    if sample.result == BOUNCED:
        assert now.state == NoticeState.DEAD
        assert Bounce.objects.get().status == (sample.status or sample.cause.status)
    else:
        assert now.state == NoticeState.SENT
        assert not Bounce.objects.exists()
    assert mailbox.put_away == ([1] if sample.result in (BOUNCED, DELAYED) else [])
    assert mailbox.uids() == ([] if sample.result in (BOUNCED, DELAYED) else [1])


def test_a_domain_in_cyrillic_is_one_in_whatever_spelling(db, post, mailbox):
    """The report names the domain as it travelled; the order may have it as it was typed."""
    notice = a_notice(to="aigerim@пошта.қаз")
    send_notice(notice_id=notice.pk, at=NOW)
    notice.refresh_from_db()
    travelled = "aigerim@" + "пошта.қаз".encode("idna").decode()
    original = Original(travelled, notice.message_id, head_of(notice), LATER)
    mailbox.receive(SAMPLES[0].write(original), at=LATER)
    assert [each.result for each in read_mail(at=LATER)] == ["bounced"]
