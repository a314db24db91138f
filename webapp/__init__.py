"""Anteroom: video consultations for small clinics, on the clinic's own server.

create_app is the only place that knows every part.
"""

from typing import Any

from flask import Flask, Response, jsonify
from sqlalchemy import text
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import assets, cli, errors, security, show
from webapp.config import from_environment
from webapp.extensions import csrf, db, htmx, limiter, migrate, sock
from webapp.sockets import SERVER_OPTIONS


def create_app(settings: dict[str, Any] | None = None) -> Flask:
    """Return the app. `settings` replaces what the environment says (tests)."""
    app = Flask(__name__, template_folder="../templates", static_folder=None)
    app.config.from_mapping(from_environment())
    app.config.from_mapping(settings or {})
    app.config["SOCK_SERVER_OPTIONS"] = SERVER_OPTIONS
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    for extension in (db, htmx, csrf, limiter, sock):
        extension.init_app(app)
    migrate.init_app(app, db)
    _register(app)
    for part in (security, errors, cli, show, assets):
        part.init_app(app)
    if app.config["TRUSTED_PROXIES"]:
        hops = app.config["TRUSTED_PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _register(app: Flask) -> None:
    from webapp import housekeeping  # noqa: F401  (its table)
    from webapp.appointments.views import bp as appointments
    from webapp.clinic.views import bp as clinic
    from webapp.room.views import bp as room
    from webapp.staff.access import SignInNeeded, to_sign_in
    from webapp.staff.views import bp as staff

    for blueprint in (clinic, staff, appointments, room):
        app.register_blueprint(blueprint)
    app.register_error_handler(SignInNeeded, to_sign_in)
    app.add_url_rule("/healthz", view_func=healthz)


def healthz() -> Response:
    """Answer when the app and its database answer."""
    db.session.execute(text("SELECT 1"))
    return jsonify(status="ok")
