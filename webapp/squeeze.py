"""Compresses a page on its way to the browser: the room's, which is mostly the same few icons and words.

Only for pages in which nothing of the request is repeated: with such an echo, the length of what is sent would tell an
onlooker of the secrets in it (BREACH, CVE-2013-3587). Never used for answers that are wanted in milliseconds.
"""

import gzip

from flask import Response, request

LEVEL = 6


def squeezed(response: Response) -> Response:
    """Return the response compressed with gzip (RFC 9110, 8.4.1.3), where the browser takes that."""
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip") > 0:
        response.set_data(gzip.compress(response.get_data(), LEVEL, mtime=0))
        response.content_encoding = "gzip"
    return response
