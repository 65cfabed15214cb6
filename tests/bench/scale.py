"""What a process of the bench of statements does: lay out orders, import bare, or import as the
product does.

`python -m tests.bench.scale orders 300`, `… bare FILE`, `… import FILE`; each prints one line of
JSON.
"""

import hashlib
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from enrollment.models import Cohort, Edition, Place, Tariff  # noqa: E402
from enrollment.operations.ordering.orders import place_order  # noqa: E402
from offer_site.days import almaty_day  # noqa: E402
from payments.models import LineState, Payment, StatementLine  # noqa: E402
from tests.given import an_application  # noqa: E402
from tests.payments.statements.scenes import IBAN, bank_details  # noqa: E402

SAME_COLUMNS = [field for field in StatementLine._meta.concrete_fields if not field.primary_key]


class BareLine(models.Model):
    """A row with the columns of a line, and nothing that guards or hides them."""

    for _field in SAME_COLUMNS:
        locals()[_field.attname] = models.TextField(null=True)
    for _field in ("line", "file_id", "order_id"):
        locals()[_field] = models.BigIntegerField(null=True)
    for _field in ("documented_on", "executed_on"):
        locals()[_field] = models.DateField(null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    settled_at = models.DateTimeField(null=True)
    del _field

    class Meta:
        app_label = "payments"
        db_table = "bare_line"

    def __str__(self) -> str:
        return self.fingerprint


def orders(count: int) -> dict[str, Any]:
    """Place orders of today, each with an attempt to pay it by card."""
    at = timezone.now()
    bank_details()
    edition = Edition.objects.in_force(at).get()
    cohort = Cohort.objects.order_by("pk").last()
    first = cohort.places.count() + 1
    Place.objects.bulk_create(
        Place(cohort=cohort, number=first + number) for number in range(count)
    )
    tariff = Tariff.objects.select_related("package", "edition").get(
        edition=edition, package__slug="birge", level="standard"
    )
    placed = []
    for number in range(count):
        application = an_application(email=f"scale{number}@example.kz")
        order, _is_new = place_order(
            tariff=tariff,
            cohort=cohort,
            application=application,
            language="kk",
            at=at,
            by="visitor",
        )
        Payment.objects.create(
            order=order,
            provider="card",
            method="card",
            invoice_id=f"{order.code}-1",
            amount=order.prepayment,
            language="kk",
            started_at=at,
            request_id=str(number),
            link_id="link",
            link_url="https://bank.example/",
        )
        placed.append(order.code)
    return {"codes": placed, "price": tariff.price}


def bare(file: Path) -> None:
    """Read the file with a loop that trusts every line,
    and insert the same rows with Django's own bulk_create.
    """
    with connection.schema_editor() as editor:
        editor.create_model(BareLine)
    rows = bare_rows(file)
    with transaction.atomic():
        while batch := list(islice(rows, 500)):
            BareLine.objects.bulk_create(batch)


def bare_rows(file: Path) -> Iterator[BareLine]:
    said: dict[str, str] = {}
    with file.open(encoding="kz1048") as text:
        for number, line in enumerate(text, 1):
            key, _equals, value = line.strip().partition("=")
            if key == "СекцияДокумент":
                said = {"line": str(number)}
            elif key != "КонецДокумента":
                said[key] = value
            elif said.get("СуммаПриход"):
                day = date(*(int(part) for part in reversed(said["ДатаДокумента"].split("."))))
                told = json.dumps(said, ensure_ascii=False)
                yield BareLine(
                    file_id=1,
                    line=int(said["line"]),
                    fingerprint=hashlib.blake2b(told.encode()).hexdigest()[:32],
                    number=said["НомерДокумента"],
                    documented_on=day,
                    executed_on=day,
                    told=told,
                    codes="",
                    amount=Decimal(said["СуммаПриход"]),
                    currency="KZT",
                    knp=said["КодНазначенияПлатежа"],
                    state="unmatched",
                    doubt="no-code",
                    reason="",
                    settled_by="",
                )


def product(file: Path) -> None:
    """Import the file as staff do."""
    with suppress(SystemExit):  # something waits for a person
        call_command("import_statement", str(file), stdout=sys.stderr)


def write_statement(file: Path, *, codes: list[str], price: int, count: int, day: date) -> None:
    """Write as many operations as asked for: one in five went out,
    the codes' are spread among those that came.
    """
    step = count // max(len(codes), 1)
    number = 0
    with file.open("w", encoding="kz1048", newline="\r\n") as text:
        head = [
            "1CClientBankExchange",
            "ВерсияФормата=1.01",
            "Кодировка=Windows",
            f"ДатаНачала={day:%d.%m.%Y}",
            f"ДатаКонца={day:%d.%m.%Y}",
            f"РасчСчет={IBAN}",
            "СекцияРасчСчет",
            f"РасчСчет={IBAN}",
            "КонецРасчСчет",
        ]
        text.write("\n".join(head) + "\n")
        for number in range(count):
            named = (
                codes[number // step] if number % step == 0 and number // step < len(codes) else ""
            )
            went = not named and number % 5 == 4
            amount = f"{price}.00" if named else f"{1000 + number % 90000}.{number % 100:02}"
            purpose = (
                f"{named} SMMARKETING курсы үшін жария оферта бойынша төлем"
                if named
                else (
                    f"Оплата по счету № {number} от {day:%d.%m.%Y} за консультационные услуги, без "
                    f"НДС"
                )
            )
            text.write(
                f"СекцияДокумент=выписка\nНомерДокумента={number}\nДатаДокумента={day:%d.%m.%Y}\n"
                f"ДатаОперации={day:%d.%m.%Y}\nСуммаПриход={'' if went else amount}\n"
                f"СуммаРасход={amount if went else ''}\nПлательщикНаименование=Тестова Гүлнұр "
                f"{number}\n"
                f"ПлательщикБИН_ИИН=9001013{number % 100000:05}\n"
                "ПлательщикИИК=KZ86125KZT5004100100\n"
                f"ПлательщикБанкНаименование=АО «Банк "
                f"ЦентрКредит»\nПлательщикБанкБИК=KCJBKZKX\nПлательщикКБЕ=19\n"
                f"ПолучательИИК={'KZ86125KZT5004100100' if went else IBAN}\n"
                f"НазначениеПлатежа={purpose}\nКодНазначенияПлатежа=859\nКонецДокумента\n"
            )
        text.write("КонецФайла\n")


def measured(work: Callable[[Path], None], file: Path) -> dict[str, float]:
    start = time.monotonic()
    used = time.process_time()
    work(file)
    return {
        "seconds": time.monotonic() - start,
        "cpu": time.process_time() - used,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "lines": StatementLine.objects.count(),
        "settled": StatementLine.objects.filter(state=LineState.MATCHED).count(),
    }


if __name__ == "__main__":
    word, argument = sys.argv[1:3]
    if word == "orders":
        print(json.dumps(orders(int(argument))))
    elif word == "write":
        told = json.loads(sys.argv[3])
        write_statement(
            Path(argument),
            codes=told["codes"],
            price=told["price"],
            count=int(sys.argv[4]),
            day=almaty_day(timezone.now()),
        )
    else:
        print(json.dumps(measured({"bare": bare, "import": product}[word], Path(argument))))
