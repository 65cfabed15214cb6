"""What is asked about a recipient, and what is not: honest data of Kazakhstan pass,
slips and gaps are found (9.5).
"""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.rules.names import NamedParts, in_one_alphabet
from enrollment.rules.questions import WORDS, question_about
from enrollment.rules.recipient import COMPANY, GUARDIAN, PERSON, Doubt, Recipient, doubts_of
from offer_site.languages import speaking
from offer_site.mailboxes import is_misspelt, mended

ADDRESS = "050060, Алматы қаласы, Әл-Фараби даңғылы, 77/8, 214-пәтер"
SHE = NamedParts("Әбілқасымова", "Гүлнұр", "Қайратқызы")
HE = NamedParts("Қожағұлов", "Ерлан", "Әбдіманапұлы")
A_PERSON = Recipient(kind=PERSON, learner=SHE, party=SHE, address=ADDRESS, email="gulnur@mail.ru")
A_MINOR = Recipient(
    kind=GUARDIAN,
    learner=NamedParts("Әбілқасым", "Іңкәр"),
    party=SHE,
    address=ADDRESS,
    email="gulnur@mail.ru",
    iin="900101300811",
    birth_date=date(2012, 11, 22),
)
A_COMPANY = Recipient(
    kind=COMPANY,
    learner=SHE,
    party=HE,
    address=ADDRESS,
    email="office@zhanaorken.kz",
    company_name="«Жаңа Өркен» ЖШС",
    bin="971240001315",
    position="директор",
)


def asked(recipient: Recipient) -> list[tuple[str, str]]:
    return [(doubt.field.value, doubt.reason.value) for doubt in doubts_of(recipient)]


# --- What honest people write
@pytest.mark.parametrize(
    "recipient", [A_PERSON, A_MINOR, A_COMPANY], ids=["person", "minor", "company"]
)
def test_whole_data_raise_no_question(recipient):
    assert asked(recipient) == []


@pytest.mark.parametrize("name", [
    ("Әбілқасымова-Нұрмұхамедқызы", "Гүлнұрай", "Қайратбекқызы"),
    ("Асқар", "Мақсат", ""), ("Нұрлан", "Айгерім", ""), ("Ә", "Нұрсұлтан", "Бекболатұлы"),
    ("О", "Виктория", "Сергеевна"), ("Ю", "Александр", ""), ("Пак", "Ин", ""),
    ("Ли", "Ян", ""), ("Оо", "Аа", ""), ("Smith", "John", ""),
    ("Nurpeiısov", "Äbdijämil", "Karimuly"),
    ("Smith-Иванова", "Anna", ""), ("О'Коннор", "Шинейд", ""), ("Тоқтар", "Тоқтарбек", "Тоқтарұлы"),
    ("Мұхамед Әли", "Нұр", "Әли-ұлы"), ("Иванов", "Иван", "Иванович"),
    ("Фон Гюнтер", "Анна-Мария", ""),
    ("Һәкімова", "Үміт", "Ғаниқызы"), ("Сыздық", "Айша Бибі", ""),
])  # fmt: skip
def test_real_names_raise_no_question(name):
    assert asked(replace(A_PERSON, learner=NamedParts(*name))) == []


@pytest.mark.parametrize("address", [
    "Шелек", "Шалқар", "Ақсуат ауылы", "с. Узынагаш", "село Тургень, Енбекшиказахский район",
    "Қордай ауылы, Төле би көшесі",
    "а. Бесағаш", "пос. Кайтпас", "Құлсары", "Жаркент", "Мерке", "разъезд 15", "станция Шу",
    "Алматы облысы, Нұра ауылы",
    "Алматы қ., Абай даңғылы, 1", "г. Алматы, мкр. Самал-2, 33, кв. 5", "Астана, Мәңгілік Ел 55/21",
    "Абай 5",
    "Шымкент, 18 мөлтек ауданы, 4-үй", "030012, Ақтөбе қаласы, а/ж 118",
    "030012, а/ж 118", "A15E2C2, Алматы, Тимирязев көшесі 42",
    "Қызылорда қ. Сұлтан Бейбарыс 12а", "ул. Ленина д.5", "Almaty, Abay ave. 10",
    "Өскемен, Қазақстан көшесі, 74",
    "Түркістан облысы, Сайрам ауданы, Ақсу ауылы, Жібек жолы", "СНТ Дружба, участок 14",
    "Б. Момышұлы 2Г",
    "Алматы, 6-й микрорайон, дом 7", "Саяжай «Береке»", "Қостанай облысы, Қарабалық кенті",
])  # fmt: skip
def test_real_addresses_raise_no_question(address):
    assert asked(replace(A_PERSON, address=address)) == []


@pytest.mark.parametrize("email", [
    "a@mail.ru", "a@bk.ru", "a@list.ru", "a@inbox.ru", "a@internet.ru", "a@gmail.com",
    "a@yandex.ru", "a@yandex.kz",
    "a@ya.ru",
    "a@icloud.com", "a@me.com", "a@outlook.com", "a@hotmail.com", "a@ymail.com", "a@mail.kz",
    "a@email.com", "a@mail.com",
    "a@googlemail.com", "a@proton.me", "a@nu.edu.kz", "a@kaznu.kz", "a@kaspi.kz", "a@gmx.de",
    "a@zhanaorken.kz",
    "a@rambler.ru", "a@ok.kz", "a@mall.ru", "a@example.kz", "a@xn--80a.kz", "a@company.co",
    "a@studio.coop",
    "a@firma.com.kz", "a@почта.рф", "a@xn--80a1acny.xn--p1ai", "a@mail.kg", "a@mail.uz", "a@vk.com",
    "a@protonmail.com", "a@live.com", "a@yahoo.com", "a@yahoo.de", "a@inbox.lv",
    "a@med.kz", "a@kazpost.kz", "a@halykbank.kz",
])  # fmt: skip
def test_real_mailboxes_raise_no_question(email):
    assert asked(replace(A_PERSON, email=email)) == []


@pytest.mark.parametrize("name", [
    "«Жаңа Өркен» ЖШС", "ТОО «Жана Оркен»", "Товарищество с ограниченной ответственностью «Алма»",
    "«Қазақтелеком» АҚ",
    "АО «Народный Банк Казахстана»", "Алматы қаласы әкімдігі", "КГУ «Школа № 15»",
    "«№ 15 мектеп-гимназия» КММ",
    "ИП Ахметова А. К.", "ЖК «Береке»", "Шаруа қожалығы «Нұр»", "КХ «Достык»",
    "Қоғамдық қор «Үміт»", "ОФ «Умит»",
    "Частное учреждение «Колледж Туран»", "Жауапкершілігі шектеулі серіктестік «Самал»",
    "Chevron Munaigas Inc.",
    "LLP «Alma Trade»", "Филиал «Шеврон»", "НАО «КазНУ им. аль-Фараби»", "ПК «Астра»",
    "ОСИ «Абая 10»",
])  # fmt: skip
def test_full_names_of_companies_raise_no_question(name):
    assert asked(replace(A_COMPANY, company_name=name)) == []


def test_a_sole_trader_may_learn_under_the_own_name():
    trader = replace(A_COMPANY, company_name="ЖК Қожағұлов Ерлан Әбдіманапұлы", learner=HE)
    assert asked(trader) == []


@pytest.mark.parametrize("name", [
    "ЖК Береке", "ИП Ахметова", "КХ «Достык»", "Шаруа қожалығы «Нұр»", "Нотариус Омарова",
    "Индивидуальный предприниматель Ким", "ЧСИ Омаров Е.", "ФХ «Алма»",
])  # fmt: skip
def test_a_sole_trader_has_an_iin(name):
    assert asked(replace(A_COMPANY, company_name=name, bin="900101300811")) == []


@pytest.mark.parametrize("name", [
    "ТОО «Ипотечный центр»", "ТОО «ЖК Береке»", "«Крестьянское дело» АҚ", "КГУ «Школа № 15»",
    "Товарищество «ИП Сервис»", "ҚҚ «Шаруа»",
])  # fmt: skip
def test_a_legal_person_has_none(name):
    trader = replace(A_COMPANY, company_name=name, bin="900101300811")
    assert asked(trader) == [("bin", "not-an-organization")]


def test_a_postal_address_falls_back_to_the_address():
    assert asked(replace(A_COMPANY, postal_address="")) == []


# --- What is asked about
@pytest.mark.clause("9.5")
@pytest.mark.parametrize(("change", "field", "reason"), [
    ({"learner": NamedParts("", "Гүлнұр")}, "learner", "missing"),
    ({"learner": NamedParts("Әбілқасымова", "")}, "learner", "missing"),
    ({"learner": NamedParts("Әбiлқасымова", "Гүлнұр")}, "learner", "mixed-alphabets"),  # a Latin i
    ({"learner": NamedParts("Әбілқасымовa", "Гүлнұр")}, "learner", "mixed-alphabets"),  # a Latin a
    # a Latin schwa
    ({"learner": NamedParts("Əбілқасымова", "Гүлнұр")}, "learner", "mixed-alphabets"),
    ({"learner": NamedParts("Әбілқасымова", "Г.")}, "learner", "initial"),
    ({"learner": NamedParts("Әбілқасымова", "Г", "Қ")}, "learner", "initial"),
    ({"learner": NamedParts("Ә.", "Гүлнұр")}, "learner", "initial"),
    ({"learner": NamedParts("Әбілқасымова", "Гүлнұр", "Қ.")}, "learner", "initial"),
    ({"learner": NamedParts("Гүлнұр", "гүлнұр")}, "learner", "repeated"),
    ({"learner": NamedParts("Әбілқасымова", "Гүлнұр", "Гүлнұр")}, "learner", "repeated"),
    ({"learner": NamedParts("Тест", "Тестов")}, "learner", "filler"),
    ({"learner": NamedParts("Ааа", "Ббб")}, "learner", "filler"),
    ({"learner": NamedParts("Фамилия", "Имя")}, "learner", "filler"),
    ({"address": ""}, "address", "missing"),
    ({"address": "  "}, "address", "missing"),
    ({"address": "-"}, "address", "not-an-address"),
    ({"address": "жоқ"}, "address", "not-an-address"),
    ({"address": "Қазақстан"}, "address", "not-an-address"),
    ({"address": "gulnur@mail.ru"}, "address", "not-an-address"),
    ({"address": "+7 701 000 00 00"}, "address", "not-an-address"),
    ({"address": "12"}, "address", "not-an-address"),
    ({"address": "Алматы"}, "address", "no-house"),
    ({"address": "050000, г. Алматы, ул. Абая"}, "address", "no-house"),
    ({"address": "Астана қаласы, Мәңгілік Ел даңғылы"}, "address", "no-house"),
    ({"address": "Абай көшесі"}, "address", "no-house"),
    ({"email": ""}, "email", "missing"),
    ({"email": "a@gmail.con"}, "email", "misspelt"),
    ({"email": "a@gmial.com"}, "email", "misspelt"),
    ({"email": "a@gmai.com"}, "email", "misspelt"),
    ({"email": "a@gmail.ru"}, "email", "misspelt"),
    ({"email": "a@gmail.co"}, "email", "misspelt"),
    ({"email": "a@mail.ru.kz"}, "email", "misspelt"),
    ({"email": "a@mail.ry"}, "email", "misspelt"),
    ({"email": "a@maill.ru"}, "email", "misspelt"),
    ({"email": "a@yandx.ru"}, "email", "misspelt"),
    ({"email": "a@icloud.con"}, "email", "misspelt"),
    ({"email": "a@iclod.com"}, "email", "misspelt"),
    ({"email": "a@firma.con"}, "email", "misspelt"),
    ({"email": "a@mail.tu"}, "email", "misspelt"),
    ({"email": "a@maik.ru"}, "email", "misspelt"),
    ({"email": "a@mаil.ru"}, "email", "misspelt"),  # a Cyrillic «а»
    ({"email": "a@пoчта.рф"}, "email", "misspelt"),  # a Latin «o»
])  # fmt: skip
def test_a_gap_or_a_slip_of_a_person_is_asked_about(change, field, reason):
    assert asked(replace(A_PERSON, **change)) == [(field, reason)]


@pytest.mark.clause("9.5", "9.2")
@pytest.mark.parametrize(("change", "field", "reason"), [
    ({"company_name": ""}, "company_name", "missing"),
    ({"company_name": "Жаңа Өркен"}, "company_name", "no-legal-form"),
    ({"bin": ""}, "bin", "missing"),
    ({"bin": "900101300811"}, "bin", "not-an-organization"),
    ({"bin": "971240001316"}, "bin", "not-an-organization"),
    ({"address": ""}, "address", "missing"),
    ({"postal_address": "нет"}, "postal_address", "not-an-address"),
    ({"postal_address": "Алматы қаласы"}, "postal_address", "no-house"),
    ({"party": NamedParts("", "")}, "authorized", "missing"),
    ({"party": NamedParts("Қожағұлов", "Е.")}, "authorized", "initial"),
    ({"position": ""}, "position", "missing"),
    ({"learner": NamedParts("Жаңа", "Өркен")}, "learner", "like-company"),
])  # fmt: skip
def test_a_gap_or_a_slip_of_a_company_is_asked_about(change, field, reason):
    assert asked(replace(A_COMPANY, **change)) == [(field, reason)]


@pytest.mark.clause("9.5", "9.3")
@pytest.mark.parametrize(("change", "field", "reason"), [
    ({"learner": SHE}, "learner", "like-guardian"),
    ({"learner_iin": "900101300811", "birth_date": None}, "learner_iin", "like-guardian"),
    ({"learner_iin": "121123500001"}, "birth_date", "not-of-iin"),
])  # fmt: skip
def test_a_child_that_contradicts_itself_is_asked_about(change, field, reason):
    assert asked(replace(A_MINOR, **change)) == [(field, reason)]


def test_a_field_is_asked_about_once_and_in_the_order_of_the_sheet():
    broken = replace(
        A_COMPANY,
        company_name="",
        bin="",
        address="-",
        email="a@gmail.con",
        learner=NamedParts("", "Ә."),
    )
    assert [field for field, _reason in asked(broken)] == [
        "company_name",
        "bin",
        "address",
        "email",
        "learner",
    ]


@pytest.mark.parametrize(
    "doubt", [Doubt(*key) for key in WORDS], ids=lambda doubt: f"{doubt.field}-{doubt.reason}"
)
def test_every_question_is_a_sentence_in_both_languages(doubt):
    said = []
    for language in ("kk", "ru"):
        with speaking(language):
            said.append(str(question_about(doubt)))
    assert len(set(said)) == 2
    assert all(sentence.endswith(".") and not sentence.isascii() for sentence in said)


# --- What is suggested
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Әбілқасымовa", "Әбілқасымова"),
        ("Əбілқасымова", "Әбілқасымова"),
        ("Smith", "Smith"),
        ("Ұлы", "Ұлы"),
        ("Yміт", "Yміт"),  # a Latin Y stands for У and for Ү alike: nothing is guessed
    ],
)
def test_a_slip_between_alphabets_is_mended_where_it_can_only_mean_one_thing(typed, meant):
    assert in_one_alphabet(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a@gmail.con", "a@gmail.com"),
        ("a@gmial.com", "a@gmail.com"),
        ("a@iclod.com", "a@icloud.com"),
        ("a@yandx.ru", "a@yandex.ru"),
        ("a@yandx.kz", "a@yandex.kz"),
        ("a@firma.con", "a@firma.com"),
        ("a@mail.tu", "a@mail.ru"),
        ("a@maik.ru", "a@mail.ru"),
        ("a@mаil.ru", "a@mail.ru"),  # a Cyrillic «а»
        ("a@xn--mil-6cd.ru", "a@mail.ru"),  # the same, as the network spells it
        ("a@mail.ру", "a@mail.ru"),
        ("a@gmaill.con", "a@gmail.com"),
        ("іvan@mail.ru", "ivan@mail.ru"),
        ("a@почта.рф", "a@почта.рф"),
        ("a@пoчта.рф", "a@пoчта.рф"),  # a Latin «o»: doubted, and nothing can be proposed
        ("a@mail.ru", "a@mail.ru"),
    ],
)
def test_of_a_mistyped_mailbox_what_was_probably_meant_is_proposed(typed, meant):
    assert mended(typed) == meant


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_written_the_rules_answer(name, address, email):
    recipient = replace(
        A_COMPANY, learner=NamedParts(name, name, name), address=address, email=email
    )
    for doubt in doubts_of(recipient):
        assert question_about(doubt)
    assert is_misspelt(mended(email)) in (True, False)
