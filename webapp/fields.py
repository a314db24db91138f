"""What several forms are made of. Knows no form."""

import unicodedata
from typing import Any

from wtforms.validators import StopValidation


def stripped(value: str | None) -> str:
    """Return a line of text without control characters, and with single spaces between its words."""
    seen = (" " if unicodedata.category(letter) == "Cc" else letter for letter in value or "")
    return " ".join("".join(seen).split())


def lines(value: str | None) -> str:
    """Return some lines of text, each of them stripped."""
    return "\n".join(stripped(line) for line in (value or "").splitlines()).strip()


def whole_number(form: Any, field: Any) -> None:
    """Say in plain words that something typed is no whole number; stands before every other check of it."""
    if field.process_errors:
        field.errors = []
        raise StopValidation("Write a whole number, for example 30.")
