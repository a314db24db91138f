"""The call itself: its toolbar, what each side is shown of the other, and how it fits a screen."""

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.browser import people
from tests.browser.people import ADA, CLEO, Booked, Call
from tests.servers import RunningServer


def test_a_muted_microphone_sends_silence_and_is_shown_to_the_other(call: Call) -> None:
    call.control(call.cleo, "Mute microphone").click()
    expect(call.control(call.cleo, "Unmute microphone")).to_be_visible()
    expect(call.ada.get_by_text("Microphone off")).to_have_count(1)
    expect(call.ada.locator("#other-muted")).to_be_visible()
    people.expect_sending(call.cleo, ["muted audio", "video"])
    call.control(call.cleo, "Unmute microphone").click()
    expect(call.ada.locator("#other-muted")).to_be_hidden()


def test_a_camera_turned_off_is_let_go_and_shown_to_the_other(call: Call) -> None:
    call.control(call.ada, "Turn camera off").click()
    expect(call.cleo.get_by_text(f"{ADA}'s camera is off")).to_be_visible()
    expect(call.cleo.locator("#other-dark")).to_be_visible()
    people.expect_sending(call.ada, ["audio"])
    call.control(call.ada, "Turn camera on").click()
    expect(call.cleo.locator("#other-dark")).to_be_hidden()
    call.expect_pictures()


def test_marks_are_known_after_a_reload_of_the_other(call: Call) -> None:
    call.control(call.cleo, "Turn camera off").click()
    expect(call.ada.locator("#other-dark")).to_be_visible()
    call.ada.reload()
    people.expect_moving(call.cleo, ADA)
    expect(call.ada.locator("#other-dark")).to_be_visible()


def test_what_was_switched_off_stays_off_over_a_reload(call: Call) -> None:
    call.control(call.cleo, "Mute microphone").click()
    call.control(call.cleo, "Turn camera off").click()
    call.cleo.reload()
    people.expect_moving(call.cleo, ADA)
    expect(call.control(call.cleo, "Turn camera on")).to_be_visible()
    expect(call.control(call.cleo, "Unmute microphone")).to_be_visible()
    people.expect_sending(call.cleo, ["muted audio"])
    call.control(call.cleo, "Turn camera on").click()
    people.expect_moving(call.ada, CLEO)


def test_chat_goes_from_browser_to_browser_and_is_gone_afterwards(call: Call) -> None:
    requests: list[str] = []
    for page in (call.ada, call.cleo):
        page.on("request", lambda request: requests.append(request.post_data or ""))
        page.on("websocket", lambda socket: socket.on("framesent", lambda sent: requests.append(str(sent))))
    call.control(call.ada, "Chat").click()
    box = call.ada.get_by_role("complementary", name="Chat messages")
    box.get_by_label("Message", exact=True).fill("Two tablets <b>after</b> breakfast")
    box.get_by_role("button", name="Send").click()
    expect(box.get_by_role("log")).to_contain_text("Two tablets <b>after</b> breakfast")

    expect(call.control(call.cleo, "Chat")).to_have_accessible_description("1 new")
    call.control(call.cleo, "Chat").click()
    hers = call.cleo.get_by_role("complementary", name="Chat messages")
    expect(hers.get_by_role("log")).to_contain_text(f"{ADA} Two tablets <b>after</b> breakfast")
    hers.get_by_label("Message", exact=True).fill("Thank you")
    hers.get_by_label("Message", exact=True).press("Enter")
    expect(box.get_by_role("log")).to_contain_text("Thank you")
    call.ada.keyboard.press("Escape")
    expect(box).to_be_hidden()
    assert not [each for each in requests if "tablets" in each or "Thank you" in each]
    call.cleo.reload()
    call.expect_pictures()
    expect(call.cleo.get_by_text("Two tablets")).to_have_count(0)


def test_devices_can_be_changed_in_the_call_without_a_new_connection(call: Call) -> None:
    call.control(call.ada, "Devices").click()
    dialog = call.ada.get_by_role("dialog", name="Devices")
    microphone = dialog.get_by_label("Microphone")
    expect(dialog.get_by_label("Camera")).to_be_visible()
    expect(dialog.get_by_label("Speaker")).to_be_visible()
    others = microphone.evaluate("(select) => [...select.options].map((each) => each.value)")
    assert len(others) > 1, "Chromium makes up several microphones"
    made = people.connections(call.ada)
    before = call.ada.evaluate("() => window.__pcs.at(-1).getSenders()[0].track.id")
    microphone.select_option(others[-1])
    call.ada.wait_for_function("(id) => window.__pcs.at(-1).getSenders()[0].track.id !== id", arg=before)
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_be_hidden()
    call.expect_pictures()
    people.expect_connections(call.ada, made)
    people.expect_one_connection(call.ada)


def test_a_screen_is_shared_and_the_camera_comes_back(call: Call) -> None:
    made = people.connections(call.ada)
    before = call.cleo.get_by_label(ADA, exact=True).and_(call.cleo.locator("video"))
    size = before.evaluate("(video) => video.videoWidth + 'x' + video.videoHeight")
    call.control(call.ada, "Share screen").click()
    expect(call.control(call.ada, "Stop sharing")).to_be_visible()
    call.cleo.wait_for_function(
        "(size) => { const v = document.getElementById('remote'); return v.videoWidth + 'x' + v.videoHeight !== size }",
        arg=size,
    )
    call.control(call.ada, "Stop sharing").click()
    expect(call.control(call.ada, "Share screen")).to_be_visible()
    call.expect_pictures()
    people.expect_connections(call.ada, made)
    people.expect_one_connection(call.ada)


def test_a_phone_flips_between_its_cameras(
    playwright: Playwright, server: RunningServer, desk: Page, booked: Booked
) -> None:
    browser = people.launch(playwright, "--use-fake-device-for-media-stream=device-count=2,fps=30")
    with people.context(browser, server, small_camera=True, **people.PHONE_SCREEN) as phone:
        call = people.prepare(desk, phone, booked)
        people.make_ready(call)
        people.start(call)
        camera = "window.__pcs.at(-1).getSenders()[1].track?.getSettings().deviceId"
        first = call.cleo.evaluate(f"() => {camera}")
        call.control(call.cleo, "Flip camera").click()
        call.cleo.wait_for_function(f"(first) => ![undefined, first].includes({camera})", arg=first)
        # What Chromium makes up for a second camera is a depth image, which no call can carry.
        call.control(call.cleo, "Flip camera").click()
        call.cleo.wait_for_function(f"(first) => {camera} === first", arg=first)
        call.expect_pictures()
        assert call.control(call.ada, "Flip camera").count() == 0, "a desk has nothing to flip"
    browser.close()


def test_the_timer_is_the_clinicians_alone(call: Call) -> None:
    timer = call.ada.get_by_role("timer", name="Call duration")
    expect(timer).to_contain_text("of 30 min")
    first = timer.inner_text()
    expect(timer).not_to_have_text(first)
    assert call.cleo.get_by_role("timer").count() == 0
    assert "0:0" not in call.cleo.locator("#stage").inner_text()


def test_appointment_details_fold_out(call: Call) -> None:
    for page in (call.ada, call.cleo):
        page.get_by_text("Appointment details").click()
        expect(page.get_by_text("Harbour Clinic, 020 7946 0018")).to_be_visible()
    expect(call.cleo.get_by_text(CLEO)).to_have_count(0)


def test_full_screen_is_left_when_the_call_ends(call: Call) -> None:
    call.control(call.ada, "Full screen").click()
    expect(call.control(call.ada, "Leave full screen")).to_be_visible()
    call.control(call.ada, "Hang up").click()
    call.ada.get_by_role("dialog", name="End the call?").get_by_role("button", name="End Call").click()
    expect(call.ada.get_by_role("heading", name="Appointment ended")).to_be_visible()
    call.ada.wait_for_function("() => !document.fullscreenElement")


def test_arrow_keys_move_through_the_toolbar(call: Call) -> None:
    call.control(call.ada, "Mute microphone").focus()
    call.ada.keyboard.press("ArrowRight")
    expect(call.control(call.ada, "Turn camera off")).to_be_focused()
    call.ada.keyboard.press("ArrowLeft")
    call.ada.keyboard.press("ArrowLeft")
    expect(call.control(call.ada, "Hang up")).to_be_focused()


SCREENS = [(320, 568), (390, 844), (844, 390), (667, 375), (1280, 800)]


def _expect_room_for_all(page: Page) -> None:
    """Every button lies whole on the screen, is large enough for a thumb, and nothing covers its middle."""
    faults = page.evaluate(
        """() => [...document.querySelectorAll("[role=toolbar] button")].filter((b) => b.offsetParent).map((each) => {
            const box = each.getBoundingClientRect();
            const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            const fits = box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight;
            const wide = box.width >= 44 && box.height >= 44;
            return fits && wide && each.contains(top) ? '' : `${each.ariaLabel} ${JSON.stringify(box)} ${top?.id}`;
        }).filter(Boolean)"""
    )
    assert faults == []
    assert page.evaluate("() => document.scrollingElement.scrollWidth <= innerWidth")
    own = page.get_by_label("You", exact=True).bounding_box()
    remote = page.locator("#remote").evaluate(
        "(video) => [getComputedStyle(video).objectFit, video.clientWidth, video.clientHeight]"
    )
    size = page.viewport_size
    assert own and size
    assert own["x"] > size["width"] / 2 and own["y"] < size["height"] / 4, "the own picture is at the top right"
    assert remote == ["contain", size["width"], size["height"]], "the other's fills the screen in its true proportions"


def test_the_call_fits_every_screen(call: Call) -> None:
    for width, height in SCREENS:
        for page in (call.ada, call.cleo):
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))")
            _expect_room_for_all(page)


@pytest.mark.parametrize("role", ["ada", "cleo"])
def test_the_clinics_name_stands_where_the_picture_will_be(waiting: Call, role: str) -> None:
    other = waiting.cleo if role == "ada" else waiting.ada
    other.evaluate("() => { RTCRtpSender.prototype.replaceTrack = async () => {}; }")
    waiting.ada.get_by_role("button", name="Start Call").click()
    page = getattr(waiting, role)
    expect(page.locator("#placeholder").get_by_text("Harbour Clinic")).to_be_visible()
    expect(page.get_by_text("The picture will be here in a moment.")).to_be_visible()
