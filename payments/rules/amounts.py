"""Amounts as financial documents write them: in figures, and in words of both languages."""

from decimal import Decimal

from num2words import num2words

from offer_site.money import NO_BREAK_SPACE

TENGE_IN_WORDS = {"kk": "{words} теңге, 00 тиын", "ru": "{words} тенге, 00 тиынов"}
NUMBER_LANGUAGES = {"kk": "kz", "ru": "ru"}  # the codes of num2words


def amount_in_words(amount: int, language: str) -> str:
    words = num2words(Decimal(amount), lang=NUMBER_LANGUAGES[language])
    return TENGE_IN_WORDS[language].format(words=words[0].upper() + words[1:])


def in_words(amount: int) -> dict[str, str]:
    """Whole tenge in words of each language."""
    return {language: amount_in_words(amount, language) for language in NUMBER_LANGUAGES}


def in_figures(amount: int) -> str:
    """Whole tenge as accountants write them: `199 990,00`."""
    return f"{amount:,}".replace(",", NO_BREAK_SPACE) + ",00"
