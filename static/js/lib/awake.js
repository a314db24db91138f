// Keeps the screen awake while somebody waits or talks; silent where a browser cannot, or will not.

/** @param {() => boolean} wanted */
export function keepAwake(wanted) {
  /** @type {any} */
  let lock = null;
  let asking = false;
  const want = () => wanted() && document.visibilityState === 'visible';

  async function look() {
    if (!want()) {
      lock?.release().catch(() => {});
      lock = null;
      return;
    }
    if (asking || (lock && !lock.released)) return;
    asking = true;
    lock = (await /** @type {any} */ (navigator).wakeLock?.request('screen').catch(() => null)) ?? null;
    asking = false;
    if (!want()) look(); // it is over, or out of sight, since
  }

  // A browser lets go of it whenever the page is out of sight.
  document.addEventListener('visibilitychange', look);
  return look;
}
