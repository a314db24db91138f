"""Which panel a seat sees now. One template per state; the table of states is here and nowhere else."""

from dataclasses import dataclass

from webapp.appointments import presence
from webapp.appointments.models import CLIENT
from webapp.appointments.phases import Phase
from webapp.room.access import Seated


@dataclass(frozen=True)
class Panel:
    """A fragment under templates/room/, the status it tells the stage, and the HTTP status it is sent with.

    A final panel asks for nothing more.
    """

    name: str
    status: str
    code: int = 200
    final: bool = False

    @property
    def template(self) -> str:
        return f"room/{self.name}.html"


def of(seated: Seated, *, early_page: bool = False) -> Panel:
    """Return the panel for a seat. `early_page`: the page was opened too early and waits for a press on Join."""
    return _client(seated, early_page) if seated.role == CLIENT else _clinician(seated)


def _client(seated: Seated, early_page: bool) -> Panel:
    now = seated.phase
    if now is Phase.ENDED and seated.holds:
        return Panel("client/_ended", "ended", final=True)
    if not now.live:
        return Panel("client/_unavailable", "over", 410, final=True)
    if now is Phase.EARLY or (early_page and now is Phase.OPEN):
        return Panel("client/_early", "early")
    if now is Phase.OPEN:
        return Panel("client/_open", "open")
    return _held(seated) or Panel(*{Phase.READY: ("client/_ready", "ready")}.get(now, ("client/_call", "in_call")))


def _clinician(seated: Seated) -> Panel:
    now = seated.phase
    if now is Phase.ENDED:
        name = "clinician/_ended" if seated.holds else "clinician/_finished"
        return Panel(name, "ended", final=True)
    if not now.live:
        return Panel(f"clinician/_{now}", "over", final=True)
    if now.calling:
        return _held(seated) or Panel("clinician/_call", "in_call")
    return _held(seated) or Panel("clinician/_area", "ready" if now is Phase.READY else "open")


def _held(seated: Seated) -> Panel | None:
    """Return the panel of a window that is not the one in the seat, or does not know yet whether it is."""
    if seated.window is None:
        held = seated.appointment.seat(seated.role).window is not None
        return Panel("_joining", "joining") if held else None
    if presence.held_elsewhere(seated.appointment, seated.role, seated.window):
        return Panel("_elsewhere", "elsewhere")
    if seated.role == CLIENT and seated.appointment.seat(CLIENT).left_at:
        return Panel("client/_left", "left")
    return None
