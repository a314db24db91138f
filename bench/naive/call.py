"""The naive call between the two sides of a laboratory."""

import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack

from playwright.sync_api import Browser, Page

from tests.browser import people
from tests.lab import namespaces
from tests.lab.laboratory import SERVER, Laboratory
from tests.lab.moving import NOTE_FRAMES, SMALL_CAMERA
from tests.lab.wire import WEB_PORTS
from tests.servers import ROOT

PORT = WEB_PORTS[-1]
ADDRESS = f"http://{SERVER}:{PORT}/"
OTHER = "other"


class NaiveCall:
    """A server of its own and two pages, in the browsers that are there."""

    def __init__(self, lab: Laboratory, one: Browser, another: Browser) -> None:
        self._browsers = one, another
        self._namespace = lab.namespace("server")
        self._process = subprocess.Popen(
            [*namespaces.command(self._namespace), sys.executable, "-m", "bench.naive.server", SERVER, str(PORT)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._open = ExitStack()
        self.pages: list[Page] = []
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while True:
            try:
                with namespaces.inside(self._namespace), urllib.request.urlopen(ADDRESS, timeout=2):
                    return
            except OSError:
                assert time.monotonic() < deadline, "the naive server does not answer"
                time.sleep(0.1)

    def start(self) -> None:
        """Begin anew: two fresh pages, both pictures moving."""
        self.leave()
        for browser in self._browsers:
            context = browser.new_context(permissions=["camera", "microphone"], ignore_https_errors=True)
            self._open.callback(context.close)
            for script in (people.WATCH, NOTE_FRAMES, SMALL_CAMERA):
                context.add_init_script(script)
            page = context.new_page()
            page.goto(ADDRESS)
            self.pages.append(page)
        for page in self.pages:
            people.expect_moving(page, OTHER)

    def standing(self) -> None:
        """Begin anew if a picture does not move."""
        try:
            assert self.pages
            for page in self.pages:
                people.expect_moving(page, OTHER, within=3)
        except Exception:
            self.start()

    def leave(self) -> None:
        """Close both pages."""
        self.pages = []
        self._open.close()
        self._open = ExitStack()

    def close(self) -> None:
        self.leave()
        self._process.terminate()
        self._process.wait(10)
