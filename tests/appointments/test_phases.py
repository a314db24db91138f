"""What an appointment is, from its record and the clock."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.cast import MINUTES, NINE, STATES, Cast, book, bring, look, moment_of, phase
from webapp.appointments.models import Appointment
from webapp.appointments.phases import Phase, length
from webapp.clinic import organisation
from webapp.clinic.models import Organisation
from webapp.database import db, writing

SECOND = timedelta(seconds=1)
OPENS = NINE - timedelta(minutes=15)
MISSED = NINE + timedelta(minutes=MINUTES + 60)


@pytest.fixture
def appointment(cast: Cast) -> Appointment:
    return book(cast.ada)


@pytest.mark.parametrize("state", STATES)
def test_every_state_can_be_reached(
    cast: Cast, appointment: Appointment, at: Callable[[datetime], None], state: str
) -> None:
    at(moment_of(state))
    bring(appointment, state)
    assert phase(appointment) == state


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (OPENS - SECOND, Phase.EARLY),
        (OPENS, Phase.OPEN),
        (NINE, Phase.OPEN),
        (NINE + timedelta(minutes=MINUTES), Phase.OPEN),
        (MISSED - SECOND, Phase.OPEN),
        (MISSED, Phase.MISSED),
        (MISSED + timedelta(days=400), Phase.MISSED),
    ],
)
def test_it_opens_and_is_missed_by_the_clock_alone(
    appointment: Appointment, at: Callable[[datetime], None], moment: datetime, expected: Phase
) -> None:
    at(moment)
    assert phase(appointment) is expected


def test_the_settings_say_when_it_opens_and_when_it_is_missed(
    appointment: Appointment, at: Callable[[datetime], None]
) -> None:
    with writing() as session:
        clinic = session.get_one(Organisation, 1)
        clinic.opens_minutes, clinic.grace_minutes = 0, 0
    at(NINE - SECOND)
    assert phase(appointment) is Phase.EARLY
    at(NINE)
    assert phase(appointment) is Phase.OPEN
    at(NINE + timedelta(minutes=MINUTES))
    assert phase(appointment) is Phase.MISSED


def test_a_call_goes_on_however_far_it_overruns(appointment: Appointment, at: Callable[[datetime], None]) -> None:
    at(NINE)
    bring(appointment, "in_call")
    at(NINE + timedelta(days=3))
    assert phase(appointment) is Phase.IN_CALL


def test_a_client_who_was_ready_and_was_never_called_has_missed_it(
    appointment: Appointment, at: Callable[[datetime], None]
) -> None:
    at(NINE)
    bring(appointment, "ready")
    at(MISSED)
    assert phase(appointment) is Phase.MISSED


def test_the_link_lives_until_it_is_over() -> None:
    assert [state for state in STATES if Phase(state).live] == ["early", "open", "ready", "in_call", "asked"]


def test_signalling_passes_on_the_warm_line_and_in_the_call() -> None:
    assert [state for state in STATES if Phase(state).relaying] == ["ready", "in_call", "asked"]


def test_the_length_of_a_call_stands_still_when_it_has_ended(
    app: Flask, cast: Cast, appointment: Appointment, at: Callable[[datetime], None]
) -> None:
    assert length(appointment) == timedelta(0)
    at(NINE)
    appointment = bring(appointment, "in_call")
    at(NINE + timedelta(minutes=12))
    assert length(appointment) == timedelta(minutes=12)
    from webapp.appointments import lifecycle
    from webapp.appointments.lifecycle import Actor

    lifecycle.end(appointment, Actor("clinician", cast.ada.id))
    at(NINE + timedelta(hours=5))
    assert length(look(appointment)) == timedelta(minutes=12)


def test_there_is_one_clinic(cast: Cast) -> None:
    assert organisation.get().name == "Elm Street Clinic"
    assert db.session.query(Organisation).count() == 1
