"""How fast messages pass from seat to seat, and what an open socket costs: time, memory, threads, processor.

    make bench-signalling                          100, 500 and 1 000 sockets
    make bench-signalling ARGS="--sockets 2000"    any other number

Half the sockets are clinicians', half clients', two to a call. The same messages then go through a relay of stock
flask-sock under the same gunicorn (stock.py), turn and turn about, so that there is something to compare with.
"""

import argparse
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench import processes, stock
from bench.clinic import Clinic, clinic
from bench.report import Report, median, percentile, wait_for_quiet
from bench.wire import WebSocket
from tests.servers import HOST, ROOT, free_port

MESSAGE = (
    '{"type":"candidate","call":"2869350463-1093420487-318823871-4011229405","candidate":{"candidate":'
    '"candidate:842163049 1 udp 1677729535 203.0.113.%d 46154 typ srflx raddr 192.0.2.17 rport 46154 generation 0 '
    'ufrag EEtu network-id 1","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"%d"}}'
)
"""As long as a real one; the moment of sending stands at its end."""
STAMP = re.compile(rb'usernameFragment": ?"(\d+)"')


@dataclass
class Seen:
    """What passing messages cost: seconds on the way, processor seconds of the server per message."""

    times: list[float]
    cpu: float
    lost: int


class Lines:
    """Many open sockets, and the other end of each."""

    def __init__(self, pairs: Iterable[tuple[WebSocket, WebSocket]]) -> None:
        self.pairs: list[tuple[WebSocket, WebSocket]] = []
        self._all: dict[int, WebSocket] = {}
        self._poll = select.epoll()
        for pair in pairs:
            self.pairs.append(pair)
            for each in pair:
                self._all[each.fileno()] = each
                self._poll.register(each, select.EPOLLIN)
            self._read(0)  # opening many takes longer than a ping waits for its answer

    def idle(self, seconds: float) -> None:
        """Answer pings for a while."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self._read(left)

    def relay(self, pid: int, rate: int, seconds: float) -> Seen:
        """Send so many messages a second in all, evenly over the sockets, and see each come out at the other end."""
        senders = [each for pair in self.pairs for each in pair]
        count = int(rate * seconds)
        times: list[float] = []
        cpu = processes.cpu(pid)
        began = time.perf_counter()
        sent = 0
        while sent < count or (len(times) < count and time.perf_counter() < began + seconds + 3):
            now = time.perf_counter()
            while sent < count and began + sent / rate <= now:
                text = MESSAGE % (sent % 250, time.perf_counter_ns())
                senders[sent * 7 % len(senders)].send(text.encode())
                sent += 1
            wait = began + sent / rate - time.perf_counter() if sent < count else 0.1
            times += self._read(max(0, wait))
        return Seen(times, (processes.cpu(pid) - cpu) / count, count - len(times))

    def _read(self, within: float) -> list[float]:
        found = []
        for number, _ in self._poll.poll(within):
            for text in self._all[number].take():
                now = time.perf_counter_ns()
                if stamp := STAMP.search(text):
                    found.append((now - int(stamp[1])) / 1e9)
        return found

    def close(self) -> None:
        self._poll.close()
        for each in self._all.values():
            each.close()


def ours(house: Clinic, sockets: int) -> Lines:
    """Open the sockets of this many seats."""
    visits = house.visits(sockets // 2, in_call=True)
    return Lines((house.adas_socket(visit), house.cleos_socket(visit)) for visit in visits)


@contextmanager
def stock_server(sockets: int) -> Iterator[tuple[int, int]]:
    """Run the stock relay; yield its port and the process that answers."""
    port = free_port()
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    command = [gunicorn, "--no-control-socket", "-b", f"{HOST}:{port}", "-k", "gthread", "--threads", str(sockets + 32)]
    command += ["--worker-connections", str(sockets + 100), "--graceful-timeout", "1", "--log-level", "error"]
    server = subprocess.Popen([*command, "bench.stock:app"], cwd=ROOT, stdin=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with suppress(OSError):
                stocks_socket(port, "probe").close()
                break
            time.sleep(0.05)
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        yield port, int(children[0])
    finally:
        server.terminate()
        server.wait(20)


def stocks_socket(port: int, room: str) -> WebSocket:
    return WebSocket(HOST, port, f"{stock.PATH}{room}", "")


def stocks(port: int, sockets: int) -> Lines:
    return Lines((stocks_socket(port, str(n)), stocks_socket(port, str(n))) for n in range(sockets // 2))


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sockets", type=int, nargs="*", default=[100, 500, 1000])
    options.add_argument("--rates", type=int, nargs="*", default=[100, 500, 1000], help="messages a second")
    options.add_argument("--seconds", type=float, default=6, help="of each measurement")
    options.add_argument("--idle", type=float, default=20, help="seconds of watching idle sockets")
    given = options.parse_args()

    report = Report("Relay of signalling between the seats, one worker")
    report.remarks.append(wait_for_quiet())
    for sockets in given.sockets:
        with clinic(MAX_SOCKETS=str(max(sockets + 100, 300))) as house:
            worker = house.server.worker
            empty = processes.memory(worker)
            began = time.perf_counter()
            lines = ours(house, sockets)
            opening = (time.perf_counter() - began) / sockets
            lines.idle(3)
            used, since = processes.cpu(worker), time.perf_counter()
            lines.idle(given.idle)
            idle = (processes.cpu(worker) - used) / (time.perf_counter() - since)
            big = sockets == 1000
            report.row(
                f"{sockets} sockets, idle: memory",
                processes.memory(worker),
                "MB",
                target=150 if big else None,
                note=f"{empty:.0f} MB without any",
            )
            report.row(f"{sockets} sockets, idle: threads", processes.threads(worker))
            report.row(f"{sockets} sockets, idle: processor", idle * 100, "% of a core", target=5 if big else None)
            report.row(f"{sockets} sockets: opening one", opening * 1000, "ms")
            for rate in given.rates:
                seen = lines.relay(worker, rate, given.seconds)
                full = rate == 1000
                report.row(
                    f"{sockets} sockets, {rate} messages/s: relay",
                    median(seen.times) * 1000,
                    "ms",
                    target=0.8 if full else None,
                    p99=percentile(seen.times, 0.99) * 1000,
                    p99_target=4 if full else None,
                    note=f"{max(0, seen.cpu - idle / rate) * 1e6:.0f} µs of processor each"
                    + (f", {seen.lost} LOST" if seen.lost else ""),
                )
            lines.close()
    _against_stock(report, given.seconds)
    report.remarks.append("The sender runs on the other core and is counted into the time: about 0.05 ms a message.")
    report.remarks.append(
        "Not measured: MiroTalk P2P, which is not part of this repository. In an earlier run on this kind of machine "
        "stock flask-sock took 0.93 of its processor time per message, and 0.68 of its memory at 2 000 sockets."
    )
    report.rows()


def _against_stock(report: Report, seconds: float, sockets: int = 100, rate: int = 500, rounds: int = 3) -> None:
    """Compare the processor time of a message with stock flask-sock's, turn and turn about."""
    with clinic() as house, stock_server(sockets) as (port, worker):
        sides = {"ours": (ours(house, sockets), house.server.worker), "stock": (stocks(port, sockets), worker)}
        cost: dict[str, list[float]] = {"ours": [], "stock": []}
        middle: dict[str, list[float]] = {"ours": [], "stock": []}
        for _ in range(rounds):
            for name, (lines, pid) in sides.items():
                for other, _pid in sides.values():
                    other.idle(0.2)
                seen = lines.relay(pid, rate, seconds / 2)
                cost[name].append(seen.cpu * 1e6)
                middle[name].append(median(seen.times) * 1000)
        for lines, _pid in sides.values():
            lines.close()
    report.row("500 messages/s: processor time of a message", median(cost["ours"]), "µs")
    report.row(
        "the same through stock flask-sock",
        median(cost["stock"]),
        "µs",
        note=f"relay {median(middle['stock']):.2f} ms, ours {median(middle['ours']):.2f} ms",
    )
    ratio = median([a / b for a, b in zip(cost["ours"], cost["stock"], strict=True)])
    report.row(
        "ours to stock, processor time", ratio, "", target=0.75 / 0.93, note="0.75 of MiroTalk, by stock's 0.93 of it"
    )


if __name__ == "__main__":
    main()
