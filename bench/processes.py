"""What /proc knows of a process: memory, threads, processor time."""

import os
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> float:
    """Return the processor seconds that a process has used."""
    # After the last bracket: the name of a program may hold spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def memory(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    return int(status(pid)["VmRSS"].split()[0]) / 1024


def threads(pid: int) -> int:
    return int(status(pid)["Threads"])


def descriptors(pid: int) -> int:
    """Return how many files, sockets and the like a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))
