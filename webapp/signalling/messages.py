"""What a browser may say over the socket: three types, their fields and their sizes. Everything else is refused.

The shapes follow WebRTC 1.0: RTCSessionDescriptionInit and RTCIceCandidateInit.
"""

import json
from typing import Any

LARGEST = 64 * 1024
"""The largest message a browser may send, in bytes."""


class Refused(Exception):
    """A message that is not of the vocabulary; the text says why, and never what was in it."""


def _text(value: Any, most: int) -> bool:
    return isinstance(value, str) and len(value) <= most


def _call(message: dict[str, Any]) -> bool:
    return _text(message.get("call"), 64) and bool(message["call"])


def _hello(message: dict[str, Any]) -> bool:
    """Take a hello without a call: nothing there yet; or with one: there, and to be renewed."""
    return "call" not in message or _call(message)


def _description(message: dict[str, Any]) -> bool:
    inner = message.get("description")
    return (
        _call(message)
        and isinstance(inner, dict)
        and set(inner) <= {"type", "sdp"}
        and inner.get("type") in ("offer", "answer", "rollback")
        and _text(inner.get("sdp", ""), LARGEST)
    )


def _candidate(message: dict[str, Any]) -> bool:
    inner = message.get("candidate")
    if inner is None:
        return _call(message)
    return (
        _call(message)
        and isinstance(inner, dict)
        and set(inner) <= {"candidate", "sdpMid", "sdpMLineIndex", "usernameFragment"}
        and _text(inner.get("candidate"), 4096)
        and (inner.get("sdpMid") is None or _text(inner["sdpMid"], 256))
        and (inner.get("usernameFragment") is None or _text(inner["usernameFragment"], 256))
        and (inner.get("sdpMLineIndex") is None or type(inner["sdpMLineIndex"]) is int)
    )


_TYPES = {
    "hello": ({"type"}, {"call"}, _hello),
    "description": ({"type", "call", "description"}, set(), _description),
    "candidate": ({"type", "call", "candidate"}, set(), _candidate),
}
"""Of each type: the fields that it has, those that it may have, and whether they fit."""


def parse(raw: str | bytes) -> dict[str, Any]:
    """Return the message of a browser, or raise Refused."""
    if isinstance(raw, bytes):
        raise Refused("binary")
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Refused("not JSON") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Refused("no type")
    if message["type"] not in _TYPES:
        raise Refused("unknown type")
    fields, more, fits = _TYPES[message["type"]]
    if not fields <= set(message) <= fields | more or not fits(message):
        raise Refused("wrong fields")
    return message


def changed(status: str) -> dict[str, str]:
    """Return the server's own message: the status is now this; fetch your panel again."""
    return {"type": "changed", "status": status}
