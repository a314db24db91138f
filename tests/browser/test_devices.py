"""Devices that come and go in the call: said at once, and put right without a press wherever that can be."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, StorageState, expect

from tests.browser import people, plugs
from tests.browser.people import ADA, CLEO, Call
from tests.browser.test_accessibility import press_by_keyboard, violations
from tests.servers import RunningServer

AGAIN = "Turn camera and microphone back on"


@pytest.fixture
def phone(phone: BrowserContext) -> BrowserContext:
    plugs.make_up(phone)
    return phone


@pytest.fixture
def desk_browser(desk_browser: BrowserContext) -> BrowserContext:
    plugs.make_up(desk_browser)
    return desk_browser


def said(page: Page) -> Locator:
    return page.locator("#told-word")


def again(page: Page) -> Locator:
    return page.get_by_role("button", name=AGAIN)


def expect_same_connection(call: Call) -> None:
    assert people.connections(call.ada) == people.connections(call.cleo) == ["connected"]


def choose(call: Call, page: Page, what: str, device: str) -> None:
    call.control(page, "Devices").click()
    page.get_by_role("dialog", name="Devices").get_by_label(what).select_option(device)
    page.get_by_role("button", name="Done").click()


def test_an_unplugged_headset_gives_way_to_the_built_in_microphone_and_comes_back(call: Call) -> None:
    choose(call, call.ada, "Microphone", plugs.HEADSET)
    choose(call, call.ada, "Speaker", plugs.HEADPHONES)
    call.ada.wait_for_function("() => window.__plugs.lights().includes('microphone-2')")
    offers = call.ada.evaluate("() => window.__pcs[0].localDescription.sdp")
    plugs.unplug(call.ada, plugs.HEADSET, plugs.HEADPHONES)
    expect(said(call.ada)).to_contain_text("Your microphone was disconnected. We are using the built-in one now.")
    expect(said(call.ada)).to_contain_text("Your speaker was disconnected. We are using the usual one now.")
    expect(again(call.ada)).to_be_hidden()
    people.expect_sending(call.ada, ["audio", "video"])
    assert plugs.in_use(call.ada) == [plugs.CAMERA, plugs.BUILT_IN]
    plugs.plug(call.ada, plugs.HEADSET, plugs.HEADPHONES)
    expect(said(call.ada)).to_contain_text("Your microphone is back. We are using “Blue Headset” again.")
    expect(said(call.ada)).to_contain_text("Your speaker is back. We are using it again.")
    people.expect_sending(call.ada, ["audio", "video"])
    assert plugs.in_use(call.ada) == [plugs.CAMERA, plugs.HEADSET]
    assert call.ada.evaluate("() => window.__pcs[0].localDescription.sdp") == offers, "nothing was negotiated"
    expect_same_connection(call)
    expect(said(call.ada)).to_have_text("", timeout=14_000)


def test_what_was_switched_off_stays_off_when_devices_change(call: Call) -> None:
    call.control(call.cleo, "Mute microphone").click()
    call.control(call.cleo, "Turn camera off").click()
    plugs.unplug(call.cleo, plugs.BUILT_IN)
    expect(said(call.cleo)).to_have_text(
        "Your microphone was disconnected. We are using “Blue Headset” now. You are still muted."
    )
    people.expect_sending(call.cleo, ["muted audio"])
    plugs.unplug(call.cleo, plugs.CAMERA)
    plugs.plug(call.cleo, plugs.CAMERA, plugs.OTHER_CAMERA)
    plugs.make_usual(call.cleo, plugs.BUILT_IN)
    plugs.plug(call.cleo, plugs.BUILT_IN)
    call.cleo.wait_for_function("() => window.__plugs.lights().join() === 'microphone-1'")
    people.expect_sending(call.cleo, ["muted audio"])
    expect(call.control(call.cleo, "Turn camera on")).to_be_visible()
    expect(call.ada.locator("#other-muted")).to_be_visible()
    call.control(call.cleo, "Unmute microphone").click()
    people.expect_sending(call.cleo, ["audio"])


def test_a_camera_that_is_gone_is_told_to_both_and_comes_back_when_plugged_in(call: Call) -> None:
    plugs.unplug(call.cleo, plugs.CAMERA)
    expect(said(call.cleo)).to_have_text(
        f"Your camera has been disconnected. {ADA} cannot see you just now."
        " As soon as it is plugged in again, it is used."
    )
    expect(again(call.cleo)).to_be_hidden()
    expect(call.ada.get_by_text(f"{CLEO}'s camera is off")).to_be_visible()
    expect(call.ada.locator("#other-dark")).to_be_visible()
    call.cleo.get_by_role("button", name="Close", exact=True).click()
    expect(said(call.cleo)).to_have_text("")
    expect(call.control(call.cleo, "Mute microphone")).to_be_focused()
    plugs.plug(call.cleo, plugs.CAMERA)
    expect(said(call.cleo)).to_have_text(f"Your camera is back. {ADA} can see you again.")
    expect(call.ada.locator("#other-dark")).to_be_hidden()
    call.expect_pictures()
    expect_same_connection(call)


def test_a_phone_call_is_told_to_both_and_its_end_too(call: Call) -> None:
    plugs.silence(call.cleo, "audio", "video")
    expect(said(call.cleo)).to_have_text(
        f"Another app, or a phone call, is using your camera and microphone. {ADA} cannot see or hear you just now."
    )
    expect(again(call.cleo)).to_be_hidden()
    expect(call.ada.locator("#other-muted")).to_be_visible()
    expect(call.ada.get_by_text(f"{CLEO}'s camera is off")).to_be_visible()
    plugs.give_back(call.cleo, "audio", "video")
    expect(said(call.cleo)).to_have_text(
        f"Your microphone is back. Your camera is back. {ADA} can hear and see you again."
    )
    expect(call.ada.locator("#other-muted")).to_be_hidden()
    call.expect_pictures()


def test_what_is_not_given_back_can_be_brought_back_by_keyboard(call: Call) -> None:
    plugs.silence(call.ada, "audio")
    expect(said(call.ada)).to_contain_text(
        f"Another app, or a switch on your computer, has stopped your microphone. {CLEO} cannot hear you just now."
    )
    expect(again(call.ada)).to_be_visible(timeout=6000)
    expect(said(call.ada)).to_contain_text("When that is over, press the button.")
    press_by_keyboard(call.ada, again(call.ada))
    expect(said(call.ada)).to_contain_text("That has not helped yet.")
    call.ada.evaluate("() => window.__plugs.free('audio')")
    press_by_keyboard(call.ada, again(call.ada))
    expect(said(call.ada)).to_have_text(f"Your microphone is back. {CLEO} can hear you again.")
    expect(again(call.ada)).to_be_hidden()
    expect(call.control(call.ada, "Mute microphone")).to_be_focused()
    people.expect_sending(call.ada, ["audio", "video"])
    expect(call.cleo.locator("#other-muted")).to_be_hidden()


def test_a_camera_taken_by_another_app_needs_a_press_that_says_when_it_did_not_help(call: Call) -> None:
    plugs.refuse(call.cleo, "video", "NotReadableError")
    call.cleo.evaluate("() => window.__plugs.end('video')")
    expect(said(call.cleo)).to_have_text(
        f"Another app is using your camera. {ADA} cannot see you just now. Close that app, then press the button."
    )
    again(call.cleo).tap()
    expect(said(call.cleo)).to_contain_text("That has not helped yet. Another app is using your camera.")
    plugs.refuse(call.cleo, "video")
    again(call.cleo).tap()
    expect(said(call.cleo)).to_have_text(f"Your camera is back. {ADA} can see you again.")
    expect(again(call.cleo)).to_be_hidden()
    call.expect_pictures()
    expect_same_connection(call)


def test_a_camera_that_ends_by_itself_is_opened_again_by_itself(call: Call) -> None:
    call.cleo.evaluate("() => window.__plugs.end('video')")
    expect(said(call.cleo)).to_have_text("Your camera had stopped for a moment. It is on again.")
    call.expect_pictures()


def test_a_camera_that_comes_when_the_call_is_over_is_let_go_at_once(call: Call) -> None:
    call.control(call.cleo, "Turn camera off").click()
    call.cleo.evaluate("() => { window.__gate = new Promise((open) => { window.__open = open; }); }")
    call.control(call.cleo, "Turn camera on").click()
    call.control(call.ada, "Hang up").click()
    call.ada.get_by_role("button", name="End Call").click()
    expect(call.cleo.get_by_role("heading", name="Appointment ended")).to_be_visible()
    before = call.cleo.evaluate("() => window.__plugs.live.length")
    call.cleo.evaluate("() => window.__open()")
    call.cleo.wait_for_function("(before) => window.__plugs.live.length > before", arg=before)
    call.cleo.wait_for_function("() => window.__plugs.lights().length === 0")


def test_a_permission_that_is_withdrawn_is_told_and_used_again_when_given(call: Call) -> None:
    plugs.permit(call.ada, "microphone", "denied")
    expect(said(call.ada)).to_contain_text("Your browser does not let this page use your microphone.")
    expect(again(call.ada)).to_be_hidden()
    plugs.permit(call.ada, "microphone", "granted")
    expect(said(call.ada)).to_have_text(f"Your microphone is back. {CLEO} can hear you again.")
    people.expect_sending(call.ada, ["audio", "video"])


def test_a_permission_to_be_asked_for_again_is_asked_for_by_a_press_alone(call: Call) -> None:
    plugs.permit(call.cleo, "camera", "prompt")
    expect(again(call.cleo)).to_be_visible()
    expect(said(call.cleo)).to_contain_text("Press the button, and allow it if your browser asks.")
    assert plugs.in_use(call.cleo) == [plugs.BUILT_IN], "nothing was asked for without a press"
    again(call.cleo).tap()
    expect(said(call.cleo)).to_contain_text("Your camera is back.")
    call.expect_pictures()


def test_another_default_microphone_is_used_and_another_device_is_offered(call: Call) -> None:
    plugs.make_usual(call.ada, plugs.HEADSET)
    expect(said(call.ada)).to_have_text("We are using “Blue Headset” as your microphone now.")
    assert plugs.in_use(call.ada) == [plugs.CAMERA, plugs.HEADSET]
    plugs.plug(call.ada, plugs.OTHER_CAMERA)
    expect(said(call.ada)).to_contain_text("There is another camera now: “Desk Camera”. To use it, press Devices.")
    call.expect_pictures()
    expect_same_connection(call)


def test_a_microphone_that_was_chosen_is_not_left_for_another_default(call: Call) -> None:
    choose(call, call.ada, "Microphone", plugs.BUILT_IN)
    call.ada.wait_for_function("() => window.__plugs.lights().includes('microphone-1')")
    plugs.make_usual(call.ada, plugs.HEADSET)
    plugs.plug(call.ada, plugs.OTHER_CAMERA)
    expect(said(call.ada)).to_contain_text("There is another camera now")
    assert plugs.in_use(call.ada) == [plugs.CAMERA, plugs.BUILT_IN]


def test_a_microphone_that_gives_nothing_is_opened_once_more_and_then_told(call: Call) -> None:
    call.ada.evaluate("() => { window.__nothing = true; window.__plugs.end('audio'); }")
    expect(said(call.ada)).to_contain_text("Your microphone gives no sound.", timeout=40_000)
    call.ada.evaluate("() => { window.__nothing = false; }")
    choose(call, call.ada, "Microphone", plugs.HEADSET)
    expect(said(call.ada)).to_have_text("")


REFUSE = """
window.__refused = true;
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  if (window.__refused && this.id === 'remote') return Promise.reject(new DOMException('made up', 'NotAllowedError'));
  return play.call(this);
};
document.getElementById('remote').autoplay = false;
"""


def expect_uncovered(button: Locator) -> None:
    covered_by = button.evaluate(
        """(each) => {
            const box = each.getBoundingClientRect();
            const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            return each.contains(top) ? '' : top?.outerHTML.slice(0, 200);
        }"""
    )
    assert covered_by == ""


def test_sound_that_the_browser_holds_back_is_one_press_away(call: Call) -> None:
    hear = call.cleo.get_by_role("button", name="Tap to hear")
    expect(hear).to_be_hidden()
    call.cleo.evaluate(REFUSE)
    call.cleo.evaluate("() => document.getElementById('remote').pause()")
    expect(hear).to_be_visible()
    expect_uncovered(hear)
    call.control(call.cleo, "Chat").tap()
    expect_uncovered(hear)
    call.cleo.keyboard.press("Escape")
    hear.tap()
    expect(hear).to_be_visible()
    call.cleo.evaluate("() => { window.__refused = false; }")
    call.cleo.keyboard.press("Tab")
    press_by_keyboard(call.cleo, hear)
    expect(hear).to_be_hidden()
    expect(call.control(call.cleo, "Mute microphone")).to_be_focused()
    call.expect_pictures()


def test_a_new_source_that_may_not_play_is_one_press_away_too(call: Call) -> None:
    call.cleo.evaluate(REFUSE)
    call.ada.reload()
    hear = call.cleo.get_by_role("button", name="Tap to hear")
    expect(hear).to_be_visible(timeout=15_000)  # as long as a connection may take
    call.cleo.evaluate("() => { window.__refused = false; }")
    hear.tap()
    expect(hear).to_be_hidden()
    call.expect_pictures()


def test_a_picture_that_something_pauses_goes_on_by_itself_and_asks_when_that_does_not_last(call: Call) -> None:
    pause = "() => document.getElementById('remote').pause()"
    going = "() => !document.getElementById('remote').paused"
    for _ in range(3):
        call.cleo.evaluate(pause)
        call.cleo.wait_for_function(going)
    call.cleo.evaluate(pause)
    hear = call.cleo.get_by_role("button", name="Tap to hear")
    expect(hear).to_be_visible()
    hear.tap()
    expect(hear).to_be_hidden()
    call.expect_pictures()


def test_the_screen_is_kept_awake_in_the_call_and_let_go_afterwards(prepared: Call) -> None:
    prepared.cleo.evaluate(
        """() => {
            window.__locks = [];
            Object.defineProperty(navigator, 'wakeLock', { value: { request: async () => {
                const lock = { released: false, release: async () => { lock.released = true; } };
                window.__locks.push(lock);
                return lock;
            } } });
        }"""
    )
    held = "() => window.__locks.filter((each) => !each.released).length"
    people.make_ready(prepared)
    people.start(prepared)
    assert prepared.cleo.evaluate(held) == 1
    prepared.cleo.evaluate(
        """() => {
            window.__locks.forEach((each) => { each.released = true; }); // as a browser does when the page is hidden
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    prepared.cleo.wait_for_function(f"() => ({held})() === 1")
    prepared.control(prepared.ada, "Hang up").click()
    prepared.ada.get_by_role("button", name="End Call").click()
    expect(prepared.cleo.get_by_role("heading", name="Appointment ended")).to_be_visible()
    prepared.cleo.wait_for_function(f"() => ({held})() === 0")


def asks_to_stay(page: Page) -> bool:
    """Say whether the page would ask before it is left."""
    return bool(
        page.evaluate(
            """() => {
                const leaving = new Event('beforeunload', { cancelable: true });
                dispatchEvent(leaving);
                return leaving.defaultPrevented;
            }"""
        )
    )


def test_leaving_by_accident_is_asked_about_in_the_call_alone(waiting: Call) -> None:
    assert not asks_to_stay(waiting.ada) and not asks_to_stay(waiting.cleo)
    people.start(waiting)
    assert asks_to_stay(waiting.ada) and asks_to_stay(waiting.cleo)
    waiting.control(waiting.cleo, "Mute microphone").click()  # a browser asks only on a page that was touched
    asked: list[str] = []
    waiting.cleo.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    with waiting.cleo.expect_event("dialog"):
        waiting.cleo.close(run_before_unload=True)
    assert asked == ["beforeunload"]
    waiting.expect_pictures()
    waiting.control(waiting.ada, "Hang up").click()
    waiting.ada.get_by_role("button", name="End Call").click()
    for page in (waiting.ada, waiting.cleo):
        expect(page.get_by_role("heading", name="Appointment ended")).to_be_visible()
        assert not asks_to_stay(page)


def test_a_duplicated_tab_takes_another_name_without_asking(call: Call, phone: BrowserContext) -> None:
    """The page loads itself anew for that: no accident, so nobody is asked."""
    call.control(call.cleo, "Mute microphone").click()
    dialogs: list[str] = []
    call.cleo.on("dialog", lambda dialog: (dialogs.append(dialog.type), dialog.accept()))
    name = call.cleo.evaluate("() => sessionStorage.getItem('anteroom-window')")
    double = phone.new_page()
    double.add_init_script(f"sessionStorage.setItem('anteroom-window', '{name}')")
    with call.cleo.expect_navigation():
        double.goto(call.link)
    expect(call.cleo.get_by_role("heading", name="Continued in another window")).to_be_visible()
    assert dialogs == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_all_fits(
    chromium: Browser, server: RunningServer, signed_in: StorageState, tmp_path: Path, scheme: str
) -> None:
    look = {"color_scheme": scheme, "reduced_motion": "reduce"}
    with (
        people.context(
            chromium, server, small_camera=True, storage_state=signed_in, **look, **people.DESK_SCREEN
        ) as desk_browser,
        people.context(chromium, server, small_camera=True, **look, **people.PHONE_SCREEN) as phone,
    ):
        for each in (desk_browser, phone):
            plugs.make_up(each)
        desk = desk_browser.new_page()
        call = people.prepare(desk, phone)
        people.make_ready(call)
        people.start(call)
        for page, name in ((call.ada, "desk"), (call.cleo, "phone")):
            plugs.refuse(page, "video", "NotReadableError")
            page.evaluate("() => window.__plugs.end('video')")
            page.evaluate(REFUSE)
            page.evaluate("() => document.getElementById('remote').pause()")
            expect(again(page)).to_be_visible()
            expect(page.get_by_role("button", name="Tap to hear")).to_be_visible()
            assert violations(page) == []
            for width, height in [(320, 568), (844, 390), (768, 1024), (1280, 800), (390, 844)]:
                page.set_viewport_size({"width": width, "height": height})
                for button in (again(page), page.get_by_role("button", name="Tap to hear")):
                    expect(button).to_be_in_viewport(ratio=1)
                    expect_uncovered(button)
                page.screenshot(path=tmp_path / f"{name}-{scheme}-{width}.png")
