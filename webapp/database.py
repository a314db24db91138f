"""How the record is reached: the base of all models, aware UTC times, SQLite's manners, the one way to write.

Knows no model. Reading needs nothing special; whoever writes does so inside `writing()`.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, MetaData, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Model(DeclarativeBase):
    """The base of every table; constraints are named so that migrations can change them later."""

    metadata = MetaData(naming_convention=NAMES)


class UTCDateTime(TypeDecorator[datetime]):
    """A moment: aware UTC in Python, `timestamptz` in PostgreSQL, naive UTC in SQLite. Naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def migration_type(kind: str, item: Any, context: Any) -> str | bool:
    """Write our own types into migrations as the plain ones they are, so that migrations need nothing of webapp."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UTCDateTime) else False


db = SQLAlchemy(model_class=Model, session_options={"expire_on_commit": False})

PATIENCE = 1.5
"""Seconds that a write waits for its turn, and again for a file that another process is writing to."""


class Away(Exception):
    """The record cannot be written to now; nothing was. It may be tried again in a moment."""


class Turns:
    """SQLite lets one writer in at a time and makes the others poll; inside one process they queue here instead.

    Where another process keeps the file, the one whose turn it is finds out, and those behind it are sent away at once:
    else each would wait in a thread that a page needs.
    """

    def __init__(self) -> None:
        self._one = threading.Lock()
        self._away_until = 0.0

    @contextmanager
    def one(self, session: Session) -> Iterator[None]:
        """Hold the turn, with the file ours to write to."""
        if self._sent_away() or not self._one.acquire(timeout=PATIENCE):
            raise Away
        try:
            if self._sent_away():
                raise Away
            try:
                session.connection(execution_options={"intent": "write"})
            except OperationalError:
                self._away_until = time.monotonic() + PATIENCE / 2
                raise
            yield
        finally:
            self._one.release()

    def _sent_away(self) -> bool:
        return time.monotonic() < self._away_until


_turns = Turns()


@contextmanager
def writing() -> Iterator[Session]:
    """Hold one short write transaction: begun with the intent to write, committed at the end, undone on an error.

    Whatever was read before is left behind in its own, finished transaction: no write grows out of an old snapshot.
    """
    session = db.session()
    session.commit()
    try:
        if db.engine.dialect.name == "sqlite":
            with _turns.one(session):
                yield session
                session.commit()
        else:
            yield session
            session.commit()
    except BaseException:
        session.rollback()
        raise


_SQLITE_AWAY = {5, 6, 8, 10, 13, 14, 15}
"""Busy, locked, read only, not readable, full, not to be opened, a broken protocol of locks."""


def away(error: BaseException) -> bool:
    """Say whether an error means that the record cannot be reached now, rather than that something is wrong."""
    if isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_AWAY
    return isinstance(error, (Away, TimeoutError, OperationalError, InterfaceError))


@contextmanager
def if_possible() -> Iterator[None]:
    """Go on where a write was but a note and the record is away: what was asked for may still be read."""
    try:
        yield
    except Exception as error:
        if not away(error):
            raise
        with suppress(DBAPIError):
            db.session.rollback()


@event.listens_for(Engine, "connect")
def _sqlite_manners(connection: Any, record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # transactions are begun below, not guessed by the driver
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={PATIENCE * 1000:.0f}",
        ):
            connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        write = connection.get_execution_options().get("intent") == "write"
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
