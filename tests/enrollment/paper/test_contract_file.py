"""A contract's paper has a digest: it is handed out byte for byte as it was made, or not at all
(2.3, 12.2.2).
"""

import hashlib
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from enrollment.operations.paper.contracts import contract_pdf
from offer_site.documents import FileIsGoneError, FileWasChangedError, StoredFileError
from offer_site.encryption import encrypt
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from offer_site.notices.operations import send_due_notices
from tests.at_once import at_once
from tests.audit.tampering import sql
from tests.enrollment.ordering.test_who_opens_an_order import a_browser_that_followed_the_link_to
from tests.given import NOON, a_paid_order

pytestmark = [pytest.mark.clause("2.3", "12.2.2"), pytest.mark.usefixtures("short_offer")]
REFUSED = "Сақталған файл жоғалған немесе өзгертілген"


@pytest.fixture(autouse=True)
def private_files(settings, tmp_path):
    """Contracts of a test are kept in its own folder."""
    settings.MEDIA_ROOT = tmp_path / "media"


def file_of(order):
    return Path(default_storage.path(f"contracts/{order.code}.pdf"))


def rows_of(order):
    return list(Entry.objects.of_order(order.code).filter(verb="contract.made"))


def another(order):
    file_of(order).write_bytes(encrypt(b"%PDF-1.7 another %%EOF"))


def anothers(order):
    """The contract of another order, in the place of this one."""
    other = a_paid_order()
    contract_pdf(other, at=NOON)
    file_of(order).write_bytes(file_of(other).read_bytes())


def scratched(order):
    raw = bytearray(file_of(order).read_bytes())
    raw[len(raw) // 2] ^= 1
    file_of(order).write_bytes(raw)


def test_its_digest_is_journalled_when_it_is_made_and_once(db):
    order = a_paid_order()
    first = contract_pdf(order, at=NOON)
    assert contract_pdf(order, at=NOON) == first
    [row] = rows_of(order)
    assert row.facts == {"sha256": hashlib.sha256(first).hexdigest()}
    assert (row.about_kind, row.about_key, row.by, row.clause) == (
        "contract",
        order.code,
        "system",
        "2.3",
    )


@pytest.mark.parametrize(
    "spoil", [lambda order: file_of(order).unlink(), another, anothers, scratched]
)
def test_a_lost_or_altered_contract_is_not_handed_out_and_never_made_anew(db, caplog, spoil):
    order = a_paid_order()
    contract_pdf(order, at=NOON)
    spoil(order)
    lies = file_of(order).read_bytes() if file_of(order).exists() else None
    browser = a_browser_that_followed_the_link_to(order)
    page = f"/kk/orders/{order.code}/"
    answer = browser.get(
        f"{page}contract.pdf", headers={"referer": f"http://testserver{page}"}, follow=True
    )
    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, page)
    assert REFUSED in answer.content.decode()
    assert "nothing was handed out" in caplog.text
    with pytest.raises(StoredFileError):
        contract_pdf(order, at=NOON)
    assert (file_of(order).read_bytes() if file_of(order).exists() else None) == lies
    assert len(rows_of(order)) == 1


def test_a_letter_does_not_go_out_with_another_contract(db):
    order = a_paid_order()
    contract_pdf(order, at=NOON)
    another(order)
    send_due_notices(at=NOON)
    letter = Notice.objects.get(kind="contract-concluded", order_code=order.code)
    assert (letter.state, letter.raw) == ("queued", "")
    assert "is not the one that was recorded" in letter.last_error


def test_one_that_went_out_before_digests_were_kept_is_not_made_anew(db):
    order = a_paid_order()
    send_due_notices(at=NOON)
    first = contract_pdf(order, at=NOON)
    sql("DELETE FROM journal_entry WHERE verb = 'contract.made' AND chain = %s", order.code)
    kept = file_of(order).read_bytes()

    file_of(order).unlink()
    with pytest.raises(FileIsGoneError):
        contract_pdf(order, at=NOON)
    assert not file_of(order).exists()

    file_of(order).write_bytes(kept)
    assert contract_pdf(order, at=NOON) == first
    [row] = rows_of(order)
    assert row.facts == {"sha256": hashlib.sha256(first).hexdigest(), "found": True}
    another(order)
    with pytest.raises(FileWasChangedError):
        contract_pdf(order, at=NOON)


def test_of_many_who_ask_first_one_makes_it_and_all_get_the_same(transactional_db):
    order = a_paid_order()
    given = at_once([lambda: contract_pdf(order, at=NOON)] * 4)
    assert len(set(given)) == 1
    assert len(rows_of(order)) == 1
