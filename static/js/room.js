// entry: the room, for both seats. Introduces the parts to each other; the server says what the state is.

import htmx from './lib/htmx.js';
import './lib/elements.js';
import { wireRequests } from './lib/asking.js';
import { keepAwake } from './lib/awake.js';
import { openChat } from './lib/chat.js';
import { wireChoices } from './lib/choices.js';
import { wireControls } from './lib/controls.js';
import { watchDevices } from './lib/devices.js';
import { iceKeys } from './lib/keys.js';
import { climb } from './lib/ladder.js';
import { showLevel } from './lib/level.js';
import { openLine } from './lib/line.js';
import { ownMedia } from './lib/media.js';
import { openPeer } from './lib/peer.js';
import { ownMediaShown } from './lib/own.js';
import { askFirst, openIfAllowed } from './lib/permit.js';
import { otherPicture } from './lib/picture.js';
import { keepPresses } from './lib/presses.js';
import { showQuality } from './lib/quality.js';
import { recovery } from './lib/recovery.js';
import { bridge, closeDialogs, show, watchPanel, wireDialogs } from './lib/screens.js';
import { screenSharing } from './lib/sharing.js';
import { openSpeaker } from './lib/speaker.js';
import { askToStay } from './lib/stay.js';
import { telling } from './lib/telling.js';
import { weakLine } from './lib/weak.js';
import { windowName } from './lib/window.js';

/** @template {HTMLElement} T @param {string} id @param {new () => T} kind @returns {T} */
function at(id, kind = /** @type {any} */ (HTMLElement)) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no ${id} on this page`);
  return found;
}

const room = at('room');
const { seat = '', base = '', other = '' } = room.dataset;
const [stage, prepare, status] = [at('stage'), at('prepare'), at('status')];
const isClinician = seat === 'clinician';

/** Before the call, in it, and where nothing of the call may be. */
const WAITING = ['early', 'open', 'ready'];

let me = windowName();
let now = '';
let over = false;
/** @type {ReturnType<typeof recovery> | undefined} */
let care;

// ---- own camera and microphone

const media = ownMedia(
  base,
  () => own.show(),
  (kind, what, label) => devices.happened(kind, what, label),
);

const sharing = screenSharing(() => !over && own.show());

const own = ownMediaShown({
  media,
  sharing: () => !!sharing.track(),
  devices: () => devices,
  speaker: () => speaker,
  waiting: () => WAITING.includes(now),
  put: () => peer.put(),
  say: (message) => peer.say(message),
});

// ---- the other browser

const keys = iceKeys(JSON.parse(room.dataset.ice || 'null') ?? { servers: [], seconds: 0 }, `${base}/ice`);

const peer = openPeer({
  impolite: isClinician,
  send: (message) => line.send(message),
  ice: keys.servers,
  roundTrip: () => care?.roundTrip() ?? 0,
  refused: keys.stale,
  outgoing: (kind) => (kind === 'video' && sharing.track()) || media.track(kind),
  incoming: (tracks) => picture.take(tracks),
  state(connection) {
    if (connection === 'connected') own.mark();
    care?.look();
  },
  heard(message) {
    if (message.look) ask(); // what has changed is the server's to say
    if (message.chat) chat.heard(message.chat);
    if (message.mark) picture.mark(message.mark);
    weak.heard(message);
  },
});

const chat = openChat({ say: (text) => peer.say({ chat: text }), other, button: at('chat') });

const speaker = openSpeaker(at('remote', HTMLVideoElement));

const devices = watchDevices({
  media,
  speaker,
  pc: () => peer.pc(),
  other,
  calling: () => now === 'in_call',
  changed() {
    own.say();
    own.mark();
    picture.resume();
  },
});

const isHeld = () => !!media.track('audio')?.muted;
const picture = otherPicture(other, () => now === 'in_call', isHeld);

const weak = weakLine({
  pc: () => peer.pc(),
  say: (message) => peer.say(message),
  video: at('remote', HTMLVideoElement),
  changed(now) {
    showQuality(now);
    picture.pause(now.theirs);
  },
});

const awake = keepAwake(() => now === 'ready' || now === 'in_call');

// ---- the line to the server

const line = openLine(() => `${base}/socket?window=${me}`, {
  message(said) {
    if (said.type === 'changed') changed(said.status);
    else peer.take(said);
  },
  up() {
    care?.look();
    ask();
    presses.again();
  },
  down(wasUp) {
    care?.look();
    if (!wasUp) ask(); // refused, or nobody there: the panel says which
  },
  over(replaced) {
    if (replaced) {
      // Another window has this one's name (a duplicated tab): it has the seat; this one takes a name of its own.
      me = windowName(true);
      setTimeout(reload, 0);
    } else ask();
  },
});

/** Load this page anew; that is no accident. */
function reload() {
  askToStay(false);
  location.reload();
}

/** Fetch the panel. */
function ask() {
  if (!over) htmx.trigger(document.body, 'changed');
}

/** Act on the server's word a round trip before the panel is here. @param {string} status */
function changed(status) {
  const live = { ready: 'ready', in_call: 'in_call', asked: 'in_call' }[status];
  // Only for a window that is known to hold the seat: the client's, once that has pressed.
  const holds = isClinician ? ['open', 'ready', 'in_call'] : ['ready', 'in_call'];
  if (live && holds.includes(now)) become(live);
  if (['ended', 'abandoned', 'cancelled', 'missed'].includes(status)) finish();
  ask();
}

// ---- states

/** @param {string} status */
function become(status) {
  // No call goes back to waiting: such a panel was asked for before the start and has arrived after it.
  if (status === now || (now === 'in_call' && WAITING.includes(status))) return;
  const before = now;
  now = status;
  document.body.dataset.status = status;
  prepare.hidden = !WAITING.includes(status);
  stage.hidden = status !== 'in_call';
  peer.want(status === 'ready' || status === 'in_call');
  care?.look();
  askToStay(status === 'in_call');
  if (!prepare.hidden) openIfAllowed(media);
  awake();
  if (status === 'in_call') enter(before);
  else if (before === 'in_call') leave();
  if (status === 'ended' || status === 'over') finish();
  if (status === 'elsewhere' || status === 'left') media.close();
}

/** @param {string} before */
function enter(before) {
  peer.goLive();
  scrollTo(0, 0);
  own.show();
  at('devices-place').prepend(at('choices'));
  if (!media.tried()) media.open(true);
  picture.show();
  if (before) at('mute').focus({ preventScroll: true });
}

function leave() {
  closeDialogs();
  chat.close();
  picture.clear();
  sharing.stop();
  at('choices-fold').append(at('choices'));
  if (document.fullscreenElement) document.exitFullscreen();
  if (document.pictureInPictureElement) document.exitPictureInPicture();
}

/** It is over: let go of the camera, the microphone and both lines. */
function finish() {
  if (over) return;
  over = true;
  // The panel of the last screen is fetched once more, and first: closing takes a while, and the server need not wait for
  // it. After that this page asks for nothing.
  htmx.trigger(document.body, 'changed');
  peer.want(false);
  media.close();
  sharing.stop();
  line.close();
  care?.stop();
  presses.drop();
  words.stop();
  devices.stop();
  askToStay(false);
  clearInterval(level);
}

watchPanel((panel) => {
  if (status.textContent !== panel.say) status.textContent = panel.say;
  const last = panel.status === 'ended' || panel.status === 'over';
  if (!over || last) become(panel.status);
  if (last) at('ask').replaceWith(Object.assign(document.createElement('div'), { id: 'ask' })); // asks no more
  care?.look();
});

wireRequests({
  page: () => me,
  // The other's socket may be dead without knowing: what a press has changed is looked at all the same.
  changed: () => peer.say({ look: true }),
  // So may this page's own.
  unheld() {
    if (line.isUp() && performance.now() - line.since() > 2000) line.again();
  },
});

// ---- presses

const presses = keepPresses({
  said(sentence) {
    closeDialogs();
    status.textContent = sentence;
  },
  failed: () => line.again(),
});
wireDialogs();
askFirst(media);
wireChoices(media, speaker, 'setSinkId' in at('remote'));
wireControls({
  mute: () => media.setMicrophone(!media.track('audio')?.enabled),
  dark: () => media.setCamera(!media.track('video')),
  flip: () => media.flip(),
  share: sharing.toggle,
});
at('devices').addEventListener('click', () => show('devices-dialog'));
at('hang-up').addEventListener('click', () => show('end-dialog'));
at('refresh').addEventListener('click', () => refresh());
media.onDevices(own.list);

async function refresh() {
  const [choice, list] = [at('end-choice'), at('steps')];
  choice.hidden = true;
  list.hidden = false;
  care?.hold(true);
  const steps = await climb(list, peer, media, keys.relays());
  care?.hold(false);
  at('end-dialog', HTMLDialogElement).close();
  choice.hidden = false;
  list.hidden = true;
  if (now === 'in_call') htmx.ajax('post', `${base}/refreshed`, { source: '#room', values: { steps } });
}

// ---- what is shown while it goes on

const words = telling({ status: () => now, ask, room: room.dataset });
care = recovery({
  peer,
  line,
  keys,
  impolite: isClinician,
  otherHere: () => bridge().other !== 'away',
  told(moment) {
    words.tell(moment);
    weak.connected(moment.stage === 'well' || moment.lasting < 700);
  },
  reported: (report) => now === 'in_call' && weak.tick(report),
});
const level = showLevel(() => media.track('audio'), at('level', HTMLMeterElement));

// A page shown again from the browser's memory has lost its lines.
addEventListener('pageshow', (event) => event.persisted && reload());

const first = bridge();
status.textContent = first.say;
become(first.status);
