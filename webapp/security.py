"""What holds for every answer: headers, the content policy, no-store; and the same-origin check for sockets."""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, request

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self' {sockets}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(self), microphone=(self), display-capture=(self), autoplay=(self), fullscreen=(self), "
        "picture-in-picture=(self), screen-wake-lock=(self), geolocation=(), payment=(), usb=(), browsing-topics=()"
    ),
}


def init_app(app: Flask) -> None:
    """Put the headers on every answer."""
    app.before_request(_no_nul)
    app.after_request(_headers)


def _no_nul() -> None:
    """Refuse the one character that a form may hold and PostgreSQL may not; no browser's user types it."""
    typed = [*request.args.values(), *request.form.values()]
    if any("\0" in each for each in typed):
        abort(400)


def _headers(response: Response) -> Response:
    host = request.host
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    # Older Safari does not count a socket to the same host as 'self'.
    response.headers.setdefault("Content-Security-Policy", POLICY.format(sockets=f"ws://{host} wss://{host}"))
    response.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def require_same_origin() -> None:
    """Refuse a socket that another site's page opens (a browser always names the origin); 403."""
    origin = urlsplit(request.headers.get("Origin", ""))
    public = urlsplit(current_app.config["PUBLIC_URL"]).netloc
    if not origin.netloc or origin.netloc not in {request.host, public}:
        abort(403)
