"""Read appointments, and tell those who watch one that it has changed."""

import threading
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from webapp.appointments.models import Appointment
from webapp.appointments.phases import Phase, phase
from webapp.clinic import organisation
from webapp.database import db
from webapp.extensions import hub
from webapp.signalling import messages
from webapp.staff.models import Person

EVERYONES_DIARY = "diary"


def diary_of(person_id: int) -> str:
    """Return the name of the room in which one clinician's diary listens."""
    return f"diary-{person_id}"


# Made once, so that they are understood once: one appointment, its clinician and its seats, in one query, as it is now.
_ONE = select(Appointment).options(joinedload(Appointment.seats)).execution_options(populate_existing=True)
_BY_REF = _ONE.where(Appointment.ref == bindparam("ref"))
_BY_ID = _ONE.where(Appointment.id == bindparam("id"))


def by_ref(ref: str) -> Appointment | None:
    """Return an appointment as it is now, whatever was read of it before."""
    return db.session.scalars(_BY_REF, {"ref": ref.replace("\0", "")}).unique().one_or_none()


def again(appointment: Appointment) -> Appointment:
    """Read an appointment and its seats again."""
    return db.session.scalars(_BY_ID, {"id": appointment.id}).unique().one()


def current_phase(appointment: Appointment) -> Phase:
    """Return the appointment's row of the table of states."""
    return phase(appointment, organisation.get())


def of_staff(person: Person, ref: str) -> Appointment | None:
    """Return an appointment that this person may see: their own, or any for an administrator."""
    found = by_ref(ref)
    return found if found and (person.is_administrator or found.clinician_id == person.id) else None


def between(person: Person, start: datetime, end: datetime) -> list[Appointment]:
    """Return the appointments that begin in [start, end) and that this person may see, in order."""
    chosen = select(Appointment).where(Appointment.starts_at >= start, Appointment.starts_at < end)
    if not person.is_administrator:
        chosen = chosen.where(Appointment.clinician_id == person.id)
    return list(db.session.scalars(chosen.order_by(Appointment.starts_at, Appointment.id)))


_turns = [threading.Lock() for _ in range(64)]
"""Reading an appointment and telling the hub of it is one turn: what was read earlier is never told later."""


def arrange(appointment: Appointment, catch_up: Callable[[dict[str, str]], None] | None = None) -> Appointment:
    """Tell the hub who holds the seats and whether signalling passes; return the appointment as it is now.

    `catch_up` tells one who has just joined, in the same turn: what it says is never older than what comes next.
    """
    with _turns[appointment.id % len(_turns)]:
        appointment = _arranged(appointment)
        if catch_up:
            catch_up(messages.changed(current_phase(appointment)))
        return appointment


def publish(appointment: Appointment) -> Appointment:
    """Tell the room and the diaries that an appointment has changed; close the room for good where it is over.

    Return the appointment as it is now.
    """
    with _turns[appointment.id % len(_turns)]:
        appointment = _arranged(appointment)
        now = current_phase(appointment)
        message = messages.changed(now)
        if now.live:
            hub.tell(appointment.ref, message)
        else:
            hub.finish(appointment.ref, message)
    for diary in (diary_of(appointment.clinician_id), EVERYONES_DIARY):
        hub.tell(diary, message)
    return appointment


def _arranged(appointment: Appointment) -> Appointment:
    db.session.commit()  # what this session reads may be a snapshot from before the turn
    appointment = again(appointment)
    holders = {seat.role: seat.window for seat in appointment.seats}
    hub.arrange(appointment.ref, relaying=current_phase(appointment).relaying, holders=holders)
    return appointment
