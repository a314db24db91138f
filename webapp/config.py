"""Settings from the environment; every mistake is said at the start, in words, never later.

A setting NAME may also come from a file: NAME_FILE names it (for secrets handed over by an installer).
Imports nothing of webapp.
"""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError


class BadSetting(Exception):
    """A setting that cannot work; the message says which one and what to do."""


def read(env: Mapping[str, str], name: str, default: str = "") -> str:
    """Return NAME, or the content of the file that NAME_FILE names, or the default."""
    path = env.get(f"{name}_FILE")
    if env.get(name) and path:
        raise BadSetting(f"Both {name} and {name}_FILE are set: keep one of them.")
    if not path:
        return env.get(name) or default
    try:
        content = Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSetting(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadSetting(f"{name}_FILE names {path}, which is not a text file.") from error
    if not content:
        raise BadSetting(f"{name}_FILE names {path}, which is empty.")
    return content


def _number(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = read(env, name, str(default))
    if not text.isdecimal() or not least <= int(text) <= most:
        raise BadSetting(f"{name} is {text!r}: it takes a whole number from {least} to {most}.")
    return int(text)


def _urls(env: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> list[str]:
    urls = [part.strip() for part in read(env, name).split(",") if part.strip()]
    for url in urls:
        if not url.startswith(schemes):
            raise BadSetting(f"{name} holds {url!r}: each address begins with {' or '.join(schemes)}.")
    return urls


def _database(env: Mapping[str, str], folder: Path) -> str:
    """Return the address of the database; one that no driver here understands is refused, and never repeated."""
    url = re.sub("^postgres://", "postgresql://", read(env, "DATABASE_URL", f"sqlite:///{folder / 'anteroom.db'}"))
    try:
        make_url(url).get_dialect().import_dbapi()
    except (ArgumentError, ImportError) as error:
        raise BadSetting(
            "DATABASE_URL is no address of a database that works here: it reads like "
            "postgresql://user:password@host/name, or is left out for a file in DATA_DIR."
        ) from error
    return url


def _engine(url: str) -> dict[str, Any]:
    """Return how the database is reached: nobody waits long for one that is away, or meets a connection from before."""
    # Parameters hold links and names, and an error of the database is written to the log.
    options: dict[str, Any] = {"hide_parameters": True, "pool_timeout": 3}
    if url.startswith("postgresql"):
        options |= {"pool_pre_ping": True, "connect_args": {"connect_timeout": 3, "tcp_user_timeout": 3000}}
    return options


def _data_dir(env: Mapping[str, str]) -> Path:
    folder = Path(read(env, "DATA_DIR", "instance")).resolve()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(f"DATA_DIR is {folder}, which cannot be made: {error.strerror}.") from error
    if not os.access(folder, os.W_OK):
        raise BadSetting(f"DATA_DIR is {folder}, which cannot be written to.")
    return folder


def _secret_key(env: Mapping[str, str], folder: Path) -> str:
    """Return SECRET_KEY, or the key made on the first start and kept readable by its owner only."""
    given = read(env, "SECRET_KEY")
    if given:
        if len(given) < 32:
            raise BadSetting("SECRET_KEY is shorter than 32 characters: leave it out and one is made for you.")
        return given
    path = folder / "secret.key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = path.read_text(encoding="ascii", errors="replace").strip()
        if len(kept) < 32:
            raise BadSetting(f"{path} is damaged: remove it and start again, and a new key is made.") from None
        return kept
    made = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(made)
    return made


def from_environment(env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the app's configuration; raise BadSetting with a sentence if any of it cannot work."""
    env = os.environ if env is None else env
    folder = _data_dir(env)
    public_url = read(env, "PUBLIC_URL").rstrip("/")
    if public_url and not public_url.startswith(("http://", "https://")):
        raise BadSetting(f"PUBLIC_URL is {public_url!r}: it begins with https:// (or http:// for a trial).")
    turn_urls = _urls(env, "TURN_URLS", ("turn:", "turns:"))
    turn_secret = read(env, "TURN_SECRET")
    if bool(turn_urls) != bool(turn_secret):
        raise BadSetting("TURN_URLS and TURN_SECRET go together: set both, or neither.")
    url = _database(env, folder)
    return {
        "DATA_DIR": folder,
        "SECRET_KEY": _secret_key(env, folder),
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine(url),
        "PUBLIC_URL": public_url,
        "MAX_SOCKETS": _number(env, "MAX_SOCKETS", 300, 4, 20000),
        "MAX_CONTENT_LENGTH": 1024 * 1024,
        "STUN_URLS": _urls(env, "STUN_URLS", ("stun:", "stuns:")),
        "TURN_URLS": turn_urls,
        "TURN_SECRET": turn_secret,
        "TRUSTED_PROXIES": _number(env, "TRUSTED_PROXIES", 0, 0, 5),
        "SESSION_COOKIE_NAME": "anteroom",
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SECURE": public_url.startswith("https://"),
        "WTF_CSRF_TIME_LIMIT": None,
        # The referrer that this check reads is never sent: every page asks for no-referrer.
        "WTF_CSRF_SSL_STRICT": False,
        "RATELIMIT_STORAGE_URI": "memory://",
        "RATELIMIT_HEADERS_ENABLED": False,
    }
