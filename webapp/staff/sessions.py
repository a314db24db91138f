"""Signed-in browsers: begun at sign-in, ended by signing out or by the server, asleep after a while.

The signed cookie carries a random key; the record knows its hash, so the server can end any session at once.
"""

import hashlib
import secrets
from datetime import timedelta

from flask import session
from sqlalchemy import bindparam, select, update

from webapp import clock
from webapp.database import db, writing
from webapp.staff.models import Person, StaffSession

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=14)

_BY_KEY = select(StaffSession).where(StaffSession.key_hash == bindparam("key_hash"))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


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
        with writing() as db_session:
            db_session.execute(
                update(StaffSession)
                .where(StaffSession.key_hash == _hash(key), StaffSession.ended_at.is_(None))
                .values(ended_at=clock.now())
            )


def end_all(person_id: int) -> None:
    """Sign a person out everywhere."""
    with writing() as db_session:
        db_session.execute(
            update(StaffSession)
            .where(StaffSession.person_id == person_id, StaffSession.ended_at.is_(None))
            .values(ended_at=clock.now())
        )


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
        with writing() as db_session:
            db_session.execute(update(StaffSession).where(StaffSession.id == found.id).values(seen_at=now))
    return found.person
