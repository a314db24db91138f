"""Every action, in every state, from every seat: allowed, refused, or late; and the screen that results.

The tables below are the rules as they are meant, written by hand; nothing in them is taken from the code.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from tests.cast import (
    STATES,
    Browser,
    Cast,
    book,
    bring,
    events,
    furnish,
    link_token,
    look,
    moment_of,
    phase,
    signed_in,
    with_link,
)
from tests.databases import close, sqlite_app
from webapp.appointments.models import Appointment
from webapp.room.access import COOKIE

# What comes of each press. A word is the state that results. `late`: the appointment is past that, so nothing
# changes, and the answer shows what it is now. `same`: done, and it moves nothing.
#
#                early     open      ready     in_call   asked     ended     abandoned cancelled missed
DR_ADA = """
  start          late      late      in_call   late      late      late      late      late      late
  abandon        abandoned abandoned abandoned late      late      late      late      late      late
  end            late      late      late      ended     ended     late      late      late      late
  decline-end    late      late      late      late      in_call   late      late      late      late
  take-back      same      same      same      same      same      late      late      late      late
  refreshed      late      late      late      in_call   asked     late      late      late      late
  cancel         cancelled cancelled cancelled late      late      late      late      late      cancelled
  reschedule     early     early     early     late      late      late      late      late      early
  outcome        late      late      late      late      late      ended     late      late      late
"""
CLEO = """
  ready          late      ready     late      late      late      late      late      late      late
  not-ready      late      late      open      late      late      late      late      late      late
  ask-to-end     late      late      late      asked     late      late      late      late      late
  carry-on       late      late      late      late      in_call   late      late      late      late
  leave          late      late      late      late      late      late      late      late      late
  come-back      same      same      same      same      same      late      late      late      late
  take-back      same      same      same      same      same      late      late      late      late
  refreshed      late      late      late      in_call   asked     late      late      late      late
"""
# (`leave` is late while Dr Ada is there, as she is here; test_leave.py has her gone.)

NOTED = {
    "start": "started",
    "abandon": "abandoned",
    "end": "ended",
    "decline-end": "end_declined",
    "refreshed": "refreshed",
    "cancel": "cancelled",
    "reschedule": "moved",
    "outcome": "outcome",
    "ready": "ready",
    "not-ready": "not_ready",
    "ask-to-end": "end_asked",
    "carry-on": "end_withdrawn",
}
"""What the timeline says of a press that did something."""

# What stands on the screen then: Dr Ada in the room, Dr Ada on the appointment's page, and Cleo.
IN_THE_ROOM = {
    "early": ["Waiting area", "The waiting room opens for Cleo Marsh at 08:45"],
    "open": ["Waiting area", "You can start the call once Cleo Marsh is ready"],
    "ready": ["Waiting area", "Cleo Marsh is ready"],
    "in_call": ["Call with Cleo Marsh"],
    "asked": ["Call with Cleo Marsh", "Cleo Marsh would like to end the call"],
    "ended": ["Appointment ended", "How did it go?", "Rebook", "Back to diary"],
    "abandoned": ["Appointment abandoned", "Rebook"],
    "cancelled": ["Appointment cancelled", "Rebook"],
    "missed": ["Appointment missed", "Rebook"],
}
ON_THE_PAGE = {
    "early": ["Appointment with Cleo Marsh", "Access link", "Cancel appointment"],
    "open": ["Appointment with Cleo Marsh", "Access link", "Cancel appointment"],
    "ready": ["Appointment with Cleo Marsh", "Access link", "Cleo Marsh is ready"],
    "in_call": ["Appointment with Cleo Marsh", "Access link", "In call since"],
    "asked": ["Appointment with Cleo Marsh", "Access link", "In call, Cleo Marsh would like to end"],
    "ended": ["Appointment with Cleo Marsh", "The link no longer works", "Rebook", "Ended"],
    "abandoned": ["Appointment with Cleo Marsh", "The link no longer works", "Rebook", "Abandoned"],
    "cancelled": ["Appointment with Cleo Marsh", "The link no longer works", "Rebook", "Cancelled"],
    "missed": ["Appointment with Cleo Marsh", "The link does not work at present", "Rebook", "Missed"],
}
UNAVAILABLE = ["This call is no longer available"]
ON_THE_PHONE = {
    "early": ["Your appointment", "You can join in"],
    "open": ["Waiting room", "I'm ready"],
    "ready": ["Waiting room", "Waiting for Dr Ada Hale to start the call", "I'm not ready"],
    "in_call": ["Call with Dr Ada Hale"],
    "asked": ["Waiting for Dr Ada Hale to confirm", "Carry on"],
    "ended": ["Appointment ended", "please call Elm Street Clinic on", "tel:+442079460018"],
    "abandoned": UNAVAILABLE,
    "cancelled": UNAVAILABLE,
    "missed": UNAVAILABLE,
}
GONE = ("abandoned", "cancelled", "missed")
"""Where Cleo's answer has status 410; everything else has 200."""


def table(text: str) -> dict[tuple[str, str], str]:
    rows = [line.split() for line in text.strip().splitlines()]
    return {(row[0], state): word for row in rows for state, word in zip(STATES, row[1:], strict=True)}


ADAS, CLEOS = table(DR_ADA), table(CLEO)
ON_HER_PAGE = ("cancel", "reschedule", "outcome")
FIELDS = {
    "refreshed": {"steps": "ice=ok"},
    "reschedule": {"date": "2026-12-01", "time": "14:30", "duration": "45"},
    "outcome": {"outcome": "completed"},
}


A_QUIET_DAY = "/?date=2026-01-05"
"""A page for its token."""


@dataclass
class World:
    """One clinic for the whole table: only the appointment is a new one each time."""

    app: Flask
    cast: Cast


@pytest.fixture(scope="module")
def world(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    app = sqlite_app(migrated, tmp_path_factory.mktemp("world"))
    with app.app_context():
        yield World(app, furnish())
    close(app)


@pytest.fixture
def appointment(world: World, at: Callable[[datetime], None]) -> Appointment:
    """Dr Ada's and Cleo's appointment, still early."""
    at(moment_of("early"))
    return book(world.cast.ada)


@pytest.fixture
def reach(appointment: Appointment, at: Callable[[datetime], None]) -> Callable[[str], None]:
    """Bring the appointment into a state, and make it the time for that."""

    def reached(state: str) -> None:
        at(moment_of(state))
        bring(appointment, state)

    return reached


def address(appointment: Appointment, action: str, seat: str = "clinician") -> str:
    """Return where an action is pressed."""
    if action in ON_HER_PAGE:
        return f"/appointments/{appointment.ref}/{action}"
    place = f"/visit/{appointment.ref}" if seat == "client" else f"/appointments/{appointment.ref}/room"
    return f"{place}/{action}"


def words(html: str) -> str:
    """Return what an answer says, with its attributes, on one line."""
    return re.sub(r"\s+", " ", html.replace("&#39;", "'"))


def assert_came_of_it(appointment: Appointment, before: list[str], state: str, action: str, outcome: str) -> str:
    """Hold the record beside the table; return the state that it is in now."""
    now, noted = phase(appointment), events(appointment)[len(before) :]
    if outcome in ("late", "same"):
        assert (now, noted) == (state, [])
    else:
        assert (now, noted) == (outcome, [NOTED[action]])
    return str(now)


@pytest.mark.parametrize(("action", "state"), ADAS)
def test_dr_ada_presses(
    world: World, appointment: Appointment, reach: Callable[[str], None], action: str, state: str
) -> None:
    ada = signed_in(world.app, world.cast.ada)
    ada.get(A_QUIET_DAY)
    reach(state)
    before = events(appointment)
    fields = FIELDS.get(action, {})

    if action in ON_HER_PAGE:
        answer = ada.submit(address(appointment, action), **fields)
        assert answer.status_code == 302
        answer, screens = ada.get(answer.location), ON_THE_PAGE
    else:
        answer, screens = ada.press(address(appointment, action), **fields), IN_THE_ROOM

    now = assert_came_of_it(appointment, before, state, action, ADAS[action, state])
    assert answer.status_code == 200
    for sentence in screens[now]:
        assert sentence in words(answer.text)


@pytest.mark.parametrize(("action", "state"), CLEOS)
def test_cleo_presses(
    world: World, appointment: Appointment, reach: Callable[[str], None], action: str, state: str
) -> None:
    cleo = with_link(world.app, appointment)
    reach(state)
    before = events(appointment)

    answer = cleo.press(address(appointment, action, "client"), **FIELDS.get(action, {}))

    now = assert_came_of_it(appointment, before, state, action, CLEOS[action, state])
    assert answer.status_code == (410 if now in GONE else 200)
    for sentence in ON_THE_PHONE[now]:
        assert sentence in words(answer.text)


# A browser that got no answer presses again: whatever was done is done once, and the answer is the present screen.


@pytest.mark.parametrize(
    ("seat", "action", "state"), [("clinician", *each) for each in ADAS] + [("client", *each) for each in CLEOS]
)
def test_pressed_again_nothing_is_done_twice(
    world: World, appointment: Appointment, reach: Callable[[str], None], seat: str, action: str, state: str
) -> None:
    if seat == "client":
        browser = with_link(world.app, appointment)
    else:
        browser = signed_in(world.app, world.cast.ada)
        browser.get(A_QUIET_DAY)
    reach(state)
    press = browser.submit if action in ON_HER_PAGE else browser.press
    first = press(address(appointment, action, seat), **FIELDS.get(action, {}))
    after = as_it_stands(appointment)

    for _ in range(2):
        again = press(address(appointment, action, seat), **FIELDS.get(action, {}))
        assert as_it_stands(appointment) == after
        assert (again.status_code, words(again.text)) == (first.status_code, words(first.text))


# Everyone else may press nothing, in any state.

PRESSES = sorted({(action, "clinician") for action, _ in ADAS} | {(action, "client") for action, _ in CLEOS})


def dr_ben(world: World, appointment: Appointment) -> Browser:
    browser = signed_in(world.app, world.cast.ben)
    browser.get(A_QUIET_DAY)
    return browser


def nobody(world: World, appointment: Appointment) -> Browser:
    browser = Browser(world.app)
    browser.get("/sign-in")
    return browser


def a_stranger_with_another_link(world: World, appointment: Appointment) -> Browser:
    """Someone whose own link is good, and who sends the pass for it here."""
    theirs = book(world.cast.ben)
    browser = with_link(world.app, theirs)
    browser.get(f"/v/{link_token(world.app, theirs)}")
    stolen = browser.http.get_cookie(COOKIE, path=f"/visit/{theirs.ref}")
    assert stolen
    browser.http.set_cookie(COOKIE, stolen.value, path=f"/visit/{appointment.ref}")
    return browser


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("action", "seat"), PRESSES)
def test_everyone_else_presses_in_vain(
    world: World, appointment: Appointment, reach: Callable[[str], None], action: str, seat: str, state: str
) -> None:
    strangers = {who: who(world, appointment) for who in (dr_ben, nobody, a_stranger_with_another_link)}
    reach(state)
    before = as_it_stands(appointment)

    for who, browser in strangers.items():
        answer = browser.press(address(appointment, action, seat), **FIELDS.get(action, {}))

        assert as_it_stands(appointment) == before, who
        assert "Cleo" not in answer.text, who
        if seat == "client":
            assert answer.status_code == 410, who
            assert "This call is no longer available" in answer.text
        elif who is dr_ben:
            assert answer.status_code == 404
        else:
            assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/sign-in"), who


@pytest.mark.parametrize("state", STATES)
def test_what_only_the_other_seat_has_is_not_there(
    world: World, appointment: Appointment, reach: Callable[[str], None], state: str
) -> None:
    cleo = with_link(world.app, appointment)
    ada = signed_in(world.app, world.cast.ada)
    ada.get(A_QUIET_DAY)
    reach(state)
    before = as_it_stands(appointment)

    for action in ("start", "abandon", "end", "decline-end", "cancel", "outcome"):
        assert cleo.press(f"/visit/{appointment.ref}/{action}").status_code == 404
    for action in ("ready", "not-ready", "ask-to-end", "carry-on", "leave", "come-back"):
        assert ada.press(f"/appointments/{appointment.ref}/room/{action}").status_code == 404
        assert ada.press(f"/visit/{appointment.ref}/{action}").status_code == 410
    assert as_it_stands(appointment) == before


@pytest.mark.parametrize("state", STATES)
def test_an_administrator_has_the_page_and_not_the_room(
    world: World, appointment: Appointment, reach: Callable[[str], None], state: str
) -> None:
    reach(state)
    iris = signed_in(world.app, world.cast.iris)

    page = iris.get(f"/appointments/{appointment.ref}")
    assert page.status_code == 200
    for sentence in ON_THE_PAGE[state]:
        assert sentence in words(page.text)

    before = as_it_stands(appointment)
    assert iris.get(f"/appointments/{appointment.ref}/room").status_code == 404
    for action in ("start", "abandon", "end", "decline-end", "take-back", "refreshed"):
        assert iris.press(f"/appointments/{appointment.ref}/room/{action}").status_code == 404
    assert as_it_stands(appointment) == before


@pytest.mark.parametrize("state", STATES)
def test_rebooking_makes_another_and_leaves_this_one(
    world: World, appointment: Appointment, reach: Callable[[str], None], state: str
) -> None:
    reach(state)
    before = as_it_stands(appointment)
    ada = signed_in(world.app, world.cast.ada)
    form = ada.get(f"/appointments/new?from={appointment.ref}")
    key = re.search(r'name="form_key"[^>]*value="([^"]+)"', form.text)
    assert key

    answer = ada.submit(
        "/appointments/new",
        form_key=key[1],
        rebooked_from=appointment.ref,
        client_name="Cleo Marsh",
        clinician=str(world.cast.ada.id),
        date="2026-12-02",
        time="10:00",
        duration="30",
    )

    assert answer.status_code == 302
    assert appointment.ref not in answer.location
    assert as_it_stands(appointment) == before


def as_it_stands(appointment: Appointment) -> tuple[object, ...]:
    """Return everything that the record holds of an appointment."""
    found = look(appointment)
    rows = [found, *found.seats]
    columns = [tuple(getattr(row, column.key) for column in row.__mapper__.columns) for row in rows]
    return (*columns, events(found))
