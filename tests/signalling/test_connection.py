"""One open socket: whole messages or none, and a count of what it is sent."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from webapp.signalling import connection
from webapp.signalling.connection import BURST, SEND_WITHIN, STEADY, Connection, WholeSocket

Pair = tuple[WholeSocket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """A line: our end, that sends whole, and the reader's end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield WholeSocket(ours), theirs


def read(line: socket.socket, size: int) -> bytes:
    got = bytearray()
    while len(got) < size and (part := line.recv(65536)):
        got += part
    return bytes(got)


def test_a_frame_larger_than_the_buffers_arrives_whole(pair: Pair) -> None:
    ours, theirs = pair
    frame = bytes(range(256)) * 20_000
    sender = threading.Thread(target=ours.send, args=(frame,))
    sender.start()
    assert read(theirs, len(frame)) == frame
    sender.join(5)


def test_frames_of_many_threads_are_never_mixed(pair: Pair) -> None:
    ours, theirs = pair
    size, each, count = 60_000, 8, 20
    senders = [
        threading.Thread(target=lambda letter=letter: [ours.send(letter * size) for _ in range(count)])
        for letter in (b"a", b"b", b"c", b"d", b"e", b"f", b"g", b"h")
    ]
    for sender in senders:
        sender.start()
    got = read(theirs, size * each * count)
    for sender in senders:
        sender.join(5)
    frames = [got[start : start + size] for start in range(0, len(got), size)]
    assert len(frames) == each * count
    assert all(len(set(frame)) == 1 for frame in frames)


def test_a_reader_who_stops_reading_is_cut_off_within_the_time(pair: Pair) -> None:
    ours, theirs = pair
    began = time.monotonic()
    with pytest.raises(BrokenPipeError):
        ours.send(b"x" * 10_000_000)
    assert SEND_WITHIN <= time.monotonic() - began < SEND_WITHIN + 1
    got = read(theirs, 10_000_000)
    assert 0 < len(got) < 10_000_000, "then the line ends: a broken frame is never followed by another"
    with pytest.raises(OSError):
        ours.send(b"more")


class Wire:
    """Stands for simple-websocket's server end."""

    def __init__(self, line: WholeSocket) -> None:
        self.sock = line
        self.ws = self
        self.connected = True
        self.input_buffer: list[str] = []

    def close(self, code: int, reason: str) -> None:
        self.code = code

    def receive_data(self, data: bytes) -> None:
        raise AssertionError("a frame that the protocol library chokes on")


def test_a_browser_may_say_much_at_once_and_a_little_all_the_time(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [1000.0]
    monkeypatch.setattr(connection.time, "monotonic", lambda: moment[0])
    line = Connection(Wire(pair[0]), "client", "window")  # type: ignore[arg-type]
    assert [line.allowed() for _ in range(int(BURST))] == [True] * int(BURST)
    assert not line.allowed()
    moment[0] += 1
    assert sum(line.allowed() for _ in range(200)) == STEADY
    moment[0] += 3600
    assert sum(line.allowed() for _ in range(1000)) == BURST, "an hour of silence saves up no more than that"


def test_a_frame_that_cannot_be_read_ends_the_line(pair: Pair) -> None:
    wire = Wire(pair[0])
    line = Connection(wire, "client", "window")  # type: ignore[arg-type]
    pair[1].send(b"no frame")
    assert line.receive() is None
    assert wire.code == 1002
    assert not wire.connected
