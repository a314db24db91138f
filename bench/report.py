"""Plain tables: what was measured, what it should be, what was seen; and how busy the machine was meanwhile."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share (0 to 1) of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def number(value: float) -> str:
    """Return a figure with as many digits as mean something."""
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}".replace(",", " ")
    return (
        f"{value:,.0f}".replace(",", " ")
        if abs(value) >= 100
        else f"{value:.1f}"
        if abs(value) >= 10
        else f"{value:.2f}"
    )


@dataclass
class Report:
    """One table on the way to the terminal; `remarks` say what it could not measure."""

    title: str
    remarks: list[str] = field(default_factory=list)
    _rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    def row(
        self,
        what: str,
        seen: float | None,
        unit: str = "",
        *,
        target: float | None = None,
        p99: float | None = None,
        p99_target: float | None = None,
        at_least: bool = False,
        note: str = "",
    ) -> None:
        """Add a figure; `at_least`: more is better."""
        sign = "≥" if at_least else "≤"
        aim = "" if target is None else f"{sign} {number(target)}"
        if p99_target is not None:
            aim += f", p99 ≤ {number(p99_target)}"
        shown = "–" if seen is None else f"{number(seen)} {unit}".strip()
        if p99 is not None:
            shown += f", p99 {number(p99)}"
        ratio = "" if target is None or seen is None or not target else f"{seen / target:.2f}"
        if p99_target and p99 is not None:
            ratio += f", {p99 / p99_target:.2f}"
        self._rows.append((what, aim, shown, ratio, note))

    def rows(self) -> None:
        """Print what has been added since the last time."""
        rows = [("what", "target", "seen", "seen/target", ""), *self._rows]
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        print(f"\n{self.title}")
        for place, row in enumerate(rows):
            print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
            if place == 0:
                print("  " + "  ".join("-" * width for width in widths[:4]))
        for remark in self.remarks:
            print(f"  {remark}")
        self._rows, self.remarks = [], []


def _busy() -> tuple[float, float]:
    """Return (busy, all) seconds of all processors since the start of the machine, in their own unit."""
    figures = [float(each) for each in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    idle = figures[3] + figures[4]
    return sum(figures) - idle, sum(figures)


def busy_share(seconds: float = 1.0) -> float:
    """Return how busy the machine is, all processors together, 0 to 1."""
    before = _busy()
    time.sleep(seconds)
    after = _busy()
    return (after[0] - before[0]) / max(1.0, after[1] - before[1])


def wait_for_quiet(most: float = 60) -> str:
    """Wait until hardly anything else runs here, at most so many seconds; return a sentence about it."""
    until = time.monotonic() + most
    calm = 0
    while True:
        share = busy_share()
        calm = calm + 1 if share < 0.15 else 0
        if calm >= 2:
            return f"The machine was quiet at the start ({share:.0%} busy)."
        if time.monotonic() > until:
            return (
                f"NOT quiet: the machine was {share:.0%} busy with other work at the start; read the figures with care."
            )
