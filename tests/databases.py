"""What the tests run on: SQLite files, and a private PostgreSQL on loopback; both made by migrating."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask_migrate import upgrade

from tests.servers import HOST, ROOT, app_at, free_port
from webapp.database import db

MIGRATIONS = str(ROOT / "migrations")


def close(app: Flask) -> None:
    """Let go of every connection of an app's database."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def migrate(app: Flask) -> None:
    """Bring an app's database up to date."""
    with app.app_context():
        upgrade(directory=MIGRATIONS)
    close(app)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file, migrated and empty, to copy."""
    folder = tmp_path_factory.mktemp("migrated")
    migrate(app_at(folder))
    assert [path.name for path in folder.glob("*.db*")] == ["anteroom.db"], "closed, so all is in one file"
    return folder / "anteroom.db"


def sqlite_app(migrated: Path, folder: Path) -> Flask:
    """Return an app with an empty record in a folder."""
    shutil.copy(migrated, folder / "anteroom.db")
    return app_at(folder)


class Cluster:
    """A PostgreSQL of the tests' own, on a free port of loopback; its databases copy a migrated one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._made = 0
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        programs = self._programs()
        as_postgres: dict[str, Any] = {}
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            as_postgres = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        data = self.folder / "data"
        subprocess.run(
            [
                programs / "initdb",
                "-D",
                data,
                "-A",
                "trust",
                "-U",
                "app",
                "--no-sync",
                "-E",
                "UTF8",
                "--no-locale",
            ],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            **as_postgres,
        )
        self._as_postgres = as_postgres
        self.go_on()
        self._run("CREATE DATABASE migrated")
        migrate(app_at(self.folder, DATABASE_URL=self.url("migrated")))

    def go_on(self) -> None:
        """Serve what is in the folder: the first time, and after a stop."""
        settings = {
            "listen_addresses": HOST,
            "unix_socket_directories": "",
            "fsync": "off",
            "max_connections": "60",
        }
        with (self.folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                [self._programs() / "postgres", "-D", self.folder / "data", "-p", str(self.port)]
                + [part for name, value in settings.items() for part in ("-c", f"{name}={value}")],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                **self._as_postgres,
            )
        self._wait()

    def _programs(self) -> Path:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
        on_path = shutil.which("postgres")
        assert found or on_path, "PostgreSQL is missing; install it with: apt-get install postgresql"
        return found[-1].parent if found else Path(str(on_path)).parent

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            try:
                return self._run("SELECT 1")
            except psycopg.OperationalError:
                assert self._server
                if self._server.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((self.folder / "server.log").read_text()) from None
                time.sleep(0.05)

    def _run(self, statement: str) -> None:
        with psycopg.connect(host=HOST, port=self.port, user="app", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://app@{HOST}:{self.port}/{name}"

    def database(self, template: str = "migrated") -> str:
        """Make a database, and return its address."""
        self._made += 1
        name = f"test_{self._made}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def stop(self) -> None:
        if self._server:
            self._server.send_signal(2)  # the fast shutdown: open connections are closed
            self._server.wait(30)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A private PostgreSQL. Where it cannot be had, that is a failure: nothing is skipped."""
    folder = Path(tempfile.mkdtemp(prefix="anteroom-postgresql-"))
    cluster = Cluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder)
