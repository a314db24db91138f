"""The database away for ten seconds: a calm word within three, sockets stay, nothing is done twice, and all heals."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.calls import Call, Clinic, furnished
from tests.cast import WINDOW, Cast, book, bring, events, look
from tests.databases import Cluster
from tests.servers import RunningServer
from tests.signalling.test_hub import Line as HubLine
from tests.wire import Answer, Refusal, Visitor, lines, within
from webapp import database
from webapp.appointments import lifecycle
from webapp.extensions import hub

pytestmark = pytest.mark.alone  # promises of so many seconds

AWAY = 10
"""Seconds."""


@contextmanager
def locked(server: RunningServer) -> Iterator[None]:
    """Keep the SQLite file, as another process that writes to it for long."""
    other = sqlite3.connect(server.data_dir / "anteroom.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def stopped(cluster: Cluster) -> Iterator[None]:
    """Stop PostgreSQL, and start it again."""
    cluster.stop()
    try:
        yield
    finally:
        cluster.go_on()


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Clinic]:
    with RunningServer(tmp_path) as server:
        yield furnished(server)


@pytest.fixture
def on_postgresql(postgresql: Cluster, tmp_path: Path) -> Iterator[Clinic]:
    with RunningServer(tmp_path, DATABASE_URL=postgresql.database("template1")) as server:
        yield furnished(server)


def timed(ask: Callable[[], Answer]) -> tuple[Answer, float]:
    began = time.monotonic()
    return ask(), time.monotonic() - began


def assert_not_now(answer: Answer, took: float, said: str) -> None:
    """Hold an answer beside what is promised: 503, in three seconds, a sentence, when to ask again."""
    assert answer.status == 503
    assert took < 3.5
    assert answer.headers["Retry-After"] == "2"
    assert answer.headers["Cache-Control"] == "no-store"
    assert said in answer.text
    for detail in ("Traceback", "sqlalchemy", "sqlite", "psycopg", "Error", "locked"):
        assert detail not in answer.text


def press_until_it_is_done(visitor: Visitor, path: str) -> Answer:
    """Press as the page does: again, after a moment, until the server could do it."""
    deadline = time.monotonic() + 15
    while (answer := visitor.press(path)).status == 503:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return answer


def assert_all_is_well(call: Call, before: list[str]) -> None:
    """What was pressed all the while was done once, and the call goes on."""
    assert press_until_it_is_done(call.cleo, f"{call.visit}/ask-to-end").status == 200
    assert press_until_it_is_done(call.cleo, f"{call.visit}/ask-to-end").status == 200
    with call.server.app.app_context():
        noted = events(call.appointment)[len(before) :]
    assert noted.count("end_asked") == 1
    assert call.phase() == "asked"
    assert "Traceback" not in call.server.log
    assert "the database does not answer" in call.server.log


def test_sqlite_kept_by_another_process(on_sqlite: Clinic) -> None:
    call, ada, cleo = on_sqlite.started_call()
    with call.server.app.app_context():
        before = events(call.appointment)
    with lines(ada, cleo):
        with locked(call.server):
            until = time.monotonic() + AWAY
            while time.monotonic() < until:
                assert_not_now(*timed(lambda: call.cleo.press(f"{call.visit}/ask-to-end")), "Not saved yet")
                # What can be read is shown all the same, and says that nothing has changed.
                for who, path in ((call.ada, f"{call.room}/panel"), (call.cleo, f"{call.visit}/panel")):
                    answer, took = timed(lambda who=who, path=path: who.fragment(path))  # type: ignore[misc]
                    assert answer.status == 200 and took < 3.5
                    assert 'data-status="in_call"' in answer.text
                ada.say(type="hello")
                assert cleo.hear_until(type="hello"), "the sockets do not need the record"
                ada.hear(0.5)
        assert_all_is_well(call, before)
        assert ada.hear_until(type="changed", status="asked")
        assert ada.code is cleo.code is None


def test_many_who_press_at_once_do_not_wait_for_each_other(on_sqlite: Clinic) -> None:
    call, ada, cleo = on_sqlite.started_call()
    with lines(ada, cleo), ThreadPoolExecutor(24) as people:
        with locked(call.server):
            presses = [f"{call.room}/{press}" for press in ("end", "take-back")] * 12
            asked = [people.submit(timed, lambda path=path: call.ada.press(path)) for path in presses]  # type: ignore[misc]
            for each in asked:
                assert_not_now(*each.result(), "Not saved yet")
        assert press_until_it_is_done(call.ada, f"{call.room}/end").status == 200
        assert cleo.hear_until(type="changed", status="ended")


def test_postgresql_stopped_and_started(on_postgresql: Clinic, postgresql: Cluster) -> None:
    call, ada, cleo = on_postgresql.started_call()
    with call.server.app.app_context():
        before = events(call.appointment)
    with lines(ada, cleo):
        with stopped(postgresql):
            until = time.monotonic() + AWAY
            while time.monotonic() < until:
                assert_not_now(*timed(lambda: call.cleo.press(f"{call.visit}/ask-to-end")), "Not saved yet")
                assert_not_now(*timed(lambda: call.cleo.fragment(f"{call.visit}/panel")), "One moment, please")
                assert_not_now(*timed(lambda: call.ada.get(call.room)), "One moment, please")
                ada.say(type="hello")
                assert cleo.hear_until(type="hello"), "the sockets do not need the record"
                ada.hear(0.5)
        answer = call.cleo.fragment(f"{call.visit}/panel")
        assert answer.status == 200, "no connection from before is in the way"
        assert_all_is_well(call, before)
        assert ada.hear_until(type="changed", status="asked")
        assert ada.code is cleo.code is None


def test_who_leaves_meanwhile_is_shown_as_away_once_the_record_is_back(on_sqlite: Clinic) -> None:
    call, ada, cleo = on_sqlite.started_call()
    with lines(ada):
        with locked(call.server):
            while ada.hear(0.2):
                pass
            cleo.drop()
            within(5, lambda: 'data-other="away"' in call.ada.fragment(f"{call.room}/panel").text)
            assert_not_now(*timed(lambda: call.cleo.press(f"{call.visit}/ask-to-end")), "Not saved yet")
        ada.hear_until(5, type="changed", status="in_call")
        assert 'data-other="away"' in call.ada.fragment(f"{call.room}/panel").text
    assert "Traceback" not in call.server.log


def test_who_comes_meanwhile_is_told_to_come_again(on_postgresql: Clinic, postgresql: Cluster) -> None:
    call, ada, cleo = on_postgresql.started_call()
    cleo.drop()
    with lines(ada):
        with stopped(postgresql), pytest.raises(Refusal) as refused:
            call.cleos_line()
        assert refused.value.status == 503
        with lines(call.cleos_line()) as (again,):
            ada.say(type="hello")
            assert again.hear_until(type="hello")
    assert "Traceback" not in call.server.log


def test_a_move_that_broke_off_after_it_was_saved_is_told_by_the_same_press_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection went in the very moment of the commit: it is in the record, and nobody knows."""
    appointment = bring(book(cast.ada), "in_call")
    line: Any = HubLine("clinician", WINDOW)
    hub.join(appointment.ref, line)

    @contextmanager
    def broken_off() -> Iterator[Session]:
        with database.writing() as session:
            yield session
        raise database.Away

    with monkeypatch.context() as during:
        during.setattr(lifecycle, "writing", broken_off)
        with pytest.raises(database.Away):
            lifecycle.ask_to_end(look(appointment))
    assert line.got == []

    move = lifecycle.ask_to_end(look(appointment))
    assert not move.done, "it was done before"
    assert line.got == [{"type": "changed", "status": "asked"}]
    assert events(appointment).count("end_asked") == 1
    lifecycle.ask_to_end(look(appointment))
    assert len(line.got) == 1, "and who is only late tells nobody"
