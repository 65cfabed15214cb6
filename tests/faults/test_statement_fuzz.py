"""Whatever bytes a file holds, the reader of statements reads it to the end or refuses it with
StatementError and its line, and passes no operation over.

`FUZZ_INPUTS=1000000 make faults ARGS="-k statement_fuzz"` tries a million.
"""

import os
import sys
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest

from payments.providers.bank_transfer import directions, layout, sections, statement
from payments.providers.bank_transfer.statement import (
    StatementError,
    StatementOperation,
    StatementReader,
)
from payments.rules import statement_totals
from tests.faults.fuzzing import InputError, fuzz
from tests.payments.statements.scenes import IBAN

pytestmark = [pytest.mark.clause("4.4")]
INPUTS = int(os.environ.get("FUZZ_INPUTS", "20000"))
SEED = int(os.environ.get("FUZZ_SEED", "36"))
FILES = Path(__file__).parents[1] / "payments" / "statements" / "files"
SEEDS = [path.read_bytes() for path in sorted(FILES.glob("*.txt"))]
WATCHED = [directions, layout, sections, statement, statement_totals]
LARGEST = Decimal(10) ** 12
VALUES = (
    "0",
    "0.00",
    "-1.00",
    "1E5",
    "149990.00",
    "149 990,00",
    "149,990",
    "NaN",
    "9" * 20,
    "٣",
    "23.11.2026",
    "23/11/2026",
    "31.02.2026",
    "23.11.2026 14:05",
    "01.01.0001",
    IBAN,
    "KZ86125KZT5004100100",
    "KZT",
    "USD",
    "Сторно",
    "1CClientBankExchange",
    "=",
    "\n",
    "\r",
    "\x1a",
    "\0",
    "\ufeff",
    "КонецДокумента",
    "КонецФайла",
    "КонецРасчСчет",
    "СекцияДокумент=",
    "КонецВалюта",
    "СекцияРасчСчет",
    "СекцияВалюта",
    "Дата",
    "СуммаПриход=1",
    "СуммаРасход=1",
    "Сумма=1",
)
KEYS = [
    *sorted(layout.NAMED),
    *layout.PURPOSE_PARTS,
    *layout.ALIASES["receiver_account"],
    *layout.ALIASES["payer_account"],
    *statement.BALANCES,
    *statement.PERIOD,
    "расчсчет",
    "виддокумента",
]
WORDS = [
    *(text.encode(encoding, "replace") for text in VALUES for encoding in ("kz1048", "utf-8")),
    *(f"{key}=".encode(encoding) for key in KEYS for encoding in ("kz1048", "utf-8", "cp866")),
]


def read_or_refuse(content: bytes) -> None:
    """Read a file as an import does; only the documented error is one."""
    try:
        reader = StatementReader(BytesIO(content), account=IBAN)
        operations = list(reader)
    except StatementError as error:
        refused_at = error.line
    else:
        check(operations, reader, content)
        return
    assert 1 <= refused_at <= content.count(b"\n") + 1


def check(operations: list[StatementOperation], reader: StatementReader, content: bytes) -> None:
    """Nothing that was read is impossible, and no operation of the file is passed over."""
    for each in operations:
        assert each.amount == each.amount.quantize(Decimal("0.01"))
        assert 0 < abs(each.amount) < LARGEST
        assert each.amount > 0 or not (each.is_incoming or each.takes_back)
        assert 1991 <= each.documented_on.year < 2200
        assert "\0" not in f"{each.number}{each.payer}{each.purpose}{each.others}"
    passed = reader.of_nothing + reader.of_other_accounts
    assert len(operations) + passed == operations_in(content, reader.encoding)


def operations_in(content: bytes, encoding: str) -> int:
    """How many operations a file tells of, counted without the reader."""
    lines = (line.decode(encoding, "replace") for line in content.split(b"\n"))
    words = (line.strip().partition("=")[0].strip().casefold() for line in lines)
    return sum(word == "конецдокумента" for word in words)


@pytest.mark.faults
def test_of_all_inputs_only_the_documented_error_comes():
    found = fuzz(
        read_or_refuse, seeds=SEEDS, words=WORDS, watched=WATCHED, inputs=INPUTS, seed=SEED
    )
    print(f"{found.inputs} inputs, {len(found.edges)} edges, {len(found.kept)} kept")  # noqa: T201
    assert found.inputs == INPUTS
    assert len(found.kept) > len(SEEDS) + 20


def test_a_few_inputs_of_the_fuzzer_are_read_or_refused():
    fuzz(read_or_refuse, seeds=SEEDS, words=WORDS, watched=WATCHED, inputs=300, seed=SEED)


# --- The control: the test above can fail
def five_doors(content: bytes) -> None:
    """An error behind five doors, each of which only a lucky change of the one before opens."""
    if b"q" not in content:
        return
    if b"qw" not in content:
        return
    if b"qwe" not in content:
        return
    if b"qwer" not in content:
        return
    if b"qwert" in content:
        raise IndexError(content)


def test_an_error_behind_five_doors_is_found_by_coverage_and_not_by_chance():
    wanted = {
        "seeds": [b"."],
        "words": [b"q", b"w", b"e", b"r", b"t"],
        "watched": [sys.modules[__name__]],
        "inputs": 20_000,
    }
    with pytest.raises(InputError) as failed:
        fuzz(five_doors, **wanted, seed=1)
    assert b"qwert" in failed.value.content
    assert fuzz(five_doors, **wanted, seed=1, is_guided=False).inputs == 20_000
