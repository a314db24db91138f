"""Errors are calm pages without internals, whatever happens and whoever asks."""

from pathlib import Path

import pytest
from flask import Flask

from tests.cast import Browser, Cast, book, link_token, signed_in, with_link
from tests.pages import Page
from tests.servers import HOST, app_at, free_port
from webapp.appointments import lifecycle, record
from webapp.database import db, writing

SECRET = "a detail of the inside"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something fails deep inside."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(record, "between", fail)
    monkeypatch.setattr(lifecycle, "start", fail)


def assert_calm(text: str) -> None:
    for detail in (SECRET, "Traceback", "RuntimeError", "webapp", "sqlalchemy", "sqlite", "File ", "werkzeug", "Flask"):
        assert detail not in text


def test_a_fault_of_ours_is_said_without_its_details(
    app: Flask, cast: Cast, broken: None, caplog: pytest.LogCaptureFixture
) -> None:
    answer = signed_in(app, cast.ada).get("/")
    assert answer.status_code == 500
    page = Page(answer)
    assert page.headings == ["Something went wrong on our side"]
    assert_calm(answer.text)
    assert SECRET in caplog.text, "the log has them"


def test_a_fragment_gets_a_sentence_and_no_page(app: Flask, cast: Cast, broken: None) -> None:
    ada = signed_in(app, cast.ada)
    ada.get("/appointments/new")
    answer = ada.fragment("/")
    assert answer.status_code == 500
    assert "<html" not in answer.text
    assert "Something went wrong on our side" in Page(answer).text
    assert_calm(answer.text)


def test_also_where_the_database_is_gone(app: Flask, cast: Cast) -> None:
    appointment = book(cast.ada)
    browsers = [Browser(app), signed_in(app, cast.ada), with_link(app, appointment)]
    link = link_token(app, appointment)
    with writing() as session:
        for table in ("organisations", "people", "appointments"):
            session.execute(db.text(f"ALTER TABLE {table} RENAME TO gone_{table}"))
    for browser in browsers:
        for path in ("/", "/sign-in", f"/v/{link}", f"/visit/{appointment.ref}/panel", "/nowhere"):
            for answer in (browser.get(path), browser.fragment(path)):
                assert answer.status_code == 500, path
                assert_calm(answer.text)
                assert "Something went wrong on our side" in answer.text
                assert answer.headers["Cache-Control"] == "no-store"


def test_the_health_of_the_app_is_that_of_its_database(app: Flask, tmp_path: Path) -> None:
    assert Browser(app).get("/healthz").json == {"status": "ok"}
    alone = app_at(tmp_path, DATABASE_URL=f"postgresql+psycopg://app@{HOST}:{free_port()}/nowhere")
    answer = Browser(alone).get("/healthz")
    assert answer.status_code == 503
    assert_calm(answer.text)
    assert HOST not in answer.text


@pytest.mark.parametrize(
    ("path", "status", "heading"),
    [
        ("/nowhere", 404, "There is no such page"),
        ("/appointments/0123456789abcdef", 404, "There is no such page"),
        ("/?date=never", 404, "There is no such page"),
        ("/settings", 404, "There is no such page"),
        ("/sign-out", 405, "That does not work here"),
        ("/diary/socket", 400, "That did not arrive in one piece"),
        ("/v/nothing", 410, "This call is no longer available"),
        ("/visit/0123456789abcdef/panel", 410, "This call is no longer available"),
    ],
)
def test_what_is_not_there_is_said_calmly(app: Flask, cast: Cast, path: str, status: int, heading: str) -> None:
    answer = signed_in(app, cast.ada).get(path)
    assert answer.status_code == status
    assert Page(answer).headings == [heading]
    assert_calm(answer.text)


def test_a_page_that_is_not_there_repeats_nothing_of_the_request(app: Flask, cast: Cast) -> None:
    answer = Browser(app).get("/<script>alert(1)</script>?x=<b>y")
    assert answer.status_code == 404
    assert "alert(1)" not in answer.text


def test_debugging_is_off(app: Flask) -> None:
    assert not app.debug
    assert not app.testing
    assert not app.config.get("TRAP_HTTP_EXCEPTIONS")
