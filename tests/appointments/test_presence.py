"""Who is there: a press takes the seat, an open page alone does not, and the newest press wins."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.cast import ANOTHER_WINDOW, NINE, WINDOW, Cast, book, bring, events, look
from tests.signalling.test_hub import Line
from webapp.appointments import lifecycle, presence, record, timeline
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


def sentences(appointment: Appointment) -> list[str]:
    return [f"{line.at:%H:%M:%S} {line.sentence}" for line in timeline.of(look(appointment))]


DROPPED, RETURNED = "Cleo Marsh dropped out of the call", "Cleo Marsh came back to the call"


def test_a_blink_is_shown_at_once_and_is_not_on_the_timeline(appointment: Appointment, at: At) -> None:
    bring(appointment, "in_call")
    for second in range(1, 20, 5):
        line = connect(appointment, CLIENT, WINDOW)
        at(later(seconds=second))
        disconnect(appointment, line)
        assert not presence.present(look(appointment), CLIENT)
        at(later(seconds=second) + timedelta(seconds=2.9))
        connect(appointment, CLIENT, WINDOW)
        assert presence.present(look(appointment), CLIENT)
    assert not {"dropped", "returned"} & set(events(appointment))
    assert "dropped" not in " ".join(sentences(appointment))


def test_who_is_away_is_on_the_timeline_after_three_seconds_and_once_only(appointment: Appointment, at: At) -> None:
    bring(appointment, "in_call")
    line = connect(appointment, CLIENT, WINDOW)
    at(later(seconds=10))
    disconnect(appointment, line)
    at(later(seconds=12))
    assert f"09:00:10 {DROPPED}" not in sentences(appointment)
    at(later(seconds=13))
    assert sentences(appointment)[-1] == f"09:00:10 {DROPPED}"
    lifecycle.ask_to_end(look(appointment))
    at(later(seconds=20))
    connect(appointment, CLIENT, WINDOW)
    presence.seen(look(appointment), CLIENT, WINDOW)
    assert sentences(appointment)[-3:] == [
        f"09:00:10 {DROPPED}",
        "09:00:13 Cleo Marsh asked to end the call",
        f"09:00:20 {RETURNED}",
    ]
    assert events(appointment).count("dropped") == events(appointment).count("returned") == 1


def test_who_was_away_when_it_ended_is_on_the_timeline_for_good(appointment: Appointment, at: At) -> None:
    bring(appointment, "in_call")
    disconnect(appointment, connect(appointment, CLIENT, WINDOW))
    at(later(seconds=30))
    lifecycle.end(look(appointment), lifecycle.Actor(CLINICIAN, appointment.clinician_id))
    for days in (0, 100):
        at(later(days=days, seconds=40))
        assert [line.split(" ", 1)[1] for line in sentences(appointment)][-2:] == [DROPPED, "Call ended by Dr Ada Hale"]


def test_who_went_before_the_start_has_not_dropped_out_of_the_call(appointment: Appointment, at: At) -> None:
    bring(appointment, "ready")
    at(later(seconds=10))
    disconnect(appointment, connect(appointment, CLIENT, WINDOW))
    at(later(seconds=20))
    lifecycle.start(look(appointment), lifecycle.Actor(CLINICIAN, appointment.clinician_id))
    at(later(seconds=40))
    assert DROPPED not in " ".join(sentences(appointment))


def test_the_pulse_brings_nobody_back_who_has_just_gone(
    appointment: Appointment, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pulse has asked who is connected; before it writes that down, one of them goes."""
    bring(appointment, "in_call")
    line = connect(appointment, CLIENT, WINDOW)
    at(later(seconds=10))
    asked = hub.holding()
    disconnect(appointment, line)
    monkeypatch.setattr(hub, "holding", lambda: asked)
    at(later(seconds=11))
    presence.pulse()
    assert not presence.present(look(appointment), CLIENT)
    at(later(seconds=20))
    connect(appointment, CLIENT, WINDOW)
    assert [line.split(" ", 1)[1] for line in sentences(appointment)][-2:] == [DROPPED, RETURNED]


def test_the_pulse_notes_who_is_back_and_was_not_noted(appointment: Appointment, at: At) -> None:
    bring(appointment, "in_call")
    disconnect(appointment, connect(appointment, CLIENT, WINDOW))
    at(later(seconds=20))
    hub.join(appointment.ref, Line(CLIENT, WINDOW))  # type: ignore[arg-type]
    record.arrange(look(appointment))
    presence.pulse()
    assert look(appointment).seat(CLIENT).gone_at is None
    assert events(appointment)[-2:] == ["dropped", "returned"]


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
