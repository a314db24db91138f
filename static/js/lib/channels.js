// What two connected browsers say to each other without the server: words (chat, marks), and beats, which are signs of
// life that come whatever else is switched off.

const BEAT = 500;

/**
 * @param {object} on
 * @param {(message: any) => void} on.heard
 * @param {() => void} on.alive told of everything that comes
 * @param {() => void} on.opened
 * @param {() => void} on.closed told when the other side has closed it
 */
export function channels({ heard, alive, opened, closed }) {
  /** @type {RTCDataChannel | null} */
  let words = null;
  /** @type {RTCDataChannel | null} */
  let beats = null;
  let live = false;

  setInterval(() => live && beats?.readyState === 'open' && beats.send('.'), BEAT);

  return {
    /** Give a connection its channels, once. @param {RTCPeerConnection} pc */
    join(pc) {
      if (words) return;
      words = pc.createDataChannel('room', { negotiated: true, id: 0 });
      words.onmessage = (event) => {
        alive();
        if (live) heard(JSON.parse(event.data));
      };
      words.onopen = opened;
      words.onclose = closed;
      // What is lost of these is not sent again.
      beats = pc.createDataChannel('beats', { negotiated: true, id: 1, ordered: false, maxRetransmits: 0 });
      beats.onmessage = alive;
    },
    /** Say something; false if there is nothing to say it through. @param {object} message */
    say(message) {
      if (!live || words?.readyState !== 'open') return false;
      words.send(JSON.stringify(message));
      return true;
    },
    /** @param {boolean} now */
    goLive: (now) => (live = now),
    /** Forget the channels of a connection that is being closed. */
    drop() {
      for (const each of [words, beats]) if (each) each.onmessage = each.onopen = each.onclose = null;
      words = beats = null;
    },
  };
}
