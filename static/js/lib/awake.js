// Keeps the screen awake while somebody waits or talks.

/** @param {() => boolean} wanted */
export function keepAwake(wanted) {
  /** @type {any} */
  let lock = null;
  async function look() {
    const want = wanted() && document.visibilityState === 'visible';
    if (want && (!lock || lock.released)) {
      lock = await /** @type {any} */ (navigator).wakeLock?.request('screen').catch(() => null);
    } else if (!want && lock) {
      lock.release();
      lock = null;
    }
  }
  document.addEventListener('visibilitychange', look);
  return look;
}
