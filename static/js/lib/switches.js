// Remembers what a person has switched off: camera or microphone. Switches nothing itself.

/** @typedef {'audio' | 'video'} Kind */

/**
 * What was switched off stays off over a reload: nobody is seen or heard again without a press.
 * @param {string} visit
 */
export function switches(visit) {
  const key = `anteroom-off ${visit}`;
  let off = '';
  try {
    off = sessionStorage.getItem(key) ?? '';
  } catch {
    // Storage switched off: remembered for as long as this page lives.
  }
  return {
    /** @param {Kind} kind */
    on: (kind) => !off.includes(kind),
    /** @param {Kind} kind @param {boolean} on */
    set(kind, on) {
      off = off.replace(kind, '') + (on ? '' : kind);
      try {
        sessionStorage.setItem(key, off);
      } catch {
        // as above
      }
    },
  };
}
