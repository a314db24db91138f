"""Before the call: the diary, the client's link at every hour, and arriving without a camera or a permission."""

import json
import re
import sqlite3
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser import people
from tests.browser.people import ADA, CLEO, ZONE, Booked, Call
from tests.servers import RunningServer


def at_minutes(minutes: int) -> datetime:
    return datetime.now(ZoneInfo(ZONE)) + timedelta(minutes=minutes)


def test_the_diary_follows_the_client_by_itself(prepared: Call) -> None:
    prepared.desk.goto("/")
    entry = (
        prepared.desk.get_by_role("listitem")
        .filter(has_text=CLEO)
        .or_(prepared.desk.locator(".entry").filter(has_text=CLEO))
    )
    expect(entry.first).to_contain_text("opened")
    people.make_ready(prepared)
    expect(prepared.desk.get_by_text("is ready").first).to_be_visible(timeout=2000)
    people.start(prepared)
    expect(prepared.desk.get_by_text("In call").first).to_be_visible(timeout=2000)


def test_the_access_link_is_copied_and_the_code_leads_to_it(desk: Page) -> None:
    link = people.book(desk)
    desk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.get_by_role("button", name="Copy link").click()
    expect(desk.get_by_text("Copied").first).to_be_visible()
    assert desk.evaluate("() => navigator.clipboard.readText()") == link
    expect(desk.get_by_role("img", name="QR code", exact=False)).to_be_visible()


def test_a_client_who_is_early_sees_when_and_may_join_once_it_opens(
    server: RunningServer, phone: BrowserContext
) -> None:
    opens = timedelta(minutes=15)
    link = people.booked(server, start=datetime.now(UTC) + opens + timedelta(seconds=8)).link
    cleo = phone.new_page()
    cleo.goto(link)
    expect(cleo.get_by_role("heading", name="Your appointment")).to_be_visible()
    join = cleo.get_by_role("button", name="Join")
    expect(join).to_be_disabled()
    expect(cleo.get_by_text("You can join in")).to_be_visible()
    assert CLEO not in cleo.content()
    expect(join).to_be_enabled(timeout=12_000)
    join.click()
    expect(cleo.get_by_role("heading", name="Waiting room")).to_be_visible()
    expect(cleo.get_by_role("button", name="I'm ready")).to_be_visible()


def test_a_client_in_another_time_zone_reads_both_times(chromium: Browser, server: RunningServer) -> None:
    start = at_minutes(60 * 24)
    link = people.booked(server, start=start).link
    browser = chromium.new_context(base_url=server.url, timezone_id="Asia/Tokyo")
    page = browser.new_page()
    page.goto(link)
    there = start.astimezone(ZoneInfo("Asia/Tokyo"))
    expect(page.get_by_text(f"{there:%H:%M} your time")).to_be_visible()
    expect(page.get_by_text(f"{start:%H:%M} in London")).to_be_visible()
    browser.close()


def test_what_the_clinician_is_told_comes_from_the_open_page_not_from_the_bare_visit(
    desk: Page, phone: BrowserContext, booked: Booked
) -> None:
    link = booked.link
    desk.goto(booked.page)
    ada = people.open_waiting_area(desk)
    phone.request.get(link)
    phone.request.get(link)
    expect(ada.get_by_role("status").filter(has_text=f"{CLEO} has not opened the link yet")).to_be_visible()
    phone.new_page().goto(link)
    expect(ada.get_by_role("status").filter(has_text=f"{CLEO} has opened the link")).to_be_visible()


def test_a_client_may_take_it_back(waiting: Call) -> None:
    waiting.cleo.get_by_role("button", name="I'm not ready").click()
    expect(waiting.cleo.get_by_role("button", name="I'm ready")).to_be_visible()
    expect(waiting.ada.get_by_role("status").filter(has_text=f"{CLEO} has opened the link")).to_be_visible()
    expect(waiting.ada.get_by_role("button", name="Start Call")).to_be_disabled()


def test_a_moved_appointment_sends_the_waiting_client_back_to_the_countdown(waiting: Call) -> None:
    later = at_minutes(60 * 26)
    waiting.desk.get_by_text("Reschedule", exact=True).first.click()
    waiting.desk.get_by_label("Date").fill(f"{later:%Y-%m-%d}")
    waiting.desk.get_by_label("Time", exact=True).fill(f"{later:%H:%M}")
    waiting.desk.get_by_role("button", name="Move", exact=False).or_(
        waiting.desk.get_by_role("button", name="Reschedule")
    ).last.click()
    expect(waiting.desk.get_by_text("Moved. The link stays the same.")).to_be_visible()
    assert waiting.desk.get_by_label("Access link").input_value() == waiting.link
    expect(waiting.cleo.get_by_role("heading", name="Your appointment")).to_be_visible()
    expect(waiting.ada.get_by_role("button", name="Start Call")).to_be_disabled()


def test_two_visits_in_one_browser_do_not_collide(server: RunningServer, phone: BrowserContext) -> None:
    first, second = (people.booked(server, client=each).link for each in ("Noor Vale", "Petra Moss"))
    one, two = phone.new_page(), phone.new_page()
    one.goto(first)
    two.goto(second)
    one.get_by_role("button", name="I'm ready").click()
    two.get_by_role("button", name="I'm ready").click()
    for page in (one, two):
        expect(page.get_by_role("status").filter(has_text=f"Waiting for {ADA} to start the call")).to_be_visible()


def test_preview_level_and_choices_of_ones_own_devices(prepared: Call) -> None:
    for page in (prepared.cleo, prepared.ada):
        people.expect_moving(page, "Your own picture")
        page.wait_for_function("() => document.getElementById('level').value > 0.02")
        page.get_by_text("Choose devices").click()
        for label in ("Camera", "Microphone", "Speaker"):
            expect(page.get_by_label(label, exact=True)).to_be_visible()
        cameras = page.get_by_label("Camera", exact=True).locator("option").count()
        assert cameras >= 1


def test_the_preview_of_a_first_visit_starts_with_a_press(
    chromium: Browser, server: RunningServer, booked: Booked
) -> None:
    browser = chromium.new_context(base_url=server.url)
    browser.add_init_script("navigator.permissions.query = async () => ({ state: 'prompt' })")
    page = browser.new_page()
    page.goto(booked.link)
    page.get_by_role("button", name="Turn on camera and microphone").click()
    people.expect_moving(page, "Your own picture")
    browser.close()


REFUSES = """
if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = async (wish) => {
  const kinds = Object.keys(wish).filter((kind) => wish[kind]);
  if (kinds.some((kind) => FAULTS[kind])) throw new DOMException('', FAULTS[kinds.find((kind) => FAULTS[kind])]);
  return window.__gum(wish);
};
"""


def without(phone: BrowserContext, **faults: str) -> None:
    """Give a browser devices that fail, e.g. video="NotFoundError"."""
    phone.add_init_script(
        f"window.FAULTS = {json.dumps(faults)};"
        "window.__gum = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);" + REFUSES
    )


@pytest.mark.parametrize(
    ("faults", "sentence", "sends"),
    [
        ({"video": "NotFoundError"}, "No camera was found.", ["audio"]),
        ({"audio": "NotFoundError"}, "No microphone was found.", ["video"]),
        ({"audio": "NotFoundError", "video": "NotFoundError"}, "No camera and no microphone were found.", []),
    ],
)
def test_a_client_joins_with_what_there_is(
    desk: Page, phone: BrowserContext, booked: Booked, faults: dict[str, str], sentence: str, sends: list[str]
) -> None:
    without(phone, **faults)
    call = people.prepare(desk, phone, booked)
    people.make_ready(call)
    expect(call.cleo.get_by_text(sentence)).to_be_visible()
    call.ada.get_by_role("button", name="Start Call").click()
    people.expect_moving(call.cleo, ADA)
    people.line_says(call.ada, "Connected")
    people.expect_sending(call.cleo, sends)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("NotAllowedError", "Your browser does not let this page use the camera or microphone."),
        ("NotReadableError", "Another app seems to be using your"),
    ],
)
def test_a_refused_or_busy_camera_gets_help_and_a_way_on(
    desk: Page, phone: BrowserContext, booked: Booked, fault: str, sentence: str
) -> None:
    without(phone, video=fault, audio=fault)
    call = people.prepare(desk, phone, booked)
    call.cleo.get_by_role("button", name="I'm ready").click()
    expect(call.cleo.get_by_text(sentence)).to_be_visible()
    expect(call.ada.get_by_role("button", name="Start Call")).to_be_disabled()

    call.cleo.evaluate("() => { for (const kind of Object.keys(FAULTS)) delete FAULTS[kind]; }")
    call.cleo.get_by_role("button", name="Try again").click()
    expect(call.cleo.get_by_text("Your camera and microphone are on.")).to_be_visible()
    people.make_ready(call)
    people.start(call)


def test_a_client_who_refuses_may_join_without(desk: Page, phone: BrowserContext, booked: Booked) -> None:
    without(phone, video="NotAllowedError", audio="NotAllowedError")
    call = people.prepare(desk, phone, booked)
    call.cleo.get_by_role("button", name="I'm ready").click()
    call.cleo.get_by_role("button", name="Join without them").click()
    expect(call.ada.get_by_role("status").filter(has_text=f"{CLEO} is ready")).to_be_visible()
    call.ada.get_by_role("button", name="Start Call").click()
    people.expect_moving(call.cleo, ADA)


@pytest.mark.usefixtures("clocks")
def test_a_missed_appointment_is_shown_as_missed_to_open_pages(waiting: Call, server: RunningServer) -> None:
    past = (datetime.now(UTC) - timedelta(hours=3)).replace(tzinfo=None)
    with sqlite3.connect(server.data_dir / "anteroom.db", timeout=10) as record:
        record.execute(
            "UPDATE appointments SET starts_at = ?, ends_at = ? WHERE status = 'booked'",
            (past.isoformat(" "), (past + timedelta(minutes=30)).isoformat(" ")),
        )
    for page in (waiting.ada, waiting.cleo):
        people.pass_time(page, people.POLL)
    expect(waiting.ada.get_by_role("heading", name="Appointment missed")).to_be_visible()
    expect(waiting.cleo.get_by_role("heading", name="This call is no longer available")).to_be_visible()


def test_without_javascript_the_link_still_explains_itself(chromium: Browser, server: RunningServer) -> None:
    link = people.booked(server, start=people.in_a_day()).link
    browser = chromium.new_context(base_url=server.url, java_script_enabled=False)
    page = browser.new_page()
    page.goto(link)
    expect(page.get_by_role("heading", name="Your appointment")).to_be_visible()
    expect(page.get_by_text("(Europe/London time)")).to_be_visible()
    browser.close()


def test_no_question_gets_in_the_way_of_a_press(prepared: Call) -> None:
    """A question under way, and others that wait for it, must not push a press out."""
    held: list[Route] = []
    prepared.cleo.route(re.compile(r"/panel\b"), lambda route: held.append(route))
    ask = "document.body.dispatchEvent(new Event('changed'))"
    with prepared.cleo.expect_request(re.compile(r"/panel\b")):
        prepared.cleo.evaluate(ask)
    prepared.cleo.evaluate(ask)
    prepared.cleo.get_by_role("button", name="I'm ready").click()
    for _ in range(3):
        prepared.cleo.evaluate(ask)
    waits = prepared.cleo.get_by_role("status").filter(has_text=f"Waiting for {ADA} to start the call")
    expect(waits).to_be_visible()
    assert held
    prepared.cleo.unroute_all(behavior="ignoreErrors")
