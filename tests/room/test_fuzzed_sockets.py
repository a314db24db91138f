"""Tens of thousands of random frames, the same ones each time: no exception, and nothing left of any of them."""

import json
import random
import threading
import time
from collections.abc import Iterator

from tests.calls import Call, Clinic
from tests.room.bystanders import Bystanders
from tests.wire import BINARY, CLOSE, MORE, PING, PONG, TEXT, Line, Refusal, frame, within

SEED = 20261123
SENDERS, LINES, FRAMES = 5, 60, 100
"""So many at once, each opening so many lines, and saying so much on each: 30 000 frames."""

SAID = [
    {"type": "hello"},
    {"type": "description", "call": "c1", "description": {"type": "offer", "sdp": "v=0"}},
    {"type": "candidate", "call": "c1", "candidate": {"candidate": "candidate:1", "sdpMid": "0", "sdpMLineIndex": 0}},
]


def anything(dice: random.Random, depth: int = 0) -> object:
    """Return any JSON value."""
    kind = dice.randrange(9 if depth < 4 else 6)
    if kind >= 6:
        size = dice.randrange(4)
        if kind == 6:
            return [anything(dice, depth + 1) for _ in range(size)]
        names = ["type", "call", "description", "candidate", "sdp", "from", "", "\x00", "é"]
        return {dice.choice(names): anything(dice, depth + 1) for _ in range(size)}
    return [None, True, dice.randrange(-(10**20), 10**20), dice.random(), "x" * dice.randrange(200), "\ud800\x00"][kind]


def mutated(dice: random.Random) -> bytes:
    """Return a message of the vocabulary, as it is or with something else somewhere in it."""
    message = json.loads(json.dumps(dice.choice(SAID)))
    if dice.random() < 0.1:
        message[dice.choice(["type", "call", "description", "candidate", "from"])] = anything(dice)
    raw = bytearray(json.dumps(message).encode())
    if dice.random() < 0.05:
        raw[dice.randrange(len(raw))] = dice.randrange(256)
    return bytes(raw)


def frames(dice: random.Random, tame: bool) -> Iterator[bytes]:
    """Yield the frames of one line; of a tame one most are proper, so that it lives for a while."""
    for _ in range(FRAMES):
        luck = dice.random() if not tame else dice.random() * 0.72
        if luck < 0.5:
            yield frame(TEXT, mutated(dice))
        elif luck < 0.6:
            yield frame(dice.choice([PING, PONG]), dice.randbytes(dice.randrange(126)))
        elif luck < 0.7:
            whole = mutated(dice)
            cut = dice.randrange(len(whole))
            yield frame(TEXT, whole[:cut], last=False)
            yield frame(PING, b"between")
            yield frame(MORE, whole[cut:])
        elif luck < 0.72:
            yield frame(TEXT, json.dumps(anything(dice)).encode())
        elif luck < 0.8:
            yield frame(dice.randrange(16), dice.randbytes(dice.randrange(400)), last=dice.random() < 0.5)
        elif luck < 0.85:
            yield frame(TEXT, dice.randbytes(dice.randrange(1, 2000)), masked=dice.random() < 0.8)
        elif luck < 0.9:
            yield frame(dice.choice([TEXT, BINARY]), b"x" * dice.randrange(70_000))
        elif luck < 0.95:
            yield frame(CLOSE, dice.randbytes(dice.randrange(130)))
        else:
            yield dice.randbytes(dice.randrange(1, 300))


def babble(call: Call, seed: int, faults: list[BaseException]) -> None:
    """Open line after line, and send each its frames, whether anybody takes them or not."""
    dice = random.Random(seed)
    try:
        for number in range(LINES):
            line = admitted(call, f"window-{seed}-{number}" if dice.random() < 0.8 else None)
            try:
                for each in frames(dice, tame=dice.random() < 0.5):
                    line.send_bytes(each)
                    if dice.random() < 0.02:
                        for _ in line.frames(0):
                            pass
            except OSError:
                pass  # the server has had enough of it
            line.drop()
    except BaseException as fault:
        faults.append(fault)


def admitted(call: Call, window: str | None) -> Line:
    """Open a line as soon as there is room for it: a seat has room for eight."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return call.cleos_line(window)
        except Refusal as refusal:
            if refusal.status != 429 or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def run(calls: list[Call], seed: int) -> None:
    faults: list[BaseException] = []
    senders = [threading.Thread(target=babble, args=(call, seed + number, faults)) for number, call in enumerate(calls)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(90)
    assert faults == []


def test_random_frames_leave_nothing_behind(clinic: Clinic) -> None:
    server = clinic.server
    calls = []
    for _ in range(SENDERS + 3):
        call, ada, cleo = clinic.started_call()
        ada.drop()
        cleo.drop()
        calls.append(call)

    with Bystanders(clinic) as bystanders:
        bystanders.wait_for(3)
        # The pool keeps its threads once it has them: make it as large as it will be.
        opened = [call.cleos_line(f"window-{number}") for call in calls for number in range(8)]
        for line in opened:
            line.drop()
        before = settled(clinic)

        run(calls[:SENDERS], SEED)

        bystanders.wait_for(5)
        within(30, lambda: server.threads() <= before[0])
        within(30, lambda: server.sockets() <= before[1])
    assert "Traceback" not in server.log
    assert "ERROR" not in server.log
    assert {call.phase() for call in calls} == {"in_call"}


def settled(clinic: Clinic) -> tuple[int, int]:
    """Wait until the numbers of threads and of open sockets stand still; return them."""
    seen: list[tuple[int, int]] = []

    def still() -> bool:
        seen.append((clinic.server.threads(), clinic.server.sockets()))
        return len(seen) > 25 and len(set(seen[-25:])) == 1

    within(30, still)
    return seen[-1]
