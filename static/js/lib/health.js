// How the call is, in one of four words, from what can be observed. Pure: it looks at nothing itself.

/**
 * @typedef {object} Observed
 * @property {boolean} line our own socket to the server is up
 * @property {boolean} otherHere the server sees the other side
 * @property {string} state connectionState of the peer connection
 * @property {number} stalled seconds in which nothing has arrived from the other side
 * @property {number} loss share of packets lost lately, 0 to 1
 * @property {number} roundTrip seconds
 */

export const STALLED = 3;

/**
 * Return the word for the state of the call.
 * @param {Observed} seen
 * @param {string} other the other's name
 */
export function word(seen, other) {
  if (seen.state === 'connected' && seen.stalled < STALLED)
    return seen.loss > 0.08 || seen.roundTrip > 0.8 ? 'Poor connection' : 'Connected';
  return seen.line && !seen.otherHere ? `${other} is reconnecting` : 'Reconnecting';
}
