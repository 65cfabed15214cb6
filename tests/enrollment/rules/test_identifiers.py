"""Names, phones, IIN, BIN: letter and digit."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from enrollment.forms.fields import NameField
from enrollment.rules.identifiers import (
    age_on,
    birth_date_of,
    clean_text,
    digits_as_typed,
    has_check_digit,
    is_name,
    is_organization,
    missing_phone_digits,
    parse_phone,
    readable_phone,
)
from offer_site.codes import new_order_code, new_secret_code, normalize_order_code


@pytest.mark.parametrize(
    "number",
    [
        "971240001315",
        "050141000631",
        "181140004063",
        "961141000023",
        "900101300811",
        "900101300823",
    ],
)
def test_real_numbers_have_their_check_digit_in_either_pass(number):
    assert has_check_digit(number)
    assert sum(has_check_digit(number[:11] + str(last)) for last in range(10)) == 1


@pytest.mark.parametrize("prefix", ["90010130080", "90010130161"])
def test_a_prefix_whose_both_passes_give_ten_is_never_issued(prefix):
    assert not any(has_check_digit(prefix + str(digit)) for digit in range(10))


@given(st.text(max_size=20))
def test_rubbish_is_no_number(text):
    assert has_check_digit(text) in (True, False)
    assert not has_check_digit(text + "x")


def test_a_bin_is_told_from_an_iin_and_an_iin_states_a_birth_date():
    assert is_organization("971240001315")
    assert not is_organization("900101300811")
    assert birth_date_of("900101300811") == date(1990, 1, 1)
    assert birth_date_of("129931500000") is None
    assert birth_date_of("121122500000") == date(2012, 11, 22)


@pytest.mark.parametrize(
    "typed",
    [
        "+77010000000",
        "8 701 000 00 00",
        "+7 (701) 000-00-00",
        "77010000000",
        "7010000000",
        "8(701)0000000",
    ],
)
def test_a_phone_is_read_however_it_is_written(typed):
    assert parse_phone(typed) == "+77010000000"


@pytest.mark.parametrize(
    ("typed", "missing"),
    [("+7 701 000 00 0", 1), ("8701000", 4), ("+7 701 000 00 000", -1), ("701", 7)],
)
def test_a_wrong_phone_says_how_many_digits_it_lacks(typed, missing):
    assert parse_phone(typed) is None
    assert missing_phone_digits(typed) == missing


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("+7 912 345 67 89", "+79123456789"),
        ("+998 90 123 45 67", "+998901234567"),
        ("00 998 90 123 45 67", "+998901234567"),
        ("(+996) 700 123 456", "+996700123456"),
        ("\u202a+49 30 123456\u202c", "+4930123456"),
        ("＋90 532 123 45 67", "+905321234567"),
        ("+7\u00a0701\u200b000\u201100\u201100", "+77010000000"),
        ("+7 701 000 00 00 ext. 5", "+77010000000"),
    ],
)
def test_the_country_of_a_phone_is_chosen_by_its_plus(typed, phone):
    assert parse_phone(typed) == phone
    assert len(phone) <= 16


@pytest.mark.parametrize(
    ("typed", "missing"),
    [("+998 90 12", 5), ("+998 90 123 45 678", -1), ("+996 700 12345", 1), ("+800 1234 567", 0)],
)
def test_a_wrong_phone_from_abroad_is_measured_by_its_country(typed, missing):
    assert parse_phone(typed) is None
    assert missing_phone_digits(typed) == missing


@pytest.mark.parametrize(
    "typed", ["8 912 345 67 89", "912 345 67 89", "998901234567", "+999 1", "+"]
)
def test_without_a_plus_a_phone_is_of_kazakhstan(typed):
    assert parse_phone(typed) is None


def test_a_phone_is_written_as_people_read_it():
    assert readable_phone("+77010001234") == "+7 701 000 12 34"
    assert readable_phone("+998901234567") == "+998 90 123 45 67"
    assert readable_phone("erased") == "erased"


@pytest.mark.parametrize(
    "typed",
    [
        "900101300811",
        "900101 300811",
        "\u200e900101300811\u200f",
        "900101-300-811",
        "\ufeff9001 0130 0811 ",
        "９００１０１３００８１１",
        "900101\u00ad300811",
        "900101\u2011300811",
    ],
)
def test_an_iin_is_cleaned_of_what_came_with_it(typed):
    assert digits_as_typed(typed) == "900101300811"


@pytest.mark.parametrize(
    "name",
    [
        "Әңгүшөғұл",
        "Қожағұлова-Нұрмұхамбетова",
        "Ли",
        "O’Neil",
        "д'Артаньян",
        "Жұлдызай Айым",
        "Müller",
        "Сәуле.",
        "Oʼzbek",
    ],
)
def test_names_of_many_kinds(name):
    assert is_name(clean_text(name))
    assert NameField().clean(name) == clean_text(name)


@pytest.mark.parametrize(
    "name",
    ["", "Ан1на", "<b>", "@", "-", "{{ name }}", "x" * 121, "Анна  <img src=file:///etc/passwd>"],
)
def test_what_is_no_name(name):
    assert not is_name(name)


@pytest.mark.parametrize("name", ["王 小明", "محمد", "ﷺ", "Ан王"])
def test_a_name_that_the_certificate_would_print_as_boxes_is_refused_with_a_sentence(name):
    with pytest.raises(ValidationError, match=r"printed|басып|напечат"):
        NameField().clean(name)


def test_text_is_composed_and_what_no_paper_prints_is_refused():
    assert clean_text("  И\u0306ван\u00a0  Ли ") == "Йван Ли"
    assert clean_text("«ТОО \u202eabc\ufeff»\u200b") == "«ТОО abc»"
    for bad in (
        "a\ud800",
        "\ue000",
        "\u0378",
        "e" + "\u0323\u0302\u0301\u0308" * 9,
        "a\x00b",
        "a\x1bb",
    ):
        with pytest.raises(ValueError, match=r"surrogate|marks|control"):
            clean_text(bad)


def test_age_turns_on_the_birthday():
    assert age_on(date(2008, 11, 23), date(2026, 11, 22)) == 17
    assert age_on(date(2008, 11, 22), date(2026, 11, 22)) == 18
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17


def test_an_order_code_survives_dictation_and_a_mistyped_one_is_noticed():
    for _ in range(200):
        code = new_order_code()
        assert len(code) == 8
        assert normalize_order_code(f" {code[:2].lower()}-{code[2:5]} {code[5:]} ") == code
        assert (
            normalize_order_code(code.replace("0", "O").replace("1", "І").replace("M", "М")) == code
        )
        for place in range(2, 8):
            for char in "0123456789ABCDEFGHJKMNPQRSTVWXY":
                if char != code[place]:
                    assert normalize_order_code(code[:place] + char + code[place + 1 :]) is None


def test_two_neighboring_characters_swapped_are_noticed():
    code = new_order_code()
    for place in range(2, 7):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert swapped == code or normalize_order_code(swapped) is None


def test_a_public_check_code_has_at_least_128_bits():
    codes = {new_secret_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert all(len(code) == 26 for code in codes)
    assert 31**26 > 2**128
