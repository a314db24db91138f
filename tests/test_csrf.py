"""Every change needs the token of a page of ours: no other site can make a browser press anything."""

import re

import pytest
from flask import Flask

from tests.cast import Browser, Cast, book, bring, events, look, signed_in, with_link
from tests.pages import Page
from webapp.database import db
from webapp.staff.models import StaffSession

CHANGES = [
    "/appointments/<ref>/cancel",
    "/appointments/<ref>/outcome",
    "/appointments/<ref>/reschedule",
    "/appointments/<ref>/room/<action>",
    "/appointments/new",
    "/set-up",
    "/settings",
    "/sign-in",
    "/sign-out",
    "/visit/<ref>/<action>",
]


def test_the_list_of_what_changes_something_is_complete(app: Flask) -> None:
    rules = [rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    assert sorted(rules) == CHANGES


def test_nothing_but_get_and_post_is_there(app: Flask) -> None:
    methods = {method for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    assert methods == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize("token", [None, "", "wrong", "IjEi.abc.def"])
@pytest.mark.parametrize("rule", CHANGES)
def test_without_the_token_it_is_refused_and_nothing_changes(
    app: Flask, cast: Cast, rule: str, token: str | None
) -> None:
    appointment = bring(book(cast.ada), "ready")
    browser = signed_in(app, cast.iris if rule == "/settings" else cast.ada)
    browser.get("/")
    browser.get(f"/v/{link_of(app, appointment.ref)}")
    before, sessions = events(appointment), db.session.query(StaffSession).count()
    for action in ("start", "abandon") if "room" in rule else ("not-ready",):
        path = rule.replace("<ref>", appointment.ref).replace("<action>", action)
        headers = {"X-Window": browser.window or "", "HX-Request": "true"}
        form = {"name": "Evil Clinic", "email": "ada@elmstreet.example"}
        if token is not None:
            headers["X-CSRFToken"] = token
        answer = browser.request("POST", path, headers=headers, data=form)
        assert answer.status_code == 400
        assert "Reload it and try again" in Page(answer).text
    assert events(appointment) == before
    assert look(appointment).status == "booked"
    assert db.session.query(StaffSession).count() == sessions
    assert browser.get("/").status_code == 200, "and still signed in"


def link_of(app: Flask, ref: str) -> str:
    from webapp.appointments import links, record

    found = record.by_ref(ref)
    assert found
    return links.token(found)


def test_the_token_of_another_browser_is_none(app: Flask, cast: Cast) -> None:
    appointment = bring(book(cast.ada), "ready")
    ada, evil = signed_in(app, cast.ada), Browser(app)
    evil.get("/sign-in")
    ada.get("/")
    ada.token = evil.token
    assert ada.press(f"/appointments/{appointment.ref}/room/start").status_code == 400
    assert look(appointment).status == "booked"


def test_every_form_of_every_page_carries_it(app: Flask, cast: Cast) -> None:
    appointment = book(cast.ada)
    ada, iris = signed_in(app, cast.ada), signed_in(app, cast.iris)
    for browser, path in (
        (Browser(app), "/sign-in"),
        (ada, "/"),
        (ada, "/appointments/new"),
        (ada, f"/appointments/{appointment.ref}"),
        (iris, "/settings"),
    ):
        html = browser.get(path).text
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", html, re.DOTALL):
            assert 'name="csrf_token"' in form, path


def test_a_press_works_long_after_the_page_was_opened(app: Flask, cast: Cast) -> None:
    """The token does not run out: a call may be opened hours before, and be held for hours."""
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None
    appointment = book(cast.ada)
    cleo = with_link(app, appointment)
    assert cleo.press(f"/visit/{appointment.ref}/ready").status_code == 200
