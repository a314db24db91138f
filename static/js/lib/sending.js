// How sound and picture are sent: puts a step of the ladder into a connection's senders, and the sound before the picture.
// Decides nothing, and leaves alone what is as it should be.

import { BEGIN, STEPS } from './fit.js';

const VOICE = 32_000; // bits a second: speech as Opus sends it by default, which is plenty

/** What a shared screen is at each step: letters must stay sharp, so it is slow before it is small. */
const SCREEN = [
  { lines: 0, rate: 0, most: 0 },
  { lines: 480, rate: 2, most: 80_000 },
  { lines: 720, rate: 3, most: 200_000 },
  { lines: 1080, rate: 5, most: 500_000 },
  { lines: 1440, rate: 10, most: 1_000_000 },
  { lines: 4320, rate: 15, most: 2_500_000 },
];

const SMALL = 2; // how many times smaller the first picture is, before it is known how large it would be

/** What the places for sound and picture are made with: `addTransceiver(kind, {sendEncodings: FIRST[kind]})`. */
export const FIRST = {
  audio: /** @type {RTCRtpEncodingParameters[]} */ ([{ maxBitrate: VOICE, priority: 'high', networkPriority: 'high' }]),
  video: /** @type {RTCRtpEncodingParameters[]} */ ([
    { active: true, maxBitrate: STEPS[BEGIN].most, scaleResolutionDownBy: SMALL, priority: 'low', networkPriority: 'low' },
  ]),
};

/** What was asked of a sender last. @type {WeakMap<RTCRtpSender, string>} */
const asked = new WeakMap();

/**
 * Change how something is sent, unless that was asked for already and holds.
 * @param {RTCRtpSender} sender @param {Record<string, any>} encoding @param {object} [whole]
 */
async function set(sender, encoding, whole = {}) {
  const wish = JSON.stringify([encoding, whole]);
  const parameters = sender.getParameters();
  const now = /** @type {Record<string, any> | undefined} */ (parameters.encodings?.[0]);
  if (!now) return;
  // What is asked of an answer before it is given does not always hold; a browser that knows no such thing is not asked twice.
  if (asked.get(sender) === wish && Object.keys(encoding).every((key) => !(key in now) || now[key] === encoding[key])) return;
  Object.assign(parameters, whole);
  Object.assign(now, encoding);
  asked.set(sender, wish);
  // Two changes at once, or a sender that is going: it is asked again the next time.
  await sender.setParameters(parameters).catch(() => asked.delete(sender));
}

/** @param {RTCPeerConnection} pc @param {'audio' | 'video'} kind */
const senderOf = (pc, kind) => pc.getTransceivers().find((each) => each.receiver.track.kind === kind)?.sender;

/** Send sound before picture, and the first picture small. @param {RTCPeerConnection} pc */
export async function prepare(pc) {
  const [sound, picture] = [senderOf(pc, 'audio'), senderOf(pc, 'video')];
  await Promise.all([sound && set(sound, FIRST.audio[0]), picture && set(picture, FIRST.video[0])]);
}

/** Send this step of the ladder. @param {RTCPeerConnection} pc @param {number} step */
export async function send(pc, step) {
  const [sound, sender] = [senderOf(pc, 'audio'), senderOf(pc, 'video')];
  if (!sender?.track) return prepare(pc);
  if (sound) set(sound, FIRST.audio[0]);
  if (!step) return set(sender, { active: false });
  const { width = 0, height = 0 } = sender.track.getSettings();
  const sharp = sender.track.contentHint === 'detail';
  const { lines, rate, most } = (sharp ? SCREEN : STEPS)[step];
  // A phone held upright has more lines than columns: the shorter side counts.
  const scaleResolutionDownBy = Math.max(1, Math.min(width, height) / lines);
  // Chromium holds on to a smaller picture for long after a line has got better, but not from one way to the other: so a
  // weak line, where it may give up some of both, has another way than a good one.
  const camera = step < BEGIN ? 'balanced' : 'maintain-framerate';
  await set(
    sender,
    { active: true, maxBitrate: most, maxFramerate: rate, scaleResolutionDownBy },
    { degradationPreference: sharp ? 'maintain-resolution' : camera },
  );
}
