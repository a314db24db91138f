"""A weak line, as each side sees it: the picture paused with a word and back by itself, data saved, the line's mark.

What the browser says of the line is made up where a weak one is wanted; all that follows from it is real. Real weak
lines are for the laboratory.
"""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import people
from tests.browser.firefox import firefox
from tests.browser.people import ADA, CLEO, Call
from tests.browser.test_accessibility import press_by_keyboard, violations
from tests.servers import RunningServer

PAUSED = "Picture paused to keep the sound"
LINE = """
window.__line = {};
const ask = RTCPeerConnection.prototype.getStats;
RTCPeerConnection.prototype.getStats = async function (...given) {
  const stats = await ask.apply(this, given);
  return new Map([...stats].map(([id, each]) => [id, { ...each, ...window.__line[each.type] }]));
};
"""
NO_ROOM = "window.__line = { 'candidate-pair': { availableOutgoingBitrate: 50_000 } }"
SENT = """async (kind) => [...(await window.__pcs.at(-1).getStats()).values()]
    .find((each) => each.type === 'outbound-rtp' && each.kind === kind).bytesSent"""
HIDDEN = """(hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
    document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest.fixture(autouse=True)
def _lines(desk_browser: BrowserContext, phone: BrowserContext) -> None:
    """Every page's line can be made up."""
    desk_browser.add_init_script(LINE)
    phone.add_init_script(LINE)


def pause(call: Call) -> None:
    """Let Dr Ada's line be too narrow for her picture, and both see it."""
    call.ada.evaluate(NO_ROOM)
    # An estimate alone is believed only after six seconds: the sound is well.
    expect(call.ada.locator("#paused")).to_have_text(PAUSED, timeout=40_000)  # a busy machine sees less
    expect(call.cleo.locator("#placeholder-word")).to_have_text(PAUSED)


def test_a_line_too_narrow_for_the_picture_pauses_it_on_both_sides_and_sound_goes_on(call: Call) -> None:
    pause(call)
    expect(call.ada.locator("#paused")).to_be_in_viewport()
    expect(call.cleo.locator("#placeholder-word")).to_be_in_viewport()
    expect(call.cleo.get_by_label(ADA, exact=True).and_(call.cleo.locator("video"))).to_be_hidden()
    expect(call.cleo.get_by_role("status").filter(has_text=PAUSED)).to_have_count(1)
    before = call.ada.evaluate(SENT, "audio")
    call.ada.wait_for_function(f"async (before) => await ({SENT})('audio') > before + 5000", arg=before)
    people.expect_moving(call.ada, CLEO)  # whose line is well

    call.ada.evaluate("window.__line = {}")
    expect(call.ada.locator("#paused")).to_be_empty(timeout=10_000)
    expect(call.cleo.get_by_label(ADA, exact=True).and_(call.cleo.locator("video"))).to_be_visible(timeout=2000)
    call.expect_pictures(within=3)


def test_a_paused_picture_is_known_after_a_reload_of_the_other(call: Call) -> None:
    pause(call)
    call.cleo.reload()
    expect(call.cleo.locator("#placeholder-word")).to_have_text(PAUSED)
    call.ada.evaluate("window.__line = {}")
    call.expect_pictures()


def test_no_picture_is_sent_to_a_hidden_tab_without_a_word(call: Call) -> None:
    call.cleo.evaluate(HIDDEN, True)
    call.ada.wait_for_function(
        f"""async () => {{
            const before = await ({SENT})('video');
            await new Promise((later) => setTimeout(later, 1500));
            return await ({SENT})('video') === before;
        }}"""
    )
    expect(call.ada.locator("#paused")).to_be_empty()
    expect(call.ada.locator("#quality-name")).to_have_text("Good connection")
    people.expect_moving(call.ada, CLEO)
    call.cleo.evaluate(HIDDEN, False)
    people.expect_moving(call.cleo, ADA, within=3)


def test_no_more_is_sent_than_can_be_seen(call: Call) -> None:
    most = "() => window.__pcs.at(-1).getSenders()[1].getParameters().encodings[0].maxBitrate"
    call.ada.wait_for_function(f"() => ({most})() > 400_000", timeout=40_000)  # a busy machine sees less
    call.cleo.set_viewport_size({"width": 160, "height": 320})  # at two pixels each: 180 lines of a wide picture
    call.ada.wait_for_function(f"() => ({most})() < 100_000", timeout=40_000)  # a busy machine sees less
    expect(call.ada.locator("#quality-words")).not_to_contain_text("smaller")
    call.cleo.set_viewport_size({"width": 844, "height": 390})
    call.ada.wait_for_function(f"() => ({most})() > 400_000", timeout=40_000)  # a busy machine sees less
    call.expect_pictures()


def test_sound_comes_before_the_picture(call: Call) -> None:
    for page in (call.ada, call.cleo):
        found = page.evaluate(
            "() => window.__pcs.at(-1).getSenders().map((each) => each.getParameters().encodings[0].networkPriority)"
        )
        assert found == ["high", "low"]


def test_sound_is_sent_with_error_correction_between_any_two_browsers(
    call: Call, server: RunningServer, tmp_path: Path
) -> None:
    for page in (call.ada, call.cleo):
        for side in ("localDescription", "remoteDescription"):
            assert "useinbandfec=1" in page.evaluate(f"() => window.__pcs.at(-1).{side}.sdp")
    with firefox(tmp_path) as other:
        other.open(f"{server.url}/healthz")
        other.run(
            """window.pair = [new RTCPeerConnection(), new RTCPeerConnection()];
            pair[0].addTransceiver('audio');
            (async () => {
                await pair[0].setLocalDescription();
                await pair[1].setRemoteDescription(pair[0].localDescription);
                await pair[1].setLocalDescription();
            })();"""
        )
        other.wait("return pair[1].localDescription?.sdp.includes('useinbandfec=1')")
        assert other.run("return pair[0].localDescription.sdp.includes('useinbandfec=1')")


def test_the_mark_says_how_the_line_is_and_opens_by_keyboard(call: Call) -> None:
    mark = call.cleo.locator("#quality summary")
    expect(mark).to_have_accessible_name("Good connection")
    box = mark.bounding_box()
    assert box and min(box["width"], box["height"]) >= 44
    press_by_keyboard(call.cleo, mark)
    said = call.cleo.locator("#quality-words")
    expect(said).to_be_visible()
    expect(said).to_have_text("Round trip 10 ms, 0 % lost, direct from browser to browser.")
    call.cleo.evaluate("window.__line = { 'candidate-pair': { currentRoundTripTime: 0.9 } }")
    expect(mark).to_have_accessible_name("Weak connection")
    expect(said).to_contain_text("Round trip 900 ms")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_a_picture_is_paused(call: Call, scheme: str) -> None:
    pages: list[Page] = [call.ada, call.cleo]
    pause(call)
    for page in pages:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.locator("#quality summary").click()
        assert violations(page) == []
        page.set_viewport_size({"width": 320, "height": 640})
        assert not page.evaluate("() => document.scrollingElement.scrollWidth > innerWidth")
