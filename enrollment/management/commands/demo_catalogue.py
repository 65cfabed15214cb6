"""Fill the catalogue of a development site: a cohort on sale, its windows, all the texts."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from enrollment.management.sample_home import HOME, sample_items
from enrollment.management.sample_signature import sample_signature
from enrollment.models import (
    Academy,
    Cohort,
    Course,
    Edition,
    HomePage,
    Package,
    PriceLevel,
    PriceWindow,
    ProgrammeItem,
    ProgrammePart,
    SignatureImage,
)
from enrollment.operations.offering.home import edit_home, publish_home
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
# One a line, in Kazakh and in Russian; «+» names the package whose features it has.
FEATURES = {
    "ozim": (
        "24 сабақ пен тапсырма, жазбасы\nСертификат",
        "24 урока и задания, записи\nСертификат",
    ),
    "birge": (
        "+ ӨЗІМ пакетіндегінің бәрі және\nТапсырмаға куратор пікірі\nТоптық кездесулер",
        "+ Всё из пакета ӨЗІМ и\nРазбор заданий куратором\nВстречи группы",
    ),
    "vip": (
        "+ БІРГЕ пакетіндегінің бәрі және\nАвтормен жеке кеңес",
        "+ Всё из пакета БІРГЕ и\nЛичные консультации автора",
    ),
}
PROGRAMME = (
    (
        "Негіз",
        "Основа",
        "Мақсат, аудитория, бәсекелестерді талдау.",
        "Цель, аудитория, разбор конкурентов.",
    ),
    (
        "Бейін және контент",
        "Профиль и контент",
        "Бейінді безендіру, айдарлар, контент-жоспар.",
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
            features_kk, features_ru = FEATURES[slug]
            Package.objects.filter(slug=slug, tagline_kk="").update(
                tagline_kk=kk, tagline_ru=ru, features_kk=features_kk, features_ru=features_ru
            )
        self._home(course, at)
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
        parts = self._programme(cohort)
        ProgrammePart.objects.bulk_create(parts)
        ProgrammeItem.objects.bulk_create(sample_items(cohort, parts))
        self.stdout.write(
            f"cohort {cohort}: {starts_on:%d.%m.%Y} – {ends_on:%d.%m.%Y}, {SEATS} places"
        )

    @staticmethod
    def _home(course: Course, at: datetime) -> None:
        """Publish the sample words where staff have written none."""
        if not HomePage.objects.filter(course=course).exists():
            edit_home(course=course, content=HOME, by="system", at=at)
            publish_home(course=course, by="system", at=at)

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
