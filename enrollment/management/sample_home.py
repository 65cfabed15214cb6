"""Sample words of a home page, and the lessons of a sample programme, for development sites.

The course stays marked as a sample, and the page says so wherever a visitor could take them for
facts. Works and reviews of students have no sample: nobody is invented.
"""

from datetime import time, timedelta
from typing import Any

from enrollment.models import Cohort, ProgrammeItem, ProgrammePart
from enrollment.rules.programme import ItemKind

HOME: dict[str, Any] = {
    "promise_kk": "SMM-ді өз жобаңызда үйреніңіз. Бір жарым айда.",
    "promise_ru": "Освойте SMM на своём проекте. За полтора месяца.",
    "place_kk": "онлайн, 19:00",
    "place_ru": "онлайн, 19:00",
    "hours": 4,
    "months": 12,
    "lesson_title_kk": "Үлгі сабақ: аудиторияны қалай табамыз",
    "lesson_title_ru": "Пример урока: как найти свою аудиторию",
    "lesson_note_kk": "6 минут · YouTube-та ашылады",
    "lesson_note_ru": "6 минут · откроется на YouTube",
    "lesson_url": "https://www.youtube.com/",
    "lesson_rows_kk": "Тікелей сабақ: аптасына екі рет, 90 минут, сейсенбі мен бейсенбі, 19:00\n"
    "Жазба: келесі күні кабинетте, курс біткенше\n"
    "Тапсырма: аптасына бір, өз жобаңыз бойынша\n"
    "Тіл: қазақша",
    "lesson_rows_ru": "Прямой эфир: два раза в неделю по 90 минут, вторник и четверг, 19:00\n"
    "Запись: на следующий день в кабинете, до конца курса\n"
    "Задание: одно в неделю, по своему проекту\n"
    "Язык: казахский",
    "author_name_kk": "Лаура Лесбек",
    "author_name_ru": "Лаура Лесбек",
    "author_story_kk": "Автордың өз сөзімен жазылған бес-алты сөйлем: немен айналысады, неше жыл, "
    "кімдерді оқытты, бұл курс неден туды.\n\nЦифр жазылса, қайдан алынғаны қоса жазылады.",
    "author_story_ru": "Пять-шесть предложений словами автора: чем занимается, сколько лет, кого "
    "учила, из чего вырос этот курс.\n\nЕсли названа цифра, рядом сказано, откуда она.",
    "whom_yes_kk": "өз ісіңізді Instagram-да өзіңіз жүргізгіңіз келсе\n"
    "SMM-ді мамандық етіп бастасаңыз\n"
    "компанияңыздың бетіне жауап берсеңіз",
    "whom_yes_ru": "вы хотите сами вести Instagram своего дела\n"
    "вы начинаете работать в SMM\n"
    "вы отвечаете за страницу компании",
    "whom_no_kk": "аптасына 4 сағат таба алмасаңыз\n"
    "дайын табысқа кепілдік іздесеңіз: біз оны бермейміз\n"
    "бетті біреу сіздің орныңызға жүргізгенін қаласаңыз",
    "whom_no_ru": "нет четырёх часов в неделю\n"
    "вы ищете гарантию дохода: мы её не даём\n"
    "вы хотите, чтобы страницу вели за вас",
    "questions_kk": "Сабаққа келе алмасам ше?\n"
    "Жазбасы келесі күні кабинетте болады. Тапсырманы мерзімінде тапсыру керек.",
    "questions_ru": "А если пропущу урок?\n"
    "Запись будет на следующий день в кабинете. Задание нужно сдать в срок.",
    "chat_hours_kk": "Жұмыс күндері 10:00–19:00 аралығында жауап береміз.",
    "chat_hours_ru": "Отвечаем по рабочим дням с 10:00 до 19:00.",
}
# In Kazakh, in Russian, and how it is held; four a part: live, recorded, live, an assignment.
LESSONS = (
    (
        ("Мақсат пен аудитория", "Цель и аудитория"),
        ("Бәсекелестерді талдау", "Разбор конкурентов"),
        ("Ұсынысты құрастыру", "Формула предложения"),
        ("Практика: өз жобаңыздың картасы", "Практика: карта своего проекта"),
    ),
    (
        ("Бейінді безендіру", "Оформление профиля"),
        ("Айдарлар", "Рубрики"),
        ("Контент-жоспар", "Контент-план"),
        ("Практика: екі аптаның жоспары", "Практика: план на две недели"),
    ),
    (
        ("Мәтін", "Текст"),
        ("Фото", "Фото"),
        ("Қысқа видео", "Короткое видео"),
        ("Практика: үш жарияланым", "Практика: три публикации"),
    ),
    (
        ("Таргет баптау", "Настройка таргета"),
        ("Бюджет", "Бюджет"),
        ("Нәтижені оқу", "Чтение результата"),
        ("Практика: алғашқы жарнама", "Практика: первое объявление"),
    ),
    (
        ("Өтініммен жұмыс", "Работа с заявкой"),
        ("Хат алмасу", "Переписка"),
        ("Қайта келетін сатып алушы", "Покупатель, который возвращается"),
        ("Практика: сату жолы", "Практика: путь продажи"),
    ),
    (
        ("Жоба жоспары", "План проекта"),
        ("Көрсеткіштер", "Показатели"),
        ("Есеп", "Отчёт"),
        ("Жобаны қорғау", "Защита проекта"),
    ),
)
LIVE, RECORDED, TASK = 90, 30, 120  # minutes
AFTER = (1, 2, 3, 5)  # days from the first of a part


def sample_items(cohort: Cohort, parts: list[ProgrammePart]) -> list[ProgrammeItem]:
    """The lessons and assignments of the parts of a cohort, not saved."""
    items = []
    for part, lessons in zip(parts, LESSONS, strict=False):
        for place, (kk, ru) in enumerate(lessons):
            is_task = place == len(lessons) - 1
            is_recorded = place == 1
            number = part.number if is_task else 3 * (part.number - 1) + place + 1
            live_at = None if is_task or is_recorded else time(19)
            items.append(
                ProgrammeItem(
                    cohort=cohort,
                    kind=ItemKind.ASSIGNMENT if is_task else ItemKind.LESSON,
                    number=number,
                    title_kk=kk,
                    title_ru=ru,
                    day=part.starts_on + timedelta(days=AFTER[place]),
                    begins_at=live_at,
                    minutes=TASK if is_task else RECORDED if is_recorded else LIVE,
                    is_recorded=is_recorded,
                )
            )
    return items
