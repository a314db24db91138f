"""Firefox as it comes from Debian, driven by Marionette; with a camera and microphone that are not real."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import Any

from marionette_driver import By, Wait
from marionette_driver.marionette import Marionette

from tests.servers import free_port

PREFERENCES = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.peerconnection.ice.loopback": True,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}


@contextmanager
def firefox(
    folder: Path,
    *,
    before: Sequence[str] = (),
    there: Callable[[], AbstractContextManager[None]] = nullcontext,
    preferences: Mapping[str, object] = MappingProxyType({}),
) -> Iterator["Firefox"]:
    """Start Firefox with a new profile in a folder, and stop it.

    `before`: what stands before its command. `there`: where this process opens its socket to it.
    """
    port = free_port()
    wanted = {**PREFERENCES, **preferences}
    lines = [f"user_pref({name!r}, {str(value).lower()});" for name, value in wanted.items()]
    lines.append(f"user_pref('marionette.port', {port});")
    (folder / "user.js").write_text("\n".join(lines).replace("'", '"'))
    process = subprocess.Popen(
        [
            *before,
            *("firefox-esr", "--headless", "--no-remote", "--marionette", "--remote-allow-system-access"),
            *("--profile", str(folder)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with there():
            _wait_for(port)
            driver = Marionette(host="127.0.0.1", port=port)
            driver.start_session()
        yield Firefox(driver)
        driver.delete_session()
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


class Firefox:
    """One window of Firefox; waits as a person does."""

    def __init__(self, driver: Marionette) -> None:
        self.driver = driver

    def open(self, address: str) -> None:
        self.driver.navigate(address)

    def run(self, script: str) -> Any:
        """Run a function body in the page and return what it returns."""
        return self.driver.execute_script(script, sandbox=None)

    def wait(self, script: str, within: float = 20) -> None:
        """Wait until a function body returns something true."""
        Wait(self.driver, timeout=within, interval=0.1).until(lambda _: self.run(script))

    def press(self, name: str) -> None:
        """Press the visible button of this name."""
        path = f"//button[normalize-space()={name!r} or @aria-label={name!r}]"
        Wait(self.driver, timeout=20, interval=0.1).until(lambda driver: self._shown(path))
        self._shown(path)[0].click()

    def _shown(self, path: str) -> list[Any]:
        return [each for each in self.driver.find_elements(By.XPATH, path) if each.is_displayed()]

    def expect_heading(self, words: str) -> None:
        self.wait(
            f"return [...document.querySelectorAll('h1,h2')].some((each) => each.textContent.trim() === {words!r})"
        )

    def expect_moving(self, label: str) -> None:
        """Wait until a video shows ten more frames than it does now."""
        found = f"const video = [...document.querySelectorAll('video')].find((each) => each.ariaLabel === {label!r});"
        self.run(
            f"{found} window.shown = 0;"
            "const count = () => { window.shown += 1; video.requestVideoFrameCallback(count); };"
            "video.requestVideoFrameCallback(count);"
        )
        self.wait("return window.shown > 10")
