// The ICE servers that the clinic gives this seat, and the relay's keys, which live for minutes: renewed before they end.

const EARLY = 0.5; // of their life is over: time to renew
const YOUNG = 5000; // keys of this age are not at fault
const PAUSE = 2000; // between two tries to get new ones
const AT_MOST = 2000; // what a connection may be kept waiting for new ones: old keys are better than none

/** @typedef {{servers: RTCIceServer[], seconds: number}} Given */

/**
 * @param {Given} given what the page came with
 * @param {string} address where there are new ones
 */
export function iceKeys(given, address) {
  let { servers, seconds } = given;
  let at = performance.now();
  let askedAt = -PAUSE;
  /** @type {Promise<void> | null} */
  let asking = null;

  const keyed = () => servers.some((each) => each.credential);
  const age = () => (performance.now() - at) / 1000 / seconds;

  async function ask() {
    if (performance.now() - askedAt < PAUSE) return;
    askedAt = performance.now();
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok) return;
    ({ servers, seconds } = await answer.json());
    at = performance.now();
  }

  function renew() {
    asking ??= ask().finally(() => (asking = null));
    return asking;
  }

  return {
    /** Whether the clinic has a relay. */
    relays: keyed,
    /** Renew the keys if it is time. */
    look() {
      if (keyed() && age() >= EARLY) renew();
    },
    /** A relay has not accepted them, or nothing has come about with them. */
    stale() {
      if (keyed() && performance.now() - at > YOUNG) renew();
    },
    /** Return the servers; with new keys where these have run out. */
    async servers() {
      if (keyed() && age() >= 1) await Promise.race([renew(), new Promise((late) => setTimeout(late, AT_MOST))]);
      return servers;
    },
  };
}
