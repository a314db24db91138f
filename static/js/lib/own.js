// One's own camera and microphone as they are shown: on the stage and in the preview to this person, as marks to the other.

import { fillChoices } from './choices.js';
import { offerFlip, showControls } from './controls.js';
import { mediaWord } from './words.js';

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * @param {object} setup
 * @param {ReturnType<typeof import('./media.js').ownMedia>} setup.media
 * @param {() => boolean} setup.sharing whether the screen is sent in place of the camera's picture
 * @param {() => ReturnType<typeof import('./devices.js').watchDevices>} setup.devices
 * @param {() => ReturnType<typeof import('./speaker.js').openSpeaker>} setup.speaker
 * @param {() => boolean} setup.waiting whether it is before the call
 * @param {() => void} setup.put send what there is now
 * @param {(message: object) => boolean} setup.say tell the other
 */
export function ownMediaShown({ media, sharing, devices, speaker, waiting, put, say }) {
  /** Show what there is now, and send it. */
  function show() {
    for (const id of ['preview', 'own']) {
      const video = /** @type {HTMLVideoElement} */ (at(id));
      if (video.srcObject !== media.stream) video.srcObject = media.stream;
      video.toggleAttribute('data-mirrored', media.mirrored() && !sharing());
    }
    const [sound, picture] = [media.track('audio'), media.track('video')];
    at('turn-on').hidden = !!(sound || picture) || media.tried();
    tell();
    const helpless = !['', 'no camera', 'no microphone'].includes(media.faults.audio || media.faults.video);
    at('media-ways').hidden = !(media.tried() && helpless && waiting());
    at('room').toggleAttribute('data-seen', !!picture);
    put();
    mark();
    list();
  }

  /** Say what has happened to one's own devices: on the stage, and before the call below the preview. */
  function tell() {
    devices().show();
    const usual = media.tried() ? mediaWord(media.faults, !!media.track('audio'), !!media.track('video')) : '';
    const words = devices().say() || usual;
    if (at('media-word').textContent !== words) at('media-word').textContent = words;
  }

  async function list() {
    const found = await fillChoices(media, speaker());
    offerFlip(found);
    devices().know(found);
  }

  /** Show what is on: to this person as they have switched it, to the other as it truly is. */
  function mark() {
    const shown = { microphone: !!media.track('audio')?.enabled, camera: !!media.track('video'), sharing: sharing() };
    showControls(shown);
    say({ mark: { microphone: media.sends('audio'), camera: media.sends('video') || shown.sharing } });
  }

  return { show, say: tell, list, mark };
}
