"""Whatever drops comes back to the same seat: reloads, closed tabs, other windows, lost sockets, a killed server."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser import people
from tests.browser.people import ADA, CLEO, Call
from tests.servers import RunningServer


@pytest.mark.parametrize("role", ["ada", "cleo"])
def test_a_reload_in_the_call_comes_back_with_pictures(call: Call, role: str) -> None:
    getattr(call, role).reload()
    call.expect_pictures()
    people.line_says(call.ada, "Connected")
    people.line_says(call.cleo, "Connected")
    people.expect_one_connection(call.ada)


def test_both_reload_at_once(call: Call) -> None:
    call.ada.reload(wait_until="commit")
    call.cleo.reload(wait_until="commit")
    call.expect_pictures(within=20)


def test_a_reload_while_waiting_keeps_the_client_ready(waiting: Call) -> None:
    waiting.cleo.reload()
    expect(waiting.cleo.get_by_role("status").filter(has_text=f"Waiting for {ADA} to start the call")).to_be_visible()
    expect(waiting.ada.get_by_role("status").filter(has_text=f"{CLEO} is ready")).to_be_visible()
    people.start(waiting)


@pytest.mark.parametrize("role", ["ada", "cleo"])
def test_a_closed_tab_reopened_has_the_same_seat(call: Call, role: str) -> None:
    page = getattr(call, role)
    other, name = (call.cleo, ADA) if role == "ada" else (call.ada, CLEO)
    address, browser = page.url, page.context
    page.close()
    people.line_says(other, f"{name} is reconnecting")
    again = browser.new_page()
    again.goto(address)
    setattr(call, role, again)
    call.expect_pictures()


def test_a_waiting_client_who_closes_the_tab_is_seen_to_be_gone(waiting: Call) -> None:
    waiting.cleo.close()
    gone = waiting.ada.get_by_role("status").filter(has_text=f"{CLEO} has lost connection")
    expect(gone).to_be_visible(timeout=3000)
    expect(waiting.ada.get_by_role("button", name="Start Call")).to_be_disabled()


def test_the_newest_press_has_the_seat_and_the_older_page_may_take_it_back(call: Call, phone: BrowserContext) -> None:
    second = phone.new_page()
    second.goto(call.link)
    expect(second.get_by_role("heading", name="Continued in another window")).to_be_visible()
    call.expect_pictures()

    second.get_by_role("button", name="Take back").click()
    expect(call.cleo.get_by_role("heading", name="Continued in another window")).to_be_visible()
    people.expect_dark(call.cleo)
    first, call.cleo = call.cleo, second
    call.expect_pictures()

    first.get_by_role("button", name="Take back").click()
    expect(second.get_by_role("heading", name="Continued in another window")).to_be_visible()
    call.cleo = first
    call.expect_pictures()
    people.expect_one_connection(call.ada)


def test_a_press_in_another_window_of_the_waiting_room_has_the_seat(waiting: Call, phone: BrowserContext) -> None:
    second = phone.new_page()
    second.goto(waiting.link)
    second.get_by_role("button", name="Take back").click()
    expect(waiting.cleo.get_by_role("heading", name="Continued in another window")).to_be_visible()
    waiting.cleo = second
    people.start(waiting)


def test_media_is_untouched_by_a_cut_socket_and_an_end_is_shown_all_the_same(call: Call) -> None:
    made = people.connections(call.cleo)
    people.cut_sockets(call.cleo)
    people.cut_sockets(call.ada)
    call.expect_pictures()
    people.expect_connections(call.cleo, made)
    people.expect_one_connection(call.cleo)
    call.control(call.ada, "Hang up").click()
    call.ada.get_by_role("button", name="End Call").click()
    expect(call.cleo.get_by_role("heading", name="Appointment ended")).to_be_visible(timeout=3000)


@pytest.mark.usefixtures("clocks")
def test_without_any_socket_each_side_still_learns_of_the_other(waiting: Call) -> None:
    for page in (waiting.ada, waiting.cleo):
        page.evaluate(
            """() => { window.WebSocket = class {
                constructor() { setTimeout(() => this.onclose({ code: 1006 })); }
                close() {}
            } }"""
        )
        people.cut_sockets(page)
    waiting.cleo.get_by_role("button", name="I'm not ready").click()
    expect(waiting.cleo.get_by_role("button", name="I'm ready")).to_be_visible()
    people.pass_time(waiting.ada, people.POLL)
    expect(waiting.ada.get_by_role("button", name="Start Call")).to_be_disabled()


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_media_is_untouched_by_a_server_that_restarts_or_is_killed(call: Call, server: RunningServer, how: str) -> None:
    made = people.connections(call.cleo)
    if how == "kill":
        server.kill()
        call.expect_pictures()
        server.start()
    else:
        server.restart()
    call.expect_pictures()
    people.expect_connections(call.cleo, made)
    people.expect_one_connection(call.cleo)
    for page in (call.ada, call.cleo):
        page.wait_for_function("() => window.__sockets.at(-1).readyState === 1", timeout=4000)
    call.control(call.cleo, "Hang up").click()
    call.cleo.get_by_role("button", name="End Call").click()
    expect(call.ada.get_by_role("alertdialog")).to_be_visible(timeout=3000)
