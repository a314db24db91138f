"""What a client's browser fetches from the link to the waiting room and on into the call, with nothing cached.

    make bench-page_weight

Bytes are those on the wire, headers of the answers included, as the browser's own network log counts them.
"""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from bench.clinic import Clinic, clinic
from bench.pages import ADA, CLEO, Person, launch, person
from bench.report import Report
from tests.browser import people


@dataclass
class Log:
    """What a page has fetched."""

    kinds: dict[str, str] = field(default_factory=dict)
    bytes: dict[str, float] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)
    sockets: int = 0
    socket_bytes: int = 0
    missing: int = 0

    @classmethod
    def of(cls, someone: Person) -> "Log":
        log, listen = cls(), someone.devtools.on
        someone.devtools.send("Network.enable")
        listen("Network.requestWillBeSent", log._asked)
        listen(
            "Network.loadingFinished", lambda event: log.bytes.update({event["requestId"]: event["encodedDataLength"]})
        )
        listen("Network.loadingFailed", lambda event: setattr(log, "missing", log.missing + 1))
        listen("Network.webSocketCreated", log._opened)
        for way in ("Received", "Sent"):
            listen(f"Network.webSocketFrame{way}", lambda event: log._said(event["response"]["payloadData"]))
        return log

    def _asked(self, event: dict) -> None:
        url = urlsplit(event["request"]["url"])
        if url.scheme in ("http", "https"):
            self.kinds[event["requestId"]] = event.get("type", "Other")
            self.hosts.add(url.netloc)

    def _opened(self, event: dict) -> None:
        self.sockets += 1
        self.hosts.add(urlsplit(event["url"]).netloc)

    def _said(self, text: str) -> None:
        self.socket_bytes += len(text.encode()) + 4

    def requests(self) -> int:
        return len(self.kinds) + self.sockets

    def total(self) -> float:
        return sum(self.bytes.values()) + self.socket_bytes

    def scripts(self) -> float:
        return sum(size for each, size in self.bytes.items() if self.kinds.get(each) == "Script")

    def by_kind(self) -> str:
        sums: dict[str, float] = {}
        for each, size in self.bytes.items():
            kind = self.kinds.get(each, "Other")
            sums[kind] = sums.get(kind, 0) + size
        return ", ".join(f"{kind} {size / 1000:.1f}" for kind, size in sorted(sums.items(), key=lambda item: -item[1]))


def _rows(report: Report, house: Clinic, name: str, log: Log, kilobytes: float | None, requests: int | None) -> None:
    report.row(f"{name}: on the wire", log.total() / 1000, "KB", target=kilobytes, note=log.by_kind())
    report.row(f"{name}: requests", log.requests(), target=requests, note=f"{log.sockets} of them a socket")
    others = log.hosts - {urlsplit(house.server.url).netloc}
    report.row(f"{name}: other hosts", len(others), target=0, note=" ".join(sorted(others)))


def main() -> None:
    """Measure and print."""
    report = Report("Cold page weight, KB of 1 000 bytes")
    with clinic() as house, sync_playwright() as playwright:
        browser = launch(playwright)
        visit = house.visits(1)[0]
        with person(browser, house, ADA) as ada, person(browser, house, CLEO) as cleo:
            adas, cleos = Log.of(ada), Log.of(cleo)
            ada.page.goto(visit.room)
            cleo.page.goto(visit.link)
            cleo.seen("ready painted")
            cleo.page.wait_for_timeout(1500)
            _rows(report, house, "client, link to waiting room", cleos, 60, 10)
            report.row("client, link to waiting room: JavaScript", cleos.scripts() / 1000, "KB", target=40)
            report.row("client, link to waiting room: before anything shows", _blocking(cleo))
            cleo.page.get_by_role("button", name="I'm ready").click()
            ada.page.get_by_role("button", name="Start Call").click()
            people.expect_moving(cleo.page, people.ADA)
            cleo.page.wait_for_timeout(3000)
            _rows(report, house, "client, link to 3 s into the call", cleos, 80, None)
            report.row("client, the call: JavaScript", cleos.scripts() / 1000, "KB", target=40)
            _rows(report, house, "clinician, room to 3 s into the call", adas, 80, None)
            report.row("clinician: JavaScript", adas.scripts() / 1000, "KB", target=40)
            missing = cleos.missing + adas.missing
        browser.close()
    if missing:
        report.remarks.append(f"{missing} requests were broken off; what came of them is not counted.")
    report.remarks.append(
        "Not counted: headers of requests, TCP and TLS. Galene took 482 KB in 17 requests, MiroTalk P2P 1 632 KB in 71."
    )
    report.rows()


def _blocking(someone: Person) -> float:
    """Return how many files the browser has to have before it paints."""
    return float(
        someone.page.evaluate(
            "performance.getEntriesByType('resource').filter((each) => each.renderBlockingStatus === 'blocking').length"
        )
    )


if __name__ == "__main__":
    main()
