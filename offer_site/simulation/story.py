"""The story of a simulated cohort as a table: how often each thing happened, phase by phase."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.utils import translation

from enrollment.models import Enrollment, Order
from offer_site.journal.models import Entry
from offer_site.journal.verbs import VERBS

from .running import Phase

WIDTH = 11


def story(phases: Sequence[Phase]) -> Iterator[str]:
    """The lines of the table, read from the journal, and what became of orders and learners."""
    counts = {verb: [0] * len(phases) for verb in sorted(_verbs())}
    for verb, at in Entry.objects.values_list("verb", "at").iterator():
        counts[verb][_number_of(at, phases)] += 1
    with translation.override(None):  # a command speaks to whoever runs the site
        names = {verb: str(VERBS.get(verb, verb)) for verb in counts}
    left = max((len(name) for name in names.values()), default=0)
    yield " " * left + "".join(f"{phase.name:>{WIDTH + 2}}" for phase in phases)
    for verb, row in counts.items():
        cells = "".join(f"{count or '·':>{WIDTH + 2}}" for count in row)
        yield f"{names[verb]:<{left}}{cells}"
    yield ""
    yield "orders: " + _counted(Order.objects.values_list("state", flat=True))
    yield "enrollments: " + _counted(Enrollment.objects.values_list("state", flat=True))


def _verbs() -> set[str]:
    return set(Entry.objects.values_list("verb", flat=True).distinct().order_by())


def _number_of(at: datetime, phases: Sequence[Phase]) -> int:
    over = [phase for phase in phases if phase.ends_at <= at]
    return min(len(over), len(phases) - 1)


def _counted(states: Iterable[str]) -> str:
    counts = Counter(states)
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
