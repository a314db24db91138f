// The connection to the other browser: perfect negotiation (W3C WebRTC 1.0, 10.7) with a name for each connection.
//
// The impolite side opens a connection, with a new `call`, whenever it hears hello; the polite side makes its own when
// an offer with a new `call` comes; messages of another call are dropped. Sound and picture have their places from the
// beginning and no tracks in them: nothing is sent, and nothing that comes is handed on, until `live`.

/** @typedef {'audio' | 'video'} Kind */

const PATIENCE = 8000; // for a connection to come about
const WOBBLE = 2500; // for a disconnected one to mend itself
const CROSSING = 300; // in which two hellos may have crossed: the answer to one's own is on its way
// An encoder that does not know the line yet drops large pictures, and so the first ones: it begins with small ones.
const SMALL = 2;
const GROW = 2000;
const KINDS = /** @type {Kind[]} */ (['audio', 'video']);

/**
 * @param {object} setup
 * @param {boolean} setup.impolite
 * @param {(message: object) => boolean} setup.send
 * @param {() => Promise<RTCIceServer[]>} setup.ice
 * @param {(kind: Kind) => MediaStreamTrack | null} setup.outgoing what to send of a kind while live
 * @param {(tracks: MediaStreamTrack[]) => void} setup.incoming the other's tracks, while live
 * @param {(state: string) => void} setup.state told of each change of the connection
 * @param {(message: any) => void} setup.heard told of each message over the data channel, while live
 */
export function openPeer({ impolite, send, ice, outgoing, incoming, state, heard }) {
  /** @type {RTCPeerConnection | null} */
  let pc = null;
  /** @type {RTCDataChannel | null} */
  let channel = null;
  let call = '';
  let making = false;
  let live = false;
  let wanted = false;
  let greeted = false; // the polite side has said hello before this one wanted to hear it
  let said = 0; // when this side last said hello
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let patience;
  /** @type {Promise<unknown>} messages are taken one after the other */
  let queue = Promise.resolve();

  const connected = () => pc?.connectionState === 'connected';

  /** @param {string} name */
  async function make(name) {
    drop();
    call = name;
    const mine = new RTCPeerConnection({
      iceServers: await ice(),
      bundlePolicy: 'max-bundle',
      rtcpMuxPolicy: 'require',
      iceCandidatePoolSize: impolite ? 1 : 0,
    });
    if (call !== name) return mine.close();
    pc = mine;
    mine.onnegotiationneeded = () => offer(mine);
    mine.onicecandidate = ({ candidate }) => {
      if (mine === pc) send({ type: 'candidate', call, candidate: candidate ? plain(candidate) : null });
    };
    mine.ontrack = () => mine === pc && hand();
    mine.onconnectionstatechange = () => mine === pc && moved(mine);
    wait();
  }

  /** @param {RTCIceCandidate} each */
  function plain({ candidate, sdpMid, sdpMLineIndex, usernameFragment }) {
    return { candidate, sdpMid, sdpMLineIndex, usernameFragment };
  }

  function join() {
    if (!pc || channel) return;
    channel = pc.createDataChannel('room', { negotiated: true, id: 0 });
    channel.onmessage = (event) => live && heard(JSON.parse(event.data));
    channel.onopen = () => state(connected() ? 'connected' : 'connecting');
  }

  /** @param {RTCPeerConnection} mine */
  async function offer(mine) {
    if (mine !== pc) return;
    try {
      making = true;
      await mine.setLocalDescription();
      describe(mine);
    } finally {
      making = false;
    }
  }

  /** @param {RTCPeerConnection} mine */
  function describe(mine) {
    if (mine === pc && mine.localDescription) {
      const { type, sdp } = mine.localDescription;
      send({ type: 'description', call, description: { type, sdp } });
    }
  }

  async function open() {
    const name = crypto.getRandomValues(new Uint32Array(4)).join('-');
    await make(name);
    if (!pc || call !== name) return;
    const together = new MediaStream(); // one stream for both kinds, so that lips and words stay together
    for (const kind of KINDS) {
      const sendEncodings = kind === 'video' ? [{ scaleResolutionDownBy: SMALL }] : [];
      pc.addTransceiver(kind, { direction: 'sendrecv', streams: [together], sendEncodings });
    }
    join();
    put();
  }

  /** @param {RTCSessionDescriptionInit} description @param {string} name */
  async function described(description, name) {
    if (name !== call || !pc) {
      if (impolite || description.type !== 'offer' || !wanted) return;
      await make(name);
    }
    const mine = pc;
    if (!mine || name !== call) return;
    const collision = description.type === 'offer' && (making || mine.signalingState !== 'stable');
    if (impolite && collision) return;
    await mine.setRemoteDescription(description);
    if (description.type !== 'offer') return;
    const together = new MediaStream();
    for (const each of mine.getTransceivers()) {
      each.direction = 'sendrecv';
      each.sender.setStreams?.(together);
    }
    if (mine.connectionState === 'new') await scale(mine, SMALL);
    join();
    put();
    await mine.setLocalDescription();
    describe(mine);
  }

  /** @param {RTCIceCandidateInit | null} candidate @param {string} name */
  async function candidate(candidate, name) {
    if (!pc || name !== call || !candidate) return;
    // A candidate of an offer that was ignored belongs to nothing.
    await pc.addIceCandidate(candidate).catch(() => {});
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

  /** Send the picture so many times smaller. @param {RTCPeerConnection} mine @param {number} by */
  async function scale(mine, by) {
    const sender = mine.getTransceivers().find((each) => each.receiver.track.kind === 'video')?.sender;
    const parameters = sender?.getParameters();
    if (!parameters?.encodings?.length) return;
    parameters.encodings[0].scaleResolutionDownBy = by;
    await sender?.setParameters(parameters).catch(() => {});
  }

  function grow() {
    const mine = pc;
    if (live && mine && connected()) setTimeout(() => mine === pc && scale(mine, 1), GROW);
  }

  /** @param {RTCPeerConnection} mine */
  function moved(mine) {
    state(mine.connectionState);
    clearTimeout(patience);
    if (mine.connectionState === 'connected') return grow();
    if (mine.connectionState === 'disconnected') patience = setTimeout(mend, WOBBLE);
    else if (mine.connectionState === 'failed') mend();
    else wait();
  }

  function wait() {
    clearTimeout(patience);
    patience = setTimeout(meet, PATIENCE);
  }

  function mend() {
    if (!wanted || !pc) return;
    pc.restartIce();
    wait();
  }

  /** Say that this side is there, as long as it is not connected. */
  function meet() {
    clearTimeout(patience);
    if (!wanted || connected()) return;
    said = Date.now();
    send({ type: 'hello' });
    patience = setTimeout(meet, PATIENCE);
  }

  /** Answer a hello: with an offer, or, on the polite side, with a hello unless one is being answered already. */
  function hello() {
    greeted = true;
    if (!wanted) return;
    if (impolite) return open();
    const before = call;
    const crossed = Math.max(0, said + CROSSING - Date.now());
    setTimeout(() => {
      if (!wanted || call !== before) return;
      said = Date.now();
      send({ type: 'hello' });
    }, crossed);
  }

  function drop() {
    clearTimeout(patience);
    const old = pc;
    pc = channel = null;
    call = '';
    making = false;
    if (old) {
      old.onconnectionstatechange = old.onicecandidate = old.ontrack = old.onnegotiationneeded = null;
      old.close();
    }
  }

  return {
    connected,
    pc: () => pc,
    call: () => call,
    meet,
    put,
    /** Let a connection come about (the warm line), or take it down. @param {boolean} want */
    want(want) {
      if (want === wanted) return;
      wanted = want;
      if (want && impolite && greeted) queue = queue.then(open);
      else if (want) meet();
      else {
        live = greeted = false;
        drop();
        state('closed');
      }
    },
    /** Put the tracks in and hand the other's on; only ever on the server's word. */
    goLive() {
      // Where the line could not be had before: now, not when patience ends.
      if (!live && !pc && Date.now() > said + CROSSING) meet();
      live = true;
      put();
      hand();
      grow();
      state(pc?.connectionState ?? 'new');
    },
    /** Take a message of the other side. @param {any} message */
    take(message) {
      queue = queue
        .then(async () => {
          if (message.type === 'hello') return hello();
          if (!wanted) return;
          if (message.type === 'description') await described(message.description, message.call);
          else if (message.type === 'candidate') await candidate(message.candidate, message.call);
        })
        .catch(() => {}); // a description that came too late for its connection: the next hello mends it
    },
    /** Make a whole new connection. */
    anew() {
      if (impolite) queue = queue.then(open);
      else send({ type: 'hello' });
    },
    /** Say something over the data channel; false if there is none. @param {object} message */
    say(message) {
      if (!live || channel?.readyState !== 'open') return false;
      channel.send(JSON.stringify(message));
      return true;
    },
  };
}
