// Presses that need the camera and microphone ask for them first; where they are refused, the press waits for a decision.

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {ReturnType<typeof import('./media.js').ownMedia>} media */
export function askFirst(media) {
  let without = false;
  const decided = () => at('media-ways').hidden;

  at('turn-on').addEventListener('click', () => media.open());
  at('try-again').addEventListener('click', () => media.open());
  at('go-without').addEventListener('click', () => {
    without = true;
    /** @type {HTMLElement | null} */ (document.querySelector('[data-needs-media]'))?.click();
  });

  document.body.addEventListener('htmx:confirm', (event) => {
    const { elt, issueRequest } = /** @type {CustomEvent} */ (event).detail;
    if (!elt.hasAttribute?.('data-needs-media') || without || media.track('audio') || media.track('video')) return;
    event.preventDefault();
    const asked = media.tried() && !decided() ? Promise.resolve() : media.open();
    asked.then(() => {
      if (!decided()) at('try-again').focus();
      else if (elt.isConnected) issueRequest(true);
      else document.getElementById(elt.id)?.click(); // the panel was swapped meanwhile
    });
  });
}

/** Open the camera and microphone without a press where the browser has allowed it before. @param {Parameters<typeof askFirst>[0]} media */
export async function openIfAllowed(media) {
  const asked = /** @type {any} */ ({ name: 'camera' });
  const found = await navigator.permissions?.query(asked).catch(() => null);
  if (found?.state === 'granted' && !media.tried()) media.open();
}
