// The other's picture and sound: shown when it is there, with words in its place when it is not. Goes on by itself when
// something else has paused it; where only a press can start the sound, there is one large button to press.

import { PAUSED } from './quality.js';

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const TRIES = 3; // by itself, before it is left to a press

/**
 * @param {string} other the other's name
 * @param {() => boolean} calling whether anything may be shown at all
 * @param {() => boolean} held whether the system has taken the microphone, as for a phone call. A Safari that plays
 *   before it has given the microphone back never gives it back (WebKit 213853)
 */
export function otherPicture(other, calling, held = () => false) {
  const video = /** @type {HTMLVideoElement} */ (at('remote'));
  let dark = false;
  let tries = 0;
  let triedAt = 0;
  let paused = false;

  function show() {
    at('stage').toggleAttribute('data-picture', video.videoWidth > 0 && !dark && !paused && calling());
    const coming = paused ? PAUSED : 'The picture will be here in a moment.';
    at('placeholder-word').textContent = dark ? `${other}'s camera is off` : coming;
  }

  /** @param {boolean} needed */
  function askForPress(needed) {
    const had = document.activeElement === at('hear');
    at('hear').hidden = !needed;
    if (!needed && had) at('mute').focus({ preventScroll: true });
  }

  function play() {
    video.play().then(
      () => askForPress(false),
      (error) => error.name === 'NotAllowedError' && askForPress(true),
    );
  }

  /** Go on after a pause that nobody asked for. */
  function resume() {
    const stream = /** @type {MediaStream | null} */ (video.srcObject);
    if (!video.paused || !stream?.active || !calling() || held() || document.visibilityState !== 'visible') return;
    if (performance.now() - triedAt > 10_000) tries = 0;
    triedAt = performance.now();
    if (tries++ < TRIES) play();
    else askForPress(true);
  }

  video.addEventListener('resize', show);
  video.addEventListener('playing', () => {
    askForPress(false);
    show();
  });
  video.addEventListener('pause', () => setTimeout(resume, 200));
  document.addEventListener('visibilitychange', resume);
  at('hear').addEventListener('click', () => {
    tries = 0;
    play();
  });

  return {
    show,
    resume,
    /** Take the other's tracks; the same ones again change nothing. @param {MediaStreamTrack[]} tracks */
    take(tracks) {
      const known = /** @type {MediaStream | null} */ (video.srcObject);
      if (known && tracks.every((each) => known.getTracks().includes(each))) return;
      video.srcObject = new MediaStream(tracks);
      play();
    },
    /** Show what the other has switched off. @param {{microphone?: boolean, camera?: boolean}} marks */
    mark({ microphone, camera }) {
      at('other-muted').hidden = microphone !== false;
      at('other-dark').hidden = camera !== false;
      dark = camera === false;
      show();
    },
    /** Show that the other's picture is paused, or that it comes again. @param {boolean} is */
    pause(is) {
      if (is === paused) return;
      paused = is;
      show();
    },
    clear() {
      video.srcObject = null;
      at('hear').hidden = true;
    },
  };
}
