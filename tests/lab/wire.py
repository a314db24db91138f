"""A wire between three network namespaces, in user space: delay, jitter, loss, rate, a queue, blocks, a pulled plug.

    python -m tests.lab.wire

It is a process of its own. Each line of JSON on its input sets sides, `{"client": {"up": false}}`, and is answered,
once it holds, with a line of counts. Where the input ends (its owner is gone) or a SIGTERM comes, it takes the
namespaces with it and whatever still runs in them. A packet for anywhere else goes nowhere, and is counted as strayed.

Measured on two shared cores: 1 200 packets of 1 100 bytes a second (two calls with large pictures) take it 3 % of a
core and wait 0.1 ms in the middle, 1.5 ms in the worst hundredth; 4 000 a second take 6 %.
"""

import fcntl
import heapq
import json
import os
import random
import select
import signal
import struct
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from tests.lab import namespaces
from tests.lab.namespaces import NETS

WEB_PORTS = range(8000, 8010)
"""Where servers of the laboratory listen: all that the rule "web" has to know."""
PLAIN_RELAY = 3478
TCP, UDP = 6, 17
MTU = 1400
AT_ONCE = 128  # packets of one side before the others have their turn


@dataclass
class Line:
    """How the line of one side is, each way.

    Blocks: "web" (TCP to the web server), "sockets" (of that, the WebSockets that are open when the rule is made, as
    where a router forgets them), "peer" (anything between the two browsers), "udp" (all of it), and "plain relay" (TCP
    to the relay's port without TLS). What is blocked vanishes without a word.
    """

    up: bool = True
    delay: float = 0  # milliseconds
    jitter: float = 0  # milliseconds, one standard deviation; no packet overtakes another
    loss: float = 0  # 0 to 1
    kbit_up: float = 0  # kbit/s towards the others, 0 for any
    kbit_down: float = 0
    queue: float = 300  # milliseconds that packets may wait for the rate; more are dropped
    block: tuple[str, ...] = ()


@dataclass
class Side:
    """One namespace's end of the wire."""

    name: str
    tun: int
    line: Line = field(default_factory=Line)
    busy: dict[str, float] = field(default_factory=dict)  # until when the rate is used up, by direction
    last: dict[str, float] = field(default_factory=dict)  # when the last packet of a direction arrives
    sockets: set[int] = field(default_factory=set)  # ports of its WebSockets
    dead: frozenset[int] = frozenset()  # those of them that a block has cut

    def carry(self, way: str, size: int, moment: float) -> float | None:
        """Return when a packet that comes at a moment leaves this line; None if it is lost."""
        line = self.line
        if not line.up or (line.loss and random.random() < line.loss):
            return None
        rate = line.kbit_up if way == "up" else line.kbit_down
        if rate:
            begins = max(moment, self.busy.get(way, 0))
            if begins - moment > line.queue / 1000:
                return None
            self.busy[way] = moment = begins + size * 8 / 1000 / rate
        if line.delay or line.jitter:
            moment += max(0.0, random.gauss(line.delay, line.jitter)) / 1000
        self.last[way] = moment = max(moment, self.last.get(way, 0))
        return moment


class Wire:
    """Three sides and the packets under way between them."""

    def __init__(self, names: dict[str, str]) -> None:
        self.sides = {side: Side(side, _plug(side, name)) for side, name in names.items()}
        self._by_net = {bytes(map(int, NETS[side].split("."))): each for side, each in self.sides.items()}
        self._under_way: list[tuple[float, int, Side, Side, bytes]] = []
        self.counts = {"carried": 0, "lost": 0, "blocked": 0} | {f"{side} strayed": 0 for side in names}
        self._number = 0

    def set(self, lines: dict[str, dict[str, Any]]) -> None:
        """Make the lines of some sides what is given, and as new where nothing is given."""
        for side, given in lines.items():
            one = self.sides[side]
            had, one.line = "sockets" in one.line.block, Line(**given)
            if "sockets" in one.line.block and not had:
                one.dead, one.sockets = frozenset(one.sockets), set()

    def run(self, orders: int) -> None:
        """Carry packets until the orders end."""
        readable = {each.tun: each for each in self.sides.values()}
        handles = [orders, *readable]
        unread = b""
        while True:
            self._deliver()
            pause = max(0.0, self._under_way[0][0] - time.monotonic()) if self._under_way else None
            for handle in select.select(handles, [], [], pause)[0]:
                if handle == orders:
                    read = os.read(orders, 65536)
                    if not read:
                        return
                    *whole, unread = (unread + read).split(b"\n")
                    for each in whole:
                        self.set(json.loads(each))
                        print(json.dumps(self.counts), flush=True)
                else:
                    self._take(readable[handle])

    def _take(self, source: Side) -> None:
        for _ in range(AT_ONCE):
            try:
                packet = os.read(source.tun, 2048)
            except OSError:
                return
            target = self._by_net.get(packet[16:19])
            if packet[0] >> 4 != 4 or target is None or target is source:
                self.counts[f"{source.name} strayed"] += 1
            elif _is_blocked(packet, source, target):
                self.counts["blocked"] += 1
            else:
                moment = source.carry("up", len(packet), time.monotonic())
                moment = target.carry("down", len(packet), moment) if moment else None
                if moment is None:
                    self.counts["lost"] += 1
                else:
                    self._number += 1
                    heapq.heappush(self._under_way, (moment, self._number, source, target, packet))

    def _deliver(self) -> None:
        now = time.monotonic()
        while self._under_way and self._under_way[0][0] <= now:
            _, _, source, target, packet = heapq.heappop(self._under_way)
            if not (source.line.up and target.line.up):
                self.counts["lost"] += 1  # it was in the wire when the plug was pulled
                continue
            try:
                os.write(target.tun, packet)
                self.counts["carried"] += 1
            except OSError:
                self.counts["lost"] += 1


def _is_blocked(packet: bytes, source: Side, target: Side) -> bool:
    """Follow the rules of both sides; learn on the way which connections are WebSockets."""
    rules = {*source.line.block, *target.line.block}
    if "peer" in rules and "server" not in (source.name, target.name):
        return True
    if packet[9] == UDP:
        return "udp" in rules
    if packet[9] != TCP:
        return False
    ports = struct.unpack_from("!HH", packet, (packet[0] & 15) * 4)
    if target.name == "server":
        browser, (own, port) = source, ports
        if port in WEB_PORTS and b"Upgrade: websocket" in packet:
            browser.sockets.add(own)
    else:
        browser, (port, own) = target, ports
    if port in WEB_PORTS:
        return "web" in rules or ("sockets" in browser.line.block and own in browser.dead)
    return port == PLAIN_RELAY and "plain relay" in rules


def _plug(side: str, name: str) -> int:
    """Make a namespace with one interface, whose other end is ours; its host is number 2."""
    namespaces.make(name)
    with namespaces.inside(name):
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH", b"wire", 0x1001))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
    ip = ["ip", "-n", name]
    subprocess.run([*ip, "addr", "add", f"{NETS[side]}.2/24", "dev", "wire"], check=True)
    subprocess.run([*ip, "link", "set", "wire", "up", "mtu", str(MTU), "txqueuelen", "2000"], check=True)
    subprocess.run([*ip, "route", "add", "default", "dev", "wire"], check=True)
    return tun


def main() -> None:
    """Clear up after dead runs, plug in, say so, carry, clear up."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is its owner's matter
    names = namespaces.names(os.getpid())
    namespaces.clear_leftovers()
    try:
        wire = Wire(names)
        print("ready", flush=True)
        wire.run(sys.stdin.fileno())
    except BrokenPipeError:
        pass  # its owner is gone
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for name in names.values():
            namespaces.remove(name)


if __name__ == "__main__":
    main()
