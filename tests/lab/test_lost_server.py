"""The server is away, or the way to it, while the two browsers reach each other: talking goes on untouched."""

from playwright.sync_api import Page, expect

from tests.browser import people
from tests.browser.people import ADA, CLEO, Call
from tests.lab.moving import now, pauses
from tests.lab.scene import Scene

SOON = 6000
"""Milliseconds; three seconds are promised."""


class Media:
    """The pictures and connections of a call from now on."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._since = now()
        self._made = self._connections()

    def _connections(self) -> list[list[str]]:
        return [people.connections(page) for page in (self._call.ada, self._call.cleo)]

    def expect_untouched(self) -> None:
        """No picture has stood still, and no connection was made anew."""
        until = now()
        assert pauses(self._call.ada, CLEO, self._since, until) == []
        assert pauses(self._call.cleo, ADA, self._since, until) == []
        assert self._connections() == self._made


def end(call: Call) -> None:
    call.control(call.ada, "Hang up").click()
    call.ada.get_by_role("button", name="End Call").click()


def ask_to_end(call: Call) -> None:
    call.control(call.cleo, "Hang up").click()
    call.cleo.get_by_role("button", name="End Call").click()


def expect_asked(call: Call) -> None:
    """Dr Ada is asked by Cleo to end the call; she does not."""
    asked = call.ada.get_by_role("alertdialog", name=f"{CLEO} would like to end the call")
    expect(asked).to_be_visible(timeout=SOON)
    asked.get_by_role("button", name="Cancel").click()
    expect(asked).to_be_hidden()


def expect_ended(call: Call) -> None:
    for page in (call.ada, call.cleo):
        expect(page.get_by_role("heading", name="Appointment ended")).to_be_visible(timeout=SOON)


def expect_sockets(call: Call) -> None:
    for page in (call.ada, call.cleo):
        page.wait_for_function("() => window.__sockets.at(-1).readyState === 1", timeout=SOON)


def dead_sockets(scene: Scene, side: str, page: Page) -> None:
    """Let a page's open sockets go dead without a word, as where a router on the way has forgotten them."""
    scene.lab.wire.set(side, block=["sockets"])
    assert page.evaluate("() => window.__sockets.at(-1).readyState") == 1, "nobody has told the page"


def test_a_socket_that_is_closed_is_nobodys_loss(call: Call) -> None:
    media = Media(call)
    people.cut_sockets(call.ada)
    people.cut_sockets(call.cleo)
    ask_to_end(call)
    expect_asked(call)
    media.expect_untouched()


def test_what_the_client_asks_reaches_a_clinician_whose_socket_is_dead(call: Call, scene: Scene) -> None:
    media = Media(call)
    dead_sockets(scene, "clinician", call.ada)
    ask_to_end(call)
    expect_asked(call)
    media.expect_untouched()


def test_an_end_reaches_a_client_whose_socket_is_dead(call: Call, scene: Scene) -> None:
    media = Media(call)
    dead_sockets(scene, "client", call.cleo)
    call.expect_pictures()
    media.expect_untouched()
    end(call)
    expect_ended(call)


def test_a_way_to_the_server_that_is_blocked_for_a_while_leaves_the_talk_alone(call: Call, scene: Scene) -> None:
    media = Media(call)
    scene.lab.wire.set("client", block=["web"])
    call.cleo.wait_for_timeout(8000)
    media.expect_untouched()
    scene.lab.wire.clear()
    ask_to_end(call)
    expect_asked(call)
    media.expect_untouched()


def test_a_server_that_is_restarted_finds_both_sockets_again(call: Call, scene: Scene) -> None:
    media = Media(call)
    scene.server.restart()
    expect_sockets(call)
    ask_to_end(call)
    expect_asked(call)
    media.expect_untouched()


def test_while_a_killed_server_is_away_a_sentence_says_so_and_the_talk_goes_on(call: Call, scene: Scene) -> None:
    media = Media(call)
    scene.server.kill()
    for page in (call.ada, call.cleo):
        expect(page.get_by_text("You can go on talking.")).to_be_visible(timeout=10_000)
        people.line_says(page, "Connected")
    scene.server.start()
    expect_sockets(call)
    for page in (call.ada, call.cleo):
        expect(page.get_by_text("You can go on talking.")).to_be_hidden(timeout=3000)
    ask_to_end(call)
    expect_asked(call)
    media.expect_untouched()


def test_an_end_pressed_while_the_server_is_away_is_kept_and_done(call: Call, scene: Scene) -> None:
    media = Media(call)
    scene.server.kill()
    end(call)
    expect(call.ada.get_by_role("alert").filter(has_text="Not saved yet")).to_be_visible(timeout=SOON)
    call.expect_pictures()
    media.expect_untouched()
    scene.server.start()
    expect_ended(call)
