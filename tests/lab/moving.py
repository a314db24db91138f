"""How long until a picture moves again, and how sound gets through: read in the pages, for tests and measurements.

Every frame that a video shows is noted with the machine's clock. A picture moves when frames have come without a pause
for a while; it has moved since the first of them.
"""

import time
from typing import Any

from playwright.sync_api import Page, TimeoutError

NOTE_FRAMES = """
(() => {
  window.__frames ??= {};
  const follow = (video) => {
    if (video.__followed || !video.requestVideoFrameCallback) return;
    video.__followed = true;
    const note = () => {
      const noted = (window.__frames[video.getAttribute('aria-label')] ??= []);
      noted.push(Date.now());
      if (noted.length > 20000) noted.splice(0, 10000);
      video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
  };
  const look = () => document.querySelectorAll('video').forEach(follow);
  if (document.body) look();
  addEventListener('DOMContentLoaded', look);
})();
"""
"""Notes each frame of each video by its label; a script for every new page."""

SMALL_CAMERA = """
(() => {
  const media = navigator.mediaDevices;
  if (!media) return;
  const open = media.getUserMedia.bind(media);
  media.getUserMedia = (wanted) => {
    if (!wanted?.video) return open(wanted);
    const video = { ...(wanted.video === true ? {} : wanted.video), width: 640, height: 360 };
    return open({ ...wanted, video });
  };
})();
"""
"""Makes the camera a small one: two browsers that send and show large pictures need more than a small machine has."""

PAUSE = 500
"""Milliseconds without a frame after which a picture no longer moves."""
STEADY = 1500
"""Milliseconds without a pause after which it does."""

MOVING = f"""
([label, since]) => {{
  const frames = (window.__frames?.[label] ?? []).filter((each) => each >= since);
  if (!frames.length || Date.now() - frames.at(-1) > {PAUSE}) return null;
  let first = frames.length - 1;
  while (first > 0 && frames[first] - frames[first - 1] <= {PAUSE}) first -= 1;
  if (frames.at(-1) - frames[first] < {STEADY}) return null;
  return first === 0 && frames[0] - since <= {PAUSE} ? {{ after: 0 }} : {{ after: (frames[first] - since) / 1000 }};
}}
"""
"""Seconds from a moment to the beginning of the present unbroken movement; null while there is none."""

SOUND = """
async () => {
  const pc = window.__pcs?.findLast((each) => each.connectionState === 'connected');
  for (const each of pc ? (await pc.getStats()).values() : [])
    if (each.type === 'inbound-rtp' && each.kind === 'audio')
      return [each.totalSamplesReceived ?? 0, each.concealedSamples ?? 0, each.totalAudioEnergy ?? 0];
  return [0, 0, 0];
}
"""


def now() -> float:
    """Return the moment to measure from."""
    return time.time()


def moving_after(page: Page, label: str, since: float, within: float = 60) -> float | None:
    """Return how many seconds after a moment a picture moves again; 0 if it never stopped, None if too late."""
    left = since + within + STEADY / 1000 + 1 - now()  # whether it lasts is seen only then
    try:
        handle = page.wait_for_function(MOVING, arg=[label, since * 1000], polling=100, timeout=max(1, left * 1000))
    except TimeoutError:
        return None
    after = float(handle.json_value()["after"])
    return after if after <= within else None


def pauses(page: Page, label: str, since: float, until: float, longer: float = 0.7) -> list[float]:
    """Return for how many seconds a picture stood still, each time that it did so for longer than that."""
    found: list[float] = page.evaluate(
        """([label, since, until]) =>
            [since, ...(window.__frames?.[label] ?? []).filter((each) => each >= since && each <= until), until]
                .map((each, place, all) => (place ? each - all[place - 1] : 0))""",
        [label, since * 1000, until * 1000],
    )
    return [each / 1000 for each in found if each > longer * 1000]


class Sound:
    """What a page hears from the other between two moments."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._before = self._read()

    def _read(self) -> list[float]:
        found: list[Any] = self._page.evaluate(SOUND)
        return [float(each) for each in found]

    def made_up(self) -> float:
        """Return which share of the sound since the beginning was made up because it did not come, 0 to 1."""
        received, concealed, _ = (new - old for new, old in zip(self._read(), self._before, strict=True))
        return concealed / received if received > 0 else 1.0

    def loudness(self) -> float:
        """Return the energy heard since the beginning."""
        return self._read()[2] - self._before[2]
