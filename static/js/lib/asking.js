// What goes along with each request of the room, and what is read off each answer, whatever it is about.

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

  document.body.addEventListener('htmx:beforeSend', (event) => {
    const { requestConfig, xhr } = of(event);
    if (requestConfig.verb === 'get') xhr.timeout = PATIENCE;
  });
  document.body.addEventListener('htmx:sendError', unheld);
  document.body.addEventListener('htmx:timeout', unheld);

  document.body.addEventListener('htmx:beforeSwap', (event) => {
    if (of(event).requestConfig?.verb === 'post') changed();
  });

  document.body.addEventListener('htmx:afterRequest', (event) => {
    if (of(event).xhr?.getResponseHeader('X-Line') === 'down') unheld();
  });
}
