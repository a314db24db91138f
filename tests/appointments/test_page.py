"""An appointment's page: the link, its QR code, the timeline, the outcome; for those who may see it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.cast import NINE, WINDOW, Browser, Cast, book, bring, events, link_token, look, signed_in, with_link
from tests.pages import Page, digest_in
from webapp.appointments import lifecycle, presence
from webapp.appointments.lifecycle import Actor
from webapp.appointments.models import Appointment

At = Callable[[datetime], None]


@pytest.fixture
def appointment(cast: Cast) -> Appointment:
    return book(cast.ada)


@pytest.fixture
def ada(app: Flask, cast: Cast) -> Browser:
    return signed_in(app, cast.ada)


def path(appointment: Appointment, more: str = "") -> str:
    return f"/appointments/{appointment.ref}{more}"


def test_it_has_all_that_is_needed(app: Flask, ada: Browser, appointment: Appointment) -> None:
    answer = ada.get(path(appointment))
    page = Page(answer)
    assert page.headings[0] == "Appointment with Cleo Marsh"
    assert page.links["Open waiting area"] == path(appointment, "/room")
    assert {"Copy link", "Reschedule", "Cancel appointment"} <= set(page.buttons)
    assert "Access link" in page.labels
    link = f"http://localhost/v/{link_token(app, appointment)}"
    assert re.search(rf'<input[^>]*value="{link}"[^>]*readonly', answer.text)
    assert 'aria-label="QR code of the link"' in answer.text
    assert "Timeline" in page.headings


def test_the_qr_code_is_of_the_link(app: Flask, ada: Browser, appointment: Appointment) -> None:
    import segno

    code = segno.make(f"http://localhost/v/{link_token(app, appointment)}", error="m", micro=False)
    drawn = code.svg_inline(scale=5, border=2, omitsize=True, svgclass=None, lineclass=None, light="#fff")
    assert drawn in ada.get(path(appointment)).text


def test_an_administrator_may_see_it_and_not_enter(app: Flask, cast: Cast, appointment: Appointment) -> None:
    page = Page(signed_in(app, cast.iris).get(path(appointment)))
    assert page.headings[0] == "Appointment with Cleo Marsh"
    assert "Open waiting area (new tab)" not in page.links
    assert "Only Dr Ada Hale can open the waiting area." in page.text


@pytest.mark.parametrize("more", ["", "/timeline", "/room", "/room/panel", "/room/ice"])
def test_for_another_clinician_there_is_no_such_page(
    app: Flask, cast: Cast, appointment: Appointment, more: str
) -> None:
    ben = signed_in(app, cast.ben)
    theirs, nothing = ben.get(path(appointment, more)), ben.get(f"/appointments/0123456789abcdef{more}")
    assert theirs.status_code == nothing.status_code == 404
    assert Page(theirs).text == Page(nothing).text


@pytest.mark.parametrize("state", ["ended", "abandoned", "cancelled"])
def test_a_dead_link_is_shown_no_more(app: Flask, ada: Browser, appointment: Appointment, state: str) -> None:
    bring(appointment, state)
    answer = ada.get(path(appointment))
    assert link_token(app, appointment) not in answer.text
    assert "Rebook" in Page(answer).links


def test_the_timeline_tells_everything_in_its_order(
    app: Flask, ada: Browser, cast: Cast, appointment: Appointment, at: At
) -> None:
    actor = Actor("clinician", cast.ada.id)

    def later(seconds: int) -> Appointment:
        at(NINE + timedelta(seconds=seconds))
        return look(appointment)

    presence.seen(later(1), "client", WINDOW)
    lifecycle.ready(later(2), WINDOW)
    lifecycle.not_ready(later(3))
    lifecycle.ready(later(4), WINDOW)
    lifecycle.start(later(5), actor)
    presence.gone(later(6), "client", WINDOW)
    presence.seen(later(10), "client", WINDOW)
    lifecycle.note_refresh(later(11), actor, "connection renewed, camera and microphone renewed (failed)")
    lifecycle.ask_to_end(later(12))
    lifecycle.carry_on(later(13))
    lifecycle.ask_to_end(later(14))
    lifecycle.decline_end(later(15), actor)
    lifecycle.leave(later(60))
    lifecycle.come_back(later(61))
    lifecycle.end(later(62), actor)
    lifecycle.note_outcome(later(63), actor, "moved_to_phone")

    page = Page(ada.get(path(appointment)))
    told = [
        "23 November, 09:00:00 Booked by Dr Ada Hale",
        "23 November, 09:00:00 Access link made",
        "23 November, 09:00:01 Cleo Marsh opened the link",
        "23 November, 09:00:02 Cleo Marsh is ready",
        "23 November, 09:00:03 Cleo Marsh is not ready after all",
        "23 November, 09:00:04 Cleo Marsh is ready",
        "23 November, 09:00:05 Call started by Dr Ada Hale",
        "23 November, 09:00:06 Cleo Marsh dropped out of the call",
        "23 November, 09:00:10 Cleo Marsh came back to the call",
        "23 November, 09:00:11 Dr Ada Hale refreshed the connection Connection renewed,"
        " camera and microphone renewed (failed)",
        "23 November, 09:00:12 Cleo Marsh asked to end the call",
        "23 November, 09:00:13 Cleo Marsh would like to carry on after all",
        "23 November, 09:00:14 Cleo Marsh asked to end the call",
        "23 November, 09:00:15 Dr Ada Hale chose to carry on",
        "23 November, 09:01:00 Cleo Marsh left while Dr Ada Hale was away",
        "23 November, 09:01:01 Cleo Marsh came back",
        "23 November, 09:01:02 Call ended by Dr Ada Hale",
        "23 November, 09:01:03 Outcome noted by Dr Ada Hale Moved to phone",
    ]
    assert " ".join(told) in page.text


def test_a_move_of_status_is_written_down_with_who_and_from_where_to_where(
    cast: Cast, appointment: Appointment
) -> None:
    from sqlalchemy import select

    from webapp.appointments.models import Event
    from webapp.database import db

    bring(appointment, "ended")
    rows = db.session.execute(
        select(Event.what, Event.seat, Event.person_id, Event.from_status, Event.to_status)
        .where(Event.appointment_id == appointment.id, Event.to_status.is_not(None))
        .order_by(Event.id)
    ).all()
    ada = cast.ada.id
    assert [tuple(row) for row in rows] == [
        ("booked", "clinician", ada, None, "booked"),
        ("started", "clinician", ada, "booked", "in_call"),
        ("ended", "clinician", ada, "in_call", "ended"),
    ]


def test_the_live_half_is_sent_again_only_when_it_reads_differently(ada: Browser, appointment: Appointment) -> None:
    first = ada.fragment(path(appointment, "/timeline"))
    have = digest_in(first.text)
    assert ada.fragment(path(appointment, f"/timeline?have={have}")).status_code == 204
    bring(appointment, "ready")
    answer = ada.fragment(path(appointment, f"/timeline?have={have}"))
    assert answer.status_code == 200
    assert "Cleo Marsh is ready, since 09:00" in Page(answer).by_id["state"]


class TestOutcome:
    @pytest.mark.parametrize("outcome", ["completed", "cut_short", "moved_to_phone", "technical_failure"])
    def test_is_noted(self, ada: Browser, appointment: Appointment, outcome: str) -> None:
        bring(appointment, "ended")
        ada.get("/")
        answer = ada.press(path(appointment, "/outcome"), outcome=outcome)
        assert answer.status_code == 200
        assert re.search(rf'value="{outcome}"\s+aria-pressed="true"', answer.text)
        assert look(appointment).outcome == outcome

    def test_can_be_changed_and_the_same_again_is_nothing_new(self, ada: Browser, appointment: Appointment) -> None:
        bring(appointment, "ended")
        ada.get("/")
        for outcome in ("completed", "completed", "cut_short"):
            ada.press(path(appointment, "/outcome"), outcome=outcome)
        assert events(appointment).count("outcome") == 2

    def test_works_without_htmx(self, ada: Browser, appointment: Appointment) -> None:
        bring(appointment, "ended")
        ada.get("/")
        assert ada.submit(path(appointment, "/outcome"), outcome="completed").location == path(appointment)

    @pytest.mark.parametrize("outcome", ["", "splendid", "COMPLETED"])
    def test_is_one_of_four(self, ada: Browser, appointment: Appointment, outcome: str) -> None:
        bring(appointment, "ended")
        ada.get("/")
        assert ada.press(path(appointment, "/outcome"), outcome=outcome).status_code == 400
        assert look(appointment).outcome == ""

    def test_is_not_for_what_was_not_held(self, ada: Browser, appointment: Appointment) -> None:
        ada.get("/")
        ada.press(path(appointment, "/outcome"), outcome="completed")
        assert look(appointment).outcome == ""

    def test_of_the_clients_the_page_says_nothing(self, app: Flask, appointment: Appointment) -> None:
        cleo = with_link(app, appointment)
        bring(appointment, "ended")
        assert "How did it go" not in cleo.fragment(f"/visit/{appointment.ref}/panel").text
