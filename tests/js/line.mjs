// A line for tests of the ladder, and one side's reports of it: what the browsers' congestion control was seen to do,
// roughly. Nothing here waits; a second is a step of `run`.

import { STEPS, fitting } from '../../static/js/lib/fit.js';

const SOUND = 55_000;

/** What the other side and the network say where nothing is amiss. */
export const FACTS = { picture: true, unseen: false, lines: 0, madeUp: 0, network: {} };

/** A report of a second in which nothing was amiss. */
export const REPORT = {
  received: 0,
  loss: 0,
  lossThere: 0,
  soundLossThere: 0,
  madeUp: 0,
  roundTrip: 0.04,
  relayed: false,
  room: 3_000_000,
  sending: 400_000,
  height: 360,
  rate: 30,
  limited: 'none',
};

/** One side of a call on a line that can be changed while it goes on. */
export class Side {
  /** @param {{estimates?: boolean}} [browser] whether its browser says what it believes of the line, as Firefox does not */
  constructor({ estimates = true } = {}) {
    this.fit = fitting();
    this.at = 1000;
    this.estimates = estimates;
    this.estimate = 300_000;
    this.line = { rate: 10e6, loss: 0, trip: 0.04, queue: 0.3, gone: false };
    this.received = 0;
    this.facts = { ...FACTS };
    this.step = 3;
    /** @type {{at: number, step: number, paused: boolean, why: string}[]} */
    this.seen = [];
  }

  second() {
    const { rate, loss, trip, queue, gone } = this.line;
    const picture = this.step && this.facts.picture && !this.facts.unseen ? STEPS[this.step].most : 0;
    // The encoder keeps to the estimate; an estimate is no more than one and a half times what is sent, and then some.
    const sending = Math.min(picture, Math.max(this.estimate - SOUND, picture ? 30_000 : 0));
    const all = sending + SOUND;
    const full = all > rate;
    const before = this.estimate;
    if (full) this.estimate = Math.max(20_000, 0.85 * rate);
    else this.estimate = Math.max(Math.min(before, rate), Math.min(rate, all * 1.5 + 10_000, before * 1.3 + 5000));
    const lost = loss + (full ? Math.min(0.5, 1 - rate / all) : 0);
    this.at += 1000;
    const choice = this.fit.take(
      {
        ...REPORT,
        at: this.at,
        received: gone ? this.received : (this.received += 5000),
        room: this.estimates ? this.estimate : 0,
        roundTrip: trip + (full ? queue : 0),
        lossThere: lost,
        soundLossThere: lost,
        sending,
        limited: sending < picture ? 'bandwidth' : 'none',
      },
      // Forward error correction mends losses that come singly, not those of a full queue.
      { ...this.facts, madeUp: loss * loss * 2 + (lost - loss) * 0.8 },
    );
    this.step = choice.step;
    this.seen.push({ at: this.at, ...choice });
    return choice;
  }

  /** Let seconds pass and return what was chosen in them. @param {number} seconds @param {object} [line] */
  run(seconds, line = {}) {
    Object.assign(this.line, line);
    const from = this.seen.length;
    for (let each = 0; each < seconds; each++) this.second();
    return this.seen.slice(from);
  }
}

/** Count how often the picture was paused and brought back, or its step changed. @param {{step: number, paused: boolean}[]} seen */
export function changes(seen) {
  let [pauses, steps] = [0, 0];
  for (let each = 1; each < seen.length; each++) {
    if (seen[each].paused !== seen[each - 1].paused) pauses++;
    if (seen[each].step !== seen[each - 1].step) steps++;
  }
  return { pauses, steps };
}

/** Return the second in which something was first so, from 1; 0 for never. @template T @param {T[]} seen @param {(each: T) => boolean} so */
export const first = (seen, so) => seen.findIndex(so) + 1;
