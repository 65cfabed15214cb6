"""What is installed is used, or is named in requirements/run.in with the reason why it is there."""

import ast
import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement

from tests.processes import PROJECT

FOLDER = Path(PROJECT) / "requirements"
# Requirements that bring more than what is called of them here.
BRINGING = {"django-allauth", "fido2", "num2words", "pyhanko"}
NEVER_IMPORTED = {"docopt", "lxml", "oscrypto", "qrcode"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted() -> dict[str, Requirement]:
    """The requirements of run.in by their names."""
    lines = (FOLDER / "run.in").read_text().splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonical(each.name): each for each in found}


def locked() -> set[str]:
    text = (FOLDER / "run.txt").read_text()
    return {canonical(name) for name in re.findall(r"^([A-Za-z][\w.-]*)==", text, re.MULTILINE)}


def behind(requirement: Requirement, seen: set[str]) -> set[str]:
    """Everything that a requirement brings, itself included."""
    name = canonical(requirement.name)
    seen.add(name)
    for line in requires(name) or []:
        brought = Requirement(line)
        marker = brought.marker
        is_brought = marker is None or any(
            marker.evaluate({"extra": extra}) for extra in {"", *requirement.extras}
        )
        if is_brought and canonical(brought.name) not in seen:
            behind(brought, seen)
    return seen


def imported_here() -> set[str]:
    """The packages that the product's own code imports."""
    of = packages_distributions()
    found = set()
    for folder in ("offer_site", "enrollment", "payments", "certificates", "materials"):
        for path in (Path(PROJECT) / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                names += [each.name for each in node.names] if isinstance(node, ast.Import) else []
                for name in names:
                    found |= {canonical(each) for each in of.get(name.split(".")[0], ())}
    return found


def test_each_package_that_nothing_calls_is_named_with_its_reason():
    all_wanted = wanted()
    needed: set[str] = set()
    for name, requirement in all_wanted.items():
        if name not in BRINGING:
            behind(requirement, needed)
    brought: set[str] = set()
    for name in BRINGING:
        behind(all_wanted[name], brought)
    not_called = (brought & locked()) - needed - imported_here() - (BRINGING - {"fido2"})
    comments = [
        line for line in (FOLDER / "run.in").read_text().splitlines() if line.startswith("#")
    ]
    named = {word for line in comments for word in re.findall(r"[a-z0-9-]+", line)}
    assert not_called - named == set()
    # Not one that went: each that is named as locked is locked.
    assert {"aiohttp", "docopt", "fido2", "lxml", "oscrypto", "uritools"} <= not_called


def test_what_is_locked_is_what_is_wanted_and_what_it_brings():
    everything: set[str] = set()
    for requirement in wanted().values():
        behind(requirement, everything)
    assert locked() - everything <= {"async-timeout", "typing-extensions"}
    assert everything <= locked()


LOADS = """
import importlib, os, pkgutil, sys
from importlib.abc import MetaPathFinder

class Gone(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in sys.argv[1:]:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Gone())
import django
django.setup()
for name in ("offer_site", "enrollment", "payments", "certificates", "materials"):
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        importlib.import_module(module.name)
from django.urls import get_resolver
from payments.rules.amounts import amount_in_words
from weasyprint import HTML
assert get_resolver().url_patterns
assert amount_in_words(5, "ru").startswith("Пять")
assert HTML(string="<p>a</p>").write_pdf().startswith(b"%PDF")
print("loaded")
"""


def test_the_product_loads_without_the_packages_that_are_never_imported():
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "offer_site.settings"}
    done = subprocess.run(
        [sys.executable, "-c", LOADS, *sorted(NEVER_IMPORTED)],
        cwd=PROJECT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "loaded\n"), done.stderr
    assert "qrcode" not in locked()
