"""The server as `make run` starts it."""

import re
import urllib.request
from pathlib import Path

from tests.cast import furnish
from tests.servers import RunningServer


def test_it_says_where_it_is_and_how_to_set_it_up_and_nothing_more(running_server: RunningServer) -> None:
    address = f"http://localhost:{running_server.port}"
    where, how = running_server.log.splitlines()
    assert where == f"Anteroom is at {address}"
    assert re.fullmatch(rf"Set up your clinic: {address}/set-up\?code=[a-z2-7]{{16}}", how)


def test_set_up_once_it_says_where_it_is_in_one_line(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server:
        with server.app.app_context():
            furnish()
        before = len(server.log)
        server.restart()
        assert server.log[before:] == f"Anteroom is at http://localhost:{server.port}\n"


def test_it_answers_when_the_app_and_its_database_do(running_server: RunningServer) -> None:
    with urllib.request.urlopen(f"{running_server.url}/healthz") as answer:
        assert answer.status == 200


def test_it_comes_back_after_being_killed(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server:
        server.kill()
        server.start()
        with urllib.request.urlopen(f"{server.url}/healthz") as answer:
            assert answer.status == 200
