"""Typed transfers that a file of the bank now confirms: no second person is needed (M11, M12)."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from payments.models import LineState, StatementFile, StatementLine, TypedTransfer
from payments.operations.ledger.known import telling_of_line
from payments.rules.likeness import Telling, may_be_the_same
from payments.rules.matching import Doubt, is_probably_the_same


class TypedBefore:
    """The typed lines of a file's account that no file has confirmed yet."""

    def __init__(self, file: StatementFile) -> None:
        self.file = file
        self.untold: set[str] = set()
        self.by_amount: dict[Decimal, list[StatementLine]] = defaultdict(list)
        untold = TypedTransfer.objects.filter(line__file__account=file.account, told_in=None)
        for typed in untold.select_related("line"):
            line = typed.line
            self.untold.add(line.fingerprint)
            # Set aside without approval: a person rejected it.
            if not (line.state == LineState.SET_ASIDE and line.doubt == Doubt.UNAPPROVED):
                self.by_amount[line.amount].append(line)

    def doubt(self, lines: Sequence[StatementLine]) -> None:
        """Mark the lines that are probably a typed transfer in other words; a person decides."""
        for line in lines:
            typed = self.by_amount.get(line.amount, [])
            if not typed or line.state != LineState.UNMATCHED or line.fingerprint in self.untold:
                continue
            told = telling_of_line(line)
            codes = line.codes.split()
            if any(is_told_again(told, codes, each) for each in typed):
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


def is_told_again(told: Telling, codes: Sequence[str], line: StatementLine) -> bool:
    """True when a telling may be the money of this line."""
    other = telling_of_line(line)
    if not set(codes).isdisjoint(line.codes.split()):
        return may_be_the_same(told, other)
    return not set(told.days).isdisjoint(other.days) and is_probably_the_same(
        (told.number, told.payer_id), (other.number, other.payer_id)
    )
