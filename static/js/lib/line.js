// A socket to the server that comes back by itself. Knows no message; never gives up unless told that it is over.

const OVER = 4410;
const REPLACED = 4409;
const SLOWEST = 1000; // between two tries where somebody says no
// Where nobody answers, a browser asks again later and later: a new try finds a line that is back sooner. On a slow line
// each takes seconds: some are given these. The first of a page is patient.
const PATIENCE = [2000, 2000, 6000, 2000, 2000, 12000];
const FIRST = 8000;
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
  let before = false; // it has been up before
  let since = performance.now();
  let closed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function connect() {
    clearTimeout(timer);
    if (closed) return;
    const url = new URL(path(), location.href);
    // Of two that are opened in a row the first may arrive last: the server keeps the newer.
    url.searchParams.set('opened', String(performance.timeOrigin + performance.now()));
    url.protocol = url.protocol.replace('http', 'ws');
    const mine = new WebSocket(url);
    socket = mine;
    const patience = setTimeout(giveUp, before ? PATIENCE[unanswered % PATIENCE.length] : FIRST);
    let wasUp = false;
    function giveUp() {
      if (socket !== mine) return;
      unanswered += 1;
      drop();
      connect();
    }
    mine.onopen = () => {
      if (socket !== mine) return;
      wasUp = before = true;
      clearTimeout(patience);
      tries = unanswered = 0;
      since = performance.now();
      on.up?.();
    };
    mine.onmessage = (event) => socket === mine && on.message(JSON.parse(event.data));
    mine.onclose = (event) => {
      clearTimeout(patience);
      if (socket !== mine) return;
      socket = null;
      if (wasUp) since = performance.now();
      if (event.code === OVER || event.code === REPLACED) {
        closed = true;
        on.over?.(event.code === REPLACED);
        return;
      }
      on.down?.(wasUp);
      later();
    };
  }

  function later() {
    clearTimeout(timer);
    const wait = Math.min(SLOWEST, 150 * 2 ** tries++);
    timer = setTimeout(connect, wait * (0.5 + 0.5 * Math.random()));
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
    tries = unanswered = 0;
    connect();
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
  connect();

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
