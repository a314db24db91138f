"""Commands for the person who hosts it."""

import os
import sys
from pathlib import Path

import click
from flask import Flask, current_app
from flask_migrate import upgrade
from sqlalchemy.exc import OperationalError

from webapp import clock
from webapp.appointments import lifecycle
from webapp.clinic import organisation, setup
from webapp.database import db, writing
from webapp.staff import passwords
from webapp.staff.models import ADMINISTRATOR, CLINICIAN, Person


def init_app(app: Flask) -> None:
    """Register the commands."""
    for command in (serve, sweep, add_person):
        app.cli.add_command(command)


def _address() -> str:
    host = os.environ.get("HOST", "127.0.0.1")
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::", "") else host
    return current_app.config["PUBLIC_URL"] or f"http://{shown}:{os.environ.get('PORT', '8000')}"


@click.command("serve")
def serve() -> None:
    """Bring the database up to date, say the address, and serve."""
    try:
        upgrade(directory=str(Path(current_app.root_path).parent / "migrations"))
    except OperationalError as error:
        where = db.engine.url.render_as_string(hide_password=True)
        sys.exit(f"Anteroom cannot start: the database {where} does not answer ({error.orig}).")
    lines = [f"Anteroom is at {_address()}"]
    if organisation.find() is None:
        lines.append(f"Set up your clinic: {_address()}/set-up?code={setup.code()}")
    db.session.remove()
    db.engine.dispose()
    os.environ["ANTEROOM_BANNER"] = "\n".join(lines)
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    sys.stdout.flush()
    os.execv(gunicorn, [gunicorn, "--config", "gunicorn.conf.py", "wsgi:app"])


@click.command("sweep")
def sweep() -> None:
    """End the calls that both sides have left: past their time, and nobody there for an hour."""
    count = lifecycle.sweep()
    click.echo(f"{count} call{'' if count == 1 else 's'} ended.")


@click.command("add-person")
@click.option("--name", prompt=True, help="As clients read it, for example Dr Ben Ito.")
@click.option("--email", prompt=True)
@click.option("--administrator", is_flag=True, help="May see everything and change settings.")
@click.password_option()
def add_person(name: str, email: str, administrator: bool, password: str) -> None:
    """Add someone who works at the clinic."""
    fault = passwords.fault(password, name, email)
    if fault:
        raise click.ClickException(fault)
    person = Person(
        name=name.strip(),
        email=email.strip().lower(),
        password_hash=passwords.hashed(password),
        role=ADMINISTRATOR if administrator else CLINICIAN,
        active=True,
        created_at=clock.now(),
    )
    if db.session.query(Person).filter_by(email=person.email).count():
        raise click.ClickException("Someone with that email is there already.")
    with writing() as session:
        session.add(person)
    click.echo(f"{person.name} can sign in now.")
