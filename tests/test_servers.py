"""The server as `make run` starts it."""

import urllib.request
from pathlib import Path

from tests.servers import RunningServer


def test_it_says_where_it_is_and_how_to_set_it_up(running_server: RunningServer) -> None:
    port = running_server.port
    assert f"Anteroom is at http://localhost:{port}\n" in running_server.log
    assert f"Set up your clinic: http://localhost:{port}/set-up?code=" in running_server.log


def test_it_answers_when_the_app_and_its_database_do(running_server: RunningServer) -> None:
    with urllib.request.urlopen(f"{running_server.url}/healthz") as answer:
        assert answer.status == 200


def test_it_comes_back_after_being_killed(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server:
        server.kill()
        server.start()
        with urllib.request.urlopen(f"{server.url}/healthz") as answer:
            assert answer.status == 200
