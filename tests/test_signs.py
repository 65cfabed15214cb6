"""Text that anybody may type costs no more than it is long (5.2)."""

import time
import unicodedata

import pytest

from offer_site.accounts.models import User
from offer_site.signs import composed
from tests.accounts.signing import ask_for_code
from tests.enrollment.ordering.test_checkout import PERSON, send
from tests.given import a_cohort

COUNT = 60_000
# Each of them has to be brought into order, at the cost of the square of their number.
HEAPS = {
    "two marks": "e" + "\u0301\u0327" * COUNT,
    "marks with joiners": "e" + "\u0301\u200d\u0327\u200d" * COUNT,
    "marks inside a mark": "\u0f40" + "\u0f73" * COUNT,
    "narrow marks of Japanese": "\uff76" + "\uff9e\u0316" * COUNT,
}


@pytest.mark.parametrize("heap", HEAPS.values(), ids=HEAPS)
def test_a_heap_of_marks_stops_no_sign_in(db, client, heap):
    began = time.process_time()
    ask_for_code(client, f"a@{heap[:300_000]}.kz")
    assert time.process_time() - began < 2
    assert not User.objects.exists()


@pytest.mark.parametrize("field", ["surname", "address", "email", "phone", "iin"])
def test_a_heap_of_marks_stops_no_order(db, client, field):
    a_cohort()
    began = time.process_time()
    answer = send(client, PERSON, **{field: HEAPS["marks with joiners"][:300_000]})
    assert time.process_time() - began < 3
    assert answer.status_code == 200


def test_letters_of_real_names_are_composed():
    for name in ("Ёлкин", "Й", "Nguyễn", "Ġ", "ᄒ\u1161\u11ab"):
        assert composed("NFC", unicodedata.normalize("NFD", name)) == unicodedata.normalize(
            "NFC", name
        )
