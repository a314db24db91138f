"""Book an appointment, or a series of them; know which others it overlaps; prepare the form for a rebooking."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from wtforms import SelectChoice

from webapp import clock
from webapp.appointments import lifecycle, links
from webapp.appointments.forms import BookingForm
from webapp.appointments.lifecycle import Actor
from webapp.appointments.models import BOOKED, CLINICIAN, IN_CALL, Appointment
from webapp.clinic import organisation
from webapp.database import db
from webapp.staff.models import Person


def new_form_key() -> str:
    return secrets.token_urlsafe(18)


def clinicians(person: Person) -> list[Person]:
    """Return whom this person may book for: themselves, or anyone active for an administrator."""
    if not person.is_administrator:
        return [person]
    return list(db.session.scalars(select(Person).where(Person.active).order_by(Person.name, Person.id)))


def clinician_choices(person: Person) -> list[SelectChoice]:
    """Return the same as what a form offers to choose from."""
    return [SelectChoice(each.id, each.name) for each in clinicians(person)]


def blank_form(person: Person, source: Appointment | None = None) -> BookingForm:
    """Return an empty booking form, or one filled in from the appointment that is to be booked again."""
    zone = organisation.get().zone
    now = clock.now().astimezone(zone)
    form = BookingForm(formdata=None)
    form.form_key.data = new_form_key()
    form.date.data = now.strftime("%Y-%m-%d")
    form.duration.data = 30
    form.clinician.data = person.id
    if source:
        form.client_name.data = source.client_name
        form.client_email.data = source.client_email
        form.client_mobile.data = source.client_mobile
        form.duration.data = source.minutes
        form.clinician.data = source.clinician_id
        form.rebooked_from.data = source.ref
    return form


def book(form: BookingForm, person: Person, source: Appointment | None) -> Appointment:
    """Book what the form says and return the first appointment; a form sent twice books once."""
    form_key = form.form_key.data or ""
    series = secrets.token_hex(8) if len(form.moments) > 1 else None
    made = [
        Appointment(
            link_key=links.new_key(),
            form_key=form_key if number == 0 else f"{form_key[:40]}-{number}",
            series_key=series,
            rebooked_from_id=source.id if source else None,
            clinician_id=form.clinician.data,
            client_name=form.client_name.data,
            client_email=form.client_email.data or "",
            client_mobile=form.client_mobile.data or "",
            starts_at=moment,
            ends_at=moment + timedelta(minutes=form.duration.data or 0),
            status=BOOKED,
            created_at=clock.now(),
        )
        for number, moment in enumerate(form.moments)
    ]
    try:
        lifecycle.book(made, Actor(CLINICIAN, person.id), why="rebooked" if source else "")
    except IntegrityError:
        earlier = db.session.scalar(select(Appointment).where(Appointment.form_key == form_key))
        if earlier is None:
            raise
        return earlier
    return made[0]


def overlapping(
    clinician_id: int, starts_at: datetime, minutes: int, but: Appointment | None = None
) -> list[Appointment]:
    """Return the clinician's other coming appointments that share time with [starts_at, starts_at + minutes)."""
    chosen = select(Appointment).where(
        Appointment.clinician_id == clinician_id,
        Appointment.status.in_((BOOKED, IN_CALL)),
        # An appointment lasts 8 hours at most: the index on the start is enough.
        Appointment.starts_at > starts_at - timedelta(hours=8),
        Appointment.starts_at < starts_at + timedelta(minutes=minutes),
        Appointment.ends_at > starts_at,
    )
    if but is not None:
        chosen = chosen.where(Appointment.id != but.id)
    return list(db.session.scalars(chosen.order_by(Appointment.starts_at).limit(5)))


def series(appointment: Appointment) -> list[Appointment]:
    """Return all appointments of a series, in order; an empty list for a single one."""
    if not appointment.series_key:
        return []
    chosen = select(Appointment).where(Appointment.series_key == appointment.series_key)
    return list(db.session.scalars(chosen.order_by(Appointment.starts_at)))


def rebooked_as(appointment: Appointment) -> Appointment | None:
    """Return the newest appointment that was made by rebooking this one."""
    chosen = select(Appointment).where(Appointment.rebooked_from_id == appointment.id)
    return db.session.scalar(chosen.order_by(Appointment.id.desc()).limit(1))
