"""For everyone: axe finds nothing on any screen in any state, and a whole consultation is held by keyboard alone."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import people, tour
from tests.browser.people import ADA, CLEO, Call
from tests.servers import ROOT, RunningServer

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}


def violations(page: Page) -> list[str]:
    """Return what axe has against a page, one line each."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("(rules) => axe.run(document, rules)", RULES)
    return [
        f"{each['id']}: {each['help']}: {[node['html'][:160] for node in each['nodes']]}"
        for each in found["violations"]
    ]


@pytest.mark.parametrize(("scheme", "swapped"), [("light", False), ("dark", True)])
def test_axe_finds_nothing_on_any_screen(chromium: Browser, tmp_path: Path, scheme: str, swapped: bool) -> None:
    found: dict[str, list[str]] = {}
    narrow = {"width": 320, "height": 640}
    wide: list[str] = []

    def look(name: str, page: Page) -> None:
        if faults := violations(page):
            found[name] = faults
        size = page.viewport_size
        page.set_viewport_size(narrow)
        if page.evaluate("() => document.scrollingElement.scrollWidth > innerWidth"):
            wide.append(name)
        page.set_viewport_size(size)

    desk_screen, phone_screen = people.DESK_SCREEN, people.PHONE_SCREEN
    if swapped:
        desk_screen, phone_screen = phone_screen, desk_screen
    settings = {"small_camera": True, "color_scheme": scheme, "reduced_motion": "reduce"}
    with (
        RunningServer(tmp_path) as server,
        people.context(chromium, server, **settings, **desk_screen) as desk,
        people.context(chromium, server, **settings, **phone_screen) as phone,
        people.context(chromium, server, **settings, **phone_screen) as stranger,
    ):
        tour.whole(server, desk, phone, stranger, look)
    assert found == {}
    assert wide == [], "these scroll sideways at 320 px"


def press_by_keyboard(page: Page, target: Locator) -> None:
    """Walk to something with the Tab key and press it; fail where it cannot be reached or is not seen to have focus."""
    for _ in range(60):
        if target.evaluate("(each) => each === document.activeElement"):
            outline = target.evaluate("(each) => getComputedStyle(each).outlineStyle")
            assert outline != "none", "focus is seen"
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} cannot be reached by keyboard")


def test_a_whole_consultation_is_held_by_keyboard_alone(prepared: Call) -> None:
    ada, cleo = prepared.ada, prepared.cleo
    press_by_keyboard(cleo, cleo.get_by_role("button", name="I'm ready"))
    expect(cleo.get_by_role("button", name="I'm not ready")).to_be_visible()
    expect(ada.get_by_role("button", name="Start Call")).to_be_enabled()
    press_by_keyboard(ada, ada.get_by_role("button", name="Start Call"))
    prepared.expect_pictures()
    for page in (ada, cleo):
        expect(prepared.control(page, "Mute microphone")).to_be_focused()
    press_by_keyboard(cleo, prepared.control(cleo, "Chat"))
    expect(cleo.get_by_label("Message", exact=True)).to_be_focused()
    cleo.keyboard.type("By keyboard")
    cleo.keyboard.press("Enter")
    expect(prepared.control(ada, "Chat")).to_have_accessible_description("1 new")
    cleo.keyboard.press("Escape")
    expect(prepared.control(cleo, "Chat")).to_be_focused()

    press_by_keyboard(cleo, prepared.control(cleo, "Hang up"))
    expect(cleo.get_by_role("dialog").get_by_role("button", name="Cancel")).to_be_focused()
    for _ in range(8):
        cleo.keyboard.press("Tab")
        inside = "() => !!document.activeElement.closest('dialog') || document.activeElement === document.body"
        assert cleo.evaluate(inside), "focus stays in the dialog"
    press_by_keyboard(cleo, cleo.get_by_role("button", name="End Call"))
    expect(cleo.get_by_role("button", name="Carry on")).to_be_focused()
    asked = ada.get_by_role("alertdialog", name=f"{CLEO} would like to end the call")
    expect(asked.get_by_role("button", name="Cancel")).to_be_focused()
    press_by_keyboard(ada, asked.get_by_role("button", name="End Call"))
    for page in (ada, cleo):
        expect(page.get_by_role("heading", name="Appointment ended")).to_be_focused()


@pytest.mark.usefixtures("clocks")
def test_a_change_is_spoken_once(prepared: Call) -> None:
    """What a live region says changes when the state does, and not with each question to the server."""
    record = """() => {
        window.__said = [];
        for (const each of document.querySelectorAll('[role=status]'))
            new MutationObserver(() => each.textContent.trim() && window.__said.push(each.textContent.trim()))
                .observe(each, { childList: true, characterData: true, subtree: true });
    }"""
    prepared.ada.evaluate(record)
    people.make_ready(prepared)
    for _ in range(2):
        with prepared.ada.expect_response(lambda answer: "/room/panel" in answer.url):
            people.pass_time(prepared.ada, people.POLL)
    said = prepared.ada.evaluate("() => window.__said")
    assert said.count(f"{CLEO} is ready") == 1
    assert ADA not in " ".join(said)
