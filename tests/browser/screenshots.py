"""Pictures of every screen in both sizes, light, and of the call and the diary in the dark: `make screenshots`."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser import people, tour
from tests.servers import ROOT, RunningServer

FOLDER = ROOT / "docs" / "screenshots"


def take(folder: Path, scheme: str, swapped: bool) -> None:
    """Go on the tour, with the desk's and the phone's screens swapped or not, and keep a picture of each stop."""
    desk_screen, phone_screen = people.DESK_SCREEN, people.PHONE_SCREEN
    if swapped:
        desk_screen, phone_screen = phone_screen, desk_screen

    def look(name: str, page: Page) -> None:
        size = "phone" if page.viewport_size and page.viewport_size["width"] < 600 else "desk"
        page.evaluate("() => document.fonts.ready")
        page.screenshot(path=folder / f"{name}-{size}{'-dark' if scheme == 'dark' else ''}.png", scale="css")

    with (
        tempfile.TemporaryDirectory() as data,
        RunningServer(Path(data)) as server,
        sync_playwright() as playwright,
    ):
        browser = people.launch(playwright)
        with (
            people.context(browser, server, color_scheme=scheme, reduced_motion="reduce", **desk_screen) as desk,
            people.context(browser, server, color_scheme=scheme, reduced_motion="reduce", **phone_screen) as phone,
            people.context(browser, server, color_scheme=scheme, reduced_motion="reduce", **phone_screen) as stranger,
        ):
            tour.whole(server, desk, phone, stranger, look)
        browser.close()


def main() -> None:
    """Take all pictures, or with a folder as argument, put them there."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        for swapped in (False, True):
            take(folder, scheme, swapped)
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    main()
