"""The diary, and an appointment's page: what is done to it outside the room."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import segno
from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from htmx_flask import request
from simple_websocket import Server
from wtforms.validators import ValidationError

from webapp import clock
from webapp.appointments import booking, lifecycle, links, local_time, presence, record, timeline
from webapp.appointments.forms import BookingForm, RescheduleForm, read_date
from webapp.appointments.lifecycle import Actor
from webapp.appointments.models import BOOKED, CLIENT, CLINICIAN, OUTCOMES, Appointment
from webapp.appointments.phases import length
from webapp.clinic import organisation
from webapp.extensions import sock
from webapp.fragments import unless_same
from webapp.sockets import CatchUp, before_upgrade, live
from webapp.staff import access, sessions
from webapp.staff.models import Person

bp = Blueprint("appointments", __name__)


def _own(ref: str) -> tuple[Person, Appointment]:
    """Return who asks, and the appointment if they may see it; 404 otherwise."""
    person = access.person()
    return person, record.of_staff(person, ref) or abort(404)


@bp.get("/")
def diary() -> ResponseReturnValue:
    """Show one day of the diary; as a fragment, only its list."""
    person, clinic = access.person(), organisation.get()
    today = clock.now().astimezone(clinic.zone).date()
    try:
        day = read_date(request.args["date"]) if request.args.get("date") else today
        start, end = local_time.day_bounds(day, clinic.zone)
    except (ValidationError, OverflowError):
        abort(404)
    if not 1900 <= day.year <= 2999:
        abort(404)
    entries = [
        {"appointment": each, "phase": record.current_phase(each), "present": presence.present(each, CLIENT)}
        for each in record.between(person, start, end)
    ]
    values: dict[str, Any] = {
        "entries": entries,
        "day": day,
        "today": today,
        "person": person,
    }
    if request.htmx:
        return unless_same("appointments/_diary_list.html", **values)
    return render_template("appointments/diary.html", one_day=timedelta(days=1), **values)


@bp.before_request
def _socket_first() -> None:
    if request.endpoint == "appointments.diary_socket":
        access.person()
        before_upgrade()


def _look_again(catch_up: CatchUp) -> None:
    catch_up({"type": "changed", "status": ""})


@sock.route("/diary/socket", bp=bp)
def diary_socket(ws: Server) -> None:
    """Tell an open diary when one of its appointments has changed."""
    person = access.person()
    room = record.EVERYONES_DIARY if person.is_administrator else record.diary_of(person.id)
    owner = sessions.key_hash()
    live(ws, room, "diary", request.args["window"], owner, joined=_look_again, left=lambda: None)


@bp.get("/appointments/new")
def new() -> ResponseReturnValue:
    """Show the booking form, for the day that the diary showed; filled in where an earlier one is booked again."""
    person = access.person()
    source = request.args.get("from") and (record.of_staff(person, request.args["from"]) or abort(404))
    form = booking.blank_form(person, source or None)
    with suppress(ValidationError):
        form.date.data = f"{read_date(request.args.get('date', '')):%Y-%m-%d}"
    return _booking_page(form, person)


def _booking_page(form: BookingForm, person: Person, status: int = 200) -> ResponseReturnValue:
    form.clinician.choices = booking.clinician_choices(person)
    return render_template("appointments/new.html", form=form), status


@bp.post("/appointments/new")
def create() -> ResponseReturnValue:
    """Book, and go to the appointment's page."""
    person = access.person()
    form = BookingForm()
    form.clinician.choices = booking.clinician_choices(person)
    if not form.clinician.raw_data:
        form.clinician.data = person.id
    if not form.validate():
        return _booking_page(form, person, 422)
    source = form.rebooked_from.data and (record.of_staff(person, form.rebooked_from.data) or abort(404))
    made = booking.book(form, person, source or None)
    return redirect(url_for("appointments.show", ref=made.ref))


@bp.get("/appointments/overlaps")
def overlaps() -> ResponseReturnValue:
    """Return the warning beside the time, as it is being typed."""
    person = access.person()
    form = BookingForm(formdata=request.args, meta={"csrf": False})
    form.clinician.choices = booking.clinician_choices(person)
    but = record.of_staff(person, request.args.get("but", ""))
    clinician_id = but.clinician_id if but else (form.clinician.data if form.clinician.raw_data else person.id)
    if clinician_id not in [choice.value for choice in form.clinician.choices]:
        clinician_id = person.id
    form.validate()  # for its `moment`; what else is missing is not asked for yet
    found = booking.overlapping(clinician_id, form.moment, form.minutes, but) if form.moment else []
    return render_template("appointments/_overlaps.html", overlaps=found)


@bp.get("/appointments/<ref>")
def show(ref: str) -> ResponseReturnValue:
    """Show an appointment's page."""
    person, appointment = _own(ref)
    return _page(person, appointment)


def _page(person: Person, appointment: Appointment, form: RescheduleForm | None = None) -> ResponseReturnValue:
    link = links.address(appointment)
    status = 422 if form else 200
    if form is None:
        local = appointment.starts_at.astimezone(organisation.get().zone)
        form = RescheduleForm(
            formdata=None, date=f"{local:%Y-%m-%d}", time=f"{local:%H:%M}", duration=appointment.minutes
        )
    return render_template(
        "appointments/show.html",
        appointment=appointment,
        phase=record.current_phase(appointment),
        link=link,
        qr=segno.make(link, error="m", micro=False),
        form=form,
        person=person,
        own=person.id == appointment.clinician_id,
        overlaps=booking.overlapping(
            appointment.clinician_id, appointment.starts_at, appointment.minutes, but=appointment
        )
        if appointment.status == BOOKED
        else [],
        series=booking.series(appointment),
        rebooked_as=booking.rebooked_as(appointment),
        lines=timeline.of(appointment),
        length=length(appointment),
        outcomes=OUTCOMES,
    ), status


@bp.get("/appointments/<ref>/timeline")
def timeline_fragment(ref: str) -> ResponseReturnValue:
    """Return the live half of an appointment's page: its state and its timeline."""
    _, appointment = _own(ref)
    return unless_same(
        "appointments/_timeline.html",
        appointment=appointment,
        phase=record.current_phase(appointment),
        lines=timeline.of(appointment),
    )


@bp.post("/appointments/<ref>/reschedule")
def reschedule(ref: str) -> ResponseReturnValue:
    """Move an appointment to another time; its link stays."""
    person, appointment = _own(ref)
    form = RescheduleForm()
    if not form.validate() or form.moment is None:
        return _page(person, appointment, form)
    zone = organisation.get().zone
    before = appointment.starts_at.astimezone(zone)
    move = lifecycle.move_to(
        appointment,
        Actor(CLINICIAN, person.id),
        form.moment,
        form.duration.data or appointment.minutes,
        why=f"from {before:%d %B %Y, %H:%M} to {form.moment.astimezone(zone):%d %B %Y, %H:%M}",
    )
    flash("Moved. The link stays the same." if move.done else "It could not be moved: see what has happened below.")
    return redirect(url_for("appointments.show", ref=ref))


@bp.post("/appointments/<ref>/cancel")
def cancel(ref: str) -> ResponseReturnValue:
    """Cancel an appointment; late presses show what it has become."""
    person, appointment = _own(ref)
    lifecycle.cancel(appointment, Actor(CLINICIAN, person.id))
    return redirect(url_for("appointments.show", ref=ref))


@bp.post("/appointments/<ref>/outcome")
def outcome(ref: str) -> ResponseReturnValue:
    """Note how an ended appointment went."""
    person, appointment = _own(ref)
    chosen = request.form.get("outcome", "")
    if chosen not in OUTCOMES:
        abort(400)
    move = lifecycle.note_outcome(appointment, Actor(CLINICIAN, person.id), chosen)
    if not request.htmx:
        return redirect(url_for("appointments.show", ref=ref))
    return render_template("appointments/_outcome.html", appointment=move.appointment, outcomes=OUTCOMES)
