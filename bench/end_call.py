"""How long from End Call to the other's last screen painted; and to the word at the other's socket.

    make bench-end_call
    make bench-end_call ARGS="--calls 20 --ends 100"

The first in real browsers: Dr Ada confirms, Cleo's page shows Appointment ended and has painted it. The second without
browsers, ten ends a second: with the server otherwise at rest, then with pages being asked for in the same process.
"""

import argparse
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.synchronize import Event

from playwright.sync_api import Browser, sync_playwright

from bench import processes
from bench.clinic import Clinic, clinic
from bench.pages import ADA, CLEO, launch, person
from bench.report import Report, median, percentile, wait_for_quiet
from bench.wire import Http, WebSocket
from webapp import clock

EACH_SECOND = 10
AHEAD = 20
"""Sockets that are open before their call ends."""


def in_browsers(browser: Browser, house: Clinic, calls: int) -> list[float]:
    """End so many calls; return the milliseconds from each press to Cleo's last screen painted."""
    times = []
    with person(browser, house, ADA) as ada, person(browser, house, CLEO) as cleo:
        for someone in (ada, cleo):
            someone.page.goto("/healthz")
        windows = ("desk-of-dr-ada", "phone-of-cleo")
        for someone, window in zip((ada, cleo), windows, strict=True):
            someone.page.evaluate("name => sessionStorage.setItem('anteroom-window', name)", window)
        for visit in house.visits(calls, in_call=True, windows=windows):
            ada.page.goto(visit.room)
            cleo.page.goto(visit.link)
            ada.seen(f"frame {CLEO}", 60)
            cleo.seen(f"frame {ADA}", 60)
            ada.page.get_by_role("button", name="Hang up").click()
            ada.page.wait_for_timeout(200)
            ada.page.get_by_role("button", name="End Call").click()
            times.append(cleo.seen("ended painted") - ada.seen("pressed end-call"))
            ada.page.get_by_role("heading", name="Appointment ended").wait_for()
    return times


def by_sockets(house: Clinic, ends: int) -> list[float]:
    """End so many calls, ten a second; return the milliseconds from each press to the word at Cleo's socket."""
    visits = house.visits(ends, in_call=True)
    http, waiting = house.http(), list[WebSocket]()
    http.ask(house.as_ada("GET", "/healthz"))
    times = []
    began = time.perf_counter()
    for number, visit in enumerate(visits):
        for each in visits[number + len(waiting) : number + AHEAD]:
            waiting.append(house.cleos_socket(each))
        time.sleep(max(0, began + (number + AHEAD) / EACH_SECOND - time.perf_counter()))
        line = waiting.pop(0)
        line.pending()
        raw = house.as_ada("POST", f"{visit.room}/end")
        pressed = time.perf_counter()
        http.send(raw)
        line.wait_for(b'"status":"ended"')
        times.append((time.perf_counter() - pressed) * 1000)
        status, _ = http.receive()
        assert status == 200, status
        line.close()
    return times


def _ask_for_pages(address: tuple[str, int], requests: list[bytes], rate: float, stop: Event, done: object) -> None:
    """Ask for pages at a steady rate over one connection until told to stop (in a process of its own)."""
    http, count = Http(*address), 0
    began = time.perf_counter()
    while not stop.is_set():
        late = time.perf_counter() - (began + count / rate)
        if late < 0:
            time.sleep(-late)
        http.ask(requests[count % len(requests)])
        count += 1
    done.put(count / (time.perf_counter() - began))  # type: ignore[attr-defined]


def _panel(house: Clinic, request: Callable[[str], bytes], path: str) -> bytes:
    """Return the request for a panel by a page that has it already."""
    http = house.http()
    for _ in range(2):  # the first look at it may change it
        _, body = http.ask(request(path))
    return request(f"{path}?have={body.partition(b'have=')[2][:16].decode()}")


@contextmanager
def pages_wanted(house: Clinic, rate: int, connections: int = 4) -> Iterator[list[float]]:
    """Ask for so many pages a second meanwhile; the list then holds how many really came.

    What pages ask for by themselves while people wait and talk, mostly: panels that have not changed, and some that
    are new; one in ten is a whole page, a client's link or the diary.
    """
    day = clock.now().date() + timedelta(days=7)
    house.visits(20, day=day)
    diary = house.page(f"/?date={day:%Y-%m-%d}", f"{house.cookie_name}={house.cookie}")
    requests = []
    for number, visit in enumerate(house.visits(10)):
        panels = [_panel(house, lambda path, v=visit: house.as_ada("GET", path), f"{visit.room}/panel")]
        panels += [_panel(house, lambda path, v=visit: house.as_cleo(v, path), f"{visit.visit}/panel")]
        fresh = house.as_ada("GET", f"{visit.room}/panel")
        requests += [*panels * 4, fresh, house.page(visit.link) if number % 2 else diary]
    stop, done = multiprocessing.Event(), multiprocessing.Queue()
    helpers = [
        multiprocessing.Process(
            target=_ask_for_pages,
            args=((house.host, house.port), requests[n:] + requests[:n], rate / connections, stop, done),
        )
        for n in range(connections)
    ]
    came: list[float] = []
    for each in helpers:
        each.start()
    try:
        time.sleep(1)
        yield came
    finally:
        stop.set()
        came.append(sum(done.get(timeout=30) for _ in helpers))
        for each in helpers:
            each.join(30)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--calls", type=int, default=50, help="ended in browsers")
    options.add_argument("--ends", type=int, default=300, help="ended by bare sockets, at rest and again under load")
    options.add_argument("--pages", type=int, default=300, help="pages a second of the load")
    given = options.parse_args()
    report = Report("End Call")
    report.remarks.append(wait_for_quiet())
    with clinic() as house:
        rest = by_sockets(house, given.ends)
        report.row(
            "press → word at the other socket, 10 a second",
            median(rest),
            "ms",
            target=5,
            p99=percentile(rest, 0.99),
            p99_target=25,
        )
        cpu, began = processes.cpu(house.server.worker), time.perf_counter()
        with pages_wanted(house, given.pages) as came:
            busy = by_sockets(house, given.ends)
            share = (processes.cpu(house.server.worker) - cpu) / (time.perf_counter() - began)
        report.row(
            f"the same under {came[0]:.0f} page requests a second",
            median(busy),
            "ms",
            target=12.5,
            p99=percentile(busy, 0.99),
            p99_target=62.5,
            note=f"of {given.pages} asked for; the worker was busy {share:.0%} of the time",
        )
    with clinic() as house, sync_playwright() as playwright:
        browser = launch(playwright)
        times = in_browsers(browser, house, given.calls)
        browser.close()
    report.row(
        f"press → other's last screen painted, {given.calls} calls",
        median(times),
        "ms",
        target=40,
        p99=percentile(times, 0.99),
        p99_target=120,
    )
    if given.calls < 100:
        report.remarks.append(f"Of {given.calls} calls the p99 is the slowest.")
    report.remarks.append(
        "Both browsers, the server and this program share the processors, and two pictures are being coded meanwhile."
    )
    report.rows()


if __name__ == "__main__":
    main()
