"""Talking to a running server: pages over HTTP, and sockets frame by frame, so that a test can also misbehave."""

import base64
import http.cookiejar
import json
import os
import re
import select
import socket
import struct
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from flask import session

from tests.cast import WINDOW, token_in
from tests.servers import HOST, RunningServer
from webapp.appointments import links
from webapp.appointments.models import Appointment
from webapp.staff import sessions
from webapp.staff.models import Person

TEXT, BINARY, CLOSE, PING, PONG, MORE = 1, 2, 8, 9, 10, 0


class Answer:
    """What a page answered."""

    def __init__(self, status: int, headers: Any, text: str) -> None:
        self.status, self.headers, self.text = status, headers, text


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class Visitor:
    """A browser of its own at a running server; redirects are answers, not followed."""

    def __init__(self, server: RunningServer, window: str = WINDOW) -> None:
        self.server = server
        self.window = window
        self.token: str | None = None
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(_Stay, urllib.request.HTTPCookieProcessor(self.cookies))

    def request(
        self, method: str, path: str, data: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        asked = urllib.request.Request(self.server.url + path, data, headers or {}, method=method)
        try:
            with self._opener.open(asked, timeout=20) as response:
                answer = Answer(response.status, response.headers, response.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                answer = Answer(error.code, error.headers, error.read().decode())
        if re.search("csrf", answer.text, re.IGNORECASE) and answer.text.startswith("<!"):
            self.token = token_in(answer.text)
        return answer

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def fragment(self, path: str) -> Answer:
        return self.request("GET", path, headers=self._htmx())

    def press(self, path: str, **fields: str) -> Answer:
        return self.request("POST", path, urllib.parse.urlencode(fields).encode(), self._htmx())

    def _htmx(self) -> dict[str, str]:
        return {"HX-Request": "true", "X-Window": self.window, "X-CSRFToken": self.token or ""}

    def cookies_for(self, path: str) -> str:
        """Return the Cookie header that this browser sends to a path."""
        asked = urllib.request.Request(self.server.url + path)
        self.cookies.add_cookie_header(asked)
        return asked.get_header("Cookie") or ""

    def give(self, name: str, value: str, path: str = "/") -> None:
        """Put a cookie into this browser."""
        self.cookies.set_cookie(
            http.cookiejar.Cookie(
                0, name, value, None, False, HOST, True, False, path, True, False, None, False, None, None, {}
            )
        )

    def socket(self, path: str, window: str | None = None, **headers: str | None) -> "Line":
        """Open a socket; a refusal is a Refusal with its HTTP status."""
        return Line(self, path, window or self.window, headers).settle()


def at_work(server: RunningServer, person: Person, window: str = WINDOW) -> Visitor:
    """Return the browser of someone who is signed in."""
    visitor = Visitor(server, window)
    with server.app.test_request_context():
        sessions.begin(person)
        value = server.app.session_interface.get_signing_serializer(server.app).dumps(dict(session))  # type: ignore[attr-defined]
    visitor.give("anteroom", value)
    visitor.get("/?date=2026-01-05")  # any page, for its token
    return visitor


def with_link(server: RunningServer, appointment: Appointment, window: str = WINDOW) -> Visitor:
    """Return the browser of a client who has opened the link."""
    visitor = Visitor(server, window)
    with server.app.app_context():
        token = links.token(appointment)
    visitor.get(f"/v/{token}")
    return visitor


class Refusal(Exception):
    """A socket that was refused before there was one, with the status of HTTP."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Line:
    """The browser's end of a socket. Answers pings while someone reads, unless told to be `silent`."""

    def __init__(self, visitor: Visitor, path: str, window: str, headers: dict[str, str | None]) -> None:
        self.code: int | None = None
        self.silent = False
        self._held = b""
        self._heard: list[dict[str, Any]] = []
        self._raw = socket.create_connection((HOST, visitor.server.port), 10)
        self._raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sent: dict[str, str | None] = {
            "Host": f"{HOST}:{visitor.server.port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
            "Origin": visitor.server.url,
            "Cookie": visitor.cookies_for(path) or None,
            **headers,
        }
        lines = [f"GET {path}?window={urllib.parse.quote(window)} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in sent.items() if value is not None]
        self._raw.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self._held:
            self._fill(10)
        head, _, self._held = self._held.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        if status != 101:
            self._raw.close()
            raise Refusal(status)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()

    def drop(self) -> None:
        """Be gone, without a word."""
        self._raw.close()

    def fileno(self) -> int:
        return self._raw.fileno()

    def _fill(self, within: float) -> bool:
        """Read what has come; False where nothing comes in time. The end of the line is an EOFError."""
        if not select.select([self._raw], [], [], max(0, within))[0]:
            return False
        try:
            got = self._raw.recv(65536)
        except ConnectionResetError:
            got = b""
        if not got:
            raise EOFError
        self._held += got
        return True

    # Sending

    def say(self, **message: Any) -> None:
        """Send a message of the vocabulary."""
        self.send(TEXT, json.dumps(message).encode())

    def send(self, kind: int, payload: bytes = b"", *, last: bool = True) -> None:
        self.send_bytes(frame(kind, payload, last=last))

    def send_bytes(self, data: bytes) -> None:
        self._raw.sendall(data)

    # Receiving

    def frames(self, within: float) -> Iterator[tuple[int, bytes]]:
        """Yield (kind, payload) of the frames that come until the time is over or the line ends."""
        until = time.monotonic() + within
        while True:
            while (found := self._next()) is not None:
                yield found
            try:
                if not self._fill(until - time.monotonic()):
                    return
            except EOFError:
                self.code = self.code or 1006  # the code of RFC 6455 for an end without a word
                return

    def _next(self) -> tuple[int, bytes] | None:
        held = self._held
        if len(held) < 2:
            return None
        assert held[0] & 0x70 == 0, "nothing was agreed that would set these bits"
        assert held[1] & 0x80 == 0, "a server masks nothing"
        size, start = held[1], 2
        if size == 126:
            if len(held) < 4:
                return None
            size, start = struct.unpack(">H", held[2:4])[0], 4
        elif size == 127:
            if len(held) < 10:
                return None
            size, start = struct.unpack(">Q", held[2:10])[0], 10
        if len(held) < start + size:
            return None
        self._held = held[start + size :]
        return held[0] & 0x0F, held[start : start + size]

    def hear(self, within: float = 5) -> dict[str, Any] | None:
        """Return the next message; None where none comes in time or the line is closed (`code` says with what)."""
        if self._heard:
            return self._heard.pop(0)
        for kind, payload in self.frames(within):
            if kind == TEXT:
                message: dict[str, Any] = json.loads(payload)
                return message
            if kind == PING and not self.silent:
                self.send(PONG, payload)
            if kind == CLOSE:
                self.code = struct.unpack(">H", payload[:2])[0] if payload else 1005
                return None
        return None

    def settle(self) -> Self:
        """Wait until the server listens to this line: before that it may not be in its room yet."""
        self.send(PING, b"settle")
        for kind, payload in self.frames(10):
            if kind == TEXT:
                self._heard.append(json.loads(payload))
            if (kind, payload) == (PONG, b"settle"):
                return self
        raise AssertionError(f"the server does not listen (closed with {self.code})")

    def hear_until(self, within: float = 5, **wanted: Any) -> dict[str, Any]:
        """Return the next message that holds all of `wanted`, whatever comes before it."""
        until = time.monotonic() + within
        while True:
            message = self.hear(until - time.monotonic())
            assert message is not None, f"{wanted} did not come within {within} s (closed with {self.code})"
            if wanted.items() <= message.items():
                return message

    def closed(self, within: float = 5) -> int | None:
        """Return the code with which the server closes; None if it has not within the time."""
        until = time.monotonic() + within
        while self.code is None and time.monotonic() < until:
            self.hear(until - time.monotonic())
        return self.code


def frame(kind: int, payload: bytes = b"", *, last: bool = True, masked: bool = True) -> bytes:
    """Return a frame of RFC 6455 as a browser sends it."""
    size = len(payload)
    mark = 0x80 if masked else 0
    if size < 126:
        head = bytes([mark | size])
    elif size < 65536:
        head = bytes([mark | 126]) + struct.pack(">H", size)
    else:
        head = bytes([mark | 127]) + struct.pack(">Q", size)
    first = bytes([(0x80 if last else 0) | kind])
    if not masked:
        return first + head + payload
    key = os.urandom(4)
    mask = (key * (size // 4 + 1))[:size]
    hidden = (int.from_bytes(payload, "big") ^ int.from_bytes(mask, "big")).to_bytes(size, "big")
    return first + head + key + hidden


@contextmanager
def lines(*opened: Line) -> Iterator[tuple[Line, ...]]:
    """Hold sockets open, and drop them at the end."""
    try:
        yield opened
    finally:
        for each in opened:
            each.drop()


def within(seconds: float, true: Callable[[], object]) -> None:
    """Wait until something is true; fail where it is not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {true}"
        time.sleep(0.02)
