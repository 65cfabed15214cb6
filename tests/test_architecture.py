"""The arrow of the house: who may import whom, which tables may point where, and no circle.

The README draws it, and `docs/rooms.md` tells what stands where. To change a table here is a
decision about the house, and gets a record in `docs/decisions/`.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.apps import apps

from offer_site.admin.filters import ChoiceFilter
from offer_site.documents import Documented

PROJECT = Path(__file__).parent.parent
APPS = {"enrollment", "payments", "certificates", "materials"}
MAY_IMPORT = {
    "payments": {"payments", "enrollment", "offer_site"},
    "certificates": {"certificates", "enrollment", "offer_site"},
    "materials": {"materials", "enrollment", "offer_site"},
    "enrollment": {"enrollment", "offer_site"},
}
# The floors of composition, from the lowest: each may import those before it, and nothing below
# imports any of them.
COMPOSITION = (
    "correspondence",
    "retention",
    "pages",
    "proof",
    "audit",
    "staff",
    "clock",
    "simulation",
    "management",
    "checks",
    "urls",
    "settings",
)
GROUND_APPS = {
    "accounts",
    "calendar",
    "notices",
    "journal",
    "telegram",
    "attempts",
    "watch",
    "maintenance",
}
RANKS = dict.fromkeys(GROUND_APPS, 0) | {
    "enrollment": 1,
    "payments": 2,
    "certificates": 2,
    "materials": 2,
}
GROUPED = ("enrollment/operations", "payments/operations", "payments/admin")
# What takes long to import is imported where it is needed.
SLOW = (
    "weasyprint",
    "pypdfium2",
    "pydyf",
    "fontTools",
    "openpyxl",
    "offer_site.pdf",
    "enrollment.rendering",
    "certificates.rendering",
    "certificates.signing",
    "materials.marking",
)


def modules() -> list[Path]:
    """List every file of the product but the migrations."""
    folders = ("offer_site", *sorted(APPS))
    paths = [path for folder in folders for path in (PROJECT / folder).rglob("*.py")]
    return [path.relative_to(PROJECT) for path in paths if "migrations" not in path.parts]


def imports(path: Path) -> set[str]:
    """Name every module that a file imports, anywhere in it, written out in full."""
    found = set()
    package = path.with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse((PROJECT / path).read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) + "." if node.level else ""
            module = f"{base}{node.module or ''}".strip(".")
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return found


def ours(path: Path) -> set[str]:
    """Name the product's own modules that a file imports."""
    return {name for name in imports(path) if name.split(".")[0] in {"offer_site", *APPS}}


def floor_of(name: str) -> int | None:
    """Number the floor of composition that a module stands on; None when it stands below them."""
    parts = name.split(".")
    if parts[0] != "offer_site" or len(parts) < 2 or parts[1] not in COMPOSITION:
        return None
    return COMPOSITION.index(parts[1])


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Find what leads back to itself: each circle once, as the names that it passes."""
    found: list[list[str]] = []
    done: set[str] = set()

    def follow(name: str, way: list[str]) -> None:
        if name in way:
            found.append(way[way.index(name) :])
            return
        if name in done:
            return
        for following in sorted(arrows.get(name, ())):
            follow(following, [*way, name])
        done.add(name)

    for name in sorted(arrows):
        follow(name, [])
    return found


def arrows_between(paths: Iterable[Path]) -> dict[str, set[str]]:
    """Draw the arrows between these files, by the modules' names."""
    named = {".".join(path.with_suffix("").parts).removesuffix(".__init__"): path for path in paths}
    return {name: (ours(path) & set(named)) - {name} for name, path in named.items()}


@pytest.mark.parametrize("path", modules(), ids=str)
def test_the_arrow_of_imports(path):
    app = path.parts[0]
    name = ".".join(path.with_suffix("").parts)
    floor = floor_of(name)
    known = ours(path)
    if app in APPS:
        assert {each.split(".")[0] for each in known} <= MAY_IMPORT[app]
    elif floor is None:
        assert not {each for each in known if not each.startswith("offer_site")}, (
            "the ground knows no app"
        )
    for each in known:
        below = floor_of(each)
        if below is not None:
            assert floor is not None, "nobody below knows who composes it"
            assert below <= floor, f"{each} stands on a higher floor"


def test_no_modules_import_each_other_in_a_circle():
    faces = {path for path in modules() if path.name == "__init__.py"}
    assert circles(arrows_between(set(modules()) - faces)) == []


@pytest.mark.parametrize("folder", GROUPED)
def test_groups_form_no_circle(folder):
    prefix = folder.replace("/", ".") + "."
    arrows: dict[str, set[str]] = defaultdict(set)
    for path in modules():
        if not path.is_relative_to(folder):
            continue
        here = path.relative_to(folder).parts[0].removesuffix(".py")
        known = {
            each.removeprefix(prefix).split(".")[0]
            for each in ours(path)
            if each.startswith(prefix)
        }
        arrows[here] |= known - {here}
    assert len(arrows) > 3
    assert circles(arrows) == []


def test_a_circle_is_found_where_there_is_one():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


@pytest.mark.parametrize(
    "path",
    [path for path in modules() if "rules" in path.parts or path.name == "rules.py"],
    ids=str,
)
def test_rules_know_no_models_no_settings_and_no_clock(path):
    known = imports(path)
    assert not {name for name in ours(path) if ".models" in name}
    assert "django.conf" not in known
    assert "django.utils.timezone" not in known


def test_operations_do_not_read_the_clock():
    operations = [path for path in modules() if "operations" in str(path)]
    assert [
        str(path) for path in operations if {"django.utils.timezone", "time"} & imports(path)
    ] == []


def test_no_import_hides_in_a_function_but_weasyprint_and_its_kin():
    hidden = []
    for path in modules():
        for function in ast.walk(ast.parse((PROJECT / path).read_text())):
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                names += (
                    [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                )
                hidden += [f"{path}: {name}" for name in names if not name.startswith(SLOW)]
    assert hidden == []


def test_foreign_keys_follow_the_arrow():
    for model in apps.get_models():
        here = model._meta.app_label
        if here not in RANKS:
            continue
        for field in model._meta.get_fields():
            there = (
                field.related_model._meta.app_label
                if field.many_to_one or field.one_to_one
                else here
            )
            if field.concrete and there in RANKS and there != here:
                assert RANKS[there] < RANKS[here], (
                    f"{model.__name__}.{field.name} points up or sideways"
                )


def test_no_signals_and_no_junk_drawers():
    junk = {"utils", "helpers", "services", "managers", "core", "common"}
    assert not {path for path in modules() if path.stem in junk or junk & set(path.parts)}
    assert {str(path) for path in modules() if "django.dispatch" in imports(path)} == set()


@pytest.mark.parametrize("package", [*sorted(APPS), "offer_site"])
def test_no_name_of_a_class_stands_twice(package):
    """Commands alone are all called the same, since Django asks for that."""
    found = defaultdict(list)
    for path in (PROJECT / package).rglob("*.py"):
        if {"migrations", "commands"} & set(path.parts):
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                found[node.name].append(str(path.relative_to(PROJECT)))
    assert [(name, paths) for name, paths in found.items() if len(paths) > 1] == []


def test_whatever_keeps_a_document_says_how_the_journal_names_it():
    kept = [model for model in apps.get_models() if issubclass(model, Documented)]
    assert len(kept) > 3
    assert [model.__name__ for model in kept if model.seen_as is Documented.seen_as] == []


def test_every_list_filter_finds_what_it_offers():
    filters = ChoiceFilter.__subclasses__()
    assert len(filters) > 3
    assert [each.__name__ for each in filters if each.find is ChoiceFilter.find] == []
