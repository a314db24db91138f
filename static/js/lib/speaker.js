// The speaker that was chosen: used while it is there, the usual one while it is not. Says which; speaks to nobody.

/** @typedef {import('./plugs.js').Device} Device */

/** @param {HTMLMediaElement} sound where the other is heard */
export function openSpeaker(sound) {
  let chosen = '';
  let away = false;

  /** @param {string} id */
  const use = (id) => /** @type {any} */ (sound).setSinkId?.(id).catch(() => {});

  return {
    /** Return what is in use, '' for the usual one. */
    using: () => (away ? '' : chosen),
    /** @param {string} id */
    choose(id) {
      [chosen, away] = [id, false];
      use(id);
    },
    /** Look whether it is there. Say what has changed: `swapped` for the usual one, `returned` to the chosen one, or nothing. @param {Device[]} devices */
    check(devices) {
      const there = !chosen || devices.some((each) => each.kind === 'audiooutput' && each.deviceId === chosen);
      if (there !== away) return '';
      away = !there;
      use(away ? '' : chosen);
      return away ? 'swapped' : 'returned';
    },
  };
}
