"""The client's link: 128 random bits and a signature over them, so that the record alone opens no door.

Base 32 in small letters: survives being read out, retyped and linked by any mail program.
"""

import base64
import hashlib
import hmac
import re
import secrets

from flask import current_app, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import lazyload

from webapp.appointments.models import Appointment
from webapp.database import db

_KEY = 26  # 16 bytes in base 32
_SIGNATURE = 20  # 12 bytes in base 32


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


def new_key() -> str:
    """Return the random half of a new link."""
    return _base32(secrets.token_bytes(16))


def _signature(key: str) -> str:
    secret = current_app.config["SECRET_KEY"].encode()
    return _base32(hmac.digest(secret, b"client link " + key.encode(), hashlib.sha256)[:12])[:_SIGNATURE]


def token(appointment: Appointment) -> str:
    """Return what stands in the link after /v/."""
    return appointment.link_key + _signature(appointment.link_key)


def address(appointment: Appointment) -> str:
    """Return the whole link."""
    base = current_app.config["PUBLIC_URL"] or request.host_url.rstrip("/")
    return str(base + url_for("room.open_link", token=token(appointment)))


def find(token: str) -> Appointment | None:
    """Return the appointment of a link, or None; the same steps are taken whether it is known, tampered with or not."""
    plain = re.sub(r"[^a-z2-7]", "_", token.strip().lower())
    key, signature = plain[:_KEY], plain[_KEY:]
    genuine = hmac.compare_digest(signature.encode(), _signature(key).encode())
    chosen = select(Appointment).where(Appointment.link_key == key)
    found = db.session.scalar(chosen.options(lazyload(Appointment.seats)))
    return found if genuine else None


def _pass() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="visit")


def make_pass(appointment: Appointment) -> str:
    """Return the cookie that a browser gets in exchange for the link."""
    return str(_pass().dumps(appointment.ref))


def pass_is_for(cookie: str | None, ref: str) -> bool:
    """Say whether this cookie is the pass for this appointment."""
    try:
        return bool(cookie) and _pass().loads(cookie or "") == ref
    except BadSignature:
        return False
