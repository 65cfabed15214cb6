"""What people read is there in both languages, and in the right one."""

import re
from pathlib import Path

import polib

from scripts.catalogues import faults
from tests.processes import PROJECT

KAZAKH_LETTERS = re.compile("[әғқңөұүһі]", re.IGNORECASE)
KAZAKH_NAMES = re.compile("ӨЗІМ|БІРГЕ|Қазақша")  # they stand inside Russian sentences too


def translations(language: str) -> dict[str, list[str]]:
    catalogue = polib.pofile(str(PROJECT / "locale" / language / "LC_MESSAGES" / "django.po"))
    return {
        entry.msgid: list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        for entry in catalogue
        if not entry.obsolete
    }


def test_every_message_is_said_in_both_languages():
    assert faults(PROJECT) == []


def test_a_missing_a_fuzzy_and_a_damaged_translation_are_found(tmp_path: Path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(
        "{% translate 'Said' %}{% translate 'Missing' %}{% blocktranslate %}By {{ day }}{% "
        "endblocktranslate %}"
    )
    for name in ("offer_site", "enrollment", "payments", "certificates", "materials"):
        (tmp_path / name).mkdir()
    for language in ("kk", "ru"):
        folder = tmp_path / "locale" / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "django.po").write_text(
            'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
            'msgid "Said"\nmsgstr "X"\n\n#, fuzzy\nmsgid "Guessed"\nmsgstr "X"\n\n'
            '#, python-format\nmsgid "By %(day)s"\nmsgstr "X"\n'
        )
    found = [line.partition(": ")[2] for line in faults(tmp_path)]
    assert (
        found
        == ["not translated: 'Missing'", "fuzzy: 'Guessed'", "placeholders differ: 'By %(day)s'"]
        * 2
    )


def test_kazakh_and_russian_sentences_differ():
    """A word or two may be the same in both (Кабинет, %(minutes)d минут);
    a sentence would be one copied over.
    """
    kazakh = translations("kk")
    russian = translations("ru")
    alike = {
        text
        for msgid, texts in kazakh.items()
        for text in texts
        if text in russian.get(msgid, []) and len(re.findall("[а-яё]{2,}", text, re.IGNORECASE)) > 2
    }
    assert alike == set()


def test_a_kazakh_sentence_has_kazakh_letters_and_a_russian_one_has_none():
    said_in_kazakh = [
        text for texts in translations("kk").values() for text in texts if len(text.split()) > 8
    ]
    assert [text for text in said_in_kazakh if not KAZAKH_LETTERS.search(text)] == []
    said_in_russian = [
        KAZAKH_NAMES.sub("", text) for texts in translations("ru").values() for text in texts
    ]
    assert [text for text in said_in_russian if KAZAKH_LETTERS.search(text)] == []
