"""Who is there: from the sockets of this process, and from what the record last saw.

A seat is held by one window, the newest that pressed. Its socket makes it present; where no socket gets through, a
panel fetched within the last SEEN_WITHIN does.
"""

from datetime import datetime, timedelta

from sqlalchemy import Update, select, update

from webapp import clock
from webapp.appointments.models import BOOKED, CLIENT, CLINICIAN, IN_CALL, ROLES, Appointment, Event, Seat
from webapp.appointments.phases import missed_before
from webapp.appointments.record import again, publish
from webapp.clinic import organisation
from webapp.database import db, writing
from webapp.extensions import hub

SEEN_WITHIN = timedelta(seconds=20)
LEAVE_AFTER = timedelta(seconds=30)
FRESH = timedelta(seconds=5)


def present(appointment: Appointment, role: str) -> bool:
    """Say whether the holder of a seat is there."""
    seat = appointment.seat(role)
    lately = seat.seen_at and seat.gone_at is None and clock.now() - seat.seen_at < SEEN_WITHIN
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
    returned = holds and seat.gone_at is not None  # read before the update below, which empties it
    opened = role == CLIENT and appointment.opened_at is None
    if not opened and not take and (fresh or not holds):
        return appointment
    with writing() as session:
        if opened:
            first = update(Appointment).where(Appointment.id == appointment.id, Appointment.opened_at.is_(None))
            if session.execute(first.values(opened_at=now)).rowcount:  # type: ignore[attr-defined]
                session.add(Event(appointment_id=appointment.id, at=now, what="opened", seat=role))
        if holds:
            session.execute(_seat(appointment, role).values(window=window, seen_at=now, gone_at=None))
            if returned and appointment.status == IN_CALL:
                session.add(Event(appointment_id=appointment.id, at=now, what="returned", seat=role))
    return publish(appointment) if opened or take or returned else again(appointment)


def gone(appointment: Appointment, role: str, window: str) -> None:
    """Note that the socket of a window has closed; nobody's absence where another window holds the seat."""
    if appointment.seat(role).window != window or hub.present(appointment.ref, role):
        return
    now = clock.now()
    with writing() as session:
        session.execute(_seat(appointment, role).where(Seat.window == window).values(gone_at=now, seen_at=now))
        if appointment.status == IN_CALL:
            session.add(Event(appointment_id=appointment.id, at=now, what="dropped", seat=role))
    publish(appointment)


def pulse() -> None:
    """Note in the record, for other processes and the next start, which seats this process sees connected."""
    holding = hub.holding()
    for role in ROLES:
        names = [ref for ref, seat in holding if seat == role]
        for start in range(0, len(names), 500):
            ids = select(Appointment.id).where(Appointment.ref.in_(names[start : start + 500]))
            with writing() as session:
                there = update(Seat).where(Seat.role == role, Seat.appointment_id.in_(ids))
                session.execute(there.values(seen_at=clock.now(), gone_at=None))


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
