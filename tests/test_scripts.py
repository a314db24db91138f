"""The pure parts of the browser's scripts, tested alone by Node's own test runner: tests/js."""

import subprocess
from pathlib import Path

TESTS = Path(__file__).parent / "js"


def test_the_scripts() -> None:
    files = sorted(str(path) for path in TESTS.glob("*.test.mjs"))
    assert files
    ran = subprocess.run(["node", "--test", *files], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
