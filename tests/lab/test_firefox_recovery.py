"""Firefox, on the client's side, after the faults that matter most.

It is slower than Chromium: it lets a new socket wait for the older ones that it has given up, and a restart of its ICE
does not take to a new address, so that the call is back only with a whole new connection.
"""

import re

from playwright.sync_api import Page

from tests.browser import people
from tests.browser.firefox import Firefox
from tests.browser.people import ADA, CLEO
from tests.lab.moving import MOVING, NOTE_FRAMES, moving_after, now
from tests.lab.scene import Scene


def expect_back(ada: Page, cleo: Firefox, since: float, within: float) -> None:
    """Wait until each sees the other move again."""
    assert moving_after(ada, CLEO, since, within) is not None
    cleo.wait(f"return ({MOVING})([{ADA!r}, {since * 1000}])", within=max(1, since + within + 5 - now()))
    people.line_says(ada, re.compile("^(Connected|Poor connection)$"), within=5)


def test_firefox_comes_back_after_a_line_that_was_down_and_with_another_address(scene: Scene) -> None:
    scene.leave()
    visit = scene.book()
    ada = scene.adas().new_page()
    ada.goto(visit.room)
    with scene.lab.firefox("client") as cleo:
        cleo.open(scene.server.url + visit.link)
        cleo.press("I'm ready")
        ada.get_by_role("button", name="Start Call").click()
        people.expect_moving(ada, CLEO)
        cleo.run(NOTE_FRAMES)

        scene.lab.wire.set("client", up=False)
        ada.wait_for_timeout(25_000)
        scene.lab.wire.set("client", up=True)
        expect_back(ada, cleo, now(), within=14)

        scene.lab.change_address("client")
        expect_back(ada, cleo, now(), within=14)
