"""Devices that a test can plug in and out: a page's list of them, and what its browser would tell it, made up.

The tracks are Chromium's own, made-up ones; which device each came from, and its events, are told as browsers do.
"""

from playwright.sync_api import BrowserContext, Page

BUILT_IN, HEADSET, OTHER_CAMERA = "microphone-1", "microphone-2", "camera-2"
CAMERA, SPEAKER, HEADPHONES = "camera-1", "speaker-1", "speaker-2"

# __plugs: unplug(id), plug(id, usual), silence(kind, on), refuse(kind, error), permit(name, state), usual(id)
SCRIPT = """
window.__plugs = navigator.mediaDevices && (() => {
  const media = navigator.mediaDevices;
  const real = media.getUserMedia.bind(media);
  const all = [
    ['microphone-1', 'audioinput', 'Laptop Microphone (Built-in)', 'laptop'],
    ['microphone-2', 'audioinput', 'Blue Headset', 'headset'],
    ['camera-1', 'videoinput', 'Laptop Camera (04f2:b6dd)', 'laptop'],
    ['camera-2', 'videoinput', 'Desk Camera', 'desk'],
    ['speaker-1', 'audiooutput', 'Laptop Speakers', 'laptop'],
    ['speaker-2', 'audiooutput', 'Blue Headset', 'headset'],
  ].map(([deviceId, kind, label, groupId]) => ({ deviceId, kind, label, groupId }));
  let list = all.filter((each) => !['camera-2'].includes(each.deviceId));
  let usual = 'microphone-1';
  const refused = {}, live = [], mute = {};
  const wide = (kind) => (kind === 'audio' ? 'audioinput' : 'videoinput');
  const first = (kind) => list.find((each) => each.deviceId === usual && each.kind === kind)
    ?? list.find((each) => each.kind === kind);

  media.enumerateDevices = async () => {
    const main = first('audioinput');
    return main ? [{ ...main, deviceId: 'default', label: 'Default - ' + main.label }, ...list] : [...list];
  };
  media.getUserMedia = async (wish) => {
    const picked = {};
    for (const kind of ['audio', 'video']) {
      if (!wish[kind]) continue;
      if (refused[kind]) throw new DOMException('made up', refused[kind]);
      const exact = wish[kind].deviceId?.exact;
      const asked = exact && exact !== 'default' ? list.find((each) => each.deviceId === exact) : first(wide(kind));
      if (!asked && exact) throw new DOMException('made up', 'OverconstrainedError');
      if (!asked) throw new DOMException('made up', 'NotFoundError');
      const main = kind === 'audio' && (!exact || exact === 'default');
      picked[kind] = main ? { ...asked, from: asked.deviceId, deviceId: 'default', label: 'Default - ' + asked.label }
        : { ...asked, from: asked.deviceId };
    }
    let stream = await real({ audio: !!wish.audio, video: !!wish.video });
    await window.__gate;
    if (window.__nothing && wish.audio) {
      const context = new AudioContext();
      const nothing = context.createMediaStreamDestination().stream.getTracks();
      stream = new MediaStream([...nothing, ...stream.getVideoTracks()]);
    }
    for (const track of stream.getTracks()) {
      const device = picked[track.kind];
      const settings = track.getSettings();
      Object.defineProperty(track, 'label', { value: device.label });
      track.silenced = !!mute[track.kind];
      Object.defineProperty(track, 'muted', { get: () => track.silenced });
      track.getSettings = () => ({ ...settings, deviceId: device.deviceId, groupId: device.groupId });
      live.push({ track, from: device.from });
    }
    return stream;
  };

  const states = {};
  for (const name of ['camera', 'microphone']) states[name] = Object.assign(new EventTarget(), { state: 'granted' });
  const query = navigator.permissions.query.bind(navigator.permissions);
  navigator.permissions.query = async (asked) => states[asked.name] ?? query(asked);

  const tell = () => media.dispatchEvent(new Event('devicechange'));
  const end = (each) => { each.track.stop(); each.track.dispatchEvent(new Event('ended')); };
  return {
    all, live,
    lights: () => live.filter((each) => each.track.readyState === 'live').map((each) => each.from),
    end: (kind) => live.filter((each) => each.track.kind === kind && each.track.readyState === 'live').forEach(end),
    unplug(...ids) {
      list = list.filter((each) => !ids.includes(each.deviceId));
      live.filter((each) => ids.includes(each.from) && each.track.readyState === 'live').forEach(end);
      tell();
    },
    plug(...ids) { list = all.filter((each) => list.includes(each) || ids.includes(each.deviceId)); tell(); },
    usual(id) { usual = id; tell(); },
    silence(kinds, on) {
      for (const kind of kinds) {
        mute[kind] = on;
        for (const { track } of live)
          if (track.kind === kind && track.readyState === 'live') {
            track.silenced = on;
            track.dispatchEvent(new Event(on ? 'mute' : 'unmute'));
          }
      }
    },
    free(kind) { mute[kind] = false; },
    refuse(kind, error) { refused[kind] = error; },
    permit(name, state) {
      states[name].state = state;
      const kind = name === 'camera' ? 'video' : 'audio';
      refused[kind] = state === 'denied' ? 'NotAllowedError' : '';
      states[name].onchange?.();
      if (state !== 'granted') this.end(kind);
    },
  };
})();
"""


def make_up(context: BrowserContext) -> None:
    """Give each page of a browser devices to plug in and out."""
    context.add_init_script(SCRIPT)


def plug(page: Page, *ids: str) -> None:
    page.evaluate("(ids) => window.__plugs.plug(...ids)", list(ids))


def unplug(page: Page, *ids: str) -> None:
    page.evaluate("(ids) => window.__plugs.unplug(...ids)", list(ids))


def make_usual(page: Page, device: str) -> None:
    """Make another microphone the default one of the computer."""
    page.evaluate("(id) => window.__plugs.usual(id)", device)


def silence(page: Page, *kinds: str) -> None:
    """Take the camera or microphone as a phone call does."""
    page.evaluate("(kinds) => window.__plugs.silence(kinds, true)", list(kinds))


def give_back(page: Page, *kinds: str) -> None:
    page.evaluate("(kinds) => window.__plugs.silence(kinds, false)", list(kinds))


def refuse(page: Page, kind: str, error: str = "") -> None:
    """Let the next attempts to open a camera or microphone end in an error; "" lets them succeed."""
    page.evaluate("([kind, error]) => window.__plugs.refuse(kind, error)", [kind, error])


def permit(page: Page, name: str, state: str) -> None:
    """Change what the person allows in the browser's own settings."""
    page.evaluate("([name, state]) => window.__plugs.permit(name, state)", [name, state])


def in_use(page: Page) -> list[str]:
    """Return the devices whose lights are on, by their ids."""
    return sorted(page.evaluate("() => window.__plugs.lights()"))
