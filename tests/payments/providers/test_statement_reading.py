"""Statements are read as each bank of Kazakhstan writes them,
and what cannot be trusted is refused with its line.
"""

import tracemalloc
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.utils.translation import override

from offer_site.codes import codes_in, new_order_code
from payments.providers.bank_transfer.statement import StatementError, StatementReader, encoding_of
from tests.payments.statements.scenes import IBAN, a_statement, an_operation

pytestmark = pytest.mark.clause("4.4")
PURPOSE = "SM4K7Q2X оплата, договор=оферта"


def read(content):
    reader = StatementReader(BytesIO(content), account=IBAN)
    return list(reader), reader


def of_lines(*lines, encoding="utf-8", end="\n"):
    return end.join(["1CClientBankExchange", *lines]).encode(encoding)


HALYK = of_lines(
    "ВЕРСИЯФОРМАТА=2.0",
    "ДАТАНАЧАЛА=22.11.2026",
    "ДАТАКОНЦА=23.11.2026",
    "СЕКЦИЯРАСЧСЧЕТ",
    "ДАТАНАЧАЛА=22.11.2026",
    "ДАТАКОНЦА=22.11.2026",
    f"РАСЧСЧЕТ={IBAN}",
    "НАЧАЛЬНЫЙОСТАТОК=10.00",
    "ВСЕГОПОСТУПИЛО=0",
    "ВСЕГОСПИСАНО=0.00",
    "КОНЕЧНЫЙОСТАТОК=10.00",
    "КОНЕЦРАСЧСЧЕТ",
    "СЕКЦИЯРАСЧСЧЕТ",
    "ДАТАНАЧАЛА=23.11.2026",
    "ДАТАКОНЦА=23.11.2026",
    f"РАСЧСЧЕТ={IBAN}",
    "НАЧАЛЬНЫЙОСТАТОК=10.00",
    "ВСЕГОПОСТУПИЛО=149990.00",
    "ВСЕГОСПИСАНО=500.00",
    "КОНЕЧНЫЙОСТАТОК=149500.00",
    "КОНЕЦРАСЧСЧЕТ",
    "СЕКЦИЯДОКУМЕНТ=ПЛАТЕЖНОЕ ПОРУЧЕНИЕ",
    f"НАЗНАЧЕНИЕПЛАТЕЖА={PURPOSE}",
    "КОДНАЗНАЧЕНИЯПЛАТЕЖА=859",
    "НОМЕРДОКУМЕНТА=7",
    "ДАТАДОКУМЕНТА=23.11.2026",
    "СУММАПРИХОД=149990,00",
    "СУММАРАСХОД=",
    "ПЛАТЕЛЬЩИКНАИМЕНОВАНИЕ=Тестова Г.",
    "ПЛАТЕЛЬЩИКБИН_ИИН=900101300811",
    "КОНЕЦДОКУМЕНТА",
    "СЕКЦИЯДОКУМЕНТ=ВЫПИСКА",
    "НОМЕРДОКУМЕНТА=8",
    "ДАТАДОКУМЕНТА=23.11.2026",
    "СУММАПРИХОД=",
    "СУММАРАСХОД=500",
    "КОНЕЦДОКУМЕНТА",
    "КОНЕЦФАЙЛА",
    encoding="cp1251",
    end="\r\n",
)
CENTERCREDIT = of_lines(
    "ВерсияФормата=2.0",
    f"РасчСчет={IBAN}",
    "ДатаНачала=23.11.2026",
    "ДатаКонца=23.11.2026",
    "СекцияДокумент=Платежное поручение",
    "Номер=7",
    "Дата=23.11.2026",
    "Сумма=149990.00",
    "Валюта=KZT",
    "Плательщик=Тестова Г.",
    "ПлательщикИНН=900101300811",
    "ПлательщикСчет=KZ86125KZT5004100100",
    f"ПолучательСчет={IBAN}",
    f"НазначениеПлатежа={PURPOSE}",
    "КодНазначенияПлатежа=859",
    "КонецДокумента",
    "СекцияДокумент=Платежное поручение",
    "Номер=8",
    "Дата=23.11.2026",
    "Сумма=500",
    f"ПлательщикСчет={IBAN}",
    "ПолучательСчет=KZ86125KZT5004100100",
    "КонецДокумента",
    "КонецФайла",
)
JUSAN = of_lines(
    "ВерсияФормата=2.00",
    "Кодировка=windows-1251",
    "ДатаНачала=23.11.2026",
    "ДатаКонца=23.11.2026",
    f"РасчСчет={IBAN}",
    "СЕКЦИЯДОКУМЕНТ=Выписка",
    "НОМЕРДОКУМЕНТА=7",
    "ДАТАОПЕРАЦИИ=23.11.2026",
    "ДАТАДОКУМЕНТА=23.11.2026",
    "СУММАПРИХОД=149 990.00",
    "ПЛАТЕЛЬЩИКНАИМЕНОВАНИЕ=Тестова",
    "Г.",
    "ПЛАТЕЛЬЩИКБИН_ИИН=900101300811",
    "ПЛАТЕЛЬЩИКБАНКБИК=CASPKZKA",
    "НАЗНАЧЕНИЕПЛАТЕЖА=SM4K7Q2X",
    "оплата, договор=оферта",
    "КОДНАЗНАЧЕНИЯПЛАТЕЖА=859",
    "КОНЕЦДОКУМЕНТА",
    "КОНЕЦФАЙЛА",
    encoding="cp1251",
)
WENT = an_operation(
    purpose="", СуммаПриход="", СуммаРасход="500", ПолучательИИК="KZ86125KZT5004100100"
)
KASPI = a_statement([an_operation(purpose=PURPOSE, number=7), WENT])


@pytest.mark.parametrize(
    "content", [KASPI, HALYK, CENTERCREDIT, JUSAN], ids=["kaspi", "halyk", "bcc", "jusan"]
)
def test_each_banks_manner_is_read(content):
    operations, reader = read(content)
    incoming = [operation for operation in operations if operation.is_incoming]
    assert len(incoming) == 1
    told = incoming[0]
    assert (told.number, told.documented_on, told.amount) == (
        "7",
        date(2026, 11, 23),
        Decimal("149990.00"),
    )
    assert (told.payer, told.payer_id, told.purpose, told.knp) == (
        "Тестова Г.",
        "900101300811",
        PURPOSE,
        "859",
    )
    assert reader.until == date(2026, 11, 23)
    assert reader.balances_agree


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "kz1048", "cp866"])
def test_every_encoding_is_found_by_the_words_whatever_the_file_says_of_itself(encoding):
    payer = "Әбілқасымова Ғ." if encoding not in ("cp1251", "cp866") else "Тестова Ё."
    (told,), _reader = read(
        a_statement([an_operation(purpose=PURPOSE, payer=payer)], encoding=encoding)
    )
    assert (told.payer, told.purpose) == (payer, PURPOSE)


def test_keys_without_a_name_here_are_kept():
    (told,), _reader = read(
        a_statement([an_operation(purpose=PURPOSE, ПлательщикКБЕ="19", Особое="да")])
    )
    assert told.others == {"плательщиккбе": "19", "особое": "да", "получательиик": IBAN}


def test_the_day_of_the_payment_order_and_that_of_the_bank_are_told_apart():
    (told,), _reader = read(a_statement([an_operation(purpose=PURPOSE, ДатаОперации="24.11.2026")]))
    assert (told.documented_on, told.executed_on) == (date(2026, 11, 23), date(2026, 11, 24))


def test_a_purpose_goes_on_in_lines_without_a_key():
    text = a_statement([an_operation(purpose="оплата по счёту\n№ SM4K 7Q2X")])
    (told,), _reader = read(text)
    assert told.purpose == "оплата по счёту № SM4K 7Q2X"


def test_balances_that_do_not_agree_are_told_and_refuse_nothing():
    operations = [an_operation(purpose=PURPOSE)]
    for closing, agrees in (("149990.00", True), ("149989.99", False)):
        told, reader = read(a_statement(operations, closing=closing))
        assert (len(told), reader.balances_agree) == (1, agrees)


OTHERS = "ПолучательИИК=KZ86125KZT5004100100"
WHOLE = a_statement([an_operation(purpose=PURPOSE, ПолучательИИК="")]).decode("cp1251")


@pytest.mark.parametrize(
    ("damage", "line", "reason"),
    [
        (("1CClientBankExchange", "1CClientBank"), 1, "does not begin with"),
        (("ДатаДокумента=23.11.2026", "ДатаДокумента=31.11.2026"), 11, "not a date: 31.11.2026"),
        (("ДатаДокумента=23.11.2026", "ДатаДокумента=2026-11-23"), 11, "not a date: 2026-11-23"),
        (("149990.00", "149990.005"), 13, "not an amount: 149990.005"),
        (("149990.00", "деньги"), 13, "not an amount: деньги"),
        (("СуммаПриход=149990.00\n", ""), 9, "without an amount"),
        (("ДатаДокумента=23.11.2026\nДатаОперации=23.11.2026\n", ""), 9, "without a date"),
        (("КонецДокумента\n", ""), 18, "ends that had not begun"),
        (("КонецРасчСчет\n", ""), 8, "begins inside another"),
        (("КонецФайла\n", ""), 18, "breaks off"),
        ((f"РасчСчет={IBAN}", "РасчСчет=KZ86125KZT5004100100"), 9, "not of the academy's account"),
        (("СекцияДокумент", "Документ"), 10, "outside of any"),
        (("КонецРасчСчет\n", "КонецРасчСчет\nбір нәрсе\n"), 9, "neither a key"),
        (("СуммаПриход=149990.00", f"Сумма=5\n{OTHERS}"), 9, "came or went"),
    ],
)
def test_a_bad_file_is_refused_with_the_line_and_the_reason(damage, line, reason):
    assert damage[0] in WHOLE
    with override("en"), pytest.raises(StatementError, match=reason) as refused:
        read(WHOLE.replace(*damage).encode("kz1048"))
    assert refused.value.line == line


def test_four_times_the_operations_take_no_more_memory(tmp_path):
    def peak(count):
        path = tmp_path / f"{count}.txt"
        path.write_bytes(
            a_statement(
                [an_operation(purpose=f"{PURPOSE} {each}", number=each) for each in range(count)]
            )
        )
        with path.open("rb") as file:
            tracemalloc.start()
            try:
                assert (
                    sum(operation.is_incoming for operation in StatementReader(file, account=IBAN))
                    == count
                )
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    assert peak(8000) < 1.2 * peak(2000)


def test_the_end_of_a_dos_file_is_no_text():
    assert len(read(a_statement([an_operation(purpose=PURPOSE)]) + b"\x1a\x98 \x00")[0]) == 1


def test_bytes_of_no_encoding_are_refused():
    with pytest.raises(StatementError) as refused:
        encoding_of(BytesIO(b"1CClientBankExchange\n\xff\xfe\n"))
    assert refused.value.line == 1
    content = a_statement([an_operation(purpose=PURPOSE)], encoding="utf-8")
    with pytest.raises(StatementError) as refused:
        read(content.replace("оплата".encode(), b"\xff"))
    assert refused.value.line == 17


@pytest.mark.parametrize(
    "written", ["{}", "№{}", "заказ{}оплата", "{:.4} {:.0}", "sm-{}", "Оплата по заказу №  {}."]
)
def test_a_code_is_found_however_it_is_written(written):
    for _each in range(50):
        code = new_order_code()
        if written == "{:.4} {:.0}":
            text = f"заказ {code[:4]} {code[4:6]}/{code[6:]}"
        elif written == "sm-{}":
            text = f"{code[:2].lower()}-{code[2:].lower()}"
        else:
            text = written.format(code)
        assert code in codes_in(text)


def test_look_alike_letters_are_read_and_a_mistyped_code_is_none():
    assert codes_in("SM4К7Q2X".replace("К", "K")) == codes_in("SM4К7Q2Х")
    code = new_order_code()
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    assert code not in codes_in(wrong)
    assert codes_in("оплата курса SMMARKETING по оферте") == []
