"""A headset or camera that goes in the middle of a call: told in words, and one press brings it back."""

from playwright.sync_api import Page

from tests.browser import people
from tests.browser.people import Call


def unplug(page: Page, kind: str) -> None:
    """End a page's own track from below, as a browser does where its device is pulled out."""
    page.evaluate(
        """(kind) => {
            const track = document.getElementById('own').srcObject.getTracks().find((each) => each.kind === kind);
            track.stop();
            track.dispatchEvent(new Event('ended'));
        }""",
        kind,
    )


def test_a_headset_that_is_pulled_out_is_replaced_without_a_new_connection(call: Call) -> None:
    made = people.connections(call.cleo)
    unplug(call.cleo, "audio")
    people.expect_sending(call.cleo, ["audio", "video"], within=10)
    call.expect_pictures()
    assert people.connections(call.cleo) == made
