"""A letter is queued in the transaction that needs it, once, whatever happens to the bell."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from offer_site.notices.kinds import LETTERS, NoticeKind
from offer_site.notices.models import LEASE, Notice, NoticeState
from offer_site.notices.operations import send_notice
from tests.mailbox import letters_in, wait_for
from tests.notices.post import BUYER, FACTS, NOW, a_notice
from tests.processes import PROJECT, free_port


def test_queueing_is_one_insert(db, django_assert_num_queries):
    with django_assert_num_queries(1) as asked:
        notice = a_notice()
    assert asked[0]["sql"].startswith("INSERT")
    assert (notice.state, notice.sender, notice.form) == (
        NoticeState.QUEUED,
        "Lesbek.l@mail.ru",
        "e-mail",
    )


def test_a_letter_is_queued_once_an_occasion(db):
    a_notice()
    with pytest.raises(IntegrityError, match="a_person_gets_one_letter"), transaction.atomic():
        a_notice()
    a_notice(occasion="second")
    a_notice(to="other@example.kz")
    assert Notice.objects.count() == 3


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_letter_without_its_facts_is_not_queued(db, kind):
    for fact in LETTERS[kind].needs:
        with pytest.raises(ValueError, match=fact):
            a_notice(kind, facts={key: value for key, value in FACTS[kind].items() if key != fact})
    assert not Notice.objects.exists()


def test_what_is_rolled_back_was_never_queued(transactional_db, post):
    with transaction.atomic():
        a_notice()
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "sent"},
        {"state": "dead"},
        {"state": "lost"},
        {"sent_at": NOW},
    ],
)
def test_the_database_holds_the_states(db, wrong):
    notice = a_notice()
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(**wrong)


def test_a_letter_nobody_takes_is_found(db):
    notice = a_notice()
    assert not Notice.objects.without_owner(NOW + LEASE / 2)
    assert Notice.objects.without_owner(NOW + LEASE).get() == notice
    Notice.objects.update(lease_until=NOW + 2 * LEASE)
    assert not Notice.objects.without_owner(NOW + 2 * LEASE)
    assert Notice.objects.without_owner(NOW + 3 * LEASE).get() == notice


def test_a_worker_whose_clock_is_behind_sends_it(db, post):
    notice = a_notice()
    assert send_notice(notice_id=notice.pk, at=NOW - timedelta(minutes=1)) is None
    assert send_notice(notice_id=notice.pk, at=NOW - timedelta(seconds=3)).result == "sent"


def in_a_process(code: str, **env: str) -> str:
    """Run code in a process of its own, on this test's database, and return what it printed."""
    begin = (
        "import django; django.setup(); "
        "from tests.notices.post import a_notice; from django.utils import timezone\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", begin + code],
        cwd=PROJECT,
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "offer_site.settings", "PYTHONPATH": str(PROJECT)}
        | env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "env",
    [
        {"REDIS_URL": f"redis://127.0.0.1:{free_port()}"},
        {"REDIS_URL": "", "EMAIL_URL": f"smtp://127.0.0.1:{free_port()}"},
    ],
    ids=["no broker", "embedded, no mail server"],
)
def test_a_broken_bell_breaks_nothing(transactional_db, env):
    said = in_a_process(
        "from django.db import transaction\nwith transaction.atomic(): "
        "a_notice(at=timezone.now())\nprint('done')",
        **env,
    )
    assert said.strip() == "done"
    assert Notice.objects.get().state == NoticeState.QUEUED


def test_an_embedded_site_sends_at_once(transactional_db, tmp_path):
    in_a_process("a_notice(at=timezone.now())", REDIS_URL="", EMAIL_URL=f"filemail:///{tmp_path}")
    assert Notice.objects.get().state == NoticeState.SENT
    assert [letter["To"] for letter in letters_in(tmp_path)] == [BUYER]


def test_a_worker_answers_the_bell(celery_worker):
    notice = a_notice()
    wait_for(lambda: Notice.objects.get(pk=notice.pk).state == NoticeState.SENT)
    assert Notice.objects.get(pk=notice.pk).attempts == 1
