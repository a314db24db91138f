"""The network namespaces of a laboratory: made, entered, removed. The machine's own network is never touched.

A namespace carries the process in its name that made it, so that two runs do not meet, and so that the next run can
tell what a dead one has left and clear it away.
"""

import ctypes
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path("/run/netns")

# Ranges for documentation: nobody has them, and a relay that refuses private addresses accepts them.
NETS = {"client": "192.0.2", "clinician": "198.51.100", "server": "203.0.113"}

_libc = ctypes.CDLL(None, use_errno=True)


def why_not() -> str:
    """Return a sentence about why no laboratory can be built here; nothing if it can."""
    if os.geteuid() != 0:
        return "The laboratory makes network namespaces, which only root may: run the tests as root."
    if not shutil.which("ip"):
        return "The laboratory needs the program ip: install iproute2."
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError as error:
        return f"The laboratory needs /dev/net/tun, which cannot be opened here: {error.strerror}."
    probe = f"anteroom-{os.getpid()}-probe"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True)
    if made.returncode:
        return f"The laboratory cannot make a network namespace here: {made.stderr.strip()}."
    remove(probe)
    return ""


def names(owner: int) -> dict[str, str]:
    """Return the namespaces that the wire of this process id makes, by side."""
    return {side: f"anteroom-{owner}-{side}" for side in NETS}


def make(name: str) -> None:
    """Make an empty namespace, with a loopback of its own and without IPv6."""
    subprocess.run(["ip", "netns", "add", name], check=True)
    with inside(name):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        switch = Path("/proc/sys/net/ipv6/conf/all/disable_ipv6")
        if switch.exists():
            switch.write_text("1")


@contextmanager
def inside(name: str) -> Iterator[None]:
    """Let this thread, and no other, do something in a namespace; a socket opened there stays there."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(FOLDER / name, os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(home)
        os.close(there)
        os.close(home)


def _enter(handle: int) -> None:
    if _libc.setns(handle, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def command(name: str) -> list[str]:
    """Return what stands before a command that is to run in a namespace; it keeps its process id."""
    return ["ip", "netns", "exec", name]


def remove(name: str) -> None:
    """Stop whatever still runs in a namespace, and remove it."""
    for _ in range(50):
        found = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True).stdout.split()
        if not found:
            break
        for each in found:
            try:
                os.kill(int(each), signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.05)
    subprocess.run(["ip", "netns", "del", name], capture_output=True)


def clear_leftovers() -> None:
    """Remove the namespaces of runs that are dead."""
    for each in FOLDER.glob("anteroom-*") if FOLDER.exists() else ():
        owner = re.fullmatch(r"anteroom-(\d+)-\w+", each.name)
        if owner and not Path(f"/proc/{owner[1]}").exists():
            remove(each.name)
