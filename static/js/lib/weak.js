// What is done about a weak line: fits the picture we send to it, tells the other what it must know, and is told in turn
// what the other can see and hear of us. All that it has to go by comes with `tick`; the rules are in fit.js.

import { fitting } from './fit.js';
import { bars, sentence, steady } from './quality.js';
import { send } from './sending.js';

/**
 * What one side says to the other about itself, over the data channel, when it has changed.
 * @typedef {object} Sight
 * @property {boolean} unseen nobody can see the picture: the tab is hidden
 * @property {number} lines as many lines of the picture can be seen, at most; 0 if there is none yet
 * @property {number} madeUp share of the sound that had to be made up, 0 to 1; -1 if there is none
 * @property {boolean} paused our own picture is paused to keep the sound
 */

/** Return how much of a picture is seen here. @param {HTMLVideoElement} video @returns {{unseen: boolean, lines: number}} */
function looked(video) {
  // The small window that stays above others is seen also while the tab is not.
  const little = document.pictureInPictureElement === video;
  const { width, height } = video.getBoundingClientRect();
  const scale = Math.min(width / video.videoWidth, height / video.videoHeight);
  const lines = little ? 360 : Math.ceil(Math.min(video.videoWidth, video.videoHeight) * scale * devicePixelRatio);
  // Rounded up, so that a window drawn larger and smaller has little to tell.
  return { unseen: document.hidden && !little, lines: Number.isFinite(lines) ? Math.ceil(lines / 60) * 60 : 0 };
}

/**
 * @param {object} setup
 * @param {() => RTCPeerConnection | null} setup.pc
 * @param {(message: object) => boolean} setup.say over the data channel; false where there is none
 * @param {HTMLVideoElement} setup.video where the other's picture is shown
 * @param {(now: {bars: number, words: string, mine: boolean, theirs: boolean}) => void} setup.changed told with each report
 */
export function weakLine({ pc, say, video, changed }) {
  const fit = fitting();
  const follow = steady();
  /** @type {RTCPeerConnection | null} */
  let of = null;
  /** @type {Sight} what the other has said */
  let theirs = { unseen: false, lines: 0, madeUp: -1, paused: false };
  /** @type {import('./report.js').Report | null} */
  let last = null;
  /** @type {import('./fit.js').Choice | null} */
  let choice = null;
  let told = '';
  let lines = 0;
  let shown = 3;

  function renew() {
    const mine = pc();
    if (mine === of) return mine;
    of = mine;
    told = '';
    theirs = { unseen: false, lines: 0, madeUp: -1, paused: false };
    fit.begin();
    return mine;
  }

  /** Tell the other what is new. */
  function tell() {
    const now = looked(video);
    // Fewer lines are asked for once it has stayed so for a report; more at once.
    const fewer = now.lines < lines && !now.unseen;
    const asked = fewer ? lines : now.lines;
    lines = now.lines;
    const made = last ? Math.round(last.madeUp * 100) / 100 : -1;
    const sight = { unseen: now.unseen, lines: asked, madeUp: made, paused: !!choice?.paused };
    if (JSON.stringify(sight) !== told && say({ sight })) told = JSON.stringify(sight);
  }

  /** Choose, and do it. */
  function act() {
    const mine = renew();
    if (!mine || !last) return;
    const sender = mine.getTransceivers().find((each) => each.receiver.track.kind === 'video')?.sender;
    const network = /** @type {any} */ (navigator).connection ?? {};
    const { unseen, lines, madeUp } = theirs;
    choice = fit.take(last, { picture: !!sender?.track, unseen, lines, madeUp, network });
    send(mine, choice.step);
  }

  function show() {
    if (!last) return;
    const mine = !!choice?.paused;
    changed({ bars: shown, words: sentence(last, choice, theirs.paused), mine, theirs: theirs.paused });
  }

  document.addEventListener('visibilitychange', tell);

  return {
    /** Take the report of a second in which there was a connection. @param {import('./report.js').Report} report */
    tick(report) {
      last = report;
      act();
      tell();
      shown = follow(bars(report, !!choice?.paused || theirs.paused));
      show();
    },
    /** Take whether there is a connection. @param {boolean} is */
    connected(is) {
      if (is || !shown) return;
      shown = follow(0);
      show();
    },
    /** Take what the other says of itself. @param {any} message */
    heard(message) {
      const { sight } = message;
      if (!sight || typeof sight !== 'object') return;
      const before = theirs;
      renew();
      theirs = {
        unseen: sight.unseen === true,
        lines: Number.isFinite(sight.lines) ? sight.lines : 0,
        madeUp: Number.isFinite(sight.madeUp) ? sight.madeUp : -1,
        paused: sight.paused === true,
      };
      if (theirs.unseen !== before.unseen) act(); // at once, and not with the next report
      show();
    },
  };
}
