// Presses that did not get through: kept, said, and repeated until there is an answer. Every press of the room is safe to
// repeat: who is late, or has been heard after all, is shown how things stand.

import htmx from './htmx.js';
import { closeDialogs, showDialogs } from './screens.js';

const SOON = 1500; // a press that takes longer than this is said not to be saved yet
const AGAIN = 1000; // after no answer; a server that cannot says itself when
const GIVE_UP = 5000; // on one try, not on the press

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** What can be tried again: nobody answered, or the server could not just now. @param {number} status */
const passing = (status) => status === 0 || status === 429 || status >= 500;

/**
 * @param {object} setup
 * @param {(sentence: string) => void} setup.said told why a press had no effect and will have none
 * @param {() => void} setup.failed told when the server could not be reached
 */
export function keepPresses({ said, failed }) {
  /** @type {string | null} */
  let kept = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let slow;

  /** @param {string | null} path */
  function keep(path) {
    clearTimeout(timer);
    clearTimeout(slow);
    if (path && !kept) closeDialogs(true); // nothing behind one can be pressed
    kept = path;
    at('kept').hidden = !kept;
  }

  function again() {
    clearTimeout(timer);
    if (kept) htmx.ajax('post', kept, { source: '#room' }).catch(() => {}); // told by the events below
  }

  /** @param {Event} event */
  const of = (event) => /** @type {CustomEvent} */ (event).detail;

  document.body.addEventListener('htmx:beforeSend', (event) => {
    const { requestConfig, xhr } = of(event);
    if (requestConfig.verb !== 'post') return;
    xhr.timeout = GIVE_UP;
    clearTimeout(slow);
    if (kept === requestConfig.path) return;
    keep(null); // a newer press stands for an older one
    slow = setTimeout(() => keep(requestConfig.path), SOON);
  });

  document.body.addEventListener('htmx:afterRequest', (event) => {
    const { requestConfig, xhr } = of(event);
    if (requestConfig?.verb !== 'post') return;
    const { path } = requestConfig;
    if (!passing(xhr.status)) {
      keep(null);
      if (xhr.status >= 400 && xhr.status !== 410) said('That did not work. Reload this page and try again.');
      return;
    }
    if (xhr.status === 0) failed();
    if (path.endsWith('/refreshed')) return; // a note for the timeline, not a wish
    keep(path);
    timer = setTimeout(again, 1000 * Number(xhr.getResponseHeader('Retry-After')) || AGAIN);
  });

  at('kept-cancel').addEventListener('click', () => {
    keep(null);
    showDialogs();
  });

  return {
    again,
    /** Whether a press waits to be saved. */
    waiting: () => kept !== null,
    drop: () => keep(null),
  };
}
