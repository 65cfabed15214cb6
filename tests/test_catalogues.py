"""What people read is there in both languages, and in the right one."""

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import polib
import pytest

from scripts.catalogues import faults
from tests.processes import PROJECT

KAZAKH_LETTERS = re.compile("[әғқңөұүһі]", re.IGNORECASE)
KAZAKH_NAMES = re.compile("ӨЗІМ|БІРГЕ|Қазақша")  # they stand inside Russian sentences too

# The glossary: what is not said, and what is said in its place. A pattern begins at a word.
NOT_SAID = {
    "kk": {
        "студент": "тыңдаушы; of halves: өтініш беруші",
        "түйме": "батырма (12.2.2)",
        "екіге бөл": "екі бөлікпен төлеу (4.3.1)",
        "банкте бөліп төле": "банк арқылы бөліп төлеу",
        "қалғанын төле|төлемнің екінші бөлігі|қалған бөлі": "қалған сома",
        "ұсталып тұр": "сақтаулы; of money on a card: ұсталған сома",
        "ақша журнал": "ақша қозғалысы",
        "провайдер|төлем қызмет|карта қызмет": "төлем жүйесі",
        "төлем шоты": "төлемге арналған шот",
        "банктік шот": "банк шоты",
        "банк үзіндісі": "үзінді көшірме",
        "қайтып ал": "қайтарып алу",
        "ұсынысты кері": "ұсынысты қайтару",
        "тапсырыстың күші": "тапсырыс күшін жойды",
        "шетке қой": "бөлек қою",
        "екінші қадамды өшір": "екінші қадамды қайта орнату",
        "еңсерілмес|форс-мажор": "еңсерілмейтін күш (8)",
        "шарттың дәлелі": "шарт бойынша дәлелдемелер",
        "14 жасқа толма[^.]*қамқоршы": "under 14: қорғаншы; of any age: заңды өкіл (0064)",
        "қорғаншы[^.]*келісім": "who consents from 14 to 18: қамқоршы (0064)",
        "цифрлық таңба|SHA-256 мәні": "бақылау сомасы",
        r"(?:PDF|JPEG|Pay|Telegram|\w+(?:ыңыз|іңіз)) не\\b": "немесе",
    },
    "ru": {
        "студент": "слушатель; of halves: заявитель",
        "вторая часть оплаты": "остаток",
        "мест[оа] (?:не )?удержива|держим": "место за вами; to staff: забронировано",
        "отпуст|отпущен": "снять удержание",
        "журнал[а-я]* денег": "движение денег",
        "провайдер|платёжн[а-я]+ служб|карточн": "платёжная система",
        "(?:деньги )?внес[а-я]+ вручную|внести деньги": "записать вручную",
        "(?:деньги|перевод) отнес": "зачесть в заказ",
        "отправ[а-я]+ (?:предложение )?назад": "вернуть предложение",
        "по вашему делу": "по вашему обращению",
        "мотив": "обоснование",
        "отзывы": "отзыв оферты, never plural",
        "доказательство договора": "доказательства по договору",
        "подписант": "подписавший; образец подписи",
        "отпечаток|SHA-256 [а-я]": "контрольная сумма",
        "форс-мажор": "непреодолимая сила (8)",
        "цеп[ьи]\\b": "цепочка",
        "(?:14–17|от 14)[^.]*опекун": "from 14 to 18: попечитель (0064)",
        "опекун[^.]*соглас": "who consents from 14 to 18: попечитель (0064)",
    },
}
TYPOGRAPHY = {
    "a short dash between words": re.compile(r"(?<=[^\W\d]) – (?=[^\W\d])"),
    "a joint that breaks": re.compile(r"№ |\bп\. \d|(?:\d|\)s)-(?:т\.|тармақ(?!ша))"),
    "three dots, two spaces or foreign quotation marks": re.compile(r"\.\.\.|  |[“”„]"),
    "ё without its dots": re.compile(r"\b(?:еще|ее|счет|расчет|прием|зачтен|внесен)\b"),
}
MARKUP = re.compile(r"%\(\w+\)[sd]|\{\w+\}|<[^>]+>")
WORD = re.compile(r"[^\W\d_]+")
# Kazakh declines by the sound before: no placeholder has a sound, but ₸ is read «теңге».
ENDING = re.compile(
    r"(?!%\(price\)s-ден)%\(\w+\)[sd][-‑]?"
    r"(?:[ғгқк][ае]|[дт][аеы]н?|[дт]і|н[аеы]н|[нд][ыі]ң?|т[ыі]ң|[мбп]ен)\b"
)


@cache
def translations(language: str) -> dict[str, list[str]]:
    """Every translation by its original; one original may have several contexts."""
    catalogue = polib.pofile(str(PROJECT / "locale" / language / "LC_MESSAGES" / "django.po"))
    said = defaultdict(list)
    for entry in catalogue:
        if not entry.obsolete:
            said[entry.msgid] += entry.msgstr_plural.values() or [entry.msgstr]
    return said


def every_translation(language: str) -> list[str]:
    return [text for texts in translations(language).values() for text in texts]


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


@pytest.mark.parametrize(
    ("language", "words", "instead"),
    [(language, *row) for language, rows in NOT_SAID.items() for row in rows.items()],
)
def test_one_thing_has_one_word(language, words, instead):
    said = re.compile(rf"\b(?:{words})", re.IGNORECASE)
    found = [text for text in every_translation(language) if said.search(text)]
    assert found == [], f"say instead: {instead}"


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("fault", TYPOGRAPHY)
def test_signs_are_set_as_the_house_sets_them(language, fault):
    texts = every_translation(language)
    assert [text for text in texts if TYPOGRAPHY[fault].search(text)] == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_no_word_mixes_letters_that_look_alike(language):
    words = {
        word for text in every_translation(language) for word in WORD.findall(MARKUP.sub("", text))
    }
    assert [
        word for word in words if re.search("[A-Za-z]", word) and re.search("[Ѐ-ӿ]", word)
    ] == []


def test_no_kazakh_ending_hangs_on_a_placeholder():
    texts = every_translation("kk")
    assert [text for text in texts if ENDING.search(text)] == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_no_sentence_stays_english(language):
    alike = {
        msgid
        for msgid, texts in translations(language).items()
        if msgid in texts and re.search("[a-z]{2}", MARKUP.sub("", msgid))
    }
    assert alike == {"Telegram", "Message-ID"}
