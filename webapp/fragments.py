"""A fragment that is sent again only when it reads differently, so that focus is not stolen and nothing is said twice.

The digest of the rendering stands in the fragment itself, in place of DIGEST, and comes back as `have`.
"""

import hashlib

from flask import Response, make_response, render_template, request

DIGEST = "digest-of-this"


def stamped(html: str) -> tuple[str, str]:
    """Return a rendering with its own digest in it, and that digest."""
    digest = hashlib.sha256(html.encode()).hexdigest()[:16]
    return html.replace(DIGEST, digest), digest


def unless_same(template: str, status: int = 200, **values: object) -> Response:
    """Return the rendered fragment, or 204 where the browser has it already."""
    html, digest = stamped(render_template(template, digest=DIGEST, **values))
    if request.args.get("have") == digest:
        return Response(status=204)
    return make_response(html, status)
