// The requests of the room: what goes along with each, what is read off each answer, and that no question gets in the
// way of a press. While a press is under way nothing is asked: how things stood before it is of no interest any more.

import htmx from './htmx.js';

const PATIENCE = 8000; // with an answer that only shows how things stand

/** @param {Event} event */
const of = (event) => /** @type {CustomEvent} */ (event).detail;

/**
 * @param {object} on
 * @param {() => string} on.page the name of this window
 * @param {() => void} on.changed told when a press of this page has changed something
 * @param {() => void} on.unheld told when the server has no socket of this window, or cannot be reached
 */
export function wireRequests({ page, changed, unheld }) {
  document.body.addEventListener('htmx:configRequest', (event) => {
    const { elt, headers, parameters } = of(event);
    const panel = document.getElementById('panel')?.dataset ?? {};
    headers['X-Window'] = page();
    if (elt.id === 'ask') Object.assign(parameters, { have: panel.digest ?? '', page: panel.page ?? '' });
  });

  let presses = 0; // under way
  let later = false; // something is to be asked after them

  document.body.addEventListener('htmx:confirm', (event) => {
    if (!presses || of(event).elt.id !== 'ask') return;
    event.preventDefault();
    later = true;
  });

  document.body.addEventListener('htmx:beforeSend', (event) => {
    const { requestConfig, xhr } = of(event);
    if (requestConfig.verb === 'get') return void (xhr.timeout = PATIENCE);
    presses += 1;
    const ask = document.getElementById('ask');
    if (ask) htmx.trigger(ask, 'htmx:abort');
  });

  document.body.addEventListener('htmx:sendError', unheld);
  document.body.addEventListener('htmx:timeout', unheld);

  document.body.addEventListener('htmx:beforeSwap', (event) => {
    if (of(event).requestConfig?.verb === 'post') changed();
  });

  document.body.addEventListener('htmx:afterRequest', (event) => {
    const { requestConfig, xhr } = of(event);
    if (xhr?.getResponseHeader('X-Line') === 'down') unheld();
    if (requestConfig?.verb !== 'post') return;
    presses -= 1;
    if (presses || !later) return;
    later = false;
    htmx.trigger(document.body, 'changed');
  });
}
