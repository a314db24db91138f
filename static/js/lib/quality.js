// How good the line is, in a mark that does not flicker and a sentence behind it. Pure, but for `showQuality`.

/** @typedef {import('./report.js').Report} Report */
/** @typedef {import('./fit.js').Choice} Choice */

export const PAUSED = 'Picture paused to keep the sound';

/** What each number of bars is called. */
export const NAMES = ['No connection', 'Weak connection', 'Fair connection', 'Good connection'];

/** Return how many bars a report is worth, 1 to 3. @param {Report} report @param {boolean} paused */
export function bars({ loss, lossThere, roundTrip }, paused) {
  const lost = Math.max(loss, lossThere);
  if (paused || lost > 0.08 || roundTrip > 0.8) return 1;
  return lost > 0.03 || roundTrip > 0.35 ? 2 : 3;
}

const WORSE = 2; // reports in a row until the mark goes down,
const BETTER = 5; // and up

/** Return a function that follows the bars of each report, but only once they have lasted. */
export function steady() {
  let shown = 3;
  let other = 3;
  let times = 0;
  /** @param {number} now */
  return (now) => {
    times = now === other ? times + 1 : 1;
    other = now;
    if (now !== shown && (now === 0 || shown === 0 || times >= (now < shown ? WORSE : BETTER))) shown = now;
    return shown;
  };
}

const DOING = {
  line: 'Your picture is smaller to keep the sound.',
  saving: 'Your picture is smaller to save data.',
};

/**
 * Return what stands behind the mark: the round trip, the loss, the way, and what is being done.
 * @param {Report} report
 * @param {Choice | null} choice
 * @param {boolean} theirs whether the other's picture is paused
 */
export function sentence({ roundTrip, loss, lossThere, relayed }, choice, theirs) {
  const trip = `Round trip ${Math.max(10, Math.round(roundTrip * 100) * 10)} ms`;
  const lost = `${Math.round(Math.max(loss, lossThere) * 100)} % lost`;
  const way = relayed ? 'through the clinic’s relay' : 'direct from browser to browser';
  const said = [roundTrip ? `${trip}, ${lost}, ${way}.` : 'The line is being measured.'];
  if (choice?.paused) said.push('Your picture is paused to keep the sound; it comes back by itself.');
  else if (choice?.why === 'line' || choice?.why === 'saving') said.push(DOING[choice.why]);
  if (theirs) said.push('The other picture is paused to keep the sound; it comes back by itself.');
  return said.join(' ');
}

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Write something where it is not written yet. @param {string} id @param {string} text */
function write(id, text) {
  if (at(id).textContent !== text) at(id).textContent = text;
}

/**
 * Show the mark, the sentence, and whose picture is paused.
 * @param {{bars: number, words: string, mine: boolean, theirs: boolean}} now
 */
export function showQuality({ bars, words, mine, theirs }) {
  at('quality').dataset.bars = `${bars}`;
  write('quality-name', NAMES[bars]);
  write('quality-words', bars ? words : 'The connection is lost at the moment, and is being made again.');
  // Said once to those who listen; where the other's picture would be, it is written large already.
  write('paused', mine || theirs ? PAUSED : '');
  at('paused').classList.toggle('visually-hidden', !mine);
  at('stage').toggleAttribute('data-mine-paused', mine);
}
