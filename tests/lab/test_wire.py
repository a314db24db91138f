"""The wire itself: what it does to packets, and that it leaves nothing behind and lets nothing out."""

import os
import signal
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.lab.laboratory import SERVER, Laboratory, Wire, laboratory
from tests.lab.namespaces import FOLDER, inside
from tests.lab.wire import WEB_PORTS

ECHO = 9000


@pytest.fixture(scope="module")
def _quiet(laboratory_is_possible: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    with laboratory(tmp_path_factory.mktemp("wire")) as lab:
        yield lab


@pytest.fixture
def lab(_quiet: Laboratory) -> Laboratory:
    """A laboratory of its own, in which nobody talks: packets are counted here."""
    _quiet.wire.clear()
    return _quiet


@contextmanager
def echo(lab: Laboratory, side: str = "server") -> Iterator[socket.socket]:
    """Send every datagram back that comes to a side."""
    with inside(lab.namespace(side)):
        answering = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    answering.bind((lab.address(side), ECHO))

    def answer() -> None:
        while True:
            data, whence = answering.recvfrom(2048)
            if not data:
                return
            answering.sendto(data, whence)

    thread = threading.Thread(target=answer)
    thread.start()
    yield answering
    with inside(lab.namespace(side)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        last.sendto(b"", (lab.address(side), ECHO))
    thread.join()
    answering.close()


def datagrams(lab: Laboratory, side: str) -> socket.socket:
    with inside(lab.namespace(side)):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.settimeout(0.5)
    return made


def round_trip(sending: socket.socket, to: str, size: int = 100) -> float | None:
    """Return how many milliseconds a datagram takes there and back; None if it does not come back."""
    began = time.monotonic()
    sending.sendto(os.urandom(size), (to, ECHO))
    try:
        sending.recv(2048)
    except TimeoutError:
        return None
    return (time.monotonic() - began) * 1000


def quickest(sending: socket.socket, to: str) -> float:
    """Return the shortest of a few round trips: other work on the machine makes some of them long."""
    return min(each for each in [round_trip(sending, to) for _ in range(5)] if each)


def connects(lab: Laboratory, side: str, to: str, port: int) -> bool:
    with inside(lab.namespace(side)), socket.socket() as trying:
        trying.settimeout(0.5)
        try:
            trying.connect((to, port))
        except TimeoutError:
            return False
        except ConnectionRefusedError:
            return True  # the answer came through
        return True


def test_a_good_wire_adds_hardly_anything(lab: Laboratory) -> None:
    with echo(lab), datagrams(lab, "client") as sending:
        taken = [round_trip(sending, SERVER) for _ in range(100)]
    assert None not in taken
    assert statistics.median(each for each in taken if each) < 5


def test_delay_is_added_each_way_and_at_once(lab: Laboratory) -> None:
    with echo(lab), datagrams(lab, "client") as sending:
        lab.wire.set("client", delay=60)
        lab.wire.set("server", delay=20)
        slow = quickest(sending, SERVER)
        lab.wire.clear()
        again = quickest(sending, SERVER)
    assert 160 <= slow < 200
    assert again < 40


def test_jitter_spreads_what_arrives_and_nothing_overtakes(lab: Laboratory) -> None:
    lab.wire.set("client", delay=50, jitter=20)
    with echo(lab), datagrams(lab, "client") as sending:
        for number in range(100):
            sending.sendto(bytes([number]), (SERVER, ECHO))
            time.sleep(0.002)  # one after the other, as sound comes
        heard = [sending.recv(100)[0] for _ in range(100)]
    assert heard == list(range(100))


def test_a_share_is_lost(lab: Laboratory) -> None:
    lab.wire.set("client", loss=0.2)
    before = lab.wire.counts()["lost"]
    with inside(lab.namespace("server")):
        taking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # else each is answered with a refusal
    with taking, datagrams(lab, "client") as sending:
        taking.bind((SERVER, ECHO + 1))
        for _ in range(1000):
            sending.sendto(b"gone or not", (SERVER, ECHO + 1))
        with echo(lab), datagrams(lab, "clinician") as other:
            round_trip(other, SERVER)  # the wire has come to the last of them
    assert 140 <= lab.wire.counts()["lost"] - before <= 260


def test_the_rate_bounds_what_passes_and_the_queue_how_long_it_waits(lab: Laboratory) -> None:
    lab.wire.set("client", kbit_up=400, queue=200)
    with echo(lab), datagrams(lab, "client") as sending:
        began, came, worst = time.monotonic(), 0, 0.0
        sent: list[float] = []
        while time.monotonic() < began + 1.5:
            sent.append(time.monotonic())
            sending.sendto(len(sent).to_bytes(4, "big") + bytes(968), (SERVER, ECHO))  # 1000 bytes with its headers
            time.sleep(0.005)  # 1600 kbit/s
            sending.setblocking(False)
            try:
                number = int.from_bytes(sending.recv(2048)[:4], "big")
                came, worst = came + 1, max(worst, time.monotonic() - sent[number - 1])
            except BlockingIOError:
                pass
    assert 55 <= came <= 90  # 50 a second fit through
    assert 0.15 < worst < 0.35


def test_a_line_that_is_down_carries_nothing_and_only_that_line(lab: Laboratory) -> None:
    with echo(lab), datagrams(lab, "client") as client, datagrams(lab, "clinician") as clinician:
        lab.wire.set("client", up=False)
        assert round_trip(client, SERVER) is None
        assert round_trip(clinician, SERVER)
        lab.wire.set("client", up=True)
        assert round_trip(client, SERVER)


@pytest.mark.parametrize(
    ("rule", "web", "plain_relay", "tls_relay", "udp_to_server", "udp_to_peer"),
    [
        ("web", False, True, True, True, True),
        ("peer", True, True, True, True, False),
        ("udp", True, True, True, False, False),
        ("plain relay", True, False, True, True, True),
    ],
)
def test_a_block_stops_this_and_nothing_else(
    lab: Laboratory, rule: str, web: bool, plain_relay: bool, tls_relay: bool, udp_to_server: bool, udp_to_peer: bool
) -> None:
    lab.wire.set("client", block=[rule])
    assert connects(lab, "client", SERVER, 8009) is web
    assert connects(lab, "client", SERVER, 3478) is plain_relay
    assert connects(lab, "client", SERVER, 5349) is tls_relay
    assert connects(lab, "clinician", SERVER, 8009), "the other side is not touched"
    with echo(lab), echo(lab, "clinician"), datagrams(lab, "client") as sending:
        assert (round_trip(sending, SERVER) is not None) is udp_to_server
        assert (round_trip(sending, lab.address("clinician")) is not None) is udp_to_peer


def test_a_block_of_open_sockets_stops_these_and_no_other_connection(lab: Laboratory) -> None:
    with inside(lab.namespace("server")):
        listening = socket.create_server((SERVER, WEB_PORTS[-1]))

    def connection(first: bytes) -> tuple[socket.socket, socket.socket]:
        with inside(lab.namespace("client")):
            own = socket.create_connection((SERVER, WEB_PORTS[-1]), 2)
        other = listening.accept()[0]
        own.sendall(first)
        assert other.recv(100) == first
        other.settimeout(0.7)
        return own, other

    def passes(pair: tuple[socket.socket, socket.socket]) -> bool:
        pair[0].sendall(b"hello")
        try:
            return pair[1].recv(100) == b"hello"
        except TimeoutError:
            return False

    upgrade = b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"
    opened, page = connection(upgrade), connection(b"GET / HTTP/1.1\r\n\r\n")
    assert passes(opened)
    lab.wire.set("client", block=["sockets"])
    later = connection(upgrade)
    assert [passes(each) for each in (opened, page, later)] == [False, True, True]
    for each in (*opened, *page, *later, listening):
        each.close()


def test_a_side_that_changes_its_address_is_reached_at_the_new_one(lab: Laboratory) -> None:
    before = lab.address("client")
    with datagrams(lab, "client") as old:
        old.connect((SERVER, ECHO))
        after = lab.change_address("client")
        assert after != before
        with echo(lab, "client"), datagrams(lab, "clinician") as sending:
            assert round_trip(sending, after)
            assert round_trip(sending, before) is None


def test_nothing_gets_out(lab: Laboratory) -> None:
    strayed = lab.wire.counts()["client strayed"]
    with datagrams(lab, "client") as sending:
        sending.sendto(b"is anybody there?", ("1.1.1.1", 53))
    assert not connects(lab, "client", "8.8.8.8", 443)
    assert lab.wire.counts()["client strayed"] > strayed


def _machine() -> str:
    """Return the machine's own interfaces, addresses and routes."""
    asked = (["ip", "-o", "link"], ["ip", "-o", "addr"], ["ip", "route", "show", "table", "all"])
    return "".join(subprocess.run(each, capture_output=True, text=True, check=True).stdout for each in asked)


@pytest.mark.parametrize("end", ["closed", "told to stop", "killed"])
def test_a_wire_leaves_nothing_behind_however_it_ends(laboratory_is_possible: None, end: str) -> None:
    machine = _machine()
    wire = Wire()
    with inside(wire.names["client"]):
        living = subprocess.Popen(["sleep", "600"])
    assert _machine() == machine
    if end == "closed":
        wire.close()
    else:
        os.kill(wire.pid, signal.SIGTERM if end == "told to stop" else signal.SIGKILL)
        wire.close()
        if end == "killed":
            assert (FOLDER / wire.names["client"]).exists(), "the next wire has something to clear away"
            Wire().close()
    assert living.wait(5) == -signal.SIGKILL
    assert not [each for each in wire.names.values() if (FOLDER / each).exists()]
    assert _machine() == machine
