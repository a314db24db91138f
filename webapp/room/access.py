"""Who may sit where: the client by the pass that the link was exchanged for, the clinician by being this one's own."""

import re
from dataclasses import dataclass

from flask import abort, request

from webapp.appointments import links, record
from webapp.appointments.lifecycle import THE_CLIENT, Actor
from webapp.appointments.models import CLIENT, CLINICIAN, Appointment
from webapp.appointments.phases import Phase
from webapp.staff import access

COOKIE = "visit"


class LinkDead(Exception):
    """The link, or the pass that was got for it, opens nothing (any more); answered by one page, the same for all."""


@dataclass
class Seated:
    """Someone in a seat: which appointment and role, who, and from which of their windows (None on first load)."""

    appointment: Appointment
    role: str
    actor: Actor
    window: str | None

    @property
    def phase(self) -> Phase:
        return record.current_phase(self.appointment)

    @property
    def holds(self) -> bool:
        return self.window is not None and self.appointment.seat(self.role).window == self.window


def window() -> str | None:
    """Return the window that asks: a name that the page made up for itself."""
    given = request.headers.get("X-Window", "") or request.args.get("window", "")
    return given if re.fullmatch(r"[A-Za-z0-9_-]{8,64}", given) else None


def client(ref: str) -> Seated:
    """Return the client in their seat, or raise LinkDead."""
    genuine = links.pass_is_for(request.cookies.get(COOKIE), ref)
    found = record.by_ref(ref)
    if not genuine or found is None:
        raise LinkDead
    return Seated(found, CLIENT, THE_CLIENT, window())


def clinician(ref: str) -> Seated:
    """Return the clinician in their seat; for everybody else there is no such room (404)."""
    person = access.person()
    found = record.by_ref(ref)
    if found is None or found.clinician_id != person.id:
        abort(404)
    return Seated(found, CLINICIAN, Actor(CLINICIAN, person.id), window())
