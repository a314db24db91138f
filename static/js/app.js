// entry: the clinic's pages. Introduces the leaves to the page; each does nothing where its part is missing.
import { offerCopies } from './lib/copy.js';
import { openDialogs } from './lib/dialogs.js';
import { followFields, guessZone } from './lib/fields.js';
import htmx from './lib/htmx.js';
import { openLine } from './lib/line.js';
import { tellChanges } from './lib/said.js';
import { windowName } from './lib/window.js';

const TOGETHER = 150; // ms: changes that come this close are one

/** Ask for the live parts of the page again whenever the server says that something has changed. */
function listen() {
  if (!document.querySelector('#diary-list, #timeline')) return;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const look = () => {
    clearTimeout(timer);
    timer = setTimeout(() => htmx.trigger(document.body, 'changed'), TOGETHER);
  };
  let missed = false;
  openLine(() => `/diary/socket?window=${windowName()}`, {
    message: (message) => message.type === 'changed' && look(),
    // What was said while the line was down is made up for by looking.
    up: () => missed && look(),
    down: () => (missed = true),
  });
}

/** Fetch the whole of an appointment's page when it no longer stands as it did: begun, over, or moved. */
function followAppointment() {
  const standing = () => document.getElementById('timeline')?.dataset.standing;
  let known = standing();
  if (!known) return;
  document.body.addEventListener('htmx:afterSwap', () => {
    const now = standing();
    const page = document.getElementById('appointment');
    if (!now || now === known || !page) return;
    known = now;
    htmx.ajax('get', page.dataset.address ?? '', { target: '#appointment', select: '#appointment', swap: 'outerHTML' });
  });
}

/** Say when something that was pressed did not get through; what asks by itself is silent and asks again. */
function tellFailures() {
  const notices = document.getElementById('notices');
  const tell = (/** @type {Event} */ event) => {
    const detail = /** @type {CustomEvent} */ (event).detail;
    if (!notices || detail.requestConfig?.verb === 'get') return;
    const said = document.createElement('p');
    said.className = 'notice warn';
    said.textContent = 'That could not be saved. Check the connection and try again.';
    notices.replaceChildren(said);
  };
  for (const name of ['htmx:responseError', 'htmx:sendError', 'htmx:timeout'])
    document.body.addEventListener(name, tell);
}

offerCopies();
openDialogs();
followFields();
guessZone();
tellChanges();
tellFailures();
followAppointment();
listen();
