"""Commands for the person who hosts it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.cast import NINE, Browser, Cast, book, bring, events
from webapp.database import db
from webapp.staff import passwords
from webapp.staff.models import Person

NEW = ["add-person", "--name", "Dr Eve Roy", "--email", "Eve@ElmStreet.example "]
WORDS = "three quiet grey herons"


def run(app: Flask, *arguments: str, **rest: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=list(arguments), **rest)  # type: ignore[arg-type]
    return result.exit_code, result.output


def test_someone_added_can_sign_in(app: Flask, cast: Cast) -> None:
    assert run(app, *NEW, "--password", WORDS) == (0, "Dr Eve Roy can sign in now.\n")
    found = db.session.query(Person).filter_by(email="eve@elmstreet.example").one()
    assert (found.name, found.role, found.active) == ("Dr Eve Roy", "clinician", True)
    assert passwords.matches(found.password_hash, WORDS)
    browser = Browser(app)
    browser.get("/sign-in")
    assert browser.submit("/sign-in", email="eve@elmstreet.example", password=WORDS).location == "/"


def test_an_administrator_can_be_added(app: Flask, cast: Cast) -> None:
    run(app, *NEW, "--administrator", "--password", WORDS)
    assert db.session.query(Person).filter_by(email="eve@elmstreet.example").one().is_administrator


def test_the_password_is_asked_for_twice_and_not_shown(app: Flask, cast: Cast) -> None:
    code, said = run(app, *NEW, input=f"{WORDS}\n{WORDS}\n")
    assert code == 0
    assert WORDS not in said


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "Dr Eve Roy"])
def test_a_weak_password_is_refused(app: Flask, cast: Cast, password: str) -> None:
    code, said = run(app, *NEW, "--password", password)
    assert code == 1
    assert "password" in said
    assert db.session.query(Person).count() == 3


def test_nobody_is_added_twice(app: Flask, cast: Cast) -> None:
    code, said = run(app, "add-person", "--name", "Ada", "--email", "ADA@elmstreet.example", "--password", WORDS)
    assert (code, said) == (1, "Error: Someone with that email is there already.\n")


def test_the_sweep_says_how_many_calls_it_ended(app: Flask, cast: Cast, at: Callable[[datetime], None]) -> None:
    assert run(app, "sweep") == (0, "0 calls ended.\n")
    appointment = bring(book(cast.ada), "in_call")
    at(NINE + timedelta(hours=8))
    assert run(app, "sweep") == (0, "1 call ended.\n")
    assert events(appointment)[-1] == "swept"
