// How the call is, and what is to be done about it: one state machine. Pure: it looks at nothing itself, keeps no clock,
// touches no connection. It is told what can be seen, with the time, and answers with a stage and at most one act.
//
//   off      no connection is wanted
//   making   a connection is being made, the first one or a whole new one
//   well     connected, and something has come from the other side lately
//   lost     it was well, and nothing comes any more; the socket, which may be dead without knowing, is renewed first
//   renewing an ICE restart is under way
//
// It never gives up: as long as a connection is wanted, every stage but `well` leads to another act.

/**
 * @typedef {object} Seen
 * @property {boolean} wanted a connection is wanted: from ready on, until it is over
 * @property {boolean} live it is a call: both send all the time, so that silence means something
 * @property {boolean} line our own socket to the server is open
 * @property {number} lineAt when it was opened, in milliseconds
 * @property {boolean} otherHere the server sees the other side
 * @property {number} otherAt when we last heard from the other side through the server
 * @property {string} state connectionState of the peer connection, 'none' without one
 * @property {number} silent milliseconds since anything came from the other side
 * @property {boolean} relays the clinic has a relay
 */

/** @typedef {'off' | 'making' | 'well' | 'lost' | 'renewing'} Stage */
/** @typedef {'' | 'line' | 'hello' | 'renew' | 'make' | 'relay'} Act */

export const SILENT = 1500; // of a call in which something comes every half second, whatever is switched off
export const HINT = 800; // where a new socket came up after the other was last heard: there is a new network
export const FRESH = 1000; // a socket this young is alive
export const AGAIN = 2000; // a restart may have met nobody, or a network that was just going: once more
export const RENEW = 5000; // for a restart to take
export const MAKE = 8000; // for a new connection to come about
export const YIELD = 1500; // the polite side waits so much longer: the other makes the offers

/** @param {boolean} impolite whether this side makes the offers */
export function health(impolite) {
  /** @type {Stage} */
  let stage = 'off';
  let since = 0;
  let acted = 0;
  let failed = 0; // connections in a row that did not come about
  const patience = impolite ? 0 : YIELD;

  /** @param {Stage} next @param {Act} act @param {number} now @returns {Act} */
  function go(next, act, now) {
    stage = next;
    since = acted = now;
    return act;
  }

  /** Act on what is seen. @param {Seen} seen @param {number} now milliseconds @returns {Act} */
  function look(seen, now) {
    if (!seen.wanted) return go('off', '', now);
    const hinted = seen.line && seen.lineAt > now - seen.silent;
    const silent = seen.live && seen.silent >= (hinted ? HINT : SILENT);
    if (seen.state === 'connected' && !silent) {
      failed = 0;
      if (stage !== 'well') go('well', '', now);
      return '';
    }
    if (stage === 'well') {
      if (seen.line && seen.lineAt > now - FRESH) return go('renewing', 'renew', now);
      return go('lost', seen.line ? 'line' : '', now);
    }
    const gone = seen.state === 'none' || seen.state === 'closed';
    if (stage === 'off') return go('making', seen.line && gone ? 'make' : '', now); // the other may have begun
    if (!seen.line) {
      // Nothing can be said without it; how long it takes is nobody's failure.
      if (stage === 'renewing') go('lost', '', now);
      since = now;
      return '';
    }
    const back = seen.lineAt >= acted;
    if (stage === 'lost') {
      if (gone) return go('making', 'make', now);
      if (back || now - since >= AGAIN) return go('renewing', 'renew', now);
      return '';
    }
    if (!seen.otherHere && now - seen.otherAt > MAKE) {
      // Nobody to connect with: who comes back says so, and is looked for now and then.
      since = now;
      if (!back && now - acted < MAKE) return '';
      acted = now;
      return 'hello';
    }
    if (stage === 'renewing') {
      if (gone || now - since >= RENEW + patience) return go('making', 'make', now);
      if (!back && now - acted < AGAIN) return '';
      acted = now;
      return 'renew';
    }
    if (back) return go('making', 'make', now);
    if (now - since < MAKE + patience) return '';
    failed += 1;
    return go('making', seen.relays && failed % 2 ? 'relay' : 'make', now);
  }

  return {
    look,
    stage: () => stage,
    /** When the present stage began. */
    since: () => since,
    failed: () => failed,
  };
}
