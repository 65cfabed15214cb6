"""Days of Kazakhstan: a moment becomes its Almaty date first, and dates are counted."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from offer_site.money import NO_BREAK_SPACE

# The zone left +06 for +05 on 1 March 2024: the last hour of 29 February came twice, so that day
# had 25 hours, and midnight must come from the zone, never from adding 24 hours.
# Needs tzdata 2024a or newer.
ALMATY = ZoneInfo("Asia/Almaty")

HALF_A_MONTH = 15  # days

MONTHS = {
    "kk": (
        "қаңтар", "ақпан", "наурыз", "сәуір", "мамыр", "маусым",
        "шілде", "тамыз", "қыркүйек", "қазан", "қараша", "желтоқсан",
    ),
    "ru": (
        "января", "февраля", "марта", "апреля", "мая", "июня",
        "июля", "августа", "сентября", "октября", "ноября", "декабря",
    ),
}  # fmt: skip

# Kazakh declines the month: «7 желтоқсанда» (on that day). Russian needs one form.
ENDINGS_ON = ("да", "да", "да", "де", "да", "да", "де", "да", "те", "да", "да", "да")


def almaty_day(at: datetime) -> date:
    """The day in Almaty at a moment; ValueError for a moment without a zone."""
    if at.utcoffset() is None:
        raise ValueError(f"a moment without a zone has no day: {at!r}")
    return at.astimezone(ALMATY).date()


def start_of_day(day: date) -> datetime:
    """00:00 of a day in Almaty, in UTC."""
    return datetime.combine(day, time.min, ALMATY).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """24:00 of a day in Almaty, in UTC: in time means `at < end_of_day(day)`."""
    return start_of_day(day + timedelta(days=1))


def end_of_tomorrow(at: datetime) -> datetime:
    """24:00 of the next Almaty day, in UTC."""
    return end_of_day(almaty_day(at) + timedelta(days=1))


def last_day(until: datetime) -> date:
    """The last Almaty day before a moment that ends a deadline: 24:00 belongs to the day before."""
    return almaty_day(until - timedelta(microseconds=1))


def add_months(day: date, months: int) -> date:
    """The same number of a later month, or its last day if it has no such number."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    month = month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def add_months_and_days(day: date, months: int, days: int) -> date:
    """Whole months first, then days: 1.5 months are one month and `HALF_A_MONTH` (4.1)."""
    return add_months(day, months) + timedelta(days=days)


def short_day(day: date) -> str:
    """A day in tables and papers: 22.11.2026."""
    return f"{day:%d.%m}.{day.year:04}"


def day_in_words(day: date, language: str) -> str:
    """A day in sentences: «2026 жылғы 22 қараша», «22 ноября 2026 г.»."""
    month = MONTHS[language][day.month - 1]
    if language == "kk":
        return f"{day.year} жылғы {day.day} {month}"
    return f"{day.day} {month} {day.year} г."


def day_on(day: date, language: str) -> str:
    """The day on which something happens: «7 желтоқсанда», «7 декабря»."""
    ending = ENDINGS_ON[day.month - 1] if language == "kk" else ""
    return f"{day.day}{NO_BREAK_SPACE}{MONTHS[language][day.month - 1]}{ending}"
