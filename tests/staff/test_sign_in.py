"""Signing in and out: one sentence for every failure, few tries, and a session that the server can end."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.cast import NINE, PASSWORD, Browser, Cast, signed_in
from tests.pages import Page
from webapp.database import db, writing
from webapp.staff import passwords, sessions
from webapp.staff.access import safe_next
from webapp.staff.models import Person, StaffSession

At = Callable[[datetime], None]
ADA = "ada@elmstreet.example"
FAILED = "That email and password do not match. Check both and try again."


@pytest.fixture
def browser(app: Flask, cast: Cast) -> Browser:
    found = Browser(app)
    found.get("/sign-in")
    return found


def sign_in(browser: Browser, email: str = ADA, password: str = PASSWORD, next: str = "") -> Any:
    return browser.submit(f"/sign-in{next}", email=email, password=password)


def test_the_page(browser: Browser) -> None:
    page = Page(browser.get("/sign-in"))
    assert page.headings == ["Sign in"]
    assert list(page.labels) == ["Email", "Password"]
    assert page.buttons == ["Sign in"]


def test_the_right_password_leads_to_the_diary(browser: Browser) -> None:
    answer = sign_in(browser)
    assert (answer.status_code, answer.location) == (302, "/")
    page = Page(browser.get("/"))
    assert page.headings[0] == "Diary"
    assert "Dr Ada Hale" in page.text


@pytest.mark.parametrize("email", [ADA.upper(), f" {ADA} "])
def test_capitals_and_spaces_in_the_email_do_no_harm(browser: Browser, email: str) -> None:
    assert sign_in(browser, email).status_code == 302


def test_every_failure_reads_the_same(app: Flask, cast: Cast, browser: Browser) -> None:
    with writing() as session:
        session.get_one(Person, cast.ben.id).active = False
    pages = set()
    for email, password in (
        (ADA, "wrong"),
        (ADA, PASSWORD + " "),
        (ADA, PASSWORD.upper()),
        ("nobody@elmstreet.example", PASSWORD),
        ("ben@elmstreet.example", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        (ADA, "x" * 100_000),
    ):
        answer = sign_in(browser, email, password)
        assert answer.status_code == 422
        page = Page(answer)
        assert FAILED in page.text
        assert PASSWORD not in answer.text
        pages.add(page.text)
    assert len(pages) == 1


def test_what_is_missing_is_said_beside_its_field(browser: Browser) -> None:
    assert Page(sign_in(browser, email="")).faults == {"email": "Enter your email address."}
    assert Page(sign_in(browser, password="")).faults == {"password": "Enter your password."}


def test_an_unknown_email_costs_as_much_work_as_a_known_one(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []
    verify = passwords._hasher.verify
    monkeypatch.setattr(
        type(passwords._hasher), "verify", lambda self, stored, typed: verified.append(stored) or verify(stored, typed)
    )
    sign_in(browser, "nobody@elmstreet.example")
    sign_in(browser, ADA, "wrong")
    assert len(verified) == 2
    assert all(stored.startswith("$argon2id$") for stored in verified)


class TestThrottle:
    def test_one_email_can_be_tried_ten_times_in_five_minutes(self, app: Flask, browser: Browser) -> None:
        statuses = [sign_in(browser, password="wrong").status_code for _ in range(11)]
        assert statuses == [422] * 10 + [429]
        assert sign_in(browser).status_code == 429, "the right password too"
        assert "Too many tries" in Page(sign_in(browser)).text
        assert sign_in(browser, "iris@elmstreet.example").status_code == 302, "others are not kept out"

    def test_writing_it_otherwise_makes_no_other_email_of_it(self, browser: Browser) -> None:
        spellings = [ADA, ADA.upper(), f" {ADA}", f"{ADA} "] * 3
        assert [sign_in(browser, each, "wrong").status_code for each in spellings].count(429) == 2

    def test_only_failures_count(self, browser: Browser) -> None:
        for _ in range(12):
            browser.get("/sign-in")
            assert sign_in(browser).status_code == 302
            browser.get("/")
            browser.submit("/sign-out")

    def test_a_stranger_elsewhere_shuts_nobody_out_until_it_is_a_hundred(
        self, app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(passwords, "matches", lambda stored, typed: False)  # and without the toil

        def tries(address: str, times: int) -> list[int]:
            stranger = Browser(app)
            stranger.http.environ_base["REMOTE_ADDR"] = address
            stranger.get("/sign-in")
            return [sign_in(stranger, password="wrong").status_code for _ in range(times)]

        assert tries("203.0.113.1", 11) == [422] * 10 + [429]
        assert sign_in(browser, password="wrong").status_code == 422, "from elsewhere it can still be tried"
        for number in range(2, 11):
            assert tries(f"203.0.113.{number}", 10)[0] == 422
        assert tries("203.0.113.99", 1) == [429]

    def test_one_address_can_try_thirty_emails_a_minute(self, browser: Browser) -> None:
        statuses = [sign_in(browser, f"{number}@example.org", "").status_code for number in range(31)]
        assert statuses == [422] * 30 + [429]


class TestSession:
    def test_begins_under_a_new_key(self, app: Flask, cast: Cast, browser: Browser) -> None:
        before = browser.http.get_cookie("anteroom")
        sign_in(browser)
        after = browser.http.get_cookie("anteroom")
        assert before
        assert after
        assert before.value != after.value
        assert after.http_only
        assert after.same_site == "Lax"

    def test_signing_in_again_ends_the_session_before(self, app: Flask, cast: Cast, browser: Browser) -> None:
        sign_in(browser)
        old = browser.http.get_cookie("anteroom")
        browser.get("/")
        sign_in(browser, "iris@elmstreet.example")
        assert old
        thief = Browser(app)
        thief.http.set_cookie("anteroom", old.value)
        assert thief.get("/").status_code == 302

    def test_the_record_does_not_know_the_key(self, app: Flask, cast: Cast, browser: Browser) -> None:
        sign_in(browser)
        found = db.session.query(StaffSession).one()
        with browser.http.session_transaction() as session:
            assert session["key"] != found.key_hash
            assert len(session["key"]) >= 43

    def test_ends_with_sign_out_also_for_who_copied_it(self, app: Flask, cast: Cast) -> None:
        ada = signed_in(app, cast.ada)
        ada.get("/")
        copied = ada.http.get_cookie("anteroom")
        assert copied
        thief = Browser(app)
        thief.http.set_cookie("anteroom", copied.value)
        assert thief.get("/").status_code == 200
        answer = ada.submit("/sign-out")
        assert (answer.status_code, answer.location) == (302, "/sign-in")
        assert ada.get("/").status_code == 302
        assert thief.get("/").status_code == 302

    def test_signing_out_here_signs_nobody_out_elsewhere(self, app: Flask, cast: Cast) -> None:
        here, elsewhere = signed_in(app, cast.ada), signed_in(app, cast.ada)
        here.get("/")
        here.submit("/sign-out")
        assert elsewhere.get("/").status_code == 200

    def test_the_server_can_end_all_of_a_persons(self, app: Flask, cast: Cast) -> None:
        browsers = [signed_in(app, cast.ada), signed_in(app, cast.ada), signed_in(app, cast.ben)]
        sessions.end_all(cast.ada.id)
        assert [each.get("/").status_code for each in browsers] == [302, 302, 200]

    def test_ends_when_the_person_is_deactivated(self, app: Flask, cast: Cast) -> None:
        ada = signed_in(app, cast.ada)
        with writing() as session:
            session.get_one(Person, cast.ada.id).active = False
        assert ada.get("/").status_code == 302

    def test_falls_asleep_after_twelve_hours(self, app: Flask, cast: Cast, at: At) -> None:
        ada = signed_in(app, cast.ada)
        for hours in (11, 22, 33):
            at(NINE + timedelta(hours=hours))
            assert ada.get("/").status_code == 200, "a look in between keeps it awake"
        at(NINE + timedelta(hours=45, minutes=1))
        assert ada.get("/").status_code == 302

    def test_lasts_fourteen_days_at_most(self, app: Flask, cast: Cast, at: At) -> None:
        ada = signed_in(app, cast.ada)
        for hours in range(0, 14 * 24 + 1, 8):
            at(NINE + timedelta(hours=hours))
            assert ada.get("/").status_code == 200
        at(NINE + timedelta(days=14, seconds=1))
        assert ada.get("/").status_code == 302

    @pytest.mark.parametrize("value", ["", "x", "eyJrZXkiOiJ4In0.x.y", "é"])
    def test_cannot_be_made_up(self, app: Flask, cast: Cast, value: str) -> None:
        browser = Browser(app)
        browser.http.set_cookie("anteroom", value)
        assert browser.get("/").status_code == 302


class TestGoingOn:
    @pytest.mark.parametrize("path", ["/", "/appointments/new", "/settings", "/appointments/0123456789abcdef"])
    def test_nobody_is_sent_to_sign_in_and_then_to_where_they_wanted(self, browser: Browser, path: str) -> None:
        location = browser.get(path).location
        assert location == ("/sign-in" if path == "/" else f"/sign-in?next={path}")
        browser.get(location)
        assert sign_in(browser, next=location.removeprefix("/sign-in")).location == path

    def test_a_fragment_sends_the_whole_page_there(self, browser: Browser) -> None:
        answer = browser.fragment("/")
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/sign-in")

    @pytest.mark.parametrize(
        "target",
        [
            "https://evil.example",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/ok\\..\\evil",
            "javascript:alert(1)",
            "evil.example",
            "",
            "http:/evil.example",
            "//[",
            "//user@evil.example",
        ],
    )
    def test_never_to_another_site(self, browser: Browser, target: str) -> None:
        assert safe_next(target) == "/"
        from urllib.parse import quote

        assert sign_in(browser, next=f"?next={quote(target)}").location == "/"

    def test_who_is_signed_in_already_goes_on_at_once(self, app: Flask, cast: Cast) -> None:
        ada = signed_in(app, cast.ada)
        assert ada.get("/sign-in?next=/appointments/new").location == "/appointments/new"
        assert ada.get("/sign-in?next=//evil.example").location == "/"
