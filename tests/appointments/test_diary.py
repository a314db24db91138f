"""The diary: one day of those appointments that one may see, live, with few questions to the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.cast import NINE, WINDOW, Browser, Cast, book, bring, look, signed_in
from tests.pages import Page, digest_in
from webapp.appointments import presence
from webapp.clinic.models import Organisation
from webapp.database import writing

At = Callable[[datetime], None]


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the questions that the database is asked."""
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def ada(app: Flask, cast: Cast) -> Browser:
    return signed_in(app, cast.ada)


def test_an_empty_day_says_how_to_go_on(ada: Browser) -> None:
    page = Page(ada.get("/"))
    assert page.headings[:2] == ["Diary", "Nothing is booked for this day"]
    assert page.links["Book appointment"] == "/appointments/new"


def test_a_day_in_its_order(ada: Browser, cast: Cast) -> None:
    for hour, client in ((14, "Late Client"), (8, "Early Client"), (11, "Noon Client")):
        book(cast.ada, NINE.replace(hour=hour), client=client)
    text = Page(ada.get("/")).text
    assert "Monday 23 November 2026" in text
    assert text.index("Early Client") < text.index("Noon Client") < text.index("Late Client")


def test_previous_today_and_next(ada: Browser, cast: Cast) -> None:
    for day, client in ((22, "Sunday Client"), (23, "Monday Client"), (24, "Tuesday Client")):
        book(cast.ada, NINE.replace(day=day), client=client)
    page = Page(ada.get("/"))
    assert (page.links["Previous"], page.links["Today"], page.links["Next"]) == (
        "/?date=2026-11-22",
        "/",
        "/?date=2026-11-24",
    )
    assert "Monday Client" in page.text
    assert "Tuesday Client" in ada.get(page.links["Next"]).text
    assert "Sunday Client" in ada.get(page.links["Previous"]).text
    assert "Monday Client" not in ada.get(page.links["Previous"]).text


def test_a_day_is_the_clinics_day(app: Flask, ada: Browser, cast: Cast) -> None:
    book(cast.ada, datetime(2026, 11, 24, 4, 30, tzinfo=UTC), client="Evening Client")
    assert "Evening Client" not in ada.get("/").text
    with writing() as session:
        session.get_one(Organisation, 1).time_zone = "America/New_York"
    page = Page(ada.get("/"))
    assert "Evening Client" in page.text
    assert "23:30" in page.text


@pytest.mark.parametrize(("day", "count"), [("2027-03-28", 23), ("2027-10-31", 25)])
def test_a_day_of_23_or_25_hours_is_whole(ada: Browser, cast: Cast, day: str, count: int) -> None:
    start = datetime.fromisoformat(f"{day}T00:00+00:00") - timedelta(hours=2)
    for hour in range(29):
        book(cast.ada, start + timedelta(hours=hour), client=f"Client {hour}")
    assert ada.get(f"/?date={day}").text.count("Dr Ada Hale</div>") == count


@pytest.mark.parametrize(
    "day", ["2026-02-30", "yesterday", "2026-13-01", "0000-01-01", "99999-01-01", "-1", "2026-11-23T00:00"]
)
def test_a_date_that_never_was_is_no_page(ada: Browser, day: str) -> None:
    assert ada.get(f"/?date={day}").status_code == 404


@pytest.mark.parametrize("zone", ["UTC", "Europe/London", "Pacific/Auckland", "America/New_York"])
@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-02", "9999-12-30", "9999-12-31"])
def test_the_ends_of_time_are_no_error(ada: Browser, day: str, zone: str) -> None:
    with writing() as session:
        session.get_one(Organisation, 1).time_zone = zone
    assert ada.get(f"/?date={day}").status_code in (200, 404)


def test_a_clinician_sees_their_own_and_an_administrator_all(app: Flask, ada: Browser, cast: Cast) -> None:
    book(cast.ada, client="Adas Client")
    book(cast.ben, client="Bens Client")
    own, others, all_of_it = ada.get("/"), signed_in(app, cast.ben).get("/"), signed_in(app, cast.iris).get("/")
    assert ("Adas Client" in own.text, "Bens Client" in own.text) == (True, False)
    assert ("Adas Client" in others.text, "Bens Client" in others.text) == (False, True)
    assert ("Adas Client" in all_of_it.text, "Bens Client" in all_of_it.text) == (True, True)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("early", "Link not opened yet"),
        ("ready", "Cleo Marsh is ready"),
        ("in_call", "In call since 08:55"),
        ("asked", "In call, Cleo Marsh would like to end"),
        ("ended", "Ended"),
        ("abandoned", "Abandoned"),
        ("cancelled", "Cancelled"),
        ("missed", "Missed"),
    ],
)
def test_each_entry_says_its_state(ada: Browser, cast: Cast, at: At, state: str, said: str) -> None:
    from tests.cast import moment_of

    appointment = book(cast.ada)
    at(moment_of(state))
    bring(appointment, state)
    fragment = ada.fragment("/")
    assert said in Page(fragment).text
    assert "<html" not in fragment.text


def test_an_opened_link_and_a_lost_connection_are_said(ada: Browser, cast: Cast, at: At) -> None:
    appointment = book(cast.ada)
    presence.seen(look(appointment), "client", WINDOW)
    assert "Link opened 09:00" in Page(ada.fragment("/")).text
    bring(appointment, "ready")
    at(NINE + timedelta(minutes=1))
    assert "Cleo Marsh has lost connection" in Page(ada.fragment("/")).text


def test_the_same_list_is_not_sent_again(ada: Browser, cast: Cast) -> None:
    appointment = book(cast.ada)
    first = ada.fragment("/")
    have = digest_in(first.text)
    assert ada.fragment(f"/?have={have}").status_code == 204
    bring(appointment, "ready")
    assert ada.fragment(f"/?have={have}").status_code == 200


def test_a_full_day_asks_the_database_five_questions_at_most(ada: Browser, cast: Cast) -> None:
    for number in range(100):
        book(cast.ada, NINE.replace(hour=1) + timedelta(minutes=10 * number), 10, client=f"Client {number}")
    ada.get("/")
    for ask in (ada.get, ada.fragment):
        with counted() as asked:
            answer = ask("/")
        assert answer.text.count("minutes · Dr Ada Hale") == 100
        assert len(asked) <= 5, asked
