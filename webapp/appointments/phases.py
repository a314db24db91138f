"""What an appointment is at this moment, derived from its record and the clock; nothing here changes anything."""

from datetime import datetime, timedelta
from enum import StrEnum

from webapp import clock
from webapp.appointments.models import ABANDONED, BOOKED, CANCELLED, ENDED, IN_CALL, Appointment
from webapp.clinic.models import Organisation


class Phase(StrEnum):
    """A row of the table of states."""

    EARLY = "early"
    OPEN = "open"
    READY = "ready"
    IN_CALL = "in_call"
    ASKED = "asked"
    ENDED = "ended"
    ABANDONED = "abandoned"
    CANCELLED = "cancelled"
    MISSED = "missed"

    @property
    def live(self) -> bool:
        """Say whether the client's link works."""
        return self in (Phase.EARLY, Phase.OPEN, Phase.READY, Phase.IN_CALL, Phase.ASKED)

    @property
    def calling(self) -> bool:
        return self in (Phase.IN_CALL, Phase.ASKED)

    @property
    def relaying(self) -> bool:
        """Say whether signalling passes between the seats: in the call, and on the warm line before it."""
        return self in (Phase.READY, Phase.IN_CALL, Phase.ASKED)


def opens_at(appointment: Appointment, clinic: Organisation) -> datetime:
    return appointment.starts_at - timedelta(minutes=clinic.opens_minutes)


def missed_before(clinic: Organisation) -> datetime:
    """Return the moment such that an appointment never held, and with its end at or before it, is missed."""
    return clock.now() - timedelta(minutes=clinic.grace_minutes)


def phase(appointment: Appointment, clinic: Organisation) -> Phase:
    """Return the row of the table of states that an appointment is in now."""
    if appointment.status in (ENDED, ABANDONED, CANCELLED):
        return Phase(appointment.status)
    if appointment.status == IN_CALL:
        return Phase.ASKED if appointment.end_asked_at else Phase.IN_CALL
    assert appointment.status == BOOKED
    if appointment.ends_at <= missed_before(clinic):
        return Phase.MISSED
    if clock.now() < opens_at(appointment, clinic):
        return Phase.EARLY
    return Phase.READY if appointment.ready_at else Phase.OPEN


def length(appointment: Appointment) -> timedelta:
    """Return how long the call was or has been."""
    if appointment.started_at is None:
        return timedelta(0)
    return (appointment.ended_at or clock.now()) - appointment.started_at
