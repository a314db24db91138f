"""The client's link: unguessable, signed, and exchanged for a pass."""

import base64

import pytest
from flask import Flask

from tests.cast import Cast, book
from webapp.appointments import links
from webapp.appointments.models import Appointment

LETTERS = set("abcdefghijklmnopqrstuvwxyz234567")


@pytest.fixture
def appointment(cast: Cast) -> Appointment:
    return book(cast.ada)


def test_a_link_holds_128_random_bits_and_a_signature(appointment: Appointment) -> None:
    token = links.token(appointment)
    assert len(token) == 46
    assert set(token) <= LETTERS
    assert len(base64.b32decode(appointment.link_key.upper() + "=" * 6)) == 16


def test_no_two_are_alike() -> None:
    assert len({links.new_key() for _ in range(1000)}) == 1000


def test_a_link_finds_its_appointment(app: Flask, appointment: Appointment) -> None:
    found = links.find(links.token(appointment))
    assert found
    assert found.ref == appointment.ref


def test_capitals_and_spaces_around_it_do_no_harm(appointment: Appointment) -> None:
    assert links.find(f" {links.token(appointment).upper()} ")


def test_every_other_letter_finds_nothing(appointment: Appointment) -> None:
    token = links.token(appointment)
    for place in range(len(token)):
        other = "a" if token[place] != "a" else "b"
        assert links.find(token[:place] + other + token[place + 1 :]) is None, place


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: "",
        lambda token: token[:26],
        lambda token: token[26:],
        lambda token: token[:-1],
        lambda token: token + "a",
        lambda token: token * 2,
        lambda token: "a" * 46,
        lambda token: "%s" * 20,
        lambda token: "' OR 1=1 --",
        lambda token: token[:26] + "é" * 20,
        lambda token: "a" * 100_000,
    ],
)
def test_nothing_else_finds_anything(appointment: Appointment, spoil: object) -> None:
    assert callable(spoil)
    assert links.find(spoil(links.token(appointment))) is None


def test_the_record_alone_opens_no_door(app: Flask, appointment: Appointment) -> None:
    token = links.token(appointment)
    app.config["SECRET_KEY"] = "another key, as someone with a stolen record would have"
    assert links.find(token) is None


def test_a_pass_is_for_one_appointment(cast: Cast, appointment: Appointment) -> None:
    other = book(cast.ben)
    given = links.make_pass(appointment)
    assert links.pass_is_for(given, appointment.ref)
    assert not links.pass_is_for(given, other.ref)


@pytest.mark.parametrize("spoiled", [None, "", "x", '"ref".signature', "\x00", "a" * 5000])
def test_a_pass_cannot_be_made_up(appointment: Appointment, spoiled: str | None) -> None:
    assert not links.pass_is_for(spoiled, appointment.ref)
    assert not links.pass_is_for(links.make_pass(appointment)[:-1], appointment.ref)


def test_a_signed_in_session_is_no_pass(app: Flask, appointment: Appointment) -> None:
    session = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    assert not links.pass_is_for(session.dumps(appointment.ref), appointment.ref)


def test_the_public_address_stands_in_the_link(app: Flask, appointment: Appointment) -> None:
    app.config["PUBLIC_URL"] = "https://video.elmstreet.example"
    expected = f"https://video.elmstreet.example/v/{links.token(appointment)}"
    assert links.address(appointment) == expected
