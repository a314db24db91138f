"""What all tests share."""

import os
import signal
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Playwright, sync_playwright

from tests.calls import clinic
from tests.cast import NINE, Cast, furnish
from tests.databases import Cluster, close, migrated, postgresql, sqlite_app
from tests.servers import RunningServer, app_at, running_server
from webapp import clock
from webapp.extensions import hub, limiter

LAB, BROWSER = (Path(__file__).parent / name for name in ("lab", "browser"))

__all__ = ["clinic", "migrated", "postgresql", "running_server"]


@pytest.fixture(autouse=True)
def _nothing_left_over() -> Iterator[None]:
    """The hub and the rate limits are of the process: each test begins with empty ones."""
    hub.__init__()  # type: ignore[misc]
    yield
    if limiter.enabled and getattr(limiter, "_storage", None):
        limiter.reset()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What starts browsers; a process can have only one."""
    with sync_playwright() as started:
        yield started


@pytest.fixture
def app(migrated: Path, tmp_path: Path) -> Iterator[Flask]:
    """An app with an empty record in SQLite: an installation that nobody has set up."""
    made = sqlite_app(migrated, tmp_path)
    yield made
    close(made)


@pytest.fixture
def app_on_postgresql(postgresql: Cluster, tmp_path: Path) -> Iterator[Flask]:
    """The same in PostgreSQL."""
    made = app_at(tmp_path, DATABASE_URL=postgresql.database())
    yield made
    close(made)


@pytest.fixture(params=["sqlite", "postgresql"])
def either_app(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """An app with an empty record, once in SQLite and once in PostgreSQL, with its context as `app` has."""
    found: Flask = request.getfixturevalue("app" if request.param == "sqlite" else "app_on_postgresql")
    with found.test_request_context():
        yield found


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Make it another time: `at(NINE)`. It stands still then."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    return set_to


@pytest.fixture
def cast(app: Flask, at: Callable[[datetime], None]) -> Cast:
    """A clinic with Dr Ada, Dr Ben and Dr Iris, at nine in the morning."""
    at(NINE)
    return furnish()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let a run that is told to stop take its runners, servers and databases with it."""

    def stop(*_: object) -> None:
        session.shouldstop = "told to stop"  # should what is under way just now swallow the exception
        if session.config.pluginmanager.has_plugin("dsession"):  # several runners: this process's only children
            me = os.getpid()
            for runner in Path(f"/proc/{me}/task/{me}/children").read_text().split():
                os.kill(int(runner), signal.SIGTERM)
        pytest.exit("told to stop", 143)

    signal.signal(signal.SIGTERM, stop)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what measures the network; put what takes longest first, so that several runners end together."""
    for item in items:
        if LAB in item.path.parents:
            item.add_marker("alone")
    items.sort(key=lambda item: BROWSER not in item.path.parents)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show beside a failure what the servers of the test have written."""
    report = yield
    if report.failed:
        for name, value in getattr(item, "funcargs", {}).items():
            if isinstance(value, RunningServer):
                report.sections.append((f"log of {name}", value.log))
    return report
