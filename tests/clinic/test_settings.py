"""Settings: what a clinic says of itself, by administrators only."""

import io
from typing import Any

import pytest
from flask import Flask

from tests.cast import Browser, Cast, book, bring, signed_in, with_link
from tests.pages import Page
from webapp.clinic import organisation
from webapp.clinic.models import Organisation
from webapp.database import db

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 100
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 100
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 " + b"\x00" * 100


@pytest.fixture
def iris(app: Flask, cast: Cast) -> Browser:
    browser = signed_in(app, cast.iris)
    browser.get("/settings")
    return browser


def save(browser: Browser, **changed: Any) -> Any:
    form = Page(browser.get("/settings")).form("", **changed)
    return browser.request("POST", "/settings", data=form, content_type="multipart/form-data")


def now() -> Organisation:
    db.session.remove()
    return organisation.get()


def test_the_page_shows_what_is_set(iris: Browser) -> None:
    page = Page(iris.get("/settings"))
    assert page.headings[:2] == ["Settings", "Organisation"]
    assert "Save" in page.buttons
    for label in ("Organisation name", "Phone", "Time zone", "Address", "Logo"):
        assert label in page.labels
    form = page.forms[""]
    assert (form["name"], form["phone"]) == ("Elm Street Clinic", "020 7946 0018")
    assert (form["opens_minutes"], form["grace_minutes"]) == ("15", "60")


def test_what_is_saved_stays(iris: Browser) -> None:
    answer = save(
        iris,
        name="  Oak   Clinic ",
        phone="+1 212 555 0123",
        time_zone="America/New_York",
        address="1 Oak Road\r\nSpringfield",
        opens_minutes="30",
        grace_minutes="0",
    )
    assert (answer.status_code, answer.location) == (302, "/settings")
    assert "Saved." in Page(iris.get("/settings")).text
    clinic = now()
    assert (clinic.name, clinic.phone, clinic.phone_e164) == ("Oak Clinic", "+1 212 555 0123", "+12125550123")
    assert (clinic.time_zone, clinic.opens_minutes, clinic.grace_minutes) == ("America/New_York", 30, 0)
    assert clinic.address.split() == ["1", "Oak", "Road", "Springfield"]


@pytest.mark.parametrize("who", ["ada", "ben"])
def test_for_a_clinician_there_are_no_settings(app: Flask, cast: Cast, who: str) -> None:
    browser = signed_in(app, getattr(cast, who))
    assert "Settings" not in Page(browser.get("/")).links
    assert browser.get("/settings").status_code == 404
    assert browser.submit("/settings", name="Mine").status_code == 404
    assert now().name == "Elm Street Clinic"


def test_nobody_is_sent_to_sign_in(app: Flask, cast: Cast) -> None:
    assert Browser(app).get("/settings").location == "/sign-in?next=/settings"


class TestPhone:
    @pytest.mark.parametrize(
        ("typed", "zone", "dialled"),
        [
            ("020 7946 0018", "Europe/London", "+442079460018"),
            ("(020) 7946-0018", "Europe/London", "+442079460018"),
            ("+44 20 7946 0018", "Asia/Tokyo", "+442079460018"),
            ("0044 20 7946 0018", "Europe/Berlin", "+442079460018"),
            ("030 901820", "Europe/Berlin", "+4930901820"),
            ("06 1234 5678", "Europe/Rome", "+390612345678"),
            ("(212) 555-0123", "America/New_York", "+12125550123"),
            ("", "Europe/London", ""),
        ],
    )
    def test_is_kept_as_typed_and_dialled_in_international_form(
        self, iris: Browser, typed: str, zone: str, dialled: str
    ) -> None:
        assert save(iris, phone=typed, time_zone=zone).status_code == 302
        assert (now().phone, now().phone_e164) == (typed, dialled)

    @pytest.mark.parametrize("typed", ["call us", "12", "+", "+999 123", "0" * 60, "020 7946 0018 and 19"])
    def test_that_is_none_is_said_so(self, iris: Browser, typed: str) -> None:
        answer = save(iris, phone=typed)
        assert answer.status_code == 422
        assert "does not look like a telephone number" in Page(answer).faults["phone"]
        assert now().phone == "020 7946 0018"

    def test_is_on_the_clients_last_screen_as_it_is_at_that_moment(self, app: Flask, cast: Cast, iris: Browser) -> None:
        appointment = book(cast.ada)
        cleo = with_link(app, appointment)
        bring(appointment, "ended")
        save(iris, phone="020 7946 0999")
        last = Page(cleo.fragment(f"/visit/{appointment.ref}/panel"))
        assert "If you have any issues, please call Elm Street Clinic on 020 7946 0999" in last.text
        assert last.links["020 7946 0999"] == "tel:+442079460999"

    def test_without_one_the_last_screen_still_makes_sense(self, app: Flask, cast: Cast, iris: Browser) -> None:
        appointment = book(cast.ada)
        cleo = with_link(app, appointment)
        bring(appointment, "ended")
        save(iris, phone="")
        last = Page(cleo.fragment(f"/visit/{appointment.ref}/panel"))
        assert "If you have any issues, please contact Elm Street Clinic" in last.text
        assert last.links == {}

    def test_without_one_the_diary_says_so_to_everyone(self, app: Flask, cast: Cast, iris: Browser) -> None:
        notice = "no phone number yet"
        assert notice not in iris.get("/").text
        save(iris, phone="")
        page = Page(iris.get("/"))
        assert notice in page.text
        assert page.links["Add it in the settings"] == "/settings"
        assert notice in Page(signed_in(app, cast.ada).get("/")).text


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "Enter the name"),
        ("name", "x" * 121, "At most 120 letters."),
        ("address", "x" * 501, "At most 500 letters."),
        ("opens_minutes", "", "Enter a number of minutes."),
        ("opens_minutes", "-1", "Between 0 and 240 minutes."),
        ("opens_minutes", "241", "Between 0 and 240 minutes."),
        ("opens_minutes", "soon", "Write a whole number, for example 30."),
        ("grace_minutes", "1441", "Between 0 and 1440 minutes."),
        ("grace_minutes", "9" * 30, "Between 0 and 1440 minutes."),
        ("time_zone", "Nowhere", ""),
    ],
)
def test_a_fault_is_said_beside_its_field_and_what_was_typed_is_kept(
    iris: Browser, field: str, typed: str, said: str
) -> None:
    answer = save(iris, **{"name": "Oak Clinic", field: typed})
    page = Page(answer)
    assert answer.status_code == 422
    assert field in page.faults
    assert said in page.faults[field]
    assert "Not a valid integer" not in page.text, "in plain words"
    if field != "name":
        assert page.forms[""]["name"] == "Oak Clinic"
    if field != "time_zone":
        assert page.forms[""][field] == typed
    assert now().name == "Elm Street Clinic"


class TestLogo:
    def upload(self, browser: Browser, data: bytes, name: str = "logo.png", **changed: Any) -> Any:
        return save(browser, logo=(io.BytesIO(data), name), **changed)

    @pytest.mark.parametrize(("data", "kind"), [(PNG, "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")])
    def test_is_shown_as_what_it_is_whatever_its_name(self, iris: Browser, data: bytes, kind: str) -> None:
        assert self.upload(iris, data, "logo.exe").status_code == 302
        answer = iris.get("/logo")
        assert (answer.status_code, answer.mimetype, answer.data) == (200, kind, data)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize(
        "data",
        [
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            b"<html><script>alert(1)</script>",
            b"GIF89a" + b"\x00" * 50,
            b"RIFF\x00\x00\x00\x00WAVEfmt ",
            b"\x89PN",
            b"x",
        ],
    )
    def test_is_a_picture_of_a_known_kind(self, iris: Browser, data: bytes) -> None:
        answer = self.upload(iris, data)
        assert answer.status_code == 422
        assert "not a PNG, JPEG or WebP picture" in Page(answer).faults["logo"]
        assert iris.get("/logo").status_code == 404

    def test_is_300_kilobytes_at_most(self, iris: Browser) -> None:
        assert self.upload(iris, PNG.ljust(300 * 1024, b"\x00")).status_code == 302
        answer = self.upload(iris, PNG.ljust(300 * 1024 + 1, b"\x00"))
        assert answer.status_code == 422
        assert "larger than 300 KB" in Page(answer).faults["logo"]

    def test_far_too_large_is_refused_before_it_is_read(self, iris: Browser) -> None:
        answer = iris.request(
            "POST", "/settings", data=b"x" * 2_000_000, content_type="multipart/form-data; boundary=y"
        )
        assert answer.status_code == 413
        assert "too large" in Page(answer).text

    def test_stays_until_it_is_removed(self, iris: Browser) -> None:
        self.upload(iris, PNG)
        assert save(iris).status_code == 302
        assert iris.get("/logo").data == PNG
        assert save(iris, remove_logo="y").status_code == 302
        assert iris.get("/logo").status_code == 404
        assert now().logo_type == ""

    def test_is_for_clients_too(self, app: Flask, cast: Cast, iris: Browser) -> None:
        self.upload(iris, PNG)
        assert Browser(app).get("/logo").status_code == 200
