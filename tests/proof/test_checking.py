"""The proof is checked by what its page prints: sh, sha256sum and openssl, and nothing of ours."""

import hashlib
import shutil
from pathlib import Path

import pytest

from offer_site.journal.models import Seal
from offer_site.journal.sealing import seal_journal
from offer_site.proof.checking import STEPS
from tests.given import NOON, a_paid_order
from tests.proof.scenes import (
    ENDED,
    a_company_order,
    a_full_contract,
    an_unsealed_order,
    commands_of,
    proof_of,
    typed,
)

pytestmark = [pytest.mark.django_db, pytest.mark.clause("2.3")]


def with_a_byte_changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle] = (content[middle] + 1) % 256
    path.write_bytes(content)


def test_the_commands_of_the_page_find_everything_as_it_was(tmp_path):
    order = a_full_contract()
    folder = proof_of(order, tmp_path)
    commands = commands_of(folder)
    assert commands == [step.commands for step in STEPS]
    result = typed(folder, commands)
    assert result.returncode == 0, result.stderr
    assert (
        result.stdout.count("Verified OK")
        == 1 + Seal.objects.filter(heads__chain=order.code).count()
        == 4
    )
    for what in (
        "offer/kk.md",
        "offer/ru.md",
        "contract/party.txt",
        "contract/learner.txt",
        "acceptance",
    ):
        assert f"{what}: OK" in result.stdout
    assert "rows: OK, the chain ends at" in result.stdout
    assert typed(folder, [(folder / "check.sh").read_text()]).returncode == 0


def test_a_changed_byte_in_any_file_is_found(tmp_path):
    folder = proof_of(a_full_contract(), tmp_path)
    commands = commands_of(folder)
    names = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    unnoticed = []
    for name in names:
        kept = (folder / name).read_bytes()
        with_a_byte_changed(folder / name)
        if typed(folder, commands).returncode == 0:
            unnoticed.append(name)
        (folder / name).write_bytes(kept)
    assert len(names) > 30
    assert unnoticed == []
    assert typed(folder, commands).returncode == 0


def test_each_step_finds_what_is_its_own_to_find(tmp_path):
    """Who changes a file mends the list too; each later step still sees it."""
    whole = proof_of(a_full_contract(), tmp_path / "whole")
    _files, _signature, accepted, chained, sealed = commands_of(whole)
    for number, (file, step) in enumerate(
        [
            ("offer/kk.md", accepted),
            ("contract/party.txt", accepted),
            ("contract/learner.txt", accepted),
            ("contract/acceptance.json", accepted),
            ("journal/journal.jsonl", chained),
            ("journal/journal.jsonl", sealed),
            ("journal/seal-00001.txt", sealed),
            ("journal/seal-00002.path", sealed),
            ("journal/seal-00003.sig", sealed),
        ]
    ):
        folder = tmp_path / str(number)
        shutil.copytree(whole, folder)
        assert typed(folder, [step]).returncode == 0
        with_a_byte_changed(folder / file)
        assert typed(folder, [step]).returncode != 0, file


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
