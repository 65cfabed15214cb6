"""Keys change while the site runs, and nothing is lost (11.4, S2)."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from threading import Thread
from time import sleep

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from cryptography.fernet import Fernet
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, connections

from enrollment.models import Order, Party
from offer_site.encryption import UNFINISHED, encrypt, is_under_newest_key
from offer_site.notices.operations import send_due_notices
from offer_site.retention.models import ErasedFile
from offer_site.retention.rotation import count_left, rotate_keys, tokens_of
from tests.at_once import at_once
from tests.given import NOON, a_paid_order, an_owner

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def new_key(settings):
    """What an administrator does first: a new key before the old one."""

    def put() -> None:
        settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]

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


# --- In one moment with erasing
LARGE = 40 * 1024 * 1024  # takes long enough to encrypt that it is deleted meanwhile


def comes_back(new_key, rotate: Callable[[str], object]) -> bool:
    """True if a large file is there after it was erased while `rotate` wrote it anew.

    The steps of erasing, slowly: its decision is committed, the bytes are deleted, and only after
    the rotation it says that they are.
    """
    name = default_storage.save("large.pdf", ContentFile(b"x" * LARGE))
    path = Path(default_storage.path(name))
    erased = ErasedFile.objects.create(name=name, order_code="", decided_at=NOON)
    new_key()

    def in_its_own_session() -> None:
        try:
            rotate(name)
        finally:
            connections.close_all()

    rotating = Thread(target=in_its_own_session)
    rotating.start()
    while not list(path.parent.glob(f"*{UNFINISHED}")):
        sleep(0.001)
    default_storage.delete(name)
    assert rotating.is_alive(), "the file was deleted too late for this test"
    rotating.join()
    ErasedFile.objects.filter(pk=erased.pk).update(deleted_at=NOON)
    return path.exists()


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_erased_while_it_is_rotated_does_not_come_back(new_key):
    assert not comes_back(new_key, lambda _name: rotate_keys())


@pytest.mark.django_db(transaction=True)
def test_the_control_it_comes_back_if_only_what_was_said_to_be_deleted_is_asked(new_key):
    def as_before(name: str) -> None:
        default_storage.encrypt_anew(name)
        if ErasedFile.objects.filter(name=name, deleted_at__isnull=False).exists():
            default_storage.delete(name)

    assert comes_back(new_key, as_before)


# --- In one moment with a recovery code
def recovery_codes() -> RecoveryCodes:
    Authenticator.objects.all().delete()
    return RecoveryCodes.activate(an_owner())


def used_and_old() -> tuple[int, int]:
    """How many codes are used, and how many second factors are under an old key."""
    stored = Authenticator.objects.get()
    return stored.data["used_mask"].bit_count(), count_left()[0]


@pytest.mark.django_db(transaction=True)
def test_a_recovery_code_that_is_used_meanwhile_is_used_and_is_under_the_new_key(new_key):
    for _round in range(5):
        assert_used_once_under_the_new_key(recovery_codes(), new_key)


def assert_used_once_under_the_new_key(codes: RecoveryCodes, new_key) -> None:
    first = codes.get_unused_codes()[0]
    new_key()
    _done, fits = at_once([rotate_keys, lambda: codes.validate_code(first)])
    assert fits
    assert used_and_old() == (1, 0)
    assert not RecoveryCodes(Authenticator.objects.get()).validate_code(first)


@pytest.mark.django_db(transaction=True)
def test_the_control_a_code_that_is_written_from_an_old_reading_keeps_the_old_key(new_key):
    codes = recovery_codes()
    new_key()
    rotate_keys()
    codes._mark_code_used(0)  # what was read before the rotation
    assert used_and_old() == (1, 1)
