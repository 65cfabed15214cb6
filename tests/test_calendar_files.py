"""Files for calendars: read by a reader that knows the standard's folds and signs, and no more."""

from datetime import UTC, date, datetime

from offer_site.calendar_files import CalendarEvent, calendar_file
from offer_site.file_names import file_name

NOW = datetime(2026, 11, 22, 13, 48, tzinfo=UTC)


def read(content: bytes) -> list[dict[str, str]]:
    """The events, unfolded and unescaped."""
    lines = content.decode().replace("\r\n ", "").split("\r\n")
    events: list[dict[str, str]] = []
    for line in lines:
        if line == "BEGIN:VEVENT":
            events.append({})
        elif events and ":" in line:
            name, _colon, value = line.partition(":")
            plain = value.replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
            events[-1][name] = plain
    return events


def test_a_moment_is_told_in_utc_and_a_day_as_a_day():
    lesson = CalendarEvent(
        "lesson-1@a.kz", "Сабақ", begins_at=NOW, ends_at=NOW.replace(hour=15), url="https://a.kz/"
    )
    last = CalendarEvent("ends@a.kz", "Соңғы күн", day=date(2026, 12, 31))
    first, second = read(calendar_file([lesson, last], at=NOW))
    assert (first["DTSTART"], first["DTEND"]) == ("20261122T134800Z", "20261122T154800Z")
    assert second["DTSTART;VALUE=DATE"] == "20261231"
    assert second["DTEND;VALUE=DATE"] == "20270101", "the standard's end is the day after"


def test_signs_of_the_format_in_a_title_stay_words():
    title = "Бірінші, екінші; \\ үшінші\r\nEND:VCALENDAR"
    (event,) = read(calendar_file([CalendarEvent("1@a.kz", title, day=date(2026, 12, 7))], at=NOW))
    assert event["SUMMARY"] == "Бірінші, екінші; \\ үшінші END:VCALENDAR"


def test_a_long_line_is_folded_between_letters():
    title = "Қазақша ұзақ тақырып " * 20
    content = calendar_file([CalendarEvent("1@a.kz", title, day=date(2026, 12, 7))], at=NOW)
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert read(content)[0]["SUMMARY"] == title.strip()


def test_a_name_of_a_file_keeps_letters_of_any_script_and_nothing_else():
    assert file_name("Шарт", "SMMARKETING", "22.11.2026", ending="pdf") == (
        "Шарт-SMMARKETING-22.11.2026.pdf"
    )
    assert file_name("../../etc", 'a"b\r\nc', "", ending="txt") == "etc-a-b-c.txt"
    assert len(file_name("ұ" * 300, ending="pdf")) <= 84
