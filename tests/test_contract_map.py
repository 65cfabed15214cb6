"""The contract map names only what exists, and knows every clause that a test keeps."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.processes import PROJECT

MAP = (PROJECT / "docs" / "contract-map.md").read_text()
HEADING = re.compile(r"^## (?P<clauses>.+?) · .+$", re.MULTILINE)
NUMBER = re.compile(r"\d+(?:\.\d+)+")
CODE = re.compile(r"`([\w/.-]+\.(?:py|html))(?:: ([\w., ]+))?`")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
STATES = ("Kept", "Half kept", "Not yet")


def entries() -> dict[str, str]:
    """Read what stands under each heading."""
    parts = HEADING.split(MAP)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def numbers_of(heading: str) -> list[str]:
    return NUMBER.findall(re.sub(r"\(.*?\)", "", heading))


@cache
def names_in(path: str) -> frozenset[str]:
    """Every name that a file gives: functions, classes with their members, constants,
    and constraints by their text.
    """
    found = set()
    for node in ast.walk(ast.parse((PROJECT / path).read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        found |= _given_by(node)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{name}" for member in node.body for name in _given_by(member)}
    return frozenset(found)


def _given_by(node: ast.AST) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    return {target.id for target in targets if isinstance(target, ast.Name)}


def marked_tests() -> Iterator[tuple[str, list[ast.expr]]]:
    """Read every test that has marks, as `file::test`, with them."""
    for path in sorted((PROJECT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if marks := getattr(node, "decorator_list", []):
                yield f"{path.relative_to(PROJECT)}::{node.name}", marks


def is_left_to_faults(marks: list[ast.expr]) -> bool:
    return "pytest.mark.faults" in map(ast.unparse, marks)


def clauses_marked() -> dict[str, set[str]]:
    """Read which tests mark each clause, of those that `make test` runs."""
    marked: dict[str, set[str]] = {}
    for test, marks in marked_tests():
        for mark in marks:
            is_clause = (
                isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.clause"
            )
            if is_clause and not is_left_to_faults(marks):
                for number in mark.args:
                    marked.setdefault(ast.literal_eval(number), set()).add(test)
    return marked


@pytest.mark.parametrize("heading", entries())
def test_an_entry_names_only_what_exists(heading):
    text = entries()[heading]
    missing = [path for path, _names in CODE.findall(text) if not (PROJECT / path).is_file()]
    for path, names in CODE.findall(text) + TEST.findall(text):
        if path not in missing:
            missing += [
                f"{path}: {name}"
                for name in re.split(", ", names)
                if name and name not in names_in(path)
            ]
    assert missing == []


@pytest.mark.parametrize("heading", entries())
def test_an_entry_says_how_far_its_clause_is_kept(heading):
    text = entries()[heading].strip()
    assert text.startswith(STATES)
    if not text.startswith("Not yet"):
        assert [path for path, names in CODE.findall(text) if names], "it says what enforces it"
        assert TEST.findall(text), "it says which test keeps it"
    assert text.startswith("Half kept") == ("\nNot yet: " in text)


def test_every_reference_can_be_read():
    """A backticked path that the patterns above do not understand would be checked by nobody."""
    paths = [text for text in re.findall(r"`([^`\n]+)`", MAP.split("\n## ", 1)[1]) if "/" in text]
    assert [
        text for text in paths if not (CODE.fullmatch(f"`{text}`") or TEST.fullmatch(f"`{text}`"))
    ] == []


def test_no_entry_leans_on_a_test_that_only_make_faults_runs():
    left_out = {test for test, marks in marked_tests() if is_left_to_faults(marks)}
    named = {f"{path}::{name}" for path, name in TEST.findall(MAP)}
    assert left_out
    assert named & left_out == set()


def test_every_clause_that_a_test_keeps_stands_in_the_map_with_such_a_test():
    named: dict[str, set[str]] = {}
    for heading, text in entries().items():
        for number in numbers_of(heading):
            named.setdefault(number, set()).update(
                f"{path}::{name}" for path, name in TEST.findall(text)
            )
    left_out = {
        number: tests
        for number, tests in clauses_marked().items()
        if not tests & named.get(number, set())
    }
    assert left_out == {}
