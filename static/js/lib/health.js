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

/**
 * Watch what arrives over a connection.
 * @param {() => RTCPeerConnection | null} pc
 */
export function watch(pc) {
  let bytes = 0;
  let lost = 0;
  let received = 0;
  let since = Date.now();
  return async () => {
    const found = { stalled: 0, loss: 0, roundTrip: 0 };
    const stats = await pc()?.getStats();
    let now = { bytes: 0, lost: 0, received: 0 };
    stats?.forEach((each) => {
      if (each.type === 'inbound-rtp') {
        now.lost += each.packetsLost ?? 0;
        now.received += each.packetsReceived ?? 0;
      } else if (each.type === 'transport') now.bytes += each.bytesReceived ?? 0;
      else if (each.type === 'candidate-pair' && each.nominated) {
        found.roundTrip = each.currentRoundTripTime ?? 0;
        if (!now.bytes) now.bytes = each.bytesReceived ?? 0;
      }
    });
    if (now.bytes !== bytes) since = Date.now();
    const all = now.received - received + now.lost - lost;
    if (all > 20) found.loss = Math.max(0, now.lost - lost) / all;
    ({ bytes, lost, received } = now);
    found.stalled = (Date.now() - since) / 1000;
    return found;
  };
}
