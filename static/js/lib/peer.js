// The connection to the other browser (W3C WebRTC 1.0), each with a name, the `call`. Decides nothing about when to mend
// it (health.js does).
//
// One side alone makes offers: the impolite one. It opens a connection with a new call, or restarts the ICE of the one
// there is; the polite side answers, makes its own connection when an offer has a new call, and asks for an offer by
// saying hello with the call that it has. So offers never cross. What is sent is marked `call.turn`, the turn counting
// the offers; what belongs to another turn is dropped. Sound and picture have their places from the beginning and no
// tracks in them: nothing is sent, and nothing that comes is handed on, until `live`.

import { channels } from './channels.js';
import { FIRST, prepare } from './sending.js';

/** @typedef {'audio' | 'video'} Kind */

const CROSSING = 300; // in which two hellos may have crossed: the answer to one's own is on its way
const ON_ITS_WAY = 3000; // in which an offer may yet be answered
const TAKES = 1500; // in which a renewal should take, and the longer the farther the way
const KINDS = /** @type {Kind[]} */ (['audio', 'video']);

/**
 * @param {object} setup
 * @param {boolean} setup.impolite
 * @param {(message: object) => boolean} setup.send
 * @param {() => Promise<RTCIceServer[]>} setup.ice
 * @param {() => number} setup.roundTrip seconds there and back, as last seen
 * @param {() => void} setup.refused told when a relay does not accept its key
 * @param {(kind: Kind) => MediaStreamTrack | null} setup.outgoing what to send of a kind while live
 * @param {(tracks: MediaStreamTrack[]) => void} setup.incoming the other's tracks, while live
 * @param {(state: string) => void} setup.state told of each change of the connection
 * @param {(message: any) => void} setup.heard told of each message over the data channel, while live
 */
export function openPeer({ impolite, send, ice, roundTrip, refused, outgoing, incoming, state, heard }) {
  /** @type {RTCPeerConnection | null} */
  let pc = null;
  let call = '';
  let turn = 0;
  let offeredAt = -TAKES;
  let answeredAt = -TAKES;
  let live = false;
  let wanted = false;
  let greeted = false; // the other side has been heard since a connection is wanted, or before
  let relayedNext = false; // what the polite side makes next goes through the relay only
  let said = 0; // when this side last said hello
  let from = 0; // when anything last came from the other browser
  let through = 0; // when anything last came from the other side through the server
  /** @type {Promise<unknown>} messages are taken one after the other */
  let queue = Promise.resolve();

  const talk = channels({
    heard,
    alive: () => (from = performance.now()),
    opened: () => state(connected() ? 'connected' : 'connecting'),
    closed: () => live && heard({ look: true }), // the other has closed it: the server knows why
  });

  const connected = () => pc?.connectionState === 'connected';
  const tag = () => `${call}.${turn}`;

  /** @param {string} name @param {boolean} relayed whether only the relay's way will do */
  async function make(name, relayed) {
    drop();
    call = name;
    const mine = new RTCPeerConnection({
      iceServers: await ice(),
      iceTransportPolicy: relayed ? 'relay' : 'all',
      bundlePolicy: 'max-bundle',
      rtcpMuxPolicy: 'require',
      iceCandidatePoolSize: impolite ? 1 : 0,
    });
    if (call !== name) return mine.close();
    pc = mine;
    mine.onicecandidate = ({ candidate }) => {
      if (mine === pc) send({ type: 'candidate', call: tag(), candidate: candidate ? plain(candidate) : null });
    };
    mine.onicecandidateerror = (event) => event.errorCode === 401 && refused();
    mine.ontrack = () => mine === pc && hand();
    mine.onconnectionstatechange = () => mine === pc && moved(mine);
  }

  /** @param {RTCIceCandidate} each */
  function plain({ candidate, sdpMid, sdpMLineIndex, usernameFragment }) {
    return { candidate, sdpMid, sdpMLineIndex, usernameFragment };
  }

  /** Offer the connection, or its renewal. @param {boolean} iceRestart */
  async function offer(iceRestart) {
    const mine = pc;
    if (!mine) return;
    turn += 1;
    if (iceRestart) await rekey(mine);
    await mine.setLocalDescription(await mine.createOffer({ iceRestart }));
    offeredAt = performance.now();
    describe(mine);
  }

  /** Give a connection keys that are good for a while. @param {RTCPeerConnection} mine */
  async function rekey(mine) {
    try {
      mine.setConfiguration({ ...mine.getConfiguration(), iceServers: await ice() });
    } catch {
      // Not every browser can change them in a connection that is made; a whole new one has new keys.
    }
  }

  /** @param {RTCPeerConnection} mine */
  function describe(mine) {
    if (mine === pc && mine.localDescription) {
      const { type, sdp } = mine.localDescription;
      send({ type: 'description', call: tag(), description: { type, sdp } });
    }
  }

  /** @param {boolean} relayed */
  async function open(relayed) {
    const name = crypto.getRandomValues(new Uint32Array(4)).join('-');
    await make(name, relayed);
    if (!pc || call !== name) return;
    const together = new MediaStream(); // one stream for both kinds, so that lips and words stay together
    for (const kind of KINDS) {
      pc.addTransceiver(kind, { direction: 'sendrecv', streams: [together], sendEncodings: FIRST[kind] });
    }
    talk.join(pc);
    put();
    await offer(false);
  }

  /** @param {RTCSessionDescriptionInit} description @param {string} name @param {number} number */
  async function described(description, name, number) {
    if (impolite) {
      if (description.type === 'answer' && name === call && number === turn && pc?.signalingState === 'have-local-offer')
        await pc.setRemoteDescription(description);
      return;
    }
    if (description.type !== 'offer') return;
    if (name !== call || !pc) await make(name, relayedNext);
    const mine = pc;
    if (!mine || name !== call || number < turn) return;
    const renewed = number > turn && turn > 0;
    turn = number;
    if (renewed) await rekey(mine);
    await mine.setRemoteDescription(description);
    const together = new MediaStream();
    for (const each of mine.getTransceivers()) {
      each.direction = 'sendrecv';
      each.sender.setStreams?.(together);
    }
    if (mine.connectionState === 'new') await prepare(mine);
    talk.join(mine);
    put();
    await mine.setLocalDescription();
    answeredAt = performance.now();
    describe(mine);
  }

  /** @param {RTCIceCandidateInit | null} candidate @param {string} name @param {number} number */
  async function candidate(candidate, name, number) {
    if (!pc || name !== call || number !== turn || !candidate) return;
    await pc.addIceCandidate(candidate).catch(() => {}); // of a path that is gone already
  }

  function put() {
    for (const each of pc?.getTransceivers() ?? []) {
      const kind = /** @type {Kind} */ (each.receiver.track.kind);
      const track = live ? outgoing(kind) : null;
      if (each.sender.track !== track) each.sender.replaceTrack(track).catch(() => {});
    }
  }

  function hand() {
    if (live) incoming((pc?.getTransceivers() ?? []).map((each) => each.receiver.track));
  }

  /** @param {RTCPeerConnection} mine */
  function moved(mine) {
    if (connected()) {
      from = performance.now();
      relayedNext = false;
    }
    state(mine.connectionState);
  }

  /** Say that this side is there, and with which call. */
  function hello() {
    if (!wanted) return;
    said = performance.now();
    send(call ? { type: 'hello', call: tag() } : { type: 'hello' });
  }

  /** Answer a hello. @param {string} name the call that the other has, '' for none */
  async function greet(name) {
    if (!wanted) return;
    if (!impolite) {
      // Who makes the offers asks who is there. One's own hello may have been answered already.
      const before = tag();
      const crossed = Math.max(0, said + CROSSING - performance.now());
      return void setTimeout(() => tag() === before && !connected() && hello(), crossed);
    }
    if (pc && (name === call || unanswered())) await again(CROSSING);
    else await open(false);
  }

  const unanswered = () => pc?.signalingState === 'have-local-offer' && performance.now() - offeredAt < ON_ITS_WAY;

  /** Offer this connection's renewal, or say the offer again that may have met nobody; none that has just been made. @param {number} pause */
  async function again(pause) {
    if (pc && unanswered()) describe(pc);
    else if (performance.now() - offeredAt > pause) await offer(true);
  }

  function drop() {
    const old = pc;
    talk.drop();
    pc = null;
    call = '';
    turn = 0;
    if (old) {
      old.onconnectionstatechange = old.onicecandidate = old.onicecandidateerror = old.ontrack = null;
      old.close();
    }
  }

  /** @param {() => unknown} does */
  const inTurn = (does) => (queue = queue.then(does).catch(() => {})); // what came too late is mended by the next hello

  return {
    connected,
    pc: () => pc,
    call: () => call,
    turn: () => turn,
    /** Whether it is connected, and no offer is waiting for its answer. */
    settled: () => connected() && pc?.signalingState === 'stable',
    state: () => pc?.connectionState ?? 'none',
    live: () => live,
    wanted: () => wanted,
    /** When anything last came from the other browser itself, and through the server. */
    last: () => ({ from, through }),
    /** Something has come: bytes of the other's media count as well as words. */
    alive() {
      from = performance.now();
    },
    hello,
    put,
    /** Let a connection come about (the warm line), or take it down. @param {boolean} want */
    want(want) {
      if (want === wanted) return;
      wanted = want;
      if (want) return;
      live = greeted = false;
      talk.goLive(false);
      drop();
      state('closed');
    },
    /** Put the tracks in and hand the other's on; only ever on the server's word. */
    goLive() {
      live = true;
      talk.goLive(true);
      from = performance.now();
      put();
      hand();
      state(pc?.connectionState ?? 'new');
    },
    /** Take a message of the other side. @param {any} message */
    take(message) {
      through = performance.now();
      greeted = true;
      const [name, number] = split(message.call ?? '');
      inTurn(() => {
        if (message.type === 'hello') return greet(name);
        if (!wanted) return;
        if (message.type === 'description') return described(message.description, name, number);
        if (message.type === 'candidate') return candidate(message.candidate, name, number);
      });
    },
    /** Restart the ICE of this connection; it goes on meanwhile as well as it can. @param {boolean} [pressed] at once */
    renew(pressed = false) {
      const pause = pressed ? 0 : TAKES + 4000 * Math.min(1, roundTrip());
      if (impolite) inTurn(() => pc && again(pause));
      else if (performance.now() - answeredAt > pause) hello();
    },
    /** Make a whole new connection. @param {boolean} [relayed] through the relay only */
    make(relayed = false) {
      if (impolite) return greeted ? inTurn(() => wanted && open(relayed)) : hello();
      relayedNext = relayed;
      if (pc && !connected()) drop();
      said = performance.now();
      send({ type: 'hello' });
    },
    say: talk.say,
  };
}

/** Take `call.turn` apart. @param {string} tag @returns {[string, number]} */
function split(tag) {
  const dot = tag.lastIndexOf('.');
  return dot < 0 ? [tag, 0] : [tag.slice(0, dot), Number(tag.slice(dot + 1))];
}
