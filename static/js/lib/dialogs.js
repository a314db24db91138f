// Opens and closes <dialog>s by their buttons. Knows nothing of what they ask.

/**
 * A press on `[data-opens=id]` opens that dialog above the page, one on `[data-closes]` closes the one it is in,
 * as do Escape and a press beside it. A dialog that arrives open, with `data-opened`, is put above the page too.
 */
export function openDialogs() {
  document.addEventListener('click', (event) => {
    const pressed = event.target;
    if (!(pressed instanceof Element)) return;
    const opener = pressed.closest('[data-opens]');
    if (opener instanceof HTMLElement) show(document.getElementById(opener.dataset.opens ?? ''));
    else if (pressed.closest('[data-closes]')) pressed.closest('dialog')?.close();
    else if (pressed instanceof HTMLDialogElement && beside(pressed, event)) pressed.close();
  });
  for (const dialog of document.querySelectorAll('dialog[data-opened]')) {
    dialog.removeAttribute('open');
    show(dialog);
  }
}

/** @param {Element | null} dialog */
function show(dialog) {
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

/**
 * Say whether a press was on the veil rather than in the dialog.
 * @param {HTMLDialogElement} dialog
 * @param {MouseEvent} press
 */
function beside(dialog, press) {
  const box = dialog.getBoundingClientRect();
  const inside =
    press.clientX >= box.left && press.clientX <= box.right && press.clientY >= box.top && press.clientY <= box.bottom;
  // A press of the Enter key on a control in it has no place at all.
  return !inside && press.detail > 0;
}
