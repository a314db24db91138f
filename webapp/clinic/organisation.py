"""Read the organisation, and understand what is typed about it: telephone numbers, time zones, logos."""

from functools import cache
from importlib import resources
from zoneinfo import available_timezones

import phonenumbers

from webapp.clinic.models import Organisation
from webapp.database import db


def find() -> Organisation | None:
    """Return the organisation, or None on an empty installation."""
    found = db.session.get(Organisation, 1)
    # A session forgets what nobody holds, and would ask the database again for every time that is shown.
    db.session().info["organisation"] = found
    return found


def get() -> Organisation:
    """Return the organisation of an installation that is set up."""
    found = find()
    assert found
    return found


@cache
def zones() -> list[str]:
    """Return the time zones to choose from: places, not abbreviations."""
    return sorted(z for z in available_timezones() if "/" in z and not z.startswith(("Etc/", "SystemV/"))) + ["UTC"]


@cache
def _countries() -> dict[str, str]:
    """Return the country (ISO 3166) of each time zone, from the zone.tab of the time zone database."""
    table = resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {row[2]: row[0] for row in rows}


def dialled(typed: str, time_zone: str) -> str | None:
    """Return a telephone number in E.164 form, e.g. +442079460018; None if it is not one.

    A number without + is read as one of the country that the time zone lies in.
    """
    try:
        number = phonenumbers.parse(typed, _countries().get(time_zone))
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def picture_type(data: bytes) -> str | None:
    """Return the media type of a logo by its first bytes: PNG, JPEG or WebP; None for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None
