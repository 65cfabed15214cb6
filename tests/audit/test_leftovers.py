"""Whole files that killed processes left are swept, of every kind, and no other file."""

import ast
import io
import os
import re
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command

from offer_site.clock.leftovers import FEW, KINDS, NAMED_WITHIN
from offer_site.clock.schedule import job
from offer_site.documents import Documented
from tests.audit import test_files
from tests.audit.asked import all_that_is_false
from tests.given import NOON
from tests.processes import PROJECT
from tests.test_architecture import modules

FOLDERS = {kind.folder for kind in KINDS}
BY_MONTH = ("halves", "notices", "bounces", "letters", "post")


@pytest.fixture
def own_files(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def stored_files():
    root = Path(default_storage.path(""))
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def age(names, *, by=2 * NAMED_WITHIN):
    then = time.time() - by.total_seconds()
    for name in names:
        os.utime(default_storage.path(name), (then, then))


def left(name):
    return default_storage.save(name, ContentFile(f"what a killed process left: {name}".encode()))


def swept():
    return [result.line for result in job("sweep_files").run(NOON)]


def test_of_every_kind_what_nothing_names_is_swept_and_nothing_else(world):
    named = {make(world) for _line, make in test_files.KINDS.values()}
    others = {"breaches", "claims", "force-majeure", "moves", "materials", "works"}
    others |= {"pictures", "share"}
    assert FOLDERS - {name.split("/")[0] for name in named} == others
    orphans = {
        left(f"{folder}/{'2026/11/' if folder in BY_MONTH else ''}left.pdf")
        for folder in FOLDERS - {"contracts", "acts", "refunds"}
    }
    for folder in ("contracts", "acts", "refunds"):
        paper = next(name for name in sorted(named) if name.startswith(f"{folder}/"))
        orphans.add(left(paper))  # the storage gives it another name
    age(named | orphans)
    young = {left("reports/young.pdf"), left("notices/2026/11/young.eml")}
    age(young, by=NAMED_WITHIN - timedelta(hours=1))
    begun = left("manual/a-contract-not-yet-journalled.pdf")  # of this moment

    told = io.StringIO()
    call_command("sweep_files", "--dry-run", stdout=told)
    said = sorted(told.getvalue().splitlines())
    assert said == sorted(f"file that nothing names would be deleted: {each}" for each in orphans)
    assert orphans <= stored_files()

    assert sorted(swept()) == sorted(f"file that nothing names deleted: {each}" for each in orphans)
    assert not orphans & stored_files()
    assert named | young | {begun} <= stored_files()
    assert swept() == []
    assert not [said for said in all_that_is_false() if said[:2] in ("A2", "A3", "C2", "D2", "N1")]
    for name in (*young, begun):
        default_storage.delete(name)
    age(named, by=timedelta(0))


def test_a_paper_whose_row_is_not_written_yet_is_not_left(own_files):
    """It is found and recorded when somebody asks for it; one may have gone out before digests."""
    paper = left("contracts/SM7K7Q2X.pdf")
    age([paper])
    assert swept() == []
    assert paper in stored_files()


def test_with_the_wrong_database_nothing_is_swept(own_files):
    names = [left(f"reports/{number}.pdf") for number in range(FEW + 1)]
    age(names)
    assert [line.split(":")[0] for line in swept()] == ["nothing deleted in reports"]
    assert set(names) <= stored_files()
    default_storage.delete(names.pop())
    age(names)
    assert len(swept()) == FEW


def test_a_document_that_was_replaced_stays_evidence(own_files):
    name = test_files.an_application_for_instalments(None)
    content = default_storage.open(name).read()
    again = default_storage.save("installments/again.pdf", ContentFile(content))
    age([again])
    assert swept() == []
    assert again in stored_files()


def test_every_folder_that_code_stores_in_is_swept():
    """Read from the code: a new kind of file must be added to KINDS."""
    folders = set()
    for path in modules():
        text = (PROJECT / path).read_text()
        if "default_storage.save(" not in text and "kept(" not in text and "Paper(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            named = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else None
            value = named.value if isinstance(named, ast.Constant) else None
            if isinstance(value, str) and (found := re.match(r"([a-z]+)/", value)):
                folders.add(found[1])
            is_folder = isinstance(node, ast.keyword) and node.arg == "under"
            if is_folder and isinstance(node.value, ast.Constant):
                folders.add(node.value.value)
    known = FOLDERS | {"certificates"}
    assert folders - known == set()
    assert known - folders == set()


def test_every_column_that_names_a_file_is_asked():
    """A column names a file if the digest of the file stands beside it."""
    text = (PROJECT / "offer_site" / "clock" / "leftovers.py").read_text()
    missing = []
    for model in apps.get_models():
        names = {field.name for field in model._meta.concrete_fields}
        for column in names & {"document", "picture", "raw"}:
            is_named = f'({model.__name__}, "{column}")' in text
            if f"{column}_sha256" in names and not is_named:
                missing.append(f"{model.__name__}.{column}")
    assert missing == []
    kept = [model for model in apps.get_models() if issubclass(model, Documented)]
    assert all(f"({model.__name__}, " in text for model in kept)
