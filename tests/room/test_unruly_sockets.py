"""A malformed, oversized, flooding, slow or silent socket costs the others nothing: that line ends, no other does."""

import socket
import struct
import threading
import time
import urllib.request
from collections.abc import Iterator

import pytest

from tests.calls import Call, Clinic
from tests.room.bystanders import Bystanders
from tests.servers import HOST, RunningServer
from tests.wire import BINARY, CLOSE, MORE, PING, PONG, TEXT, Line, frame, lines

LARGEST = 64 * 1024


def pad(size: int) -> bytes:
    """Return a message of the vocabulary that is exactly so large."""
    empty = b'{"type":"description","call":"large","description":{"type":"offer","sdp":""}}'
    return empty.replace(b'""', b'"' + b"x" * (size - len(empty)) + b'"')


@pytest.fixture(scope="module")
def bystanders(clinic: Clinic) -> Iterator[Bystanders]:
    """Another call on the same server, that goes on all the while."""
    with Bystanders(clinic) as others:
        yield others


@pytest.fixture
def beside(clinic: Clinic, bystanders: Bystanders) -> Iterator[Clinic]:
    """A clinic where all of this happens beside that call; and nothing of it disturbs them."""
    yield clinic
    bystanders.wait_for(5)
    bystanders.are_undisturbed()


UNRULY = {
    "a message larger than 64 KB": ([frame(TEXT, pad(LARGEST + 1))], {1009}),
    "one of many fragments that is larger": (
        [frame(TEXT, b"x" * 4096, last=False)] + [frame(MORE, b"x" * 4096, last=False)] * 40,
        {1009},
    ),
    "a message that says how large it is, and is not believed": (
        [bytes([0x81, 0xFF]) + struct.pack(">Q", 1 << 62) + b"mask" + b"x" * 70_000],
        {1009},
    ),
    "binary": ([frame(BINARY, b'{"type":"hello"}')], {1008}),
    "no JSON": ([frame(TEXT, b"hello")], {1008}),
    "nothing": ([frame(TEXT, b"")], {1008}),
    "very deep JSON": ([frame(TEXT, b"[" * 60_000)], {1008}),
    "another type": ([frame(TEXT, b'{"type":"chat","text":"hello"}')], {1008}),
    "the server's own type": ([frame(TEXT, b'{"type":"changed","status":"ended"}')], {1008}),
    "a sender of its own choosing": ([frame(TEXT, b'{"type":"hello","from":"clinician"}')], {1008}),
    "wrong fields": ([frame(TEXT, b'{"type":"candidate","call":"c","candidate":[]}')], {1008}),
    "a flood of messages": ([frame(TEXT, b'{"type":"hello"}') * 2000], {1013}),
    "a flood of pings": ([frame(PING) * 50_000], {1006}),
    "a flood of pongs": ([frame(PONG) * 50_000], {1006}),
    "a flood of empty fragments": (
        [frame(TEXT, b"", last=False), frame(MORE, b"", last=False) * 50_000],
        {1006},
    ),
    # What is no WebSocket at all ends the line, with a word (1002, 1007) or without.
    "words that are no UTF-8": ([frame(TEXT, b"\xff\xfe\xfd")], {1002, 1006, 1007}),
    "a frame without its mask": ([frame(TEXT, b'{"type":"hello"}', masked=False)], {1002, 1006}),
    "a kind of frame that there is not": ([frame(3, b"x")], {1002, 1006}),
    "a control frame that there is not": ([frame(11, b"x")], {1002, 1006}),
    "bits that nobody agreed on": ([bytes([0xF1, 0x80]) + b"mask"], {1002, 1006}),
    "a ping that is too long": ([frame(PING, b"x" * 126)], {1002, 1006}),
    "a ping in pieces": ([frame(PING, b"x", last=False)], {1002, 1006}),
    "the rest of nothing": ([frame(MORE, b"x")], {1002, 1006}),
    "a second message inside the first": ([frame(TEXT, b"{", last=False), frame(TEXT, b"}")], {1002, 1006}),
    "a close of one byte": ([frame(CLOSE, b"x")], {1002, 1005, 1006}),
    "a close with a code that there is not": ([frame(CLOSE, struct.pack(">H", 5))], {1002, 1005, 1006}),
    "a close that says no UTF-8": ([frame(CLOSE, struct.pack(">H", 1000) + b"\xff")], {1002, 1007, 1006}),
    "a page's request": ([b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"], {1002, 1006}),
    "noise": ([bytes(range(256)) * 64], {1002, 1006}),
}


@pytest.mark.parametrize(("sent", "codes"), UNRULY.values(), ids=UNRULY)
def test_only_the_line_of_the_unruly_one_ends(beside: Clinic, sent: list[bytes], codes: set[int]) -> None:
    call, ada, cleo = beside.started_call()
    with lines(ada, cleo):
        try:
            for each in sent:
                cleo.send_bytes(each)
        except OSError:
            pass  # the line was cut in the middle of it

        assert cleo.closed(10) in codes
        assert ada.code is None
        ada.hear_until(type="changed", status="in_call")  # that she is gone
        with lines(call.cleos_line()) as (again,):
            again.say(type="hello")
            assert ada.hear_until(type="hello"), "and she may come back"
    assert call.phase() == "in_call"


def test_exactly_64_kilobytes_may_be_said(beside: Clinic) -> None:
    _, ada, cleo = beside.started_call()
    with lines(ada, cleo):
        cleo.send(TEXT, pad(LARGEST))
        assert len(ada.hear_until(type="description")["description"]["sdp"]) > 65_000


def test_a_message_in_many_fragments_is_one_message(beside: Clinic) -> None:
    _, ada, cleo = beside.started_call()
    with lines(ada, cleo):
        whole = b'{"type":"candidate","call":"c1","candidate":null}'
        cleo.send(TEXT, whole[:1], last=False)
        for place in range(1, len(whole) - 1):
            cleo.send(MORE, whole[place : place + 1], last=False)
            cleo.send(PING, b"between")
        cleo.send(MORE, whole[-1:])
        assert ada.hear_until(type="candidate")["call"] == "c1"


class TestTheSlow:
    """Someone who stops reading."""

    def stop_reading(self, clinic: Clinic) -> tuple[Call, Line, Line, threading.Thread]:
        call, ada, cleo = clinic.started_call()

        def say_much() -> None:
            for number in range(200):
                try:
                    ada.say(
                        type="description", call=f"call-{number}", description={"type": "offer", "sdp": "x" * 60_000}
                    )
                except OSError:
                    return

        talker = threading.Thread(target=say_much)
        talker.start()
        return call, ada, cleo, talker

    def test_gets_whole_messages_and_then_a_clean_end(self, beside: Clinic) -> None:
        call, ada, cleo, talker = self.stop_reading(beside)
        with lines(ada, cleo):
            talker.join(30)
            # What had been sent comes whole and in order (`hear` fails on a broken frame), then the line ends.
            count = 0
            while (message := cleo.hear(5)) is not None:
                if message["type"] == "description":
                    assert message["call"] == f"call-{count}"
                    assert len(message["description"]["sdp"]) == 60_000
                    count += 1
            assert cleo.code == 1006
            assert 0 < count < 200
            assert ada.code is None
            with lines(call.cleos_line()) as (again,):
                ada.say(type="hello")
                assert again.hear_until(type="hello")

    def test_delays_the_end_of_the_call_for_nobody(self, beside: Clinic) -> None:
        call, ada, cleo, talker = self.stop_reading(beside)
        with lines(ada, cleo):
            talker.join(30)
            began = time.monotonic()
            call.end()
            ada.hear_until(type="changed", status="ended")
            assert ada.closed() == 4410
            assert time.monotonic() - began < 1.5


def test_who_gives_no_sign_of_life_is_dropped(beside: Clinic, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A frozen page, and one that stopped in the middle of a frame: the server's pings find both out.

    And on a small server, meanwhile, more than it has threads stop in the middle of a request.
    """
    with RunningServer(tmp_path_factory.mktemp("small"), MAX_SOCKETS="4") as small:
        stalled = [socket.create_connection((HOST, small.port), 10) for _ in range(60)]
        for number, each in enumerate(stalled):
            each.sendall(b"GET /healthz HT" if number % 2 else HALF_A_FORM)
        be_frozen(beside)
        began = time.monotonic()
        with urllib.request.urlopen(f"{small.url}/healthz", timeout=20) as answer:
            assert answer.status == 200
        assert time.monotonic() - began < 2
        for each in stalled:
            each.close()
        assert "Traceback" not in small.log


HALF_A_FORM = (
    b"POST /set-up HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname="
)


def be_frozen(beside: Clinic) -> None:
    frozen_call, frozen_ada, frozen = beside.started_call()
    _, half_ada, half = beside.started_call()
    with lines(frozen_ada, half_ada, frozen, half):
        for line in (frozen, half):
            line.silent = True
        half.send_bytes(frame(TEXT, b'{"type":"hello"}')[:5])
        deadline = time.monotonic() + 30
        while frozen.code is None or half.code is None:
            assert time.monotonic() < deadline, (frozen.code, half.code)
            for line in (frozen, half):
                line.code or line.hear(0.1)
            for line in (frozen_ada, half_ada):
                line.hear(0.05)  # and answer pings
        assert {frozen.code, half.code} <= {1008, 1006}
        assert {frozen_ada.code, half_ada.code} == {None}
        assert 'data-other="away"' in frozen_call.ada.fragment(f"{frozen_call.room}/panel").text
    assert "Traceback" not in beside.server.log


def test_who_does_not_hang_up_keeps_nobody_out(beside: Clinic) -> None:
    """After the close of a socket, or the last answer of a page, the other end may go on holding the line."""
    call, ada, cleo = beside.started_call()
    with lines(ada, cleo, *(call.cleos_line(f"window-{number}") for number in range(6))) as opened:
        for line in opened[2:]:
            line.send(CLOSE, struct.pack(">H", 1000))
        for line in opened[2:]:
            assert line.closed() == 1000
        pages = [
            raw_request(beside, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") for _ in range(6)
        ]
        began = time.monotonic()
        assert call.cleo.fragment(f"{call.visit}/panel").status == 200
        assert time.monotonic() - began < 1.5
        for page in pages:
            page.close()


def raw_request(clinic: Clinic, request: bytes) -> socket.socket:
    """Send a request, read its answer, and keep the line."""
    line = socket.create_connection((HOST, clinic.server.port), 10)
    line.sendall(request)
    while line.recv(65536):
        pass
    return line
