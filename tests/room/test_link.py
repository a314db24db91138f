"""The client's link: opening it changes nothing, and a link that opens nothing says nothing of why."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.appointments.test_diary import counted
from tests.cast import (
    ANOTHER_WINDOW,
    NINE,
    WINDOW,
    Browser,
    Cast,
    book,
    bring,
    events,
    link_token,
    look,
    moment_of,
    signed_in,
    with_link,
)
from tests.pages import Page
from webapp.appointments.models import Appointment
from webapp.database import Model, db
from webapp.room.access import COOKIE

At = Callable[[datetime], None]
LIVE = ("early", "open", "ready", "in_call", "asked")
DEAD = ("ended", "abandoned", "cancelled", "missed")


@pytest.fixture
def appointment(cast: Cast, at: At) -> Appointment:
    at(moment_of("early"))
    return book(cast.ada)


@pytest.fixture
def reach(appointment: Appointment, at: At) -> Callable[[str], None]:
    def reached(state: str) -> None:
        at(moment_of(state))
        bring(appointment, state)

    return reached


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Return the whole record, row by row."""
    db.session.remove()
    tables = {
        name: [tuple(row) for row in db.session.execute(select(table)).all()]
        for name, table in Model.metadata.tables.items()
    }
    db.session.remove()
    return tables


def link(app: Flask, appointment: Appointment) -> str:
    return f"/v/{link_token(app, appointment)}"


class TestOpening:
    @pytest.mark.parametrize("state", LIVE + DEAD)
    def test_changes_nothing(
        self, app: Flask, appointment: Appointment, reach: Callable[[str], None], state: str
    ) -> None:
        reach(state)
        before = everything()
        for method in ("GET", "HEAD", "GET"):
            Browser(app).request(method, link(app, appointment))
        assert everything() == before

    def test_a_hundred_mail_scanners_use_nothing_up(self, app: Flask, appointment: Appointment) -> None:
        for _ in range(100):
            assert Browser(app).get(link(app, appointment)).status_code == 200
        assert with_link(app, appointment).fragment(f"/visit/{appointment.ref}/panel").status_code == 200

    def test_only_the_open_page_itself_tells_that_it_was_opened(self, app: Flask, appointment: Appointment) -> None:
        browser = Browser(app)
        browser.get(link(app, appointment))
        assert "opened" not in events(appointment)
        browser.fragment(f"/visit/{appointment.ref}/panel")
        assert events(appointment)[-1] == "opened"

    def test_nothing_can_be_posted_to_it(self, app: Flask, appointment: Appointment) -> None:
        browser = Browser(app)
        browser.get(link(app, appointment))
        assert browser.submit(link(app, appointment)).status_code == 405

    @pytest.mark.parametrize(
        ("state", "heading"),
        [
            ("early", "Your appointment"),
            ("open", "Waiting room"),
            ("ready", "One moment"),
            ("in_call", "One moment"),
            ("asked", "One moment"),
            ("ended", "This call is no longer available"),
            ("abandoned", "This call is no longer available"),
            ("cancelled", "This call is no longer available"),
            ("missed", "This call is no longer available"),
        ],
    )
    def test_shows_what_it_is_for(
        self, app: Flask, appointment: Appointment, reach: Callable[[str], None], state: str, heading: str
    ) -> None:
        """A page that is reloaded in mid-call does not know yet whether it has the seat: one moment later it does."""
        reach(state)
        answer = Browser(app).get(link(app, appointment))
        assert Page(answer).headings[0] == heading
        assert answer.status_code == (200 if state in LIVE else 410)
        assert (COOKIE in answer.headers.get("Set-Cookie", "")) is (state in LIVE)

    @pytest.mark.parametrize("state", LIVE + DEAD)
    def test_never_names_the_client_or_shows_the_link_again(
        self, app: Flask, appointment: Appointment, reach: Callable[[str], None], state: str
    ) -> None:
        reach(state)
        answer = Browser(app).get(link(app, appointment))
        for secret in ("Cleo", "cleo@", "900123", link_token(app, appointment), appointment.link_key):
            assert secret not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"

    def test_before_it_opens_there_is_a_countdown_and_join_is_not_to_be_pressed(
        self, app: Flask, appointment: Appointment
    ) -> None:
        answer = Browser(app).get(link(app, appointment))
        assert 'count-down to="2026-11-23T08:45:00Z"' in answer.text
        assert "disabled>Join</button>" in answer.text
        assert "Monday 23 November 2026, 09:00 (Europe/London time), 30 minutes" in Page(answer).text

    def test_a_page_that_was_opened_too_early_waits_for_a_press_on_join(
        self, app: Flask, appointment: Appointment, at: At
    ) -> None:
        cleo = with_link(app, appointment)
        at(moment_of("open"))
        early_page = Page(cleo.fragment(f"/visit/{appointment.ref}/panel?page=early"))
        assert early_page.headings == ["Your appointment"]
        assert "You can join now." in early_page.text
        assert Page(cleo.fragment(f"/visit/{appointment.ref}/panel")).headings == ["Waiting room"]


class TestADeadOne:
    """Unknown, tampered with and dead: the same words, the same status, the same work."""

    def spoiled(self, app: Flask, appointment: Appointment) -> dict[str, str]:
        token = link_token(app, appointment)
        return {
            "dead": f"/v/{token}",
            "unknown": f"/v/{'a' * 46}",
            "tampered, its signature": f"/v/{token[:-1]}{'a' if token[-1] != 'a' else 'b'}",
            "tampered, its key": f"/v/{'a' if token[0] != 'a' else 'b'}{token[1:]}",
            "cut": f"/v/{token[:20]}",
            "too long": f"/v/{token}{token}",
            "nonsense": "/v/%F0%9F%A6%8A%00",
        }

    @pytest.mark.parametrize("state", DEAD)
    def test_reads_the_same_whatever_the_reason(
        self, app: Flask, appointment: Appointment, reach: Callable[[str], None], state: str
    ) -> None:
        reach(state)
        answers = {why: Browser(app).get(path) for why, path in self.spoiled(app, appointment).items()}
        assert {answer.status_code for answer in answers.values()} == {410}
        bodies = {hashlib.sha256(answer.data).hexdigest() for answer in answers.values()}
        headers = {tuple(sorted(answer.headers.items())) for answer in answers.values()}
        assert len(bodies) == len(headers) == 1
        assert Page(answers["dead"]).headings == ["This call is no longer available"]
        assert "Set-Cookie" not in answers["dead"].headers

    @pytest.mark.parametrize("state", DEAD)
    def test_takes_the_same_questions_to_the_database(
        self, app: Flask, appointment: Appointment, reach: Callable[[str], None], state: str
    ) -> None:
        reach(state)
        asked = {}
        for why, path in self.spoiled(app, appointment).items():
            with counted() as questions:
                Browser(app).get(path)
            asked[why] = questions
        assert len({tuple(questions) for questions in asked.values()}) == 1, asked

    def test_shows_the_clinics_phone(self, app: Flask, appointment: Appointment, reach: Callable[[str], None]) -> None:
        reach("abandoned")
        assert Page(Browser(app).get(link(app, appointment))).links["020 7946 0018"] == "tel:+442079460018"

    def test_can_be_tried_twenty_times_a_minute(self, app: Flask, cast: Cast) -> None:
        statuses = [Browser(app).get(f"/v/{'a' * 40}{number}").status_code for number in range(21)]
        assert statuses == [410] * 20 + [429]

    def test_a_good_one_is_not_counted(self, app: Flask, appointment: Appointment) -> None:
        assert {Browser(app).get(link(app, appointment)).status_code for _ in range(40)} == {200}


class TestThePass:
    """What the link is exchanged for: a cookie that lives under the visit's own path only."""

    def test_is_for_the_server_alone_and_for_this_visit_alone(self, app: Flask, appointment: Appointment) -> None:
        answer = Browser(app).get(link(app, appointment))
        given = next(each for each in answer.headers.getlist("Set-Cookie") if each.startswith(f"{COOKIE}="))
        assert f"Path=/visit/{appointment.ref}" in given
        assert "HttpOnly" in given
        assert "SameSite=Lax" in given
        assert "Secure" not in given
        assert link_token(app, appointment) not in given

    def test_is_secure_over_https(self, app: Flask, appointment: Appointment) -> None:
        answer = Browser(app).get(link(app, appointment), base_url="https://localhost")
        cookies = answer.headers.getlist("Set-Cookie")
        assert all("Secure" in each for each in cookies if each.startswith(f"{COOKIE}="))

    def test_two_visits_in_one_browser_do_not_collide(self, app: Flask, cast: Cast, at: At) -> None:
        at(NINE)
        first, second = book(cast.ada), book(cast.ben, client="Cleo again")
        browser = with_link(app, first)
        browser.get(link(app, second))
        for appointment, clinician in ((first, "Dr Ada Hale"), (second, "Dr Ben Ito"), (first, "Dr Ada Hale")):
            panel = browser.fragment(f"/visit/{appointment.ref}/panel")
            assert panel.status_code == 200
            assert clinician in panel.text
        browser.press(f"/visit/{first.ref}/ready")
        assert (look(first).ready_at, look(second).ready_at) == (NINE, None)

    def test_the_link_and_a_signed_in_session_live_beside_each_other(self, app: Flask, cast: Cast, at: At) -> None:
        at(NINE)
        appointment = book(cast.ada)
        browser = signed_in(app, cast.ada)
        browser.get("/")
        browser.get(link(app, appointment))
        browser.press(f"/visit/{appointment.ref}/ready")
        assert browser.press(f"/appointments/{appointment.ref}/room/start").status_code == 200
        assert look(appointment).status == "in_call"

    @pytest.mark.parametrize("spoiled", ["", "x", "YWJj.x"])
    def test_nothing_opens_without_it(self, app: Flask, appointment: Appointment, spoiled: str) -> None:
        browser = Browser(app)
        browser.get("/sign-in")
        browser.http.set_cookie(COOKIE, spoiled, path=f"/visit/{appointment.ref}")
        for answer in (
            browser.fragment(f"/visit/{appointment.ref}/panel"),
            browser.get(f"/visit/{appointment.ref}/panel"),
            browser.get(f"/visit/{appointment.ref}/ice"),
            browser.press(f"/visit/{appointment.ref}/ready"),
        ):
            assert answer.status_code == 410
            assert "Dr Ada" not in answer.text


class TestAfterwards:
    @pytest.fixture
    def ended(self, app: Flask, appointment: Appointment, reach: Callable[[str], None]) -> Browser:
        """Cleo's browser, whose page was open in the call until it ended."""
        cleo = with_link(app, appointment)
        reach("ended")
        return cleo

    def test_the_page_that_was_in_the_call_shows_its_last_screen_and_asks_for_nothing_more(
        self, ended: Browser, appointment: Appointment
    ) -> None:
        last = ended.fragment(f"/visit/{appointment.ref}/panel")
        assert last.status_code == 200
        assert Page(last).headings == ["Appointment ended"]
        assert "hx-get" not in last.text
        assert "hx-trigger" not in last.text

    def test_everything_else_is_dead_in_that_browser_too(
        self, app: Flask, ended: Browser, appointment: Appointment
    ) -> None:
        assert ended.get(link(app, appointment)).status_code == 410, "a reload"
        assert ended.get(f"/visit/{appointment.ref}/ice").status_code == 410
        ended.window = ANOTHER_WINDOW
        for answer in (
            ended.fragment(f"/visit/{appointment.ref}/panel"),
            ended.press(f"/visit/{appointment.ref}/ready"),
            ended.press(f"/visit/{appointment.ref}/take-back"),
        ):
            assert answer.status_code == 410
            assert Page(answer).headings == ["This call is no longer available"]
            assert "hx-get" not in answer.text
        assert look(appointment).seat("client").window == WINDOW

    def test_it_stays_dead_for_ever(
        self, app: Flask, appointment: Appointment, reach: Callable[[str], None], at: At
    ) -> None:
        reach("ended")
        for days in (1, 30, 4000):
            at(NINE + timedelta(days=days))
            assert Browser(app).get(link(app, appointment)).status_code == 410

    def test_dr_ada_sees_the_end_once_and_that_it_has_finished_ever_after(
        self, app: Flask, cast: Cast, appointment: Appointment, reach: Callable[[str], None]
    ) -> None:
        ada = signed_in(app, cast.ada)
        reach("ended")
        room = f"/appointments/{appointment.ref}/room"
        last = Page(ada.fragment(f"{room}/panel"))
        assert last.headings[0] == "Appointment ended"
        assert {"Rebook", "Back to diary"} <= last.links.keys()
        assert Page(ada.get(room)).headings == ["Appointment has already finished"]
        ada.window = ANOTHER_WINDOW
        assert Page(ada.fragment(f"{room}/panel")).headings == ["Appointment has already finished"]
        assert ada.get(f"{room}/ice").status_code == 410
