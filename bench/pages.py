"""Real browsers to measure with: Dr Ada at her desk, Cleo on a phone, and what notes the moments in their pages.

A moment is in milliseconds since 1970 by the page's own clock (timeOrigin + now); the pages of one browser on one
machine can be compared.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Playwright

from bench.clinic import ADA, CLEO, Clinic, Visit
from tests.browser import people

NOTE = """
(() => {
  const at = () => performance.timeOrigin + performance.now();
  const seen = (window.__seen = {});
  const once = (name) => (seen[name] ??= at());
  const words = (each) => each?.textContent.trim();
  addEventListener('click', (event) => {
    const button = event.target.closest?.('button');
    if (button) once('pressed ' + (button.id || words(button)));
  }, true);
  const shown = (each) => each && each.getClientRects().length > 0;
  // Shown, enabled, and known to htmx: from then on a press does something.
  const works = (each) => shown(each) && !each.disabled && 'htmx-internal-data' in each && document.body.dataset.status;
  const look = () => {
    if (document.body?.dataset.status) once('status ' + document.body.dataset.status);
    if (!seen.ready && works(document.getElementById('ready'))) {
      once('ready');
      requestAnimationFrame(() => requestAnimationFrame(() => once('ready painted')));
    }
    const last = [...document.querySelectorAll('h1')].find((each) => words(each) === 'Appointment ended');
    if (shown(last) && !seen.ended) {
      once('ended');
      requestAnimationFrame(() => requestAnimationFrame(() => once('ended painted')));
    }
    for (const name of window.__presses ?? []) {
      const button = document.getElementById(name);
      if (!seen['pressed ' + name] && works(button)) button.click();
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
  addEventListener('DOMContentLoaded', () => {
    setTimeout(look);
    for (const video of document.querySelectorAll('video'))
      video.requestVideoFrameCallback?.(() => once('frame ' + video.getAttribute('aria-label')));
  });
})();
"""
"""Notes presses, states, the waiting room ready, the last screen painted, and the first frame of each video.

`__presses`: the ids of buttons to press by itself as soon as they can be pressed.
"""


@dataclass
class Person:
    """Somebody's browser with one page."""

    context: BrowserContext
    page: Page
    devtools: CDPSession

    def seen(self, name: str, within: float = 20) -> float:
        """Wait until something was noted and return its moment."""
        handle = self.page.wait_for_function("name => window.__seen?.[name]", arg=name, timeout=within * 1000)
        return float(handle.json_value())

    def born(self) -> float:
        """Return the moment at which the navigation to this page began."""
        return float(self.page.evaluate("performance.timeOrigin"))

    def rest(self) -> None:
        self.page.goto("about:blank")

    def slow(self) -> None:
        """Put the page on a slow 4G line and a processor four times slower."""
        self.devtools.send("Network.enable")
        self.devtools.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 562.5, "downloadThroughput": 1.44e6 / 8, "uploadThroughput": 675e3 / 8},
        )
        self.devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})


@contextmanager
def person(browser: Browser, house: Clinic, who: str, *scripts: str) -> Iterator[Person]:
    """Open Dr Ada's or Cleo's browser, with nothing cached; Dr Ada is signed in."""
    screen = people.DESK_SCREEN if who == ADA else people.PHONE_SCREEN
    with people.context(browser, house.server, **screen) as context:
        if who == ADA:
            context.add_cookies([{"name": house.cookie_name, "value": house.cookie, "url": house.server.url}])
        for script in (NOTE, *scripts):
            context.add_init_script(script)
        page = context.new_page()
        yield Person(context, page, context.new_cdp_session(page))


def launch(playwright: Playwright, fps: int = 20) -> Browser:
    """Start Chromium with a made-up camera of so many frames a second."""
    flag = "--use-fake-device-for-media-stream"
    return playwright.chromium.launch(
        executable_path=people.CHROMIUM,
        args=[each for each in people.FLAGS if not each.startswith(flag)] + [f"{flag}=fps={fps}"],
    )


def meet(ada: Person, cleo: Person, visit: Visit) -> None:
    """Bring both into the waiting room of a booked appointment; Cleo says that she is ready."""
    ada.page.goto(visit.room)
    cleo.page.goto(visit.link)
    cleo.page.get_by_role("button", name="I'm ready").click()
    ada.page.get_by_role("button", name="Start Call", disabled=False).wait_for()


__all__ = ["ADA", "CLEO", "Person", "launch", "meet", "person"]
