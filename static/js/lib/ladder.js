// Refresh, step by step: the path anew, the camera and microphone anew, the whole connection anew. Ends nothing.

const WITHIN = 6000;

/** @param {() => boolean} done */
async function until(done) {
  const late = Date.now() + WITHIN;
  while (!done()) {
    if (Date.now() > late) return false;
    await new Promise((next) => setTimeout(next, 50));
  }
  return true;
}

/** @param {RTCPeerConnection | null} pc */
const fragment = (pc) => /a=ice-ufrag:(\S+)/.exec(pc?.currentLocalDescription?.sdp ?? '')?.[1];

/**
 * @param {ReturnType<typeof import('./peer.js').openPeer>} peer
 * @param {ReturnType<typeof import('./media.js').ownMedia>} media
 * @returns {{name: string, words: string, climb: () => Promise<'ok' | 'failed' | 'skipped'>}[]}
 */
export function steps(peer, media) {
  return [
    {
      name: 'ice',
      words: 'Renewing the connection',
      async climb() {
        const pc = peer.pc();
        if (!pc || pc.connectionState === 'closed') return 'skipped';
        const before = fragment(pc);
        pc.restartIce();
        const renewed = () => fragment(pc) !== before && pc.signalingState === 'stable' && peer.connected();
        return (await until(renewed)) ? 'ok' : 'failed';
      },
    },
    {
      name: 'devices',
      words: 'Renewing camera and microphone',
      async climb() {
        const all = await media.renew();
        return all === null ? 'skipped' : all ? 'ok' : 'failed';
      },
    },
    {
      name: 'call',
      words: 'Making a new connection',
      async climb() {
        const before = peer.call();
        peer.anew();
        return (await until(() => peer.call() !== before && peer.connected())) ? 'ok' : 'failed';
      },
    },
  ];
}
