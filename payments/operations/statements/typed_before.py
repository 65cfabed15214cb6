"""Typed transfers that a file of the bank now confirms: no second person is needed (M11, M12)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from payments.models import LineState, StatementFile, StatementLine, TypedTransfer
from payments.rules.matching import Doubt, is_probably_the_same


class TypedBefore:
    """The typed lines of a file's account that no file has confirmed yet."""

    def __init__(self, file: StatementFile) -> None:
        self.file = file
        self.untold: set[str] = set()
        self.by_day_and_amount: dict[tuple[date, Decimal], list[tuple[str, str]]] = defaultdict(
            list
        )
        untold = TypedTransfer.objects.filter(line__file__account=file.account, told_in=None)
        for typed in untold.select_related("line"):
            line = typed.line
            self.untold.add(line.fingerprint)
            # Set aside without approval: a person rejected it.
            if not (line.state == LineState.SET_ASIDE and line.doubt == Doubt.UNAPPROVED):
                key = (line.documented_on, line.amount)
                self.by_day_and_amount[key].append((line.number, line.facts["payer_id"]))

    def doubt(self, lines: Sequence[StatementLine]) -> None:
        """Mark the lines that are probably a typed transfer in other words; a person decides."""
        for line in lines:
            typed = self.by_day_and_amount.get((line.documented_on, line.amount), [])
            if not typed or line.state != LineState.UNMATCHED or line.fingerprint in self.untold:
                continue
            identity = (line.number, line.facts["payer_id"])
            if any(is_probably_the_same(identity, each) for each in typed):
                line.doubt = Doubt.TYPED_ALREADY

    def set_free(self, lines: Sequence[StatementLine]) -> None:
        """Release a typed line that the file repeats word for word, even a rejected one.

        It waits for no second person any more.
        """
        fingerprints = self.untold.intersection(line.fingerprint for line in lines)
        if not fingerprints:
            return
        TypedTransfer.objects.filter(line__fingerprint__in=fingerprints, told_in=None).update(
            told_in=self.file
        )
        unapproved = StatementLine.objects.filter(
            fingerprint__in=fingerprints, doubt=Doubt.UNAPPROVED
        )
        for line in unapproved.select_for_update().order_by("pk"):
            line.state = LineState.UNMATCHED
            line.doubt = "" if line.codes else Doubt.NO_CODE
            line.reason = ""
            line.settled_at = None
            line.settled_by = ""
            line.save(update_fields=["state", "doubt", "reason", "settled_at", "settled_by"])
