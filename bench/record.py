"""A long past for a record: appointments that were held, with their seats and events, put in by the database itself."""

import sqlite3
from pathlib import Path

import psycopg

# Both databases understand these. Materialized: else SQLite would reckon each moment once for every column.
_NUMBERS = "past(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM past WHERE n < {count})"
_APPOINTMENTS = """
INSERT INTO appointments (id, ref, link_key, form_key, clinician_id, client_name, client_email, client_mobile,
    starts_at, ends_at, status, created_at, opened_at, ready_at, started_at, ended_at, outcome)
WITH RECURSIVE {numbers}, moments AS MATERIALIZED (SELECT n, {start} AS s, {end} AS e FROM past)
SELECT n, {ref}, {key}, 'past-' || n, {clinician}, 'Client ' || n, 'client' || n || '@example.org',
    '+447700900123', s, e, 'ended', s, s, s, s, e, 'completed'
FROM moments
"""
_SEATS = """
INSERT INTO seats (appointment_id, role, "window", seen_at)
SELECT id, role, 'window-of-the-past', ended_at FROM appointments
CROSS JOIN (SELECT 'client' AS role UNION ALL SELECT 'clinician') AS roles ORDER BY id
"""
_EVENTS = """
INSERT INTO events (appointment_id, at, what, seat, why)
SELECT id, ended_at, what, 'clinician', '' FROM appointments
CROSS JOIN (SELECT 'booked' AS what UNION ALL SELECT 'link_made' UNION ALL SELECT 'opened' UNION ALL SELECT 'ready'
    UNION ALL SELECT 'started' UNION ALL SELECT 'ended') AS kinds ORDER BY id
"""


def _statements(count: int, clinician: int, words: dict[str, str]) -> list[str]:
    numbers = _NUMBERS.format(count=count)
    return [_APPOINTMENTS.format(numbers=numbers, clinician=clinician, **words), _SEATS, _EVENTS]


def fill_sqlite(file: Path, count: int, clinician: int) -> None:
    """Add so many past appointments, twenty minutes apart, to an empty record that no server has open."""
    past = f"unixepoch('now', '-1 day') - 1200 * ({count} - n)"
    words = {
        "ref": "lower(hex(randomblob(8)))",
        "key": "lower(hex(randomblob(13)))",
        "start": f"datetime({past} - 900, 'unixepoch') || '.000000'",
        "end": f"datetime({past}, 'unixepoch') || '.000000'",
    }
    record = sqlite3.connect(file, isolation_level=None)
    # Nobody waits for this and nothing is lost if it fails: no safety, much memory.
    for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-1000000", "temp_store=MEMORY"):
        record.execute(f"PRAGMA {pragma}")
    record.execute("BEGIN")
    for statement in _statements(count, clinician, words):
        record.execute(statement)
    record.execute("COMMIT")
    record.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    record.close()


def fill_postgresql(url: str, count: int, clinician: int) -> None:
    """The same for PostgreSQL; its sequence goes on after them."""
    past = f"date_trunc('second', now()) - interval '1 day' - interval '20 minutes' * ({count} - n)"
    words = {
        "ref": "substr(md5('ref' || n), 1, 16)",
        "key": "substr(md5('key' || n), 1, 26)",
        "start": f"{past} - interval '15 minutes'",
        "end": past,
    }
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as record:
        for statement in _statements(count, clinician, words):
            record.execute(statement)
        record.execute("SELECT setval('appointments_id_seq', (SELECT max(id) FROM appointments))")
        record.execute("ANALYZE")
