"""The first run: a code printed where the server was started proves that the person setting up owns the server.

The code follows from the secret key, so that every worker knows it and nothing need be stored; it is worth nothing
once a clinic exists.
"""

import base64
import hashlib
import hmac

from flask import current_app
from sqlalchemy.exc import IntegrityError

from webapp import clock
from webapp.clinic.models import Organisation
from webapp.clinic.organisation import dialled
from webapp.database import writing
from webapp.staff import passwords
from webapp.staff.models import ADMINISTRATOR, Person


def code() -> str:
    """Return the set-up code: 16 characters of base 32, 80 bits."""
    digest = hmac.digest(current_app.config["SECRET_KEY"].encode(), b"set-up code", hashlib.sha256)
    return base64.b32encode(digest[:10]).decode().lower()


def code_matches(typed: str) -> bool:
    """Say whether the typed code is the right one; spaces, dashes and capitals do not matter."""
    plain = typed.replace(" ", "").replace("-", "").strip().lower()
    return hmac.compare_digest(plain.encode(), code().encode())


def create(*, clinic: str, phone: str, time_zone: str, name: str, email: str, password: str) -> Person | None:
    """Make the clinic and its first administrator together; None if someone else was faster."""
    now = clock.now()
    person = Person(
        name=name,
        email=email.lower(),
        password_hash=passwords.hashed(password),
        role=ADMINISTRATOR,
        active=True,
        created_at=now,
    )
    organisation = Organisation(
        id=1,
        name=clinic,
        phone=phone,
        phone_e164=dialled(phone, time_zone) or "",
        time_zone=time_zone,
        created_at=now,
    )
    try:
        with writing() as session:
            session.add(organisation)
            session.flush()
            session.add(person)
    except IntegrityError:
        return None
    return person
