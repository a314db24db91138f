"""What each seat sees, window by window: joining, continued elsewhere, taken back, gone and back again."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask

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
from tests.pages import Page, digest_in
from tests.signalling.test_hub import Line
from webapp.appointments import record
from webapp.appointments.models import Appointment
from webapp.extensions import hub

At = Callable[[datetime], None]


@pytest.fixture
def appointment(cast: Cast) -> Appointment:
    return book(cast.ada)


@pytest.fixture
def cleo(app: Flask, appointment: Appointment) -> Browser:
    return with_link(app, appointment)


@pytest.fixture
def ada(app: Flask, cast: Cast, appointment: Appointment) -> Browser:
    browser = signed_in(app, cast.ada)
    browser.get(f"/appointments/{appointment.ref}/room")
    return browser


def visit(appointment: Appointment, what: str) -> str:
    return f"/visit/{appointment.ref}/{what}"


def room(appointment: Appointment, what: str) -> str:
    return f"/appointments/{appointment.ref}/room/{what}"


def connected(appointment: Appointment, role: str, window: str = WINDOW) -> Any:
    """Open a socket of this window."""
    line: Any = Line(role, window)
    hub.join(appointment.ref, line)
    record.arrange(appointment)
    return line


class TestTheWaitingArea:
    @pytest.mark.parametrize("state", ["open", "ready"])
    def test_start_can_be_pressed_once_the_client_is_ready(
        self, ada: Browser, appointment: Appointment, state: str
    ) -> None:
        bring(appointment, state)
        panel = ada.fragment(room(appointment, "panel")).text
        start = re.search(r'<button[^>]*id="start"[^>]*>', panel)
        assert start
        assert ("disabled" in start[0]) is (state == "open")

    def test_says_how_far_the_client_is(self, ada: Browser, cleo: Browser, appointment: Appointment, at: At) -> None:
        said = []

        def note() -> None:
            said.append(re.findall(r'data-say="([^"]*)"', ada.fragment(room(appointment, "panel")).text)[0])

        other = book(look(appointment).clinician, NINE + timedelta(minutes=1), client="Dora Bell")
        said.append(re.findall(r'data-say="([^"]*)"', ada.fragment(room(other, "panel")).text)[0])
        note()
        cleo.press(visit(appointment, "ready"))
        note()
        at(NINE + timedelta(minutes=1))
        note()
        cleo.fragment(visit(appointment, "panel"))
        note()
        assert said == [
            "Dora Bell has not opened the link yet",
            "Cleo Marsh has opened the link",
            "Cleo Marsh is ready",
            "Cleo Marsh has lost connection",
            "Cleo Marsh is ready",
        ]

    def test_abandon_asks_first_and_says_when_the_client_was_last_seen(
        self, ada: Browser, appointment: Appointment, at: At
    ) -> None:
        bring(appointment, "ready")
        at(NINE + timedelta(minutes=7))
        panel = Page(ada.fragment(room(appointment, "panel")))
        assert "Abandon this appointment?" in panel.headings
        assert "The link will stop working" in panel.text
        assert "Cleo Marsh was last seen at 09:00." in panel.text
        assert {"Abandon", "Abandon appointment", "Cancel"} <= set(panel.buttons)

    def test_a_client_who_lost_connection_can_still_be_called(
        self, ada: Browser, appointment: Appointment, at: At
    ) -> None:
        bring(appointment, "ready")
        at(NINE + timedelta(minutes=5))
        assert ada.press(room(appointment, "start")).status_code == 200
        assert look(appointment).status == "in_call"


class TestOneSeatEach:
    def test_a_page_that_does_not_know_its_window_yet_waits_a_moment(
        self, app: Flask, cleo: Browser, appointment: Appointment
    ) -> None:
        bring(appointment, "in_call")
        cleo.window = None
        assert Page(cleo.fragment(visit(appointment, "panel"))).headings == ["One moment"]

    @pytest.mark.parametrize("state", ["ready", "in_call", "asked"])
    def test_an_older_window_learns_that_the_call_goes_on_elsewhere(
        self, cleo: Browser, ada: Browser, appointment: Appointment, state: str
    ) -> None:
        bring(appointment, state)
        for browser, panel in ((cleo, visit(appointment, "panel")), (ada, room(appointment, "panel"))):
            browser.window = ANOTHER_WINDOW
            page = Page(browser.fragment(panel))
            assert page.headings == ["Continued in another window"]
            assert page.buttons == ["Take back"]

    def test_take_back_takes_the_seat_and_the_other_learns_of_it(self, cleo: Browser, appointment: Appointment) -> None:
        bring(appointment, "in_call")
        line = connected(appointment, "client")
        cleo.window = ANOTHER_WINDOW
        assert Page(cleo.press(visit(appointment, "take-back"))).headings == ["Call with Dr Ada Hale"]
        assert line.got[-1] == {"type": "changed", "status": "in_call"}
        cleo.window = WINDOW
        assert Page(cleo.fragment(visit(appointment, "panel"))).headings == ["Continued in another window"]
        assert Page(cleo.press(visit(appointment, "take-back"))).headings == ["Call with Dr Ada Hale"]
        assert look(appointment).seat("client").window == WINDOW

    def test_a_reopened_tab_gets_the_same_seat_where_the_old_one_is_gone(
        self, cleo: Browser, appointment: Appointment, at: At
    ) -> None:
        bring(appointment, "in_call")
        at(NINE + timedelta(seconds=21))
        cleo.window = ANOTHER_WINDOW
        assert Page(cleo.fragment(visit(appointment, "panel"))).headings == ["Call with Dr Ada Hale"]
        assert look(appointment).seat("client").window == ANOTHER_WINDOW
        assert len(look(appointment).seats) == 2, "and no second person"

    def test_the_clients_press_on_ready_in_a_second_window_goes_there(
        self, cleo: Browser, appointment: Appointment
    ) -> None:
        cleo.press(visit(appointment, "ready"))
        cleo.window = ANOTHER_WINDOW
        assert Page(cleo.press(visit(appointment, "ready"))).headings == ["Waiting room"]
        assert look(appointment).seat("client").window == ANOTHER_WINDOW
        assert events(appointment).count("ready") == 1

    @pytest.mark.parametrize("press", ["ready", "take-back", "come-back"])
    def test_a_press_that_needs_a_window_has_one(self, cleo: Browser, appointment: Appointment, press: str) -> None:
        for window in (None, "short", "x" * 65, "with space"):
            cleo.window = window
            assert cleo.press(visit(appointment, press)).status_code == 400
        assert look(appointment).seat("client").window is None

    def test_who_starts_takes_the_seat(self, app: Flask, ada: Browser, appointment: Appointment) -> None:
        bring(appointment, "ready")
        ada.window = ANOTHER_WINDOW
        assert Page(ada.press(room(appointment, "start"))).headings == ["Call with Cleo Marsh"]
        assert look(appointment).seat("clinician").window == ANOTHER_WINDOW


class TestAskingToEnd:
    def test_the_way_to_the_end(self, cleo: Browser, ada: Browser, appointment: Appointment) -> None:
        bring(appointment, "in_call")
        asked = Page(cleo.press(visit(appointment, "ask-to-end")))
        assert asked.headings[-1] == "Waiting for Dr Ada Hale to confirm"
        assert asked.buttons == ["Carry on"]
        dialog = Page(ada.fragment(room(appointment, "panel")))
        assert dialog.headings[-1] == "Cleo Marsh would like to end the call"
        assert dialog.buttons == ["End Call", "Cancel"]
        assert Page(ada.press(room(appointment, "end"))).headings[0] == "Appointment ended"
        assert "Cleo Marsh asked to end, you confirmed." in Page(ada.fragment(room(appointment, "panel"))).text
        assert Page(cleo.fragment(visit(appointment, "panel"))).headings == ["Appointment ended"]

    def test_the_client_is_told_that_the_clinician_would_like_to_carry_on(
        self, cleo: Browser, ada: Browser, appointment: Appointment, at: At
    ) -> None:
        bring(appointment, "asked")
        assert Page(ada.press(room(appointment, "decline-end"))).buttons == []
        told = 'data-say="Dr Ada Hale would like to carry on"'
        assert told in cleo.fragment(visit(appointment, "panel")).text
        at(NINE + timedelta(seconds=30))
        assert told not in cleo.fragment(visit(appointment, "panel")).text, "and not for ever"

    def test_it_can_be_asked_again(self, cleo: Browser, ada: Browser, appointment: Appointment) -> None:
        bring(appointment, "asked")
        ada.press(room(appointment, "decline-end"))
        cleo.press(visit(appointment, "ask-to-end"))
        cleo.press(visit(appointment, "carry-on"))
        cleo.press(visit(appointment, "ask-to-end"))
        asked = ["end_asked", "end_declined", "end_asked", "end_withdrawn", "end_asked"]
        assert events(appointment)[-5:] == asked
        assert look(appointment).status == "in_call"

    def test_a_request_meets_a_reload_of_either_side(
        self, cleo: Browser, ada: Browser, appointment: Appointment
    ) -> None:
        bring(appointment, "asked")
        assert Page(cleo.fragment(visit(appointment, "panel"))).buttons == ["Carry on"]
        assert Page(ada.fragment(room(appointment, "panel"))).buttons == ["End Call", "Cancel"]

    @pytest.mark.parametrize(
        ("press", "shows"), [("carry-on", "Appointment ended"), ("ask-to-end", "Appointment ended")]
    )
    def test_the_late_one_sees_what_has_become_of_it(
        self, cleo: Browser, ada: Browser, appointment: Appointment, press: str, shows: str
    ) -> None:
        bring(appointment, "asked")
        ada.press(room(appointment, "end"))
        late = cleo.press(visit(appointment, press))
        assert late.status_code == 200
        assert Page(late).headings == [shows]

    @pytest.mark.parametrize("press", ["end", "decline-end", "start", "abandon"])
    def test_pressed_twice_by_the_clinician_it_is_done_once(
        self, ada: Browser, appointment: Appointment, press: str
    ) -> None:
        bring(appointment, {"end": "in_call", "decline-end": "asked"}.get(press, "ready"))
        before = len(events(appointment))
        answers = [ada.press(room(appointment, press)) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert Page(answers[0]).headings == Page(answers[1]).headings
        assert len(events(appointment)) == before + 1


class TestLeaving:
    """When the clinician has been gone for 30 seconds."""

    def test_is_offered_then_and_not_before(self, cleo: Browser, appointment: Appointment, at: At) -> None:
        bring(appointment, "in_call")
        at(NINE + timedelta(seconds=29))
        assert Page(cleo.fragment(visit(appointment, "panel"))).buttons == []
        at(NINE + timedelta(seconds=30))
        assert Page(cleo.fragment(visit(appointment, "panel"))).buttons == ["Leave"]

    def test_ends_nothing_and_offers_the_way_back(
        self, cleo: Browser, ada: Browser, appointment: Appointment, at: At
    ) -> None:
        bring(appointment, "in_call")
        at(NINE + timedelta(seconds=31))
        left = Page(cleo.press(visit(appointment, "leave")))
        assert left.headings == ["You have left the call"]
        assert left.buttons == ["Go back to the call"]
        assert left.links["020 7946 0018"] == "tel:+442079460018"
        assert look(appointment).status == "in_call"
        assert "Cleo Marsh has left while you were away." in Page(ada.fragment(room(appointment, "panel"))).text
        assert Page(cleo.press(visit(appointment, "come-back"))).headings == ["Call with Dr Ada Hale"]
        assert "has left" not in ada.fragment(room(appointment, "panel")).text
        assert events(appointment)[-2:] == ["left", "came_back"]

    def test_is_refused_while_the_clinician_is_there(self, cleo: Browser, appointment: Appointment, at: At) -> None:
        bring(appointment, "in_call")
        connected(appointment, "clinician")
        at(NINE + timedelta(minutes=5))
        assert Page(cleo.press(visit(appointment, "leave"))).headings == ["Call with Dr Ada Hale"]
        assert "left" not in events(appointment)

    def test_the_clinician_may_end_it_afterwards(
        self, cleo: Browser, ada: Browser, appointment: Appointment, at: At
    ) -> None:
        bring(appointment, "in_call")
        at(NINE + timedelta(seconds=31))
        cleo.press(visit(appointment, "leave"))
        ada.press(room(appointment, "end"))
        assert Page(cleo.fragment(visit(appointment, "panel"))).headings == ["Appointment ended"]


class TestRefresh:
    @pytest.mark.parametrize(
        ("steps", "noted"),
        [
            ("ice=ok", "connection renewed"),
            ("ice=failed devices=ok", "connection renewed (failed), camera and microphone renewed"),
            (
                "ice=failed devices=skipped call=ok",
                "connection renewed (failed), camera and microphone renewed (left out), new connection made",
            ),
        ],
    )
    def test_is_noted_with_its_steps(
        self, cleo: Browser, ada: Browser, appointment: Appointment, steps: str, noted: str
    ) -> None:
        bring(appointment, "in_call")
        assert cleo.press(visit(appointment, "refreshed"), steps=steps).status_code == 200
        assert ada.press(room(appointment, "refreshed"), steps=steps).status_code == 200
        timeline = Page(ada.fragment(f"/appointments/{appointment.ref}/timeline")).text
        sentence = noted[0].upper() + noted[1:]
        assert f"Cleo Marsh refreshed the connection {sentence}" in timeline
        assert f"Dr Ada Hale refreshed the connection {sentence}" in timeline
        assert look(appointment).status == "in_call"

    @pytest.mark.parametrize("steps", ["", "anything", "ice", "ice=great", "<b>=ok", "x" * 10_000])
    def test_is_noted_in_our_own_words_only(self, cleo: Browser, appointment: Appointment, steps: str) -> None:
        bring(appointment, "in_call")
        assert cleo.press(visit(appointment, "refreshed"), steps=steps).status_code == 400
        assert "refreshed" not in events(appointment)


def test_whoever_holds_a_link_may_press_twice_a_second_and_fill_no_timeline(
    cleo: Browser, cast: Cast, appointment: Appointment
) -> None:
    statuses = [cleo.press(visit(appointment, press)).status_code for press in ("ready", "not-ready") * 61]
    assert statuses == [200] * 120 + [429] * 2
    other = book(cast.ben)
    assert with_link(cleo.http.application, other).press(visit(other, "ready")).status_code == 200


class TestTheFragment:
    @pytest.mark.parametrize("state", ["open", "ready", "in_call", "asked"])
    def test_is_not_sent_again_when_it_reads_the_same(
        self, cleo: Browser, ada: Browser, appointment: Appointment, state: str
    ) -> None:
        bring(appointment, state)
        for browser, panel in ((cleo, visit(appointment, "panel")), (ada, room(appointment, "panel"))):
            have = digest_in(browser.fragment(panel).text)
            again = browser.fragment(f"{panel}?have={have}")
            assert (again.status_code, again.data) == (204, b"")

    def test_is_one_element_that_says_its_status(self, cleo: Browser, ada: Browser, appointment: Appointment) -> None:
        for browser, panel in ((cleo, visit(appointment, "panel")), (ada, room(appointment, "panel"))):
            html = browser.fragment(panel).text.strip()
            assert html.startswith('<section id="panel"')
            assert html.endswith("</section>")
            assert html.count("<section") == 1
            assert 'data-status="open"' in html

    @pytest.mark.parametrize(
        ("state", "calls"),
        [("early", 0), ("open", 0), ("ready", 0), ("in_call", 1), ("asked", 1), ("ended", 0), ("missed", 0)],
    )
    def test_says_in_call_in_the_call_only(
        self, cleo: Browser, ada: Browser, appointment: Appointment, at: At, state: str, calls: int
    ) -> None:
        """It is what both browsers put their tracks in for."""
        at(moment_of(state))
        bring(appointment, state)
        for browser, panel in ((cleo, visit(appointment, "panel")), (ada, room(appointment, "panel"))):
            assert browser.fragment(panel).text.count('data-status="in_call"') == calls


class TestIce:
    @pytest.fixture
    def relayed(self, app: Flask) -> None:
        app.config.update(STUN_URLS=["stun:a.example"], TURN_URLS=["turn:a.example"], TURN_SECRET="the relay's secret")

    def test_nothing_set_up_is_nothing_to_ask_from_others(self, cleo: Browser, appointment: Appointment) -> None:
        assert cleo.get(visit(appointment, "ice")).json == {"servers": [], "seconds": 0}

    def test_stun_alone_has_no_key_to_renew(self, app: Flask, cleo: Browser, appointment: Appointment) -> None:
        app.config.update(STUN_URLS=["stun:a.example"])
        found = cleo.get(visit(appointment, "ice")).json
        assert found == {"servers": [{"urls": ["stun:a.example"]}], "seconds": 0}

    def test_relay_keys_are_for_one_seat_and_run_out_in_five_minutes(
        self, relayed: None, cleo: Browser, ada: Browser, appointment: Appointment, at: At
    ) -> None:
        found: dict[str, Any] = cleo.get(visit(appointment, "ice")).json or {}
        stun, turn = found["servers"]
        assert stun == {"urls": ["stun:a.example"]}
        runs_out, _, seat = turn["username"].partition(":")
        assert (found["seconds"], int(runs_out)) == (300, NINE.timestamp() + 300)
        key = hmac.digest(b"the relay's secret", turn["username"].encode(), hashlib.sha1)
        assert turn["credential"] == base64.b64encode(key).decode()

        adas = ada.get(room(appointment, "ice")).json["servers"][1]  # type: ignore[index]
        assert adas["username"].partition(":")[2] != seat
        at(NINE + timedelta(minutes=4))
        again = cleo.get(visit(appointment, "ice")).json["servers"][1]  # type: ignore[index]
        assert again["username"] == f"{int(NINE.timestamp()) + 240 + 300}:{seat}", (
            "the same seat, so that it is counted"
        )

    def test_the_name_of_a_key_says_nothing_of_anybody(
        self, relayed: None, cleo: Browser, appointment: Appointment
    ) -> None:
        turn = cleo.get(visit(appointment, "ice")).json["servers"][1]  # type: ignore[index]
        assert re.fullmatch(r"\d{10}:[0-9a-f]{16}", turn["username"])
        assert appointment.ref not in turn["username"]
        assert appointment.link_key not in turn["username"]

    def test_the_page_carries_the_same(
        self, relayed: None, cleo: Browser, ada: Browser, appointment: Appointment
    ) -> None:
        for page, asked in (
            (cleo.get(f"/v/{link_token(cleo.http.application, appointment)}"), cleo.get(visit(appointment, "ice"))),
            (ada.get(room(appointment, "")[:-1]), ada.get(room(appointment, "ice"))),
        ):
            carried = re.search(r"data-ice='([^']+)'", page.text)
            assert carried and json.loads(unescape(carried[1])) == asked.json

    @pytest.mark.parametrize("state", ["ended", "abandoned", "cancelled", "missed"])
    def test_are_given_no_more_when_it_is_over(
        self, relayed: None, cleo: Browser, ada: Browser, appointment: Appointment, at: At, state: str
    ) -> None:
        at(moment_of(state))
        bring(appointment, state)
        for answer in (cleo.get(visit(appointment, "ice")), ada.get(room(appointment, "ice"))):
            assert answer.status_code == 410
            assert "credential" not in answer.text
        for page in (
            cleo.get(f"/v/{link_token(cleo.http.application, appointment)}"),
            ada.get(room(appointment, "")[:-1]),
        ):
            assert "credential" not in page.text
