"""Keys change while the site runs, and nothing is lost (11.4, S2)."""

from io import StringIO
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection

from enrollment.models import Order, Party
from offer_site.encryption import encrypt, is_under_newest_key
from offer_site.notices.operations import send_due_notices
from offer_site.retention.rotation import count_left, rotate_keys, tokens_of
from tests.given import NOON, a_paid_order

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def new_key(settings):
    """What an administrator does first: a new key before the old one."""
    old = list(settings.FIELD_KEYS)

    def put() -> None:
        settings.FIELD_KEYS = [Fernet.generate_key().decode(), *old]

    return put


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def tokens() -> list[str]:
    return [token for _number, _column, token in tokens_of(Party, ["address"], 10)]


def test_everything_is_under_the_new_key_and_reads_as_before(new_key, settings):
    order = a_paid_order()
    send_due_notices(at=NOON)
    default_storage.save("a.pdf", ContentFile(b"paper"))
    new_key()
    before, _in_evidence = count_left()
    assert before > 2
    done = rotate_keys()
    assert (done.left, done.unreadable) == (0, [])
    assert (done.rows + done.files) == before
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]  # the old key is gone
    party = Order.objects.with_people().get(pk=order.pk).party
    assert party.address == "Алматы қ., Абай даңғылы, 1, 2-пәтер"
    assert default_storage.open("a.pdf").read() == b"paper"


def test_a_second_run_has_nothing_to_do(new_key):
    a_paid_order()
    new_key()
    rotate_keys()
    again = rotate_keys()
    assert (again.rows, again.files, again.left) == (0, 0, 0)


def test_a_run_that_was_stopped_goes_on(new_key):
    a_paid_order()
    a_paid_order()
    new_key()
    all_of_them = count_left()[0]
    with connection.cursor() as cursor:  # what a killed run had done
        number, column, _token = next(tokens_of(Party, ["address"], 1))
        token = encrypt(b"done before").decode()
        cursor.execute(f"UPDATE enrollment_party SET {column} = %s WHERE id = %s", [token, number])
    assert rotate_keys(portion=1).rows == all_of_them - 1
    assert count_left()[0] == 0


def test_who_writes_meanwhile_wins(new_key, monkeypatch):
    order = a_paid_order()
    new_key()
    for number, _column, token in tokens_of(Party, ["address"], 10):
        Party.objects.filter(pk=number).update(address="written meanwhile")
        with connection.cursor() as cursor:  # the replacement of what was read before
            cursor.execute(
                "UPDATE enrollment_party SET address = 'x' WHERE id = %s AND address = %s",
                [number, token],
            )
            assert cursor.rowcount == 0
    rotate_keys()
    assert Party.objects.get(pk=order.party_id).address == "written meanwhile"


def test_what_no_key_opens_is_named_and_stops_nothing(new_key, settings):
    a_paid_order()
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), Fernet.generate_key().decode()]
    done = rotate_keys()
    assert done.rows == 0
    assert any(each.startswith("enrollment_party") for each in done.unreadable)
    assert done.left > 0


def test_a_file_keeps_its_day_and_leaves_no_half(new_key):
    name = default_storage.save("b.pdf", ContentFile(b"paper"))
    path = Path(default_storage.path(name))
    written = path.stat().st_mtime_ns
    new_key()
    rotate_keys()
    assert path.stat().st_mtime_ns == written
    assert is_under_newest_key(path.read_bytes())
    assert [each.name for each in path.parent.iterdir()] == ["b.pdf"]


def test_the_command_says_how_many_are_left(new_key):
    a_paid_order()
    new_key()
    out = StringIO()
    with pytest.raises(SystemExit) as code:
        call_command("rotate_keys", "--count", stdout=out)
    assert code.value.code == 1
    left = count_left()[0]
    assert out.getvalue().startswith(f"left under another key: {left}\n")
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    assert out.getvalue().endswith("left under another key: 0\n")
