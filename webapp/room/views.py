"""The pages of the room, their panels, and the presses on them: for the client under /visit, for the clinician under
/appointments. The link itself, /v/<token>, is exchanged for a cookie that lives only under the visit's own path."""

from flask import Blueprint, Response, jsonify, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from htmx_flask import request

from webapp import ice
from webapp.appointments import links, presence, record
from webapp.appointments.lifecycle import THE_CLIENT
from webapp.appointments.models import CLIENT, OUTCOMES, Appointment
from webapp.appointments.phases import length, opens_at
from webapp.clinic import organisation
from webapp.database import if_possible
from webapp.extensions import hub, limiter
from webapp.fragments import DIGEST, stamped, unless_same
from webapp.room import actions, panels
from webapp.room.access import COOKIE, LinkDead, Seated, client, clinician
from webapp.room.socket import bp as sockets
from webapp.squeeze import squeezed

bp = Blueprint("room", __name__)
bp.register_blueprint(sockets)

LINE = "X-Line"
"""Says whether the window that asks has a socket here ("up" or "down"): TCP may not have told the browser yet."""
PASS_LASTS = 2 * 24 * 3600
"""Seconds; the link brings a new pass whenever it is opened."""


def _values(seated: Seated, panel: panels.Panel) -> dict[str, object]:
    """Return what a panel's template may use."""
    appointment, other = seated.appointment, "clinician" if seated.role == CLIENT else "client"
    base = f"/visit/{appointment.ref}" if seated.role == CLIENT else f"/appointments/{appointment.ref}/room"
    return {
        "appointment": appointment,
        "panel": panel,
        "phase": seated.phase,
        "seat": seated.role,
        "base": base,
        "opens_at": opens_at(appointment, organisation.get()),
        "other_present": presence.present(appointment, other),
        "other_gone_since": presence.gone_since(appointment, other),
        "other_name": appointment.clinician.name if seated.role == CLIENT else appointment.client_name,
        "may_leave": seated.role == CLIENT and presence.may_leave(appointment),
        "length": length(appointment),
        "outcomes": OUTCOMES,
    }


def _page(seated: Seated) -> Response:
    panel = panels.of(seated)
    if panel.final:
        name = "room/last.html" if seated.role != CLIENT else "room/unavailable.html"
    else:
        name = f"room/{seated.role}.html"
    servers = None if panel.final else ice.given(seated.appointment.ref, seated.role)
    values = _values(seated, panel)
    # The page carries the digest of its panel, so that the panel is not swapped for the same one at once.
    _, digest = stamped(render_template(panel.template, digest=DIGEST, **values))
    return squeezed(make_response(render_template(name, digest=digest, ice=servers, **values), panel.code))


def _fragment(seated: Seated) -> Response:
    early_page = request.args.get("page") == "early"
    panel = panels.of(seated, early_page=early_page)
    response = unless_same(panel.template, panel.code, **_values(seated, panel))
    if seated.window and not panel.final:
        up = hub.connected(seated.appointment.ref, seated.role, seated.window)
        response.headers[LINE] = "up" if up else "down"
    return response


def _seen(seated: Seated) -> Seated:
    """Note that the page behind a fragment is there, with or without a socket."""
    if seated.window and seated.phase.live:
        with if_possible():
            seated.appointment = presence.seen(seated.appointment, seated.role, seated.window)
    return seated


def _dead(response: Response) -> bool:
    return response.status_code == 410


@bp.get("/v/<token>")
@limiter.limit("20/minute", deduct_when=_dead)
def open_link(token: str) -> ResponseReturnValue:
    """Show what the link is for; changes nothing. Unknown, tampered with and dead are one answer."""
    found = links.find(token)
    if found is None or not record.current_phase(found).live:
        raise LinkDead
    response = _page(Seated(found, CLIENT, THE_CLIENT, None))
    if response.status_code == 200:
        _hand_over_pass(response, found)
    return response


def _hand_over_pass(response: Response, appointment: Appointment) -> None:
    response.set_cookie(
        COOKIE,
        links.make_pass(appointment),
        max_age=PASS_LASTS,
        path=f"/visit/{appointment.ref}",
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )


@bp.get("/visit/<ref>/panel")
def client_panel(ref: str) -> ResponseReturnValue:
    """Return the client's panel."""
    return _fragment(_seen(client(ref)))


def _this_visit_from_here() -> str:
    return f"visit {(request.view_args or {})['ref']} from {get_remote_address()}"


@bp.post("/visit/<ref>/<action>")
@limiter.limit("120/minute", key_func=_this_visit_from_here)
def client_action(ref: str, action: str) -> ResponseReturnValue:
    """Do what the client pressed and return the panel."""
    return _fragment(actions.perform(client(ref), action))


@bp.get("/visit/<ref>/ice")
def client_ice(ref: str) -> ResponseReturnValue:
    """Return fresh ICE servers for the client, while the link lives."""
    return _ice(client(ref))


@bp.get("/appointments/<ref>/room")
def room(ref: str) -> ResponseReturnValue:
    """Show the clinician's page: waiting area, call, or what has become of the appointment."""
    return _page(clinician(ref))


@bp.get("/appointments/<ref>/room/panel")
def clinician_panel(ref: str) -> ResponseReturnValue:
    """Return the clinician's panel."""
    return _fragment(_seen(clinician(ref)))


@bp.post("/appointments/<ref>/room/<action>")
def clinician_action(ref: str, action: str) -> ResponseReturnValue:
    """Do what the clinician pressed and return the panel."""
    return _fragment(actions.perform(clinician(ref), action))


@bp.get("/appointments/<ref>/room/ice")
def clinician_ice(ref: str) -> ResponseReturnValue:
    """Return fresh ICE servers for the clinician, while the appointment lives."""
    return _ice(clinician(ref))


def _ice(seated: Seated) -> Response:
    if not seated.phase.live:
        raise LinkDead
    return jsonify(ice.given(seated.appointment.ref, seated.role))


@bp.app_errorhandler(LinkDead)
def link_dead(error: LinkDead) -> ResponseReturnValue:
    """Answer a link that opens nothing: one page, one status, whatever the reason."""
    if request.htmx:
        panel = panels.Panel("client/_unavailable", "over", 410, final=True)
        return make_response(render_template(panel.template, panel=panel, digest=""), 410)
    return make_response(render_template("room/unavailable.html"), 410)
