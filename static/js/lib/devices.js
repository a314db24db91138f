// Watches one's own camera, microphone and speaker while they are used: says in one place what has happened to them, and
// puts right what needs no press. Switches on nothing that the person has switched off.

import { compare, which } from './plugs.js';
import { hearNothing } from './quiet.js';
import { tell, told, trouble } from './trouble.js';

/** @typedef {import('./trouble.js').Kind} Kind */

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const KINDS = /** @type {Kind[]} */ (['audio', 'video']);
const NAMES = { audio: 'microphone', video: 'camera' };
const BLIP = 300; // a silence shorter than this is nobody's business
const HELD = 4000; // after this long, what was taken may need a press to come back
const PASSING = 12_000; // how long it is said that something has been put right
const SETTLED = 400; // a headset that is plugged in is several devices, one after the other
const FLAPPING = 5000; // what ends so soon after it was opened by itself is left to a press
const BREATH = 1500; // before a second try: the system may still be busy with what has just happened

/**
 * @param {object} setup
 * @param {ReturnType<typeof import('./media.js').ownMedia>} setup.media
 * @param {ReturnType<typeof import('./speaker.js').openSpeaker>} setup.speaker
 * @param {() => RTCPeerConnection | null} setup.pc
 * @param {string} setup.other the other's name
 * @param {() => boolean} setup.calling
 * @param {() => void} setup.changed told when something was taken or given back, or other words are due
 */
export function watchDevices({ media, speaker, pc, other, calling, changed }) {
  const about = () => ({ other, calling: calling(), phone: matchMedia('(pointer: coarse)').matches });
  /** @type {Record<Kind, number>} since when the system has silenced it, 0 if it has not */
  const taken = { audio: 0, video: 0 };
  /** @type {import('./trouble.js').News} */
  let news = {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let passing;
  /** @type {Record<Kind, PermissionStatus | undefined>} */
  const permissions = { audio: undefined, video: undefined };
  const granted = { audio: false, video: false };
  const openedAt = { audio: 0, video: 0 };
  /** @type {MediaDeviceInfo[]} */
  let known = [];
  let waiting = false; // for the browser, after a press
  let inVain = false; // the last press has not helped
  let closed = ''; // the trouble that the person has put away
  const quiet = hearNothing({
    microphone: () => media.track('audio'),
    pc,
    calling,
    reopen: () => media.reopen('audio', true),
    changed,
  });

  /** @param {Kind} kind */
  function troubleWith(kind) {
    const now = media.track(kind);
    if (!now?.muted) taken[kind] = 0;
    else if (!taken[kind]) silenced(kind); // it came so
    const long = Date.now() - taken[kind];
    const found = trouble({
      on: kind === 'audio' ? !!now?.enabled : media.switchedOn('video'),
      live: !!now,
      missed: media.missed[kind],
      had: media.had[kind],
      fault: media.faults[kind],
      permission: permissions[kind]?.state ?? '',
      taken: !taken[kind] || long < BLIP ? '' : long < HELD ? 'taken' : 'held',
      silent: kind === 'audio' && quiet.silent(),
    });
    // Before the call, its page says what is missing, and has buttons of its own.
    return calling() ? found : found === 'taken' || found === 'held' ? 'taken' : '';
  }

  /** @param {Kind} kind */
  function silenced(kind) {
    taken[kind] = Date.now();
    for (const wait of [BLIP, HELD]) setTimeout(changed, wait + 10);
  }

  const on = () => ({ audio: media.switchedOn('audio'), video: media.switchedOn('video') });

  /** Return what there is to say, and whether a press can help. */
  function word() {
    const now = tell({ audio: troubleWith('audio'), video: troubleWith('video') }, on(), about());
    if (!now.press) inVain = false;
    if (now.say !== closed) closed = '';
    const say = [told(news, on(), about()), inVain && 'That has not helped yet.', closed ? '' : now.say];
    return { say: waiting ? 'One moment … If your browser asks, please allow it.' : say.filter(Boolean).join(' '), press: waiting || now.press, trouble: now.say };
  }

  function show() {
    const { say, press } = word();
    const [box, button, close] = [at('told'), at('turn-back-on'), at('told-close')];
    const had = box.contains(document.activeElement);
    if (at('told-word').textContent !== say) at('told-word').textContent = say;
    box.toggleAttribute('data-shown', !!say);
    button.hidden = !say || !press;
    close.hidden = !say || press;
    if (had && !box.contains(document.activeElement)) at('mute').focus({ preventScroll: true });
  }

  /** Say for a while what has been put right. @param {keyof typeof news} kind @param {import('./trouble.js').Change} change @param {string} name */
  function report(kind, change, name) {
    news = { ...news, [kind]: { change, which: name } };
    clearTimeout(passing);
    passing = setTimeout(() => {
      news = {};
      changed();
    }, PASSING);
    changed();
  }

  /** @param {Kind} kind */
  const label = (kind) => media.track(kind)?.label ?? '';

  /** Say whether the permission was given before, and is not now: then only a press may ask for it. @param {Kind} kind */
  const withdrawn = (kind) => granted[kind] && permissions[kind]?.state !== 'granted';

  /** Get one back without a press, and say what has come of it. @param {Kind} kind @param {string} was the label of what was there @param {boolean} [again] */
  async function getBack(kind, was, again = false) {
    await new Promise((next) => setTimeout(next, 0)); // the browser says that a permission is gone a moment later
    if (withdrawn(kind)) media.faults[kind] = 'refused';
    else if (was && Date.now() - openedAt[kind] < FLAPPING) media.faults[kind] = `${NAMES[kind]} busy`;
    else if (document.visibilityState === 'visible') await media.reopen(kind);
    const [then, now] = [which(was), which(label(kind))];
    if (media.track(kind)) {
      openedAt[kind] = Date.now();
      report(kind, !was ? 'back' : then === now ? 'again' : 'swapped', now);
    } else if (!again && media.missed[kind] && media.faults[kind].endsWith('busy'))
      setTimeout(() => media.missed[kind] && getBack(kind, was, true), BREATH);
    changed();
  }

  /** @param {Kind} kind @param {string} what @param {string} was */
  function happened(kind, what, was) {
    delete news[kind];
    if (what === 'ended') {
      taken[kind] = 0;
      getBack(kind, was);
    } else if (what === 'mute') {
      silenced(kind);
    } else {
      const long = taken[kind] && Date.now() - taken[kind] > BLIP;
      taken[kind] = 0;
      if (kind === 'audio') quiet.afresh();
      if (long && on()[kind]) report(kind, 'back', '');
      else changed();
    }
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settling;

  async function plugged() {
    const now = await media.devices();
    const before = known;
    known = now;
    for (const kind of KINDS) {
      const { deviceId: id = '', groupId: group = '' } = media.track(kind)?.getSettings() ?? {};
      const old = label(kind);
      const [live, missed, chosen] = [!!media.track(kind), media.missed[kind], media.chosen(kind)];
      const [was, is] = [before, now].map((list) => list.filter((each) => each.kind === `${kind}input`));
      const { change, device } = compare(was, is, { live, missed, chosen, id, group, label: old });
      if (change === 'added') report(kind, change, which(device?.label ?? ''));
      else if (change === 'arrived') await getBack(kind, '');
      else if (change) {
        // The old one first: Chromium gives whoever still has a default microphone the same one again.
        await media.reopen(kind, change !== 'returned' || kind === 'video');
        if (media.track(kind)) report(kind, change, which(label(kind)));
        else getBack(kind, old, true);
      }
    }
    const moved = speaker.check(now);
    if (moved) report('speaker', moved, moved === 'returned' ? 'it' : 'the usual one');
  }

  media.onDevices(() => {
    clearTimeout(settling);
    settling = setTimeout(plugged, SETTLED);
  });

  for (const kind of KINDS)
    navigator.permissions
      ?.query({ name: /** @type {any} */ (NAMES[kind]) })
      .then((status) => {
        permissions[kind] = status;
        granted[kind] = status.state === 'granted';
        status.onchange = () => {
          if (status.state === 'granted') granted[kind] = true;
          if (granted[kind] && media.missed[kind]) getBack(kind, '');
          changed();
        };
      })
      .catch(() => {}); // a browser that does not tell

  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible') return;
    for (const kind of KINDS)
      if (taken[kind]) silenced(kind); // it may be given back in a moment
      else if (media.missed[kind] && media.faults[kind] !== 'refused') getBack(kind, '');
  });

  at('turn-back-on').addEventListener('click', async () => {
    if (waiting) return;
    const lost = KINDS.filter(troubleWith);
    waiting = true;
    changed();
    await media.restore();
    waiting = false;
    for (const kind of lost)
      if (media.sends(kind) || (media.track(kind) && !on()[kind])) report(kind, 'back', '');
      else inVain = true;
    changed();
  });

  at('told-close').addEventListener('click', () => {
    closed = word().trouble;
    news = {};
    changed();
  });

  return {
    happened,
    show,
    /** Return the words for the page before the call. */
    say: () => word().say,
    /** Keep a first list of devices to compare with: before a permission they have no names. @param {MediaDeviceInfo[]} devices */
    know(devices) {
      if (!known.some((each) => each.deviceId)) known = devices;
    },
    stop() {
      quiet.stop();
      clearTimeout(passing);
    },
  };
}
