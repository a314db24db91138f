"""What the tests in real browsers share: a running clinic, a desk, a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, StorageState

from tests.browser import people
from tests.browser.people import Booked, Call
from tests.servers import RunningServer
from webapp.clinic import setup
from webapp.database import db


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """No request context of this process: the server is another one."""


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for all; each person has a context of their own in it."""
    browser = people.launch(playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def server(running_server: RunningServer) -> RunningServer:
    """A running server whose clinic is set up."""
    found(running_server)
    return running_server


def found(server: RunningServer, phone: str = people.PHONE) -> None:
    """Set the clinic up in the record."""
    with server.app.app_context():
        setup.create(
            clinic=people.CLINIC,
            phone=phone,
            time_zone=people.ZONE,
            name=people.ADA,
            email=people.EMAIL,
            password=people.PASSWORD,
        )
        db.session.remove()


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, server: RunningServer) -> StorageState:
    """What Dr Ada's browser keeps once she has signed in."""
    with people.context(chromium, server) as opened:
        people.sign_in(opened.new_page())
        return opened.storage_state()


@pytest.fixture
def desk_browser(chromium: Browser, server: RunningServer, signed_in: StorageState) -> Iterator[BrowserContext]:
    with people.context(chromium, server, small_camera=True, storage_state=signed_in, **people.DESK_SCREEN) as opened:
        yield opened


@pytest.fixture
def phone(chromium: Browser, server: RunningServer) -> Iterator[BrowserContext]:
    with people.context(chromium, server, small_camera=True, **people.PHONE_SCREEN) as opened:
        yield opened


@pytest.fixture
def clocks(desk_browser: BrowserContext, phone: BrowserContext) -> None:
    """Clocks in all pages that a test can put forward: no waiting for a poll. They run as any clock until then."""
    desk_browser.clock.install()
    phone.clock.install()


@pytest.fixture
def desk(desk_browser: BrowserContext) -> Page:
    """Dr Ada's diary, signed in."""
    page = desk_browser.new_page()
    page.goto("/")
    return page


@pytest.fixture
def booked(server: RunningServer) -> Booked:
    """An appointment for now."""
    return people.booked(server)


@pytest.fixture
def prepared(desk: Page, phone: BrowserContext, booked: Booked) -> Call:
    """The same; both pages open, nothing pressed."""
    return people.prepare(desk, phone, booked)


@pytest.fixture
def waiting(prepared: Call) -> Call:
    """The same, with Cleo ready."""
    people.make_ready(prepared)
    return prepared


@pytest.fixture
def call(waiting: Call) -> Call:
    """The same, in the call, both pictures moving."""
    return people.start(waiting)
