"""How long from Start Call to the first frame of the other, at both sides; and from a link to a waiting room.

    make bench-first_frame
    make bench-first_frame ARGS="--rounds 20"

Turn and turn about in one run: the limit (two connections in one page, made anew and cold, camera open already), the
product with its line warm, the product with its line cold. Cold means that the line could not be made before the start:
both pages lose what they would say to each other over the socket until they are in the call. Dr Ada's and Cleo's pages
are in one browser, so that their clocks can be compared; the camera is Chromium's made-up one.
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from playwright.sync_api import Browser, sync_playwright

from bench.clinic import Clinic, clinic
from bench.pages import ADA, CLEO, Person, launch, meet, person
from bench.report import Report, median, percentile, wait_for_quiet

COLD = """
(() => {
  const called = () => document.body?.dataset.status === 'in_call';
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (called()) send.call(this, data);
  };
  window.WebSocket = class extends WebSocket {
    constructor(...all) {
      super(...all);
      this.addEventListener('message', (event) => {
        if (!called() && JSON.parse(event.data).from) event.stopImmediatePropagation();
      });
    }
  };
})();
"""
"""Keeps the line from being made before the call: nothing that the pages say to each other passes."""

ANSWER_AT_ONCE = "window.__presses = ['ready', 'start'];"
"""Presses I'm ready, or Start Call, as soon as it can be pressed."""

LIMIT = """
async () => {
  window.__stream ??= await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 1280, height: 720 } });
  document.body.replaceChildren();
  const began = performance.now();
  const pair = [0, 1].map(() => new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceCandidatePoolSize: 1 }));
  const heard = [];
  const described = [0, 1].map((which) => new Promise((done) => (heard[which] = done)));
  const frames = pair.map((mine, which) => {
    const other = pair[1 - which];
    const video = document.createElement('video');
    Object.assign(video, { muted: true, autoplay: true, playsInline: true });
    document.body.append(video);
    mine.onicecandidate = async ({ candidate }) => {
      await described[1 - which];
      if (candidate) await other.addIceCandidate(candidate);
    };
    mine.ontrack = ({ streams }) => (video.srcObject = streams[0]);
    for (const track of __stream.getTracks()) mine.addTrack(track, __stream);
    return new Promise((seen) => video.requestVideoFrameCallback(() => seen(performance.now() - began)));
  });
  await pair[0].setLocalDescription();
  await pair[1].setRemoteDescription(pair[0].localDescription);
  heard[1]();
  await pair[1].setLocalDescription();
  await pair[0].setRemoteDescription(pair[1].localDescription);
  heard[0]();
  const times = await Promise.all(frames);
  pair.forEach((each) => each.close());
  return Math.max(...times);
}
"""
"""Two connections in one page: sound and picture both ways; milliseconds until both have shown a frame."""


class Pair:
    """Dr Ada and Cleo in two browsers of one process."""

    def __init__(self, house: Clinic, ada: Person, cleo: Person, warm: bool) -> None:
        self.house, self.ada, self.cleo, self.warm = house, ada, cleo, warm
        self.parts: dict[str, list[float]] = {}

    def start(self) -> float:
        """Hold one call; return the milliseconds from the press to the first frame at the later side."""
        visit = self.house.visits(1)[0]
        meet(self.ada, self.cleo, visit)
        if self.warm:
            self.ada.page.get_by_text("The line is tested and open.").wait_for(timeout=60_000)
        self.ada.page.wait_for_timeout(1500)
        self.ada.page.get_by_role("button", name="Start Call").click()
        frames = [self.ada.seen(f"frame {CLEO}", 60), self.cleo.seen(f"frame {ADA}", 60)]
        pressed = self.ada.seen("pressed start")
        for name, moment in {
            "Ada in call": self.ada.seen("status in_call"),
            "Cleo in call": self.cleo.seen("status in_call"),
            "Ada's first frame": frames[0],
            "Cleo's first frame": frames[1],
        }.items():
            self.parts.setdefault(name, []).append(moment - pressed)
        self.ada.rest()
        self.cleo.rest()
        return max(frames) - pressed

    def where(self) -> str:
        return ", ".join(f"{name} {median(times):.0f}" for name, times in self.parts.items())


@contextmanager
def pair(browser: Browser, house: Clinic, *, warm: bool, slow: bool = False) -> Iterator[Pair]:
    """Open both browsers."""
    scripts = [] if warm else [COLD]
    with person(browser, house, ADA, *scripts) as ada, person(browser, house, CLEO, *scripts) as cleo:
        if slow:
            cleo.slow()
        yield Pair(house, ada, cleo, warm)


def second_page(browser: Browser, house: Clinic) -> float:
    """Return the milliseconds from Dr Ada's navigation, nothing cached, to her first frame of a client who is ready."""
    visit = house.visits(1)[0]
    with person(browser, house, CLEO, ANSWER_AT_ONCE) as cleo, person(browser, house, ADA, ANSWER_AT_ONCE) as ada:
        cleo.page.goto(visit.link)
        cleo.page.get_by_role("button", name="I'm not ready").wait_for()
        cleo.page.wait_for_timeout(800)
        ada.page.goto(visit.room)
        return ada.seen(f"frame {CLEO}", 60) - ada.born()


def came_back(browser: Browser, house: Clinic) -> float:
    """Return the milliseconds from Cleo's navigation, nothing cached, to her first frame: the call goes on already."""
    visit = house.visits(1)[0]
    with person(browser, house, ADA, ANSWER_AT_ONCE) as ada:
        with person(browser, house, CLEO, ANSWER_AT_ONCE) as gone:
            ada.page.goto(visit.room)
            gone.page.goto(visit.link)
            ada.seen(f"frame {CLEO}", 60)
        with person(browser, house, CLEO) as cleo:
            ada.page.get_by_role("status").filter(has_text="is reconnecting").wait_for()
            cleo.page.goto(visit.link)
            return cleo.seen(f"frame {ADA}", 60) - cleo.born()


def from_link(browser: Browser, house: Clinic, *, press: bool) -> tuple[float, float]:
    """Open a link on a slow line and phone, cold; return milliseconds to the waiting room, and to the picture."""
    visit = house.visits(1)[0]
    scripts = [ANSWER_AT_ONCE] if press else []
    with person(browser, house, ADA, *scripts) as ada, person(browser, house, CLEO, *scripts) as cleo:
        cleo.slow()
        ada.page.goto(visit.room)
        cleo.page.goto(visit.link, wait_until="commit", timeout=60_000)
        ready = cleo.seen("ready painted", 60) - cleo.born()
        return ready, cleo.seen(f"frame {ADA}", 60) - cleo.born() if press else 0


def _repeat(count: int, what: Callable[[], float]) -> list[float]:
    return [what() for _ in range(count)]


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=12)
    options.add_argument("--slow-rounds", type=int, default=5)
    options.add_argument("--fps", type=int, default=20, help="of the made-up camera")
    given = options.parse_args()
    report = Report(f"First frame of the other at both sides, Chromium, camera at {given.fps} frames a second")
    report.remarks.append(wait_for_quiet())
    with clinic() as house, sync_playwright() as playwright, ExitStack() as open_:
        browser = launch(playwright, given.fps)
        page = open_.enter_context(person(browser, house, ADA)).page
        page.goto("/healthz")
        warm = open_.enter_context(pair(browser, house, warm=True))
        cold = open_.enter_context(pair(browser, house, warm=False))
        limits, warms, colds = [], [], []
        for round_ in range(given.rounds + 1):
            figures = page.evaluate(LIMIT), warm.start(), cold.start()
            if round_:  # the first warms everything up
                for each, figure in zip((limits, warms, colds), figures, strict=True):
                    each.append(figure)
        limit = median(limits)
        report.row(
            "limit: two connections in one page, cold",
            limit,
            "ms",
            p99=percentile(limits, 0.99),
            note="worst of all instead of p99, here and below",
        )
        report.row("Start Call, line warm", median(warms), "ms", p99=percentile(warms, 0.99), note=warm.where())
        report.row("… as a share of the limit", median(warms) / limit, target=0.9)
        report.row("Start Call, line cold", median(colds), "ms", p99=percentile(colds, 0.99), note=cold.where())
        report.row("… as a share of the limit", median(colds) / limit, target=1.3)
        open_.close()

        for name, is_warm, target in (("warm", True, 1500.0), ("cold", False, None)):
            with pair(browser, house, warm=is_warm, slow=True) as slow:
                times = _repeat(given.slow_rounds, slow.start)
            report.row(
                f"Start Call, client on slow 4G, processor 4x slower, line {name}",
                median(times),
                "ms",
                target=target,
                p99=max(times),
                note=slow.where(),
            )
        times = _repeat(given.slow_rounds, lambda: second_page(browser, house))
        report.row(
            "room opened, client ready, pressed at once → first frame",
            median(times),
            "ms",
            target=0.5 * 998,
            p99=max(times),
            note="0.5 of Galene's 998 ms",
        )
        times = _repeat(given.slow_rounds, lambda: came_back(browser, house))
        report.row("link opened again in a call → first frame", median(times), "ms", p99=max(times))
        times = [from_link(browser, house, press=False)[0] for _ in range(given.slow_rounds)]
        report.row(
            "link → waiting room ready to press, slow 4G and 4x", median(times), "ms", target=4000, p99=max(times)
        )
        times = [from_link(browser, house, press=True)[1] for _ in range(given.slow_rounds)]
        report.row(
            "link → first picture, pressed at once, slow 4G and 4x", median(times), "ms", target=6000, p99=max(times)
        )
        browser.close()
    report.remarks.append(
        "Slow 4G is Chromium's own (562 ms, 1.44 Mbit/s down). Pages wait that long once for each answer, the call's "
        "packets each way (1.13 s there and back, by its own statistics), what is said over an open socket not at all."
    )
    report.remarks.append("Not measured: real cameras, radios and phones.")
    report.rows()


if __name__ == "__main__":
    main()
