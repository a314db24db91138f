"""Every move of an appointment, one function each. The only module that changes a status.

A move is one guarded UPDATE, a row that tells of it, a commit, and then the word to those who watch. The loser of a
race changes nothing and learns of the present state: being late is no error. Nothing here decides who may press what.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from webapp import clock
from webapp.appointments import phases, presence
from webapp.appointments.models import (
    ABANDONED,
    BOOKED,
    CANCELLED,
    CLIENT,
    CLINICIAN,
    ENDED,
    IN_CALL,
    SYSTEM,
    Appointment,
    Event,
    Seat,
)
from webapp.appointments.phases import Phase
from webapp.appointments.record import again, current_phase, publish
from webapp.clinic import organisation
from webapp.database import db, writing

A = Appointment

_READ_AGAIN = {"synchronize_session": False}
"""For an update whose row is read again right after it."""


SAME = timedelta(seconds=10)
"""A browser that got no answer presses again; by then it is seldom later."""


@dataclass(frozen=True)
class Actor:
    """Who moves: a seat, and the member of staff in it if it is one."""

    seat: str
    person_id: int | None = None


THE_CLIENT = Actor(CLIENT)
THE_SYSTEM = Actor(SYSTEM)


@dataclass(frozen=True)
class Move:
    """What came of it: whether this press did it, and the appointment as it is now."""

    done: bool
    appointment: Appointment


def _move(
    appointment: Appointment,
    actor: Actor,
    what: str,
    status: str,
    *when: ColumnElement[bool],
    to: str | None = None,
    why: str = "",
    at: datetime | None = None,
    **values: Any,
) -> Move:
    """Change an appointment of this status where all of `when` holds, note it as `what`, and tell everyone."""
    at = at or clock.now()
    guarded = update(A).where(A.id == appointment.id, A.status == status, *when)
    with _in_doubt(appointment) as doubted, writing() as session:
        changed = session.execute(guarded.values(status=to or status, **values), execution_options=_READ_AGAIN)
        done = changed.rowcount == 1  # type: ignore[attr-defined]
        if done:
            _note(session, appointment, actor, what, at, why, status if to else None, to)
    return Move(done, publish(appointment) if done or doubted else again(appointment))


_doubted: set[int] = set()


@contextmanager
def _in_doubt(appointment: Appointment) -> Iterator[bool]:
    """Remember where a move broke off: it may be in the record and nobody was told. The next move tells them."""
    try:
        yield appointment.id in _doubted
    except BaseException:
        _doubted.add(appointment.id)
        raise
    _doubted.discard(appointment.id)


def _note(
    session: Any,
    appointment: Appointment,
    actor: Actor,
    what: str,
    at: datetime,
    why: str = "",
    from_status: str | None = None,
    to_status: str | None = None,
) -> None:
    session.add(
        Event(
            appointment_id=appointment.id,
            at=at,
            what=what,
            seat=actor.seat,
            person_id=actor.person_id,
            from_status=from_status,
            to_status=to_status,
            why=why,
        )
    )


def _not_missed() -> ColumnElement[bool]:
    return A.ends_at > phases.missed_before(organisation.get())


def _open() -> ColumnElement[bool]:
    return A.starts_at <= clock.now() + timedelta(minutes=organisation.get().opens_minutes)


def book(appointments: list[Appointment], actor: Actor, why: str = "") -> None:
    """Enter new appointments into the record, with their seats, all or none. Raises IntegrityError for a used form."""
    with writing() as session:
        session.add_all(appointments)
        session.flush()
        for each in appointments:
            session.add_all(Seat(appointment_id=each.id, role=role) for role in (CLINICIAN, CLIENT))
            _note(session, each, actor, "booked", each.created_at, why, None, BOOKED)
            _note(session, each, actor, "link_made", each.created_at)
    for each in appointments:
        db.session.expire(each)
        publish(each)


def move_to(appointment: Appointment, actor: Actor, starts_at: datetime, minutes: int, why: str) -> Move:
    """Give an appointment that was not held a new time; its link stays. Whoever was ready is asked anew."""
    ends_at = starts_at + timedelta(minutes=minutes)
    return _move(
        appointment,
        actor,
        "moved",
        BOOKED,
        or_(A.starts_at != starts_at, A.ends_at != ends_at),
        why=why,
        starts_at=starts_at,
        ends_at=ends_at,
        ready_at=None,
    )


def cancel(appointment: Appointment, actor: Actor) -> Move:
    """Cancel a booked appointment; its link is dead."""
    return _move(appointment, actor, "cancelled", BOOKED, to=CANCELLED, ended_at=clock.now())


def abandon(appointment: Appointment, actor: Actor) -> Move:
    """Abandon a booked appointment, as the client will not come; its link is dead."""
    return _move(appointment, actor, "abandoned", BOOKED, _not_missed(), to=ABANDONED, ended_at=clock.now())


def ready(appointment: Appointment, window: str) -> Move:
    """The client says so, in the window that now holds the seat."""
    if current_phase(appointment) in (Phase.OPEN, Phase.READY, Phase.IN_CALL, Phase.ASKED):
        presence.seen(appointment, CLIENT, window, press=True)
    never = A.ready_at.is_(None)
    return _move(appointment, THE_CLIENT, "ready", BOOKED, _open(), _not_missed(), never, ready_at=clock.now())


def not_ready(appointment: Appointment) -> Move:
    """The client takes it back."""
    return _move(appointment, THE_CLIENT, "not_ready", BOOKED, A.ready_at.is_not(None), ready_at=None)


def start(appointment: Appointment, actor: Actor) -> Move:
    """Start the call with a client who is ready."""
    is_ready = A.ready_at.is_not(None)
    return _move(appointment, actor, "started", BOOKED, is_ready, _not_missed(), to=IN_CALL, started_at=clock.now())


def ask_to_end(appointment: Appointment) -> Move:
    """The client would like to end; nothing ends by it."""
    return _move(appointment, THE_CLIENT, "end_asked", IN_CALL, A.end_asked_at.is_(None), end_asked_at=clock.now())


def carry_on(appointment: Appointment) -> Move:
    """The client withdraws the wish to end."""
    return _move(appointment, THE_CLIENT, "end_withdrawn", IN_CALL, A.end_asked_at.is_not(None), end_asked_at=None)


def decline_end(appointment: Appointment, actor: Actor) -> Move:
    """The clinician would like to carry on."""
    asked = A.end_asked_at.is_not(None)
    now = clock.now()
    return _move(appointment, actor, "end_declined", IN_CALL, asked, end_asked_at=None, end_declined_at=now)


def end(appointment: Appointment, actor: Actor) -> Move:
    """End the call for both. The only way but the sweep."""
    return _move(appointment, actor, "ended", IN_CALL, to=ENDED, ended_at=clock.now())


def leave(appointment: Appointment) -> Move:
    """The client leaves a call that the clinician has been gone from; it is noted and ends nothing."""
    if not presence.may_leave(appointment):
        return Move(False, again(appointment))
    return _move_client(appointment, "left", Seat.left_at.is_(None), clock.now())


def come_back(appointment: Appointment) -> Move:
    """The client who left is back."""
    return _move_client(appointment, "came_back", Seat.left_at.is_not(None), None)


def _move_client(appointment: Appointment, what: str, when: ColumnElement[bool], left_at: datetime | None) -> Move:
    with _in_doubt(appointment) as doubted, writing() as session:
        seat = update(Seat).where(Seat.appointment_id == appointment.id, Seat.role == CLIENT, when)
        done = session.execute(seat.values(left_at=left_at)).rowcount == 1  # type: ignore[attr-defined]
        if done:
            _note(session, appointment, THE_CLIENT, what, clock.now())
    return Move(done, publish(appointment) if done or doubted else again(appointment))


def note_outcome(appointment: Appointment, actor: Actor, outcome: str) -> Move:
    """Note how an ended appointment went."""
    return _move(appointment, actor, "outcome", ENDED, A.outcome != outcome, why=outcome, outcome=outcome)


def note_refresh(appointment: Appointment, actor: Actor, why: str) -> Move:
    """Note that a seat renewed its connection, and with what result; the same within SAME is the same press again."""
    same = (Event.appointment_id == appointment.id, Event.what == "refreshed", Event.seat == actor.seat)
    just_now = select(Event.id).where(*same, Event.why == why, Event.at > clock.now() - SAME).exists()
    return _move(appointment, actor, "refreshed", IN_CALL, ~just_now, why=why)


def sweep() -> int:
    """End the calls that both sides have left: past their time, and nobody there for an hour. Return how many."""
    now = clock.now()
    hour_ago = now - timedelta(hours=1)
    there = (
        select(Seat.appointment_id).where(Seat.appointment_id == A.id, Seat.seen_at > hour_ago).correlate(A).exists()
    )
    overdue = select(A).where(A.status == IN_CALL, A.ends_at < hour_ago, A.started_at < hour_ago, ~there)
    swept = 0
    for appointment in db.session.scalars(overdue).all():
        if any(presence.present(appointment, role) for role in (CLINICIAN, CLIENT)):
            continue
        seen = [seat.seen_at for seat in appointment.seats if seat.seen_at]
        last = max([appointment.started_at or now, *seen])
        move = _move(
            appointment, THE_SYSTEM, "swept", IN_CALL, ~there, to=ENDED, ended_at=last, why="both sides had left"
        )
        swept += move.done
    return swept
