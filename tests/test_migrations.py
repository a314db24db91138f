"""The migrations make the tables that the models describe, and can be taken back."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from tests.databases import MIGRATIONS
from webapp.database import Model, db

ALL = {"organisations", "people", "staff_sessions", "appointments", "seats", "events", "daily_jobs"}


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_models_and_migrations_agree(either_app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, Model.metadata) == []


def test_down_and_up_again(either_app: Flask) -> None:
    assert tables() >= ALL
    downgrade(directory=MIGRATIONS, revision="base")
    assert tables() == set()
    upgrade(directory=MIGRATIONS)
    assert tables() >= ALL


def test_an_up_to_date_record_is_left_alone(either_app: Flask) -> None:
    before = tables()
    upgrade(directory=MIGRATIONS)
    assert tables() == before
