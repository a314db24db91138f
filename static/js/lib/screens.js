// What stands between htmx's panel and the rest of the page: reads the panel's status, keeps dialogs and focus right
// across swaps. Writes nothing into the panel.

/** @typedef {{status: string, say: string, other: string, started: string}} Bridge */

const panel = () => /** @type {HTMLElement} */ (document.getElementById('panel'));

/** Read what the panel tells the stage. @returns {Bridge} */
export function bridge() {
  const { status = '', say = '', other = '', started = '' } = panel().dataset;
  return { status, say, other, started };
}

/**
 * Watch the panel.
 * @param {(now: Bridge) => void} swapped told after each swap
 */
export function watchPanel(swapped) {
  /** @type {string[]} */
  let open = [];
  let focused = '';
  let asked = '';

  document.body.addEventListener('htmx:beforeSwap', (event) => {
    const active = document.activeElement;
    open = [...panel().querySelectorAll('dialog[open]')].map((each) => each.id);
    focused = panel().contains(active) ? (active?.id ?? '') : '';
    asked = panel().querySelector('[data-focus]')?.id ?? '';
    // A dialog whose button was pressed has had its say; while it is open, nothing behind it can have the focus.
    const pressed = /** @type {CustomEvent} */ (event).detail.requestConfig?.elt;
    if (!panel().contains(pressed)) pressed?.closest?.('dialog')?.close();
  });

  document.body.addEventListener('htmx:afterSwap', () => {
    for (const id of open) show(id);
    showDialogs();
    swapped(bridge());
    const lost = !document.activeElement || document.activeElement === document.body;
    const asks = panel().querySelector('[data-focus]');
    if (document.activeElement?.closest('dialog[open]')) return;
    // What had the focus in the old panel is gone with it; where the focus has been put elsewhere since, it stays.
    if (lost || (asks && asks.id !== asked)) land(focused);
  });
}

/** Put focus where a person expects it: on what they were on, on what is asked of them, else on the heading. @param {string} id */
function land(id) {
  const known = id && panel().querySelector(`#${id}`);
  const target = known || panel().querySelector('[data-focus]') || panel().querySelector('h1');
  if (target instanceof HTMLElement && target.offsetParent !== null) target.focus({ preventScroll: true });
}

/** Open a dialog over everything. @param {string} id */
export function show(id) {
  const dialog = document.getElementById(id);
  if (!(dialog instanceof HTMLDialogElement) || dialog.open) return;
  dialog.showModal();
  /** @type {HTMLElement | null} */ (dialog.querySelector('[autofocus]'))?.focus();
}

/** Open the dialogs that the panel shows by itself. */
export function showDialogs() {
  for (const each of panel().querySelectorAll('dialog[data-shows]')) show(each.id);
}

/** Close every dialog that is not the panel's own. @param {boolean} [all] the panel's too */
export function closeDialogs(all = false) {
  for (const each of document.querySelectorAll('dialog[open]'))
    if (all || !panel().contains(each)) /** @type {HTMLDialogElement} */ (each).close();
}

/** Let buttons open and close dialogs, and Escape mean what Cancel means. */
export function wireDialogs() {
  document.addEventListener('click', (event) => {
    const button = /** @type {Element} */ (event.target).closest?.('[data-opens], [data-closes]');
    if (!button) return;
    if (button.hasAttribute('data-closes')) button.closest('dialog')?.close();
    else show(button.getAttribute('data-opens') ?? '');
  });
  document.addEventListener(
    'cancel',
    (event) => {
      const id = /** @type {HTMLElement} */ (event.target).dataset.escape;
      if (!id) return;
      event.preventDefault();
      document.getElementById(id)?.click();
    },
    true,
  );
}
