"""What the tests in the laboratory share: one laboratory for all, two browsers in it, and a call between them.

Where no laboratory can be built, these tests are skipped, and the end of the run says so and why; where CI is set in
the environment they fail.
"""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright

from tests.browser.people import Call
from tests.lab import namespaces
from tests.lab import scene as scenes
from tests.lab.laboratory import Laboratory, LabServer, laboratory
from tests.lab.relay import SECRET, Relay
from tests.lab.scene import Scene

_why_not: list[str] = []


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """No request context of this process: the server is another one."""


@pytest.fixture(scope="session")
def laboratory_is_possible() -> None:
    """Skip loudly where namespaces are impossible."""
    if reason := namespaces.why_not():
        _why_not.append(reason)
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def _built(
    laboratory_is_possible: None, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Laboratory]:
    # Browsers are asked to close before what they were started by goes: so Playwright comes first.
    with laboratory(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture
def lab(_built: Laboratory) -> Iterator[Laboratory]:
    """The laboratory, all lines good before and after the test."""
    _built.wire.clear()
    yield _built
    _built.wire.clear()


@pytest.fixture(scope="session")
def relay(_built: Laboratory) -> Relay:
    """A relay that the server gives to both sides, with the configuration that Anteroom writes."""
    return _built.relay()


@pytest.fixture(scope="session")
def server(_built: Laboratory, relay: Relay) -> LabServer:
    """Anteroom, with the relay in its settings."""
    return _built.server(TURN_URLS=",".join(relay.urls.values()), TURN_SECRET=SECRET)


@pytest.fixture(scope="session")
def _furnished(_built: Laboratory, playwright: Playwright, server: LabServer) -> Iterator[Scene]:
    made = scenes.scene(_built, playwright, server)
    yield made
    made.leave()


@pytest.fixture
def scene(lab: Laboratory, _furnished: Scene) -> Scene:
    """Dr Ada and Cleo, each at a side, all lines good, the server up."""
    _furnished.serve()
    return _furnished


@pytest.fixture
def call(scene: Scene) -> Call:
    """A call with both pictures moving: the one that the test before has left, if all is well with it."""
    return scene.standing()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the very end that something was not tested."""
    for reason in _why_not:
        terminalreporter.write_line("")
        terminalreporter.write_line(f"NOT TESTED: recovery on bad networks. {reason}", yellow=True, bold=True)
