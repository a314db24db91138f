"""Who is connected to which room, and what passes between them."""

import json
import threading
from typing import Any

import pytest

from webapp.signalling.hub import FINAL, REPLACED, RESTART, Hub

HELLO = {"type": "hello"}


class Line:
    """A connection that remembers what it was sent and how it was closed."""

    def __init__(self, role: str, window: str, opened: float = 0) -> None:
        self.role, self.window, self.owner, self.opened = role, window, "", opened
        self.got: list[dict[str, Any]] = []
        self.closed: list[int] = []

    def send(self, message: dict[str, Any]) -> bool:
        return self.send_text(json.dumps(message))

    def send_text(self, text: str) -> bool:
        self.got.append(json.loads(text))
        return True

    def close(self, code: int, reason: str = "") -> None:
        self.closed.append(code)


class Room:
    """A hub with Ada and Cleo in their seats, and whoever else joins."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.ada = self.join("clinician", "ada-window")
        self.cleo = self.join("client", "cleo-window")
        self.arrange()

    def join(self, role: str, window: str, room: str = "room") -> Any:
        line: Any = Line(role, window)
        self.hub.join(room, line)
        return line

    def arrange(self, relaying: bool = True, clinician: str | None = "ada-window") -> None:
        self.hub.arrange("room", relaying=relaying, holders={"clinician": clinician, "client": "cleo-window"})


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_message_goes_to_the_other_seat_with_its_sender_on_it(room: Room) -> None:
    room.hub.relay("room", room.ada, HELLO)
    assert room.cleo.got == [{"type": "hello", "from": "clinician"}]
    assert room.ada.got == []


def test_nobody_can_say_that_they_are_another(room: Room) -> None:
    room.hub.relay("room", room.cleo, {"type": "hello", "from": "clinician"})
    assert room.ada.got == [{"type": "hello", "from": "client"}]


def test_nothing_passes_while_the_room_does_not_relay(room: Room) -> None:
    room.arrange(relaying=False)
    room.hub.relay("room", room.ada, HELLO)
    room.hub.relay("room", room.cleo, HELLO)
    assert (room.ada.got, room.cleo.got) == ([], [])


def test_nothing_passes_before_anyone_said_who_holds_the_seats() -> None:
    hub, line = Hub(), Line("clinician", "ada-window")
    hub.join("room", line)  # type: ignore[arg-type]
    hub.relay("room", line, HELLO)  # type: ignore[arg-type]


def test_a_window_that_does_not_hold_the_seat_neither_says_nor_hears_anything(room: Room) -> None:
    onlooker = room.join("clinician", "another-window")
    room.hub.relay("room", onlooker, HELLO)
    assert room.cleo.got == []
    room.hub.relay("room", room.cleo, HELLO)
    assert onlooker.got == []
    assert room.ada.got == [{"type": "hello", "from": "client"}]


def test_who_takes_the_seat_takes_the_line(room: Room) -> None:
    another = room.join("clinician", "another-window")
    room.arrange(clinician="another-window")
    room.hub.relay("room", room.ada, HELLO)
    assert room.cleo.got == []
    room.hub.relay("room", room.cleo, HELLO)
    assert (len(another.got), room.ada.got) == (1, [])


def test_nothing_crosses_from_one_room_to_another(room: Room) -> None:
    neighbour = room.join("client", "neighbours-window", room="next door")
    room.hub.arrange("next door", relaying=True, holders={"client": "neighbours-window"})
    room.hub.relay("room", room.ada, HELLO)
    room.hub.relay("room", neighbour, HELLO)
    room.hub.tell("room", {"type": "changed", "status": "in_call"})
    assert neighbour.got == []
    assert room.ada.got == [{"type": "changed", "status": "in_call"}]


def test_the_servers_word_goes_to_every_window(room: Room) -> None:
    onlooker = room.join("client", "another-window")
    room.hub.tell("room", {"type": "changed", "status": "in_call"})
    assert [len(line.got) for line in (room.ada, room.cleo, onlooker)] == [1, 1, 1]


def test_the_last_word_comes_before_the_line_is_closed(room: Room) -> None:
    room.hub.finish("room", {"type": "changed", "status": "ended"})
    for line in (room.ada, room.cleo):
        assert line.got == [{"type": "changed", "status": "ended"}]
        assert line.closed == [FINAL] == [4410]


def test_the_same_window_replaces_its_older_line(room: Room) -> None:
    again = room.join("client", "cleo-window")
    assert room.cleo.closed == [REPLACED] == [4409]
    room.hub.relay("room", room.ada, HELLO)
    assert (len(again.got), room.cleo.got) == (1, [])
    assert room.hub.leave("room", room.cleo) is False, "it stands for nobody any more"
    assert room.hub.present("room", "client")
    assert room.hub.leave("room", again) is True
    assert not room.hub.present("room", "client")


def test_of_two_lines_of_one_window_the_newer_stays_whichever_comes_first(room: Room) -> None:
    newer: Any = Line("client", "cleo-window", opened=2)
    older: Any = Line("client", "cleo-window", opened=1)
    assert room.hub.join("room", newer)
    assert not room.hub.join("room", older)
    assert newer.closed == []
    assert not room.hub.leave("room", older)
    assert room.hub.present("room", "client")


def test_another_window_replaces_nothing(room: Room) -> None:
    room.join("client", "another-window")
    assert room.cleo.closed == []
    assert room.hub.open_windows("room", "client") == {"cleo-window", "another-window"}


def test_the_lines_of_a_session_that_has_ended_are_closed_and_no_others(room: Room) -> None:
    room.ada.owner = "adas session"
    diary = room.join("diary", "diary-window", room="diary")
    diary.owner = "adas session"
    room.hub.close_of("adas session")
    assert (room.ada.closed, diary.closed, room.cleo.closed) == ([4401], [4401], [])


def test_leaving_twice_is_leaving_once(room: Room) -> None:
    assert room.hub.leave("room", room.ada)
    assert not room.hub.leave("room", room.ada)
    assert not room.hub.leave("nowhere", room.ada)


def test_present_is_who_holds_the_seat_and_is_connected(room: Room) -> None:
    assert sorted(room.hub.holding()) == [("room", "client"), ("room", "clinician")]
    room.hub.leave("room", room.ada)
    room.join("clinician", "another-window")
    assert not room.hub.present("room", "clinician")
    assert room.hub.holding() == [("room", "client")]


def test_an_empty_room_leaves_nothing_behind(room: Room) -> None:
    room.hub.leave("room", room.ada)
    room.hub.leave("room", room.cleo)
    assert room.hub.count() == 0
    assert room.hub._rooms == {}
    room.arrange()
    assert room.hub._rooms == {}


def test_a_stop_closes_every_line_and_says_come_back(room: Room) -> None:
    diary = room.join("diary", "diary-window", room="diary")
    room.hub.close_all()
    assert room.hub.stopping
    assert [line.closed for line in (room.ada, room.cleo, diary)] == [[RESTART]] * 3 == [[1012]] * 3


def test_many_come_and_go_at_once(room: Room) -> None:
    def come_and_go(number: int) -> None:
        for turn in range(200):
            line = room.join("client", f"window-{number}-{turn % 3}", room=f"room-{turn % 5}")
            room.hub.arrange(f"room-{turn % 5}", relaying=True, holders={"client": line.window})
            room.hub.relay(f"room-{turn % 5}", line, HELLO)
            room.hub.tell(f"room-{turn % 5}", HELLO)
            room.hub.holding()
            room.hub.leave(f"room-{turn % 5}", line)

    threads = [threading.Thread(target=come_and_go, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert room.hub.count() == 2, "Ada and Cleo are where they were"
