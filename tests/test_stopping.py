"""Stopped, killed, upgraded: the sockets are told, and everybody finds their seat again."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.calls import Clinic, furnished
from tests.servers import RunningServer
from tests.wire import Refusal, lines, within

pytestmark = pytest.mark.alone  # promises of so many seconds


@pytest.fixture
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A clinic on a server of the test's own."""
    with RunningServer(tmp_path_factory.mktemp("stopping")) as server:
        yield furnished(server)


def test_a_graceful_stop_takes_under_two_seconds_with_sockets_open(clinic: Clinic) -> None:
    _, ada, cleo = clinic.started_call()
    call = clinic.call()
    waiting_ada, waiting_cleo = call.adas_line(), call.cleos_line()
    with lines(ada, cleo, waiting_ada, waiting_cleo) as all_lines:
        took = clinic.server.terminate()
        for line in all_lines:
            assert line.closed(1) == 1012, "which says: come back"
    assert took < 2
    assert "Traceback" not in clinic.server.log


def test_a_stop_is_nobodys_absence(clinic: Clinic) -> None:
    call, ada, cleo = clinic.started_call()
    with lines(ada, cleo):
        clinic.server.terminate()
    clinic.server.start()
    assert "dropped out" not in call.ada.get(f"/appointments/{call.appointment.ref}").text


@pytest.mark.parametrize("how", ["terminate", "kill"])
def test_both_are_back_in_their_seats_after_a_restart(clinic: Clinic, how: str) -> None:
    call, ada, cleo = clinic.started_call()
    ada.drop()
    cleo.drop()
    getattr(clinic.server, how)()
    clinic.server.start()

    assert call.phase() == "in_call"
    with lines(call.adas_line(), call.cleos_line()) as (ada, cleo):
        for visitor, panel in ((call.ada, f"{call.room}/panel"), (call.cleo, f"{call.visit}/panel")):
            answer = visitor.fragment(panel)
            assert answer.status == 200
            assert 'data-status="in_call"' in answer.text
        ada.say(type="hello")
        assert cleo.hear_until(type="hello")["from"] == "clinician"
        call.end()
        assert cleo.closed() == ada.closed() == 4410


def test_what_was_pressed_is_kept_when_the_power_fails_right_after(clinic: Clinic) -> None:
    call, ada, cleo = clinic.started_call()
    ada.drop()
    cleo.drop()
    call.cleo.press(f"{call.visit}/ask-to-end")
    clinic.server.kill()
    clinic.server.start()
    assert call.phase() == "asked"
    assert "would like to end the call" in call.ada.fragment(f"{call.room}/panel").text


def test_no_socket_is_let_in_while_stopping(clinic: Clinic) -> None:
    call = clinic.call()
    with lines(call.cleos_line()):
        clinic.server.terminate()
        began = time.monotonic()
        with pytest.raises((Refusal, OSError)):
            call.cleos_line()
        assert time.monotonic() - began < 2


MANY = 100


def test_a_graceful_stop_takes_under_two_seconds_with_a_hundred_sockets(clinic: Clinic) -> None:
    with ExitStack() as stack:
        held = []
        while len(held) < MANY:
            call = clinic.call()
            for number in range(16):
                opens = call.cleos_line if number % 2 else call.adas_line
                held.append(stack.enter_context(opens(f"a-window-{number}")))
                for line in held:
                    line.hear(0)  # and answer pings: it may take a while on a busy machine
        took = clinic.server.terminate()
        assert [line.closed(1) for line in held] == [1012] * len(held)
    assert took < 2
    assert "Traceback" not in clinic.server.log


def test_nor_do_those_who_read_nothing_hold_it_up(clinic: Clinic) -> None:
    """Lines whose other end takes nothing more in: the buffers between are full, and no word goes in."""
    with ExitStack() as stack:
        held = [clinic.started_call()[1:] for _ in range(8)]
        for ada, cleo in held:
            stack.enter_context(lines(ada, cleo))
        large = {"type": "offer", "sdp": "x" * 60_000}
        for _ in range(40):  # so many that the buffers of the system are full, and so few that nobody is cut off
            for ada, _cleo in held:
                try:
                    ada.say(type="description", call="call-1", description=large)
                except OSError:
                    pass
        took = clinic.server.terminate()
    assert took < 2


def reload(clinic: Clinic) -> float:
    """Have a new worker (HUP, as an upgrade does); return how long the old one was still there."""
    old = clinic.server.worker
    began = time.monotonic()
    os.kill(clinic.server.pid, signal.SIGHUP)
    within(15, lambda: not os.path.exists(f"/proc/{old}"))
    took = time.monotonic() - began
    within(15, lambda: clinic.server.worker != old)
    return took


def test_an_upgrade_tells_the_sockets_at_once_and_nobody_meets_in_two_places(clinic: Clinic) -> None:
    call, ada, cleo = clinic.started_call()
    with lines(ada, cleo):
        took = reload(clinic)
        for line in (ada, cleo):
            assert line.closed(1) == 1012
        assert took < 4, "so long two workers could each hold a half of a room"
    call.cleo.get("/healthz")
    began = time.monotonic()
    with lines(call.adas_line(), call.cleos_line()) as (ada, cleo):
        assert time.monotonic() - began < 3, "once it answers"
        ada.say(type="hello")
        assert cleo.hear_until(type="hello")["from"] == "clinician", "both are in the same worker"
        call.end()
        assert cleo.closed() == ada.closed() == 4410
    assert "dropped out" not in call.ada.get(f"/appointments/{call.appointment.ref}").text
    assert "Traceback" not in clinic.server.log


def test_again_and_again(clinic: Clinic) -> None:
    call, ada, cleo = clinic.started_call()
    for _ in range(3):
        with lines(ada, cleo):
            reload(clinic)
            assert ada.closed(1) == cleo.closed(1) == 1012
        ada, cleo = call.adas_line(), call.cleos_line()
        cleo.say(type="hello")
        assert ada.hear_until(type="hello")
    ada.drop()
    cleo.drop()


def test_a_worker_that_is_replaced_after_so_many_requests_tells_the_sockets_too(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    where = tmp_path_factory.mktemp("recycled")
    with RunningServer(where, GUNICORN_CMD_ARGS="--max-requests 60 --max-requests-jitter 0") as server:
        clinic = furnished(server)
        call, ada, cleo = clinic.started_call()
        with lines(ada, cleo):
            old = server.worker
            for _ in range(80):
                if ada.code is None:
                    call.cleo.get("/healthz")
                    ada.hear(0.01)
            assert ada.closed(3) == cleo.closed(3) == 1012
        within(5, lambda: server.worker != old)
        began = time.monotonic()
        with lines(call.adas_line(), call.cleos_line()) as (ada, cleo):
            assert time.monotonic() - began < 3
            ada.say(type="hello")
            assert cleo.hear_until(type="hello")
        assert "Traceback" not in server.log
