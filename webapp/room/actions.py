"""What each seat may press. Whatever it is pressed on, the answer is the panel of the state that results."""

import re
from collections.abc import Callable

from flask import abort, request

from webapp.appointments import lifecycle, presence
from webapp.appointments.models import Appointment
from webapp.room.access import Seated

Action = Callable[[Seated], Appointment]


def _ready(seated: Seated) -> Appointment:
    return lifecycle.ready(seated.appointment, seated.window or abort(400)).appointment


def _take(seated: Seated) -> Appointment:
    if not seated.phase.live:
        return seated.appointment
    return presence.seen(seated.appointment, seated.role, seated.window or abort(400), press=True)


def _come_back(seated: Seated) -> Appointment:
    return lifecycle.come_back(_take(seated)).appointment


def _start(seated: Seated) -> Appointment:
    move = lifecycle.start(seated.appointment, seated.actor)
    if move.done and seated.window and not seated.holds:
        return presence.seen(move.appointment, seated.role, seated.window, press=True)
    return move.appointment


STEPS = {
    "ice": "connection renewed",
    "devices": "camera and microphone renewed",
    "call": "new connection made",
    "relay": "new connection made through the relay",
}
RESULTS = {"ok": "", "failed": " (failed)", "skipped": " (left out)"}


def _refreshed(seated: Seated) -> Appointment:
    """Note a refresh; `steps` reads like "ice=ok devices=ok call=failed"."""
    found = re.findall(r"(\w+)=(\w+)", request.form.get("steps", "")[:100])
    said = [STEPS[step] + RESULTS[result] for step, result in found if step in STEPS and result in RESULTS]
    if not said:
        abort(400)
    return lifecycle.note_refresh(seated.appointment, seated.actor, ", ".join(said)).appointment


CLIENT_ACTIONS: dict[str, Action] = {
    "ready": _ready,
    "not-ready": lambda seated: lifecycle.not_ready(seated.appointment).appointment,
    "ask-to-end": lambda seated: lifecycle.ask_to_end(seated.appointment).appointment,
    "carry-on": lambda seated: lifecycle.carry_on(seated.appointment).appointment,
    "leave": lambda seated: lifecycle.leave(seated.appointment).appointment,
    "come-back": _come_back,
    "take-back": _take,
    "refreshed": _refreshed,
}

CLINICIAN_ACTIONS: dict[str, Action] = {
    "start": _start,
    "abandon": lambda seated: lifecycle.abandon(seated.appointment, seated.actor).appointment,
    "end": lambda seated: lifecycle.end(seated.appointment, seated.actor).appointment,
    "decline-end": lambda seated: lifecycle.decline_end(seated.appointment, seated.actor).appointment,
    "take-back": _take,
    "refreshed": _refreshed,
}


def perform(seated: Seated, name: str) -> Seated:
    """Do what was pressed, and return the seat with the appointment as it is now. 404 for what this seat has not."""
    table = CLIENT_ACTIONS if seated.role == "client" else CLINICIAN_ACTIONS
    action = table.get(name) or abort(404)
    return Seated(action(seated), seated.role, seated.actor, seated.window)
