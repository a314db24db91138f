// A socket to the server that comes back by itself. Knows no message; never gives up unless told that it is over.

const OVER = 4410;
const REPLACED = 4409;
const SLOWEST = 3000;

/**
 * @typedef {object} Line
 * @property {(message: object) => boolean} send say something; false if the line is down
 * @property {() => boolean} isUp
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
  let closed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function connect() {
    clearTimeout(timer);
    if (closed) return;
    const url = new URL(path(), location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    const mine = new WebSocket(url);
    socket = mine;
    // A handshake that hangs would never be tried again by itself.
    const patience = setTimeout(() => mine.close(), 8000);
    let wasUp = false;
    mine.onopen = () => {
      wasUp = true;
      clearTimeout(patience);
      tries = 0;
      on.up?.();
    };
    mine.onmessage = (event) => on.message(JSON.parse(event.data));
    mine.onclose = (event) => {
      clearTimeout(patience);
      if (socket !== mine) return;
      socket = null;
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
    const wait = Math.min(SLOWEST, 250 * 2 ** tries++);
    timer = setTimeout(connect, wait * (0.6 + 0.4 * Math.random()));
  }

  function again() {
    const old = socket;
    socket = null;
    old?.close();
    tries = 0;
    connect();
  }

  function wake() {
    if (!closed && document.visibilityState === 'visible' && !isUp()) again();
  }

  const isUp = () => socket?.readyState === WebSocket.OPEN;

  addEventListener('online', wake);
  document.addEventListener('visibilitychange', wake);
  connect();

  return {
    send(message) {
      if (!isUp()) return false;
      socket?.send(JSON.stringify(message));
      return true;
    },
    isUp,
    again,
    close() {
      closed = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
