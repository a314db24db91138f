"""Who plays in the tests, and how they act: sign in, open a link, press.

Dr Ada owns the appointment, Dr Ben is another clinician, Dr Iris is the administrator, Cleo is the client,
and nobody has no link.
"""

import re
from contextvars import Context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from flask import Flask, session
from werkzeug.test import TestResponse

from webapp import clock
from webapp.appointments import lifecycle, links, presence, record
from webapp.appointments.lifecycle import Actor
from webapp.appointments.models import CLINICIAN, Appointment
from webapp.appointments.phases import Phase
from webapp.clinic.models import Organisation
from webapp.database import db, writing
from webapp.staff import models as staff
from webapp.staff import passwords, sessions
from webapp.staff.models import Person

CLINIC = "Elm Street Clinic"
PHONE, DIALLED = "020 7946 0018", "+442079460018"
PASSWORD = "copper kettle by the river"
CLEO = "Cleo Marsh"

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""When the appointment is: a Monday in winter, when London's clocks show UTC."""
MINUTES = 30

WINDOW, ANOTHER_WINDOW = "window-of-this-page", "window-of-another-page"


@cache
def _password_hash() -> str:
    return passwords.hashed(PASSWORD)


@dataclass(frozen=True)
class Cast:
    """The people who work at the clinic."""

    ada: Person
    ben: Person
    iris: Person


def furnish(time_zone: str = "Europe/London") -> Cast:
    """Make the clinic and those who work there."""
    made_at = clock.now()

    def person(name: str, role: str) -> Person:
        email = f"{name.split()[1].lower()}@elmstreet.example"
        return Person(
            name=name, email=email, password_hash=_password_hash(), role=role, active=True, created_at=made_at
        )

    cast = Cast(
        person("Dr Ada Hale", staff.CLINICIAN),
        person("Dr Ben Ito", staff.CLINICIAN),
        person("Dr Iris Lund", staff.ADMINISTRATOR),
    )
    with writing() as record_session:
        record_session.add(
            Organisation(
                id=1,
                name=CLINIC,
                phone=PHONE,
                phone_e164=DIALLED,
                address="",
                time_zone=time_zone,
                opens_minutes=15,
                grace_minutes=60,
                logo_type="",
                created_at=made_at,
            )
        )
        record_session.add_all([cast.ada, cast.ben, cast.iris])
    return cast


def book(person: Person, starts_at: datetime = NINE, minutes: int = MINUTES, client: str = CLEO) -> Appointment:
    """Book an appointment as this clinician."""
    made = Appointment(
        link_key=links.new_key(),
        form_key=links.new_key(),
        clinician_id=person.id,
        client_name=client,
        client_email="cleo@example.org",
        client_mobile="+447700900123",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        status="booked",
        created_at=clock.now(),
    )
    lifecycle.book([made], Actor(CLINICIAN, person.id))
    return look(made)


def look(appointment: Appointment) -> Appointment:
    """Return an appointment as it is in the record now, whoever has changed it."""
    db.session.remove()
    found = record.by_ref(appointment.ref)
    assert found
    return found


def phase(appointment: Appointment) -> Phase:
    """Return the row of the table of states that an appointment is in now."""
    return record.current_phase(look(appointment))


def events(appointment: Appointment) -> list[str]:
    """Return what has happened to an appointment, in order, as the record names it."""
    from sqlalchemy import select

    from webapp.appointments.models import Event

    db.session.remove()
    return list(db.session.scalars(select(Event.what).where(Event.appointment_id == appointment.id).order_by(Event.id)))


def token_in(page: str) -> str:
    """Return the token against cross-site requests that a page carries."""
    found = re.search(r"X-CSRFToken&?[^:]*: ?(?:&#34;|&quot;|\")([^\"&]+)", page) or re.search(
        r"name=\"csrf_token\"[^>]*value=\"([^\"]+)\"", page
    )
    assert found, "this page carries no token"
    return found[1]


class Browser:
    """One browser: its own cookies, the name of the window looked through, the token of the page last seen.

    Each request gets an app context of its own, as on a real server.
    """

    def __init__(self, app: Flask, window: str | None = WINDOW) -> None:
        self.http = app.test_client()
        self.window = window
        self.token: str | None = None

    def request(self, method: str, path: str, headers: dict[str, str] | None = None, **rest: Any) -> TestResponse:
        answer = Context().run(self.http.open, path, method=method, headers=headers or {}, **rest)
        if answer.mimetype == "text/html" and re.search("csrf", answer.text, re.IGNORECASE):
            self.token = token_in(answer.text)
        return answer

    def get(self, path: str, **rest: Any) -> TestResponse:
        """Open a page."""
        return self.request("GET", path, **rest)

    def fragment(self, path: str, **rest: Any) -> TestResponse:
        """Fetch a fragment, as htmx does on an open page."""
        return self.request("GET", path, headers=self._htmx(), **rest)

    def press(self, path: str, **fields: Any) -> TestResponse:
        """Press a button of a fragment: htmx posts it, with the page's token."""
        return self.request("POST", path, headers=self._htmx(), data=fields)

    def submit(self, path: str, **fields: Any) -> TestResponse:
        """Send a page's form, with the page's token."""
        assert self.token, "look at a page first: its token is needed"
        return self.request("POST", path, data={"csrf_token": self.token, **fields})

    def _htmx(self) -> dict[str, str]:
        headers = {"HX-Request": "true"}
        if self.window:
            headers["X-Window"] = self.window
        if self.token:
            headers["X-CSRFToken"] = self.token
        return headers


def signed_in(app: Flask, person: Person, window: str | None = WINDOW) -> Browser:
    """Return a browser that this person has signed in with (without the toil of hashing a password)."""
    browser = Browser(app, window)
    _give_session(app, browser, person)
    return browser


def _give_session(app: Flask, browser: Browser, person: Person) -> None:
    def begin() -> None:
        with app.test_request_context():
            sessions.begin(person)
            value = app.session_interface.get_signing_serializer(app).dumps(dict(session))  # type: ignore[attr-defined]
        browser.http.set_cookie(app.config["SESSION_COOKIE_NAME"], value, domain="localhost")

    Context().run(begin)


def with_link(app: Flask, appointment: Appointment, window: str | None = WINDOW) -> Browser:
    """Return a browser in which the client's link was opened; the open page has fetched its panel."""
    browser = Browser(app, window)
    browser.get(f"/v/{link_token(app, appointment)}")
    browser.fragment(f"/visit/{appointment.ref}/panel")
    return browser


def link_token(app: Flask, appointment: Appointment) -> str:
    """Return what stands after /v/ in the client's link."""
    with app.app_context():
        return links.token(appointment)


STATES = ("early", "open", "ready", "in_call", "asked", "ended", "abandoned", "cancelled", "missed")


def moment_of(state: str) -> datetime:
    """Return a time at which an appointment that was booked for NINE is in this state."""
    if state == "early":
        return NINE - timedelta(hours=1)
    return NINE + timedelta(minutes=MINUTES + 60) if state == "missed" else NINE - timedelta(minutes=5)


def bring(appointment: Appointment, state: str) -> Appointment:
    """Bring a booked appointment into a state, as people would; the time is `moment_of(state)`.

    Both seats are held by WINDOW as soon as there is anything to hold them for.
    """
    ada = Actor(CLINICIAN, appointment.clinician_id)
    if state in ("ready", "in_call", "asked", "ended"):
        presence.seen(appointment, CLINICIAN, WINDOW, press=True)
        lifecycle.ready(look(appointment), WINDOW)
    if state in ("in_call", "asked", "ended"):
        lifecycle.start(look(appointment), ada)
    if state == "asked":
        lifecycle.ask_to_end(look(appointment))
    for final, move in (
        ("ended", lifecycle.end),
        ("abandoned", lifecycle.abandon),
        ("cancelled", lifecycle.cancel),
    ):
        if state == final:
            move(look(appointment), ada)
    brought = look(appointment)
    assert record.current_phase(brought) == state
    return brought
