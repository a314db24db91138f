"""A real server to test against: what `make run` starts, on a free port with its own DATA_DIR.

`running_server` is one per test module; a test that needs its own takes `RunningServer` as a context manager.
What runs it elsewhere than on this machine's loopback says so in `host`, `choose_port`, `command` and `answers`.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from unittest.mock import patch

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from webapp import create_app
from webapp.database import db

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"


RUNNER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
PORTS = random.sample(range(20_000 + RUNNER % 8 * 1_500, 20_000 + (RUNNER % 8 + 1) * 1_500), 1_500)


def free_port() -> int:
    """Return a port that was free a moment ago, and that nobody takes by chance while its server is down.

    Below those that the system gives to connections, and each of several runners of the tests has its own.
    """
    while True:
        PORTS.append(PORTS.pop(0))
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, PORTS[-1]))
            except OSError:
                continue
            return PORTS[-1]


class Remembered(BytecodeCache):
    """Templates are compiled once for all the apps of the tests."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


_templates = Remembered()


def app_at(data_dir: Path, **environment: str) -> Flask:
    """Return an app of this process with its data in a folder, whatever the process's environment says."""
    given = {"PATH": os.environ["PATH"], "DATA_DIR": str(data_dir), **environment}
    with patch.dict(os.environ, given, clear=True):
        app = create_app()
    app.jinja_env.bytecode_cache = _templates
    return app


class RunningServer:
    """Anteroom in a process of its own; `url` and `data_dir` stay over a restart.

    `with server.app.app_context():` reads and writes the record from the test's side. Sockets are told of
    a change only where the server itself made it: press there.
    """

    host = HOST

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.port = self.choose_port()
        self.url = f"http://{self.host}:{self.port}"
        self.log_file = data_dir / "server.log"
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._app: Flask | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._app:
            with self._app.app_context():
                db.session.remove()
                db.engine.dispose()
        self.kill()

    @property
    def app(self) -> Flask:
        """An app of this process on the server's record and with its secret key."""
        if self._app is None:
            self._app = app_at(self.data_dir, **self._environment)
        return self._app

    @property
    def pid(self) -> int:
        """The process that takes signals; the one that answers is its child."""
        assert self._process
        return self._process.pid

    @property
    def worker(self) -> int:
        """The process that answers; the newest while it takes over from another."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        assert children, "no worker"
        return max(int(child) for child in children)

    def threads(self) -> int:
        """Return how many threads the worker has."""
        return len(os.listdir(f"/proc/{self.worker}/task"))

    def sockets(self) -> int:
        """Return how many sockets the worker has open; the one that listens is one of them."""
        folder, count = f"/proc/{self.worker}/fd", 0
        for name in os.listdir(folder):
            try:
                count += os.readlink(f"{folder}/{name}").startswith("socket:")
            except FileNotFoundError:
                pass  # closed in the meantime
        return count

    @property
    def log(self) -> str:
        """All that the server has written, to either stream."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def choose_port(self) -> int:
        return free_port()

    def command(self) -> list[str]:
        """Return what starts it; the process that this becomes takes signals."""
        return [sys.executable, "-m", "flask", "--app", "wsgi", "serve"]

    def answers(self) -> bool:
        """Return whether it answers now."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def start(self) -> None:
        """Migrate, serve, and wait until it answers."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        environment = {
            **kept,
            "DATA_DIR": str(self.data_dir),
            "HOST": self.host,
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **self._environment,
        }
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait_until_it_answers()
        except BaseException:  # told to stop, for one: nobody else knows of this process yet
            self.kill()
            raise

    def _wait_until_it_answers(self, within: float = 40) -> None:
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            if self.answers():
                return
            time.sleep(0.05)
        raise AssertionError(f"the server did not start:\n{self.log}")

    def terminate(self, within: float = 30) -> float:
        """Stop it as a service manager would (SIGTERM); return how many seconds it took."""
        assert self._process
        began = time.monotonic()
        self._process.terminate()
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        took = time.monotonic() - began
        self._process = None
        return took

    def kill(self) -> None:
        """Kill it, worker and all, as a power cut would."""
        if self._process:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Stop it and start it again on the same port and record."""
        self.terminate()
        self.start()


@pytest.fixture(scope="module")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A real server with an empty record; what it wrote is shown where a test fails."""
    with RunningServer(tmp_path_factory.mktemp("server")) as server:
        yield server
