"""The bench of certificates: ours against the plain way, the signature's share, two workers, a
worker's memory.

Times are CPU of the printing process, by which a busy machine does not lie; what two workers do is
told by the clock too, which says less the busier the machine is.
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path

from tests.processes import PROJECT

COMPARED = 12
WORKED = 60
GROWN = 1000
ROUNDS = 3
BOUNDS = {"ratio": 0.15, "signature": 0.25, "workers": 1.8, "megabytes": 200, "bytes": 120_000}


class Printer:
    """A process of tests/bench/printing.py."""

    def __init__(self, env: dict[str, str], folder: Path, *words: str) -> None:
        self.running = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.printing", *words],
            cwd=folder,
            env=env | {"PYTHONPATH": str(PROJECT)},
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def wait_until_ready(self) -> None:
        assert self.running.stdout
        assert self.running.stdout.readline() == "ready\n"

    def answer(self, told: str = "") -> dict[str, float]:
        said, _nothing = self.running.communicate(told)
        if self.running.returncode:
            raise RuntimeError(f"a process that prints ended with {self.running.returncode}")
        answer: dict[str, float] = json.loads(said.splitlines()[-1])
        return answer


def measure(env: dict[str, str], *, folder: Path) -> None:
    """Print a line for each promise."""
    cost = Printer(env, folder, "compare", str(COMPARED)).answer()
    print(
        f"\nCertificates: both sheets, PDF/A-3a, warm; CPU of the process, medians of {COMPARED} "
        f"and {4 * COMPARED}"
    )
    line("plain way, one write_pdf() of everything", f"{cost['plain']:.0f} ms")
    line("ours", f"{cost['ours']:.0f} ms")
    line("ratio", f"{cost['ours'] / cost['plain']:.3f}", f"at most {BOUNDS['ratio']}")
    if cost["signing"]:
        line("signature", f"{cost['signing']:.1f} ms")
        line(
            "its share of ours",
            f"{cost['signing'] / cost['ours']:.2f}",
            f"at most {BOUNDS['signature']}",
        )
    line("largest file", f"{cost['largest'] / 1000:.0f} kB", f"under {BOUNDS['bytes'] // 1000} kB")

    by_cpu, by_clock = zip(*(workers(env, folder) for _round in range(ROUNDS)), strict=True)
    line(
        "two workers to one, by CPU a certificate",
        f"{statistics.median(by_cpu):.2f}",
        f"at least {BOUNDS['workers']}",
    )
    line("the same by the clock", f"{statistics.median(by_clock):.2f}", "a busy machine shows less")

    memory = Printer(env, folder, "grow", str(GROWN)).answer()
    seen = " ".join(f"{megabytes:.0f}" for megabytes in memory["seen"])  # type: ignore[attr-defined]
    line(f"a worker's memory over {GROWN}", f"{seen} MB")
    line("the most it had", f"{memory['highest']:.0f} MB", f"under {BOUNDS['megabytes']} MB")


def workers(env: dict[str, str], folder: Path) -> tuple[float, float]:
    """Say how many times as much two workers do as one:
    by the CPU that a certificate costs them, and by the clock.
    """
    alone = together(env, folder, 1)
    both = together(env, folder, 2)
    cpu = sum(one["cpu"] for one in both) / 2
    return 2 * alone[0]["cpu"] / cpu, 2 * alone[0]["seconds"] / max(one["seconds"] for one in both)


def together(env: dict[str, str], folder: Path, count: int) -> list[dict[str, float]]:
    """Have workers begin at the same moment."""
    printers = [Printer(env, folder, "work", str(WORKED)) for _number in range(count)]
    for printer in printers:
        printer.wait_until_ready()
    for printer in printers:
        assert printer.running.stdin
        printer.running.stdin.write("go\n")
        printer.running.stdin.flush()
    return [printer.answer() for printer in printers]


def line(what: str, figure: str, bound: str = "") -> None:
    print(f"{what:<44}{figure:>12}   {bound}".rstrip())
