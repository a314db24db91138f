"""Concluding a consultation: every way there is, on both sides."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser import people
from tests.browser.people import ADA, CLEO, PHONE, Call
from tests.servers import RunningServer


def hang_up(call: Call, page: Page) -> Locator:
    call.control(page, "Hang up").click()
    dialog = page.get_by_role("dialog", name="End the call?")
    expect(dialog).to_be_visible()
    return dialog


def ask_to_end(call: Call) -> Locator:
    """Cleo asks; return Dr Ada's dialog."""
    hang_up(call, call.cleo).get_by_role("button", name="End Call").click()
    expect(call.cleo.get_by_text(f"Waiting for {ADA} to confirm")).to_be_visible()
    asked = call.ada.get_by_role("alertdialog", name=f"{CLEO} would like to end the call")
    expect(asked).to_be_visible()
    return asked


def expect_ended(call: Call) -> None:
    expect(call.ada.get_by_role("heading", name="Appointment ended")).to_be_visible()
    expect(call.cleo.get_by_role("heading", name="Appointment ended")).to_be_visible()
    for page in (call.ada, call.cleo):
        people.expect_dark(page)
        page.wait_for_function("() => window.__sockets.every((each) => each.readyState === 3)", timeout=2000)
        page.wait_for_function("() => window.__pcs.every((each) => each.connectionState === 'closed')", timeout=2000)


def write(server: RunningServer, sql: str, *values: object) -> None:
    """Change the record behind everyone's back, to make time pass."""
    with sqlite3.connect(server.data_dir / "anteroom.db", timeout=10) as record:
        record.execute(sql, values)


def test_hanging_up_asks_first_with_focus_on_cancel_while_the_media_goes_on(call: Call) -> None:
    before = people.connections(call.ada)
    for page in (call.ada, call.cleo):
        dialog = hang_up(call, page)
        for name in ("End Call", "Refresh", "Cancel"):
            expect(dialog.get_by_role("button", name=name)).to_be_visible()
        expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
        call.expect_pictures()
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(call.control(page, "Hang up")).to_be_focused()
        hang_up(call, page).get_by_role("button", name="Cancel").click()
        expect(dialog).to_be_hidden()
    call.expect_pictures()
    people.expect_connections(call.ada, before)


def test_the_clinician_ends_for_both(call: Call) -> None:
    hang_up(call, call.ada).get_by_role("button", name="End Call").click()
    expect_ended(call)
    expect(call.ada.get_by_role("link", name="Rebook")).to_be_visible()
    expect(call.ada.get_by_text("booked for 30")).to_be_visible()
    call.ada.get_by_role("link", name="Back to diary").click()
    expect(call.ada.get_by_role("heading", name="Diary")).to_be_visible()


@pytest.mark.usefixtures("clocks")
def test_after_the_end_open_pages_ask_for_nothing_more_and_every_new_visit_finds_a_dead_link(
    call: Call, phone: BrowserContext
) -> None:
    hang_up(call, call.ada).get_by_role("button", name="End Call").click()
    expect_ended(call)
    asked: list[str] = []
    for page in (call.ada, call.cleo):
        page.on("request", lambda request: asked.append(request.url))
    for page in (call.ada, call.cleo):
        people.pass_time(page, 60)  # in which a live page asks several times
        page.evaluate("() => fetch('/healthz')")  # what is asked after all that has been seen
    assert {url.rpartition("/")[2] for url in asked} == {"healthz"}

    visit = phone.new_page()
    answer = visit.goto(call.link)
    assert answer and answer.status == 410
    expect(visit.get_by_role("heading", name="This call is no longer available")).to_be_visible()
    reloaded = call.cleo.reload()
    assert reloaded and reloaded.status == 410
    call.ada.reload()
    expect(call.ada.get_by_role("heading", name="Appointment has already finished")).to_be_visible()


def test_the_client_asks_and_the_clinician_confirms(call: Call) -> None:
    asked = ask_to_end(call)
    expect(asked.get_by_role("button", name="Cancel")).to_be_focused()
    call.expect_pictures()
    asked.get_by_role("button", name="End Call").click()
    expect_ended(call)
    expect(call.ada.get_by_text(f"{CLEO} asked to end, you confirmed.")).to_be_visible()


@pytest.mark.usefixtures("clocks")
def test_the_client_asks_and_the_clinician_carries_on(call: Call, server: RunningServer) -> None:
    ask_to_end(call).get_by_role("button", name="Cancel").click()
    expect(call.ada.get_by_role("alertdialog")).to_be_hidden()
    expect(call.cleo.get_by_text(f"{ADA} would like to carry on")).to_be_visible()
    expect(call.cleo.get_by_text(f"Waiting for {ADA} to confirm")).to_be_hidden()
    call.expect_pictures()
    past = (datetime.now(UTC) - timedelta(seconds=20)).replace(tzinfo=None).isoformat(" ")
    write(server, "UPDATE appointments SET end_declined_at = ? WHERE status = 'in_call'", past)
    people.pass_time(call.cleo, people.POLL)
    expect(call.cleo.get_by_text(f"{ADA} would like to carry on")).to_be_hidden()


def test_escape_in_the_clinicians_dialog_carries_on(call: Call) -> None:
    ask_to_end(call)
    call.ada.keyboard.press("Escape")
    expect(call.ada.get_by_role("alertdialog")).to_be_hidden()
    expect(call.cleo.get_by_text(f"{ADA} would like to carry on")).to_be_visible()


def test_the_client_withdraws(call: Call) -> None:
    ask_to_end(call)
    carry_on = call.cleo.get_by_role("button", name="Carry on")
    expect(carry_on).to_be_focused()
    carry_on.click()
    expect(call.ada.get_by_role("alertdialog")).to_be_hidden()
    expect(call.cleo.get_by_text(f"Waiting for {ADA} to confirm")).to_be_hidden()
    call.expect_pictures()


def test_the_client_asks_while_the_clinicians_own_dialog_is_open(call: Call) -> None:
    own = hang_up(call, call.ada)
    asked = ask_to_end(call)
    asked.get_by_role("button", name="End Call").click()
    expect(own).to_be_hidden()
    expect_ended(call)


def test_both_press_end_at_once(call: Call) -> None:
    hers = hang_up(call, call.ada).get_by_role("button", name="End Call")
    his = hang_up(call, call.cleo).get_by_role("button", name="End Call")
    his.dispatch_event("click")
    hers.dispatch_event("click")
    expect_ended(call)


def test_the_clinician_presses_end_twice(call: Call) -> None:
    hang_up(call, call.ada)
    call.ada.evaluate("() => { const end = document.getElementById('end-call'); end.click(); end.click(); }")
    expect_ended(call)
    expect(call.desk.get_by_text("Call ended by")).to_have_count(1)


def test_a_request_outlives_a_reload_of_either_side(call: Call) -> None:
    ask_to_end(call)
    call.cleo.reload()
    expect(call.cleo.get_by_text(f"Waiting for {ADA} to confirm")).to_be_visible()
    call.ada.reload()
    asked = call.ada.get_by_role("alertdialog", name=f"{CLEO} would like to end the call")
    expect(asked).to_be_visible()
    call.expect_pictures()
    asked.get_by_role("button", name="End Call").click()
    expect_ended(call)


def test_a_client_who_is_offline_at_the_end_sees_the_last_screen_when_back(call: Call, phone: BrowserContext) -> None:
    phone.set_offline(True)
    people.cut_sockets(call.cleo)
    hang_up(call, call.ada).get_by_role("button", name="End Call").click()
    expect(call.ada.get_by_role("heading", name="Appointment ended")).to_be_visible()
    phone.set_offline(False)
    expect_ended(call)


NOT_SAVED = "Not saved yet. It is tried again until it works."


def test_a_press_that_does_not_get_through_is_kept_and_done_when_possible(call: Call, phone: BrowserContext) -> None:
    phone.set_offline(True)
    hang_up(call, call.cleo).get_by_role("button", name="End Call").click()
    expect(call.cleo.get_by_role("alert").filter(has_text=NOT_SAVED)).to_be_visible()
    phone.set_offline(False)
    expect(call.ada.get_by_role("alertdialog", name=f"{CLEO} would like to end the call")).to_be_visible()
    expect(call.cleo.get_by_text(f"Waiting for {ADA} to confirm")).to_be_visible()
    expect(call.cleo.get_by_text(NOT_SAVED)).to_be_hidden()


def test_a_press_that_is_kept_may_be_taken_back(call: Call, phone: BrowserContext) -> None:
    phone.set_offline(True)
    hang_up(call, call.cleo).get_by_role("button", name="End Call").click()
    call.cleo.get_by_role("button", name="Never mind").click()
    expect(call.cleo.get_by_text(NOT_SAVED)).to_be_hidden()
    phone.set_offline(False)
    call.cleo.wait_for_function("() => window.__sockets.at(-1).readyState === 1")
    ask_to_end(call)


def test_an_end_pressed_while_the_server_is_away_is_done_when_it_is_back(call: Call, server: RunningServer) -> None:
    server.kill()
    hang_up(call, call.ada).get_by_role("button", name="End Call").click()
    expect(call.ada.get_by_role("alert").filter(has_text=NOT_SAVED)).to_be_visible()
    call.expect_pictures()
    server.start()
    expect_ended(call)


def test_an_end_pressed_while_the_record_is_away_is_done_when_it_is_back(call: Call, server: RunningServer) -> None:
    held = sqlite3.connect(server.data_dir / "anteroom.db", isolation_level=None)
    held.execute("BEGIN EXCLUSIVE")
    hang_up(call, call.ada).get_by_role("button", name="End Call").click()
    expect(call.ada.get_by_role("alert").filter(has_text=NOT_SAVED)).to_be_visible()
    call.expect_pictures()
    held.execute("ROLLBACK")
    held.close()
    expect_ended(call)
    expect(call.desk.get_by_text("Call ended by")).to_have_count(1)


def test_refresh_climbs_its_ladder_and_the_other_side_does_nothing(call: Call) -> None:
    for page, who in ((call.ada, ADA), (call.cleo, CLEO)):
        dialog = hang_up(call, page)
        dialog.get_by_role("button", name="Refresh").click()
        for step in ("Renewing the connection", "Renewing camera and microphone", "Making a new connection"):
            expect(dialog.get_by_role("listitem").filter(has_text=f"{step}: done")).to_be_visible()
        expect(dialog).to_be_hidden()
        call.expect_pictures()
        people.line_says(page, "Connected")
        people.expect_one_connection(page)
        expect(call.desk.get_by_text(f"{who} refreshed the connection")).to_be_visible()


def test_a_client_whose_clinician_is_gone_may_leave_and_come_back(call: Call, server: RunningServer) -> None:
    address = call.ada.url
    call.ada.close()
    people.line_says(call.cleo, f"{ADA} is reconnecting")
    leave = call.cleo.get_by_role("button", name="Leave")
    expect(leave).to_be_hidden()
    past = (datetime.now(UTC) - timedelta(seconds=31)).replace(tzinfo=None).isoformat(" ")
    write(server, "UPDATE seats SET gone_at = ?, seen_at = ? WHERE role = 'clinician'", past, past)
    expect(leave).to_be_visible(timeout=10_000)
    leave.click()
    expect(call.cleo.get_by_role("heading", name="You have left the call")).to_be_visible()
    expect(call.cleo.get_by_role("link", name=PHONE)).to_be_visible()
    people.expect_dark(call.cleo)

    call.ada = call.desk.context.new_page()
    call.ada.goto(address)
    expect(call.ada.get_by_text(f"{CLEO} has left while you were away.")).to_be_visible()
    call.cleo.get_by_role("button", name="Go back to the call").click()
    call.expect_pictures()
    expect(call.desk.get_by_text(f"{CLEO} left while {ADA} was away")).to_be_visible()


def test_abandoning_takes_effect_on_the_clients_open_page_at_once(waiting: Call) -> None:
    waiting.ada.get_by_role("button", name="Abandon").click()
    dialog = waiting.ada.get_by_role("dialog", name="Abandon this appointment?")
    expect(dialog).to_contain_text("The link will stop working")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    expect(waiting.cleo.get_by_role("heading", name="Waiting room")).to_be_visible()

    waiting.ada.get_by_role("button", name="Abandon").click()
    dialog.get_by_role("button", name="Abandon appointment").click()
    expect(waiting.ada.get_by_role("heading", name="Appointment abandoned")).to_be_visible()
    expect(waiting.cleo.get_by_role("heading", name="This call is no longer available")).to_be_visible(timeout=2000)
    people.expect_dark(waiting.cleo)
    waiting.ada.get_by_role("link", name="Rebook").click()
    expect(waiting.ada.get_by_label("Client name")).to_have_value(CLEO)
    waiting.ada.get_by_label("Date").fill(f"{people.in_a_day():%Y-%m-%d}")
    waiting.ada.get_by_label("Time", exact=True).fill("09:00")
    waiting.ada.get_by_role("button", name="Book", exact=True).click()
    assert waiting.ada.get_by_label("Access link").input_value() != waiting.link


def test_an_open_abandon_dialog_outlives_a_change_on_the_other_side(prepared: Call) -> None:
    prepared.ada.get_by_role("button", name="Abandon").click()
    dialog = prepared.ada.get_by_role("dialog", name="Abandon this appointment?")
    expect(dialog).to_contain_text("opened the link")
    prepared.cleo.get_by_role("button", name="I'm ready").click()
    expect(dialog).to_contain_text(f"{CLEO} is here now")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name="Cancel").click()
    people.start(prepared)


def test_cancelling_on_the_appointment_page_reaches_both_open_pages(waiting: Call) -> None:
    waiting.desk.get_by_role("button", name="Cancel appointment").first.click()
    waiting.desk.get_by_role("dialog").get_by_role("button", name="Cancel appointment").click()
    expect(waiting.ada.get_by_role("heading", name="Appointment cancelled")).to_be_visible()
    expect(waiting.cleo.get_by_role("heading", name="This call is no longer available")).to_be_visible()
