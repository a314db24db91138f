"""Who is there: from the sockets of this process, and from what the record last saw.

A seat is held by one window, the newest that pressed. Its socket makes it present; where no socket gets through, a
panel fetched within the last SEEN_WITHIN does. That someone is away is shown at once; it goes on the timeline when they
are back, or while they are away (timeline.py), and only if it was more than a BLINK.
"""

import threading
from datetime import datetime, timedelta

from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from webapp import clock
from webapp.appointments.models import BOOKED, CLIENT, CLINICIAN, IN_CALL, ROLES, Appointment, Event, Seat
from webapp.appointments.phases import missed_before
from webapp.appointments.record import again, by_ref, current_phase, publish
from webapp.clinic import organisation
from webapp.database import away, db, writing
from webapp.extensions import hub

SEEN_WITHIN = timedelta(seconds=20)
LEAVE_AFTER = timedelta(seconds=30)
FRESH = timedelta(seconds=5)
BLINK = timedelta(seconds=3)
"""A seat that is back sooner has not dropped out of the call: a reload, or a server that was restarted."""


_unsaid: list[tuple[str, str, str, datetime]] = []
"""Whose sockets closed (room, role, window, when) while the record was away: it does not know it yet."""
_unsaid_lock = threading.Lock()


def present(appointment: Appointment, role: str) -> bool:
    """Say whether the holder of a seat is there."""
    seat = appointment.seat(role)
    lately = seat.seen_at and seat.gone_at is None and clock.now() - seat.seen_at < SEEN_WITHIN
    if lately and any(each[:3] == (appointment.ref, role, seat.window) for each in _unsaid):
        lately = False  # gone, and the record does not know it yet
    return hub.present(appointment.ref, role) or bool(lately)


def gone_since(appointment: Appointment, role: str) -> datetime | None:
    """Return since when the holder of a seat has been away; None while it is there."""
    if present(appointment, role):
        return None
    seat = appointment.seat(role)
    return seat.gone_at or seat.seen_at or appointment.started_at or appointment.created_at


def may_leave(appointment: Appointment) -> bool:
    """Say whether the client may leave the call: the clinician has been gone for 30 seconds."""
    since = gone_since(appointment, CLINICIAN)
    return appointment.status == IN_CALL and since is not None and clock.now() - since >= LEAVE_AFTER


def held_elsewhere(appointment: Appointment, role: str, window: str) -> bool:
    """Say whether another window holds the seat and is there."""
    return appointment.seat(role).window not in (None, window) and present(appointment, role)


def seen(appointment: Appointment, role: str, window: str, *, press: bool = False) -> Appointment:
    """Note that a window is there, and return the appointment as it is then.

    A press takes the seat. Without one a window takes a seat only when its holder is away, and never the client's
    before the first press: an open page alone is not presence.
    """
    seat, now = appointment.seat(role), clock.now()
    pressed_before = seat.window is not None or role == CLINICIAN
    take = press or (seat.window != window and pressed_before and not present(appointment, role))
    holds = take or seat.window == window
    fresh = seat.gone_at is None and seat.seen_at is not None and now - seat.seen_at < FRESH
    away_since = seat.gone_at if holds else None  # read before the update below, which empties it
    opened = role == CLIENT and appointment.opened_at is None
    if not opened and not take and (fresh or not holds):
        return appointment
    with writing() as session:
        if opened:
            first = update(Appointment).where(Appointment.id == appointment.id, Appointment.opened_at.is_(None))
            if session.execute(first.values(opened_at=now)).rowcount:  # type: ignore[attr-defined]
                session.add(Event(appointment_id=appointment.id, at=now, what="opened", seat=role))
        if holds:
            there = _seat(appointment, role).values(window=window, seen_at=now, gone_at=None)
            back = session.execute(there.where(Seat.gone_at == away_since)) if away_since else None
            if away_since and back and back.rowcount:  # type: ignore[attr-defined]
                _note_absence(session, appointment, role, away_since, now)  # the first of all who find the seat empty
            else:
                session.execute(there)
    return publish(appointment) if opened or take or away_since else again(appointment)


def dropped(appointment: Appointment, since: datetime, until: datetime) -> bool:
    """Say whether an absence is one from the call, and more than a blink."""
    began = appointment.started_at
    return began is not None and since >= began and until - since >= BLINK


def _note_absence(session: Session, appointment: Appointment, role: str, since: datetime, now: datetime) -> None:
    """Note that someone is back in the call, and since when they were away."""
    if appointment.status != IN_CALL or now - since < BLINK:
        return
    if dropped(appointment, since, now):
        session.add(Event(appointment_id=appointment.id, at=since, what="dropped", seat=role))
    session.add(Event(appointment_id=appointment.id, at=now, what="returned", seat=role))


def gone(appointment: Appointment, role: str, window: str, at: datetime | None = None) -> None:
    """Note that the socket of a window has closed; nobody's absence where another window holds the seat."""
    if appointment.seat(role).window != window or hub.present(appointment.ref, role):
        return
    at = at or clock.now()
    with writing() as session:
        session.execute(_seat(appointment, role).where(Seat.window == window).values(gone_at=at, seen_at=at))
    publish(appointment)


def left(ref: str, role: str, window: str, at: datetime | None = None) -> None:
    """Note that a window's socket has closed, now or, where the record is away, as soon as it is back."""
    at = at or clock.now()
    try:
        appointment = by_ref(ref)
        if appointment is not None and current_phase(appointment).live:
            gone(appointment, role, window, at)
    except Exception as error:
        if not away(error):
            raise
        db.session.remove()
        with _unsaid_lock:
            _unsaid.append((ref, role, window, at))


def say_what_is_unsaid() -> None:
    """Note the absences that the record was away for."""
    with _unsaid_lock:
        waiting, _unsaid[:] = _unsaid[:], []
    for each in waiting:
        left(*each)


def pulse() -> None:
    """Note in the record, for other processes and the next start, which seats this process sees connected."""
    holding = hub.holding()
    for role in ROLES:
        names = [ref for ref, seat in holding if seat == role]
        for start in range(0, len(names), 500):
            ids = select(Appointment.id).where(Appointment.ref.in_(names[start : start + 500]))
            here = (Seat.role == role, Seat.appointment_id.in_(ids))
            with writing() as session:
                # Whoever has gone since `holding` is not made to be there again.
                session.execute(update(Seat).where(*here, Seat.gone_at.is_(None)).values(seen_at=clock.now()))
            for seat in db.session.scalars(select(Seat).where(*here, Seat.gone_at.is_not(None))).all():
                appointment = db.session.get_one(Appointment, seat.appointment_id)
                if seat.window and hub.present(appointment.ref, role):
                    seen(again(appointment), role, seat.window)


def close_missed() -> None:
    """Close the rooms of appointments that were missed while someone waited: only the clock has moved them."""
    names = hub.names()
    for start in range(0, len(names), 500):
        here = Appointment.ref.in_(names[start : start + 500])
        late = Appointment.ends_at <= missed_before(organisation.get())
        missed = select(Appointment).where(here, late, Appointment.status == BOOKED)
        for appointment in db.session.scalars(missed).all():
            publish(appointment)


def _seat(appointment: Appointment, role: str) -> Update:
    return update(Seat).where(Seat.appointment_id == appointment.id, Seat.role == role)
