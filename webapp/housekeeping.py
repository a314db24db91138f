"""What the app does by itself, in one quiet thread per process: the pulse of presence, closing what was missed,
and the night sweep.

The sweep runs once a day for the whole installation, whoever gets there first.
"""

import logging
import threading
import time
from datetime import date

from flask import Flask
from sqlalchemy import Date, String, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from webapp import clock
from webapp.appointments import lifecycle, presence
from webapp.clinic import organisation
from webapp.database import Model, away, db, writing

PULSE = 60
"""Seconds between two looks."""
SOON = 1
"""Seconds until an absence that could not be noted is tried again."""
SWEEP_AT = 3
"""The hour of the clinic's night from which the sweep may run."""

log = logging.getLogger(__name__)


class DailyJob(Model):
    """A job that runs once a day, and the clinic's day on which it last did."""

    __tablename__ = "daily_jobs"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    ran_on: Mapped[date] = mapped_column(Date)


def claim(name: str, day: date) -> bool:
    """Take a day's run of a job; True for exactly one of all who ask."""
    try:
        with writing() as session:
            older = update(DailyJob).where(DailyJob.name == name, DailyJob.ran_on < day)
            if session.execute(older.values(ran_on=day)).rowcount:  # type: ignore[attr-defined]
                return True
            if session.get(DailyJob, name):
                return False
            session.add(DailyJob(name=name, ran_on=day))
    except IntegrityError:
        return False
    return True


def look() -> None:
    """Do what is due now."""
    presence.pulse()
    clinic = organisation.find()
    if clinic is None:
        return
    presence.close_missed()
    local = clock.now().astimezone(clinic.zone)
    if local.hour >= SWEEP_AT and claim("sweep", local.date()):
        lifecycle.sweep()


def start(app: Flask) -> threading.Event:
    """Start the thread; set the returned event to stop it."""
    stop = threading.Event()

    def run() -> None:
        due = time.monotonic() + PULSE
        while not stop.wait(min(SOON, PULSE)):
            with app.app_context():
                try:
                    presence.say_what_is_unsaid()
                    if time.monotonic() >= due:
                        due = time.monotonic() + PULSE
                        look()
                except Exception as error:
                    if away(error):
                        log.warning("housekeeping: the database does not answer; it tries again in a minute")
                    else:
                        log.exception("housekeeping failed; it tries again in a minute")
                finally:
                    db.session.remove()

    threading.Thread(target=run, name="housekeeping", daemon=True).start()
    return stop
