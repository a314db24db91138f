"""What stands on every kind of answer: headers, the content policy, no-store."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from tests.cast import Browser, Cast, book, bring, link_token, signed_in, with_link
from webapp import assets
from webapp.appointments.models import Appointment

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.fixture
def appointment(cast: Cast) -> Appointment:
    return book(cast.ada)


def answers(app: Flask, cast: Cast, appointment: Appointment) -> dict[str, Any]:
    """Return one answer of every kind."""
    nobody, ada, iris = Browser(app), signed_in(app, cast.ada), signed_in(app, cast.iris)
    cleo = with_link(app, appointment)
    here, room, visit = (
        f"/appointments/{appointment.ref}",
        f"/appointments/{appointment.ref}/room",
        f"/visit/{appointment.ref}",
    )
    found = {
        "sign-in": nobody.get("/sign-in"),
        "redirect": nobody.get("/"),
        "health": nobody.get("/healthz"),
        "a page that is not": nobody.get("/nowhere"),
        "a wrong method": nobody.get("/sign-out"),
        "no token": nobody.request("POST", "/sign-out"),
        "diary": ada.get("/"),
        "fragment": ada.fragment("/"),
        "booking": ada.get("/appointments/new"),
        "a form with faults": ada.submit("/appointments/new"),
        "appointment": ada.get(here),
        "timeline": ada.fragment(f"{here}/timeline"),
        "not theirs": ada.get("/settings"),
        "settings": iris.get("/settings"),
        "link": nobody.get(f"/v/{link_token(app, appointment)}"),
        "dead link": nobody.get("/v/nothing"),
        "visit": cleo.fragment(f"{visit}/panel"),
        "ice": cleo.get(f"{visit}/ice"),
        "not a visit": nobody.get(f"{visit}/panel"),
        "room": ada.get(room),
        "panel": ada.fragment(f"{room}/panel"),
        "press": ada.press(f"{room}/take-back"),
        "refused press": ada.press(f"{room}/dance"),
        "a socket's path": ada.get("/diary/socket"),
    }
    bring(appointment, "ended")
    return found | {
        "the last screen": cleo.fragment(f"{visit}/panel"),
        "the clinician's last screen": ada.get(room),
        "no logo": nobody.get("/logo"),
    }


def test_every_kind_of_answer_has_them(app: Flask, cast: Cast, appointment: Appointment) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 5000
    found = answers(app, cast, appointment)
    found["too large"] = Browser(app).request("POST", "/sign-in", data="x" * 6000)
    for kind, answer in found.items():
        for name, value in ALWAYS.items():
            assert answer.headers[name] == value, (kind, name)
        assert answer.headers["Cache-Control"] == "no-store", kind
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy, kind
        assert "*" not in policy, kind
        assert "Strict-Transport-Security" not in answer.headers, kind
        assert "camera=(self)" in answer.headers["Permissions-Policy"], kind
        assert answer.headers.get("Server") is None, kind


def test_the_policy_lets_nothing_in_from_elsewhere(app: Flask, cast: Cast) -> None:
    policy = Browser(app).get("/sign-in").headers["Content-Security-Policy"]
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert rules["default-src"] == rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["form-action"] == "'self'"
    assert rules["connect-src"] == "'self' ws://localhost wss://localhost"
    assert not re.search(r"https?:", policy)


def test_no_page_needs_more_than_the_policy_allows(app: Flask, cast: Cast, appointment: Appointment) -> None:
    for kind, answer in answers(app, cast, appointment).items():
        if answer.mimetype != "text/html":
            continue
        html = answer.text
        assert not re.search(r"<script(?![^>]*\bsrc=)", html), kind
        assert not re.search(r"<style|\sstyle=", html), kind
        assert not re.search(r"\son[a-z]+=", html), kind
        assert not re.search(r"javascript:", html), kind
        for address in re.findall(r'(?:src|href|action)="([^"]*)"', html):
            assert re.match(r"/(?!/)|#|tel:|mailto:|$|data:", address), (kind, address)


def test_over_https_the_browser_is_told_to_stay_there(app: Flask, cast: Cast) -> None:
    answer = Browser(app).get("/sign-in", base_url="https://localhost")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("host", ["evil.example; script-src *", "a b", 'x"y', "evil\\example"])
def test_a_made_up_host_is_not_put_into_the_policy(app: Flask, cast: Cast, host: str) -> None:
    answer = Browser(app).get("/sign-in", headers={"Host": host})
    assert "script-src *" not in answer.headers.get("Content-Security-Policy", "")
    assert host not in answer.text


def test_what_was_built_is_kept_for_ever_and_never_guessed_at(app: Flask, cast: Cast) -> None:
    browser = Browser(app)
    assets._manifest.cache_clear()
    with app.app_context():
        addresses = [assets.asset(name) for name in ("css/app.css", "js/room.js", "img/mark.svg")]
    for address in addresses:
        with browser.get(address) as answer:
            assert answer.status_code == 200
            assert "max-age=315360000" in answer.headers["Cache-Control"]
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    "path",
    ["/static/build/../../webapp/config.py", "/static/build/%2e%2e/%2e%2e/wsgi.py", "/static/", "/static/js/room.js"],
)
def test_nothing_but_what_was_built_is_served(app: Flask, cast: Cast, path: str) -> None:
    assert Browser(app).get(path).status_code == 404


def test_a_page_on_a_phone_says_nothing_to_search_engines(
    app: Flask, appointment: Appointment, at: Callable[[datetime], None]
) -> None:
    page = Browser(app).get(f"/v/{link_token(app, appointment)}").text
    assert 'name="robots" content="noindex, nofollow"' in page
