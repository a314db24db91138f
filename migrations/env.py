"""How Alembic reaches the record: by the app's own engine, and with the app's own way of comparing types."""

from alembic import context
from flask import current_app

database = current_app.extensions["migrate"].db
settings = current_app.extensions["migrate"].configure_args


def nothing_empty(migration_context, revision, directives):
    """Make no migration where models and tables agree already."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


if context.is_offline_mode():
    url = database.engine.url.render_as_string(hide_password=False)
    context.configure(url=url, target_metadata=database.metadata, literal_binds=True, **settings)
    with context.begin_transaction():
        context.run_migrations()
else:
    with database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            process_revision_directives=nothing_empty,
            **settings,
        )
        with context.begin_transaction():
            context.run_migrations()
