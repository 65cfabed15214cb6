"""Runs the audit on one snapshot of the database; it repairs and writes nothing."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from .lines import LINES, AuditLine, Question
from .reading import Note, on_postgresql, snapshot

log = logging.getLogger(__name__)

# Violations of a line that are kept by name; the others are only counted.
MOST_NAMED = 1000
MOST_PRINTED = 20


@dataclass
class AuditAnswer:
    """The result for one line: true, false, or None where only a test can prove it; with notes."""

    line: AuditLine
    violations: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unnamed: int = 0

    @property
    def ok(self) -> bool | None:
        if self.violations:
            return False
        return None if self.line.test else True

    @property
    def found(self) -> int:
        """The number of violations."""
        return len(self.violations) + self.unnamed

    def add(self, finding: str) -> None:
        named = self.notes if isinstance(finding, Note) else self.violations
        if len(named) < MOST_NAMED:
            named.append(str(finding))
        elif named is self.violations:
            self.unnamed += 1

    def __str__(self) -> str:
        if self.ok is None:
            return f"{self.line.id}: kept by {self.line.test}{_listed(self.notes)}"
        if self.ok:
            return f"{self.line.id}: ok{_listed(self.notes)}"
        return f"{self.line.id}: {self.found} false{_listed(self.violations, self.unnamed)}"

    def as_json(self) -> dict[str, Any]:
        """As `--json` prints it: id, ok and violations, the test of the line, and notes if any."""
        more = [f"and {self.unnamed} more"] if self.unnamed else []
        summary: dict[str, Any] = {
            "id": self.line.id,
            "ok": self.ok,
            "violations": self.violations + more,
        }
        if self.line.test:
            summary["test"] = self.line.test
        if self.notes:
            summary["notes"] = self.notes
        return summary


def _listed(findings: list[str], unnamed: int = 0) -> str:
    rest = len(findings) - MOST_PRINTED + unnamed
    more = [f"and {rest} more"] if len(findings) > MOST_PRINTED else []
    return f": {'; '.join(findings[:MOST_PRINTED] + more)}" if findings else ""


def ask_everything(*, at: datetime) -> list[AuditAnswer]:
    """Check every line on one snapshot, as of a moment."""
    return ask(LINES, at=at)


def ask(lines: Iterable[AuditLine], *, at: datetime) -> list[AuditAnswer]:
    """Check some lines on one snapshot, as of a moment."""
    with snapshot():
        return [_ask(line, at=at) for line in lines]


def _ask(line: AuditLine, *, at: datetime) -> AuditAnswer:
    answer = AuditAnswer(line)
    for question in line.questions:
        for finding in _findings(question, at=at):
            answer.add(finding)
    return answer


def _findings(question: Question, *, at: datetime) -> Iterator[str]:
    """The violations one question finds; an exception counts as one and stops no other question."""
    name = getattr(question, "__name__", "constraints")
    try:
        # Without a savepoint, an error ends the whole transaction in PostgreSQL.
        with transaction.atomic() if on_postgresql() else nullcontext():
            yield from question(at)
    except Exception as error:
        log.exception("the audit could not ask %s", name)
        yield f"{name.replace('_', ' ')}: could not be asked, {type(error).__name__}"
