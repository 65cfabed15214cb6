"""The proof is checked by what its page prints: sh, sha256sum and openssl, and nothing of ours."""

import hashlib

import pytest

from offer_site.journal.sealing import seal_journal
from tests.given import NOON, a_paid_order
from tests.proof.scenes import (
    ENDED,
    a_company_order,
    an_unsealed_order,
    commands_of,
    proof_of,
    typed,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.clause("2.3"),
    pytest.mark.usefixtures("short_offer"),
]


@pytest.mark.parametrize("change", ["removed", "inserted", "swapped"])
def test_a_row_removed_inserted_or_moved_breaks_the_chain(tmp_path, change):
    folder = proof_of(a_paid_order(), tmp_path)
    journal = folder / "journal" / "journal.jsonl"
    rows = journal.read_text().splitlines(keepends=True)
    if change == "removed":
        del rows[2]
    elif change == "inserted":
        rows.insert(2, rows[1])
    else:
        rows[2], rows[3] = rows[3], rows[2]
    journal.write_text("".join(rows))
    assert typed(folder, [commands_of(folder)[3]]).returncode != 0


def test_a_chain_rewritten_whole_is_found_by_its_seal(tmp_path):
    order = a_paid_order()
    seal_journal(at=NOON)
    folder = proof_of(order, tmp_path)
    chained, sealed = commands_of(folder)[3:]
    rows = (folder / "journal" / "journal.jsonl").read_text().splitlines()
    forged = []
    previous = ""
    for row in rows:
        text = row.replace('"order.placed"', '"order.cancelled"')
        text = text[: text.rindex(',"')] + f',"{previous}"]'
        previous = hashlib.sha256(text.encode()).hexdigest()
        forged.append(text)
    (folder / "journal" / "journal.jsonl").write_text("".join(f"{row}\n" for row in forged))
    assert typed(folder, [chained]).returncode == 0
    assert typed(folder, [sealed]).returncode != 0


@pytest.mark.parametrize("scene", [an_unsealed_order, a_company_order])
def test_a_contract_without_seals_or_certificate_is_checked_too(tmp_path, scene):
    folder = proof_of(scene(), tmp_path)
    assert typed(folder, commands_of(folder)).returncode == 0
    assert not list(folder.glob("journal/seal-*"))


def test_the_row_of_the_taking_is_in_the_chain_and_sealed_next(tmp_path):
    order = a_paid_order()
    folder = proof_of(order, tmp_path / "before")
    assert '"proof.made"' in (folder / "journal" / "journal.jsonl").read_text().splitlines()[-1]
    seal_journal(at=ENDED)
    folder = proof_of(order, tmp_path / "after")
    result = typed(folder, commands_of(folder))
    assert result.returncode == 0
    rows = len((folder / "journal" / "journal.jsonl").read_text().splitlines())
    assert f"rows up to {rows - 1}: sealed" in result.stdout
