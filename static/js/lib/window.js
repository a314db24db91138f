// The name of this window: it survives a reload, and no other window has it.

const KEY = 'anteroom-window';

/** @returns {string} */
function made() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Return the name of this window.
 * @param {boolean} [anew] make a new name: another window was found to have this one (a duplicated tab)
 * @returns {string}
 */
export function windowName(anew = false) {
  try {
    const known = anew ? null : sessionStorage.getItem(KEY);
    const name = known ?? made();
    sessionStorage.setItem(KEY, name);
    return name;
  } catch {
    // Storage switched off: a name for as long as this page lives.
    return (memory = anew || !memory ? made() : memory);
  }
}

let memory = '';
