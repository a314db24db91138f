"""The cheapest clients there can be: HTTP/1.1 kept alive and WebSocket (RFC 6455) over bare sockets.

They know what the server sends and no more: answers with a Content-Length, frames that are whole and not compressed.
"""

import base64
import os
import socket
import struct
import time


class Closed(Exception):
    """The server has closed the line; holds the close code where there was one."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(code)
        self.code = code


def request(method: str, path: str, host: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return the bytes of an HTTP request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    if method == "POST":
        lines += [f"Content-Length: {len(body)}", "Content-Type: application/x-www-form-urlencoded"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Http:
    """One kept-alive connection."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._socket: socket.socket | None = None

    def send(self, raw: bytes) -> None:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=30)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(raw)

    def receive(self) -> tuple[int, bytes]:
        """Return the status and the body of the answer."""
        assert self._socket
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head = data[:end].lower()
        length = 0
        if (at := head.find(b"content-length:")) >= 0:
            length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        while len(data) < end + 4 + length:
            data += self._more()
        if b"connection: close" in head:
            self.close()
        return int(head[9:12]), data[end + 4 :]

    def ask(self, raw: bytes) -> tuple[int, bytes]:
        """Send a request and return the answer; once more on a new line where the server had let go of this one."""
        try:
            self.send(raw)
            return self.receive()
        except (Closed, ConnectionError):
            self.close()
            self.send(raw)
            return self.receive()

    def _more(self) -> bytes:
        assert self._socket
        data = self._socket.recv(65536)
        if not data:
            raise Closed
        return data

    def close(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None


class WebSocket:
    """One socket of a browser that is none. Answers pings; never compresses; masks with zeros, which costs nothing."""

    def __init__(self, host: str, port: int, path: str, cookie: str) -> None:
        self.socket = socket.create_connection((host, port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        origin = f"http://{host}:{port}"
        key = base64.b64encode(os.urandom(16)).decode()
        headers = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Version": "13",
            "Origin": origin,
            "Cookie": cookie,
        }
        self.socket.sendall(request("GET", path, f"{host}:{port}", headers))
        self._buffer = b""
        while b"\r\n\r\n" not in self._buffer:
            data = self.socket.recv(4096)
            if not data:
                raise Closed
            self._buffer += data
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(head.split(b"\r\n", 1)[0].decode())

    def fileno(self) -> int:
        return self.socket.fileno()

    def send(self, text: bytes) -> None:
        self._frame(1, text)

    def _frame(self, opcode: int, data: bytes) -> None:
        size = len(data)
        head = (
            struct.pack("!BB", 0x80 | opcode, 0x80 | size)
            if size < 126
            else struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
        )
        self.socket.sendall(head + b"\0\0\0\0" + data)

    def take(self) -> list[bytes]:
        """Read once from the line and return the messages that are whole by now."""
        data = self.socket.recv(65536)
        if not data:
            raise Closed
        self._buffer += data
        return self.pending()

    def pending(self) -> list[bytes]:
        """Return the messages that have been read and not returned yet."""
        found = []
        while len(self._buffer) >= 2:
            opcode, size, start = self._buffer[0] & 15, self._buffer[1] & 127, 2
            if size == 126:
                if len(self._buffer) < 4:
                    break
                size, start = struct.unpack("!H", self._buffer[2:4])[0], 4
            if len(self._buffer) < start + size:
                break
            data, rest = self._buffer[start : start + size], self._buffer[start + size :]
            if opcode == 8 and found:
                break
            self._buffer = rest
            if opcode == 1:
                found.append(data)
            elif opcode == 9:
                self._frame(10, data)
            elif opcode == 8:
                raise Closed(struct.unpack("!H", data[:2])[0] if len(data) >= 2 else 0)
        return found

    def wait_for(self, part: bytes, within: float = 10) -> bytes:
        """Return the first message that holds these bytes."""
        until = time.monotonic() + within
        found = self.pending()
        while True:
            for each in found:
                if part in each:
                    return each
            self.socket.settimeout(max(0.001, until - time.monotonic()))
            found = self.take()

    def close(self) -> None:
        self.socket.close()
