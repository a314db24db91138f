// Keeps the call going: looks twice a second, and whenever something happens, asks the state machine (health.js) what is
// to be done, and has it done by the socket, the connection, the keys. Says what is so, and never what to show.

import { health } from './health.js';
import { blank, reporter } from './report.js';

const TICK = 500;
const REPORT = 1000;
const POOR = { loss: 0.08, roundTrip: 0.8 };
const CALM = 5000; // a line that was weak is called weak for so long after
const SUSPECT = 700; // without a beat: bytes are counted at every look
const SETTLED = 3000; // what was lost while nothing came says nothing of the line that there is now

/**
 * @param {object} setup
 * @param {ReturnType<typeof import('./peer.js').openPeer>} setup.peer
 * @param {import('./line.js').Line} setup.line
 * @param {ReturnType<typeof import('./keys.js').iceKeys>} setup.keys
 * @param {boolean} setup.impolite
 * @param {() => boolean} setup.otherHere whether the server sees the other side
 * @param {(moment: import('./saying.js').Moment) => void} setup.told
 * @param {(report: import('./report.js').Report) => void} setup.reported once a second, while connected
 */
export function recovery({ peer, line, keys, impolite, otherHere, told, reported }) {
  const machine = health(impolite);
  const read = reporter(() => peer.pc());
  let seen = blank();
  let reportedAt = 0;
  let roundTrip = 0;
  let reading = false;
  let before = false;
  let wellAt = performance.now();
  let poorAt = -Infinity;
  let held = false;
  let tickedAt = performance.now();

  const acts = {
    line: () => line.again(),
    hello: () => peer.hello(),
    renew: () => peer.renew(),
    make: () => peer.make(),
    relay: () => peer.make(true),
  };

  /** Look, and do what is due. */
  function look() {
    const now = performance.now();
    const { from, through } = peer.last();
    const act = machine.look(
      {
        wanted: peer.wanted(),
        live: peer.live(),
        line: line.isUp(),
        lineAt: line.since(),
        otherHere: otherHere(),
        otherAt: through,
        state: peer.state(),
        silent: now - from,
        relays: keys.relays(),
      },
      now,
    );
    if (machine.stage() === 'well') {
      before = true;
      wellAt = now;
    }
    if (machine.failed()) keys.stale();
    if (act && !held) acts[act]();
    told({
      stage: machine.stage(),
      before,
      lasting: now - wellAt,
      line: line.isUp(),
      lineFor: now - line.since(),
      otherHere: otherHere(),
      otherHeard: through > wellAt,
      poor: now - poorAt < CALM,
      failed: machine.failed(),
    });
  }

  async function report() {
    const now = performance.now();
    const due = now - reportedAt >= REPORT;
    if (!peer.wanted() || reading || !(due || now - peer.last().from > SUSPECT)) return;
    reading = true;
    const [last, before] = [seen.received, seen.at];
    seen = await read();
    reading = false;
    // A picture without beats is a sign of life; what may have come long ago is none.
    if (seen.received > last && seen.at - before < SUSPECT && peer.connected()) peer.alive();
    if (!due) return;
    reportedAt = now;
    const weak = seen.loss > POOR.loss || seen.roundTrip > POOR.roundTrip;
    if (weak && machine.stage() === 'well' && now - machine.since() > SETTLED) poorAt = now;
    if (machine.stage() === 'well') roundTrip = seen.roundTrip;
    if (peer.connected()) reported(seen);
  }

  async function tick() {
    const slept = performance.now() - tickedAt > 3 * TICK;
    tickedAt = performance.now();
    keys.look();
    // Who has slept has not listened: what came meanwhile is taken in first.
    if (slept) await new Promise((heard) => setTimeout(heard, TICK / 2));
    await report();
    look();
  }

  const ticking = setInterval(tick, TICK);
  // Awake again: the clock of what is silent has stood still with the rest.
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && tick());

  return {
    look,
    /** Seconds there and back while it was well: how long a word and its answer take. */
    roundTrip: () => roundTrip,
    /** Let a person's own steps be the only ones. @param {boolean} on */
    hold: (on) => (held = on),
    stop: () => clearInterval(ticking),
  };
}
