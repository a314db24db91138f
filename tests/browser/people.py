"""The cast in real browsers: Dr Ada at her desk, Cleo on a phone, each with a camera and microphone that are not real.

Everything is found as a person finds it: by heading, label and button.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, expect

from tests.servers import RunningServer
from webapp import clock
from webapp.appointments import lifecycle, links
from webapp.appointments.lifecycle import Actor
from webapp.appointments.models import BOOKED, CLINICIAN, Appointment
from webapp.clinic import setup
from webapp.database import db
from webapp.staff.models import Person

CHROMIUM = "/usr/bin/chromium-headless-shell"
FLAGS = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream=fps=30",
    "--use-fake-ui-for-media-stream",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--auto-select-desktop-capture-source=Entire",
    "--allow-loopback-in-peer-connection",
]

# Every peer connection that a page makes is kept where a test can ask it what it has sent and heard.
WATCH = """
window.__pcs = [];
window.RTCPeerConnection = class extends window.RTCPeerConnection {
  constructor(...given) { super(...given); window.__pcs.push(this); }
};
window.__sockets = [];
window.WebSocket = class extends window.WebSocket {
  constructor(...given) { super(...given); window.__sockets.push(this); }
};
"""

# A phone's smallest camera: what a picture shows is all there, and two encoders leave the tests a processor to run on.
SMALL_CAMERA = """
if (navigator.mediaDevices) {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const small = { width: { ideal: 320 }, height: { ideal: 180 } };
  navigator.mediaDevices.getUserMedia = (wish) =>
    open(wish?.video ? { ...wish, video: { ...Object(wish.video), ...small } } : wish);
}
"""

ZONE = "Europe/London"
ADA, CLEO = "Dr Ada Hale", "Cleo Winter"
EMAIL, PASSWORD = "ada@harbour.example", "three calm words"
CLINIC, PHONE = "Harbour Clinic", "020 7946 0018"

PHONE_SCREEN = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
DESK_SCREEN = {"viewport": {"width": 1280, "height": 800}}


def launch(playwright: Playwright, *more: str) -> Browser:
    """Start Chromium with made-up devices."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *more])


@contextmanager
def context(
    browser: Browser, server: RunningServer, *, small_camera: bool = False, **settings: object
) -> Iterator[BrowserContext]:
    """Open a browser of someone's own; any error on one of its pages is a failure."""
    opened = browser.new_context(
        base_url=server.url,
        permissions=["camera", "microphone"],
        timezone_id=ZONE,
        locale="en-GB",
        **settings,
    )
    opened.set_default_timeout(15_000)
    faults: list[str] = []
    opened.add_init_script(WATCH)
    if small_camera:
        opened.add_init_script(SMALL_CAMERA)
    opened.on("weberror", lambda error: faults.append(str(error.error)))
    opened.on("console", lambda said: faults.append(said.text) if _is_fault(said) else None)
    yield opened
    opened.close()
    assert not faults, faults


def _is_fault(said: object) -> bool:
    text = getattr(said, "text", "")
    # What a browser writes when a server is away or a link is dead is no fault of the page.
    return getattr(said, "type", "") == "error" and not re.search(
        r"Failed to load resource|WebSocket connection|ERR_|Response Status Error Code (410|503)"
        r"|htmx:(responseError|sendError|sendAbort|timeout|afterRequest)",
        text,
    )


def set_up(page: Page, server: RunningServer, *, phone: str = PHONE) -> None:
    """Set the clinic up in the browser."""
    with server.app.app_context():
        code = setup.code()
    page.goto(f"/set-up?code={code}")
    page.get_by_label("Organisation name").fill(CLINIC)
    page.get_by_label("Phone").fill(phone)
    page.get_by_label("Time zone").select_option(ZONE)
    page.get_by_label("Your name").fill(ADA)
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create clinic").click()
    expect(page.get_by_role("heading", name="Diary")).to_be_visible()


def book(page: Page, *, client: str = CLEO, start: datetime | None = None, minutes: int = 30) -> str:
    """Book an appointment, by default for now, and return the client's link."""
    local = (start or datetime.now(ZoneInfo(ZONE))).astimezone(ZoneInfo(ZONE))
    page.goto("/appointments/new")
    page.get_by_label("Client name").fill(client)
    page.get_by_label("Date").fill(f"{local:%Y-%m-%d}")
    page.get_by_label("Time", exact=True).fill(f"{local:%H:%M}")
    page.get_by_label("Duration").fill(str(minutes))
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_role("heading", name=f"Appointment with {client}")).to_be_visible()
    return page.get_by_label("Access link").input_value()


@dataclass(frozen=True)
class Booked:
    """An appointment of Dr Ada's in the record: the path of its page, the client's link."""

    page: str
    link: str


def booked(server: RunningServer, *, client: str = CLEO, start: datetime | None = None, minutes: int = 30) -> Booked:
    """Put an appointment into the record, by default for now, where booking is not what a test is about."""
    begins = (start or clock.now()).astimezone(UTC)
    with server.app.app_context():
        ada = db.session.scalars(db.select(Person).filter_by(email=EMAIL)).one()
        made = Appointment(
            link_key=links.new_key(),
            form_key=links.new_key(),
            clinician_id=ada.id,
            client_name=client,
            starts_at=begins,
            ends_at=begins + timedelta(minutes=minutes),
            status=BOOKED,
            created_at=clock.now(),
        )
        lifecycle.book([made], Actor(CLINICIAN, ada.id))
        found = Booked(f"/appointments/{made.ref}", f"{server.url}/v/{links.token(made)}")
        db.session.remove()
    return found


def in_a_day() -> datetime:
    return datetime.now(ZoneInfo(ZONE)) + timedelta(days=1)


POLL = 15
"""After how many seconds an open page asks by itself."""


def pass_time(page: Page, seconds: int) -> None:
    """Put the clock of a page forward, and fire what was due by then; for tests that use the fixture `clocks`."""
    page.clock.fast_forward(seconds * 1000)


def open_waiting_area(page: Page) -> Page:
    """Press Open waiting area on an appointment's page and return the new tab."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open waiting area").click()
    area = opened.value
    expect(area.get_by_role("heading", name="Waiting area")).to_be_visible()
    return area


def frames(page: Page, label: str) -> int:
    """Return how many frames of a video have been shown, by the name that it is labelled with."""
    video = page.get_by_label(label, exact=True).and_(page.locator("video"))
    return int(video.evaluate("video => video.getVideoPlaybackQuality().totalVideoFrames"))


def expect_moving(page: Page, label: str, within: float = 15) -> None:
    """Wait until a video shows ten more frames than it does now."""
    page.wait_for_function(
        """([label, more]) => {
            const video = [...document.querySelectorAll('video')].find((each) => each.ariaLabel === label);
            const shown = video?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
            window.__from ??= {};
            const known = window.__from[label];
            if (!known || known.video !== video || shown < known.shown) window.__from[label] = { video, shown };
            if (shown - window.__from[label].shown < more) return false;
            delete window.__from[label];
            return true;
        }""",
        arg=[label, 10],
        timeout=within * 1000,
    )


@dataclass
class Call:
    """A call between Dr Ada and Cleo: her diary's tab, her call's tab, Cleo's page, Cleo's link."""

    desk: Page
    ada: Page
    cleo: Page
    link: str

    def control(self, page: Page, name: str) -> Locator:
        return page.get_by_role("toolbar", name="Call controls").get_by_role("button", name=name)

    def expect_pictures(self, within: float = 15) -> None:
        """Wait until each sees the other move."""
        expect_moving(self.ada, CLEO, within)
        expect_moving(self.cleo, ADA, within)


def prepare(desk: Page, phone: BrowserContext, appointment: Booked | None = None) -> Call:
    """Open both pages of an appointment, or of one that is booked for now; nobody has pressed anything in them."""
    if appointment:
        desk.goto(appointment.page)
    link = appointment.link if appointment else book(desk)
    ada = open_waiting_area(desk)
    cleo = phone.new_page()
    cleo.goto(link)
    expect(cleo.get_by_role("heading", name="Waiting room")).to_be_visible()
    return Call(desk, ada, cleo, link)


def make_ready(call: Call) -> None:
    """Cleo presses I'm ready."""
    call.cleo.get_by_role("button", name="I'm ready").click()
    expect(call.cleo.get_by_role("status").filter(has_text=f"Waiting for {ADA} to start the call")).to_be_visible()
    expect(call.ada.get_by_role("status").filter(has_text=f"{CLEO} is ready")).to_be_visible()


def start(call: Call) -> Call:
    """Dr Ada starts the call; both see the other move."""
    call.ada.get_by_role("button", name="Start Call").click()
    call.expect_pictures()
    return call


def sign_in(page: Page) -> None:
    """Sign Dr Ada in."""
    page.goto("/sign-in")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Diary")).to_be_visible()


def media_bytes(page: Page) -> int:
    """Return how many bytes of sound and picture a page has sent over all its connections."""
    found = page.evaluate(
        """async () => {
            let sent = 0;
            for (const pc of window.__pcs)
                if (pc.connectionState !== 'closed')
                    for (const each of (await pc.getStats()).values())
                        if (each.type === 'outbound-rtp') sent += each.bytesSent + (each.headerBytesSent ?? 0);
            return sent;
        }"""
    )
    return int(found)


def expect_media(page: Page, within: float = 5) -> None:
    """Wait until a page has sent some sound or picture."""
    page.wait_for_function(
        """async () => {
            const reports = await Promise.all(window.__pcs.map((each) => each.getStats()));
            const sent = reports.flatMap((each) => [...each.values()]).filter((each) => each.type === 'outbound-rtp');
            return sent.some((each) => each.bytesSent > 0);
        }""",
        timeout=within * 1000,
    )


def connections(page: Page) -> list[str]:
    """Return the states of all peer connections that a page has made, oldest first."""
    found = page.evaluate("() => window.__pcs.map((each) => each.connectionState)")
    return list(found)


def expect_connections(page: Page, states: list[str], within: float = 5) -> None:
    """Wait until all peer connections that a page has made are in these states: none has been added."""
    page.wait_for_function(
        "(states) => window.__pcs.map((each) => each.connectionState).join() === states.join()",
        arg=states,
        timeout=within * 1000,
    )


def expect_one_connection(page: Page, within: float = 5) -> None:
    """Wait until one of a page's peer connections is up and all others are closed: nobody is there twice."""
    page.wait_for_function(
        """() => {
            const open = window.__pcs.map((each) => each.connectionState).filter((state) => state !== 'closed');
            return open.join() === 'connected';
        }""",
        timeout=within * 1000,
    )


def expect_connected(page: Page, within: float = 15) -> None:
    """Wait until a page's newest peer connection is up."""
    page.wait_for_function("() => window.__pcs.at(-1)?.connectionState === 'connected'", timeout=within * 1000)


def expect_sending(page: Page, kinds: list[str], within: float = 5) -> None:
    """Wait until a page's newest peer connection sends these and no more: "audio", "video", "muted audio"."""
    page.wait_for_function(
        """(kinds) => {
            const tracks = window.__pcs.at(-1).getSenders().map((each) => each.track).filter(Boolean);
            return tracks.map((each) => (each.enabled ? '' : 'muted ') + each.kind).join() === kinds.join();
        }""",
        arg=kinds,
        timeout=within * 1000,
    )


def line_says(page: Page, words: str | re.Pattern[str], within: float = 15) -> None:
    """Wait until the live status of the call says this."""
    expect(page.locator("#line")).to_have_text(words, timeout=within * 1000)


def cut_sockets(page: Page) -> None:
    """Close a page's sockets from below; the page itself is not told why."""
    page.evaluate("() => window.__sockets.forEach((each) => each.close())")


def expect_dark(page: Page, within: float = 5) -> None:
    """Wait until no camera and no microphone of a page is live any more: the camera's light is out."""
    page.wait_for_function(
        """() => ![...document.querySelectorAll('video')].flatMap((each) => each.srcObject?.getTracks() ?? [])
            .some((each) => each.readyState === 'live' && !each.remote && each.getSettings().deviceId)""",
        timeout=within * 1000,
    )
