"""The loop in which a socket lives, and what is checked before there is one. Knows no appointment.

A socket is one long request: nothing of the database stays open while it waits.
"""

import re
from collections.abc import Callable

from flask import abort, current_app, request
from simple_websocket import Server

from webapp.database import db
from webapp.extensions import hub
from webapp.security import require_same_origin
from webapp.signalling.connection import Connection, NoThread
from webapp.signalling.messages import LARGEST, Refused, parse

SERVER_OPTIONS = {"max_message_size": LARGEST, "thread_class": NoThread}

NOT_UNDERSTOOD, TOO_MANY = 1008, 1013


def before_upgrade() -> str:
    """Refuse what may not become a socket (403, 400, 503) and return the name of the window that asks."""
    require_same_origin()
    window = request.args.get("window", "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{8,64}", window):
        abort(400)
    if hub.stopping or hub.count() >= current_app.config["MAX_SOCKETS"]:
        abort(503)
    # Compression would cost each socket a quarter of a megabyte, for messages of a few hundred bytes.
    request.environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
    return window


def live(
    ws: Server,
    room: str,
    role: str,
    window: str,
    owner: str,
    joined: Callable[[], None],
    left: Callable[[], None],
) -> None:
    """Keep a socket in a room until it goes: relay what it may say, close it for what it may not."""
    connection = Connection(ws, role, window, owner)
    hub.join(room, connection)
    try:
        joined()
        db.session.remove()
        while (raw := connection.receive()) is not None:
            if not connection.allowed():
                connection.close(TOO_MANY, "too many messages")
                break
            try:
                hub.relay(room, connection, parse(raw))
            except Refused as refused:
                connection.close(NOT_UNDERSTOOD, str(refused))
                break
    finally:
        if hub.leave(room, connection) and not hub.stopping:
            left()
        db.session.remove()
