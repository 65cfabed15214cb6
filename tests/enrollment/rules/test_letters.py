"""What the papers' fonts draw is what the forms take: no fallback font, and no gap (9.2, 9.3)."""

import pytest
from django.core.exceptions import ValidationError

from certificates.rules import UnprintableError, printable, printable_name
from enrollment.forms.fields import NameField, PrintedField
from enrollment.rules.identifiers import clean_text
from enrollment.rules.letters import NAME_LETTERS, SIGNS, VALUE_LETTERS
from enrollment.rules.names import NamedParts, doubt_about
from offer_site.pdf import measure

ONEST = ("onest-400", "onest-600", "onest-700")
LITERATA = "literata-400"
# Signs of our own layout, marks that compose into letters, spaces that become plain ones.
NOT_TYPED = set("\u00a0\u202f←↑→↓✓\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030c")


def drawn_by(*fonts: str) -> set[str]:
    return set.intersection(*({chr(code) for code in measure(font).glyphs} for font in fonts))


def test_the_letters_of_names_are_those_that_all_fonts_of_the_certificate_have():
    drawn = {char for char in drawn_by(LITERATA, *ONEST) if char.isalpha()} - set("ªº")
    assert drawn == NAME_LETTERS


def test_the_letters_and_signs_of_values_are_those_of_the_papers_font():
    assert drawn_by(*ONEST) - NOT_TYPED == (VALUE_LETTERS | SIGNS)
    assert drawn_by(LITERATA) >= SIGNS


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("Şahin", "Ş"),
        ("Əliyev", "Ə"),
        ("Oğuz", "ğ"),
        ("Ҳакимов", "Ҳ"),
        ("Łucja", "Ł"),
        ("王", "王"),
    ],
)
@pytest.mark.parametrize(("language", "word"), [("kk", "басып"), ("ru", "напечатать")])
def test_a_letter_that_the_certificate_cannot_print_is_named(name, letter, language, word):
    from django.utils.translation import override

    with override(language), pytest.raises(ValidationError, match=word) as refused:
        NameField().clean(name)
    assert f"«{letter}»" in refused.value.messages[0]
    with pytest.raises(UnprintableError):
        printable_name(name)


def test_a_sign_of_an_address_that_no_paper_prints_is_named():
    with pytest.raises(ValidationError) as refused:
        PrintedField().clean("Алматы, Абай даңғылы, 1 🏠")
    assert "🏠" in refused.value.messages[0]
    with pytest.raises(UnprintableError):
        printable("Алматы 🏠")
    kept = "Алматы қ., «Жаңа Өркен» ш/а, 12/2-үй, № 5 — офис 7 (2-қабат)"
    assert PrintedField().clean(kept) == printable(kept) == kept


@pytest.mark.parametrize("apostrophe", "'‘’ʻʼ`´")
def test_every_shape_of_an_apostrophe_is_one(apostrophe):
    assert NameField().clean(f"O{apostrophe}Neil") == "O’Neil"


@pytest.mark.parametrize("hyphen", "-\u2010\u2011\u2012–—")
def test_every_shape_of_a_hyphen_is_one(hyphen):
    assert NameField().clean(f"Қожа{hyphen}Ахмет") == "Қожа-Ахмет"


def test_quotes_and_dashes_of_an_address_stay():
    for text in ("‘Нұрлы’ БО", "1 – 2", "Алматы — Абай 1", "24' контейнер"):
        assert clean_text(text) == text


@pytest.mark.parametrize(
    "parts",
    [
        NamedParts("Иванов Иван", "Иван"),
        NamedParts("Әбілқасымова Гүлнұр Қайратқызы", "Гүлнұр"),
        NamedParts("Иванова Мария Петровна", "Мария", "Петровна"),
        NamedParts("Асан Серікұлы", "Үсен"),
    ],
)
def test_a_whole_name_in_the_place_of_the_surname_is_doubted(parts):
    assert doubt_about(parts) == "whole-name"


@pytest.mark.parametrize(
    "parts",
    [
        NamedParts("Серікұлы", "Асан"),
        NamedParts("де ла Круз", "Мария"),
        NamedParts("Римский-Корсаков", "Николай", "Андреевич"),
        NamedParts("Ван Дейк", "Ян"),
    ],
)
def test_a_surname_of_several_words_is_not(parts):
    assert doubt_about(parts) == ""
