// What has been plugged in or out, from two lists of devices; and what to call a device. Pure.

/** @typedef {Pick<MediaDeviceInfo, 'deviceId' | 'groupId' | 'kind' | 'label'>} Device */

/**
 * @typedef {object} Mine the camera or microphone in use
 * @property {boolean} live
 * @property {boolean} missed there is none, and it is wanted
 * @property {string} chosen what the person has chosen, '' for the usual one
 * @property {string} id what is in use
 * @property {string} group what it is a part of
 * @property {string} label
 */

/**
 * Say what a change of the devices means for the one in use: it has ended untold (`swapped`), the chosen one is back (`returned`),
 * there is one again where there was none (`arrived`), the usual one is another now (`usual`), there is one more
 * (`added`), or nothing.
 * @param {Device[]} before
 * @param {Device[]} after
 * @param {Mine} mine
 * @returns {{change: '' | 'swapped' | 'returned' | 'arrived' | 'usual' | 'added', device?: Device}}
 */
export function compare(before, after, { live, missed, chosen, id, group, label }) {
  const fresh = after.filter((each) => !before.some((known) => known.deviceId === each.deviceId));
  if (!live) return { change: missed && after.length ? 'arrived' : '' };
  const back = fresh.find((each) => chosen && chosen !== id && each.deviceId === chosen);
  if (back) return { change: 'returned', device: back };
  const named = id && after.every((each) => each.deviceId); // before a permission they have no names
  if (named && !after.some((each) => each.deviceId === id)) return { change: 'swapped' };
  const usual = after.find((each) => each.deviceId === 'default');
  // A track keeps the label of what was the default when it was opened.
  const other = usual && usual.label !== label && !(group && usual.groupId === group);
  if (other && id === 'default') return { change: 'usual', device: usual };
  const added = before.some((each) => each.label) && fresh.find((each) => each.label && !isAlias(each) && !(group && each.groupId === group));
  return added ? { change: 'added', device: added } : { change: '' };
}

/** @param {Device} each */
const isAlias = ({ deviceId }) => deviceId === 'default' || deviceId === 'communications';

/** Return what to call a device in a sentence. @param {string} label what its browser calls it */
export function which(label) {
  // Chromium puts words before a default one's label, and numbers after a plugged one's.
  const bare = label.replace(/^(Default|Communications) - | \([0-9a-f]{4}:[0-9a-f]{4}\)$/g, '').trim();
  if (/built.?in|internal|integrated|facetime/i.test(bare)) return 'the built-in one';
  return bare ? `“${bare}”` : 'another one';
}
