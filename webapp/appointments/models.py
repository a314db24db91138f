"""An appointment, its two seats, and everything that happened to it."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.database import Model, UTCDateTime
from webapp.staff.models import Person

BOOKED, IN_CALL, ENDED, ABANDONED, CANCELLED = STATUSES = ("booked", "in_call", "ended", "abandoned", "cancelled")
CLINICIAN, CLIENT = ROLES = ("clinician", "client")
SYSTEM = "system"
OUTCOMES = {
    "completed": "Completed",
    "cut_short": "Cut short",
    "moved_to_phone": "Moved to phone",
    "technical_failure": "Technical failure",
}


class Appointment(Model):
    """One appointment. What is stored is what happened and when; "ready", "missed" and such are derived (phases.py).

    `ref` names it in addresses; `link_key` is the random half of the client's link (links.py);
    `form_key` is the booking form's, so that a form sent twice books once.
    """

    __tablename__ = "appointments"
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", name="known_status"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_appointments_clinician_starts", "clinician_id", "starts_at"),
        Index("ix_appointments_starts_at", "starts_at"),
        Index("ix_appointments_series_key", "series_key"),
        Index("ix_appointments_status", "status", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(24), unique=True, default=lambda: secrets.token_hex(8))
    link_key: Mapped[str] = mapped_column(String(32), unique=True)
    form_key: Mapped[str] = mapped_column(String(48), unique=True)
    series_key: Mapped[str | None] = mapped_column(String(24))
    rebooked_from_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id"))
    clinician_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    client_name: Mapped[str] = mapped_column(String(120))
    client_email: Mapped[str] = mapped_column(String(254), default="")
    client_mobile: Mapped[str] = mapped_column(String(40), default="")
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    status: Mapped[str] = mapped_column(String(12), default=BOOKED)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ready_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    end_asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    end_declined_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outcome: Mapped[str] = mapped_column(String(20), default="")

    clinician: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    seats: Mapped[list["Seat"]] = relationship(lazy="selectin", order_by="Seat.role")

    @property
    def minutes(self) -> int:
        """Return the booked length in minutes."""
        return round((self.ends_at - self.starts_at) / timedelta(minutes=1))

    def seat(self, role: str) -> "Seat":
        return next(seat for seat in self.seats if seat.role == role)


class Seat(Model):
    """One of the two places of a consultation: which window holds it, and when it was last there.

    `gone_at` is set when the holder's socket closes and emptied when it is back; `left_at` when a client has left
    a call that the clinician had dropped out of.
    """

    __tablename__ = "seats"
    __table_args__ = (CheckConstraint(f"role IN {ROLES}", name="known_role"),)

    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(12), primary_key=True)
    window: Mapped[str | None] = mapped_column(String(64))
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    gone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Event(Model):
    """One thing that happened: what, when, by which seat and person, why; and the move of status if it was one."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    what: Mapped[str] = mapped_column(String(24))
    seat: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    from_status: Mapped[str | None] = mapped_column(String(12))
    to_status: Mapped[str | None] = mapped_column(String(12))
    why: Mapped[str] = mapped_column(String(200), default="")
