"""Where the built files of the browser are: names with a hash in them, compressed ahead of time, kept for ever.

`make build` makes them; templates ask by their plain names. Icons are set into the page itself.
"""

import json
from functools import cache
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from markupsafe import Markup
from whitenoise import WhiteNoise

from webapp.security import HEADERS

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "static" / "build"
ICONS = ROOT / "static" / "vendor" / "icons"
PREFIX = "/static/build/"


def init_app(app: Flask) -> None:
    """Serve the built files ahead of the app, and let templates name them."""
    serve = WhiteNoise(
        app.wsgi_app,
        max_age=60,
        immutable_file_test=lambda path, url: not url.endswith(".json"),
        allow_all_origins=False,
        add_headers_function=_headers,
    )
    if BUILD.is_dir():
        serve.add_files(str(BUILD), prefix=PREFIX)
    app.wsgi_app = serve  # type: ignore[method-assign]
    app.jinja_env.globals.update(asset=asset, icon=icon)


def _headers(headers: Headers, path: str, url: str) -> None:
    for name in ("X-Content-Type-Options", "Cross-Origin-Resource-Policy"):
        headers[name] = HEADERS[name]


@cache
def _manifest() -> dict[str, str]:
    found: dict[str, str] = json.loads((BUILD / "manifest.json").read_text(encoding="utf-8"))
    return found


def asset(name: str) -> str:
    """Return the address of a built file, e.g. of "js/room.js"."""
    return PREFIX + _manifest()[name]


@cache
def icon(name: str) -> Markup:
    """Return an icon as inline SVG, hidden from screen readers: its button has the words."""
    return Markup((ICONS / f"{name}.svg").read_text(encoding="utf-8").strip())
