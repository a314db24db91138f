// What is said while the call goes on, and before it: how the line is, and for the clinician how long it has been.

import { saying } from './saying.js';
import { bridge } from './screens.js';

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} id @param {string} text */
function say(id, text) {
  if (at(id).textContent !== text) at(id).textContent = text;
}

/**
 * @param {object} setup
 * @param {() => string} setup.status
 * @param {() => void} setup.ask fetch the panel
 * @param {DOMStringMap} setup.room what the page was given
 */
export function telling({ status, ask, room }) {
  const { seat = '', other = '', minutes = '', phone = '' } = room;
  let ticks = 0;
  let ahead = 0;

  // The call is timed by the server's clock, not by this computer's.
  document.body.addEventListener('htmx:afterRequest', (event) => {
    const date = Date.parse(/** @type {CustomEvent} */ (event).detail.xhr?.getResponseHeader('Date') ?? '');
    if (date) ahead = date - Date.now();
  });

  function tick() {
    if (status() !== 'in_call') return;
    const { started, other: there } = bridge();
    if (seat === 'clinician' && started) {
      const seconds = Math.max(0, Math.floor((Date.now() + ahead - Date.parse(started)) / 1000));
      say('duration', `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} of ${minutes} min`);
    }
    // While the other side is away, its return and the right to leave are asked for more often.
    if (there !== 'here' && ++ticks % 5 === 0) ask();
  }

  const ticking = setInterval(tick, 1000);
  return {
    /** Say how the line is. @param {import('./saying.js').Moment} moment */
    tell(moment) {
      const waiting = seat === 'clinician' && status() === 'ready';
      const well = moment.stage === 'well';
      say('warm-word', waiting ? (well ? 'The line is tested and open.' : 'Testing the line …') : '');
      if (status() !== 'in_call') return;
      const { word, why, mood } = saying(moment, other, phone);
      say('line', word);
      say('line-why', why);
      at('line').dataset.word = mood;
    },
    stop: () => clearInterval(ticking),
  };
}
