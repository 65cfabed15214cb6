"""Publishing an edition: it works, it is refused with its clause, it is repeated,
and it leaves nothing half done.
"""

import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from enrollment.models import Academy, Course, Edition, EditionFile, Package, Tariff
from enrollment.operations.offering.offers import OfferRefused, publish_offer
from enrollment.rules.offer_terms import TermsError, read_terms
from enrollment.rules.offer_text import OfferTextError, parse_offer
from enrollment.rules.quantities import Quantity, number_in_words, quantities
from offer_site.journal.models import Entry
from tests.at_once import at_once
from tests.enrollment.editions import (
    FILES,
    a_folder,
    a_later_edition,
    a_short_folder,
    change,
)
from tests.given import OFFER, PUBLISHED

pytestmark = pytest.mark.usefixtures("nothing_published")

HANDED_OVER = {
    "ru.md": "5b1644d4b3fbcc14f296b03013ce83902e556bfa561cb4491ba0a597db45f3e0",
    "kk.md": "a5b519e581474753795f4deac57d0fb65b202c5de0a808f2a66d672922e44417",
}
BULLETS = {"3.1": 7, "3.2": 1, "4.4": 5, "6.3": 6, "6.4": 1, "7.2.8": 1}
PRICES = [93_990, 99_990, 199_990, 143_990, 149_990, 299_990, 253_990, 259_990, 499_990]


def publish(
    folder: Path, *, at: datetime = PUBLISHED, effective_from: date | None = None
) -> tuple[Edition, bool]:
    return publish_offer(folder=folder, by="system", at=at, effective_from=effective_from)


@pytest.fixture
def short(tmp_path: Path) -> Path:
    """A short edition, for tests of publishing that ask nothing about the texts."""
    return a_short_folder(tmp_path)


def rows() -> list[int]:
    return [
        model.objects.count()
        for model in (Academy, Course, Edition, EditionFile, Package, Tariff, Entry)
    ]


def clauses_refused(folder: Path) -> set[str]:
    """Publish what must be refused; give the clauses that the refusal names,
    when nothing was left behind.
    """
    before = rows()
    with pytest.raises(OfferRefused) as refusal:
        publish(folder)
    assert [
        model.objects.count()
        for model in (Academy, Course, Edition, EditionFile, Package, Tariff, Entry)
    ] == before
    assert all(finding.sentence for finding in refusal.value.findings)
    return {finding.clause for finding in refusal.value.findings}


# --- The texts
@pytest.mark.clause("12.2.3")
@pytest.mark.parametrize("name", HANDED_OVER)
def test_the_texts_are_the_ones_handed_over(name):
    assert hashlib.sha256((OFFER / name).read_bytes()).hexdigest() == HANDED_OVER[name]


@pytest.mark.parametrize("name", HANDED_OVER)
def test_a_text_has_13_sections_and_104_clauses(name):
    text = parse_offer((OFFER / name).read_bytes())
    assert len(text.sections) == 13
    assert len(text.clauses) == 104
    assert {
        number: len(clause.bullets) for number, clause in text.clauses.items() if clause.bullets
    } == BULLETS
    assert {number: len(clause.body) for number, clause in text.clauses.items() if clause.rows} == {
        "4.1": 9
    }


@pytest.mark.parametrize("name", HANDED_OVER)
def test_nothing_is_lost_in_reading(name):
    content = (OFFER / name).read_bytes()
    text = parse_offer(content)
    blocks = [f"# {text.title}", *text.preamble]
    for section in text.sections:
        blocks.append(f"## {section.number}. {section.title}")
        for clause in section.clauses:
            blocks += [f"{clause.number}. {clause.text}", *clause.more]
            if clause.rows:
                rows = [f"| {' | '.join(row)} |" for row in clause.rows]
                blocks.append("\n".join([rows[0], "|---" * len(clause.heads) + "|", *rows[1:]]))
            if clause.bullets:
                blocks.append("\n".join(f"- {bullet}" for bullet in clause.bullets))
    assert "\n\n".join(blocks) + "\n" == content.decode()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("## 1. A\n\n1.1. B\n", 1),
        ("# T\n\n## One\n\n1.1. B\n", 3),
        ("# T\n\n## 1. A\n\n2.1. B\n", 5),
        ("# T\n\n## 1. A\n\n1.1. B\n\n1.1. C\n", 7),
        ("# T\n\n## 1. A\n\n1.1. B\n\n1.2 C\n", 7),
        ("# T\n\n## 1. A\n\n- B\n", 5),
        ("# T\n\n## 1. A\n\n1.1. B\n\n- C\nD\n", 8),
        ("# T\n\n## 1. A\n\n1.1. B\n\n| a | b |\n|---|---|\n| 1 |\n", 9),
        ("# T\n\n## 1. A\n\n1.1. B\n\n## 1. C\n", 7),
    ],
)
def test_a_line_whose_place_is_unclear_is_named(text, line):
    with pytest.raises(OfferTextError) as error:
        parse_offer(text.encode())
    assert error.value.line == line


def test_bytes_that_are_not_utf8_are_refused():
    with pytest.raises(OfferTextError, match="line 2"):
        parse_offer("# Title\nӘ".encode("utf-16-le")[:10] + b"\n\xff")


# --- Numbers
@pytest.mark.parametrize(
    ("language", "text", "value", "unit"),
    [
        ("ru", "93 990 (без скидки)", "93990", ""),
        ("ru", "1,5 месяца", "1.5", "months"),
        ("kk", "1,5 ай", "1.5", "months"),
        ("ru", "50% (пятидесятипроцентной)", "50", "percent"),
        ("kk", "100 % (жүз пайыз)", "100", "percent"),
        ("ru", "3 (трех) рабочих дней", "3", "working days"),
        ("kk", "3 (үш) жұмыс күнінен", "3", "working days"),
        ("ru", "десяти календарных дней", "10", "calendar days"),
        ("kk", "күнтізбелік он күн ішінде", "10", "calendar days"),
        ("kk", "күнтізбелік 30 (отыз) күн бұрын", "30", "calendar days"),
        ("ru", "1 000 000 (Один миллион) тенге", "1000000", "tenge"),
        ("kk", "1 (бір) айдан астам", "1", "months"),
        ("ru", "не менее трех лет", "3", "years"),
        ("kk", "кемінде үш жыл бойы", "3", "years"),
        ("ru", "2 (Двух) раз и более", "2", "times"),
    ],
)
def test_numbers_are_read_as_numbers(language, text, value, unit):
    assert quantities(text, language) == [Quantity(Decimal(value), unit)]


@pytest.mark.parametrize(
    ("language", "words", "value"),
    [
        ("ru", "Один миллион", 1_000_000),
        ("kk", "жүз елу", 150),
        ("ru", "пятидесятипроцентной", 50),
        ("ru", "скидка", None),
    ],
)
def test_numbers_in_words_are_read(language, words, value):
    assert number_in_words(words, language) == value


# --- Publishing
@pytest.mark.django_db
@pytest.mark.clause("2.1", "12.2.3")
def test_an_edition_keeps_the_bytes_and_their_digests():
    edition, is_new = publish(OFFER)

    assert is_new
    assert edition.name == OFFER.name
    for name in FILES:
        content = (OFFER / name).read_bytes()
        assert edition.file(name) == content
        assert edition.files.get(name=name).sha256 == hashlib.sha256(content).hexdigest()
    assert edition.kk_sha256 == HANDED_OVER["kk.md"]
    assert edition.ru_sha256 == HANDED_OVER["ru.md"]
    assert edition.file("offer.pdf").startswith(b"%PDF")


@pytest.mark.django_db
@pytest.mark.clause("4.1")
def test_an_edition_has_the_nine_tariffs_of_its_table():
    edition, _is_new = publish(OFFER)

    tariffs = list(edition.tariffs.select_related("package"))
    assert [tariff.price for tariff in tariffs] == PRICES
    assert [tariff.package.slug for tariff in tariffs] == ["ozim"] * 3 + ["birge"] * 3 + ["vip"] * 3
    assert [tariff.level for tariff in tariffs] == ["webinar", "standard", "full"] * 3
    assert Course.objects.get().name == "SMMARKETING"


@pytest.mark.django_db
@pytest.mark.clause("12.2")
def test_publishing_leaves_a_journal_row():
    edition, _is_new = publish(OFFER)

    row = Entry.objects.get(verb="offer.published")
    assert (row.about_kind, row.about_key, row.clause) == ("edition", edition.name, "12.2")
    assert row.facts["kk.md"] == HANDED_OVER["kk.md"]
    assert row.facts["effective_from"] == "2026-11-01"


@pytest.mark.django_db
def test_the_same_two_texts_change_nothing(short):
    edition, _is_new = publish(short)

    again, is_new = publish(short, at=PUBLISHED + timedelta(days=9))

    assert (again, is_new) == (edition, False)
    assert Edition.objects.count() == 1
    assert Tariff.objects.count() == 9
    assert Academy.objects.count() == 1
    assert Entry.objects.filter(verb="offer.published").count() == 1


@pytest.mark.django_db
def test_the_same_two_texts_under_another_name_change_nothing(tmp_path, short):
    edition, _is_new = publish(short)
    assert publish(a_short_folder(tmp_path, "another")) == (edition, False)


@pytest.mark.django_db
def test_the_details_of_the_academy_are_kept_once_with_its_bank(tmp_path):
    first, _is_new = publish(OFFER)
    Academy.objects.update(iban="KZ72722S000000000001", bank="АО «Kaspi Bank»")

    same, _is_new = publish(a_later_edition(tmp_path))
    moved = a_folder(tmp_path, "2027-01-01")
    change(moved, "kk.md", "Мұстай Карим көшесі, 13а", "Абай даңғылы, 7")
    change(moved, "ru.md", "ул. Мұстай Карима, 13а", "пр. Абая, 7")
    change(moved, "terms.toml", "Мұстай Карим көшесі, 13а", "Абай даңғылы, 7")
    change(moved, "terms.toml", "ул. Мұстай Карима, 13а", "пр. Абая, 7")
    quotations = (moved / "differences.toml").read_text()
    quotations = quotations.replace("ул. Мұстай Карима, 13а", "пр. Абая, 7").replace(
        "Мұстай Карим көшесі, 13а", "Абай даңғылы, 7"
    )
    (moved / "differences.toml").write_text(quotations)
    other, _is_new = publish(moved)

    assert same.academy == first.academy
    assert other.academy != first.academy
    assert other.academy.iban == "KZ72722S000000000001"
    assert first.academy.address_ru == "г. Алматы, ул. Мұстай Карима, 13а"


# --- Refusals
@pytest.mark.django_db
@pytest.mark.clause("2.1")
@pytest.mark.parametrize(
    ("file", "old", "new", "clause"),
    [
        ("ru.md", "5 (Пять) рабочих", "6 (Шесть) рабочих", "9.1"),
        ("kk.md", "5 (Бес) жұмыс", "5 (Алты) жұмыс", "9.1"),
        ("ru.md", "5 (Пять) рабочих", "5 (Пять) календарных", "9.1"),
        ("ru.md", "не менее трех лет", "не менее пяти лет", "11.2"),
        ("kk.md", "күнтізбелік он күн", "күнтізбелік отыз күн", "10.2.3"),
        ("kk.md", "1 000 000 (бір миллион)", "100 000 (жүз мың)", "11.6"),
        ("ru.md", "условиях 50% (пятидесятипроцентной)", "условиях 40% (сорокапроцентной)",
         "4.3.1"),
        ("kk.md", "кемінде күнтізбелік 30 (отыз) күн", "кемінде күнтізбелік 20 (жиырма) күн",
         "12.4"),
        ("ru.md", "более 1 (одного) месяца", "более 2 (двух) месяцев", "8.6"),
        ("ru.md", "п. 11.5", "п. 11.4", "11.6"),
        ("kk.md", "- Kaspi Red\n", "", "4.4"),
        ("ru.md", "12.2.2. в целях", "12.2.4. в целях", "12.2.4"),
        ("kk.md", "| 143 990 (", "| 134 990 (", "4.1"),
        ("ru.md", "| 1,5 месяца | 93 990", "| 2 месяца | 93 990", "4.1"),
        ("ru.md", "93 990 (супер скидка на вебинаре)", "93 990 (без скидки)", "4.1"),
        ("ru.md", "«18» ноября 2021", "«19» ноября 2021", "preamble"),
        ("kk.md", "KZ06UWQ03005239", "KZ06UWQ03005230", "preamble"),
        ("terms.toml", "price = 93990", "price = 93900", "4.1"),
        ("terms.toml", "certificate_working_days = 5", "certificate_working_days = 7", "9.1"),
        ("terms.toml", "half_percent = 50", "half_percent = 60", "4.3.1"),
        ("terms.toml", 'penalty = ["11.6"]', 'penalty = ["11.7"]', "11.7"),
        ("terms.toml", 'email = "Lesbek.l@mail.ru"', 'email = "lesbek@mail.ru"', "preamble"),
        ("differences.toml", 'ru = "на бумажных носителях"', 'ru = "на бумаге"', "12.1.1"),
        ("differences.toml", 'kk = "Орындаушының бастамасы бойынша:"\n', "", "differences.toml"),
    ],
)  # fmt: skip
def test_a_pair_that_differs_is_refused_and_its_clause_is_named(tmp_path, file, old, new, clause):
    folder = change(a_folder(tmp_path), file, old, new)
    assert clause in clauses_refused(folder)


@pytest.mark.django_db
@pytest.mark.clause("4.1")
@pytest.mark.parametrize("file", ["kk.md", "ru.md"])
def test_rows_that_changed_places_in_one_language_are_refused(tmp_path, file):
    folder = a_folder(tmp_path)
    lines = (folder / file).read_text().splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if line.startswith("| 1 |"))
    lines[first], lines[first + 1] = lines[first + 1], lines[first]
    (folder / file).write_text("".join(lines))

    assert clauses_refused(folder) == {"4.1"}


@pytest.mark.django_db
@pytest.mark.clause("4.1")
def test_a_price_changed_in_both_languages_but_not_in_the_terms_is_refused(tmp_path):
    folder = a_folder(tmp_path)
    for file in ("kk.md", "ru.md"):
        change(folder, file, "| 149 990 (", "| 159 990 (")
    assert clauses_refused(folder) == {"4.1"}


@pytest.mark.django_db
def test_a_new_term_without_a_number_in_the_terms_is_refused(tmp_path):
    folder = a_folder(tmp_path)
    change(
        folder, "kk.md", "8.2. Еңсерілмейтін", "8.2. Күнтізбелік 7 (жеті) күн ішінде еңсерілмейтін"
    )
    change(folder, "ru.md", "8.2. Под", "8.2. В течение 7 (семи) календарных дней под")
    assert "8.2" in clauses_refused(folder)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["terms.toml", "differences.toml"])
def test_texts_that_are_published_take_no_other_terms(short, name):
    edition, _is_new = publish(short)
    with (short / name).open("a") as file:
        file.write("\n# another byte\n")

    assert clauses_refused(short) == {name}
    assert Edition.objects.get() == edition


@pytest.mark.django_db
def test_an_edition_of_this_name_with_other_texts_is_refused(tmp_path, short):
    publish(short)
    (tmp_path / "another").mkdir()
    another = a_later_edition(tmp_path / "another", short.name)
    assert clauses_refused(another) == {short.name}


@pytest.mark.django_db
@pytest.mark.clause("12.2.1")
def test_an_edition_takes_effect_from_its_publication_at_the_earliest(short):
    with pytest.raises(OfferRefused) as refusal:
        publish(short, effective_from=date(2026, 10, 31))
    assert [finding.clause for finding in refusal.value.findings] == ["12.2.1"]
    assert publish(short, effective_from=date(2026, 12, 1))[0].effective_from == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("penalty = 1000000", ""),
        ("penalty = 1000000", 'penalty = "1000000"'),
        ("half_percent = 50", "half_percent = true"),
        ('level = "full"\nprice = 499990', 'level = "standard"\nprice = 499990'),
        ('level = "full"\nprice = 499990', 'level = "gift"\nprice = 499990'),
        ("[duration]", "unheard_of = 1\n[duration]"),
    ],
)
def test_terms_that_lack_something_are_refused(tmp_path, old, new):
    folder = change(a_folder(tmp_path), "terms.toml", old, new)
    with pytest.raises(TermsError):
        read_terms((folder / "terms.toml").read_bytes())


@pytest.mark.django_db
def test_a_publication_that_fails_at_its_end_leaves_nothing(short):
    """The journal's row is the last one: with its table gone,
    everything that was made before it goes too.
    """
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_entry RENAME TO journal_entry_gone")

    with pytest.raises(DatabaseError):
        publish(short)

    assert [
        model.objects.count() for model in (Academy, Course, Edition, EditionFile, Package, Tariff)
    ] == [0] * 6


@pytest.mark.django_db(transaction=True)
def test_two_who_publish_at_once_make_one_edition(short):
    made = [is_new for _edition, is_new in at_once([partial(publish, short)] * 2)]

    assert sorted(made) == [False, True]
    assert Edition.objects.count() == Entry.objects.filter(verb="offer.published").count() == 1
    assert Tariff.objects.count() == 9


# --- The command
@pytest.mark.django_db
def test_the_command_publishes_and_says_so(capsys):
    call_command("publish_offer", str(OFFER))
    assert f"published {OFFER.name}" in capsys.readouterr().out
    call_command("publish_offer", str(OFFER))
    assert f"unchanged {OFFER.name}" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_command_lists_findings_for_a_person(tmp_path):
    folder = change(a_folder(tmp_path), "ru.md", "| 93 990 (", "| 93 991 (")
    with pytest.raises(CommandError, match=r"4\.1: row 1") as error:
        call_command("publish_offer", str(folder))
    assert error.value.returncode == 1


def test_the_command_refuses_a_folder_without_files(tmp_path):
    with pytest.raises(CommandError, match=r"lacks kk\.md") as error:
        call_command("publish_offer", str(tmp_path))
    assert error.value.returncode == 2


@pytest.mark.django_db
def test_the_command_says_when_a_later_edition_took_the_place(tmp_path, short):
    at = datetime.now(UTC)
    publish(short, at=at - timedelta(days=2))
    publish(a_later_edition(tmp_path), at=at - timedelta(days=1))
    with pytest.raises(CommandError, match="not in force") as error:
        call_command("publish_offer", str(short))
    assert error.value.returncode == 1
