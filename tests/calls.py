"""A clinic on a running server, and calls between Dr Ada and Cleo there."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.cast import Cast, book, furnish, look, phase
from tests.servers import RunningServer
from tests.wire import Line, Visitor, at_work, with_link
from webapp import clock
from webapp.appointments.models import Appointment
from webapp.appointments.phases import Phase


@dataclass
class Call:
    """One appointment on a running server: Dr Ada at her desk, Cleo with the link, and a socket of each."""

    server: RunningServer
    appointment: Appointment
    ada: Visitor
    cleo: Visitor

    @property
    def room(self) -> str:
        return f"/appointments/{self.appointment.ref}/room"

    @property
    def visit(self) -> str:
        return f"/visit/{self.appointment.ref}"

    def adas_line(self, window: str | None = None) -> Line:
        return self.ada.socket(f"{self.room}/socket", window)

    def cleos_line(self, window: str | None = None) -> Line:
        return self.cleo.socket(f"{self.visit}/socket", window)

    def get_ready(self) -> None:
        assert self.cleo.press(f"{self.visit}/ready").status == 200

    def start(self) -> None:
        assert self.ada.press(f"{self.room}/start").status == 200

    def end(self) -> None:
        assert self.ada.press(f"{self.room}/end").status == 200

    def phase(self) -> Phase:
        with self.server.app.app_context():
            return phase(self.appointment)

    def look(self) -> Appointment:
        with self.server.app.app_context():
            return look(self.appointment)


@dataclass
class Clinic:
    """A running server with Dr Ada, Dr Ben and Dr Iris."""

    server: RunningServer
    cast: Cast

    def call(self) -> Call:
        """Book an appointment that begins in a minute, and open it on both sides."""
        with self.server.app.app_context():
            appointment = book(self.cast.ada, clock.now() + timedelta(minutes=1))
        ada = at_work(self.server, self.cast.ada, "window-of-dr-ada")
        return Call(self.server, appointment, ada, with_link(self.server, appointment, "window-of-cleo"))

    def started_call(self) -> tuple[Call, Line, Line]:
        """Bring a call as far as both talking; return it, and the sockets of Dr Ada and of Cleo."""
        call = self.call()
        ada, cleo = call.adas_line(), call.cleos_line()
        call.get_ready()
        call.start()
        for line in (ada, cleo):
            line.hear_until(type="changed", status="in_call")
        return call, ada, cleo


def furnished(server: RunningServer) -> Clinic:
    """Make the clinic on a server."""
    with server.app.app_context():
        return Clinic(server, furnish())


@pytest.fixture(scope="module")
def clinic(running_server: RunningServer) -> Clinic:
    """A clinic on the module's server."""
    return furnished(running_server)
