"""A clinic to measure: a server in its own process, Dr Ada signed in, appointments put straight into the record."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, session
from flask_wtf.csrf import generate_csrf

from bench.wire import Http, WebSocket, request
from tests.browser import people
from tests.cast import furnish
from tests.servers import HOST, RunningServer
from webapp import clock
from webapp.appointments import links
from webapp.appointments.models import BOOKED, CLIENT, CLINICIAN, IN_CALL, Appointment, Seat
from webapp.database import db, writing
from webapp.staff import sessions
from webapp.staff.models import Person

ADA, CLEO = "Dr Ada Hale", people.CLEO
ADAS_WINDOW, CLEOS_WINDOW = "window-of-ada", "window-of-cleo"


@dataclass(frozen=True)
class Visit:
    """One appointment, and what opens it: the client's link, the pass that the link is exchanged for."""

    ref: str
    link: str
    pass_: str

    @property
    def room(self) -> str:
        return f"/appointments/{self.ref}/room"

    @property
    def visit(self) -> str:
        return f"/visit/{self.ref}"


class Clinic:
    """A furnished record behind a running server; requests and sockets as browsers send them."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.host, self.port = HOST, server.port
        with server.app.app_context():
            self.ada = furnish().ada.id
        self.cookie, self.token = self._sign_in(server.app)

    def _sign_in(self, app: Flask) -> tuple[str, str]:
        """Begin a session for Dr Ada; return its cookie and the token that goes with her presses."""
        with app.test_request_context():
            person = db.session.get(Person, self.ada)
            assert person
            sessions.begin(person)
            token = str(generate_csrf())
            signer: Any = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
            return str(signer.dumps(dict(session))), token

    @property
    def cookie_name(self) -> str:
        return str(self.server.app.config["SESSION_COOKIE_NAME"])

    def visits(
        self, count: int, *, in_call: bool = False, windows: tuple[str, str] | None = None, day: date | None = None
    ) -> list[Visit]:
        """Put appointments into the record: for now, booked or in call with their seats held; or on a day."""
        now = clock.now()
        first, apart = now - timedelta(seconds=1), timedelta(0)
        if day:
            first, apart = datetime.combine(day, time(9, tzinfo=UTC)), timedelta(minutes=5)
        adas, cleos = windows or (ADAS_WINDOW, CLEOS_WINDOW)
        called: dict[str, Any] = dict.fromkeys(("opened_at", "ready_at", "started_at"), now) if in_call else {}
        with self.server.app.app_context():
            made = [
                Appointment(
                    link_key=links.new_key(),
                    form_key=secrets.token_urlsafe(18),
                    clinician_id=self.ada,
                    client_name=CLEO,
                    starts_at=first + number * apart,
                    ends_at=first + number * apart + timedelta(minutes=30),
                    status=IN_CALL if in_call else BOOKED,
                    created_at=now,
                    **called,
                )
                for number in range(count)
            ]
            with writing() as record:
                record.add_all(made)
                record.flush()
                for each in made:
                    for role, window in ((CLINICIAN, adas), (CLIENT, cleos)):
                        held = {"window": window, "seen_at": now} if in_call else {}
                        record.add(Seat(appointment_id=each.id, role=role, **held))
            found = [Visit(each.ref, f"/v/{links.token(each)}", links.make_pass(each)) for each in made]
            db.session.remove()
        return found

    def http(self) -> Http:
        return Http(self.host, self.port)

    def as_ada(self, method: str, path: str, **headers: str) -> bytes:
        """Return a request of Dr Ada's browser, as htmx sends it."""
        return request(
            method,
            path,
            f"{self.host}:{self.port}",
            {
                "Cookie": f"{self.cookie_name}={self.cookie}",
                "HX-Request": "true",
                "X-CSRFToken": self.token,
                "X-Window": ADAS_WINDOW,
                **headers,
            },
        )

    def as_cleo(self, visit: Visit, path: str) -> bytes:
        """Return a request of Cleo's browser for the panel of her visit, as htmx sends it."""
        return request(
            "GET",
            path,
            f"{self.host}:{self.port}",
            {"Cookie": f"visit={visit.pass_}", "HX-Request": "true", "X-Window": CLEOS_WINDOW},
        )

    def page(self, path: str, cookie: str = "") -> bytes:
        """Return a request for a whole page."""
        return request("GET", path, f"{self.host}:{self.port}", {"Cookie": cookie} if cookie else {})

    def cleos_socket(self, visit: Visit, window: str = CLEOS_WINDOW) -> WebSocket:
        return WebSocket(self.host, self.port, f"{visit.visit}/socket?window={window}", f"visit={visit.pass_}")

    def adas_socket(self, visit: Visit, window: str = ADAS_WINDOW) -> WebSocket:
        cookie = f"{self.cookie_name}={self.cookie}"
        return WebSocket(self.host, self.port, f"{visit.room}/socket?window={window}", cookie)


@contextmanager
def clinic(**environment: str) -> Iterator[Clinic]:
    """Furnish a clinic, serve it, and stop and forget it."""
    with (
        tempfile.TemporaryDirectory(prefix="anteroom-bench-") as folder,
        RunningServer(Path(folder), **environment) as server,
    ):
        yield Clinic(server)
