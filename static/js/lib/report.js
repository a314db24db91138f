// What a connection's statistics say, a second at a time: how much came and went, how it fared, by which way. Decides
// nothing. Names and units follow the W3C's Identifiers for WebRTC's Statistics API, rates are reckoned from two readings.

/**
 * @typedef {object} Report
 * @property {number} at milliseconds, of performance.now()
 * @property {number} received bytes that have arrived since the connection began
 * @property {number} loss share of the packets from the other side lost since the last report, 0 to 1
 * @property {number} lossThere share of our packets lost on their way, as the other side last said, 0 to 1
 * @property {number} soundLossThere the same, of our sound alone
 * @property {number} madeUp share of the other's sound that had not come in time and was made up here, 0 to 1; -1 unknown
 * @property {number} roundTrip seconds, of the path in use
 * @property {boolean} relayed whether the path in use goes through a relay
 * @property {number} room bits a second that the browser believes the line can take from us, 0 where it does not say
 * @property {number} sending bits of picture a second that we have sent since the last report
 * @property {number} height lines of the picture that we send, 0 if none
 * @property {number} rate pictures a second that we send
 * @property {string} limited what keeps the browser from sending a better picture: none, bandwidth, cpu or other
 */

/** @returns {Report} */
export const blank = () => ({
  at: performance.now(),
  received: 0,
  loss: 0,
  lossThere: 0,
  soundLossThere: 0,
  madeUp: -1,
  roundTrip: 0,
  relayed: false,
  room: 0,
  sending: 0,
  height: 0,
  rate: 0,
  limited: 'none',
});

/** What is counted from the beginning of a connection, at one reading. */
const nothing = () => ({ at: 0, lost: 0, got: 0, sent: 0, sound: 0, heard: 0, madeUp: 0 });

/**
 * Read a connection again and again.
 * @param {() => RTCPeerConnection | null} pc
 * @returns {() => Promise<Report>}
 */
export function reporter(pc) {
  /** @type {RTCPeerConnection | null} */
  let of = null;
  let last = nothing();

  return async () => {
    const mine = pc();
    if (mine !== of) [of, last] = [mine, nothing()];
    const found = blank();
    const stats = await mine?.getStats().catch(() => null);
    if (!stats) return found;
    const sum = { ...nothing(), at: found.at };
    const pair = pathInUse(stats);
    stats.forEach((/** @type {any} */ each) => {
      if (each.type === 'inbound-rtp') {
        sum.lost += each.packetsLost ?? 0;
        sum.got += each.packetsReceived ?? 0;
        if (each.kind === 'audio') {
          sum.sound += each.packetsReceived ?? 0;
          sum.heard += each.totalSamplesReceived ?? 0;
          sum.madeUp += (each.concealedSamples ?? 0) - (each.silentConcealedSamples ?? 0);
        }
      } else if (each.type === 'outbound-rtp' && each.kind === 'video') {
        sum.sent += each.bytesSent ?? 0;
        found.height = each.frameHeight ?? 0;
        found.rate = each.framesPerSecond ?? 0;
        found.limited = each.qualityLimitationReason ?? 'none';
      } else if (each.type === 'remote-inbound-rtp') {
        found.lossThere = Math.max(found.lossThere, each.fractionLost ?? 0);
        if (each.kind === 'audio') found.soundLossThere = each.fractionLost ?? 0;
      } else if (each.type === 'transport') found.received += each.bytesReceived ?? 0;
    });
    if (pair) {
      found.received ||= pair.bytesReceived ?? 0;
      found.roundTrip = pair.currentRoundTripTime ?? 0;
      found.room = pair.availableOutgoingBitrate ?? 0;
      const ends = [stats.get(pair.localCandidateId), stats.get(pair.remoteCandidateId)];
      found.relayed = ends.some((each) => each?.candidateType === 'relay');
    }
    const [lost, all] = [sum.lost - last.lost, sum.lost - last.lost + sum.got - last.got];
    if (all > 20) found.loss = Math.min(1, Math.max(0, lost / all));
    if (last.at) found.sending = Math.max(0, ((sum.sent - last.sent) * 8000) / (sum.at - last.at));
    // Where no sound comes, none is missed: the other side has no microphone, or the line is gone altogether.
    const heard = sum.heard - last.heard;
    if (last.at && heard > 0 && sum.sound - last.sound > 10)
      found.madeUp = Math.min(1, Math.max(0, (sum.madeUp - last.madeUp) / heard));
    last = sum;
    return found;
  };
}

/** Return the candidate pair that carries the connection. @param {RTCStatsReport} stats @returns {any} */
function pathInUse(stats) {
  let named = '';
  let chosen = null;
  stats.forEach((/** @type {any} */ each) => {
    if (each.type === 'transport' && each.selectedCandidatePairId) named = each.selectedCandidatePairId;
    // Firefox names none of them, and marks the one in use.
    if (each.type === 'candidate-pair' && (each.selected || (each.nominated && each.state === 'succeeded'))) chosen = each;
  });
  return named ? stats.get(named) : chosen;
}
