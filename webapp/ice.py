"""The ICE servers that a browser is given: the clinic's own STUN, and its relay with a key that soon runs out.

Relay keys follow the TURN REST API (draft-uberti-behave-turn-rest-00), as coturn's `use-auth-secret` reads them.
"""

import base64
import hashlib
import hmac
from typing import Any

from flask import current_app

from webapp import clock

MINUTES = 30


def servers(seat: str) -> list[dict[str, Any]]:
    """Return RTCIceServer dictionaries for one seat, e.g. "17-client"; relay keys live for MINUTES."""
    config = current_app.config
    found: list[dict[str, Any]] = []
    if config["STUN_URLS"]:
        found.append({"urls": config["STUN_URLS"]})
    if config["TURN_URLS"]:
        name = f"{int(clock.now().timestamp()) + MINUTES * 60}:{seat}"
        digest = hmac.digest(config["TURN_SECRET"].encode(), name.encode(), hashlib.sha1)
        key = base64.b64encode(digest).decode()
        found.append({"urls": config["TURN_URLS"], "username": name, "credential": key})
    return found
