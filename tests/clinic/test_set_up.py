"""The first run: whoever has the code that was printed at the server sets up the clinic, once."""

import threading
from typing import Any

import pytest
from flask import Flask

from tests.cast import Browser, Cast
from tests.pages import Page
from webapp.clinic import setup
from webapp.clinic.models import Organisation
from webapp.database import db
from webapp.staff import passwords
from webapp.staff.models import Person

GOOD = {
    "name": "Elm Street Clinic",
    "phone": "020 7946 0018",
    "time_zone": "Europe/London",
    "your_name": "Dr Iris Lund",
    "email": "Iris@ElmStreet.example",
    "password": "copper kettle by the river",
}


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def fill_in(browser: Browser, **changed: str) -> Any:
    browser.get("/set-up")
    return browser.submit("/set-up", **{**GOOD, "code": setup.code(), **changed})


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/settings", "/appointments/new", "/v/anything", "/nowhere", "/logo"]
)
def test_every_visit_to_an_empty_installation_goes_to_set_up(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert (answer.status_code, answer.location) == (302, "/set-up")


def test_the_page_asks_for_all_that_is_needed(browser: Browser) -> None:
    page = Page(browser.get("/set-up"))
    assert page.headings[0] == "Set up your clinic"
    asked = ["Set-up code", "Organisation name", "Phone", "Time zone", "Your name", "Email", "Password"]
    assert list(page.labels) == asked
    assert page.buttons == ["Create clinic"]


def test_the_printed_address_fills_in_the_code(browser: Browser) -> None:
    assert Page(browser.get("/set-up?code=abcd1234")).forms[""]["code"] == "abcd1234"


def test_the_right_code_creates_the_clinic_and_its_first_administrator(app: Flask, browser: Browser) -> None:
    answer = fill_in(browser)
    assert (answer.status_code, answer.location) == (302, "/")
    clinic = db.session.get_one(Organisation, 1)
    assert (clinic.name, clinic.phone_e164, clinic.time_zone) == ("Elm Street Clinic", "+442079460018", "Europe/London")
    person = db.session.query(Person).one()
    assert (person.name, person.email, person.role) == ("Dr Iris Lund", "iris@elmstreet.example", "administrator")
    assert person.password_hash.startswith("$argon2id$")
    assert passwords.matches(person.password_hash, GOOD["password"])
    assert Page(browser.get("/")).headings[0] == "Diary", "and signs them in"


@pytest.mark.parametrize("typed", ["{}", " {} ", "{:.4}-rest", "upper"])
def test_the_code_may_be_typed_with_spaces_dashes_and_capitals(app: Flask, browser: Browser, typed: str) -> None:
    code = setup.code()
    dashed = "-".join(code[start : start + 4] for start in range(0, 16, 4))
    as_typed = {"{}": code, " {} ": f" {code[:8]} {code[8:]} ", "{:.4}-rest": dashed, "upper": code.upper()}[typed]
    assert fill_in(browser, code=as_typed).status_code == 302


@pytest.mark.parametrize("code", ["", "wrong", "a" * 16, "é" * 16, "x" * 10_000])
def test_a_wrong_code_creates_nothing(app: Flask, browser: Browser, code: str) -> None:
    answer = fill_in(browser, code=code)
    assert answer.status_code == 422
    assert "code" in Page(answer).faults
    assert db.session.query(Person).count() == 0
    assert browser.get("/").location == "/set-up"


def test_a_wrong_code_can_be_tried_ten_times_a_minute(app: Flask, browser: Browser) -> None:
    statuses = [fill_in(browser, code="wrong").status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", " ", "Enter the name that your clients know you by."),
        ("name", "x" * 121, "At most 120 letters."),
        ("phone", "call us", "That does not look like a telephone number."),
        ("your_name", "", "Enter your name, as clients know you."),
        ("email", "", "Enter your email address."),
        ("email", "iris at elm street", "That does not look like an email address."),
        ("password", "", "Choose a password."),
        ("password", "short", "at least 8 characters"),
        ("password", "x" * 201, "at most 200 characters"),
        ("password", "aaaaaaaaaaaa", "too easy to guess"),
        ("password", "Elm Street Clinic", "too easy to guess"),
        ("password", "iris@elmstreet.example", "too easy to guess"),
        ("time_zone", "Europe/Atlantis", "Not a valid choice."),
    ],
)
def test_a_fault_is_said_beside_its_field_and_what_was_typed_is_kept(
    app: Flask, browser: Browser, field: str, typed: str, said: str
) -> None:
    answer = fill_in(browser, **{field: typed})
    page = Page(answer)
    assert answer.status_code == 422
    assert field in page.faults
    assert said in page.faults[field]
    for name, value in GOOD.items():
        if name not in (field, "password"):
            assert page.forms[""][name] == value
    assert page.forms[""]["password"] == "", "a password is never sent back"
    assert db.session.query(Person).count() == 0


def test_without_a_phone_it_works_too(app: Flask, browser: Browser) -> None:
    assert fill_in(browser, phone="").status_code == 302
    assert db.session.get_one(Organisation, 1).phone_e164 == ""


def test_there_is_no_second_time(app: Flask, cast: Cast, browser: Browser) -> None:
    assert browser.get(f"/set-up?code={setup.code()}").location == "/"
    browser.get("/sign-in")
    answer = browser.submit("/set-up", **{**GOOD, "code": setup.code(), "email": "eve@example.org"})
    assert (answer.status_code, answer.location) == (302, "/")
    assert db.session.query(Person).count() == 3


def test_of_two_at_once_one_wins_and_the_other_sees_no_error(app: Flask) -> None:
    browsers = [Browser(app), Browser(app)]
    for browser in browsers:
        browser.get("/set-up")
    code, gate, came = setup.code(), threading.Barrier(2), []

    def create(browser: Browser, email: str) -> None:
        gate.wait(10)
        came.append(browser.submit("/set-up", **{**GOOD, "code": code, "email": email}).status_code)

    threads = [
        threading.Thread(target=create, args=(browser, f"{number}@example.org"))
        for number, browser in enumerate(browsers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert came == [302, 302]
    assert db.session.query(Person).count() == 1
    assert sorted(browser.get("/").status_code for browser in browsers) == [200, 302]


def test_the_code_is_of_80_bits_and_follows_from_the_key(app: Flask) -> None:
    code = setup.code()
    assert len(code) == 16
    assert setup.code() == code
    app.config["SECRET_KEY"] = "another key than before, just as long"
    assert setup.code() != code
