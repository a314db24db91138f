// What is said about one's own camera and microphone, in sentences that help.

const HELP = {
  refused:
    'Your browser does not let this page use the camera or microphone. Press the sign beside the address at the top, allow both, then press Try again.',
  unsupported:
    'This browser cannot use a camera here. Open the link in Chrome, Firefox or Safari, or go on and only listen.',
};

/**
 * Return one sentence for how things stand.
 * @param {Record<'audio' | 'video', string>} faults
 * @param {boolean} sound
 * @param {boolean} picture
 */
export function mediaWord(faults, sound, picture) {
  const both = [faults.audio, faults.video];
  for (const key of /** @type {(keyof typeof HELP)[]} */ (['unsupported', 'refused']))
    if (both.includes(key)) return HELP[key];
  if (faults.video.endsWith('busy') || faults.audio.endsWith('busy')) {
    const what = faults.video.endsWith('busy') ? 'camera' : 'microphone';
    return `Another app seems to be using your ${what}. Close it there, then press Try again.`;
  }
  if (faults.video && faults.audio)
    return 'No camera and no microphone were found. You can still join: you will see and hear, but not be seen or heard.';
  if (faults.video) return 'No camera was found. You can join with sound only.';
  if (faults.audio) return 'No microphone was found. You will be seen, but not heard; you can use the chat.';
  return sound && picture ? 'Your camera and microphone are on.' : '';
}
