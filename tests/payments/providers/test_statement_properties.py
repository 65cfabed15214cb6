"""Whatever manner a bank writes a statement in, the same operations are read;
damaged bytes are never read by guess.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offer_site.days import short_day
from payments.providers.bank_transfer.layout import ALIASES
from payments.providers.bank_transfer.statement import StatementError, StatementReader
from tests.payments.statements.scenes import DAY, IBAN, a_statement, an_operation

pytestmark = pytest.mark.clause("4.4")
ABROAD = "KZ86125KZT5004100100"
CASES = {"usual": str, "upper": str.upper, "lower": str.lower, "title": str.title}
# Letters that each encoding has; the Kazakh ones are in two of them.
RUSSIAN = "абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ0123456789 .,№-"
KAZAKH = RUSSIAN + "әғқңөұүһіӘҒҚҢӨҰҮҺІ"
LETTERS = {
    "utf-8": KAZAKH,
    "utf-8-sig": KAZAKH,
    "kz1048": KAZAKH,
    "cp1251": RUSSIAN,
    "cp866": RUSSIAN,
}


@dataclass(frozen=True)
class Movement:
    """One operation as the bank knows it, before it is written in any manner."""

    came: bool
    number: str
    day: date
    amount: Decimal
    payer: str
    payer_id: str
    purpose: str


def words(letters: str, size: int) -> st.SearchStrategy[str]:
    """Text as it stands after reading: no spaces at its ends, none twice."""
    return st.text(letters, max_size=size).map(lambda text: " ".join(text.split()))


def days_later(days: int) -> date:
    return DAY + timedelta(days)


def with_an_equals_sign(text: str) -> str:
    return f"договор=оферта {text}".strip()


def movements(letters: str) -> st.SearchStrategy[list[Movement]]:
    return st.lists(
        st.builds(
            Movement,
            st.booleans(),
            st.integers(1, 10**9).map(str),
            st.integers(0, 3).map(days_later),
            st.integers(1, 10**11).map(lambda tiyn: Decimal(tiyn) / 100),
            words(letters, 30),
            st.text("0123456789", min_size=12, max_size=12),
            words(letters, 60).map(with_an_equals_sign),
        ),
        max_size=5,
    )


def written(operations: list[Movement], encoding: str, case: str, chance: random.Random) -> bytes:
    """Write a statement in one of the manners of the banks: keys, their order, sections,
    ends of lines, decimals.
    """
    say = CASES[case]
    end = chance.choice(["\n", "\r\n"])
    key = {fact: chance.choice(keys) for fact, keys in ALIASES.items()}
    bare_amount = chance.random() < 0.3
    days = sorted({each.day for each in operations} or {DAY})
    lines = [
        "1CClientBankExchange",
        f"{say('ВерсияФормата')}=2.0",
        f"{say('Кодировка')}={chance.choice(['Windows', 'DOS'])}",
        f"{say('ДатаНачала')}={short_day(days[0])}",
        f"{say('ДатаКонца')}={short_day(days[-1])}",
    ]
    in_sections = chance.choice([[], days, days[:1]])
    if not in_sections or chance.random() < 0.5:
        lines.append(f"{say('РасчСчет')}={IBAN}")
    for day in in_sections:
        lines += [
            say("СекцияРасчСчет"),
            f"{say('ДатаНачала')}={short_day(day)}",
            f"{say('РасчСчет')}={IBAN}",
            say("КонецРасчСчет"),
        ]
    for each in operations:
        amount = str(each.amount).replace(".", chance.choice([".", ","]))
        theirs, ours = (
            (key["receiver_account"], key["payer_account"])
            if not each.came
            else (key["payer_account"], key["receiver_account"])
        )
        sums = (
            {key["amount"]: amount}
            if bare_amount
            else (
                {"суммаприход": amount, "суммарасход": ""}
                if each.came
                else {"суммаприход": "", "суммарасход": amount}
            )
        )
        said = {
            key["number"]: each.number,
            key["documented_on"]: short_day(each.day),
            key["executed_on"]: short_day(each.day),
            **sums,
            key["payer"]: each.payer,
            key["payer_id"]: each.payer_id,
            theirs: ABROAD,
            ours: IBAN,
            key["purpose"]: each.purpose,
            key["knp"]: "859",
            "неизвестный_ключ": "1",
        }
        told = [f"{say(name)}{chance.choice(['=', ' = '])}{value}" for name, value in said.items()]
        chance.shuffle(told)
        lines += [
            f"{say('СекцияДокумент')}={chance.choice(['выписка', ''])}",
            *told,
            say("КонецДокумента"),
            *chance.choice([[], [""]]),
        ]
    return end.join([*lines, say("КонецФайла"), ""]).encode(encoding)


@given(
    st.data(),
    st.sampled_from(sorted(LETTERS)),
    st.sampled_from(sorted(CASES)),
    st.randoms(use_true_random=False),
)
def test_every_manner_reads_back_to_the_same_operations(data, encoding, case, chance):
    operations = data.draw(movements(LETTERS[encoding]))
    reader = StatementReader(BytesIO(written(operations, encoding, case, chance)), account=IBAN)
    read = [
        Movement(
            each.is_incoming,
            each.number,
            each.documented_on,
            each.amount,
            each.payer,
            each.payer_id,
            each.purpose,
        )
        for each in reader
    ]
    assert read == operations
    assert list(reader) == list(reader)


WHOLE = a_statement(
    [
        an_operation(purpose="SM4K7Q2X оплата, договор=оферта"),
        an_operation(purpose="екінші", number=16),
    ],
    closing="299980.00",
)


@given(
    st.sampled_from(["utf-8", "kz1048"]),
    st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4), st.integers(0, 4)),
        max_size=4,
    ),
)
def test_damaged_bytes_are_read_or_refused_with_their_line_and_never_crash(encoding, damages):
    content = WHOLE.decode("kz1048").encode(encoding)
    for place, put, removed in damages:
        at = int(place * len(content))
        content = content[:at] + put + content[at + removed :]
    refused = None
    try:
        for operation in StatementReader(BytesIO(content), account=IBAN):
            assert (
                "\0"
                not in f"{operation.number}{operation.knp}{operation.currency}{operation.payer_id}"
            )
            assert operation.amount == operation.amount.quantize(Decimal("0.01"))
            assert 1991 <= operation.documented_on.year < 2200
    except StatementError as error:
        refused = error
    assert refused is None or 1 <= refused.line <= content.count(b"\n") + 1


@given(st.binary(max_size=300))
def test_bytes_that_are_no_statement_are_refused(content):
    with pytest.raises(StatementError):
        list(StatementReader(BytesIO(b"1CClientBankExchange\n" + content), account=IBAN))
