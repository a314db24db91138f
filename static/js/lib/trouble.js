// Turns what is observed of one's own camera and microphone into words, and says where a press can help. Pure: it looks
// at nothing itself and changes nothing.

/** @typedef {'audio' | 'video'} Kind */
/** @typedef {'' | 'away' | 'none' | 'taken' | 'held' | 'busy' | 'denied' | 'ask' | 'silent'} Trouble */

/**
 * @typedef {object} Seen what is observed of a camera or microphone
 * @property {boolean} on not switched off by the person
 * @property {boolean} live there is a track, and it has not ended
 * @property {boolean} missed there is none, and it is wanted
 * @property {boolean} had there has been one
 * @property {string} fault why there is none, as media.js says it
 * @property {string} permission granted, denied or prompt; '' where the browser does not say
 * @property {'' | 'taken' | 'held'} taken silenced by the system: just now, or for so long that it may need a press
 * @property {boolean} silent a microphone that has given nothing since it was opened
 */

/** @typedef {{other: string, calling: boolean, phone: boolean}} About whom we talk with, whether we do yet, on what */

/** Name the trouble with a camera or microphone, '' if there is none to speak of. @param {Seen} seen @returns {Trouble} */
export function trouble({ on, live, missed, had, fault, permission, taken, silent }) {
  if (!live) {
    if (!missed) return '';
    if (fault === 'refused') return permission === 'denied' ? 'denied' : 'ask';
    if (fault.endsWith('busy')) return 'busy';
    return had ? 'away' : 'none';
  }
  if (!on) return '';
  return taken || (silent ? 'silent' : '');
}

/** What only a press can mend. */
const PRESS = ['held', 'busy', 'ask'];

const WHAT = { audio: 'microphone', video: 'camera', speaker: 'speaker' };

/** @type {Record<Exclude<Trouble, ''>, (what: string, cannot: string, about: About, many: boolean) => string>} */
const SAY = {
  away(what, cannot, _, many) {
    const they = many ? 'they are' : 'it is';
    return `Your ${what} ${many ? 'have' : 'has'} been disconnected.${cannot} As soon as ${they} plugged in again, ${they} used.`;
  },
  none: (what) => `No ${what.replace('and', 'or')} was found. As soon as you plug one in, it is used.`,
  taken: (what, cannot, { phone }) =>
    phone
      ? `Another app, or a phone call, is using your ${what}.${cannot}`
      : `Another app, or a switch on your computer, has stopped your ${what}.${cannot}`,
  held: (what, cannot, about, many) => `${SAY.taken(what, cannot, about, many)} When that is over, press the button.`,
  busy: (what, cannot) => `Another app is using your ${what}.${cannot} Close that app, then press the button.`,
  denied: (what, cannot, _, many) =>
    `Your browser does not let this page use your ${what}.${cannot} Press the sign beside the address at the top, and allow ${many ? 'both' : 'it'} there.`,
  ask: (what, cannot, _, many) =>
    `Your browser keeps your ${what} from this page.${cannot} Press the button, and allow ${many ? 'both' : 'it'} if your browser asks.`,
  silent: (what) => `Your ${what} gives no sound. Look for a switch on it, or choose another under Devices.`,
};

/** @param {Kind[]} kinds @param {string} can @param {string} end @param {About} about */
const able = (kinds, can, end, { other, calling }) =>
  calling && kinds.length
    ? ` ${other} ${can} ${kinds.map((kind) => (kind === 'audio' ? 'hear' : 'see')).join(can === 'can' ? ' and ' : ' or ')} you ${end}.`
    : '';

/**
 * Return what is said of the camera and the microphone together, and whether the button is offered.
 * @param {Record<Kind, Trouble>} now
 * @param {Record<Kind, boolean>} on what the person has not switched off
 * @param {About} about
 * @returns {{say: string, press: boolean}}
 */
export function tell({ audio, video }, on, about) {
  /** @param {Trouble} is @param {Kind[]} kinds */
  const sentence = (is, ...kinds) => {
    const cannot = able(kinds.filter((kind) => on[kind]), 'cannot', 'just now', about);
    return is && SAY[is](kinds.map((kind) => WHAT[kind]).join(' and '), cannot, about, kinds.length > 1);
  };
  const say = audio === video ? [sentence(audio, 'video', 'audio')] : [sentence(audio, 'audio'), sentence(video, 'video')];
  return { say: say.filter(Boolean).join(' '), press: PRESS.includes(audio) || PRESS.includes(video) };
}

/** @typedef {'swapped' | 'again' | 'back' | 'returned' | 'usual' | 'added'} Change */
/** @typedef {Partial<Record<Kind | 'speaker', {change: Change, which: string}>>} News */

/** @type {Record<Change, (what: string, which: string) => string>} */
const CHANGED = {
  swapped: (what, which) => `Your ${what} was disconnected. We are using ${which} now.`,
  again: (what) => `Your ${what} had stopped for a moment. It is on again.`,
  back: (what) => `Your ${what} is back.`,
  returned: (what, which) => `Your ${what} is back. We are using ${which} again.`,
  usual: (what, which) => `We are using ${which} as your ${what} now.`,
  added: (what, which) => `There is another ${what} now: ${which}. To use it, press Devices.`,
};

/**
 * Return what is said for a while about what has been put right.
 * @param {News} news
 * @param {Record<Kind, boolean>} on
 * @param {About} about
 */
export function told(news, on, about) {
  const say = [];
  /** @type {Kind[]} */
  const back = [];
  for (const [kind, { change, which }] of Object.entries(news)) {
    say.push(CHANGED[change](WHAT[/** @type {Kind} */ (kind)], which));
    if (change === 'back' && on[/** @type {Kind} */ (kind)]) back.push(/** @type {Kind} */ (kind));
  }
  const muted = news.audio && news.audio.change !== 'added' && !on.audio ? ' You are still muted.' : '';
  return say.join(' ') + able(back, 'can', 'again', about) + muted;
}
