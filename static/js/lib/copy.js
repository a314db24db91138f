// Copies the value of a field, and says so beside the button. Knows nothing of what it copies.

/** @param {HTMLInputElement} field */
async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    // No clipboard for this page: the old way, by the selection.
    field.select();
    return document.execCommand('copy');
  }
}

/**
 * A press on `[data-copies=id]` copies that field; `data-tells=id` names the live region that hears of it.
 * A field with `data-selects` is selected whole when it gets the focus.
 */
export function offerCopies() {
  document.addEventListener('click', async (event) => {
    const button = event.target instanceof Element && event.target.closest('[data-copies]');
    if (!(button instanceof HTMLElement)) return;
    const field = document.getElementById(button.dataset.copies ?? '');
    const region = document.getElementById(button.dataset.tells ?? '');
    if (!(field instanceof HTMLInputElement)) return;
    const done = await copy(field);
    if (!region) return;
    // Emptied first, so that a second press is heard too.
    region.textContent = '';
    setTimeout(() => (region.textContent = done ? 'Copied' : 'Press Ctrl and C to copy it'), 50);
  });
  document.addEventListener('focusin', (event) => {
    if (event.target instanceof HTMLInputElement && event.target.matches('[data-selects]')) event.target.select();
  });
}
