"""Passwords: Argon2id, and rules that help (length, not compulsory symbols; NIST SP 800-63B, OWASP ASVS 5.0 6.2)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 8, 200

_hasher = PasswordHasher()
# Compared against when nobody has the given email, so that the answer takes as long either way.
_NOBODY = _hasher.hash("a password that nobody has")


def hashed(password: str) -> str:
    """Return the Argon2id hash to store."""
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Say whether the password is the stored one, in the same time whether anything is stored or not."""
    try:
        return _hasher.verify(stored or _NOBODY, password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def fault(password: str, *personal: str) -> str | None:
    """Return what is wrong with a new password, as a sentence; None if it will do. `personal`: name, email, clinic."""
    if len(password) < SHORTEST:
        return f"A password has at least {SHORTEST} characters. Three or four words together make a good one."
    if len(password) > LONGEST:
        return f"A password has at most {LONGEST} characters."
    plain = password.casefold()
    if len(set(plain)) < 4 or plain in {word.casefold() for word in personal}:
        return "That password is too easy to guess. Three or four words together make a good one."
    return None
