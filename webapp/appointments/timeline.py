"""What happened to an appointment, as sentences in the order in which it happened."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp import clock
from webapp.appointments import presence
from webapp.appointments.models import CLIENT, CLINICIAN, OUTCOMES, Appointment, Event
from webapp.database import db
from webapp.staff.models import Person

_SENTENCES = {
    "booked": "Booked by {who}",
    "link_made": "Access link made",
    "opened": "{who} opened the link",
    "ready": "{who} is ready",
    "not_ready": "{who} is not ready after all",
    "started": "Call started by {who}",
    "dropped": "{who} dropped out of the call",
    "returned": "{who} came back to the call",
    "refreshed": "{who} refreshed the connection",
    "end_asked": "{who} asked to end the call",
    "end_withdrawn": "{who} would like to carry on after all",
    "end_declined": "{who} chose to carry on",
    "left": "{who} left while {clinician} was away",
    "came_back": "{who} came back",
    "ended": "Call ended by {who}",
    "swept": "Call ended by the night sweep",
    "abandoned": "Abandoned by {who}",
    "cancelled": "Cancelled by {who}",
    "moved": "Moved to a new time by {who}",
    "outcome": "Outcome noted by {who}",
}


@dataclass(frozen=True)
class Line:
    """One line of the timeline."""

    at: datetime
    what: str
    sentence: str
    why: str


def of(appointment: Appointment) -> list[Line]:
    """Return the timeline of an appointment, oldest first."""
    rows = db.session.execute(
        select(Event, Person.name)
        .outerjoin(Person, Person.id == Event.person_id)
        .where(Event.appointment_id == appointment.id)
        .order_by(Event.at, Event.id)
    )
    found: list[tuple[Event, str | None]] = [(event, name) for event, name in rows]
    noted = {(event.at, event.seat) for event, _ in found if event.what == "dropped"}
    for seat in appointment.seats:  # who is away, or was at the end: it is noted only once they are back
        at, until = seat.gone_at, appointment.ended_at or clock.now()
        if at and presence.dropped(appointment, at, until) and (at, seat.role) not in noted:
            found.append((Event(at=at, what="dropped", seat=seat.role, why=""), None))
    found.sort(key=lambda each: each[0].at)  # what happened at the same moment stays in its order
    seats = {CLIENT: appointment.client_name, CLINICIAN: appointment.clinician.name}
    return [
        Line(
            event.at,
            event.what,
            _SENTENCES[event.what].format(
                who=name or seats.get(event.seat, "Anteroom"), clinician=appointment.clinician.name
            ),
            OUTCOMES.get(event.why, event.why),
        )
        for event, name in found
    ]
