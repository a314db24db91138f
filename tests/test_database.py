"""How the record is reached: moments with their zone, and writes that are whole or nothing."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, StatementError

from tests.cast import NINE, Cast, book, furnish
from webapp.appointments.models import Appointment
from webapp.database import db, writing
from webapp.staff.models import Person


def someone(email: str, created_at: datetime = NINE) -> Person:
    return Person(name="Someone", email=email, password_hash="x", role="clinician", active=True, created_at=created_at)


def test_a_moment_comes_back_as_it_was_in_utc(either_app: Flask) -> None:
    there = datetime(2026, 7, 1, 23, 30, 15, 123456, tzinfo=timezone(timedelta(hours=-7)))
    with writing() as session:
        session.add(someone("a@example.org", there))
    db.session.remove()
    found = db.session.scalar(select(Person))
    assert found
    assert found.created_at == there
    assert found.created_at.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(either_app: Flask) -> None:
    with pytest.raises(StatementError, match="without a time zone"), writing() as session:
        session.add(someone("a@example.org", datetime(2026, 7, 1)))


def test_a_write_is_whole_or_nothing(either_app: Flask) -> None:
    with pytest.raises(RuntimeError), writing() as session:  # noqa: PT012
        session.add(someone("a@example.org"))
        session.flush()
        raise RuntimeError
    assert db.session.query(Person).count() == 0


def test_after_a_write_that_failed_the_next_one_works(either_app: Flask) -> None:
    for _ in range(3):
        with pytest.raises(IntegrityError), writing() as session:
            session.add_all([someone("a@example.org"), someone("a@example.org")])
    with writing() as session:
        session.add(someone("a@example.org"))
    assert db.session.query(Person).count() == 1


def test_a_write_sees_what_others_have_written_since_the_last_look(either_app: Flask) -> None:
    """It never grows out of an old snapshot: SQLite would refuse that, and a guard would read what is past."""
    assert db.session.query(Person).count() == 0

    def another() -> None:
        with either_app.app_context(), writing() as session:
            session.add(someone("b@example.org"))

    thread = threading.Thread(target=another)
    thread.start()
    thread.join()
    with writing() as session:
        assert session.query(Person).count() == 1
        session.add(someone("a@example.org"))


def test_many_writers_wait_for_each_other(either_app: Flask) -> None:
    faults: list[BaseException] = []

    def write(number: int) -> None:
        with either_app.app_context():
            try:
                for turn in range(10):
                    with writing() as session:
                        session.add(someone(f"{number}-{turn}@example.org"))
            except BaseException as fault:
                faults.append(fault)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert db.session.query(Person).count() == 80


def test_an_appointment_ends_after_it_starts_and_belongs_to_somebody(either_app: Flask) -> None:
    cast = furnish()
    appointment = book(cast.ada)
    for spoiled in ({"ends_at": appointment.starts_at}, {"status": "lost"}, {"clinician_id": 999}):
        with pytest.raises(IntegrityError), writing() as session:
            session.query(Appointment).update(spoiled)  # type: ignore[arg-type]


def test_sqlite_keeps_what_was_committed_and_lets_readers_in(app: Flask, cast: Cast) -> None:
    with db.engine.connect() as connection:
        says = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert says == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 1500}
