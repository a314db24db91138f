"""What all tests share."""

from collections.abc import Generator

import pytest

from tests.servers import RunningServer, running_server

__all__ = ["running_server"]


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
