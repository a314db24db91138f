"""Between a clinic's clock and UTC, in the hours that daylight saving skips and repeats."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from webapp.appointments.local_time import after_the_gap, day_bounds, moments, same_day_next_month

LONDON = ZoneInfo("Europe/London")
FORWARD, BACK = date(2027, 3, 28), date(2027, 10, 31)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (date(2026, 11, 23), time(9), [utc(2026, 11, 23, 9)]),
        (date(2026, 7, 1), time(9), [utc(2026, 7, 1, 8)]),
        (FORWARD, time(0, 59), [utc(2027, 3, 28, 0, 59)]),
        (FORWARD, time(1), []),
        (FORWARD, time(1, 30), []),
        (FORWARD, time(1, 59), []),
        (FORWARD, time(2), [utc(2027, 3, 28, 1)]),
        (BACK, time(0, 59), [utc(2027, 10, 30, 23, 59)]),
        (BACK, time(1), [utc(2027, 10, 31, 0), utc(2027, 10, 31, 1)]),
        (BACK, time(1, 30), [utc(2027, 10, 31, 0, 30), utc(2027, 10, 31, 1, 30)]),
        (BACK, time(2), [utc(2027, 10, 31, 2)]),
        (date(2026, 10, 25), time(1, 30), [utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)]),
    ],
)
def test_a_time_on_the_clock_is_one_moment_or_none_or_two(day: date, at: time, expected: list[datetime]) -> None:
    assert moments(day, at, LONDON) == expected


def test_half_an_hour_of_daylight_saving_is_understood_too() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    assert moments(date(2026, 10, 4), time(2, 15), lord_howe) == []
    assert len(moments(date(2027, 4, 4), time(1, 45), lord_howe)) == 2


@pytest.mark.parametrize(
    ("day", "at", "zone", "expected"),
    [
        (FORWARD, time(1), "Europe/London", "02:00"),
        (FORWARD, time(1, 30), "Europe/London", "02:00"),
        (date(2027, 3, 14), time(2, 45), "America/New_York", "03:00"),
        (date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe", "02:30"),
    ],
)
def test_after_a_skipped_time_comes_the_first_one_that_exists(day: date, at: time, zone: str, expected: str) -> None:
    assert after_the_gap(day, at, ZoneInfo(zone)) == expected


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 15), 1, date(2026, 2, 15)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_a_month_that_is_too_short_gives_its_last_day(day: date, months: int, expected: date) -> None:
    assert same_day_next_month(day, months) == expected


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 11, 23), 24), (FORWARD, 23), (BACK, 25)])
def test_a_day_may_last_23_or_25_hours(day: date, hours: int) -> None:
    start, end = day_bounds(day, LONDON)
    assert end - start == timedelta(hours=hours)
    assert start.astimezone(LONDON).date() == day
    assert end.astimezone(LONDON).time() == time(0)
