"""Which price level is offered when: windows by the server's clock, and a webinar's signed code."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from enrollment.rules.prices import following_level, offered_level, webinar_code, webinar_code_end

OPENS, TURNS, ENDS = (datetime(2026, 11, day, 19, tzinfo=UTC) for day in (1, 10, 20))
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Window:
    level: str
    opens_at: datetime
    closes_at: datetime | None


WINDOWS = [Window("standard", OPENS, TURNS), Window("full", TURNS, ENDS)]


@pytest.mark.clause("4.1")
@pytest.mark.parametrize(
    ("at", "level"),
    [
        (OPENS - MOMENT, None),
        (OPENS, "standard"),
        (TURNS - MOMENT, "standard"),
        (TURNS, "full"),
        (ENDS - MOMENT, "full"),
        (ENDS, None),
    ],
)
def test_a_window_is_open_from_its_first_instant_until_just_before_its_last(at, level):
    offered = offered_level(WINDOWS, at)
    assert (offered.level if offered else None) == level


def test_of_two_open_windows_the_lower_price_is_offered():
    always = [Window("full", OPENS, None), Window("standard", OPENS, TURNS)]
    assert offered_level(always, OPENS).level == "standard"
    assert offered_level(always, TURNS).level == "full"
    assert offered_level(always, TURNS).ends_at is None


@pytest.mark.clause("4.1")
def test_a_webinar_code_lowers_the_price_until_its_own_end_and_opens_nothing():
    until = OPENS + timedelta(hours=2)
    assert offered_level(WINDOWS, OPENS, until).level == "webinar"
    assert offered_level(WINDOWS, OPENS, until).ends_at == until
    assert offered_level(WINDOWS, until, until).level == "standard"
    assert offered_level(WINDOWS, ENDS, ENDS + timedelta(days=1)) is None


def test_what_follows_is_what_will_be_offered_when_the_present_level_ends():
    assert following_level(WINDOWS, offered_level(WINDOWS, OPENS)).level == "full"
    assert following_level(WINDOWS, offered_level(WINDOWS, TURNS)) is None
    until = OPENS + timedelta(hours=2)
    assert following_level(WINDOWS, offered_level(WINDOWS, OPENS, until)).level == "standard"


def test_a_code_says_its_end_to_the_minute_however_it_is_typed():
    ends_at = datetime(2026, 11, 5, 16, 30, tzinfo=UTC)
    code = webinar_code(secret="s", cohort_id=7, ends_at=ends_at)
    for typed in (code, code.lower(), code.replace("-", ""), f" {code[:5]} {code[5:]} "):
        assert webinar_code_end(typed, secret="s", cohort_id=7) == ends_at


def test_a_code_of_another_cohort_or_with_a_changed_letter_opens_nothing():
    code = webinar_code(secret="s", cohort_id=7, ends_at=OPENS)
    assert webinar_code_end(code, secret="s", cohort_id=8) is None
    assert webinar_code_end(code, secret="t", cohort_id=7) is None
    for place, char in enumerate(code):
        if char != "-":
            forged = code[:place] + ("2" if char != "2" else "3") + code[place + 1 :]
            assert webinar_code_end(forged, secret="s", cohort_id=7) is None
    for rubbish in ("", "W", "💥" * 17, "W" + "0" * 400, "W000000" + "ё" * 10):
        assert webinar_code_end(rubbish, secret="s", cohort_id=7) is None
