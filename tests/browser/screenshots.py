"""Pictures of every screen in both sizes, light, and of the call and the diary in the dark: `make screenshots`."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.browser import people, tour
from tests.servers import ROOT, RunningServer

FOLDER = ROOT / "docs" / "screenshots"


FACE = """<body style="margin:0"><svg viewBox="0 0 640 480" width="640" height="480">
<defs><linearGradient id="wall" x2="1" y2="1"><stop stop-color="hsl({wall} 26% 40%)"/>
<stop offset="1" stop-color="hsl({wall} 30% 18%)"/></linearGradient></defs>
<rect width="640" height="480" fill="url(#wall)"/><g transform="translate({sway} 0)">
<ellipse cx="320" cy="520" rx="200" ry="180" fill="hsl({coat} 24% 30%)"/><rect x="285" y="270" width="70" height="90"
 fill="hsl(24 38% 58%)"/><circle cx="320" cy="215" r="92" fill="hsl(24 42% 66%)"/>
<path d="M228 205a92 92 0 0 1 184 0q-40-60-92-54t-92 54z" fill="hsl({hair} 22% 20%)"/>
<circle cx="288" cy="218" r="7"/><circle cx="352" cy="218" r="7"/>
<path d="M290 256q30 22 60 0" fill="none" stroke="#5b2f22" stroke-width="6" stroke-linecap="round"/></g></svg>"""


def launch(playwright: Playwright, folder: Path, **colours: int) -> Browser:
    """Start Chromium with a drawn face before its camera."""
    browser = people.launch(playwright)
    page = browser.new_page(viewport={"width": 640, "height": 480})
    film = folder / f"face-{colours['wall']}.mjpeg"
    with film.open("wb") as out:
        for sway in (0, 2, 4, 2):
            page.set_content(FACE.format(sway=sway, **colours))
            out.write(page.screenshot(type="jpeg", quality=90))
    browser.close()
    return people.launch(playwright, f"--use-file-for-fake-video-capture={film}")


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
        hers = launch(playwright, Path(data), wall=190, coat=200, hair=24)
        his = launch(playwright, Path(data), wall=24, coat=150, hair=30)
        settings = {"color_scheme": scheme, "reduced_motion": "reduce"}
        with (
            people.context(hers, server, **settings, **desk_screen) as desk,
            people.context(his, server, **settings, **phone_screen) as phone,
            people.context(his, server, **settings, **phone_screen) as stranger,
        ):
            tour.whole(server, desk, phone, stranger, look)
        hers.close()
        his.close()


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
