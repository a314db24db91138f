"""A real relay (coturn) on loopback with the configuration that Anteroom writes, and clients of it, request by request.

Without `allow_loopback` it refuses what it would refuse at a clinic. With it (where media has to arrive) it may talk to
itself on HOST, as the relays of two browsers do.
"""

import base64
import hashlib
import hmac
import ipaddress
import re
import shutil
import socket
import ssl
import struct
import subprocess
import time
from pathlib import Path
from typing import Any, Self

from aioice import stun

from tests.servers import HOST, free_port
from webapp.relay import Relay, configuration

SECRET = "the-secret-of-the-tests-relay"
UDP = 17 << 24
V4, V6 = 1 << 24, 2 << 24

# What aioice never asks for: an address of the other family (RFC 8656, section 18.8).
_FAMILY = (0x0017, "REQUESTED-ADDRESS-FAMILY", stun.pack_unsigned, stun.unpack_unsigned)
stun.ATTRIBUTES_BY_TYPE[_FAMILY[0]] = stun.ATTRIBUTES_BY_NAME[_FAMILY[1]] = _FAMILY


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for HOST, and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        + ["-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=relay", "-addext", f"subjectAltName=IP:{HOST}"],
        check=True,
        capture_output=True,
    )
    return cert, key


def credential(seconds: int = 300, seat: str = "a-seat", secret: str = SECRET) -> tuple[str, str]:
    """Return a name and key that run out in so many seconds, made by hand."""
    name = f"{int(time.time()) + seconds}:{seat}"
    return name, base64.b64encode(hmac.digest(secret.encode(), name.encode(), hashlib.sha1)).decode()


class RunningRelay:
    """Coturn in a process of its own. `urls` are what TURN_URLS would be; `lines` are added to the configuration."""

    def __init__(
        self, folder: Path, *lines: str, allow_loopback: bool = False, listening: tuple[str, ...] = (HOST,)
    ) -> None:
        self.folder = folder
        self.plain, self.encrypted = free_port(), free_port()
        self.urls = [
            f"turn:{HOST}:{self.plain}",
            f"turn:{HOST}:{self.plain}?transport=tcp",
            f"turns:{HOST}:{self.encrypted}?transport=tcp",
        ]
        self.log_file = folder / "relay.log"
        self._lines, self._loopback, self._listening = lines, allow_loopback, listening
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        cert, key = certificate(self.folder)
        relay = Relay(listening=self._listening, certificate=str(cert), key=str(key))
        written = configuration(self.urls, SECRET, relay)
        written += f"allowed-peer-ip={HOST}\n" if self._loopback else ""
        for line in self._lines:
            name = line.partition("=")[0]
            written = re.sub(rf"^{name}=.*\n", "", written, flags=re.MULTILINE) + line + "\n"
        (self.folder / "turnserver.conf").write_text(written)
        program = shutil.which("turnserver")
        assert program, "the relay is missing; install it with: apt-get install coturn"
        command = [program, "-c", self.folder / "turnserver.conf", "--verbose"]
        command += ["--pidfile", self.folder / "relay.pid", "--userdb", self.folder / "turndb"]
        command += ["--allow-loopback-peers"] if self._loopback else []
        with self.log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder
            )
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            assert self._process and self._process.poll() is None, f"the relay did not start:\n{self.log}"
            try:
                with Client(self, "tcp") as client:
                    if client.ask(stun.Method.BINDING).message_class is stun.Class.RESPONSE:
                        return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"the relay does not answer:\n{self.log}")

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def log(self) -> str:
        """All that the relay has written."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")


class Refused(Exception):
    """What the relay refused, and with which code of STUN."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code


class Client:
    """A browser's end of the relay, by "udp", "tcp" or "tls"; says what it is told to, and renews the nonce alone."""

    def __init__(
        self, relay: RunningRelay, way: str = "udp", given: tuple[str, str] = ("", ""), host: str = HOST
    ) -> None:
        self.name, self.key = given
        self.realm, self.nonce, self.seconds = "", b"", 0
        self._way, self._host = way, host
        self._port = relay.encrypted if way == "tls" else relay.plain
        self._raw = self._opened()
        if way == "tls":
            context = ssl.create_default_context(cafile=str(relay.folder / "cert.pem"))
            self._raw = context.wrap_socket(self._raw, server_hostname=host)
        self._held = b""

    def _opened(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        raw = socket.socket(family, socket.SOCK_DGRAM if self._way == "udp" else socket.SOCK_STREAM)
        raw.settimeout(10)
        try:
            raw.connect((self._host, self._port))
        except OSError:
            raw.close()
            raise
        return raw

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Give the allocation up: another client may get the same port, and would be taken for this one."""
        if self._raw.fileno() != -1:
            if self.seconds and self._way == "udp":
                self.ask(stun.Method.REFRESH, LIFETIME=0)
            self._raw.close()

    def drop(self) -> None:
        """Be gone, without a word."""
        self._raw.close()

    # Requests

    def ask(self, method: stun.Method, **attributes: Any) -> stun.Message:
        """Send one request and return its answer, whatever it is."""
        request = stun.Message(method, stun.Class.REQUEST)
        request.attributes.update({name.replace("_", "-"): value for name, value in attributes.items()})
        if self.realm:
            key = hashlib.md5(f"{self.name}:{self.realm}:{self.key}".encode()).digest()
            request.attributes.update(USERNAME=self.name, NONCE=self.nonce, REALM=self.realm)
            request.add_message_integrity(key)
        self._raw.sendall(bytes(request))
        while True:
            data = self._next()
            if data[0] < 0x40:
                answer = stun.parse_message(data)
                if answer.transaction_id == request.transaction_id:
                    return answer

    def do(self, method: stun.Method, **attributes: Any) -> stun.Message:
        """Send a request with the key, and return the answer to it; raise Refused for an error."""
        for again in (True, True, False):
            answer = self.ask(method, **attributes)
            if answer.message_class is stun.Class.RESPONSE:
                return answer
            code, reason = answer.attributes["ERROR-CODE"]
            new = answer.attributes.get("NONCE", b"")
            fresh = code == 438 or (code == 401 and not self.realm)
            if not (again and fresh and new):
                raise Refused(code, reason)
            self.nonce, self.realm = new, answer.attributes.get("REALM", self.realm)
        raise AssertionError("unreachable")

    def allocate(self, seconds: int = 600, family: int = 0) -> tuple[str, int]:
        """Take an allocation; return the address that it is reached at."""
        wanted = {"REQUESTED-ADDRESS-FAMILY": family} if family else {}
        while True:
            try:
                answer = self.do(stun.Method.ALLOCATE, LIFETIME=seconds, REQUESTED_TRANSPORT=UDP, **wanted)
                break
            except Refused as refused:
                if refused.code != 437 or self._way != "udp":
                    raise
            # The port was another client's a moment ago, and the relay still thinks of that one (RFC 8656, 7.4).
            self._raw.close()
            self._raw, self.realm = self._opened(), ""
        self.seconds = int(answer.attributes["LIFETIME"])
        address: tuple[str, int] = answer.attributes["XOR-RELAYED-ADDRESS"]
        return address

    def refresh(self, seconds: int = 600) -> int:
        """Keep the allocation (0: give it up); return for how many seconds it is kept."""
        self.seconds = int(self.do(stun.Method.REFRESH, LIFETIME=seconds).attributes["LIFETIME"])
        return self.seconds

    def permit(self, peer: str, port: int = 50000) -> None:
        """Ask that a peer may be talked to."""
        self.do(stun.Method.CREATE_PERMISSION, **{"XOR-PEER-ADDRESS": (peer, port)})

    def bind(self, peer: str, port: int = 50000, channel: int = 0x4000) -> None:
        """Ask for a channel to a peer."""
        self.do(stun.Method.CHANNEL_BIND, **{"CHANNEL-NUMBER": channel, "XOR-PEER-ADDRESS": (peer, port)})

    # Media

    def send(self, data: bytes, channel: int = 0x4000) -> None:
        """Send to the peer of a channel."""
        self._raw.sendall(struct.pack(">HH", channel, len(data)) + data + b"\0" * (-len(data) % 4))

    def hear(self, within: float = 5) -> bytes | None:
        """Return what comes next by a channel; None where nothing comes in time."""
        self._raw.settimeout(within)
        try:
            while True:
                data = self._next()
                if data[0] & 0xC0 == 0x40:
                    return data[4 : 4 + struct.unpack(">H", data[2:4])[0]]
        except TimeoutError:
            return None
        finally:
            self._raw.settimeout(10)

    def _next(self) -> bytes:
        """Return one message: a datagram, or so much of the stream."""
        if self._way == "udp":
            return self._raw.recv(65536)
        while True:
            if len(self._held) >= 4:
                size = struct.unpack(">H", self._held[2:4])[0]
                size += 4 + -size % 4 if self._held[0] & 0xC0 == 0x40 else 20
                if len(self._held) >= size:
                    found, self._held = self._held[:size], self._held[size:]
                    return found
            got = self._raw.recv(65536)
            if not got:
                raise ConnectionError("the relay has hung up")
            self._held += got


def inside(network: str) -> list[str]:
    """Return the first and last address of a network, and one in the middle."""
    found = ipaddress.ip_network(network)
    return sorted({str(found[0]), str(found[found.num_addresses // 2]), str(found[-1])})
