"""What bad networks do to a call, done in the laboratory, and what is measured of it; to a naive call as well.

Where the line is cut, both calls are on it at once; where it is weak, one after the other.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, TimeoutError, sync_playwright

from bench.naive.call import OTHER, NaiveCall
from tests.browser.people import ADA, CLEO, Call
from tests.lab.laboratory import laboratory
from tests.lab.moving import Sound, moving_after, now, pauses
from tests.lab.relay import SECRET
from tests.lab.scene import Scene, scene

GIVE_UP = 15
"""Seconds after which a call that has not come back will not: the naive one's connection has failed by then."""

Seen = list[tuple[Page, str]]
"""Pages, and what each calls the other's picture."""


@dataclass
class Row:
    """Figures of one row, run after run; None where the call did not come back."""

    what: str
    target: float | None
    unit: str = "s"
    ours: list[float | None] = field(default_factory=list)
    naive: list[float | None] = field(default_factory=list)
    compared: bool = True


@dataclass
class Stand:
    """The laboratory with both calls in it."""

    scene: Scene
    naive: NaiveCall

    def both(self) -> tuple[Seen, Seen]:
        """Return both calls with all pictures moving, on good lines."""
        self.scene.lab.wire.clear()
        call = self.scene.standing()
        self.naive.standing()
        return _ours(call), [(page, OTHER) for page in self.naive.pages]

    def ours_alone(self) -> Call:
        self.scene.lab.wire.clear()
        self.naive.leave()
        return self.scene.standing()

    def naive_alone(self) -> Seen:
        self.scene.lab.wire.clear()
        self.scene.leave()
        self.naive.standing()
        return [(page, OTHER) for page in self.naive.pages]


@contextmanager
def stand() -> Iterator[Stand]:
    """Build the laboratory and both servers, and start both browsers."""
    with ExitStack() as open_:
        folder = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="anteroom-bench-")))
        playwright = open_.enter_context(sync_playwright())
        lab = open_.enter_context(laboratory(folder))
        relay = lab.relay()
        served = lab.server(TURN_URLS=",".join(relay.urls.values()), TURN_SECRET=SECRET)
        found = scene(lab, playwright, served)
        open_.callback(found.leave)
        naive = NaiveCall(lab, found.ada, found.cleo)
        open_.callback(naive.close)
        yield Stand(found, naive)


def _ours(call: Call) -> Seen:
    return [(call.ada, CLEO), (call.cleo, ADA)]


def back(seen: Seen, since: float, within: float) -> float | None:
    """Return after how many seconds both pictures move again."""
    took = [moving_after(page, label, since, within) for page, label in seen]
    return None if None in took else max(each for each in took if each is not None)


def down(stand: Stand, rows: list[Row], seconds: float) -> None:
    """Pull the client's plug for so long."""
    ours, naive = stand.both()
    stand.scene.lab.wire.set("client", up=False)
    ours[0][0].wait_for_timeout(seconds * 1000)
    stand.scene.lab.wire.set("client", up=True)
    since = now()
    rows[0].ours.append(back(ours, since, 60))
    rows[0].naive.append(back(naive, since, GIVE_UP))


def address(stand: Stand, rows: list[Row], side: str) -> None:
    """Give one side another address."""
    ours, naive = stand.both()
    since = now()
    stand.scene.lab.change_address(side)
    rows[0].ours.append(back(ours, since, 60))
    rows[0].naive.append(back(naive, since, GIVE_UP))


def sockets(stand: Stand, rows: list[Row]) -> None:
    """Let the clinician's sockets go dead without a word; the client asks to end; how long until it is shown."""
    call = stand.ours_alone()
    began = now()
    stand.scene.lab.wire.set("clinician", block=["sockets"])
    call.control(call.cleo, "Hang up").click()
    since = now()
    call.cleo.get_by_role("button", name="End Call").click()
    asked = call.ada.get_by_role("alertdialog", name=f"{CLEO} would like to end the call")
    rows[0].ours.append(_until(lambda: asked.wait_for(timeout=20_000), since))
    rows[1].ours.append(longest_pause(_ours(call), began))
    if asked.is_visible():
        asked.get_by_role("button", name="Cancel").click()


def server(stand: Stand, rows: list[Row], kill: bool) -> None:
    """Kill or stop the server, start it again; how long until both have a socket."""
    call = stand.ours_alone()
    began = now()
    if kill:
        stand.scene.server.kill()
        call.ada.wait_for_timeout(5000)
    else:
        rows[2].ours.append(stand.scene.server.terminate())
    stand.scene.server.start()
    since = now()
    open_ = "() => window.__sockets.at(-1).readyState === 1"
    took = [
        _until(lambda page=page: page.wait_for_function(open_, polling=20, timeout=20_000), since)  # type: ignore[misc]
        for page in (call.ada, call.cleo)
    ]
    rows[0].ours.append(None if None in took else max(each for each in took if each is not None))
    rows[1].ours.append(longest_pause(_ours(call), began))


def _until(wait: Callable[[], Any], since: float) -> float | None:
    try:
        wait()
    except TimeoutError:
        return None
    return now() - since


def longest_pause(seen: Seen, since: float) -> float:
    """Return for how many seconds a picture has stood still at most since a moment."""
    until = now()
    return max(max(pauses(page, label, since, until, longer=0), default=0) for page, label in seen)


def loss(stand: Stand, rows: list[Row]) -> None:
    """A tenth lost, 200 ms there and back, for ten seconds: how much of the sound is made up, how the picture stops."""

    def suffer(seen: Seen, sound: list[float | None], picture: list[float | None]) -> None:
        stand.scene.lab.wire.set("client", delay=100, loss=0.1)
        seen[0][0].wait_for_timeout(2000)
        heard, since = [Sound(page) for page, _ in seen], now()
        seen[0][0].wait_for_timeout(8000)
        sound.append(100 * max(each.made_up() for each in heard))
        picture.append(longest_pause(seen, since))

    suffer(_ours(stand.ours_alone()), rows[0].ours, rows[1].ours)
    suffer(stand.naive_alone(), rows[0].naive, rows[1].naive)


def narrow(stand: Stand, rows: list[Row]) -> None:
    """150 kbit/s for twenty seconds: the sound; wide again: when the picture moves, and is as large as before."""

    def suffer(seen: Seen, sound: list[float | None], moves: list[float | None], large: list[float | None]) -> None:
        height = "label => [...document.querySelectorAll('video')].find((each) => each.ariaLabel === label).videoHeight"
        before = [page.evaluate(height, label) for page, label in seen]
        stand.scene.lab.wire.set("client", kbit=150)
        seen[0][0].wait_for_timeout(10_000)
        heard = [Sound(page) for page, _ in seen]
        seen[0][0].wait_for_timeout(10_000)
        sound.append(100 * max(each.made_up() for each in heard))
        stand.scene.lab.wire.clear()
        since = now()
        moves.append(back(seen, since, 40))
        grown = [
            _until(
                lambda page=page, label=label, was=was: page.wait_for_function(  # type: ignore[misc]
                    f"([label, was]) => ({height})(label) >= was", arg=[label, was], polling=50, timeout=40_000
                ),
                since,
            )
            for (page, label), was in zip(seen, before, strict=True)
        ]
        large.append(None if None in grown else max(each for each in grown if each is not None))

    suffer(_ours(stand.ours_alone()), rows[0].ours, rows[1].ours, rows[2].ours)
    suffer(stand.naive_alone(), rows[0].naive, rows[1].naive, rows[2].naive)
