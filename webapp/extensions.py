"""What the app is extended with: made here, bound in create_app."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_sock import Sock
from flask_wtf import CSRFProtect
from htmx_flask import Htmx

from webapp.database import db, migration_type
from webapp.signalling.hub import Hub

__all__ = ["csrf", "db", "htmx", "hub", "limiter", "migrate", "sock"]

migrate = Migrate(render_as_batch=True, compare_type=True, render_item=migration_type)
sock = Sock()
htmx = Htmx()
csrf = CSRFProtect()
limiter = Limiter(get_remote_address)
hub = Hub()
