"""A laboratory: a client, a clinician and a server, each in a network of its own, on a wire that can be made bad.

    with laboratory(folder) as lab:
        server = lab.server()
        browser = lab.browser(playwright, "client")
        lab.wire.set("client", delay=100, loss=0.1)
        lab.wire.set("client", up=False)
        lab.wire.clear()

Browsers, server and relay are real. All of it is gone when the block ends, however it ends.
"""

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Playwright

from tests.browser import firefox as firefoxes
from tests.browser import people
from tests.browser.firefox import Firefox
from tests.lab import namespaces
from tests.lab.namespaces import NETS
from tests.lab.relay import Relay
from tests.lab.wire import WEB_PORTS, Line
from tests.servers import ROOT, RunningServer

SERVER = f"{NETS['server']}.2"
ORIGINS = ",".join(f"http://{SERVER}:{port}" for port in WEB_PORTS)

CHROMIUM = "/usr/bin/chromium"  # the headless shell does not take an address of http for a safe one
CAMERA = "--use-fake-device-for-media-stream"
FLAGS = [
    *(each for each in people.FLAGS if not each.startswith((CAMERA, "--allow-loopback"))),
    # Pages of plain http on another address than localhost have no camera, unless they are named here.
    f"--unsafely-treat-insecure-origin-as-secure={ORIGINS}",
    # The relay's certificate is its own; without this a browser refuses it and says nothing.
    "--ignore-certificate-errors",
]
PREFERENCES = {
    "media.devices.insecure.enabled": True,
    "media.getusermedia.insecure.enabled": True,
    "media.peerconnection.ice.loopback": False,
}


class Wire:
    """The wire as its owner holds it: a change holds once `set` has returned."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.lab.wire"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for the tests; the wire goes when they do
        )
        self.pid = self._process.pid
        self.names = namespaces.names(self.pid)
        self._lines = {side: Line() for side in NETS}
        self._hear()

    def _hear(self) -> str:
        assert self._process.stdout
        heard = self._process.stdout.readline()
        assert heard, "the wire has broken"
        return heard

    def _say(self, lines: dict[str, Line]) -> dict[str, int]:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({side: asdict(line) for side, line in lines.items()}) + "\n")
        self._process.stdin.flush()
        counts: dict[str, int] = json.loads(self._hear())
        return counts

    def set(self, side: str, *, kbit: float | None = None, **changes: Any) -> None:
        """Change the line of one side, as `Line` has it; `kbit`: both ways. The rest stays as it is."""
        if kbit is not None:
            changes |= {"kbit_up": kbit, "kbit_down": kbit}
        self._lines[side] = Line(**{**asdict(self._lines[side]), **changes})
        self._say({side: self._lines[side]})

    def clear(self) -> None:
        """Make all lines good."""
        self._lines = {side: Line() for side in NETS}
        self._say(self._lines)

    def counts(self) -> dict[str, int]:
        """Return how many packets were carried, lost, blocked and strayed."""
        return self._say({})

    def close(self) -> None:
        """Unplug it: the namespaces go, and what runs in them."""
        assert self._process.stdin
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        self._process.wait(20)
        assert self._process.stdout
        self._process.stdout.close()


class LabServer(RunningServer):
    """Anteroom in the server's namespace; asked from inside it whether it answers."""

    host = SERVER

    def __init__(self, namespace: str, port: int, data_dir: Path, **environment: str) -> None:
        self._namespace = namespace
        self._port = port
        super().__init__(data_dir, **environment)

    def choose_port(self) -> int:
        return self._port

    def command(self) -> list[str]:
        return [*namespaces.command(self._namespace), *super().command()]

    def answers(self) -> bool:
        with namespaces.inside(self._namespace):
            return super().answers()


class Laboratory:
    """What stands on the wire."""

    def __init__(self, folder: Path, wire: Wire, closing: ExitStack) -> None:
        self.folder = folder
        self.wire = wire
        self._closing = closing
        self._hosts = dict.fromkeys(NETS, 2)
        self._ports = iter(WEB_PORTS)
        self._numbers = count(1)

    def namespace(self, side: str) -> str:
        return self.wire.names[side]

    def address(self, side: str) -> str:
        """Return the address that a side has now."""
        return f"{NETS[side]}.{self._hosts[side]}"

    def change_address(self, side: str) -> str:
        """Give a side another address in place of the one it has, as a change of networks does; return it."""
        ip = ["ip", "-n", self.namespace(side)]
        # The old one first: added beside it, the new one would be its second, and go with it.
        subprocess.run([*ip, "addr", "del", f"{self.address(side)}/24", "dev", "wire"], check=True)
        self._hosts[side] = self._hosts[side] % 200 + 1
        subprocess.run([*ip, "addr", "add", f"{self.address(side)}/24", "dev", "wire"], check=True)
        subprocess.run([*ip, "route", "replace", "default", "dev", "wire"], check=True)
        return self.address(side)

    def browser(self, playwright: Playwright, side: str, *flags: str, fps: int = 20) -> Browser:
        """Start Chromium at a side, with a made-up camera."""
        inside = self.folder / f"chromium-{side}"
        inside.write_text(f'#!/bin/sh\nexec ip netns exec {self.namespace(side)} {CHROMIUM} "$@"\n')
        inside.chmod(inside.stat().st_mode | stat.S_IXUSR)
        browser = playwright.chromium.launch(executable_path=inside, args=[*FLAGS, f"{CAMERA}=fps={fps}", *flags])
        self._closing.callback(browser.close)
        return browser

    @contextmanager
    def firefox(self, side: str) -> Iterator[Firefox]:
        """Start Firefox at a side."""
        profile = self.folder / f"firefox-{next(self._numbers)}"
        profile.mkdir()
        with firefoxes.firefox(
            profile,
            before=namespaces.command(self.namespace(side)),
            there=partial(namespaces.inside, self.namespace(side)),
            preferences=PREFERENCES,
        ) as started:
            yield started

    def server(self, **environment: str) -> LabServer:
        """Start Anteroom with an empty record at the server's side."""
        port = next(self._ports)
        made = LabServer(self.namespace("server"), port, self.folder / f"server-{port}", **environment)
        return self._closing.enter_context(made)

    def relay(self, lines: str = "") -> Relay:
        """Start coturn at the server's side, with these lines added to the configuration that Anteroom writes."""
        made = Relay(self.namespace("server"), SERVER, self.folder / f"relay-{next(self._numbers)}", lines)
        return self._closing.enter_context(made)


@contextmanager
def laboratory(folder: Path) -> Iterator[Laboratory]:
    """Build a laboratory that keeps its files in a folder; take it down at the end."""
    wire = Wire()
    with ExitStack() as closing:
        closing.callback(wire.close)
        yield Laboratory(folder, wire, closing)


__all__ = ["SERVER", "LabServer", "Laboratory", "Wire", "laboratory"]
