"""A plugin of pytest: print at the end of the run which clauses of the offer the tests keep."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Note the clauses of each test where its report will carry them,
    from a worker of pytest-xdist too.
    """
    for item in items:
        for mark in item.iter_markers("clause"):
            item.user_properties += [("clause", number) for number in mark.args]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the clauses by section; one whose test fails is not kept."""
    kept = _clauses(terminalreporter, "passed")
    broken = _clauses(terminalreporter, "failed", "error")
    if kept | broken:
        terminalreporter.section("clauses of the offer")
    sections: dict[str, list[str]] = {}
    for number in sorted(kept - broken, key=_order):
        sections.setdefault(number.split(".")[0], []).append(number)
    for section, numbers in sections.items():
        terminalreporter.write_line(f"{section:>3}  {'  '.join(numbers)}")
    if broken:
        terminalreporter.write_line(f"not kept: {'  '.join(sorted(broken, key=_order))}", red=True)


def _clauses(reporter: pytest.TerminalReporter, *outcomes: str) -> set[str]:
    reports = [report for outcome in outcomes for report in reporter.stats.get(outcome, [])]
    # A file that could not be collected has a report too, and no properties.
    noted = [note for report in reports for note in getattr(report, "user_properties", [])]
    return {str(value) for name, value in noted if name == "clause"}


def _order(number: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(part) if part.isdigit() else 0, part) for part in number.split("."))
