"""What the server writes holds ids, never names, links, numbers, or what was typed."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.calls import Call, Clinic, furnished
from tests.cast import CLEO, PASSWORD
from tests.servers import RunningServer
from tests.wire import Visitor, lines
from webapp.appointments import links
from webapp.database import db


@dataclass
class Spoken:
    """A server that has seen a day's work and some accidents, and what it must not have written."""

    server: RunningServer
    secrets: dict[str, str]


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spoken]:
    with RunningServer(tmp_path_factory.mktemp("logs")) as server:
        clinic = furnished(server)
        call = a_days_work(clinic)
        secrets = what_nobody_may_read(clinic, call)
        accidents(clinic, call, secrets)
        yield Spoken(server, secrets)


def a_days_work(clinic: Clinic) -> Call:
    call, ada, cleo = clinic.started_call()
    with lines(ada, cleo):
        cleo.send(1, b'{"type":"chat","text":"a very private word"}')
        ada.say(type="hello")
    call.end()
    call = clinic.call()
    ada = call.ada
    visitor = Visitor(clinic.server)
    visitor.get("/sign-in")
    for password in (PASSWORD, "a wrong password, typed"):
        visitor.press("/sign-in", email="ada@elmstreet.example", password=password)
    ada.press("/appointments/new", client_name=CLEO, date="2026-02-30", client_mobile="07700 900123")
    ada.get(f"/appointments/{call.appointment.ref}")
    return call


def what_nobody_may_read(clinic: Clinic, call: Call) -> dict[str, str]:
    with clinic.server.app.app_context():
        token = links.token(call.appointment)
    return {
        "the client's link": token,
        "the random half of it": call.appointment.link_key,
        "the client's pass": call.cleo.cookies_for(f"{call.visit}/panel").partition("visit=")[2].split(";")[0],
        "the clinician's session": call.ada.cookies_for("/").partition("anteroom=")[2].split(";")[0],
        "a password": PASSWORD,
        "a wrong password": "a wrong password, typed",
        "the client's name": CLEO,
        "the client's address": "cleo@example.org",
        "the client's number": "900123",
        "the clinician's address": "ada@elmstreet.example",
        "what was said": "a very private word",
        "the secret key": (clinic.server.data_dir / "secret.key").read_text().strip(),
    }


def accidents(clinic: Clinic, call: Call, secrets: dict[str, str]) -> None:
    """Let requests fail in every way, deep inside as well."""
    token = secrets["the client's link"]
    visitor = Visitor(clinic.server)
    visitor.get(f"/v/{token[:-1]}x")
    visitor.get(f"/v/{token}/more")
    visitor.request("POST", f"/v/{token}")
    visitor.request("BREW", f"/v/{token}")
    visitor.request("GET", f"/v/{token}", headers={"Host": "a b"})
    with clinic.server.app.app_context():
        for table in ("events", "seats"):
            db.session.execute(db.text(f"ALTER TABLE {table} RENAME TO gone_{table}"))
        db.session.commit()
    assert visitor.get(f"/v/{token}").status == 500, "the accident that the tests are about"
    assert call.cleo.press(f"{call.visit}/ready").status == 500
    assert call.ada.get(f"/appointments/{call.appointment.ref}").status == 500
    with clinic.server.app.app_context():
        db.session.execute(db.text("ALTER TABLE appointments RENAME TO gone_appointments"))
        db.session.commit()
    assert visitor.get(f"/v/{token}").status == 500
    assert call.ada.press("/sign-out").status in (302, 303)


def test_the_accidents_are_written_down_with_their_routes(spoken: Spoken) -> None:
    assert "GET /v/<token> failed" in spoken.server.log
    assert "Traceback" in spoken.server.log


def test_nothing_of_it_is_in_the_log(spoken: Spoken) -> None:
    written = spoken.server.log
    found = [what for what, secret in spoken.secrets.items() if secret in written]
    assert found == []


def test_there_is_no_log_of_requests(spoken: Spoken) -> None:
    assert "/v/" not in spoken.server.log.replace("/v/<token>", "")
    assert "HTTP/1.1" not in spoken.server.log
