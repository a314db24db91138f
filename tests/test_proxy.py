"""Behind a reverse proxy: its word on who asks and how is believed where that was set, and nobody's otherwise."""

from pathlib import Path

import pytest
from flask import Flask

from tests.cast import Browser, Cast, book, furnish, link_token
from tests.databases import close, sqlite_app
from tests.servers import app_at

FORWARDED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "video.example",
}


def tries(app: Flask, **changed: str) -> list[int]:
    return [
        Browser(app).get("/v/nothing", headers={**FORWARDED, **changed, "X-Forwarded-For": address}).status_code
        for address in (f"203.0.113.{number}" for number in range(21))
    ]


def test_nobodys_word_is_believed_unless_set(app: Flask, cast: Cast) -> None:
    answer = Browser(app).get("/sign-in", headers=FORWARDED)
    assert "Strict-Transport-Security" not in answer.headers
    assert "video.example" not in answer.headers["Content-Security-Policy"]
    assert tries(app)[-1] == 429, "a made-up address is no way around the limits"


def test_a_trusted_proxys_word_is(migrated: Path, tmp_path: Path) -> None:
    close(sqlite_app(migrated, tmp_path))
    app = app_at(tmp_path, TRUSTED_PROXIES="1")
    with app.app_context():
        token = link_token(app, book(furnish().ada))
    answer = Browser(app).get(f"/v/{token}", headers=FORWARDED)
    assert answer.headers["Strict-Transport-Security"]
    assert "wss://video.example" in answer.headers["Content-Security-Policy"]
    assert all("Secure" in each for each in answer.headers.getlist("Set-Cookie") if each.startswith("visit="))
    assert tries(app) == [410] * 21, "each address has limits of its own"
    close(app)


@pytest.mark.parametrize("made_up", ["1.2.3.4, 203.0.113.7", "203.0.113.7"])
def test_only_what_the_proxy_itself_added_counts(migrated: Path, tmp_path: Path, made_up: str) -> None:
    close(sqlite_app(migrated, tmp_path))
    app = app_at(tmp_path, TRUSTED_PROXIES="1")
    with app.app_context():
        furnish()
    statuses = [
        Browser(app).get("/v/nothing", headers={"X-Forwarded-For": f"198.51.100.{number}, {made_up}"}).status_code
        for number in range(21)
    ]
    assert statuses[-1] == 429
    close(app)
