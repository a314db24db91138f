// What is said of the call at each moment: one word, and one calm sentence behind it. Pure.

/**
 * @typedef {object} Moment
 * @property {import('./health.js').Stage} stage
 * @property {boolean} before it has been well before
 * @property {number} lasting milliseconds since it was last well, or since the beginning
 * @property {boolean} line our own socket to the server is open
 * @property {number} lineFor milliseconds for which it has been as it is
 * @property {boolean} otherHere the server sees the other side
 * @property {boolean} otherHeard the other side has said something through the server since it was last well
 * @property {boolean} poor the line is weak
 * @property {number} failed connections in a row that did not come about
 */

/** @typedef {{word: string, why: string, mood: 'good' | 'poor' | 'bad' | ''}} Saying */

const AT_ONCE = 700; // before this it is not yet clear on whose side it is
const UNREACHED = 4000;

/**
 * Return what to say.
 * @param {Moment} now
 * @param {string} other the other's name
 * @param {string} phone how to reach the clinic otherwise, '' if there is no number
 * @returns {Saying}
 */
export function saying(now, other, phone) {
  if (now.stage === 'well') {
    const unreached = !now.line && now.lineFor > UNREACHED;
    const why = unreached ? 'The clinic’s server cannot be reached just now. You can go on talking.' : '';
    if (!now.poor) return { word: 'Connected', why, mood: 'good' };
    return { word: 'Poor connection', why: why || 'The line is weak just now. Sound comes first.', mood: 'poor' };
  }
  if (!now.before && now.lasting < 2 * AT_ONCE) return { word: '', why: '', mood: '' };
  if (now.stage === 'lost' && now.lasting < AT_ONCE) return { word: 'Connected', why: '', mood: 'good' };
  const longer = phone && now.lasting > 30000 ? ` You can also call ${phone}.` : '';
  if (!now.line)
    return {
      word: 'Reconnecting',
      why: `This device has lost its connection. The call goes on by itself as soon as it is back.${longer}`,
      mood: 'bad',
    };
  if (!now.otherHere || !now.otherHeard)
    return {
      word: `${other} is reconnecting`,
      why: `Please stay here. The call goes on by itself when ${other} is back.${longer}`,
      mood: 'bad',
    };
  const again = now.failed ? ' Trying another way.' : '';
  return { word: 'Reconnecting', why: `The connection between you is being renewed.${again}${longer}`, mood: 'bad' };
}
