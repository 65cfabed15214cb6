"""`make lighthouse`: five pages in both languages as a phone on a mobile network meets them.

Lighthouse drives Debian's Chromium against the site in production settings: gunicorn, PostgreSQL,
Redis, and the compression that its proxy does. A line a page: scores, weight without fonts, number
of requests, weight of scripts, jumps. Ends with 1 if one of them is past its bound.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import engines
from tests.bench.__main__ import Server, production
from tests.bench.meter import Database
from tests.bench.road import Road
from tests.bench.visitor import Visitor
from tests.processes import PROJECT, free_port
from tests.sites import manage, stock

HERE = Path(__file__).parent
INSTALLED = PROJECT / "var" / "lighthouse"
CHROMIUM = "/usr/bin/chromium"
FLAGS = "--headless=new --no-sandbox --disable-dev-shm-usage --disable-gpu"
LANGUAGES = ("kk", "ru")
# The least of a hundred. A page that search engines may not list fails that audit of SEO alone.
LEAST = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
NOT_LISTED = "is-crawlable"
GOOD = 0.9  # an audit below is told of
HOME_KILOBYTES = 60
HOME_REQUESTS = 6
SCRIPT_KILOBYTES = 3
LARGEST_SHIFT = 0.02


@dataclass(frozen=True)
class Visit:
    """A page, and the cookies of whoever opens it."""

    name: str
    path: str
    cookies: dict[str, str]


@dataclass(frozen=True)
class Seen:
    """What Lighthouse tells of a page."""

    scores: dict[str, int]
    kilobytes: float
    requests: int
    script_kilobytes: float
    shift: float
    complaints: list[str]

    def faults(self, name: str) -> list[str]:
        """What of it is past its bound."""
        found = [
            f"{category} {score}"
            for category, score in self.scores.items()
            if score < LEAST[category]
        ]
        if self.shift >= LARGEST_SHIFT:
            found.append(f"jumps by {self.shift:.3f}")
        if self.script_kilobytes > SCRIPT_KILOBYTES:
            found.append(f"{self.script_kilobytes:.1f} kB of scripts")
        if name == "home" and self.kilobytes > HOME_KILOBYTES:
            found.append(f"{self.kilobytes:.1f} kB")
        if name == "home" and self.requests > HOME_REQUESTS:
            found.append(f"{self.requests} requests")
        return found


def main(wanted: list[str]) -> int:
    """Install Lighthouse, start the site, visit each page or those named; return how it ends."""
    install()
    with ExitStack() as stack:
        port, env = a_site(stack)
        visits = [each for each in pages(port, env) if not wanted or each.name in wanted]
        heading = ("page", "perf", "access", "practices", "seo", "kB", "requests", "script", "CLS")
        print(f"{heading[0]:<14}" + "".join(f"{each:>10}" for each in heading[1:]))
        faults = [fault for visit in visits for fault in look(visit, port=port)]
    print("\n".join(faults))
    return 1 if faults else 0


def install() -> None:
    """Bring the pinned Lighthouse, whose packages are pinned by hash, into var/."""
    INSTALLED.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "package.json", INSTALLED)
    shutil.copy(HERE / "pinned.json", INSTALLED / "package-lock.json")
    if not (INSTALLED / "node_modules" / ".bin" / "lighthouse").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=INSTALLED, check=True)


def a_site(stack: ExitStack) -> tuple[int, dict[str, str]]:
    """Start the site with the demo catalogue; it ends with the stack."""
    folder = Path(tempfile.mkdtemp(prefix="offer-site-lighthouse-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    postgres = stack.enter_context(engines.postgres())
    redis = stack.enter_context(engines.redis())
    port = free_port()
    Database(postgres.url, name="site", log=postgres.log).session.execute("CREATE DATABASE site")
    env = production(folder, database=postgres.database("site"), redis=redis, port=port)
    manage(env, "migrate", "--verbosity", "0")
    manage(env, "collectstatic", "--no-input", "--verbosity", "0")
    stock(env)
    # Somebody pays by the sandbox bank; commands refuse it together with DEBUG=0.
    with_bank = env | {"SANDBOX_BANK": "1", "CARD_API_URL": f"{env['SITE_URL']}/sandbox/card"}
    application = "tests.lighthouse.compressing:application"
    server = Server(application, port=port, env=with_bank, log=folder / "server.log")
    stack.callback(server.process.stop)
    return port, env


def pages(port: int, env: dict[str, str]) -> list[Visit]:
    """The five pages in both languages; two people have ordered, and one of them has paid."""
    road = Road(port, env)
    road.lay_places(20)
    for _name, jobs in road.paths(2):
        for job in jobs:
            job()
    assert road.readers is not None
    code = road.readers.code
    student = road.readers.student.cookies
    unpaid = Road(port, env)
    unpaid.numbers = road.numbers
    unpaid.checkout()()
    placed = unpaid.placed[0]
    found = []
    for language in LANGUAGES:
        home = f"/{language}"
        found += [
            Visit("home", f"{home}/", {}),
            Visit("offer", f"{home}/offer/", {}),
            Visit("checkout", f"{home}/checkout/birge/", {}),
            Visit("order", f"{home}/orders/{placed.code}/", placed.visitor.cookies),
            Visit("course", f"{home}/cabinet/{code}/course/", student),
            Visit("cabinet", f"{home}/cabinet/", student),
        ]
    return found


def look(visit: Visit, *, port: int) -> list[str]:
    """Have Lighthouse visit a page; print its line, and return what is wrong with it."""
    answer = Visitor(port, cookies=dict(visit.cookies)).get(visit.path)
    if answer.status != 200:
        return [f"{visit.path} answers {answer.status}"]
    seen = told_by(lighthouse(visit, port=port))
    figures = [*seen.scores.values(), f"{seen.kilobytes:.1f}", seen.requests]
    figures += [f"{seen.script_kilobytes:.1f}", f"{seen.shift:.3f}"]
    print(f"{visit.path[:14]:<14}" + "".join(f"{each!s:>10}" for each in figures), flush=True)
    for complaint in seen.complaints:
        print(f"    {complaint}")
    return [f"{visit.path}: {fault}" for fault in seen.faults(visit.name)]


def lighthouse(visit: Visit, *, port: int) -> dict[str, Any]:
    """The report of one visit, with the settings of a phone."""
    cookies = "; ".join(f"{name}={value}" for name, value in visit.cookies.items())
    headers = {"Cookie": cookies} if cookies else {}
    command = [
        str(INSTALLED / "node_modules" / ".bin" / "lighthouse"),
        f"http://127.0.0.1:{port}{visit.path}",
        "--quiet",
        "--output=json",
        f"--only-categories={','.join(LEAST)}",
        f"--extra-headers={json.dumps(headers)}",
        f"--chrome-flags={FLAGS}",
    ]
    done = subprocess.run(
        command,
        env=os.environ | {"CHROME_PATH": CHROMIUM},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"Lighthouse saw nothing of {visit.path}:\n{done.stderr}")
    report = json.loads(done.stdout)
    assert isinstance(report, dict)
    return report


def told_by(report: dict[str, Any]) -> Seen:
    """Read a report."""
    audits = report["audits"]
    requests = audits["network-requests"]["details"]["items"]
    scores, complaints = {}, []
    for name in LEAST:
        refs = report["categories"][name]["auditRefs"]
        weighed = [each for each in refs if each["weight"] and each["id"] != NOT_LISTED]
        if name == "performance":
            score = report["categories"][name]["score"]
        else:
            told = [
                (audits[each["id"]]["score"], each["weight"])
                for each in weighed
                if audits[each["id"]]["score"] is not None
            ]
            score = sum(value * weight for value, weight in told) / sum(each[1] for each in told)
        scores[name] = round(score * 100)
        complaints += [
            complaint
            for each in weighed
            if audits[each["id"]]["score"] is not None and audits[each["id"]]["score"] < GOOD
            for complaint in complaints_of(audits[each["id"]])
        ]
    scripts = [each for each in requests if each.get("resourceType") == "Script"]
    apart = [each for each in requests if each.get("resourceType") != "Font"]
    return Seen(
        scores=scores,
        kilobytes=sum(each["transferSize"] for each in apart) / 1000,
        requests=len(requests),
        script_kilobytes=sum(each["transferSize"] for each in scripts) / 1000,
        shift=audits["cumulative-layout-shift"]["numericValue"],
        complaints=complaints,
    )


def complaints_of(audit: dict[str, Any]) -> list[str]:
    """The words of an audit that is not good, and where on the page it is so."""
    items = audit.get("details", {}).get("items", [])
    places = [each["node"]["selector"] for each in items if "node" in each]
    return [f"{audit['id']}: {audit['title']}", *(f"    {place}" for place in places)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
