// One's own camera and microphone: opened by a press, chosen, muted, renewed, released. Shows and sends nothing itself.

import { switches } from './switches.js';

/** @typedef {'audio' | 'video'} Kind */

const VIDEO = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/**
 * What stands in the way of a camera or microphone, in words that help.
 * @param {unknown} error
 * @param {Kind} kind
 */
function fault(error, kind) {
  const name = /** @type {Error} */ (error)?.name;
  const what = kind === 'video' ? 'camera' : 'microphone';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return `no ${what}`;
  return `${what} busy`;
}

/**
 * @param {string} visit
 * @param {() => void} changed told whenever a track comes or goes
 * @param {(kind: Kind, what: string, label: string) => void} [happened] told of what a track goes through by itself:
 *   "ended", "mute" (the system has silenced it) and "unmute"
 */
export function ownMedia(visit, changed, happened = () => {}) {
  const switched = switches(visit);
  const stream = new MediaStream();
  /** @type {Record<Kind, string>} */
  const chosen = { audio: '', video: '' }; // kept while the device is away: it may come back
  /** @type {Record<Kind, string>} why there is no track, '' if nothing stands in the way */
  const faults = { audio: '', video: '' };
  /** @type {Record<Kind, boolean>} wanted, and not to be had: gone by itself, or asked for by a press in vain */
  const missed = { audio: false, video: false };
  /** @type {Record<Kind, boolean>} was there at least once */
  const had = { audio: false, video: false };
  let era = 0; // what was asked for in an earlier one is let go when it comes
  let facing = 'user';
  let tried = false;
  /** @type {Promise<void> | null} */
  let opening = null;

  /** @param {Kind} kind */
  const track = (kind) => stream.getTracks().find((each) => each.kind === kind) ?? null;

  /** @param {(kind: Kind) => boolean} which */
  const kinds = (which) => /** @type {Kind[]} */ (['audio', 'video']).filter(which);

  /** @param {Kind} kind @param {string} id */
  function wish(kind, id) {
    const exact = id ? { deviceId: { exact: id } } : {};
    return kind === 'audio' ? { ...AUDIO, ...exact } : { ...VIDEO, ...(id ? exact : { facingMode: facing }) };
  }

  /** @param {Kind} kind */
  function release(kind) {
    const old = track(kind);
    if (!old) return;
    old.onended = old.onmute = old.onunmute = null;
    old.stop();
    stream.removeTrack(old);
  }

  /** @param {MediaStreamTrack} fresh */
  function keep(fresh) {
    const kind = /** @type {Kind} */ (fresh.kind);
    release(kind);
    if (kind === 'audio') fresh.enabled = switched.on('audio');
    fresh.onended = () => {
      stream.removeTrack(fresh);
      faults[kind] = kind === 'video' ? 'camera gone' : 'microphone gone';
      missed[kind] = true;
      changed();
      happened(kind, 'ended', fresh.label);
    };
    fresh.onmute = fresh.onunmute = ({ type }) => happened(kind, type, fresh.label);
    stream.addTrack(fresh);
    faults[kind] = '';
    missed[kind] = false;
    had[kind] = true;
  }

  /** Ask the browser, and keep what it gives unless it has been switched off or let go of meanwhile. @param {Kind[]} kinds @param {boolean} [usual] */
  async function get(kinds, usual) {
    const asked = era;
    const wishes = kinds.map((kind) => [kind, wish(kind, usual ? '' : chosen[kind])]);
    const got = await navigator.mediaDevices.getUserMedia(Object.fromEntries(wishes));
    for (const fresh of got.getTracks())
      if (asked !== era || (fresh.kind === 'video' && !switched.on('video'))) fresh.stop();
      else keep(fresh);
  }

  /** @param {Kind} kind */
  async function openOne(kind) {
    if (kind === 'video' && !switched.on(kind)) return; // what is switched off stays off
    try {
      await get([kind]).catch((error) => {
        // The chosen one is away: the usual one takes its place until it is back.
        if (!chosen[kind] || !['OverconstrainedError', 'NotFoundError'].includes(error.name)) throw error;
        return get([kind], true);
      });
    } catch (error) {
      faults[kind] = fault(error, kind);
    }
  }

  /** @param {Kind[]} kinds */
  async function openAll(kinds) {
    if (!navigator.mediaDevices?.getUserMedia) {
      faults.audio = faults.video = 'unsupported';
      return;
    }
    try {
      if (kinds.length > 1) return await get(kinds);
    } catch {
      // One of the two may still work. One after the other: iPhones allow one question at a time.
    }
    for (const kind of kinds) await openOne(kind);
  }

  /** Open one that is wanted now: if it does not come, it is missed. @param {Kind} kind */
  async function openAsked(kind) {
    const asked = era;
    await openOne(kind);
    miss(kind, asked);
  }

  /** @param {Kind} kind @param {number} asked in which era */
  function miss(kind, asked) {
    missed[kind] = asked === era && !track(kind) && (kind === 'audio' || switched.on(kind));
  }

  return {
    stream,
    track,
    faults,
    missed,
    had,
    /** Return the device that was chosen, '' for the usual one; what the browser calls its default is the usual one. @param {Kind} kind */
    chosen: (kind) => (chosen[kind] === 'default' ? '' : chosen[kind]),
    /** @param {Kind} kind */
    switchedOn: (kind) => switched.on(kind),
    /** Say whether the other can be seen to, or heard by: there, switched on, and not silenced by the system. @param {Kind} kind */
    sends: (kind) => !!track(kind)?.enabled && !track(kind)?.muted,
    /** Say whether anyone has been asked for the camera and microphone yet. */
    tried: () => tried,
    /** Open the camera and microphone, or what there is of them. @param {boolean} [inCall] what is there and not given is missed */
    open(inCall = false) {
      tried = true;
      const asked = era;
      opening ??= openAll(kinds((kind) => kind === 'audio' || switched.on(kind))).finally(() => {
        opening = null;
        for (const kind of kinds((each) => inCall && !faults[each].startsWith('no '))) miss(kind, asked);
        changed();
      });
      return opening;
    },
    /** Use another camera or microphone. @param {Kind} kind @param {string} id */
    async choose(kind, id) {
      chosen[kind] = id;
      if (kind === 'video') release('video'); // phones open one camera at a time
      await openAsked(kind);
      changed();
    },
    /** Open one again without a press, the chosen one if it is there. @param {Kind} kind @param {boolean} [first] let go of what there is */
    async reopen(kind, first = false) {
      if (first) release(kind);
      await openAsked(kind);
      changed();
    },
    /** Bring back what is missed or silenced, by a press: one question of the browser for both. */
    async restore() {
      const lost = kinds((kind) => missed[kind] || !!track(kind)?.muted);
      if (lost.includes('video')) release('video');
      const asked = era;
      await openAll(lost);
      for (const kind of lost) miss(kind, asked);
      changed();
    },
    /** Turn from the front camera to the back one, and back. */
    async flip() {
      const now = track('video')?.getSettings();
      const cameras = (await this.devices()).filter((each) => each.kind === 'videoinput');
      const next = cameras[(cameras.findIndex((each) => each.deviceId === now?.deviceId) + 1) % cameras.length];
      facing = facing === 'user' ? 'environment' : 'user';
      // A camera that does not say which way it looks is followed by the next in the list.
      chosen.video = now?.facingMode ? '' : (next?.deviceId ?? '');
      release('video');
      await openOne('video');
      changed();
    },
    /** Say whether the picture is a mirror, as one's own front camera should be. */
    mirrored: () => facing === 'user',
    /** Switch the camera off, light and all, or on again. @param {boolean} on */
    async setCamera(on) {
      switched.set('video', on);
      if (on) await openAsked('video');
      else {
        release('video');
        missed.video = false;
      }
      changed();
    },
    /** @param {boolean} on */
    async setMicrophone(on) {
      switched.set('audio', on);
      const mine = track('audio');
      if (mine) mine.enabled = on;
      else if (on) await openAsked('audio');
      changed();
    },
    /** Get the camera and microphone anew; a camera that was off stays off. Say whether all came back. */
    async renew() {
      const mine = kinds((kind) => missed[kind] || !!track(kind));
      for (const kind of mine) {
        if (kind === 'video') release('video');
        await openOne(kind);
      }
      changed();
      return mine.length ? mine.every((kind) => track(kind)) : null;
    },
    /** Let go of everything; the camera's light goes out. */
    close() {
      era++;
      release('audio');
      release('video');
      missed.audio = missed.video = false;
    },
    /** Return what there is to choose from. @returns {Promise<MediaDeviceInfo[]>} */
    devices: async () => (await navigator.mediaDevices?.enumerateDevices?.()) ?? [],
    onDevices: (/** @type {() => void} */ listener) =>
      navigator.mediaDevices?.addEventListener?.('devicechange', listener),
  };
}
