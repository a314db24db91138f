"""How long a call takes to come back after what bad networks do to it; the same done to a naive call beside it.

    make bench-recovery
    make bench-recovery ARGS="--runs 3 --rows down-8 address"

Three network namespaces on a wire (tests/lab), a real browser at each side with a small made-up camera. "Back": both
see the other move again, from the first frame of a movement that lasts. The naive call (bench/naive) is two pages, one
offer and one answer. What is done to them is in faults.py.
"""

import argparse
import signal
import sys
from collections.abc import Callable

from bench.faults import Row, Stand, address, down, loss, narrow, server, sockets, stand
from bench.report import Report, median, wait_for_quiet
from tests.lab import namespaces


def rows() -> dict[str, tuple[Callable[[Stand, list[Row]], None], list[Row]]]:
    """Return what can be measured, by the name that the command line has for it."""

    def pause() -> Row:
        return Row("… longest pause of a picture meanwhile", 0.5, compared=False)

    return {
        "down-8": (lambda s, r: down(s, r, 8), [Row("link down 8 s → back after link-up", 2.5)]),
        "down-25": (lambda s, r: down(s, r, 25), [Row("link down 25 s → back after link-up", 3)]),
        "down-300": (lambda s, r: down(s, r, 300), [Row("link down 5 minutes → back after link-up", 5)]),
        "address": (lambda s, r: address(s, r, "client"), [Row("client's address changes → back", 4)]),
        "address-2": (lambda s, r: address(s, r, "clinician"), [Row("clinician's address changes → back", 4)]),
        "socket": (
            sockets,
            [Row("socket dead without a word → a change of state shown", 3, compared=False), pause()],
        ),
        "kill": (
            lambda s, r: server(s, r, kill=True),
            [Row("server killed, 5 s away → both sockets after it is up", 3, compared=False), pause()],
        ),
        "restart": (
            lambda s, r: server(s, r, kill=False),
            [
                Row("server restarted → both sockets after it is up", 3, compared=False),
                pause(),
                Row("… graceful stop with an open call", 2, compared=False),
            ],
        ),
        "loss": (
            loss,
            [
                Row("10 % lost, 200 ms there and back: sound made up", 10, "%"),
                Row("… longest pause of a picture", None),
            ],
        ),
        "narrow": (
            narrow,
            [
                Row("150 kbit/s: sound made up", 5, "%"),
                Row("… wide again → picture moves", 10),
                Row("… wide again → as large as before", None),
            ],
        ),
    }


def show(row: Row, report: Report) -> None:
    """Add the medians of a row."""
    came = [each for each in row.ours if each is not None]
    if not row.ours:
        return
    worst = f"worst {max(came):.2f}" if came else ""
    missed = f", NOT back {len(row.ours) - len(came)} of {len(row.ours)}" if len(came) < len(row.ours) else ""
    note = f"{worst}{missed}" + (f"; naive: {_said(row.naive, row.unit)}" if row.compared else "")
    report.row(row.what, median(came) if came else None, row.unit, target=row.target, note=note)


def _said(figures: list[float | None], unit: str) -> str:
    came = [each for each in figures if each is not None]
    if not came:
        return f"never, {len(figures)} of {len(figures)}"
    lost = f", never {len(figures) - len(came)} of {len(figures)}" if len(came) < len(figures) else ""
    return f"{median(came):.2f} {unit}{lost}"


def main() -> None:
    """Measure and print."""
    all_ = rows()
    usual = [each for each in all_ if each != "down-300"]
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--rows", nargs="+", choices=all_, default=usual, metavar="ROW", help=", ".join(all_))
    given = options.parse_args()
    if reason := namespaces.why_not():
        raise SystemExit(reason)
    report = Report(f"Recovery between real networks, Chromium, camera 640x360, medians of {given.runs} runs")
    report.remarks.append(wait_for_quiet())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # print what there is, take the laboratory down
    try:
        with stand() as on:
            for name in given.rows:
                suffer, figures = all_[name]
                try:
                    for run in range(given.runs):
                        print(f"\r{name} {run + 1}/{given.runs} ", end="", flush=True)
                        suffer(on, figures)
                finally:
                    for each in figures:
                        show(each, report)
    finally:
        if "down-300" not in given.rows:
            report.remarks.append("Not measured unless named: down-300, which takes six minutes a run.")
        report.remarks.append("Not measured: real radios, phones and cameras, Safari; Firefox is tested in tests/lab.")
        report.rows()


if __name__ == "__main__":
    main()
