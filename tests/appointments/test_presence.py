"""Who is there: a press takes the seat, an open page alone does not, and the newest press wins."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.cast import ANOTHER_WINDOW, NINE, WINDOW, Cast, book, bring, events, look
from tests.signalling.test_hub import Line
from webapp.appointments import lifecycle, presence, record
from webapp.appointments.models import CLIENT, CLINICIAN, Appointment
from webapp.extensions import hub

At = Callable[[datetime], None]


def later(**how: int) -> datetime:
    return NINE + timedelta(**how)


@pytest.fixture
def appointment(cast: Cast) -> Appointment:
    return book(cast.ada)


def connect(appointment: Appointment, role: str, window: str) -> Any:
    """Open a socket of this window, as the room's socket does."""
    line: Any = Line(role, window)
    hub.join(appointment.ref, line)
    record.arrange(look(appointment))
    presence.seen(look(appointment), role, window)
    return line


def disconnect(appointment: Appointment, line: Any) -> None:
    hub.leave(appointment.ref, line)
    presence.gone(look(appointment), line.role, line.window)


def holder(appointment: Appointment, role: str) -> str | None:
    return look(appointment).seat(role).window


def test_an_open_page_is_noted_once_and_takes_no_seat(appointment: Appointment, at: At) -> None:
    presence.seen(appointment, CLIENT, WINDOW)
    at(later(minutes=1))
    presence.seen(look(appointment), CLIENT, WINDOW)
    presence.seen(look(appointment), CLIENT, ANOTHER_WINDOW)
    found = look(appointment)
    assert found.opened_at == NINE
    assert events(found)[2:] == ["opened"]
    assert found.seat(CLIENT).window is None
    assert not presence.present(found, CLIENT)


def test_an_open_socket_alone_is_not_presence_either(appointment: Appointment) -> None:
    connect(appointment, CLIENT, WINDOW)
    assert not presence.present(look(appointment), CLIENT)


def test_a_press_takes_the_seat(appointment: Appointment) -> None:
    lifecycle.ready(appointment, WINDOW)
    assert holder(appointment, CLIENT) == WINDOW
    assert presence.present(look(appointment), CLIENT)


def test_the_newest_press_takes_the_seat_from_the_older(appointment: Appointment) -> None:
    lifecycle.ready(appointment, WINDOW)
    presence.seen(look(appointment), CLIENT, ANOTHER_WINDOW, press=True)
    assert holder(appointment, CLIENT) == ANOTHER_WINDOW
    assert presence.held_elsewhere(look(appointment), CLIENT, WINDOW)
    assert not presence.held_elsewhere(look(appointment), CLIENT, ANOTHER_WINDOW)


def test_a_look_takes_no_seat_from_who_is_there(appointment: Appointment) -> None:
    lifecycle.ready(appointment, WINDOW)
    presence.seen(look(appointment), CLIENT, ANOTHER_WINDOW)
    assert holder(appointment, CLIENT) == WINDOW


def test_a_new_tab_gets_the_seat_whose_holder_is_away(appointment: Appointment, at: At) -> None:
    lifecycle.ready(appointment, WINDOW)
    at(NINE + presence.SEEN_WITHIN)
    presence.seen(look(appointment), CLIENT, ANOTHER_WINDOW)
    assert holder(appointment, CLIENT) == ANOTHER_WINDOW


def test_the_clinicians_page_takes_the_empty_seat_without_a_press(appointment: Appointment) -> None:
    presence.seen(appointment, CLINICIAN, WINDOW)
    assert holder(appointment, CLINICIAN) == WINDOW
    presence.seen(look(appointment), CLINICIAN, ANOTHER_WINDOW)
    assert holder(appointment, CLINICIAN) == WINDOW


def test_a_page_without_a_socket_is_there_as_long_as_it_polls(appointment: Appointment, at: At) -> None:
    lifecycle.ready(appointment, WINDOW)
    for seconds in (15, 30, 45):
        at(later(seconds=seconds))
        assert presence.present(presence.seen(look(appointment), CLIENT, WINDOW), CLIENT)
    at(later(seconds=45) + presence.SEEN_WITHIN)
    assert not presence.present(look(appointment), CLIENT)
    assert presence.gone_since(look(appointment), CLIENT) == later(seconds=45)


def test_a_closed_socket_is_an_absence_at_once(appointment: Appointment, at: At) -> None:
    lifecycle.ready(appointment, WINDOW)
    line = connect(appointment, CLIENT, WINDOW)
    at(later(minutes=10))
    assert presence.present(look(appointment), CLIENT), "however long ago it was last heard of"
    disconnect(appointment, line)
    assert not presence.present(look(appointment), CLIENT)
    assert presence.gone_since(look(appointment), CLIENT) == later(minutes=10)


def test_a_drop_in_the_call_and_the_return_are_on_the_timeline(appointment: Appointment, at: At) -> None:
    bring(appointment, "in_call")
    line = connect(appointment, CLIENT, WINDOW)
    disconnect(appointment, line)
    at(later(seconds=7))
    connect(appointment, CLIENT, WINDOW)
    assert events(appointment)[-2:] == ["dropped", "returned"]
    assert presence.present(look(appointment), CLIENT)


def test_a_drop_in_the_waiting_room_is_not_on_the_timeline(appointment: Appointment) -> None:
    bring(appointment, "ready")
    line = connect(appointment, CLIENT, WINDOW)
    before = events(appointment)
    disconnect(appointment, line)
    assert events(appointment) == before


def test_a_reloaded_page_leaves_no_ghost_and_no_gap(appointment: Appointment) -> None:
    bring(appointment, "in_call")
    old = connect(appointment, CLIENT, WINDOW)
    connect(appointment, CLIENT, WINDOW)
    disconnect(appointment, old)
    assert presence.present(look(appointment), CLIENT)
    assert "dropped" not in events(appointment)


def test_another_window_closing_is_nobodys_absence(appointment: Appointment) -> None:
    bring(appointment, "in_call")
    connect(appointment, CLIENT, WINDOW)
    other = connect(appointment, CLIENT, ANOTHER_WINDOW)
    disconnect(appointment, other)
    assert presence.present(look(appointment), CLIENT)
    assert "dropped" not in events(appointment)


def test_those_who_watch_are_told_when_someone_comes_or_goes(cast: Cast, appointment: Appointment) -> None:
    bring(appointment, "ready")
    ada = connect(appointment, CLINICIAN, WINDOW)
    diary: Any = Line("diary", "diary-window")
    hub.join(record.diary_of(cast.ada.id), diary)
    ada.got.clear()
    line = connect(appointment, CLIENT, WINDOW)
    disconnect(appointment, line)
    assert ada.got[-1] == {"type": "changed", "status": "ready"} == diary.got[-1]


class TestLeave:
    """Nobody is trapped: when the clinician has been gone for 30 seconds, the client may leave."""

    @pytest.fixture
    def call(self, appointment: Appointment) -> Appointment:
        return bring(appointment, "in_call")

    def test_not_while_the_clinician_is_there(self, call: Appointment) -> None:
        connect(call, CLINICIAN, WINDOW)
        assert not presence.may_leave(look(call))
        assert not lifecycle.leave(look(call)).done

    def test_not_before_30_seconds(self, call: Appointment, at: At) -> None:
        disconnect(call, connect(call, CLINICIAN, WINDOW))
        at(later(seconds=29))
        assert not presence.may_leave(look(call))

    def test_after_30_seconds_and_it_ends_nothing(self, call: Appointment, at: At) -> None:
        disconnect(call, connect(call, CLINICIAN, WINDOW))
        at(later(seconds=30))
        assert presence.may_leave(look(call))
        assert lifecycle.leave(look(call)).done
        found = look(call)
        assert (found.status, events(found)[-1]) == ("in_call", "left")
        assert found.seat(CLIENT).left_at == later(seconds=30)

    def test_twice_is_once(self, call: Appointment, at: At) -> None:
        disconnect(call, connect(call, CLINICIAN, WINDOW))
        at(later(seconds=30))
        assert [lifecycle.leave(look(call)).done for _ in range(2)] == [True, False]
        assert events(call).count("left") == 1

    def test_the_clinician_coming_back_takes_it_away(self, call: Appointment, at: At) -> None:
        disconnect(call, connect(call, CLINICIAN, WINDOW))
        at(later(seconds=40))
        connect(call, CLINICIAN, WINDOW)
        assert not presence.may_leave(look(call))

    def test_also_where_the_clinician_never_had_a_socket(self, call: Appointment, at: At) -> None:
        at(later(seconds=50))
        assert presence.may_leave(look(call))

    def test_coming_back_is_noted_too(self, call: Appointment, at: At) -> None:
        disconnect(call, connect(call, CLINICIAN, WINDOW))
        at(later(seconds=30))
        lifecycle.leave(look(call))
        assert lifecycle.come_back(look(call)).done
        assert look(call).seat(CLIENT).left_at is None
        assert events(call)[-1] == "came_back"

    def test_not_before_the_call(self, appointment: Appointment, at: At) -> None:
        bring(appointment, "ready")
        at(later(hours=1))
        assert not presence.may_leave(look(appointment))


def test_the_pulse_notes_who_is_connected_for_the_next_start(appointment: Appointment, at: At) -> None:
    bring(appointment, "in_call")
    connect(appointment, CLIENT, WINDOW)
    at(later(minutes=20))
    presence.pulse()
    found = look(appointment)
    assert found.seat(CLIENT).seen_at == later(minutes=20)
    assert found.seat(CLINICIAN).seen_at == NINE, "who is not connected is not noted"


def test_what_was_read_earlier_has_not_the_last_word(app: Flask, appointment: Appointment) -> None:
    """A socket that joins has read the appointment just before another press changed it, and tells the hub after."""
    early = look(appointment)
    assert early.ready_at is None  # read, in a snapshot that stays open
    hub.join(appointment.ref, Line(CLIENT, WINDOW))  # type: ignore[arg-type]

    def press() -> None:
        with app.app_context():
            lifecycle.ready(look(appointment), WINDOW)

    pressing = threading.Thread(target=press)
    pressing.start()
    pressing.join()
    record.arrange(early)

    assert hub._rooms[appointment.ref].relaying
    assert hub._rooms[appointment.ref].holders == {CLIENT: WINDOW}
