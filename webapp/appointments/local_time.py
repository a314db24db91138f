"""Between what a clinic's clock shows and a moment in UTC, with the hours that daylight saving skips or repeats."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def moments(day: date, at: time, zone: ZoneInfo) -> list[datetime]:
    """Return the moments (aware UTC, in order) at which clocks in the zone show this: none, one, or two of them."""
    found = []
    for fold in (0, 1):
        local = datetime.combine(day, at, zone).replace(fold=fold)
        moment = local.astimezone(UTC)
        shown = moment.astimezone(zone)
        if (shown.date(), shown.time()) == (day, at) and moment not in found:
            found.append(moment)
    return sorted(found)


def after_the_gap(day: date, at: time, zone: ZoneInfo) -> str:
    """Return the first time that exists after a skipped one, as HH:MM."""
    before = datetime.combine(day, at, zone).replace(fold=0).utcoffset() or timedelta(0)
    shown = (datetime.combine(day, at, UTC) - before).astimezone(zone)
    # At the far side of the gap: walk back by minutes while the offset stays the new one.
    while (shown.astimezone(UTC) - timedelta(minutes=1)).astimezone(zone).utcoffset() == shown.utcoffset():
        shown = (shown.astimezone(UTC) - timedelta(minutes=1)).astimezone(zone)
    return shown.strftime("%H:%M")


def same_day_next_month(day: date, months: int) -> date:
    """Return the same day some months on, or the last day of a month that is too short for it."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first moment of a local day and of the next, in UTC; a day may last 23 or 25 hours."""
    start = datetime.combine(day, time(0), zone).astimezone(UTC)
    return start, datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)
