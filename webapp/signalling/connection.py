"""One open socket: sends whole messages or breaks off, and counts what it is sent. Knows no room.

simple-websocket would receive in a second thread, and send without a lock and without looking at how much was taken.
Here the request's own thread receives (half the threads, and none to wake for a message), and the socket underneath
sends a frame whole, one at a time, or not at all.
"""

import json
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from simple_websocket import ConnectionClosed, Server
from wsproto.events import Ping
from wsproto.utilities import LocalProtocolError

PING_EVERY = 6
"""Seconds. A browser that has not answered one ping when the next is due is gone."""
SEND_WITHIN = 0.5
"""Seconds a reader may keep a full buffer; after that it has stopped reading, and its line is cut."""

STEADY, BURST = 60.0, 240.0
"""Messages a second, and at once, that a browser may send: a call with many candidates needs about 60 at once."""
PARTS = 20
"""How many times as many parts it may send: pings, pongs, fragments, and the pieces that a long message comes in."""

GONE = (ConnectionClosed, OSError, LocalProtocolError)
"""How a line shows that it is no more, or that another thread or the library is just closing it."""


class Allowance:
    """So many a second, and so many at once."""

    def __init__(self, steady: float, burst: float) -> None:
        self._steady, self._burst = steady, burst
        self._left, self._at = burst, time.monotonic()

    def take(self) -> bool:
        """Count one; say whether it is within the allowance."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._steady)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class WholeSocket:
    """A socket whose `send` takes all of a frame, in turn, or cuts the line: no frame is ever broken by another."""

    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw
        self._turn = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def send(self, data: bytes) -> int:
        rest = memoryview(data)
        with self._turn:
            until = time.monotonic() + SEND_WITHIN
            while rest:
                try:
                    rest = rest[self._raw.send(rest, socket.MSG_DONTWAIT) :]
                except BlockingIOError:
                    waiter = select.poll()
                    waiter.register(self._raw, select.POLLOUT)
                    if not waiter.poll(max(0, until - time.monotonic()) * 1000):
                        self._cut()
                        raise BrokenPipeError("the reader has stopped reading") from None
        return len(data)

    def _cut(self) -> None:
        try:
            self._raw.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class CountedProtocol:
    """A WebSocket protocol that gives no more events than allowed: a flood of what is no message ends the line too."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._allowance = Allowance(STEADY * PARTS, BURST * PARTS)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._protocol, name)

    def events(self) -> Iterator[Any]:
        for event in self._protocol.events():
            if not self._allowance.take():
                raise OSError("too many frames")
            yield event


class NoThread:
    """Stands where simple-websocket would start a thread to receive in."""

    name = ""

    def __init__(self, target: Any) -> None:
        pass

    def start(self) -> None:
        pass


class Connection:
    """One browser's open socket, for one role and one window of it.

    `owner` is the session that opened it, if any; `opened` is when, by the browser's clock, 0 where it does not say.
    """

    def __init__(self, ws: Server, role: str, window: str, owner: str = "", opened: float = 0) -> None:
        self.role = role
        self.window = window
        self.owner = owner
        self.opened = opened
        self._ws = ws
        self._turn = threading.Lock()
        self._allowance = Allowance(STEADY, BURST)
        self._ping_at = time.monotonic() + PING_EVERY
        with suppress(OSError):  # the browser may be gone already
            ws.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ws.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", PING_EVERY, 0))
        ws.sock = WholeSocket(ws.sock)
        ws.ws = CountedProtocol(ws.ws)

    def send(self, message: dict[str, Any]) -> bool:
        """Send one message; say whether the line took it."""
        return self.send_text(json.dumps(message, separators=(",", ":")))

    def send_text(self, text: str) -> bool:
        try:
            with self._turn:
                self._ws.send(text)
        except GONE:
            return False
        return True

    def receive(self) -> str | bytes | None:
        """Wait for the next message; None when the line is gone."""
        messages: list[str | bytes] = self._ws.input_buffer
        try:
            while not messages and self._ws.connected:
                self._read()
        except (EOFError, OSError):  # cut off
            self._ws.connected = False
        except Exception:  # sent what the protocol library chokes on
            self.close(1002, "not a WebSocket frame")
            self._ws.connected = False
        return messages.pop(0) if messages else None

    def _read(self) -> None:
        """Take in what the browser sends next, whole messages or less; ping it when it is time."""
        try:
            data = self._ws.sock.recv(4096)
        except BlockingIOError:  # silence
            data = None
        if data == b"":
            raise EOFError
        if data:
            self._ws.ws.receive_data(data)
            if not self._ws._handle_events():
                self._ws.connected = False
        if time.monotonic() >= self._ping_at:
            self._ping()

    def _ping(self) -> None:
        if not self._ws.pong_received:
            return self.close(1008, "no sign of life")
        self._ws.pong_received = False
        self._ping_at = time.monotonic() + PING_EVERY
        self._ws.sock.send(self._ws.ws.send(Ping()))

    def allowed(self) -> bool:
        """Count one received message; say whether it is within the rate."""
        return self._allowance.take()

    def close(self, code: int, reason: str = "") -> None:
        """Close with a code of RFC 6455, once; who waits in `receive` is woken."""
        with suppress(*GONE), self._turn:
            self._ws.close(code, reason)
        with suppress(OSError):
            self._ws.sock.shutdown(socket.SHUT_RD)
