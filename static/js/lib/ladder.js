// Refresh, step by step: the path anew, the camera and microphone anew, the whole connection anew, through the relay if
// need be. The same means as recovery's, used by hand; ends nothing.

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

/** @typedef {'ok' | 'failed' | 'skipped' | 'left out'} Result */

/**
 * @param {ReturnType<typeof import('./peer.js').openPeer>} peer
 * @param {ReturnType<typeof import('./media.js').ownMedia>} media
 * @param {boolean} relays
 * @returns {{name: string, words: string, climb: (before: Result[]) => Promise<Result>}[]}
 */
function steps(peer, media, relays) {
  /** @param {boolean} relayed @returns {Promise<Result>} */
  async function anew(relayed) {
    const before = peer.call();
    peer.make(relayed);
    return (await until(() => peer.call() !== before && peer.connected())) ? 'ok' : 'failed';
  }
  return [
    {
      name: 'ice',
      words: 'Renewing the connection',
      async climb() {
        if (!peer.pc() || peer.state() === 'closed') return 'skipped';
        const [call, turn] = [peer.call(), peer.turn()];
        peer.renew(true);
        const renewed = () => (peer.turn() > turn || peer.call() !== call) && peer.settled();
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
    { name: 'call', words: 'Making a new connection', climb: () => anew(false) },
    {
      name: 'relay',
      words: 'Making a new connection through the relay',
      climb: async (before) => (before.at(-1) !== 'failed' || !relays ? 'left out' : anew(true)),
    },
  ];
}

const RESULTS = { ok: 'done', failed: 'did not work', skipped: 'not needed' };

/**
 * Climb all steps, each shown in the list with its result, and return the results, e.g. "ice=ok devices=ok call=ok".
 * @param {HTMLElement} list
 * @param {Parameters<typeof steps>[0]} peer
 * @param {Parameters<typeof steps>[1]} media
 * @param {boolean} relays whether the clinic has a relay
 */
export async function climb(list, peer, media, relays) {
  const results = [];
  /** @type {Result[]} */
  const before = [];
  list.replaceChildren();
  for (const step of steps(peer, media, relays)) {
    const row = document.createElement('li');
    row.textContent = `${step.words} …`;
    list.append(row);
    const result = await step.climb(before);
    before.push(result);
    if (result === 'left out') {
      row.remove();
      continue;
    }
    row.dataset.result = result;
    row.textContent = `${step.words}: ${RESULTS[result]}`;
    results.push(`${step.name}=${result}`);
  }
  await new Promise((next) => setTimeout(next, 900)); // long enough to read
  return results.join(' ');
}
