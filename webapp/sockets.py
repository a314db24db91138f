"""The loop in which a socket lives, and what is checked before there is one. Knows no appointment.

A socket is one long request: nothing of the database stays open while it waits.
"""

import re
from collections.abc import Callable
from typing import Any

from flask import abort, current_app, g, request
from simple_websocket import Server

from webapp.database import away, db
from webapp.extensions import hub
from webapp.security import require_same_origin
from webapp.signalling.connection import Connection, NoThread
from webapp.signalling.messages import LARGEST, Refused, parse

SERVER_OPTIONS = {"max_message_size": LARGEST, "thread_class": NoThread}

CatchUp = Callable[[dict[str, Any]], None]

NOT_UNDERSTOOD, TOO_MANY, LATER = 1008, 1013, 1013


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
    g.said = hub.said
    return window


def live(
    ws: Server,
    room: str,
    role: str,
    window: str,
    owner: str,
    joined: Callable[[CatchUp], None],
    left: Callable[[], None],
) -> None:
    """Keep a socket in a room until it goes: relay what it may say, close it for what it may not.

    `joined` is given a way to tell this socket alone what the room is like; it says so only where a word was said
    between the upgrade, when the page looks, and the joining: that word did not reach this socket.
    """
    connection = Connection(ws, role, window, owner, request.args.get("opened", 0.0, type=float))

    def catch_up(message: dict[str, Any]) -> None:
        if hub.said != g.said:
            connection.send(message)

    if not hub.join(room, connection):
        return connection.close(LATER, "there is a newer one")
    try:
        try:
            joined(catch_up)
        except Exception as error:
            if not away(error):
                raise
            return connection.close(LATER, "try again later")
        finally:
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
