// Camera, Microphone, Speaker: what there is to choose from, and a sound to test with.

/** @param {string} id */
const select = (id) => /** @type {HTMLSelectElement} */ (document.getElementById(id));

const KINDS = { camera: 'videoinput', microphone: 'audioinput', speaker: 'audiooutput' };
const NONE = { camera: 'No camera found', microphone: 'No microphone found', speaker: 'The usual one' };

/** @typedef {ReturnType<typeof import('./speaker.js').openSpeaker>} Speaker */

/**
 * Fill the choices and act on them.
 * @param {ReturnType<typeof import('./media.js').ownMedia>} media
 * @param {Speaker} speaker
 * @param {boolean} canChooseSpeaker
 */
export function wireChoices(media, speaker, canChooseSpeaker) {
  select('camera').addEventListener('change', () => media.choose('video', select('camera').value));
  select('microphone').addEventListener('change', () => media.choose('audio', select('microphone').value));
  select('speaker').addEventListener('change', () => speaker.choose(select('speaker').value));
  document.getElementById('test-sound')?.addEventListener('click', () => testSound());
  const choice = document.getElementById('speaker-choice');
  if (choice) choice.hidden = !canChooseSpeaker;
}

/** Fill the lists. @param {ReturnType<typeof import('./media.js').ownMedia>} media @param {Speaker} speaker */
export async function fillChoices(media, speaker) {
  const devices = await media.devices();
  const using = {
    camera: media.track('video')?.getSettings().deviceId ?? media.chosen('video'),
    microphone: media.track('audio')?.getSettings().deviceId ?? media.chosen('audio'),
    speaker: speaker.using(),
  };
  for (const [id, kind] of /** @type {[keyof typeof KINDS, string][]} */ (Object.entries(KINDS))) {
    const found = devices.filter((each) => each.kind === kind);
    const options = found.map((each, index) => new Option(each.label || `${id} ${index + 1}`, each.deviceId));
    select(id).replaceChildren(...(options.length ? options : [new Option(NONE[id], '')]));
    select(id).disabled = !options.length;
    if (using[id]) select(id).value = using[id];
  }
  return devices;
}

/** Play two soft tones through the chosen speaker. */
async function testSound() {
  const context = new AudioContext();
  const id = select('speaker').value;
  const choosing = /** @type {any} */ (context);
  if (id && choosing.setSinkId) await choosing.setSinkId(id).catch(() => {});
  [440, 554].forEach((pitch, index) => {
    const [tone, loudness] = [context.createOscillator(), context.createGain()];
    const start = context.currentTime + index * 0.35;
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0, start);
    loudness.gain.linearRampToValueAtTime(0.2, start + 0.05);
    loudness.gain.linearRampToValueAtTime(0, start + 0.6);
    tone.connect(loudness).connect(context.destination);
    tone.start(start);
    tone.stop(start + 0.7);
  });
  setTimeout(() => context.close(), 1500);
}
