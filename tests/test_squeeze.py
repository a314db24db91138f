"""The room's pages travel compressed, and only to browsers that take it."""

import gzip

import pytest
from flask import Flask

from tests.cast import Cast, book
from webapp.appointments import links


@pytest.fixture
def link(cast: Cast) -> str:
    return f"/v/{links.token(book(cast.ada))}"


def test_a_page_travels_small_and_reads_the_same(app: Flask, link: str) -> None:
    browser = app.test_client()
    plain = browser.get(link)
    small = browser.get(link, headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain.headers and small.headers["Content-Encoding"] == "gzip"
    assert len(small.data) < len(plain.data) / 2
    assert int(small.headers["Content-Length"]) == len(small.data)
    assert b"Waiting room" in gzip.decompress(small.data)
    assert {"Accept-Encoding"} <= set(small.vary) and {"Accept-Encoding"} <= set(plain.vary)


def test_who_does_not_take_gzip_is_given_none(app: Flask, link: str) -> None:
    answer = app.test_client().get(link, headers={"Accept-Encoding": "gzip;q=0, identity"})
    assert "Content-Encoding" not in answer.headers


def test_nothing_of_the_request_is_repeated_in_it(app: Flask, link: str) -> None:
    """Else the length of the page would tell of the secrets in it."""
    browser = app.test_client()
    echo = "Zq7echo4Wv"
    page = browser.get(f"{link}?x={echo}", headers={"User-Agent": echo, "Referer": f"http://localhost/{echo}"})
    assert page.status_code == 200 and echo.encode() not in page.data
