"""What the app does by itself: the night sweep, once a day whoever gets there first, and the pulse."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.cast import NINE, WINDOW, Cast, book, bring, events, furnish, look
from tests.signalling.test_hub import Line
from webapp import housekeeping
from webapp.appointments import lifecycle, presence, record
from webapp.appointments.models import CLIENT, CLINICIAN, Appointment
from webapp.extensions import hub

At = Callable[[datetime], None]
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


class TestTheSweep:
    """Calls that both sides have left: past their time, and nobody there for an hour."""

    @pytest.fixture
    def call(self, cast: Cast) -> Appointment:
        return bring(book(cast.ada), "in_call")

    def test_ends_a_call_that_both_have_left(self, call: Appointment, at: At) -> None:
        at(NINE + timedelta(minutes=20))
        presence.seen(look(call), CLIENT, WINDOW)
        at(NINE + timedelta(hours=8))
        assert lifecycle.sweep() == 1
        found = look(call)
        assert found.status == "ended"
        assert found.ended_at == NINE + timedelta(minutes=20), "it lasted until someone was last seen"
        assert events(found)[-1] == "swept"

    def test_and_only_once(self, call: Appointment, at: At) -> None:
        at(NINE + timedelta(hours=8))
        assert [lifecycle.sweep(), lifecycle.sweep()] == [1, 0]
        assert events(call).count("swept") == 1

    def test_leaves_a_call_that_someone_is_in(self, call: Appointment, at: At) -> None:
        line = Line(CLIENT, WINDOW)
        hub.join(call.ref, line)  # type: ignore[arg-type]
        record.arrange(look(call))
        at(NINE + timedelta(hours=30))
        assert lifecycle.sweep() == 0
        assert look(call).status == "in_call"

    def test_leaves_a_call_that_someone_polls(self, call: Appointment, at: At) -> None:
        at(NINE + timedelta(hours=8))
        presence.seen(look(call), CLINICIAN, WINDOW)
        at(NINE + timedelta(hours=8, minutes=59))
        assert lifecycle.sweep() == 0
        at(NINE + timedelta(hours=9, minutes=1))
        assert lifecycle.sweep() == 1

    def test_leaves_a_call_whose_time_is_not_over(self, cast: Cast, at: At) -> None:
        long = bring(book(cast.ada, minutes=480), "in_call")
        at(NINE + timedelta(hours=8, minutes=59))
        assert lifecycle.sweep() == 0
        assert look(long).status == "in_call"

    @pytest.mark.parametrize("state", ["open", "ready", "ended", "abandoned", "cancelled"])
    def test_leaves_everything_that_is_no_call(self, cast: Cast, at: At, state: str) -> None:
        appointment = bring(book(cast.ada), state)
        before = events(appointment)
        at(NINE + timedelta(days=2))
        assert lifecycle.sweep() == 0
        assert events(appointment) == before

    def test_a_swept_call_never_ended_before_it_began(self, cast: Cast, at: At) -> None:
        appointment = bring(book(cast.ada), "ready")
        at(NINE + timedelta(minutes=4))
        lifecycle.start(look(appointment), lifecycle.Actor(CLINICIAN, cast.ada.id))
        at(NINE + timedelta(hours=8))
        lifecycle.sweep()
        found = look(appointment)
        assert found.started_at
        assert found.ended_at
        assert found.ended_at >= found.started_at


class TestOnceADay:
    def test_a_day_is_claimed_once(self, cast: Cast) -> None:
        assert [housekeeping.claim("sweep", MONDAY) for _ in range(3)] == [True, False, False]
        assert [housekeeping.claim("sweep", TUESDAY) for _ in range(2)] == [True, False]
        assert not housekeeping.claim("sweep", MONDAY), "nor one that is over"
        assert housekeeping.claim("another", MONDAY)

    @pytest.mark.parametrize("first", [True, False], ids=["the first day", "a later day"])
    def test_by_one_of_many(self, either_app: Flask, first: bool) -> None:
        if not first:
            housekeeping.claim("sweep", MONDAY)
        gate, won, faults = threading.Barrier(6), [], []

        def claim() -> None:
            with either_app.app_context():
                try:
                    gate.wait(10)
                    won.append(housekeeping.claim("sweep", TUESDAY))
                except BaseException as fault:
                    faults.append(fault)

        threads = [threading.Thread(target=claim) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert faults == []
        assert sorted(won) == [False] * 5 + [True]

    def test_the_sweep_waits_for_the_clinics_night(self, app: Flask, at: At) -> None:
        at(NINE)
        cast = furnish("America/New_York")
        call = bring(book(cast.ada), "in_call")
        at(datetime(2026, 11, 24, 7, 59, tzinfo=UTC))
        housekeeping.claim("sweep", MONDAY)
        housekeeping.look()
        assert look(call).status == "in_call", "02:59 in New York"
        at(datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
        housekeeping.look()
        assert look(call).status == "ended"

    def test_nothing_is_swept_before_there_is_a_clinic(self, app: Flask, at: At) -> None:
        at(NINE)
        housekeeping.look()


class TestWhatWasMissed:
    """Only the clock makes an appointment missed: nobody's press tells those who wait."""

    def test_those_who_wait_are_told_and_their_lines_closed_for_good(self, cast: Cast, at: At) -> None:
        missed, other = bring(book(cast.ada), "ready"), bring(book(cast.ada, NINE + timedelta(minutes=10)), "ready")
        ended = bring(book(cast.ada), "in_call")
        lines = {}
        for appointment in (missed, other, ended):
            line: Any = Line(CLIENT, WINDOW)
            hub.join(appointment.ref, line)
            record.arrange(look(appointment))
            lines[appointment.ref] = line
        at(NINE + timedelta(minutes=90))
        housekeeping.look()
        assert lines[missed.ref].got == [{"type": "changed", "status": "missed"}]
        assert lines[missed.ref].closed == [4410]
        assert lines[other.ref].closed == lines[ended.ref].closed == []
        assert missed.ref not in hub.names()


def test_the_thread_goes_on_after_a_fault(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks, third = [], threading.Event()

    def look_and_fail() -> None:
        looks.append(1)
        if len(looks) >= 3:
            third.set()
        raise RuntimeError("a fault")

    monkeypatch.setattr(housekeeping, "PULSE", 0.01)
    monkeypatch.setattr(housekeeping, "look", look_and_fail)
    stop = housekeeping.start(app)
    assert third.wait(10)
    stop.set()
    assert "housekeeping failed" in caplog.text
