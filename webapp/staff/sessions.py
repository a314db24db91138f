"""Signed-in browsers: begun at sign-in, ended by signing out or by the server, asleep after a while.

The signed cookie carries a random key; the record knows its hash, so the server can end any session at once.
"""

import hashlib
import secrets
from datetime import timedelta

from flask import session
from sqlalchemy import ColumnElement, bindparam, select, update

from webapp import clock
from webapp.database import db, if_possible, writing
from webapp.extensions import hub
from webapp.staff.models import Person, StaffSession

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=14)

_BY_KEY = select(StaffSession).where(StaffSession.key_hash == bindparam("key_hash"))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def key_hash() -> str:
    """Return what the record knows this browser's session by; empty where there is none."""
    key = session.get("key")
    return _hash(key) if key else ""


def begin(person: Person) -> None:
    """Sign this browser in as the person, under a new key."""
    end()
    session.clear()
    key = session["key"] = secrets.token_urlsafe(32)
    now = clock.now()
    with writing() as db_session:
        db_session.add(StaffSession(key_hash=_hash(key), person_id=person.id, created_at=now, seen_at=now))


def end() -> None:
    """Sign this browser out, in the record first."""
    key = session.pop("key", None)
    if key:
        _end(StaffSession.key_hash == _hash(key))


def end_all(person_id: int) -> None:
    """Sign a person out everywhere."""
    _end(StaffSession.person_id == person_id)


def _end(which: ColumnElement[bool]) -> None:
    """End sessions in the record, and then the sockets that were opened in them."""
    live = update(StaffSession).where(which, StaffSession.ended_at.is_(None))
    with writing() as db_session:
        ended = db_session.scalars(live.values(ended_at=clock.now()).returning(StaffSession.key_hash)).all()
    for key_hash in ended:
        hub.close_of(key_hash)


def current() -> Person | None:
    """Return who is signed in with this browser, if anyone still is."""
    key = session.get("key")
    if not key:
        return None
    found = db.session.scalar(_BY_KEY, {"key_hash": _hash(key)})
    now = clock.now()
    if (
        found is None
        or found.ended_at is not None
        or not found.person.active
        or now - found.seen_at > IDLE
        or now - found.created_at > LONGEST
    ):
        return None
    if now - found.seen_at > timedelta(minutes=5):
        with if_possible(), writing() as db_session:
            db_session.execute(update(StaffSession).where(StaffSession.id == found.id).values(seen_at=now))
    return found.person
