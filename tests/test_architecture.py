"""The arrow of the house: who may import whom, which tables may point where, and how long a file may be."""

import ast
from pathlib import Path

import pytest
from django.apps import apps

PROJECT = Path(__file__).parent.parent
GROUND_APPS = {"accounts", "calendar", "notices", "journal", "telegram"}
COMPOSITION = {
    "settings", "urls", "cabinet", "cabinet_views", "order_page", "order_ways", "invoice_page", "clarification_page",
    "attention", "audit", "jobs", "schedule", "checks", "admission", "admin_orders", "admin_site", "staff",
    "management", "proof",
}  # fmt: skip
SATELLITES = {"payments", "certificates"}
MAY_IMPORT = {
    "payments": {"payments", "enrollment", "offer_site"},
    "certificates": {"certificates", "enrollment", "offer_site"},
    "enrollment": {"enrollment", "offer_site"},
}
RULES_MAY_NOT = ("django.db.models", "django.conf", "django.utils.timezone")


def modules() -> list[Path]:
    folders = ("offer_site", "enrollment", "payments", "certificates")
    return [path for folder in folders for path in (PROJECT / folder).rglob("*.py") if "migrations" not in path.parts]


def imports(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it, written out in full."""
    found = set()
    package = path.relative_to(PROJECT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) + "." if node.level else ""
            module = f"{base}{node.module or ''}".strip(".")
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return found


def is_composition(path: Path) -> bool:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return parts[0] == "offer_site" and len(parts) > 1 and parts[1] in COMPOSITION


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_the_arrow_of_imports(path):
    app = path.relative_to(PROJECT).parts[0]
    ours = {name for name in imports(path) if name.split(".")[0] in {"offer_site", *MAY_IMPORT}}
    if app == "offer_site":
        if not is_composition(path):
            assert not {name for name in ours if not name.startswith("offer_site")}
    else:
        assert {name.split(".")[0] for name in ours} <= MAY_IMPORT[app]
        below = {name for name in ours if name.startswith("offer_site.") and name.split(".")[1] in COMPOSITION}
        assert not below, "an app does not know who composes it"


@pytest.mark.parametrize(
    "path", [path for path in modules() if "rules" in path.parts or path.name == "rules.py"], ids=str
)
def test_rules_know_no_models_no_settings_and_no_clock(path):
    known = imports(path)
    assert not {name for name in known if ".models" in name and name.split(".")[0] in {*MAY_IMPORT, "offer_site"}}
    assert "django.conf" not in known
    assert "django.utils.timezone" not in known


def test_operations_do_not_read_the_clock():
    guilty = [
        str(path.relative_to(PROJECT))
        for path in modules()
        if "operations" in str(path) and {"django.utils.timezone", "time"} & imports(path)
    ]
    assert guilty == []


def test_no_import_hides_in_a_function_but_weasyprint_and_its_kin():
    slow = (
        "weasyprint",
        "pypdfium2",
        "pydyf",
        "offer_site.pdf",
        "enrollment.rendering",
        "certificates.rendering",
        "certificates.signing",
        "fontTools",
    )
    hidden = []
    for path in modules():
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                    names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                    hidden += [f"{path.relative_to(PROJECT)}: {name}" for name in names if not name.startswith(slow)]
    assert hidden == []


def test_foreign_keys_follow_the_arrow():
    rank = {
        "accounts": 0,
        "calendar": 0,
        "notices": 0,
        "journal": 0,
        "telegram": 0,
        "enrollment": 1,
        "payments": 2,
        "certificates": 2,
    }
    for model in apps.get_models():
        here = model._meta.app_label
        if here in rank:
            for field in model._meta.get_fields():
                there = field.related_model._meta.app_label if field.many_to_one or field.one_to_one else here
                if field.concrete and there in rank and there != here:
                    assert rank[there] < rank[here], f"{model.__name__}.{field.name} points up or sideways"


def test_no_signals_and_no_junk_drawers():
    junk = {"utils", "helpers", "services", "managers", "core", "common"}
    assert not {path for path in modules() if path.stem in junk or junk & set(path.relative_to(PROJECT).parts)}
    guilty = {str(path.relative_to(PROJECT)) for path in modules() if "django.dispatch" in imports(path)}
    assert guilty == set()


def test_a_file_is_about_one_noun():
    long = {str(path.relative_to(PROJECT)) for path in modules() if len(path.read_text().splitlines()) > 300}
    assert long == set()
