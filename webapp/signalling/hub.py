"""Who is connected to which room, and what passes between them. In memory; one lock, held only to look things up.

A room is a name. Any number of windows may listen to it; per role one window *holds the seat*, and messages pass only
between holders, and only while the room relays. Who holds and whether it relays is told from outside (`arrange`).
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from webapp.signalling.connection import Connection

FINAL = 4410
"""Close code: it is over; do not come back."""
REPLACED = 4409
"""Close code: the same window has connected again."""
SIGNED_OUT = 4401
"""Close code: the session in which it was opened has ended."""
RESTART = 1012
"""Close code of the registry: the server restarts; come back."""


@dataclass
class Room:
    """What is known of a room while anyone is connected to it."""

    connections: list[Connection] = field(default_factory=list)
    holders: dict[str, str] = field(default_factory=dict)
    relaying: bool = False

    def holder(self, role: str) -> Connection | None:
        window = self.holders.get(role)
        return next((c for c in self.connections if c.role == role and c.window == window), None)


class Hub:
    """The rooms of one process."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}
        self._lock = threading.Lock()
        self.stopping = False
        self.said = 0
        """How often anyone was told anything: who joins compares it, to know whether they have missed a word."""

    def join(self, name: str, connection: Connection) -> bool:
        """Add a connection; one of the same window replaces the older, so that a reload leaves no ghost.

        A browser that opens two in a row may have the first arrive last: that one is not added (False).
        """
        with self._lock:
            room = self._rooms.setdefault(name, Room())
            old = [c for c in room.connections if c.role == connection.role and c.window == connection.window]
            if any(c.opened > connection.opened > 0 for c in old):
                return False
            room.connections = [c for c in room.connections if c not in old] + [connection]
        for each in old:
            each.close(REPLACED, "replaced")
        return True

    def leave(self, name: str, connection: Connection) -> bool:
        """Remove a connection; say whether it still stood for its window (False once it was replaced)."""
        with self._lock:
            room = self._rooms.get(name)
            if room is None or connection not in room.connections:
                return False
            room.connections.remove(connection)
            if not room.connections:
                del self._rooms[name]
            return True

    def arrange(self, name: str, *, relaying: bool, holders: Mapping[str, str | None]) -> None:
        """Set who holds each seat and whether messages pass."""
        with self._lock:
            room = self._rooms.get(name)
            if room is not None:
                room.relaying = relaying
                room.holders = {role: window for role, window in holders.items() if window}

    def relay(self, name: str, sender: Connection, message: dict[str, Any]) -> None:
        """Pass a holder's message, stamped with its role, to the other holders; drop it where it may not pass."""
        with self._lock:
            room = self._rooms.get(name)
            if room is None or not room.relaying or room.holders.get(sender.role) != sender.window:
                return
            others = [room.holder(role) for role in room.holders if role != sender.role]
        text = json.dumps({**message, "from": sender.role}, separators=(",", ":"))
        for other in others:
            if other is not None:
                other.send_text(text)

    def tell(self, name: str, message: dict[str, Any]) -> None:
        """Send the server's word to everyone connected to the room."""
        with self._lock:
            self.said += 1
        for connection in self._everyone(name):
            connection.send(message)

    def finish(self, name: str, message: dict[str, Any]) -> None:
        """Send the last word and close every socket of the room for good; that they go is then no one's absence."""
        with self._lock:
            self.said += 1
            room = self._rooms.pop(name, None)
        everyone = room.connections if room else []
        for connection in everyone:
            connection.send(message)
        for connection in everyone:
            connection.close(FINAL, "over")

    def close_of(self, owner: str) -> None:
        """Close every socket that was opened in a session which has ended."""
        with self._lock:
            theirs = [c for room in self._rooms.values() for c in room.connections if c.owner == owner]
        for connection in theirs:
            connection.close(SIGNED_OUT, "signed out")

    def present(self, name: str, role: str) -> bool:
        """Say whether the window that holds this seat is connected."""
        with self._lock:
            room = self._rooms.get(name)
            return room is not None and room.holder(role) is not None

    def connected(self, name: str, role: str, window: str) -> bool:
        """Say whether this window is connected, holding the seat or not."""
        return window in self.open_windows(name, role)

    def open_windows(self, name: str, role: str) -> set[str]:
        """Return the windows of this role that are connected, holding the seat or not."""
        with self._lock:
            room = self._rooms.get(name)
            return {c.window for c in room.connections if c.role == role} if room else set()

    def holding(self) -> list[tuple[str, str]]:
        """Return (room, role) of every seat whose holder is connected."""
        with self._lock:
            return [(name, role) for name, room in self._rooms.items() for role in room.holders if room.holder(role)]

    def names(self) -> list[str]:
        """Return the rooms that anyone is connected to."""
        with self._lock:
            return list(self._rooms)

    def count(self) -> int:
        """Return how many sockets are open."""
        with self._lock:
            return sum(len(room.connections) for room in self._rooms.values())

    def close_all(self, code: int = RESTART, reason: str = "restart") -> None:
        """Close every socket, as the process is about to stop; its departures are then no one's absence."""
        self.stopping = True
        with self._lock:
            everyone = [c for room in self._rooms.values() for c in room.connections]
        for connection in everyone:
            connection.close(code, reason)

    def _everyone(self, name: str) -> list[Connection]:
        with self._lock:
            room = self._rooms.get(name)
            return list(room.connections) if room else []
