"""Booking: plain words for what cannot be, what was typed is kept, and a form sent twice books once."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.cast import CLEO, NINE, Browser, Cast, book, bring, events, signed_in
from tests.pages import Page
from webapp.appointments.models import Appointment
from webapp.clinic.models import Organisation
from webapp.database import db, writing

At = Callable[[datetime], None]
NEW = "/appointments/new"


@pytest.fixture
def ada(app: Flask, cast: Cast) -> Browser:
    return signed_in(app, cast.ada)


def form(browser: Browser, **changed: str) -> dict[str, str]:
    """Return the booking form as the browser has it, filled in for Cleo tomorrow at two."""
    typed = {"client_name": CLEO, "date": "2026-11-24", "time": "14:00", "duration": "30"}
    return Page(browser.get(NEW)).form(NEW, **{**typed, **changed})


def send(browser: Browser, filled: dict[str, str]) -> Any:
    return browser.request("POST", NEW, data=filled)


def try_to_book(browser: Browser, **changed: str) -> Any:
    return send(browser, form(browser, **changed))


def booked() -> list[Appointment]:
    db.session.remove()
    return list(db.session.query(Appointment).order_by(Appointment.starts_at))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_the_page(ada: Browser) -> None:
    page = Page(ada.get(NEW))
    assert page.headings[0] == "Book appointment"
    for label in ("Client name", "Client email", "Client mobile", "Date", "Time", "Duration", "Repeat"):
        assert label in page.labels
    assert "Book" in page.buttons
    assert page.forms[NEW]["date"] == "2026-11-23"


def test_a_booking_leads_to_the_appointments_page(ada: Browser, cast: Cast) -> None:
    answer = try_to_book(ada, client_email="cleo@example.org", client_mobile="07700 900123")
    (made,) = booked()
    assert (answer.status_code, answer.location) == (302, f"/appointments/{made.ref}")
    assert Page(ada.get(answer.location)).headings[0] == "Appointment with Cleo Marsh"
    assert (made.client_name, made.client_email, made.client_mobile) == (CLEO, "cleo@example.org", "07700 900123")
    assert (made.starts_at, made.minutes, made.clinician_id) == (utc(2026, 11, 24, 14), 30, cast.ada.id)
    assert made.status == "booked"
    assert events(made) == ["booked", "link_made"]
    assert sorted(seat.role for seat in made.seats) == ["client", "clinician"]


def test_a_name_and_a_time_are_enough(ada: Browser) -> None:
    assert try_to_book(ada).status_code == 302


def test_the_time_is_the_clinics(app: Flask, ada: Browser) -> None:
    with writing() as session:
        session.get_one(Organisation, 1).time_zone = "America/New_York"
    try_to_book(ada, date="2026-11-24", time="14:00")
    assert booked()[0].starts_at == utc(2026, 11, 24, 19)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("client_name", "", "Enter the client's name."),
        ("client_name", "   ", "Enter the client's name."),
        ("client_name", "x" * 121, "At most 120 letters."),
        ("client_email", "cleo at home", "That does not look like an email address."),
        ("client_email", f"{'x' * 250}@example.org", ""),
        ("client_mobile", "call me", "That does not look like a telephone number."),
        ("client_mobile", "1", "That does not look like a telephone number."),
        ("date", "", "Choose a date."),
        ("date", "tomorrow", "Write the date as year-month-day"),
        ("date", "24/11/2026", "Write the date as year-month-day"),
        ("date", "2026-02-29", "There is no such date as 2026-02-29."),
        ("date", "2027-02-30", "There is no such date as 2027-02-30."),
        ("date", "2026-13-01", "There is no such date as 2026-13-01."),
        ("date", "2026-00-10", "There is no such date as 2026-00-10."),
        ("date", "0000-01-01", "There is no such date as 0000-01-01."),
        ("date", "9999-12-31", "The year 9999 is too far away."),
        ("date", "2062-11-24", "The year 2062 is too far away."),
        ("time", "", "Choose a time."),
        ("time", "noon", "Write the time as hours and minutes"),
        ("time", "24:00", "Write the time as hours and minutes"),
        ("time", "12:60", "Write the time as hours and minutes"),
        ("time", "9", "Write the time as hours and minutes"),
        ("duration", "", "Enter the length in minutes."),
        ("duration", "half an hour", "Write a whole number, for example 30."),
        ("duration", "4", "Between 5 and 480 minutes."),
        ("duration", "481", "Between 5 and 480 minutes."),
        ("duration", "-30", "Between 5 and 480 minutes."),
        ("duration", "9" * 40, "Between 5 and 480 minutes."),
        ("duration", "9" * 5000, ""),
        ("times", "1", "Between 2 and 52."),
        ("times", "53", "Between 2 and 52."),
        ("times", "some", "Write a whole number, for example 30."),
    ],
)
def test_a_fault_is_said_beside_its_field_and_all_else_is_kept(ada: Browser, field: str, typed: str, said: str) -> None:
    filled = form(ada, client_email="cleo@example.org", client_mobile="07700 900123", repeat="weekly", times="3")
    answer = send(ada, {**filled, field: typed})
    page = Page(answer)
    assert answer.status_code == 422
    assert said in page.faults[field]
    assert "Please check" in page.headings[1]
    for name, value in filled.items():
        if name not in (field, "csrf_token"):
            assert page.forms[NEW][name] == value
    if typed.strip() and len(typed) < 60:
        assert page.forms[NEW][field] == typed
    assert booked() == []


@pytest.mark.parametrize("typed", ["9:05", "09.05", "09:05:00"])
def test_a_time_may_be_written_in_several_ways(ada: Browser, typed: str) -> None:
    assert try_to_book(ada, time=typed).status_code == 302
    assert booked()[0].starts_at == utc(2026, 11, 24, 9, 5)


class TestTheClock:
    """Time that is past, time that does not exist, and time that comes twice."""

    def test_a_time_that_is_over_is_refused(self, ada: Browser) -> None:
        answer = try_to_book(ada, date="2026-11-23", time="08:30", duration="30")
        assert "already past" in Page(answer).faults["time"]
        assert "already past" in Page(try_to_book(ada, date="2026-11-22")).faults["time"]

    def test_one_that_has_just_begun_is_not(self, ada: Browser) -> None:
        assert try_to_book(ada, date="2026-11-23", time="08:45", duration="30").status_code == 302

    def test_an_hour_that_the_clocks_skip_is_refused_with_a_proposal(self, ada: Browser) -> None:
        answer = try_to_book(ada, date="2027-03-28", time="01:30")
        assert Page(answer).faults["time"] == ("The clocks go forward then: 01:30 does not exist that day. Try 02:00.")
        assert try_to_book(ada, date="2027-03-28", time="02:00").status_code == 302
        assert booked()[0].starts_at == utc(2027, 3, 28, 1)

    def test_an_hour_that_comes_twice_is_asked_about(self, ada: Browser) -> None:
        filled = form(ada, date="2027-10-31", time="01:30")
        answer = send(ada, filled)
        page = Page(answer)
        assert answer.status_code == 422
        assert "01:30 comes twice that day. Choose which one." in page.faults["time"]
        assert {"The first", "The second"} <= page.labels.keys()
        assert booked() == []

    @pytest.mark.parametrize(("which", "hour"), [("first", 0), ("second", 1)])
    def test_and_then_either_can_be_had(self, ada: Browser, which: str, hour: int) -> None:
        assert try_to_book(ada, date="2027-10-31", time="01:30", which=which).status_code == 302
        assert booked()[0].starts_at == utc(2027, 10, 31, hour, 30)

    def test_also_where_it_has_just_come_once(self, ada: Browser, at: At) -> None:
        at(utc(2026, 10, 25, 0, 0))
        for which in ("first", "second"):
            assert try_to_book(signed_again(ada), date="2026-10-25", time="01:30", which=which).status_code == 302
        assert [each.starts_at for each in booked()] == [utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)]


def signed_again(browser: Browser) -> Browser:
    """Return a browser of Dr Ada's that was signed in at the time that it is now."""
    from webapp.staff.models import Person

    person = db.session.query(Person).filter_by(email="ada@elmstreet.example").one()
    return signed_in(browser.http.application, person)


class TestSeries:
    def test_weekly_keeps_the_time_on_the_clock_over_the_change_of_clocks(self, ada: Browser) -> None:
        assert try_to_book(ada, date="2027-03-15", time="14:00", repeat="weekly", times="4").status_code == 302
        assert [each.starts_at for each in booked()] == [
            utc(2027, 3, 15, 14),
            utc(2027, 3, 22, 14),
            utc(2027, 3, 29, 13),
            utc(2027, 4, 5, 13),
        ]

    def test_fortnightly(self, ada: Browser) -> None:
        try_to_book(ada, date="2026-12-01", repeat="fortnightly", times="3")
        assert [each.starts_at.day for each in booked()] == [1, 15, 29]

    def test_monthly_on_the_31st_takes_the_last_day_of_a_shorter_month(self, ada: Browser) -> None:
        try_to_book(ada, date="2027-01-31", repeat="monthly", times="4")
        assert [f"{each.starts_at:%d %b}" for each in booked()] == ["31 Jan", "28 Feb", "31 Mar", "30 Apr"]

    def test_each_has_its_own_link_and_knows_the_others(self, ada: Browser) -> None:
        answer = try_to_book(ada, repeat="weekly", times="3")
        made = booked()
        assert len({each.link_key for each in made}) == len({each.ref for each in made}) == 3
        assert len({each.series_key for each in made}) == 1
        assert answer.location == f"/appointments/{made[0].ref}"
        assert "One of 3 appointments" in Page(ada.get(answer.location)).headings

    def test_one_that_falls_into_the_skipped_hour_is_refused_with_its_date(self, ada: Browser) -> None:
        answer = try_to_book(ada, date="2027-03-21", time="01:30", repeat="weekly", times="3")
        assert "28 March 2027: 01:30 does not exist that day" in Page(answer).faults["repeat"]
        assert booked() == []

    def test_one_that_falls_into_the_repeated_hour_takes_the_first(self, ada: Browser) -> None:
        try_to_book(ada, date="2027-10-24", time="01:30", repeat="weekly", times="2")
        assert booked()[1].starts_at == utc(2027, 10, 31, 0, 30)

    def test_how_many_has_to_be_said(self, ada: Browser) -> None:
        assert "Enter how many" in Page(try_to_book(ada, repeat="weekly")).faults["repeat"]

    def test_a_year_of_weeks_is_the_most(self, ada: Browser) -> None:
        assert try_to_book(ada, repeat="weekly", times="52").status_code == 302
        assert len(booked()) == 52


class TestTwice:
    def test_a_form_sent_twice_books_once(self, ada: Browser) -> None:
        filled = form(ada)
        first, second = send(ada, filled), send(ada, filled)
        assert (second.status_code, second.location) == (302, first.location)
        assert len(booked()) == 1

    def test_a_series_too(self, ada: Browser) -> None:
        filled = form(ada, repeat="weekly", times="3")
        assert send(ada, filled).location == send(ada, filled).location
        assert len(booked()) == 3

    def test_two_forms_book_two(self, ada: Browser) -> None:
        assert try_to_book(ada).location != try_to_book(ada).location
        assert len(booked()) == 2

    @pytest.mark.parametrize("times", ["", "4"], ids=["single", "series"])
    def test_sent_at_the_same_moment_it_books_once(self, either_app: Flask, at: At, times: str) -> None:
        from tests.cast import furnish

        at(NINE)
        cast = furnish()
        browsers = [signed_in(either_app, cast.ada) for _ in range(4)]
        filled = form(browsers[0], repeat="weekly" if times else "", times=times)
        tokens = [Page(browser.get(NEW)).forms[NEW]["csrf_token"] for browser in browsers]
        gate, came = threading.Barrier(4), []

        def press(browser: Browser, token: str) -> None:
            gate.wait(10)
            answer = send(browser, {**filled, "csrf_token": token})
            came.append((answer.status_code, answer.location))

        threads = [threading.Thread(target=press, args=each) for each in zip(browsers, tokens, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(booked()) == int(times or 1)
        assert set(came) == {(302, f"/appointments/{booked()[0].ref}")}


class TestOverlap:
    def ask(self, browser: Browser, **typed: str) -> Page:
        filled = {"date": "2026-11-24", "time": "14:00", "duration": "30", **typed}
        answer = browser.request("GET", "/appointments/overlaps", query_string=filled)
        assert answer.status_code == 200
        return Page(answer)

    @pytest.fixture(autouse=True)
    def _taken(self, cast: Cast) -> None:
        book(cast.ada, utc(2026, 11, 24, 14), 30, client="Dora Bell")

    @pytest.mark.parametrize(
        ("time", "duration", "overlaps"),
        [
            ("14:00", "30", True),
            ("13:45", "30", True),
            ("14:29", "30", True),
            ("13:00", "480", True),
            ("13:30", "30", False),
            ("14:30", "30", False),
            ("09:00", "30", False),
        ],
    )
    def test_is_warned_of_as_it_is_typed_and_allowed(
        self, ada: Browser, time: str, duration: str, overlaps: bool
    ) -> None:
        said = self.ask(ada, time=time, duration=duration).text
        assert ("Dr Ada Hale is already booked at this time" in said) is overlaps
        assert ("Dora Bell" in said) is overlaps
        answer = try_to_book(ada, time=time, duration=duration)
        assert answer.status_code == 302
        page = Page(ada.get(answer.location)).text
        assert ("is already booked at this time" in page) is overlaps

    def test_of_another_clinician_is_none(self, app: Flask, cast: Cast) -> None:
        assert self.ask(signed_in(app, cast.ben)).text == ""

    def test_an_administrator_asks_for_any_clinician_and_a_clinician_for_themselves_only(
        self, app: Flask, cast: Cast, ada: Browser
    ) -> None:
        iris, ben = signed_in(app, cast.iris), signed_in(app, cast.ben)
        assert "Dora Bell" in self.ask(iris, clinician=str(cast.ada.id)).text
        assert "Dora Bell" not in self.ask(ben, clinician=str(cast.ada.id)).text

    @pytest.mark.parametrize("state", ["ended", "abandoned", "cancelled"])
    def test_with_what_is_over_is_none(self, ada: Browser, cast: Cast, state: str) -> None:
        bring(book(cast.ada), state)
        assert self.ask(ada, date="2026-11-23", time="09:00").text == ""

    @pytest.mark.parametrize(
        "typed",
        [
            {"time": ""},
            {"date": "2026-02-30"},
            {"duration": "long"},
            {"duration": "9" * 30},
            {"duration": ""},
            {"clinician": "x"},
            {"but": "nothing"},
            {"date": "9999-12-31"},
        ],
    )
    def test_of_what_is_half_typed_nothing_is_said(self, ada: Browser, typed: dict[str, str]) -> None:
        self.ask(ada, **typed)


class TestWhoBooksForWhom:
    def test_a_clinician_for_themselves(self, app: Flask, cast: Cast) -> None:
        ben = signed_in(app, cast.ben)
        assert try_to_book(ben).status_code == 302
        assert booked()[0].clinician_id == cast.ben.id

    def test_and_for_nobody_else(self, app: Flask, cast: Cast) -> None:
        ben = signed_in(app, cast.ben)
        assert try_to_book(ben, clinician=str(cast.ada.id)).status_code == 422
        assert booked() == []

    def test_an_administrator_for_anyone_who_works_there(self, app: Flask, cast: Cast) -> None:
        from webapp.staff.models import Person

        iris = signed_in(app, cast.iris)
        assert try_to_book(iris, clinician=str(cast.ada.id)).status_code == 302
        assert booked()[0].clinician_id == cast.ada.id
        with writing() as session:
            session.get_one(Person, cast.ben.id).active = False
        assert "Dr Ben Ito" not in iris.get(NEW).text
        assert try_to_book(iris, clinician=str(cast.ben.id)).status_code == 422

    def test_nobody_books_without_signing_in(self, app: Flask, cast: Cast) -> None:
        nobody = Browser(app)
        nobody.get("/sign-in")
        assert nobody.submit(NEW, client_name=CLEO).location == "/sign-in"
        assert booked() == []


@pytest.mark.parametrize("form_key", ["", "short", "x" * 49])
def test_a_form_without_its_key_is_refused_in_plain_words(ada: Browser, form_key: str) -> None:
    answer = try_to_book(ada, form_key=form_key)
    assert answer.status_code == 422
    assert "Something of this page was lost. Reload it and try again." in Page(answer).text


@pytest.mark.parametrize("field", ["client_name", "client_email", "form_key", "rebooked_from", "date"])
def test_no_database_is_asked_to_take_what_it_cannot(either_app: Flask, at: At, field: str) -> None:
    from tests.cast import furnish

    at(NINE)
    ada = signed_in(either_app, furnish().ada)
    assert try_to_book(ada, **{field: "Cleo\x00Marsh"}).status_code == 400
    assert try_to_book(ada, client_name="Cléo 马什 🦊 O'Marsh-Ünal").status_code == 302
    assert booked()[0].client_name == "Cléo 马什 🦊 O'Marsh-Ünal"
    for path in ("/appointments/a%00b", "/?date=%00", "/v/a%00b", "/visit/a%00b/panel", "/sign-in?next=%00"):
        assert ada.get(path).status_code in (400, 404, 410, 302), path


def test_a_name_is_never_read_as_a_page(ada: Browser) -> None:
    answer = try_to_book(ada, client_name="<b>Cleo</b>'\"&<script>alert(1)</script>")
    for path in (answer.location, "/?date=2026-11-24", f"{answer.location}/room", f"{answer.location}/room/panel"):
        page = ada.get(path)
        assert page.status_code == 200
        assert "<b>Cleo" not in page.text
        assert "<script>alert" not in page.text


def test_the_diary_of_that_day_leads_to_booking_on_it(ada: Browser) -> None:
    link = Page(ada.get("/?date=2026-12-24")).links["Book appointment"]
    assert Page(ada.get(link)).forms[NEW]["date"] == "2026-12-24"
    assert Page(ada.get(f"{NEW}?date=2026-02-30")).forms[NEW]["date"] == "2026-11-23"


def test_the_length_of_a_series_is_kept_to_the_minute(ada: Browser) -> None:
    try_to_book(ada, duration="50", repeat="weekly", times="2")
    assert {each.ends_at - each.starts_at for each in booked()} == {timedelta(minutes=50)}
