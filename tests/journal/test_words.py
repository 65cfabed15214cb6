"""What the journal and the ledger say to staff is words of their language, never a key."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils.translation import override

from offer_site.journal.facts import FACTS
from offer_site.journal.models import Entry
from payments.models import (
    Hold,
    LedgerEntry,
    ProviderMessage,
    Reconciliation,
    ReconciliationDifference,
)
from payments.rules.provider_names import PROVIDER_NAMES
from tests.given import NOON, a_paid_order
from tests.staff.conftest import a_member, signed_in

PROJECT = Path(__file__).parents[2]
APPS = ("offer_site", "enrollment", "payments", "certificates", "materials")
WRITE = {"record", "record_lines", "Line", "_record", "SeenAs"}


def name_of(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def keys_in(node: ast.AST) -> Iterator[str]:
    """The keys of a dictionary that stands in the code, and of what is joined to it."""
    match node:
        case ast.Dict():
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant):
                    yield str(key.value)
                elif key is None:
                    yield from keys_in(value)
        case ast.BinOp():
            yield from keys_in(node.left)
            yield from keys_in(node.right)
        case ast.IfExp():
            yield from keys_in(node.body)
            yield from keys_in(node.orelse)


def facts_written_in(tree: ast.AST) -> Iterator[str]:
    """The names of all facts in functions that write to the journal."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        nodes = list(ast.walk(function))
        if not any(isinstance(node, ast.Call) and name_of(node) in WRITE for node in nodes):
            continue
        for node in nodes:
            match node:
                case ast.Call() if name_of(node) in WRITE:
                    for keyword in node.keywords:
                        if keyword.arg == "facts":
                            yield from keys_in(keyword.value)
                    if name_of(node) == "Line" and len(node.args) > 2:
                        yield from keys_in(node.args[2])
                case ast.Assign(targets=[ast.Name(id="facts")], value=value):
                    yield from keys_in(value)
                case ast.AugAssign(target=ast.Name(id="facts"), value=value):
                    yield from keys_in(value)
                case ast.AnnAssign(target=ast.Name(id="facts"), value=ast.expr() as value):
                    yield from keys_in(value)


def test_every_fact_that_the_code_writes_has_words():
    written = {
        name
        for app in APPS
        for path in (PROJECT / app).rglob("*.py")
        if "migrations" not in path.parts
        for name in facts_written_in(ast.parse(path.read_text()))
    }
    assert len(written) > 100
    assert written - set(FACTS) == set()


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_name_of_a_fact_is_translated(language):
    with override("en"):
        english = {name: str(words) for name, words in FACTS.items()}
    with override(language):
        assert [name for name, words in FACTS.items() if str(words) == english[name]] == []


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_title_of_money_and_of_a_row_names_no_key(language):
    a_paid_order()
    day = Reconciliation.objects.create(
        provider="bank", day=NOON.date(), compared_at=NOON, by="system"
    )
    things = [
        LedgerEntry.objects.get(),
        LedgerEntry(provider="manual", reference="kaspi-pay QR-1"),
        Hold(provider="card", reference="1"),
        ProviderMessage(provider="kaspi", kind="pay", reference="7"),
        day,
        ReconciliationDifference(provider="bank", reference="3fa9"),
        *Entry.objects.all(),
    ]
    keys = {*PROVIDER_NAMES, "house", "kaspi-pay", *Entry.objects.values_list("verb", flat=True)}
    with override(language):
        for thing in things:
            words = str(thing).replace(":", "").replace(",", "").split()
            assert keys.isdisjoint(words), str(thing)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_pages_of_the_journal_show_no_key(language):
    a_paid_order()
    desk = signed_in(a_member("owner"))
    desk.cookies["django_language"] = language
    row = Entry.objects.get(verb="receipt.recorded")
    with override(language):
        pages = [
            desk.get(reverse("admin:journal_entry_change", args=[row.pk])).text,
            desk.get(reverse("admin:journal_entry_changelist")).text,
            desk.get(
                reverse("admin:payments_ledgerentry_change", args=[LedgerEntry.objects.get().pk])
            ).text,
        ]
    for page in pages:
        for key in ("receipt.recorded", "<div>reference", "<div>amount", "<div>currency", ">card "):
            assert key not in page, key
