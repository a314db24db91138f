"""One call for long, with a fault every twenty seconds: whether anything grows, and whether both pictures still move.

    make bench-soak ARGS="--minutes 30"
    make bench-soak ARGS="--minutes 30 --seed 7"

Faults come at random from a seed that is printed, so that a run can be had again. The server is not restarted: what it
holds (threads, sockets, memory) is looked at after each fault, and so is how many connections each page holds.
"""

import argparse
import random
from collections.abc import Callable
from typing import Any

from bench import processes
from bench.faults import GIVE_UP, back, stand
from bench.report import Report, median
from tests.browser import people
from tests.browser.people import ADA, CLEO, Call
from tests.lab import namespaces
from tests.lab.laboratory import Laboratory
from tests.lab.moving import now

EVERY = 20
"""Seconds from one fault to the next."""
SIDES = ("client", "clinician")


def faults(lab: Laboratory, call: Call, chance: random.Random) -> dict[str, Callable[[], None]]:
    """Return what can happen, by name; each leaves the lines good again."""
    page, side = call.ada, chance.choice(SIDES)

    def for_(seconds: float, **line: Any) -> None:
        lab.wire.set(side, **line)
        page.wait_for_timeout(seconds * 1000)
        lab.wire.clear()

    def cut() -> None:
        people.cut_sockets(call.ada)
        people.cut_sockets(call.cleo)

    return {
        f"{side} down": lambda: for_(chance.uniform(1, 10), up=False),
        f"{side} has another address": lambda: void(lab.change_address(side)),
        f"{side}'s line lossy and long": lambda: for_(8, delay=100, jitter=20, loss=0.1),
        f"{side}'s line narrow": lambda: for_(8, kbit=150),
        f"{side} does not reach the server": lambda: for_(8, block=["web"]),
        f"{side}'s sockets dead": lambda: for_(8, block=["sockets"]),
        f"{side} may use the relay only": lambda: for_(10, block=["peer"]),
        "sockets closed": cut,
        f"{side} reloads": lambda: void((call.ada if side == "clinician" else call.cleo).reload()),
    }


def void(_: object) -> None:
    """Return nothing."""


def main() -> None:
    """Suffer and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=30)
    options.add_argument("--seed", type=int, default=random.randrange(1000))
    given = options.parse_args()
    if reason := namespaces.why_not():
        raise SystemExit(reason)
    chance = random.Random(given.seed)
    figures: dict[str, list[float]] = {}
    took: list[float] = []
    lost: list[str] = []
    report = Report(f"One call for {given.minutes:g} minutes, a fault every {EVERY} s, seed {given.seed}")
    with stand() as on:
        call = on.ours_alone()
        server, until = on.scene.server, now() + given.minutes * 60
        worker = server.worker
        while now() < until:
            began = now()
            name, happen = chance.choice(list(faults(on.scene.lab, call, chance).items()))
            happen()
            since = now()
            seen = [(call.ada, CLEO), (call.cleo, ADA)]
            after = back(seen, since, GIVE_UP * 2)
            print(f"{name}: {'NOT back' if after is None else f'back after {after:.1f} s'}", flush=True)
            if after is None:
                lost.append(name)
            else:
                took.append(after)
            call.ada.wait_for_timeout(max(0, began + EVERY - now()) * 1000)
            assert server.worker == worker, "the server has been replaced"
            for what, figure in {
                "threads": processes.threads(worker),
                "sockets": server.sockets(),
                "descriptors": processes.descriptors(worker),
                "memory, MB": processes.memory(worker),
                "connections of the pages": sum(
                    state != "closed" for page in (call.ada, call.cleo) for state in people.connections(page)
                ),
            }.items():
                figures.setdefault(what, []).append(figure)
        moving = back([(call.ada, CLEO), (call.cleo, ADA)], now(), 30) is not None
    report.row("both pictures moving at the end", float(moving), target=1, at_least=True)
    report.row(
        "back after a fault, in the middle", median(took), "s", note=f"worst {max(took):.1f}, {len(took)} faults"
    )
    report.row("not back within 30 s", len(lost), target=0, note=", ".join(lost))
    for what, all_ in figures.items():
        quarter = max(1, len(all_) // 4)
        first, last = median(all_[:quarter]), median(all_[-quarter:])
        report.row(f"{what}: growth", last - first, note=f"{first:g} in the first quarter, {last:g} in the last")
    report.remarks.append("The server is never restarted in this run: that is bench-recovery's.")
    report.rows()


if __name__ == "__main__":
    main()
