"""The warm line: connected before the call, with nothing on it until the server says so."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import people
from tests.browser.people import ADA, CLEO, Booked, Call


def test_the_line_is_connected_and_not_one_byte_of_media_leaves_before_the_start(waiting: Call) -> None:
    people.expect_connected(waiting.ada)
    people.expect_connected(waiting.cleo)
    expect(waiting.ada.get_by_text("The line is tested and open.")).to_be_visible()
    for _ in range(3):
        waiting.cleo.wait_for_timeout(300)
        assert people.media_bytes(waiting.ada) == people.media_bytes(waiting.cleo) == 0
    made = people.connections(waiting.ada)
    people.start(waiting)
    for page in (waiting.ada, waiting.cleo):
        people.expect_media(page)
    people.expect_connections(waiting.ada, made)  # the start needs no new one


def test_a_tampered_page_cannot_make_the_other_send_and_its_own_is_neither_shown_nor_played(
    waiting: Call,
) -> None:
    people.expect_connected(waiting.ada)
    people.expect_connected(waiting.cleo)
    waiting.cleo.evaluate(
        """async () => {
            const got = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
            for (const each of window.__pcs.at(-1).getTransceivers())
                await each.sender.replaceTrack(got.getTracks().find(({ kind }) => kind === each.receiver.track.kind));
        }"""
    )
    waiting.cleo.wait_for_function(
        """async () => [...(await window.__pcs.at(-1).getStats()).values()]
            .some((each) => each.type === 'outbound-rtp' && each.bytesSent > 20000)"""
    )
    assert people.media_bytes(waiting.ada) == 0
    assert people.frames(waiting.ada, CLEO) == 0
    assert waiting.ada.evaluate("() => document.getElementById('remote').srcObject") is None
    people.start(waiting)


def test_a_client_who_takes_it_back_takes_the_line_down(waiting: Call) -> None:
    people.expect_connected(waiting.ada)
    waiting.cleo.get_by_role("button", name="I'm not ready").click()
    expect(waiting.cleo.get_by_role("button", name="I'm ready")).to_be_visible()
    expect(waiting.ada.get_by_role("button", name="Start Call")).to_be_disabled()
    waiting.ada.wait_for_function("() => window.__pcs.at(-1).connectionState === 'closed'")
    people.make_ready(waiting)
    people.start(waiting)


@pytest.mark.parametrize("role", ["ada", "cleo"])
def test_a_start_without_a_warm_line_is_made_cold(prepared: Call, role: str) -> None:
    page = getattr(prepared, role)
    page.evaluate("() => { window.__send = WebSocket.prototype.send; WebSocket.prototype.send = () => {}; }")
    people.make_ready(prepared)
    prepared.ada.get_by_role("button", name="Start Call").click()
    expect(prepared.cleo.get_by_role("toolbar", name="Call controls")).to_be_visible()
    assert "connected" not in people.connections(prepared.ada)
    page.evaluate("() => { WebSocket.prototype.send = window.__send; }")
    prepared.expect_pictures(within=20)
    people.line_says(prepared.cleo, "Connected")


def test_the_client_may_come_long_before_the_clinician(desk: Page, phone: BrowserContext, booked: Booked) -> None:
    desk.goto(booked.page)
    cleo = phone.new_page()
    cleo.goto(booked.link)
    cleo.get_by_role("button", name="I'm ready").click()
    expect(cleo.get_by_role("status").filter(has_text=f"Waiting for {ADA} to start the call")).to_be_visible()
    ada = people.open_waiting_area(desk)
    call = Call(desk, ada, cleo, booked.link)
    people.expect_connected(ada)
    people.start(call)
