"""Stopped, killed, upgraded: the sockets are told, and everybody finds their seat again."""

import time
from collections.abc import Iterator

import pytest

from tests.calls import Clinic, furnished
from tests.servers import RunningServer
from tests.wire import Refusal, lines


@pytest.fixture
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A clinic on a server of the test's own."""
    with RunningServer(tmp_path_factory.mktemp("stopping")) as server:
        yield furnished(server)


def test_a_graceful_stop_takes_under_two_seconds_with_sockets_open(clinic: Clinic) -> None:
    _, ada, cleo = clinic.started_call()
    call, waiting_ada, waiting_cleo = clinic.call(), None, None
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
