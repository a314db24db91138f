"""Passwords: hashed with Argon2id, long rather than complicated."""

import pytest

from webapp.staff import passwords


def test_a_hash_is_argon2id_salted_and_fits_its_password_only() -> None:
    first, second = passwords.hashed("three quiet herons"), passwords.hashed("three quiet herons")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=")
    assert passwords.matches(first, "three quiet herons")
    assert not passwords.matches(first, "three quiet heron")
    assert not passwords.matches(first, "")


def test_the_work_is_what_owasp_asks_for_at_least() -> None:
    parameters = dict(part.split("=") for part in passwords.hashed("x").split("$")[3].split(","))
    assert int(parameters["m"]) >= 19 * 1024
    assert int(parameters["t"]) >= 2


@pytest.mark.parametrize("stored", [None, "", "plain", "$argon2id$broken"])
def test_what_is_no_hash_fits_nothing(stored: str | None) -> None:
    assert not passwords.matches(stored, "a password that nobody has")


@pytest.mark.parametrize(
    "password", ["eight888", "correct horse", "пароль на берегу", "🦊🐻🐼🐨🐯🦁🐮🐷", " spaces count "]
)
def test_any_long_enough_one_will_do(password: str) -> None:
    assert passwords.fault(password, "Dr Ada Hale", "ada@elmstreet.example") is None


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "abababababab", "dr ada hale", "x" * 201])
def test_a_weak_one_is_told_why(password: str) -> None:
    assert passwords.fault(password, "Dr Ada Hale", "ada@elmstreet.example")
