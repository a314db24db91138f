"""The one place that reads the time. Tests move time by replacing `now`."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment as aware UTC."""
    return datetime.now(UTC)
