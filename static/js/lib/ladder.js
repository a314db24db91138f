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
function steps(peer, media) {
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

const RESULTS = { ok: 'done', failed: 'did not work', skipped: 'not needed' };

/**
 * Climb all steps, each shown in the list with its result, and return the results, e.g. "ice=ok devices=ok call=ok".
 * @param {HTMLElement} list
 * @param {Parameters<typeof steps>[0]} peer
 * @param {Parameters<typeof steps>[1]} media
 */
export async function climb(list, peer, media) {
  const results = [];
  list.replaceChildren();
  for (const step of steps(peer, media)) {
    const row = document.createElement('li');
    row.textContent = `${step.words} …`;
    list.append(row);
    const result = await step.climb();
    row.dataset.result = result;
    row.textContent = `${step.words}: ${RESULTS[result]}`;
    results.push(`${step.name}=${result}`);
  }
  await new Promise((next) => setTimeout(next, 900)); // long enough to read
  return results.join(' ');
}
