"""Who is there, as the other side sees it: true soon after a line has gone, however it went, and never a ghost."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask, g

from tests.calls import Call, Clinic
from tests.cast import WINDOW, Cast, book, bring, look
from tests.pages import digest_in
from tests.wire import Line, lines, within
from webapp import sockets
from webapp.appointments import lifecycle
from webapp.appointments.models import CLIENT
from webapp.extensions import hub
from webapp.room import socket as room_socket

pytestmark = pytest.mark.alone  # promises of so many seconds


def shown(call: Call) -> str:
    """Return how Dr Ada's panel shows Cleo."""
    text = call.ada.fragment(f"{call.room}/panel").text
    return "away" if 'data-other="away"' in text else "here" if 'data-other="here"' in text else "?"


def quiet(line: Line) -> None:
    """Hear out what is on its way."""
    while line.hear(0.3):
        pass


def reset(line: Line) -> None:
    """End a line as a phone that is cut off by its network may: with a reset instead of a word."""
    line._raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.drop()


@contextmanager
def answering(line: Line) -> Iterator[None]:
    """Let a line answer pings meanwhile, as a browser does."""
    done = threading.Event()

    def answer() -> None:
        while not done.wait(0.05):
            line.hear(0.02)

    thread = threading.Thread(target=answer)
    thread.start()
    yield
    done.set()
    thread.join()


class TestOneThatIsGone:
    def test_frozen_with_its_socket_open_is_shown_as_away_within_15_seconds(self, clinic: Clinic) -> None:
        call, ada, cleo = clinic.started_call()
        with lines(ada, cleo), answering(ada):
            cleo.hear(0.5)
            assert shown(call) == "here"
            within(15, lambda: shown(call) == "away")
            assert ada.code is None

    @pytest.mark.parametrize("how", [Line.drop, reset], ids=["with a FIN", "with a RST"])
    def test_vanished_is_told_within_2_seconds(self, clinic: Clinic, how: Any) -> None:
        call, ada, cleo = clinic.started_call()
        with lines(ada):
            quiet(ada)
            began = time.monotonic()
            how(cleo)
            assert ada.hear_until(2, type="changed", status="in_call")
            assert shown(call) == "away"
            assert time.monotonic() - began < 2

    def test_back_is_told_within_2_seconds_too(self, clinic: Clinic) -> None:
        call, ada, cleo = clinic.started_call()
        with lines(ada):
            cleo.drop()
            within(2, lambda: shown(call) == "away")
            quiet(ada)
            with lines(call.cleos_line()):
                assert ada.hear_until(2, type="changed", status="in_call")
                assert shown(call) == "here"


class TestNoGhost:
    def test_whoever_comes_again_and_again_is_there_once(self, clinic: Clinic) -> None:
        call, ada, cleo = clinic.started_call()
        with lines(ada):
            quiet(ada)
            before, held = clinic.server.sockets(), [cleo]
            for _ in range(20):  # each old one is left open and answers nothing, as on a network that is gone
                held.append(call.cleos_line())
            assert [line.closed() for line in held[:-1]] == [4409] * 20
            assert shown(call) == "here"
            for line in held[:-1]:
                line.drop()
            within(5, lambda: clinic.server.sockets() <= before)
            assert shown(call) == "here"
            held[-1].drop()
            within(2, lambda: shown(call) == "away")
            within(5, lambda: clinic.server.sockets() < before)


class TestWhatEachAnswerSaysOfTheLine:
    """A page whose socket is dead hears of it from its own questions and presses, before TCP tells."""

    def test_up_while_there_is_one_and_down_after(self, clinic: Clinic) -> None:
        call, ada, cleo = clinic.started_call()
        panels = ((call.ada, f"{call.room}/panel"), (call.cleo, f"{call.visit}/panel"))
        presses = ((call.ada, f"{call.room}/decline-end"), (call.cleo, f"{call.visit}/carry-on"))
        with lines(ada, cleo):
            assert [who.fragment(path).headers["X-Line"] for who, path in panels] == ["up", "up"]
            assert [who.press(path).headers["X-Line"] for who, path in presses] == ["up", "up"]
        within(2, lambda: [who.fragment(path).headers["X-Line"] for who, path in panels] == ["down", "down"])
        assert [who.press(path).headers["X-Line"] for who, path in presses] == ["down", "down"]

    def test_also_where_nothing_reads_differently(self, clinic: Clinic) -> None:
        call, ada, cleo = clinic.started_call()
        with lines(ada, cleo):
            path = f"{call.visit}/panel"
            answer = call.cleo.fragment(f"{path}?have={digest_in(call.cleo.fragment(path).text)}")
            assert (answer.status, answer.headers["X-Line"]) == (204, "up")

    def test_it_is_the_line_of_that_window(self, clinic: Clinic) -> None:
        call, ada, cleo = clinic.started_call()
        with lines(ada, cleo):
            call.cleo.window = "another-window"
            assert call.cleo.fragment(f"{call.visit}/panel").headers["X-Line"] == "down"
            with lines(call.cleos_line("another-window")):
                assert call.cleo.fragment(f"{call.visit}/panel").headers["X-Line"] == "up"

    def test_nothing_is_said_when_it_is_over_or_where_no_window_asks(self, clinic: Clinic) -> None:
        call, ada, cleo = clinic.started_call()
        with lines(ada, cleo):
            assert "X-Line" not in call.cleo.get(f"{call.visit}/panel").headers
            call.end()
            assert "X-Line" not in call.cleo.fragment(f"{call.visit}/panel").headers


class Told:
    """Stands for a connection that ends at once."""

    def __init__(self, ws: Any, role: str, window: str, owner: str = "", opened: float = 0) -> None:
        self.role, self.window, self.owner, self.opened = role, window, owner, opened
        self.got: list[dict[str, Any]] = ws

    def send(self, message: dict[str, Any]) -> bool:
        self.got.append(message)
        return True

    def receive(self) -> None:
        return None


class TestAWordBetweenUpgradeAndJoining:
    @pytest.mark.parametrize("moved", [True, False])
    def test_is_said_again_to_who_joins(
        self, app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch, moved: bool
    ) -> None:
        monkeypatch.setattr(sockets, "Connection", Told)
        appointment = bring(book(cast.ada), "ready")
        got: list[dict[str, Any]] = []
        with app.test_request_context(f"/?window={WINDOW}"):
            g.said = hub.said  # as before the upgrade
            if moved:
                lifecycle.not_ready(look(appointment))
            room_socket._hold(got, appointment.ref, CLIENT)  # type: ignore[arg-type]
        assert got == ([{"type": "changed", "status": "open"}] if moved else [])
