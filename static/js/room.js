// entry: the room, for both seats. Introduces the parts to each other; the server says what the state is.

import htmx from './lib/htmx.js';
import './lib/elements.js';
import { openChat } from './lib/chat.js';
import { fillChoices, wireChoices } from './lib/choices.js';
import { offerFlip, showControls, wireControls } from './lib/controls.js';
import { watch, word } from './lib/health.js';
import { steps } from './lib/ladder.js';
import { openLine } from './lib/line.js';
import { ownMedia, showLevel } from './lib/media.js';
import { openPeer } from './lib/peer.js';
import { bridge, closeDialogs, show, watchPanel, wireDialogs } from './lib/screens.js';
import { windowName } from './lib/window.js';
import { mediaWord } from './lib/words.js';

/** @template {HTMLElement} T @param {string} id @param {new () => T} kind @returns {T} */
function at(id, kind = /** @type {any} */ (HTMLElement)) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no ${id} on this page`);
  return found;
}

const room = at('room');
const { seat = '', base = '', other = '', minutes = '' } = room.dataset;
const [stage, prepare, status] = [at('stage'), at('prepare'), at('status')];
const remote = at('remote', HTMLVideoElement);
const isClinician = seat === 'clinician';

/** Before the call, in it, and where nothing of the call may be. */
const WAITING = ['early', 'open', 'ready'];

let me = windowName();
let now = '';
let otherHere = false;
let over = false;
/** @type {MediaStreamTrack | null} */
let screen_ = null;
let otherDark = false;

// ---- own camera and microphone

const media = ownMedia(() => showMedia());

function showMedia() {
  for (const id of ['preview', 'own']) {
    const video = at(id, HTMLVideoElement);
    if (video.srcObject !== media.stream) video.srcObject = media.stream;
    video.toggleAttribute('data-mirrored', media.mirrored() && !screen_);
  }
  const [sound, picture] = [media.track('audio'), media.track('video')];
  at('turn-on').hidden = !!(sound || picture) || media.tried();
  at('media-word').textContent = media.tried() ? mediaWord(media.faults, !!sound, !!picture) : '';
  const helpless = !['', 'no camera', 'no microphone'].includes(media.faults.audio || media.faults.video);
  at('media-ways').hidden = !(media.tried() && helpless && WAITING.includes(now));
  room.toggleAttribute('data-seen', !!picture);
  peer.put();
  mark();
  fillChoices(media).then(offerFlip);
}

function mark() {
  const shown = { microphone: !!media.track('audio')?.enabled, camera: !!media.track('video'), sharing: !!screen_ };
  showControls(shown);
  peer.say({ mark: { ...shown, camera: shown.camera || shown.sharing } });
}

// ---- the other browser

/** @type {RTCIceServer[]} */
let servers = JSON.parse(room.dataset.ice || '[]');
let serversAt = Date.now();

/** Return the ICE servers, with keys that have not run out. */
async function ice() {
  const keyed = servers.some((each) => each.credential);
  if (keyed && Date.now() - serversAt > 10 * 60 * 1000) {
    const answer = await fetch(`${base}/ice`).catch(() => null);
    if (answer?.ok) [servers, serversAt] = [await answer.json(), Date.now()];
  }
  return servers;
}

const peer = openPeer({
  impolite: isClinician,
  send: (message) => line.send(message),
  ice,
  outgoing: (kind) => (kind === 'video' && screen_) || media.track(kind),
  incoming(tracks) {
    const known = /** @type {MediaStream | null} */ (remote.srcObject);
    if (known && tracks.every((each) => known.getTracks().includes(each))) return;
    remote.srcObject = new MediaStream(tracks);
    play();
  },
  state(connection) {
    if (connection === 'connected') mark();
    tell();
  },
  heard(message) {
    if (message.chat) chat.heard(message.chat);
    if (message.mark) showMarks(message.mark);
  },
});

const chat = openChat({ say: (text) => peer.say({ chat: text }), other, button: at('chat') });

function play() {
  remote.play().then(
    () => (at('hear').hidden = true),
    (error) => (at('hear').hidden = error.name !== 'NotAllowedError'),
  );
}

/** @param {{microphone?: boolean, camera?: boolean}} marks */
function showMarks({ microphone, camera }) {
  at('other-muted').hidden = microphone !== false;
  at('other-dark').hidden = camera !== false;
  otherDark = camera === false;
  showPicture();
}

function showPicture() {
  const there = remote.videoWidth > 0 && !otherDark && now === 'in_call';
  stage.toggleAttribute('data-picture', there);
  at('placeholder-word').textContent = otherDark ? `${other}'s camera is off` : 'The picture will be here in a moment.';
}
remote.addEventListener('resize', showPicture);
remote.addEventListener('playing', showPicture);

// ---- the line to the server

const line = openLine(() => `${base}/socket?window=${me}`, {
  message(said) {
    if (said.type === 'changed') changed(said.status);
    else peer.take(said);
  },
  up() {
    peer.meet();
    ask();
    tell();
  },
  down(wasUp) {
    tell();
    if (!wasUp) ask(); // refused, or nobody there: the panel says which
  },
  over(replaced) {
    if (replaced) {
      // Another window has this one's name (a duplicated tab): it has the seat; this one takes a name of its own.
      me = windowName(true);
      setTimeout(() => location.reload(), 0);
    } else ask();
  },
});

/** Fetch the panel. */
function ask() {
  if (!over) htmx.trigger(document.body, 'changed');
}

/** Act on the server's word a round trip before the panel is here. @param {string} status */
function changed(status) {
  const live = { ready: 'ready', in_call: 'in_call', asked: 'in_call' }[status];
  if (live && ['open', 'ready', 'in_call'].includes(now) && !(live === 'ready' && !isClinician)) become(live);
  if (['ended', 'abandoned', 'cancelled', 'missed'].includes(status)) finish();
  ask();
}

// ---- states

/** @param {string} status */
function become(status) {
  if (status === now) return;
  const before = now;
  now = status;
  document.body.dataset.status = status;
  prepare.hidden = !WAITING.includes(status);
  stage.hidden = status !== 'in_call';
  peer.want(status === 'ready' || status === 'in_call');
  if (!prepare.hidden) preview();
  if (status === 'in_call') enter(before);
  else if (before === 'in_call') leave();
  if (status === 'ended' || status === 'over') finish();
  if (status === 'elsewhere' || status === 'left') media.close();
}

/** Show the preview without a press where the browser has allowed it before. */
async function preview() {
  const asked = /** @type {any} */ ({ name: 'camera' });
  const found = await navigator.permissions?.query(asked).catch(() => null);
  if (found?.state === 'granted' && !media.tried() && !prepare.hidden) media.open();
}

/** @param {string} before */
function enter(before) {
  peer.goLive();
  scrollTo(0, 0);
  showMedia();
  at('devices-place').prepend(at('choices'));
  if (!media.tried()) media.open();
  keepAwake();
  showPicture();
  if (before) at('mute').focus({ preventScroll: true });
}

function leave() {
  closeDialogs();
  chat.close();
  remote.srcObject = null;
  stopSharing();
  at('choices-fold').append(at('choices'));
  if (document.fullscreenElement) document.exitFullscreen();
  if (document.pictureInPictureElement) document.exitPictureInPicture();
}

/** It is over: let go of the camera, the microphone and both lines. */
function finish() {
  if (over) return;
  over = true;
  peer.want(false);
  media.close();
  stopSharing();
  line.close();
  clearInterval(looking);
  clearInterval(level);
  // The panel of the last screen is fetched once more; after that this page asks for nothing.
  htmx.trigger(document.body, 'changed');
}

watchPanel((panel) => {
  if (status.textContent !== panel.say) status.textContent = panel.say;
  otherHere = panel.other === 'here';
  const last = panel.status === 'ended' || panel.status === 'over';
  if (!over || last) become(panel.status);
  if (last) at('ask').replaceWith(Object.assign(document.createElement('div'), { id: 'ask' })); // asks no more
  tell();
});

// The call is timed by the server's clock, not by this computer's.
let ahead = 0;
document.body.addEventListener('htmx:afterRequest', (event) => {
  const date = Date.parse(/** @type {CustomEvent} */ (event).detail.xhr?.getResponseHeader('Date') ?? '');
  if (date) ahead = date - Date.now();
});

document.body.addEventListener('htmx:configRequest', (event) => {
  const { elt, headers, parameters } = /** @type {CustomEvent} */ (event).detail;
  const { digest = '', page = '' } = at('panel').dataset;
  headers['X-Window'] = me;
  if (elt.id === 'ask') Object.assign(parameters, { have: digest, page });
});

function notThrough() {
  closeDialogs();
  status.textContent = 'That did not get through. Check your connection and press again.';
}

document.body.addEventListener('htmx:sendError', (event) => {
  if (/** @type {CustomEvent} */ (event).detail.requestConfig?.verb === 'post')
    notThrough();
});

// ---- presses

wireDialogs();
wireChoices(media, remote);
wireControls({
  mute: () => media.setMicrophone(!media.track('audio')?.enabled),
  dark: () => media.setCamera(!media.track('video')),
  flip: () => media.flip(),
  share: () => (screen_ ? stopSharing() : share()),
});
at('turn-on').addEventListener('click', () => media.open());
at('try-again').addEventListener('click', () => media.open());
at('devices').addEventListener('click', () => show('devices-dialog'));
at('hang-up').addEventListener('click', () => show('end-dialog'));
at('hear').addEventListener('click', play);
at('refresh').addEventListener('click', () => refresh());
media.onDevices(() => fillChoices(media).then(offerFlip));

let without = false;
at('go-without').addEventListener('click', () => {
  without = true;
  /** @type {HTMLElement | null} */ (document.querySelector('[data-needs-media]'))?.click();
});

// A press that needs the camera and microphone asks for them first; where they are refused it waits for a decision.
document.body.addEventListener('htmx:confirm', (event) => {
  const { elt, issueRequest } = /** @type {CustomEvent} */ (event).detail;
  if (!elt.hasAttribute?.('data-needs-media') || without) return;
  if (media.track('audio') || media.track('video')) return;
  event.preventDefault();
  const asked = media.tried() && !at('media-ways').hidden ? Promise.resolve() : media.open();
  asked.then(() => {
    if (!at('media-ways').hidden) at('try-again').focus();
    else if (elt.isConnected) issueRequest(true);
    else document.getElementById(elt.id)?.click(); // the panel was swapped meanwhile
  });
});

async function share() {
  try {
    const got = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 15 } });
    screen_ = got.getVideoTracks()[0];
    screen_.contentHint = 'detail';
    screen_.onended = stopSharing;
    showMedia();
  } catch {
    // The person closed the browser's question: nothing has changed.
  }
}

function stopSharing() {
  screen_?.stop();
  screen_ = null;
  if (!over) showMedia();
}

async function refresh() {
  const [choice, list] = [at('end-choice'), at('steps')];
  choice.hidden = true;
  list.hidden = false;
  list.replaceChildren();
  const results = [];
  for (const step of steps(peer, media)) {
    const row = document.createElement('li');
    row.textContent = `${step.words} …`;
    list.append(row);
    const result = await step.climb();
    row.dataset.result = result;
    row.textContent = `${step.words}: ${{ ok: 'done', failed: 'did not work', skipped: 'not needed' }[result]}`;
    results.push(`${step.name}=${result}`);
  }
  await new Promise((next) => setTimeout(next, 900)); // long enough to read
  at('end-dialog', HTMLDialogElement).close();
  choice.hidden = false;
  list.hidden = true;
  if (now === 'in_call')
    htmx.ajax('post', `${base}/refreshed`, { source: '#room', values: { steps: results.join(' ') } });
}

// ---- what is shown while it goes on

const look = watch(() => peer.pc());
let seen = { stalled: 0, loss: 0, roundTrip: 0 };

function tell() {
  if (now !== 'in_call') return tellWarm();
  const state = peer.pc()?.connectionState ?? 'new';
  const words = word({ line: line.isUp(), otherHere, state, ...seen }, other);
  if (at('line').textContent !== words) at('line').textContent = words;
  at('line').dataset.word = words === 'Connected' ? 'good' : words === 'Poor connection' ? 'poor' : 'bad';
}

function tellWarm() {
  const warm = isClinician && now === 'ready' ? (peer.connected() ? 'The line is tested and open.' : 'Testing the line …') : '';
  room.dataset.warm = warm;
  if (at('warm-word').textContent !== warm) at('warm-word').textContent = warm;
}

let ticks = 0;

function tick() {
  const { started } = bridge();
  if (isClinician && started && now === 'in_call') {
    const seconds = Math.max(0, Math.floor((Date.now() + ahead - Date.parse(started)) / 1000));
    at('duration').textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} of ${minutes} min`;
  }
  // While the other side is away, its return and the right to leave are asked for more often.
  if (now === 'in_call' && !otherHere && ++ticks % 5 === 0) ask();
  if (now === 'in_call')
    look().then((found) => {
      seen = found;
      tell();
    });
}

function keepAwake() {
  const wake = () => now === 'in_call' && /** @type {any} */ (navigator).wakeLock?.request('screen').catch(() => {});
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && wake());
  wake();
}

const looking = setInterval(tick, 1000);
const level = showLevel(() => media.track('audio'), at('level', HTMLMeterElement));

// A page shown again from the browser's memory has lost its lines.
addEventListener('pageshow', (event) => event.persisted && location.reload());

const first = bridge();
status.textContent = first.say;
become(first.status);
