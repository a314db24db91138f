"""Dr Ada and Cleo at their sides of the wire, and calls between them; what tests and measurements share."""

import re
from contextlib import ExitStack
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from sqlalchemy import select

from tests import cast
from tests.browser import people
from tests.browser.conftest import found
from tests.browser.people import ADA, CLEO, Call
from tests.lab.laboratory import Laboratory, LabServer
from tests.lab.moving import NOTE_FRAMES, SMALL_CAMERA
from webapp import clock
from webapp.appointments import links
from webapp.database import db
from webapp.staff.models import Person

SCRIPTS = (NOTE_FRAMES, SMALL_CAMERA)


@dataclass(frozen=True)
class Visit:
    """A booked appointment: where Dr Ada meets, and Cleo's link."""

    ref: str
    room: str
    link: str


@dataclass
class Scene:
    """A clinic that is set up, a browser at each side, and at most one call at a time."""

    lab: Laboratory
    server: LabServer
    ada: Browser
    cleo: Browser
    call: Call | None = None
    _open: ExitStack = field(default_factory=ExitStack)
    _signed_in: dict[str, object] | None = None

    def book(self) -> Visit:
        """Put an appointment for now into the record."""
        with self.server.app.app_context():
            ada = db.session.scalars(select(Person).where(Person.name == ADA)).one()
            made = cast.book(ada, clock.now(), client=CLEO)
            visit = Visit(made.ref, f"/appointments/{made.ref}/room", f"/v/{links.token(made)}")
            db.session.remove()
        return visit

    def adas(self, *scripts: str) -> BrowserContext:
        """Open Dr Ada's browser, signed in; it closes with the call."""
        if self._signed_in is None:
            with people.context(self.ada, self.server) as once:
                people.sign_in(once.new_page())
                self._signed_in = once.storage_state()  # type: ignore[assignment]
        return self._context(self.ada, *scripts, storage_state=self._signed_in, **people.DESK_SCREEN)

    def cleos(self, *scripts: str) -> BrowserContext:
        """Open Cleo's browser; it closes with the call."""
        return self._context(self.cleo, *scripts, **people.PHONE_SCREEN)

    def _context(self, browser: Browser, *scripts: str, **settings: object) -> BrowserContext:
        opened = self._open.enter_context(people.context(browser, self.server, **settings))
        for script in (*SCRIPTS, *scripts):
            opened.add_init_script(script)
        return opened

    def waiting(self, *scripts: str) -> Call:
        """Leave the call there is; bring both to where Dr Ada may start another."""
        self.leave()
        self.serve()
        visit = self.book()
        ada, cleo = self.adas(*scripts).new_page(), self.cleos(*scripts).new_page()
        ada.goto(visit.room)
        cleo.goto(visit.link)
        self.call = Call(ada, ada, cleo, visit.link)
        people.make_ready(self.call)
        return self.call

    def start(self, *scripts: str) -> Call:
        """Leave the call there is and bring both into another, both pictures moving."""
        return people.start(self.waiting(*scripts))

    def standing(self) -> Call:
        """Return the call there is if all is well with it, or another; with a server that answers."""
        self.serve()
        if self.call and _is_well(self.call):
            return self.call
        return self.start()

    def serve(self) -> None:
        """Start the server where a test has left it dead."""
        if not self.server.answers():
            self.server.kill()
            self.server.start()

    def leave(self) -> None:
        """Close both pages; errors that they have shown are raised."""
        self.call = None
        opened, self._open = self._open, ExitStack()
        opened.close()


def scene(lab: Laboratory, playwright: Playwright, server: LabServer) -> Scene:
    """Set the clinic up on a server and start a browser at each side."""
    found(server)
    return Scene(lab, server, lab.browser(playwright, "clinician"), lab.browser(playwright, "client"))


def _is_well(call: Call) -> bool:
    try:
        for page in (call.ada, call.cleo):
            expect(page.locator("dialog[open]")).to_have_count(0, timeout=1000)
            expect(page.locator("body")).to_have_attribute("data-status", "in_call", timeout=1000)
            people.line_says(page, re.compile("^(Connected|Poor connection)$"), within=1)
        call.expect_pictures(within=5)
    except Exception:
        return False
    return True


def pair(page: Page) -> dict[str, str]:
    """Return how the newest connection of a page goes: the kinds of its two ends, and how its own reaches the relay."""
    found_: dict[str, str] = page.evaluate(
        """async () => {
            const stats = await window.__pcs.findLast((each) => each.connectionState === 'connected').getStats();
            const all = [...stats.values()];
            const transport = all.find((each) => each.type === 'transport' && each.selectedCandidatePairId);
            const pair = stats.get(transport.selectedCandidatePairId);
            const [local, remote] = [stats.get(pair.localCandidateId), stats.get(pair.remoteCandidateId)];
            return { local: local.candidateType, remote: remote.candidateType, way: local.relayProtocol ?? '',
                     address: local.address ?? '' };
        }"""
    )
    return found_
