"""Who is asking: the signed-in person or no entry."""

from urllib.parse import urlsplit

from flask import Response, abort, redirect, request, url_for

from webapp.staff import sessions
from webapp.staff.models import Person


class SignInNeeded(Exception):
    """Nobody is signed in; the app answers with the way to the sign-in page."""


def person() -> Person:
    """Return who is signed in, or send the browser to sign in."""
    found = sessions.current()
    if found is None:
        raise SignInNeeded
    return found


def administrator() -> Person:
    """Return the signed-in administrator; for anyone else the page does not exist."""
    found = person()
    if not found.is_administrator:
        abort(404)
    return found


def to_sign_in(error: SignInNeeded) -> Response:
    """Answer a request that nobody is signed in for: a page by a redirect, a fragment by a header, a socket by 401."""
    if request.environ.get("HTTP_UPGRADE", "").lower() == "websocket":
        return Response(status=401)
    back = request.full_path.rstrip("?") if request.method == "GET" and not request.headers.get("HX-Request") else "/"
    place = url_for("staff.sign_in", next=back) if back != "/" else url_for("staff.sign_in")
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": place})
    return redirect(place)  # type: ignore[return-value]


def safe_next(target: str | None) -> str:
    """Return a path on this site to go on to after signing in; the diary where the wish is none or not ours."""
    try:
        parts = urlsplit(target or "")
    except ValueError:
        return "/"
    # A browser reads a backslash as a slash, so "/\\host" would leave the site.
    ours = target and target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target
    return target if ours and not parts.scheme and not parts.netloc and target else "/"
