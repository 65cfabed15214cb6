"""A stored letter that is lost, scratched or altered: staff read it, and the log has an error."""

from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from offer_site.encryption import encrypt
from offer_site.notices.models import Notice
from offer_site.notices.operations import send_due_notices
from tests.given import NOON, a_placed_order, an_owner
from tests.staff.conftest import signed_in


def scratch(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


@pytest.mark.parametrize(
    "spoil",
    [Path.unlink, scratch, lambda path: path.write_bytes(encrypt(b"another"))],
    ids=["lost", "scratched", "altered"],
)
def test_staff_read_that_a_stored_letter_is_lost(db, settings, tmp_path, caplog, spoil):
    settings.MEDIA_ROOT = tmp_path
    a_placed_order()
    send_due_notices(at=NOON)
    letter = Notice.objects.get(kind="order-placed")
    page = f"/admin/notices/notice/{letter.pk}/change/"
    russian = {"accept-language": "ru"}
    owner = signed_in(an_owner())
    lost = "Сохранённое письмо утрачено или изменено"
    assert lost not in owner.get(page, headers=russian).content.decode()
    spoil(Path(default_storage.path(letter.raw)))
    answer = owner.get(page, headers=russian)
    assert answer.status_code == 200
    assert lost in answer.content.decode()
    assert f"letter {letter.pk}: the stored file {letter.raw}" in caplog.text
