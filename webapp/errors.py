"""Every error as a calm page or sentence, without internals."""

from contextlib import suppress

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from webapp.database import away, db

SENTENCES = {
    400: ("That did not arrive in one piece", "Go back, reload the page and try again."),
    403: ("This is not allowed", "Go back to the page that you came from."),
    404: ("There is no such page", "The address may be mistyped, or it is not one that you may see."),
    405: ("That does not work here", "Go back and use the buttons of the page."),
    410: ("This is over", "There is nothing more here."),
    413: ("That file is too large", "Choose a smaller one, up to 300 KB."),
    429: ("Too many tries", "Wait a minute, then try again."),
    500: ("Something went wrong on our side", "Nothing you typed was at fault. Try again in a moment."),
    503: ("The server is full or restarting", "It will be back in a moment; try again."),
}


NOT_SAVED = (
    "Not saved yet",
    "The server cannot save anything at the moment. Try again shortly; nothing is done twice.",
)
NOT_THERE = ("One moment, please", "The server cannot look anything up at the moment. Try again shortly.")
AGAIN_IN = 2
"""Seconds after which a browser may ask again while the record is away."""


def init_app(app: Flask) -> None:
    """Answer every error, expected or not, with one kind of page."""
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _answer(code: int) -> Response:
    heading, sentence = SENTENCES.get(code, SENTENCES[500] if code >= 500 else SENTENCES[400])
    template = "_error.html" if request.headers.get("HX-Request") else "error.html"
    return make_response(render_template(template, heading=heading, sentence=sentence), code)


def _http(error: HTTPException) -> Response:
    code = error.code or 500
    if code < 400:  # a redirect of the router's own
        return error.get_response()  # type: ignore[return-value]
    return _answer(code)


def _csrf(error: CSRFError) -> Response:
    heading, sentence = "The page has been open for a long time", "Reload it and try again."
    template = "_error.html" if request.headers.get("HX-Request") else "error.html"
    return make_response(render_template(template, heading=heading, sentence=sentence), 400)


def _unexpected(error: Exception) -> Response:
    # The route, never the path: a path may hold a client's link.
    route = request.url_rule.rule if request.url_rule else "no route"
    if away(error):
        return _record_away(route)
    current_app.logger.exception("%s %s failed", request.method, route)
    return _answer(500)


def _record_away(route: str) -> Response:
    """Say that the record is away, asking it nothing more; the same press, sent again, does what it was for."""
    current_app.logger.warning("%s %s: the database does not answer", request.method, route)
    with suppress(Exception):
        db.session.rollback()
    g.record_away = True
    heading, sentence = NOT_THERE if request.method == "GET" else NOT_SAVED
    template = "_error.html" if request.headers.get("HX-Request") else "error.html"
    response = make_response(render_template(template, heading=heading, sentence=sentence), 503)
    response.headers["Retry-After"] = str(AGAIN_IN)
    return response
