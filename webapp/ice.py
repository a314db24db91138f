"""The ICE servers that a browser is given: the clinic's own STUN, and its relay with a key that soon runs out.

Relay keys follow the TURN REST API (draft-uberti-behave-turn-rest-00), as coturn's `use-auth-secret` reads them.
Never says to the relay who talks: its log may hold what is in a key's name.
"""

import base64
import hashlib
import hmac
from typing import Any

from flask import current_app

from webapp import clock

SECONDS = 300
"""How long a relay key lives. A relay that is in use by then stays in use; only new ones need a new key."""


def given(ref: str, role: str) -> dict[str, Any]:
    """Return what a seat's browser needs: RTCIceServer dictionaries, and for how many seconds their keys live.

    No keys, nothing to renew: then the seconds are 0.
    """
    config = current_app.config
    servers: list[dict[str, Any]] = []
    if config["STUN_URLS"]:
        servers.append({"urls": config["STUN_URLS"]})
    if not config["TURN_URLS"]:
        return {"servers": servers, "seconds": 0}
    name = f"{int(clock.now().timestamp()) + SECONDS}:{_seat(ref, role)}"
    digest = hmac.digest(config["TURN_SECRET"].encode(), name.encode(), hashlib.sha1)
    key = base64.b64encode(digest).decode()
    servers.append({"urls": config["TURN_URLS"], "username": name, "credential": key})
    return {"servers": servers, "seconds": SECONDS}


def _seat(ref: str, role: str) -> str:
    """Return a word for a seat that is the same each time, so that the relay can count, and tells nothing else."""
    secret = current_app.config["SECRET_KEY"].encode()
    return hmac.digest(secret, f"relay seat {ref} {role}".encode(), hashlib.sha256).hex()[:16]
