"""What templates may call: the clinic, who is signed in, and times as people read them."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask, g
from sqlalchemy.exc import SQLAlchemyError

from webapp import clock
from webapp.clinic import organisation
from webapp.staff import sessions


def init_app(app: Flask) -> None:
    """Give templates their filters and names."""
    app.context_processor(_context)
    app.jinja_env.filters.update(day=day, clock=clock_time, moment=moment, iso=iso, spoken=spoken)


def _context() -> dict[str, Any]:
    if g.get("record_away"):
        return {"clinic": None, "signed_in": lambda: None, "now": clock.now()}
    try:
        clinic = organisation.find()
    except SQLAlchemyError:
        clinic = None  # the page that says that something is wrong can do without
    return {"clinic": clinic, "signed_in": sessions.current, "now": clock.now()}


def _local(when: datetime) -> datetime:
    return when.astimezone(organisation.get().zone)


def day(when: datetime | date) -> str:
    """Return a day as "Monday 23 November 2026", on the clinic's calendar."""
    local = _local(when) if isinstance(when, datetime) else when
    return f"{local:%A} {local.day} {local:%B %Y}"


def clock_time(when: datetime) -> str:
    """Return a time as "09:40", by the clinic's clock."""
    return f"{_local(when):%H:%M}"


def moment(when: datetime) -> str:
    """Return a moment as "23 November, 09:40:12", by the clinic's clock."""
    local = _local(when)
    return f"{local.day} {local:%B, %H:%M:%S}"


def iso(when: datetime) -> str:
    """Return a moment for a machine, in UTC."""
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")


def spoken(length: timedelta) -> str:
    """Return a length as "27 minutes"."""
    minutes = round(length / timedelta(minutes=1))
    if minutes < 1:
        return "less than a minute"
    return f"{minutes} minute" if minutes == 1 else f"{minutes} minutes"
