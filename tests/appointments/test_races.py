"""Two presses at once: one of them wins, the other learns what has become of it, and neither sees an error.

Each pair is pressed many times by two threads that a barrier lets go together, and once in either order, on SQLite
and on PostgreSQL.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.cast import NINE, WINDOW, Cast, book, bring, events, furnish, look
from tests.databases import close, sqlite_app
from tests.servers import app_at
from webapp.appointments import lifecycle, record
from webapp.appointments.lifecycle import Actor, Move
from webapp.appointments.models import CLINICIAN, Appointment
from webapp.database import db

OFTEN, SOMETIMES = 12, 4
"""How often a pair is pressed at the same moment."""

Press = Callable[[Appointment, Actor], Move]


def end(appointment: Appointment, actor: Actor) -> Move:
    return lifecycle.end(appointment, actor)


def carry_on(appointment: Appointment, actor: Actor) -> Move:
    return lifecycle.carry_on(appointment)


def decline_end(appointment: Appointment, actor: Actor) -> Move:
    return lifecycle.decline_end(appointment, actor)


def abandon(appointment: Appointment, actor: Actor) -> Move:
    return lifecycle.abandon(appointment, actor)


def start(appointment: Appointment, actor: Actor) -> Move:
    return lifecycle.start(appointment, actor)


def cancel(appointment: Appointment, actor: Actor) -> Move:
    return lifecycle.cancel(appointment, actor)


def ask(appointment: Appointment, actor: Actor) -> Move:
    return lifecycle.ask_to_end(appointment)


def ready(appointment: Appointment, actor: Actor) -> Move:
    return lifecycle.ready(appointment, WINDOW)


def not_ready(appointment: Appointment, actor: Actor) -> Move:
    return lifecycle.not_ready(appointment)


def move(appointment: Appointment, actor: Actor) -> Move:
    return lifecycle.move_to(appointment, actor, NINE, 45, "")


def sweep(appointment: Appointment, actor: Actor) -> Move:
    return Move(lifecycle.sweep() > 0, look(appointment))


@dataclass(frozen=True)
class Race:
    """From a state, two presses; and what may come of it: (what is noted, in this order) leads to a status."""

    state: str
    first: Press
    second: Press
    outcomes: dict[tuple[str, ...], str]
    times: int = SOMETIMES

    def __str__(self) -> str:
        return f"{self.first.__name__}-{self.second.__name__}"


ONLY_ONE = [
    Race("in_call", end, end, {("ended",): "ended"}, OFTEN),
    Race("asked", end, end, {("ended",): "ended"}, OFTEN),
    Race("in_call", end, abandon, {("ended",): "ended"}, OFTEN),
    Race("ready", start, abandon, {("started",): "in_call", ("abandoned",): "abandoned"}, OFTEN),
    Race("ready", start, cancel, {("started",): "in_call", ("cancelled",): "cancelled"}, OFTEN),
    Race("ready", start, start, {("started",): "in_call"}),
    Race("ready", start, move, {("started",): "in_call", ("moved",): "booked"}),
    Race("ready", abandon, cancel, {("abandoned",): "abandoned", ("cancelled",): "cancelled"}),
    Race("ready", abandon, abandon, {("abandoned",): "abandoned"}),
    Race("in_call", ask, ask, {("end_asked",): "in_call"}, OFTEN),
    Race("asked", carry_on, decline_end, {("end_withdrawn",): "in_call", ("end_declined",): "in_call"}),
    Race("open", ready, ready, {("ready",): "booked"}),
]
"""Exactly one of the two is done."""

IN_EITHER_ORDER = [
    Race("asked", end, carry_on, {("ended",): "ended", ("end_withdrawn", "ended"): "ended"}, OFTEN),
    Race("asked", end, decline_end, {("ended",): "ended", ("end_declined", "ended"): "ended"}, OFTEN),
    Race("in_call", end, ask, {("ended",): "ended", ("end_asked", "ended"): "ended"}),
    Race("ready", start, not_ready, {("started",): "in_call", ("not_ready",): "booked"}),
]
"""The one that may come after the other is done after it, and never the other way round."""


@dataclass(frozen=True)
class Scene:
    """One record for all races: each has a new appointment in it."""

    app: Flask
    cast: Cast


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("races")
    if request.param == "sqlite":
        app = sqlite_app(request.getfixturevalue("migrated"), folder)
    else:
        app = app_at(folder, DATABASE_URL=request.getfixturevalue("postgresql").database())
    with app.app_context():
        yield Scene(app, furnish())
    close(app)


@pytest.fixture(autouse=True)
def _at_nine(at: Callable[[datetime], None]) -> None:
    at(NINE)


def press_both(app: Flask, appointment: Appointment, race: Race, actor: Actor) -> list[Move | BaseException]:
    """Press both at the same moment, each with an app context and a connection of its own."""
    gate = threading.Barrier(2)
    came: list[Move | BaseException | None] = [None, None]

    def go(number: int, press: Press) -> None:
        with app.app_context():
            try:
                # As in a request: the appointment was read before the press, and both read the same.
                mine = record.by_ref(appointment.ref)
                assert mine
                gate.wait(10)
                came[number] = press(mine, actor)
            except BaseException as error:
                came[number] = error

    threads = [
        threading.Thread(target=go, args=(number, press)) for number, press in enumerate((race.first, race.second))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert None not in came, "nobody waits for ever"
    return [each for each in came if each is not None]


def hold_beside(race: Race, appointment: Appointment, before: list[str]) -> tuple[str, ...]:
    """Hold the record beside what may come of a race; return what was noted."""
    found = look(appointment)
    noted = tuple(what for what in events(appointment)[len(before) :] if what != "opened")
    assert noted in race.outcomes, f"{race}: {noted}"
    assert found.status == race.outcomes[noted]
    return noted


@pytest.mark.parametrize("race", [*ONLY_ONE, *IN_EITHER_ORDER], ids=str)
def test_both_at_once(scene: Scene, race: Race) -> None:
    actor = Actor(CLINICIAN, scene.cast.ada.id)
    for _ in range(race.times):
        appointment = bring(book(scene.cast.ada), race.state)
        before = events(appointment)
        db.session.remove()

        came = press_both(scene.app, appointment, race, actor)

        for each in came:
            assert isinstance(each, Move), f"an error for a press: {each!r}"
        noted = hold_beside(race, appointment, before)
        done = [each.done for each in came if isinstance(each, Move)]
        assert sum(done) == len(noted)
        if race in ONLY_ONE:
            assert sum(done) == 1
        last = look(appointment)
        for each in came:
            if isinstance(each, Move) and not each.done:
                # The late one is shown what stands in the record. (The other may have followed in between.)
                assert each.appointment.status in (last.status, "in_call")


@pytest.mark.parametrize("race", [*ONLY_ONE, *IN_EITHER_ORDER], ids=str)
@pytest.mark.parametrize("turned", [False, True], ids=["first", "second"])
def test_one_right_after_the_other(scene: Scene, race: Race, turned: bool) -> None:
    """The late one pressed on a screen that was already old."""
    actor = Actor(CLINICIAN, scene.cast.ada.id)
    presses = (race.second, race.first) if turned else (race.first, race.second)
    appointment = bring(book(scene.cast.ada), race.state)
    before = events(appointment)
    old = look(appointment)
    db.session.expunge_all()  # `old` stays as it was read

    presses[0](look(appointment), actor)
    late = presses[1](old, actor)

    hold_beside(race, appointment, before)
    assert late.appointment.status == look(appointment).status


def test_many_end_it_and_one_does(scene: Scene) -> None:
    actor = Actor(CLINICIAN, scene.cast.ada.id)
    appointment = bring(book(scene.cast.ada), "asked")
    gate, done, faults = threading.Barrier(8), [], []
    db.session.remove()

    def go() -> None:
        with scene.app.app_context():
            try:
                mine = record.by_ref(appointment.ref)
                assert mine
                gate.wait(10)
                done.append(lifecycle.end(mine, actor).done)
            except BaseException as error:
                faults.append(error)

    threads = [threading.Thread(target=go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert faults == []
    assert sorted(done) == [False] * 7 + [True]
    assert events(appointment).count("ended") == 1


def test_the_sweep_and_the_clinician_end_it_once(scene: Scene, at: Callable[[datetime], None]) -> None:
    actor = Actor(CLINICIAN, scene.cast.ada.id)
    race = Race("in_call", end, sweep, {("ended",): "ended", ("swept",): "ended"})
    at(NINE + timedelta(hours=9))
    lifecycle.sweep()  # what other races have left
    for _ in range(race.times):
        at(NINE)
        appointment = bring(book(scene.cast.ada), "in_call")
        before = events(appointment)
        at(NINE + timedelta(hours=9))
        db.session.remove()
        came = press_both(scene.app, appointment, race, actor)
        assert all(isinstance(each, Move) for each in came), came
        hold_beside(race, appointment, before)
