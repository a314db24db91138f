"""How many calls a second one worker can end over HTTP, and whether a long past makes each end cost more.

    make bench-conclude                          SQLite with 1 000 and 1 000 000 past appointments, then PostgreSQL
    make bench-conclude ARGS="--past 1000 20000 --no-postgresql"

Each end is a whole press: session, token, guarded update, event, commit, word to the room, the last screen rendered.
Also the diary of a day with 100 appointments.
"""

import argparse
import shutil
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bench import processes, record
from bench.clinic import Clinic, Visit, clinic
from bench.report import Report, median, number, percentile, wait_for_quiet
from tests.databases import Cluster
from webapp import clock
from webapp.database import db

CLIENTS = 4
"""Kept-alive connections that press at the same time."""


@dataclass
class Side:
    """One record, and what was seen of it."""

    name: str
    house: Clinic
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def end(self, count: int) -> None:
        """End so many calls, as fast as a few clients can press."""
        waiting = self.house.visits(count, in_call=True)
        worker = self.house.server.worker
        cpu, began = processes.cpu(worker), time.perf_counter()
        threads = [threading.Thread(target=self._press, args=(waiting[n::CLIENTS],)) for n in range(CLIENTS)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        self.rates.append(count / (time.perf_counter() - began))
        self.costs.append((processes.cpu(worker) - cpu) / count * 1000)

    def _press(self, visits: list[Visit]) -> None:
        http = self.house.http()
        for visit in visits:
            raw = self.house.as_ada("POST", f"{visit.room}/end")
            began = time.perf_counter()
            status, body = http.ask(raw)
            self.times.append(time.perf_counter() - began)
            if status != 200 or b"Appointment ended" not in body:
                raise AssertionError(f"an end was answered with {status}: {body[:200]!r}")
        http.close()


def _diary(report: Report, house: Clinic) -> None:
    day = clock.now().date() + timedelta(days=7)
    house.visits(100, day=day)
    path = f"/?date={day:%Y-%m-%d}"
    http, raw = house.http(), house.page(path, f"{house.cookie_name}={house.cookie}")
    times, cpu = [], 0.0
    for number_ in range(40):
        if number_ == 10:
            cpu = processes.cpu(house.server.worker)
        began = time.perf_counter()
        status, body = http.ask(raw)
        times.append(time.perf_counter() - began)
        assert status == 200 and body.count(b'class="entry') in (100, 101), status
    cpu = (processes.cpu(house.server.worker) - cpu) / 30
    seen = times[10:]
    report.row(
        "diary of a day, 100 appointments",
        median(seen) * 1000,
        "ms",
        target=50,
        p99=percentile(seen, 0.99) * 1000,
        note=f"{cpu * 1000:.0f} ms of processor, {len(body) / 1000:.0f} KB",
    )
    report.row("queries for it", len(queries(house.server.app, house, path)), target=5)


def queries(app: Flask, house: Clinic, path: str) -> list[str]:
    """Return the statements that a page of Dr Ada's takes, BEGIN and COMMIT left out."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    client = app.test_client()
    client.set_cookie(house.cookie_name, house.cookie, domain="localhost")
    client.get(path)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        client.get(path)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        with app.app_context():
            db.session.remove()
    return seen


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--past", type=int, nargs="*", default=[1000, 1_000_000], help="past appointments")
    options.add_argument("--ends", type=int, default=500, help="ended in each round")
    options.add_argument("--rounds", type=int, default=4)
    options.add_argument("--no-postgresql", action="store_true")
    given = options.parse_args()
    with ExitStack() as open_:
        sides = []
        for count in given.past:
            house = open_.enter_context(clinic())
            house.server.terminate()
            began = time.monotonic()
            record.fill_sqlite(house.server.data_dir / "anteroom.db", count, house.ada)
            print(f"{number(count)} past appointments in SQLite after {time.monotonic() - began:.0f} s", flush=True)
            house.server.start()
            sides.append(Side(f"SQLite, {number(count)} past", house))
        if not given.no_postgresql:
            sides.append(_on_postgresql(open_, given.past[0]))
        report = Report("End Call over HTTP, one worker, 4 clients pressing without a pause")
        report.remarks.append(wait_for_quiet())
        for side in sides:
            side.end(100)
            side.rates.clear(), side.costs.clear(), side.times.clear()
        for _ in range(given.rounds):
            for side in sides:
                side.end(given.ends)
        for side in sides:
            report.row(f"{side.name}: ends", median(side.rates), "a second", target=400, at_least=True)
            report.row(
                f"{side.name}: answer to one", median(side.times) * 1000, "ms", p99=percentile(side.times, 0.99) * 1000
            )
            report.row(f"{side.name}: processor time of one", median(side.costs), "ms")
        if len(given.past) > 1:
            first, last = sides[0].costs, sides[len(given.past) - 1].costs
            report.row(
                "processor time, longest past to shortest",
                median([b / a for a, b in zip(first, last, strict=True)]),
                target=1.1,
            )
        _diary(report, sides[0].house)
        if len(given.past) > 1:
            report.row(f"(the same among {number(given.past[-1])})", None)
            _diary(report, sides[len(given.past) - 1].house)
        report.remarks.append("The clients run on the other core. PostgreSQL runs beside them and flushes no disk.")
        report.rows()


def _on_postgresql(open_: ExitStack, count: int) -> Side:
    folder = Path(tempfile.mkdtemp(prefix="anteroom-bench-postgresql-"))
    open_.callback(shutil.rmtree, folder, ignore_errors=True)
    cluster = Cluster(folder)
    open_.callback(cluster.stop)
    cluster.start()
    url = cluster.database()
    house = open_.enter_context(clinic(DATABASE_URL=url))
    record.fill_postgresql(url, count, house.ada)
    return Side(f"PostgreSQL, {number(count)} past", house)


if __name__ == "__main__":
    main()
