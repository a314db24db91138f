// Which picture the line can carry: a ladder of pictures, and the rules by which one goes down and up on it. Sound comes
// first: where both cannot be had, the picture is smaller, then paused, and tried again by itself.
//
// Pure: reports and facts go in, a choice comes out, and the times in the reports are its only clock. It sets caps and
// the pause; what lies between is left to the browser's own congestion control, which is quicker and sees more.

/** @typedef {import('./report.js').Report} Report */

/**
 * What is known besides the connection's statistics.
 * @typedef {object} Facts
 * @property {boolean} picture there is a picture to send
 * @property {boolean} unseen the other's tab is hidden
 * @property {number} lines how many lines of our picture the other can see at most, 0 if that is not known
 * @property {number} madeUp share of our sound that the other had to make up, 0 to 1; -1 if that is not known
 * @property {{saveData?: boolean, type?: string, effectiveType?: string}} network
 */

/**
 * @typedef {object} Choice
 * @property {number} step of STEPS; 0 sends no picture
 * @property {boolean} paused the picture is paused to keep the sound; stays so while it is tried again
 * @property {'' | 'line' | 'saving' | 'unseen'} why the picture is less than it could be
 */

/**
 * The ladder. `most` bits a second are sent of a step, and a line that leaves `needs` beside the sound can carry it.
 */
export const STEPS = [
  { lines: 0, rate: 0, most: 0, needs: 0 },
  { lines: 180, rate: 10, most: 80_000, needs: 15_000 },
  { lines: 240, rate: 15, most: 160_000, needs: 110_000 },
  { lines: 360, rate: 30, most: 450_000, needs: 200_000 },
  { lines: 540, rate: 30, most: 900_000, needs: 450_000 },
  { lines: 720, rate: 30, most: 1_800_000, needs: 900_000 },
];
const TOP = STEPS.length - 1;

/** An encoder that does not know the line yet drops large pictures, and so the first ones: it begins with small ones. */
export const BEGIN = 3;
const GROW = 2000; // milliseconds from the first picture until it may grow

const SOUND = 55_000; // bits a second of sound, with all that is around each packet
const MISSED = 0.12; // share of the sound made up from which on one does not follow easily
const LOSSY = 0.05; // share lost, from which on large pictures freeze
const SWOLLEN = 0.25; // seconds that the round trip may grow: more is a queue before a narrow place

const DOWN = 1900; // milliseconds of trouble before a step down,
const STOP = 1900; // of broken sound on the lowest step before a pause,
const STARVED = 5900; // of an estimate that leaves nothing for a picture,
const CALM = 1400; // of quiet before the picture is tried again,
const TRIAL = 900; // of a trial before it can be passed,
const VERDICT = 3900; // and after which it has failed
const PASSED = 40_000; // bits a second that it must show to be there; twice that is believed at once
const WAITS = [1500, 3000, 5500]; // between trials
const AGAIN = 15_000; // a pause so soon after the last one is the same weak line
const UP = 1900; // milliseconds of quiet before a step up
const SLOWEST = 30_000; // the longest such wait, after steps up that were taken back

/** Return the best step for a network that costs money, or is known to be narrow. @param {Facts['network']} network */
function affordable({ saveData, type, effectiveType = '' }) {
  if (effectiveType.endsWith('2g')) return 2;
  if (saveData || effectiveType === '3g') return 3;
  return type === 'cellular' ? 4 : TOP;
}

/** Return the best step of which all lines are seen. @param {number} lines */
function visible(lines) {
  const found = STEPS.findIndex((each) => each.lines >= lines);
  return lines && found > 0 ? found : TOP;
}

/** Return the best step that so many bits a second can carry. @param {number} bits */
const bearable = (bits) => STEPS.filter((each) => each.needs <= bits).length - 1;

/** @typedef {{hurt: boolean, queued: boolean, lossy: boolean, bits: number}} Signs what the sound suffers, the queue, the line */

/** Fit a picture to a line. */
export function fitting() {
  let step = BEGIN;
  let paused = false;
  let breath = false; // nothing is sent for a second, so that a queue can drain
  let fallen = false; // the line has not let the picture be as good as it may be
  let begun = 0; // when the first picture was sent
  let climbed = 0; // when the last step up was taken, while it is not known whether it holds
  let low = Infinity; // what the line was believed to carry when it was last too narrow
  let patience = UP;
  let stopped = 0; // when the picture was paused, or the last trial failed
  let tried = 0; // when the trial that goes on was begun
  let back = -Infinity; // when the picture came back
  let trials = 0;
  let arrived = 0; // bytes by the last report
  let calm = Infinity; // the round trip without a queue
  /** @type {Map<string, number>} since when something has been so */
  const since = new Map();

  /** Return for how long something has been so. @param {string} name @param {boolean} is @param {number} at */
  function lasting(name, is, at) {
    if (!is) since.delete(name);
    else if (!since.has(name)) since.set(name, at);
    return is ? at - /** @type {number} */ (since.get(name)) : -1;
  }

  /** @param {number} to @param {number} bits @param {number} at */
  function fall(to, bits, at) {
    if (climbed && at - climbed < 6000) patience = Math.min(SLOWEST, patience * 2);
    [climbed, low] = [0, bits];
    step = Math.max(1, Math.min(step, to));
    fallen = true;
    for (const name of since.keys()) if (name !== 'starved') since.delete(name);
  }

  /** @param {number} at */
  function pause(at) {
    trials = at - back < AGAIN ? Math.min(trials + 1, WAITS.length - 1) : 0;
    [paused, stopped, tried, step, fallen] = [true, at, 0, 1, true];
    since.clear();
  }

  /** Try the smallest picture once the sound is well; bring it back if it can be carried. @param {Signs} signs @param {number} at */
  function resume({ hurt, queued, bits }, at) {
    const quiet = lasting('calm', !hurt && !queued, at);
    if (!tried) {
      if (quiet < CALM || at - stopped < WAITS[trials]) return;
      tried = at;
      return since.clear();
    }
    const lasted = at - tried;
    // Where the browser believes nothing, the sound must stay whole for longer.
    const enough = bits === Infinity ? lasted >= 2 * TRIAL : bits >= (lasted < 2 * TRIAL ? 2 * PASSED : PASSED);
    const useless = lasted >= TRIAL && bearable(bits) === 0;
    if (lasted >= TRIAL && !hurt && !queued && enough) {
      [paused, tried, back, climbed, patience] = [false, 0, at, 0, UP / 2];
      since.clear();
    } else if (hurt || (queued && lasted >= TRIAL) || useless || lasted >= VERDICT) {
      trials = Math.min(trials + 1, WAITS.length - 1);
      [tried, stopped] = [0, at];
      since.clear();
    }
  }

  /** Say what the reports mean. @param {Report} report @param {Facts} facts @returns {Signs} */
  function read({ roundTrip, lossThere, soundLossThere, room }, { madeUp }) {
    // A path that has become longer is taken for what it is after a while.
    if (roundTrip) calm = Math.min(roundTrip, calm === Infinity ? roundTrip : calm + (roundTrip - calm) * 0.04);
    return {
      // Forward error correction mends much of what is lost: what the other could not hear counts, where that is known.
      hurt: madeUp < 0 ? soundLossThere > 2 * MISSED : madeUp > MISSED,
      queued: roundTrip > calm + SWOLLEN,
      lossy: lossThere > LOSSY,
      bits: room ? Math.max(0, room - SOUND) : Infinity,
    };
  }

  /** Go down where something has been bad for a while. @param {Signs} signs @param {number} at */
  function descend({ hurt, queued, lossy, bits }, at) {
    const bears = bearable(bits);
    const broken = step === 1 && (hurt || (queued && bits === Infinity));
    if (lasting('broken', broken, at) >= STOP || lasting('starved', bears === 0, at) >= STARVED) return pause(at);
    // A line that has broken down is believed at once: each second of a full queue is a second of broken sound.
    breath = bears <= 1 && step >= 3;
    if (breath || lasting('narrow', Math.max(1, bears) < step, at) >= 900) return fall(bears, bits, at);
    if (step === 1) return;
    if (lasting('hurt', hurt, at) >= 900) return fall(step >> 1, bits, at);
    if (lasting('queued', queued && bits === Infinity, at) >= DOWN) return fall(step - 1, bits, at);
    if (step > 2 && lasting('lossy', lossy, at) >= DOWN) fall(step - 1, bits, at);
  }

  /**
   * Go up where all has been well for a while.
   * @param {Signs} signs @param {Report} report @param {number} limit @param {number} at
   */
  function ascend({ hurt, queued, lossy, bits }, { limited, sending, room }, limit, at) {
    const well = lasting('well', !hurt && !queued && !lossy, at);
    // The last step up has held; or the line has become better than it was.
    if ((climbed && at - climbed > 20_000) || bits > 1.6 * low) [patience, climbed, low] = [Math.min(patience, UP), 0, Infinity];
    if (step >= limit || begun + GROW > at) return;
    const bears = bits === Infinity ? step + 1 : bearable(bits / 1.15);
    const wide = lasting('wide', bears > step, at);
    // An estimate goes no further than half as much again as what is sent. Where it is there, it says nothing of the line.
    const untried = limited !== 'bandwidth' || room > 1.3 * (sending + SOUND);
    const ripe = Math.min(well, Math.max(wide, lasting('untried', untried, at))) >= patience - 100;
    if (!ripe && (fallen || bears <= step)) return; // at the beginning nothing speaks against it
    // Chromium tries a line at once with what it is newly allowed to send, if that is more than it believes in.
    const telling = bits === Infinity ? 0 : STEPS.findIndex(({ most }) => most > bits);
    step = Math.min(limit, Math.max(step + 1, bears, telling));
    climbed = at;
    since.clear();
  }

  /**
   * Take a report, about once a second, and return what to send.
   * @param {Report} report
   * @param {Facts} facts
   * @returns {Choice}
   */
  function take(report, facts) {
    const { at } = report;
    // A line on which nothing comes is gone, not weak: nothing is learned of it until it is back.
    const gone = report.received > 0 && report.received === arrived;
    [arrived, breath] = [report.received, false];
    const limit = Math.min(affordable(facts.network), visible(facts.lines));
    const signs = read(report, facts);
    if (!facts.picture) {
      // The next picture begins as the first one did.
      [step, paused, fallen, begun, tried] = [BEGIN, false, false, 0, 0];
      since.clear();
    } else if (facts.unseen || gone) since.clear();
    else if (paused) resume(signs, at);
    else {
      if (!begun && report.sending) begun = at;
      if (begun) descend(signs, at);
      if (begun && !paused) ascend(signs, report, limit, at);
    }
    if (step >= limit) [step, fallen] = [limit, false];
    if (paused) return { step: tried && !facts.unseen ? 1 : 0, paused, why: 'line' };
    if (facts.unseen) return { step: 0, paused, why: 'unseen' };
    const why = fallen ? 'line' : affordable(facts.network) < Math.min(TOP, visible(facts.lines)) ? 'saving' : '';
    return { step: breath ? 0 : step, paused, why };
  }

  return {
    take,
    /** A new connection knows nothing of the line: begin small again. What is paused stays so, and is tried soon. */
    begin() {
      if (!paused) [step, begun] = [BEGIN, 0];
      [tried, stopped, trials, calm] = [0, 0, 0, Infinity];
      since.clear();
    },
  };
}
