"""The sockets of a room. Seat and origin are checked before the upgrade; whether the appointment lives, again after."""

from flask import Blueprint, abort, request
from simple_websocket import Server

from webapp.appointments import presence, record
from webapp.appointments.models import CLIENT, CLINICIAN
from webapp.extensions import db, hub, sock
from webapp.room import access
from webapp.sockets import CatchUp, before_upgrade, live
from webapp.staff import sessions

bp = Blueprint("sockets", __name__)

WINDOWS = 8
"""How many windows of one seat may be connected: whoever has one link cannot take every socket of the server."""


@bp.before_request
def _before_upgrade() -> None:
    """Let nobody past who has no seat here."""
    window = before_upgrade()
    ref = (request.view_args or {})["ref"]
    seated = access.client(ref) if request.endpoint == "room.sockets.client" else access.clinician(ref)
    if not seated.phase.live:
        abort(410)
    if len(hub.open_windows(ref, seated.role) - {window}) >= WINDOWS:
        abort(429)


@sock.route("/visit/<ref>/socket", bp=bp, endpoint="client")
def client(ws: Server, ref: str) -> None:
    """Hold the client's socket."""
    _hold(ws, ref, CLIENT)


@sock.route("/appointments/<ref>/room/socket", bp=bp, endpoint="clinician")
def clinician(ws: Server, ref: str) -> None:
    """Hold the clinician's socket."""
    _hold(ws, ref, CLINICIAN)


def _hold(ws: Server, ref: str, role: str) -> None:
    window = request.args["window"]

    def joined(catch_up: CatchUp) -> None:
        db.session.rollback()  # what was checked before the upgrade was read in a snapshot that is old by now
        appointment = record.by_ref(ref)
        if appointment is None or not record.current_phase(appointment).live:
            hub.finish(ref, {"type": "changed", "status": "over"})
            return
        presence.seen(record.arrange(appointment, catch_up), role, window)

    def left() -> None:
        presence.left(ref, role, window)

    owner = sessions.key_hash() if role == CLINICIAN else ""
    live(ws, ref, role, window, owner, joined, left)
