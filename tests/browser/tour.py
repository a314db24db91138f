"""A tour of every screen in every state, for whoever wants to look: axe, or a camera."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import people
from tests.browser.people import ADA, CLEO, Call
from tests.servers import RunningServer

Look = Callable[[str, Page], None]


def newcomer(server: RunningServer, desk_browser: BrowserContext, look: Look) -> Page:
    """Set a clinic up; return the diary's page."""
    desk = desk_browser.new_page()
    desk.goto("/set-up")
    look("set-up", desk)
    desk.get_by_role("button", name="Create clinic").click()
    people.set_up(desk, server, phone="")
    look("diary-empty", desk)
    desk.goto("/settings")
    desk.get_by_label("Phone").fill("12")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("That does not look like a telephone number.").first).to_be_visible()
    look("settings-error", desk)
    desk.get_by_label("Phone").fill(people.PHONE)
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("Saved.")).to_be_visible()
    look("settings", desk)
    desk.goto("/no-such-page")
    look("not-found", desk)
    return desk


def signing_in(stranger: BrowserContext, look: Look) -> None:
    """Look at the sign-in page, before and after a failure."""
    page = stranger.new_page()
    page.goto("/sign-in")
    look("sign-in", page)
    page.get_by_label("Email").fill("nobody@harbour.example")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("do not match").first).to_be_visible()
    look("sign-in-error", page)
    page.goto("/v/" + "a" * 46)
    look("unavailable", page)
    page.close()


def booking(desk: Page, phone: BrowserContext, look: Look) -> None:
    """Book for tomorrow, move, cancel; look at a link that is early."""
    desk.goto("/appointments/new")
    look("booking", desk)
    desk.get_by_label("Date").fill("")
    desk.get_by_role("button", name="Book", exact=True).click()
    expect(desk.get_by_text("Enter the client's name.").first).to_be_visible()
    look("booking-error", desk)
    link = people.book(desk, client="Noor Vale", start=people.in_a_day())
    look("appointment", desk)
    early = phone.new_page()
    early.goto(link)
    expect(early.get_by_role("heading", name="Your appointment")).to_be_visible()
    look("early", early)
    early.close()
    desk.get_by_text("Reschedule", exact=True).first.click()
    look("appointment-reschedule", desk)
    desk.keyboard.press("Escape")
    desk.get_by_role("button", name="Cancel appointment").first.click()
    look("appointment-cancel", desk)
    desk.get_by_role("dialog").get_by_role("button", name="Cancel appointment").click()
    expect(desk.get_by_role("link", name="Rebook").or_(desk.get_by_role("button", name="Rebook")).first).to_be_visible()
    look("appointment-cancelled", desk)
    area = desk.url + "/room"
    desk.goto(area)
    look("cancelled-clinician", desk)


def consultation(desk: Page, phone: BrowserContext, look: Look) -> None:
    """Hold a consultation, with every dialog on the way."""
    link = people.book(desk)
    ada = people.open_waiting_area(desk)
    people.expect_moving(ada, "Your own picture")
    look("waiting-area", ada)
    cleo = phone.new_page()
    cleo.goto(link)
    people.expect_moving(cleo, "Your own picture")
    look("waiting-room", cleo)
    cleo.get_by_text("Choose devices").click()
    look("waiting-room-devices", cleo)
    cleo.get_by_text("Choose devices").click()
    call = Call(desk, ada, cleo, link)
    people.make_ready(call)
    people.expect_connected(ada)
    look("ready-client", cleo)
    look("ready-clinician", ada)
    ada.get_by_role("button", name="Abandon").click()
    look("abandon-dialog", ada)
    ada.keyboard.press("Escape")
    people.start(call)
    people.line_says(ada, "Connected")
    people.line_says(cleo, "Connected")
    look("call-clinician", ada)
    look("call-client", cleo)
    call.control(cleo, "Chat").click()
    cleo.get_by_label("Message", exact=True).fill("I can hear you well.")
    cleo.get_by_role("button", name="Send").click()
    look("chat-client", cleo)
    cleo.get_by_role("button", name="Close chat").click()
    call.control(ada, "Devices").click()
    look("devices-dialog", ada)
    ada.keyboard.press("Escape")
    call.control(cleo, "Turn camera off").click()
    expect(ada.get_by_text(f"{CLEO}'s camera is off")).to_be_visible()
    look("camera-off", ada)
    call.control(cleo, "Turn camera on").click()
    call.expect_pictures()
    call.control(ada, "Hang up").click()
    look("end-dialog-clinician", ada)
    ada.get_by_role("button", name="Refresh").click()
    expect(ada.get_by_role("listitem").filter(has_text="Making a new connection: done")).to_be_visible()
    look("refresh", ada)
    expect(ada.get_by_role("dialog", name="End the call?")).to_be_hidden()
    call.expect_pictures()
    second = phone.new_page()
    second.goto(link)
    expect(second.get_by_role("heading", name="Continued in another window")).to_be_visible()
    look("elsewhere", second)
    second.close()
    cleo.bring_to_front()
    call.control(cleo, "Hang up").click()
    look("end-dialog-client", cleo)
    cleo.get_by_role("button", name="End Call").click()
    expect(cleo.get_by_role("button", name="Carry on")).to_be_visible()
    look("asked-client", cleo)
    asked = ada.get_by_role("alertdialog")
    expect(asked).to_be_visible()
    look("asked-clinician", ada)
    asked.get_by_role("button", name="Cancel").click()
    expect(cleo.get_by_text(f"{ADA} would like to carry on")).to_be_visible()
    look("declined-client", cleo)
    call.control(ada, "Hang up").click()
    ada.get_by_role("dialog", name="End the call?").get_by_role("button", name="End Call").click()
    expect(ada.get_by_role("heading", name="Appointment ended")).to_be_visible()
    expect(cleo.get_by_role("heading", name="Appointment ended")).to_be_visible()
    look("ended-clinician", ada)
    look("ended-client", cleo)
    ada.reload()
    look("finished-clinician", ada)
    desk.reload()
    look("appointment-ended", desk)
    cleo.close()
    ada.close()


def leaving(server: RunningServer, desk: Page, phone: BrowserContext, look: Look) -> None:
    """The clinician is gone and the client leaves."""
    call = people.prepare(desk, phone)
    people.make_ready(call)
    people.start(call)
    call.ada.close()
    people.line_says(call.cleo, f"{ADA} is reconnecting")
    look("reconnecting-client", call.cleo)
    past = (datetime.now(UTC) - timedelta(seconds=31)).replace(tzinfo=None).isoformat(" ")
    _write(
        server, "UPDATE seats SET gone_at = ?, seen_at = ? WHERE role = 'clinician' AND gone_at IS NOT NULL", past, past
    )
    expect(call.cleo.get_by_role("button", name="Leave")).to_be_visible(timeout=10_000)
    look("leave-client", call.cleo)
    call.cleo.get_by_role("button", name="Leave").click()
    expect(call.cleo.get_by_role("heading", name="You have left the call")).to_be_visible()
    look("left-client", call.cleo)
    call.cleo.close()


def not_held(server: RunningServer, desk: Page, phone: BrowserContext, look: Look) -> None:
    """A refused camera; an appointment abandoned; one that was missed; the diary after all that."""
    link = people.book(desk, client="Petra Moss")
    area = desk.url + "/room"
    refused = phone.new_page()
    refused.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError') };"
    )
    refused.goto(link)
    refused.get_by_role("button", name="I'm ready").click()
    expect(refused.get_by_role("button", name="Try again")).to_be_visible()
    look("refused-client", refused)
    refused.close()
    desk.goto("/")
    look("diary", desk)
    desk.goto(area)
    desk.get_by_role("button", name="Abandon").click()
    desk.get_by_role("button", name="Abandon appointment").click()
    expect(desk.get_by_role("heading", name="Appointment abandoned")).to_be_visible()
    look("abandoned-clinician", desk)
    people.book(desk, client="Tova Lind")
    area = desk.url + "/room"
    past = (datetime.now(UTC) - timedelta(hours=3)).replace(tzinfo=None)
    _write(
        server,
        "UPDATE appointments SET starts_at = ?, ends_at = ? WHERE client_name = 'Tova Lind'",
        past.isoformat(" "),
        (past + timedelta(minutes=30)).isoformat(" "),
    )
    desk.goto(area)
    look("missed-clinician", desk)


def _write(server: RunningServer, sql: str, *values: object) -> None:
    with sqlite3.connect(server.data_dir / "anteroom.db", timeout=10) as record:
        record.execute(sql, values)


def whole(
    server: RunningServer, desk_browser: BrowserContext, phone: BrowserContext, stranger: BrowserContext, look: Look
) -> None:
    """Go everywhere."""
    desk = newcomer(server, desk_browser, look)
    signing_in(stranger, look)
    booking(desk, phone, look)
    consultation(desk, phone, look)
    leaving(server, desk, phone, look)
    not_held(server, desk, phone, look)
