// A socket to the server that comes back by itself. Knows no message; never gives up unless told that it is over.

const OVER = 4410;
const REPLACED = 4409;
const SLOWEST = 1000; // between two tries where somebody says no
const REFUSED = 5000; // the same where the server is there, and has no socket for this window
const PATIENCE = 8000; // with a socket that is being opened
const AT_ONCE = 2000; // with the first after one that was lost
// Browsers make sockets wait that follow on others which came to nothing. So when one has, the server is asked for a sign
// of life by plain requests, and a socket is opened once there is one. Where nobody answers, a browser asks again later and
// later: a new request finds a line that is back sooner. On a slow line each takes seconds: some are given these.
const SIGN = '/healthz';
const WAITS = [2000, 2000, 6000, 2000, 2000, 12000];
const SETTLED = 2000; // a socket younger than this was opened over the network that there is now

/**
 * @typedef {object} Line
 * @property {(message: object) => boolean} send say something; false if the line is down
 * @property {() => boolean} isUp
 * @property {() => number} since when it came up or went down, in milliseconds of performance.now()
 * @property {() => void} again drop this socket, which may be dead without knowing, and make a new one at once
 * @property {() => void} close
 */

/**
 * Open a line and keep it open.
 * @param {() => string} path asked anew for each socket
 * @param {{message: (message: any) => void, up?: () => void, down?: (wasUp: boolean) => void, over?: (replaced: boolean) => void}} on
 * @returns {Line}
 */
export function openLine(path, on) {
  /** @type {WebSocket | null} */
  let socket = null;
  let tries = 0;
  let unanswered = 0;
  let alive = false; // the server has last given a sign of life
  let asking = 0; // counts the requests for a sign of life, so that only the last one counts
  let since = performance.now();
  let closed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {number} patience milliseconds */
  function connect(patience) {
    clearTimeout(timer);
    if (closed) return;
    const url = new URL(path(), location.href);
    // Of two that are opened in a row the first may arrive last: the server keeps the newer.
    url.searchParams.set('opened', String(performance.timeOrigin + performance.now()));
    url.protocol = url.protocol.replace('http', 'ws');
    const mine = new WebSocket(url);
    socket = mine;
    const waiting = setTimeout(giveUp, patience);
    let wasUp = false;
    function giveUp() {
      if (socket !== mine) return;
      drop();
      look();
    }
    mine.onopen = () => {
      if (socket !== mine) return;
      wasUp = true;
      clearTimeout(waiting);
      tries = unanswered = 0;
      alive = false;
      since = performance.now();
      on.up?.();
    };
    mine.onmessage = (event) => socket === mine && on.message(JSON.parse(event.data));
    mine.onclose = (event) => {
      clearTimeout(waiting);
      if (socket !== mine) return;
      socket = null;
      if (wasUp) since = performance.now();
      if (event.code === OVER || event.code === REPLACED) {
        closed = true;
        on.over?.(event.code === REPLACED);
        return;
      }
      on.down?.(wasUp);
      later(wasUp ? () => connect(AT_ONCE) : look);
    };
  }

  /** Ask for a sign of life, again and again; with one, open a socket. */
  async function look() {
    if (closed) return;
    const mine = ++asking;
    const within = new AbortController();
    const waiting = setTimeout(() => within.abort(), WAITS[unanswered % WAITS.length]);
    const answer = await fetch(SIGN, { method: 'HEAD', cache: 'no-store', signal: within.signal }).catch(() => null);
    clearTimeout(waiting);
    if (mine !== asking || closed) return;
    alive = !!answer?.ok;
    if (alive) return connect(PATIENCE);
    if (!within.signal.aborted) return later(look);
    unanswered += 1;
    look();
  }

  /** @param {() => void} does */
  function later(does) {
    clearTimeout(timer);
    const wait = Math.min(alive ? REFUSED : SLOWEST, 150 * 2 ** tries++);
    timer = setTimeout(does, wait * (0.5 + 0.5 * Math.random()));
  }

  /** Let go of this socket; what still happens to it is nobody's business. */
  function drop() {
    if (isUp()) since = performance.now();
    const old = socket;
    socket = null;
    old?.close();
  }

  function again() {
    if (closed) return;
    drop();
    asking += 1;
    tries = unanswered = 0;
    alive = false;
    connect(AT_ONCE);
  }

  const isUp = () => socket?.readyState === WebSocket.OPEN;

  // Signs that there may be a way again, or another one.
  addEventListener('online', again);
  /** @type {any} */ (navigator).connection?.addEventListener?.('change', () => {
    if (!isUp() || performance.now() - since > SETTLED) again();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && !isUp()) again();
  });
  connect(PATIENCE);

  return {
    send(message) {
      if (!isUp()) return false;
      socket?.send(JSON.stringify(message));
      return true;
    },
    isUp,
    since: () => since,
    again,
    close() {
      closed = true;
      clearTimeout(timer);
      drop();
    },
  };
}
