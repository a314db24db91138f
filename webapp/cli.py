"""Commands for the person who hosts it."""

import os
import sys
from pathlib import Path

import click
from flask import Flask, current_app
from flask_migrate import upgrade
from sqlalchemy.exc import OperationalError

from webapp import clock, relay
from webapp.appointments import lifecycle
from webapp.clinic import organisation, setup
from webapp.config import BadSetting, read
from webapp.database import db, writing
from webapp.staff import passwords
from webapp.staff.models import ADMINISTRATOR, CLINICIAN, Person


def init_app(app: Flask) -> None:
    """Register the commands."""
    for command in (serve, sweep, add_person, turn_config):
        app.cli.add_command(command)


def _address() -> str:
    host = read(os.environ, "HOST", "127.0.0.1")
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::", "") else host
    return current_app.config["PUBLIC_URL"] or f"http://{shown}:{read(os.environ, 'PORT', '8000')}"


@click.command("serve")
def serve() -> None:
    """Bring the database up to date, say the address, and serve."""
    try:
        address = _address()
    except BadSetting as mistake:
        sys.exit(f"Anteroom cannot start: {mistake}")
    try:
        upgrade(directory=str(Path(current_app.root_path).parent / "migrations"))
    except OperationalError as error:
        where = db.engine.url.render_as_string(hide_password=True)
        sys.exit(f"Anteroom cannot start: the database {where} does not answer ({error.orig}).")
    lines = [f"Anteroom is at {address}"]
    if organisation.find() is None:
        lines.append(f"Set up your clinic: {address}/set-up?code={setup.code()}")
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


@click.command("turn-config")
@click.option("--external-ip", default="", help="The relay's public address behind a NAT, as PUBLIC/OWN.")
@click.option("--listening-ip", multiple=True, help="An address of the relay's machine to listen on; all by default.")
@click.option("--realm", default="", help="By default the host of the first address in TURN_URLS.")
@click.option("--cert", default="", help="The certificate for turns: addresses, as the relay's machine names the file.")
@click.option("--key", default="", help="The certificate's key.")
@click.option("--calls", default=20, type=click.IntRange(1, 1000), help="How many calls it carries at once.")
@click.option(
    "--output", type=click.Path(dir_okay=False), help="Write this file, for your eyes only, and print nothing."
)
def turn_config(
    external_ip: str, listening_ip: tuple[str, ...], realm: str, cert: str, key: str, calls: int, output: str | None
) -> None:
    """Write the configuration of the relay (coturn). It holds TURN_SECRET: keep it as you keep a password."""
    config = current_app.config
    said = relay.Relay(realm, listening_ip, external_ip, cert, key, calls)
    try:
        written = relay.configuration(config["TURN_URLS"], config["TURN_SECRET"], said)
    except relay.Fault as fault:
        raise click.ClickException(str(fault)) from fault
    if not output:
        return click.echo(written, nl=False)
    try:
        with open(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)  # it may have been there, open to more eyes
            file.write(written)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}.") from error
    click.echo(f"{output} is written. It holds the relay's secret: only the relay's system user may read it.", err=True)
