"""Lists of learners as offices really keep them: every encoding, sign and heading;
what is no list is told apart.
"""

import pytest

from enrollment.rules.learner_list import ListError, Unreadable, named_twice, read_list

pytestmark = pytest.mark.clause("1.1")

TWO = [("Қожағұлова", "Жұлдызай", "Әбдіманапқызы"), ("Омаров", "Диас", "")]


def read(content: str | bytes) -> list[tuple[str, str, str]]:
    content = content.encode() if isinstance(content, str) else content
    return [(each.surname, each.name, each.patronymic) for each in read_list(content)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "kz1048", "utf-16"])
@pytest.mark.parametrize("sign", [";", ",", "\t"])
@pytest.mark.parametrize(
    "heading", [("Тегі", "Аты", "Әкесінің аты"), ("Фамилия", "Имя", "Отчество"), ()], ids=len
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_table_is_read_however_it_was_saved(encoding, sign, heading, ending):
    rows = ([sign.join(heading)] if heading else []) + [sign.join(each) for each in TWO]
    assert read(ending.join(rows).encode(encoding)) == TWO


def test_windows_1251_as_russian_excel_saves_it():
    assert read("Фамилия;Имя;Отчество\r\nИванов;Пётр;Ильич\r\n".encode("cp1251")) == [
        ("Иванов", "Пётр", "Ильич")
    ]


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("sep=;\r\nОмаров;Диас;\r\n", [("Омаров", "Диас", "")]),
        ("№;Тегі;Аты\n1;Омаров;Диас\n2;Ли;Анна\n", [("Омаров", "Диас", ""), ("Ли", "Анна", "")]),
        ("1;Омаров;Диас;\n2.;Ли;Анна;\n", [("Омаров", "Диас", ""), ("Ли", "Анна", "")]),
        ("Имя;Отдел;Фамилия\nДиас;сату;Омаров\n", [("Омаров", "Диас", "")]),
        (
            "ФИО\nОмаров Диас Серікұлы\nЛи Анна\n",
            [("Омаров", "Диас", "Серікұлы"), ("Ли", "Анна", "")],
        ),
        ("Аты-жөні;Лауазымы\nОмаров Диас;маман\n", [("Омаров", "Диас", "")]),
        ("Омаров Диас Серік ұлы\n", [("Омаров", "Диас", "Серік ұлы")]),
        ('"Омаров";"Диас";"Серік\nұлы"\n', [("Омаров", "Диас", "Серік ұлы")]),
        ('="Омаров";="Диас"\n', [("Омаров", "Диас", "")]),
        ("Тегі,Аты,Әкесінің аты\nОмаров Диас,,\n", [("Омаров", "Диас", "")]),
        (";;\n\n;;;\nОмаров;Диас;;;\n;;\n", [("Омаров", "Диас", "")]),
        ("ТЕГІ *;АТЫ *;ӘКЕСІНІҢ АТЫ\nОмаров;Диас\n", [("Омаров", "Диас", "")]),
    ],
    ids=range(12),
)
def test_the_quirks_of_spreadsheets(text, listed):
    assert read(text) == listed


def test_what_a_cell_says_is_kept_as_it_is_for_the_form_to_judge():
    assert read("=cmd|'/c calc'!A1;@SUM(1);-2\n") == [("=cmd|'/c calc'!A1", "@SUM(1)", "-2")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Unreadable.EMPTY),
        (b";;\n;;\n", Unreadable.EMPTY),
        ("Тегі;Аты\n".encode(), Unreadable.EMPTY),
        (b"PK\x03\x04rubbish", Unreadable.WORKBOOK),
        (b"\xd0\xcf\x11\xe0rubbish", Unreadable.WORKBOOK),
        (b"a;b\0;c", Unreadable.NO_TEXT),
        (b"\xff\xfe\x00\xd8;\x00", Unreadable.NO_TEXT),
        (b"\x98\x98;\x98", Unreadable.NO_TEXT),
        (b"x" * 100_001, Unreadable.TOO_LARGE),
        (("Ли;Анна\n" * 101).encode(), Unreadable.TOO_LONG),
    ],
    ids=range(10),
)
def test_what_is_no_list_is_refused_with_its_reason(content, reason):
    with pytest.raises(ListError) as refused:
        read_list(content)
    assert refused.value.reason == reason


def test_a_hundred_learners_are_a_list():
    assert len(read("Ли;Анна\n" * 100)) == 100


def test_who_stands_in_a_list_twice():
    assert named_twice(["a", "b", "a", "c", "b", "a"]) == {2: 0, 4: 1, 5: 0}
