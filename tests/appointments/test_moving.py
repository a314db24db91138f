"""Reschedule keeps the link, cancel kills it, and rebook makes a new one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.cast import CLEO, NINE, Browser, Cast, book, bring, events, link_token, look, moment_of, phase, signed_in
from tests.pages import Page
from webapp.appointments.models import Appointment
from webapp.database import db

At = Callable[[datetime], None]
NEW = "/appointments/new"


@pytest.fixture
def appointment(cast: Cast, at: At) -> Appointment:
    at(moment_of("early"))
    return book(cast.ada)


@pytest.fixture
def ada(app: Flask, cast: Cast, appointment: Appointment) -> Browser:
    return signed_in(app, cast.ada)


def move(browser: Browser, appointment: Appointment, **changed: str) -> Any:
    """Send the form on the appointment's page."""
    path = f"/appointments/{appointment.ref}/reschedule"
    page = Page(browser.get(f"/appointments/{appointment.ref}"))
    return browser.request("POST", path, data=page.form(path, **changed))


def link(app: Flask, appointment: Appointment) -> int:
    """Open the client's link in a new browser; return the status."""
    return Browser(app).get(f"/v/{link_token(app, appointment)}").status_code


class TestReschedule:
    def test_the_form_has_the_present_time(self, ada: Browser, appointment: Appointment) -> None:
        page = Page(ada.get(f"/appointments/{appointment.ref}"))
        form = page.forms[f"/appointments/{appointment.ref}/reschedule"]
        assert (form["date"], form["time"], form["duration"]) == ("2026-11-23", "09:00", "30")

    def test_moves_it_and_keeps_its_link(self, app: Flask, ada: Browser, appointment: Appointment) -> None:
        before = link_token(app, appointment)
        answer = move(ada, appointment, date="2026-12-01", time="16:15", duration="45")
        assert (answer.status_code, answer.location) == (302, f"/appointments/{appointment.ref}")
        found = look(appointment)
        assert (found.starts_at, found.minutes) == (datetime(2026, 12, 1, 16, 15, tzinfo=UTC), 45)
        assert link_token(app, found) == before
        assert link(app, found) == 200
        page = Page(ada.get(answer.location)).text
        assert "Moved. The link stays the same." in page
        assert "Moved to a new time by Dr Ada Hale" in page
        assert "From 23 November 2026, 09:00 to 01 December 2026, 16:15" in page

    def test_asks_who_was_ready_anew(self, ada: Browser, appointment: Appointment, at: At) -> None:
        at(NINE)
        bring(appointment, "ready")
        move(ada, appointment, time="09:10")
        assert phase(appointment) == "open"

    def test_brings_a_missed_one_back_to_life_with_its_link(
        self, app: Flask, ada: Browser, appointment: Appointment, at: At
    ) -> None:
        at(moment_of("missed"))
        assert link(app, appointment) == 410
        assert move(ada, appointment, date="2026-11-24").status_code == 302
        assert phase(appointment) == "early"
        assert link(app, appointment) == 200

    @pytest.mark.parametrize(
        ("changed", "field", "said"),
        [
            ({"date": "2026-02-30"}, "date", "There is no such date"),
            ({"date": "2027-03-28", "time": "01:30"}, "time", "does not exist that day. Try 02:00."),
            ({"date": "2027-10-31", "time": "01:30"}, "time", "comes twice that day"),
            ({"date": "2026-11-22"}, "time", "already past"),
            ({"duration": "0"}, "duration", "Between 5 and 480 minutes."),
        ],
    )
    def test_faults_are_said_beside_their_fields_and_nothing_moves(
        self, ada: Browser, appointment: Appointment, changed: dict[str, str], field: str, said: str
    ) -> None:
        answer = move(ada, appointment, **changed)
        page = Page(answer)
        assert answer.status_code == 422
        assert said in page.faults[field]
        form = page.forms[f"/appointments/{appointment.ref}/reschedule"]
        for name, value in changed.items():
            assert form[name] == value
        assert look(appointment).starts_at == NINE

    def test_the_second_of_a_repeated_hour_can_be_had(self, ada: Browser, appointment: Appointment) -> None:
        move(ada, appointment, date="2027-10-31", time="01:30", which="second")
        assert look(appointment).starts_at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)

    def test_when_it_is_late_the_page_says_what_has_become_of_it(
        self, ada: Browser, appointment: Appointment, at: At
    ) -> None:
        page = Page(ada.get(f"/appointments/{appointment.ref}"))
        path = f"/appointments/{appointment.ref}/reschedule"
        at(NINE)
        bring(appointment, "in_call")
        answer = ada.request("POST", path, data=page.form(path, date="2026-12-01"))
        assert answer.status_code == 302
        assert "It could not be moved" in Page(ada.get(answer.location)).text
        assert look(appointment).starts_at == NINE

    def test_sent_twice_it_is_where_it_was_sent(self, ada: Browser, appointment: Appointment) -> None:
        for _ in range(2):
            move(ada, appointment, date="2026-12-01")
        assert look(appointment).starts_at == datetime(2026, 12, 1, 9, tzinfo=UTC)


class TestCancel:
    def test_kills_the_link(self, app: Flask, ada: Browser, appointment: Appointment) -> None:
        ada.get("/")
        assert ada.submit(f"/appointments/{appointment.ref}/cancel").location == f"/appointments/{appointment.ref}"
        assert phase(appointment) == "cancelled"
        assert link(app, appointment) == 410
        page = Page(ada.get(f"/appointments/{appointment.ref}"))
        assert "Cancelled by Dr Ada Hale" in page.text
        assert page.links["Rebook"] == f"{NEW}?from={appointment.ref}"
        assert "Reschedule" not in page.buttons

    def test_twice_is_once(self, ada: Browser, appointment: Appointment) -> None:
        ada.get("/")
        for _ in range(2):
            assert ada.submit(f"/appointments/{appointment.ref}/cancel").status_code == 302
        assert events(appointment).count("cancelled") == 1

    def test_cannot_be_moved_to_life_again(self, app: Flask, ada: Browser, appointment: Appointment) -> None:
        page = Page(ada.get(f"/appointments/{appointment.ref}"))
        path = f"/appointments/{appointment.ref}/reschedule"
        ada.submit(f"/appointments/{appointment.ref}/cancel")
        ada.request("POST", path, data=page.form(path, date="2026-12-01"))
        assert phase(appointment) == "cancelled"
        assert link(app, appointment) == 410

    def test_is_for_administrators_too(self, app: Flask, cast: Cast, appointment: Appointment) -> None:
        iris = signed_in(app, cast.iris)
        iris.get("/")
        iris.submit(f"/appointments/{appointment.ref}/cancel")
        assert phase(appointment) == "cancelled"
        assert "Cancelled by Dr Iris Lund" in iris.get(f"/appointments/{appointment.ref}").text


class TestRebook:
    def rebook(self, browser: Browser, appointment: Appointment, **changed: str) -> Appointment:
        page = Page(browser.get(f"{NEW}?from={appointment.ref}"))
        answer = browser.request("POST", NEW, data=page.form(NEW, date="2026-12-02", time="10:00", **changed))
        assert answer.status_code == 302
        db.session.remove()
        return db.session.query(Appointment).filter_by(ref=answer.location.rpartition("/")[2]).one()

    @pytest.mark.parametrize("state", ["ended", "abandoned", "cancelled", "missed"])
    def test_makes_a_new_one_with_a_new_link_and_the_old_stays_dead(
        self, app: Flask, cast: Cast, ada: Browser, appointment: Appointment, at: At, state: str
    ) -> None:
        at(moment_of(state))
        bring(appointment, state)
        made = self.rebook(ada, appointment)
        assert made.ref != appointment.ref
        assert link_token(app, made) != link_token(app, appointment)
        assert (link(app, made), link(app, appointment)) == (200, 410)
        assert (phase(made), phase(appointment)) == ("early", state)

    def test_fills_in_what_is_known(self, ada: Browser, appointment: Appointment) -> None:
        page = Page(ada.get(f"{NEW}?from={appointment.ref}"))
        form = page.forms[NEW]
        assert (form["client_name"], form["client_email"], form["client_mobile"]) == (
            CLEO,
            "cleo@example.org",
            "+447700900123",
        )
        assert form["duration"] == "30"
        assert "A new appointment with a new link." in page.text

    def test_both_know_of_it(self, ada: Browser, appointment: Appointment) -> None:
        made = self.rebook(ada, appointment)
        assert f"/appointments/{made.ref}" in Page(ada.get(f"/appointments/{appointment.ref}")).links.values()
        assert "Rebooked" in Page(ada.get(f"/appointments/{made.ref}")).text

    def test_another_clinicians_appointment_cannot_be_read_out_by_it(
        self, app: Flask, cast: Cast, appointment: Appointment
    ) -> None:
        ben = signed_in(app, cast.ben)
        assert ben.get(f"{NEW}?from={appointment.ref}").status_code == 404
        form = Page(ben.get(NEW)).form(NEW, client_name="X", date="2026-12-02", time="10:00")
        assert ben.request("POST", NEW, data={**form, "rebooked_from": appointment.ref}).status_code == 404

    def test_twice_is_once(self, ada: Browser, appointment: Appointment) -> None:
        page = Page(ada.get(f"{NEW}?from={appointment.ref}"))
        form = page.form(NEW, date="2026-12-02", time="10:00")
        first, second = (ada.request("POST", NEW, data=form) for _ in range(2))
        assert first.location == second.location


def test_a_time_that_shrinks_to_nothing_is_never_in_the_record(appointment: Appointment) -> None:
    assert appointment.ends_at - appointment.starts_at == timedelta(minutes=30)
