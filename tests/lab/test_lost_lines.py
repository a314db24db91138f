"""A line that is gone, or another one in its place: the call comes back by itself, to the same seat, and says so.

The limits are twice what is promised; what it takes on a quiet machine is measured by bench/recovery.
"""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page

from tests.browser import people
from tests.browser.people import ADA, CLEO, Call
from tests.lab.moving import moving_after, now
from tests.lab.scene import Scene, pair

AWAY = re.compile("Reconnecting|is reconnecting")


def expect_back(call: Call, since: float, within: float) -> None:
    """Wait until each sees the other move again, at most so many seconds after a moment; then both lines say so."""
    took = [moving_after(call.ada, CLEO, since, within), moving_after(call.cleo, ADA, since, within)]
    assert None not in took, f"back after {took[0]} s at Dr Ada's, {took[1]} s at Cleo's"
    for page in (call.ada, call.cleo):
        people.line_says(page, re.compile("^(Connected|Poor connection)$"), within=5)


def live(page: Page) -> int:
    """Return how many connections of a page are not closed."""
    return sum(state != "closed" for state in people.connections(page))


@pytest.mark.parametrize(("seconds", "within"), [(8, 5.0), (25, 6.0)])
def test_a_line_that_was_down_brings_the_call_back(call: Call, scene: Scene, seconds: int, within: float) -> None:
    scene.lab.wire.set("client", up=False)
    down = now()
    people.line_says(call.cleo, "Reconnecting", within=8)
    people.line_says(call.ada, f"{CLEO} is reconnecting", within=12)
    call.cleo.wait_for_timeout(max(0.0, down + seconds - now()) * 1000)
    scene.lab.wire.set("client", up=True)
    expect_back(call, now(), within)
    assert live(call.ada) == live(call.cleo) == 1, "nobody is there twice"


@pytest.mark.parametrize("side", ["client", "clinician"])
def test_another_network_in_place_of_the_one_before(call: Call, scene: Scene, side: str) -> None:
    address = scene.lab.change_address(side)
    expect_back(call, now(), within=8)
    page = call.cleo if side == "client" else call.ada
    assert pair(page)["address"] == address
    assert live(call.ada) == live(call.cleo) == 1


def test_a_browser_that_slept_comes_back(call: Call, scene: Scene) -> None:
    """As a laptop whose lid was closed: every process of the browser stands still."""
    with asleep(scene.lab.namespace("client")):
        slept = now()
        people.line_says(call.ada, f"{CLEO} is reconnecting", within=10)
        call.ada.wait_for_timeout(max(0.0, slept + 20 - now()) * 1000)
    expect_back(call, now(), within=10)
    assert live(call.ada) == live(call.cleo) == 1


@contextmanager
def asleep(namespace: str) -> Iterator[None]:
    """Let all that runs in a namespace stand still for a while."""

    def tell(what: signal.Signals) -> None:
        for each in subprocess.check_output(["ip", "netns", "pids", namespace], text=True).split():
            os.kill(int(each), what)

    tell(signal.SIGSTOP)
    try:
        yield
    finally:
        tell(signal.SIGCONT)
