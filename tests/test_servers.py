"""The server as `make run` starts it."""

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.cast import furnish
from tests.servers import HOST, ROOT, RunningServer, free_port


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


def test_a_database_that_does_not_answer_is_said_in_a_sentence(tmp_path: Path) -> None:
    server = RunningServer(tmp_path, DATABASE_URL=f"postgresql://app:secret@{HOST}:{free_port()}/anteroom")
    with pytest.raises(AssertionError, match="the server did not start"):
        server.start()
    assert server.log.startswith(f"Anteroom cannot start: the database postgresql://app:***@{HOST}:")
    assert "Traceback" not in server.log
    assert "secret" not in server.log


def test_a_setting_that_cannot_work_is_said_in_a_sentence(tmp_path: Path) -> None:
    server = RunningServer(tmp_path, MAX_SOCKETS="many")
    with pytest.raises(AssertionError, match="the server did not start"):
        server.start()
    assert server.log == ("Anteroom cannot start: MAX_SOCKETS is 'many': it takes a whole number from 4 to 20000.\n")


def test_it_comes_back_after_being_killed(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server:
        server.kill()
        server.start()
        with urllib.request.urlopen(f"{server.url}/healthz") as answer:
            assert answer.status == 200


def test_its_own_settings_may_come_from_files_too(tmp_path: Path) -> None:
    """Threads are for sockets, so the web server has to know of as many as the app."""
    (tmp_path / "sockets").write_text("40\n")
    (tmp_path / "port").write_text("8123\n")
    given = {"MAX_SOCKETS_FILE": str(tmp_path / "sockets"), "PORT_FILE": str(tmp_path / "port")}
    program = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "--print-config", "wsgi:app"]
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), **given}
    said = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    assert re.search(r"^threads += 72$", said, re.MULTILINE)
    assert re.search(r"^bind .*127\.0\.0\.1:8123", said, re.MULTILINE)


def test_a_setting_given_twice_is_said_in_a_sentence(tmp_path: Path) -> None:
    server = RunningServer(tmp_path, HOST_FILE=str(tmp_path / "host"))
    with pytest.raises(AssertionError, match="the server did not start"):
        server.start()
    assert server.log == "Anteroom cannot start: Both HOST and HOST_FILE are set: keep one of them.\n"
