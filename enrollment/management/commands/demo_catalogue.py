"""Fill the catalogue of a development site: a cohort on sale, its windows, all the texts."""

from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from enrollment.management.sample_signature import sample_signature
from enrollment.models import (
    Academy,
    Cohort,
    Course,
    Edition,
    Package,
    PriceLevel,
    PriceWindow,
    ProgrammePart,
    SignatureImage,
)
from enrollment.operations.paper.signatures import keep_signature
from enrollment.operations.training.cohorts import set_seats
from offer_site.days import add_months_and_days, almaty_day, start_of_day

SEATS = 40
# Invented.
BANK = {
    "iin": "900101300823",
    "iban": "KZ79722S000001674774",
    "bank": "«Kaspi Bank» АҚ",
    "bic": "CASPKZKA",
}
TAGLINES = {
    "ozim": ("Өз қарқыныңызбен", "В своём темпе"),
    "birge": ("Топта, куратормен", "В группе с куратором"),
    "vip": ("Жеке жетекшілікпен", "С личным сопровождением"),
}
# In Kazakh, in Russian, and the packages that have it.
FEATURES = (
    ("Барлық сабақ пен тапсырма", "Все уроки и задания", ("ozim", "birge", "vip")),
    ("Сертификат", "Сертификат", ("ozim", "birge", "vip")),
    ("Тапсырмаға куратор пікірі", "Разбор заданий куратором", ("birge", "vip")),
    ("Топтық кездесулер", "Встречи группы", ("birge", "vip")),
    ("Жеке кеңес", "Личные консультации", ("vip",)),
)
PROGRAMME = (
    (
        "Негіздер",
        "Основы",
        "Мақсат, аудитория, бәсекелестерді талдау.",
        "Цель, аудитория, разбор конкурентов.",
    ),
    (
        "Профиль мен контент",
        "Профиль и контент",
        "Профильді безендіру, айдарлар, контент-жоспар.",
        "Оформление профиля, рубрики, контент-план.",
    ),
    (
        "Мәтін, фото, видео",
        "Текст, фото, видео",
        "Мәтін жазу, түсірілім, қысқа видео монтаждау.",
        "Тексты, съёмка, монтаж коротких видео.",
    ),
    (
        "Жарнама",
        "Реклама",
        "Таргетті баптау, бюджет, нәтижені талдау.",
        "Настройка таргета, бюджет, разбор результатов.",
    ),
    ("Сату", "Продажи", "Өтінімнен төлемге дейінгі жол.", "Путь от заявки до оплаты."),
    ("Қорытынды", "Итог", "Жеке жоба, есеп, сертификат.", "Свой проект, отчёт, сертификат."),
)


class Command(BaseCommand):
    help = (
        "Fill the catalogue of a development site with a cohort on sale; done twice, "
        "it changes nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        edition = Edition.objects.in_force(at).get()
        course = Course.objects.get(name=edition.terms["course"])
        Academy.objects.filter(pk=edition.academy_id, iban="").update(**BANK)
        if not SignatureImage.objects.signing_for(edition.academy).exists():
            keep_signature(academy=edition.academy, content=sample_signature(), by="system", at=at)
        for slug, (kk, ru) in TAGLINES.items():
            signs = ["" if slug in having else "- " for _kk, _ru, having in FEATURES]
            Package.objects.filter(slug=slug, tagline_kk="").update(
                tagline_kk=kk,
                tagline_ru=ru,
                features_kk="\n".join(
                    sign + each[0] for sign, each in zip(signs, FEATURES, strict=True)
                ),
                features_ru="\n".join(
                    sign + each[1] for sign, each in zip(signs, FEATURES, strict=True)
                ),
            )
        if Cohort.objects.filter(ends_on__gte=almaty_day(at)).exists():
            self.stdout.write("a cohort is there already")
            return
        starts_on = self._monday_in_two_weeks(almaty_day(at))
        duration = edition.terms["duration"]
        ends_on = add_months_and_days(starts_on, duration["months"], duration["days"])
        cohort = Cohort.objects.create(
            course=course,
            name=f"{course.name} {starts_on:%Y-%m}",
            starts_on=starts_on,
            ends_on=ends_on,
            joining_link="https://t.me/+sample",
            joining_opens_on=starts_on - timedelta(days=2),
        )
        set_seats(cohort=cohort, seats=SEATS, by="system", at=at)
        full_from = start_of_day(starts_on - timedelta(days=7))
        PriceWindow.objects.create(
            cohort=cohort,
            level=PriceLevel.STANDARD,
            opens_at=at - timedelta(minutes=1),
            closes_at=full_from,
        )
        PriceWindow.objects.create(
            cohort=cohort,
            level=PriceLevel.FULL,
            opens_at=full_from,
            closes_at=start_of_day(starts_on),
        )
        ProgrammePart.objects.bulk_create(self._programme(cohort))
        self.stdout.write(
            f"cohort {cohort}: {starts_on:%d.%m.%Y} – {ends_on:%d.%m.%Y}, {SEATS} places"
        )

    @staticmethod
    def _monday_in_two_weeks(today: date) -> date:
        return today + timedelta(days=14 + (7 - today.weekday()) % 7)

    @staticmethod
    def _programme(cohort: Cohort) -> list[ProgrammePart]:
        parts = []
        for number, (title_kk, title_ru, text_kk, text_ru) in enumerate(PROGRAMME, start=1):
            first = cohort.starts_on + timedelta(days=7 * (number - 1))
            last = cohort.ends_on if number == len(PROGRAMME) else first + timedelta(days=6)
            parts.append(
                ProgrammePart(
                    cohort=cohort,
                    number=number,
                    title_kk=title_kk,
                    title_ru=title_ru,
                    text_kk=text_kk,
                    text_ru=text_ru,
                    starts_on=first,
                    ends_on=last,
                )
            )
        return parts
