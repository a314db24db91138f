"""A real coturn in a namespace, with the configuration that Anteroom writes; its log can be read."""

import base64
import hashlib
import hmac
import signal
import subprocess
import time
from pathlib import Path
from typing import Self

from tests.lab import namespaces
from webapp import relay

SECRET = "known-to-the-relay-and-the-server-only"
PORT, TLS_PORT = relay.PLAIN, relay.ENCRYPTED


def credential(seconds: int = 300) -> dict[str, str]:
    """Return a name and key that run out in so many seconds, as RTCIceServer has them."""
    name = f"{int(time.time()) + seconds}:somebody"
    key = hmac.digest(SECRET.encode(), name.encode(), hashlib.sha1)
    return {"username": name, "credential": base64.b64encode(key).decode()}


class Relay:
    """One coturn: UDP and TCP on 3478, TLS on 5349 with a certificate of its own; it reads `lines` as well."""

    def __init__(self, namespace: str, address: str, folder: Path, lines: str) -> None:
        self.namespace = namespace
        self.address = address
        self.folder = folder
        self.lines = lines
        self.log_file = folder / "relay.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def urls(self) -> dict[str, str]:
        """The addresses that browsers are given, by the way they go."""
        return {
            "udp": f"turn:{self.address}:{PORT}?transport=udp",
            "tcp": f"turn:{self.address}:{PORT}?transport=tcp",
            "tls": f"turns:{self.address}:{TLS_PORT}?transport=tcp",
        }

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True)
        certificate, key = self.folder / "cert.pem", self.folder / "key.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", f"/CN={self.address}", "-addext", f"subjectAltName=IP:{self.address}"),
                *("-keyout", str(key), "-out", str(certificate)),
            ],
            check=True,
            capture_output=True,
        )
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        """Write its configuration, start it and wait until it listens."""
        said = relay.Relay(
            listening=(self.address,),
            certificate=str(self.folder / "cert.pem"),
            key=str(self.folder / "key.pem"),
        )
        configuration = self.folder / "turnserver.conf"
        configuration.write_text(relay.configuration(list(self.urls.values()), SECRET, said) + self.lines)
        private = ["--verbose", "--pidfile", self.folder / "relay.pid", "--userdb", self.folder / "relay.db"]
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [*namespaces.command(self.namespace), "turnserver", "-c", str(configuration), *map(str, private)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 15
        while not self._listens():
            assert self._process.poll() is None and time.monotonic() < deadline, f"the relay did not start:\n{self.log}"
            time.sleep(0.05)

    def _listens(self) -> bool:
        found = subprocess.run(
            [*namespaces.command(self.namespace), "ss", "-ltnH"], capture_output=True, text=True, check=True
        ).stdout
        return f":{PORT} " in found and f":{TLS_PORT} " in found

    def stop(self) -> None:
        """Stop it; everything it relayed is cut."""
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
