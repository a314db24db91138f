// One's own camera and microphone: opened by a press, chosen, muted, renewed, released. Shows and sends nothing itself.

/** @typedef {'audio' | 'video'} Kind */

const VIDEO = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/**
 * What stands in the way of a camera or microphone, in words that help.
 * @param {unknown} error
 * @param {Kind} kind
 */
function fault(error, kind) {
  const name = /** @type {Error} */ (error)?.name;
  const what = kind === 'video' ? 'camera' : 'microphone';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return `no ${what}`;
  return `${what} busy`;
}

/**
 * What was switched off stays off over a reload: nobody is seen or heard again without a press.
 * @param {string} visit
 */
function switches(visit) {
  const key = `anteroom-off ${visit}`;
  let off = '';
  try {
    off = sessionStorage.getItem(key) ?? '';
  } catch {
    // Storage switched off: remembered for as long as this page lives.
  }
  return {
    /** @param {Kind} kind */
    on: (kind) => !off.includes(kind),
    /** @param {Kind} kind @param {boolean} on */
    set(kind, on) {
      off = off.replace(kind, '') + (on ? '' : kind);
      try {
        sessionStorage.setItem(key, off);
      } catch {
        // as above
      }
    },
  };
}

/** @param {string} visit @param {() => void} changed told whenever a track comes or goes */
export function ownMedia(visit, changed) {
  const switched = switches(visit);
  const stream = new MediaStream();
  /** @type {Record<Kind, string>} */
  const chosen = { audio: '', video: '' };
  /** @type {Record<Kind, string>} why there is no track, '' if nothing stands in the way */
  const faults = { audio: '', video: '' };
  let facing = 'user';
  let tried = false;
  /** @type {Promise<void> | null} */
  let opening = null;

  /** @param {Kind} kind */
  const track = (kind) => stream.getTracks().find((each) => each.kind === kind) ?? null;

  /** @param {Kind} kind */
  function wish(kind) {
    const id = chosen[kind] ? { deviceId: { exact: chosen[kind] } } : {};
    return kind === 'audio' ? { ...AUDIO, ...id } : { ...VIDEO, ...(chosen.video ? id : { facingMode: facing }) };
  }

  /** @param {Kind} kind */
  function release(kind) {
    const old = track(kind);
    if (!old) return;
    old.onended = null;
    old.stop();
    stream.removeTrack(old);
  }

  /** @param {MediaStreamTrack} fresh */
  function keep(fresh) {
    const kind = /** @type {Kind} */ (fresh.kind);
    release(kind);
    if (kind === 'audio') fresh.enabled = switched.on('audio');
    fresh.onended = () => {
      stream.removeTrack(fresh);
      faults[kind] = kind === 'video' ? 'camera gone' : 'microphone gone';
      changed();
    };
    stream.addTrack(fresh);
    faults[kind] = '';
  }

  /** @param {Kind} kind */
  async function openOne(kind) {
    try {
      const got = await navigator.mediaDevices.getUserMedia({ [kind]: wish(kind) });
      got.getTracks().forEach(keep);
    } catch (error) {
      if (chosen[kind] && /** @type {Error} */ (error).name === 'OverconstrainedError') {
        chosen[kind] = '';
        return openOne(kind);
      }
      faults[kind] = fault(error, kind);
    }
  }

  async function openBoth() {
    tried = true;
    if (!navigator.mediaDevices?.getUserMedia) {
      faults.audio = faults.video = 'unsupported';
      return;
    }
    if (!switched.on('video')) return openOne('audio');
    try {
      const got = await navigator.mediaDevices.getUserMedia({ audio: wish('audio'), video: wish('video') });
      got.getTracks().forEach(keep);
    } catch {
      // One of the two may still work. One after the other: iPhones allow one question at a time.
      await openOne('audio');
      await openOne('video');
    }
  }

  return {
    stream,
    track,
    faults,
    /** Say whether anyone has been asked for the camera and microphone yet. */
    tried: () => tried,
    /** Open the camera and microphone, or what there is of them. */
    open() {
      opening ??= openBoth().finally(() => {
        opening = null;
        changed();
      });
      return opening;
    },
    /** Use another camera or microphone. @param {Kind} kind @param {string} id */
    async choose(kind, id) {
      chosen[kind] = id;
      if (kind === 'video') release('video'); // phones open one camera at a time
      await openOne(kind);
      changed();
    },
    /** Turn from the front camera to the back one, and back. */
    async flip() {
      const now = track('video')?.getSettings();
      const cameras = (await this.devices()).filter((each) => each.kind === 'videoinput');
      const next = cameras[(cameras.findIndex((each) => each.deviceId === now?.deviceId) + 1) % cameras.length];
      facing = facing === 'user' ? 'environment' : 'user';
      // A camera that does not say which way it looks is followed by the next in the list.
      chosen.video = now?.facingMode ? '' : (next?.deviceId ?? '');
      release('video');
      await openOne('video');
      changed();
    },
    /** Say whether the picture is a mirror, as one's own front camera should be. */
    mirrored: () => facing === 'user',
    /** Switch the camera off, light and all, or on again. @param {boolean} on */
    async setCamera(on) {
      switched.set('video', on);
      if (on) await openOne('video');
      else release('video');
      changed();
    },
    /** @param {boolean} on */
    setMicrophone(on) {
      switched.set('audio', on);
      const mine = track('audio');
      if (mine) mine.enabled = on;
      changed();
    },
    /** Get the camera and microphone anew; a camera that was off stays off. Say whether all came back. */
    async renew() {
      const kinds = /** @type {Kind[]} */ (['audio', 'video']).filter((kind) => track(kind));
      for (const kind of kinds) {
        if (kind === 'video') release('video');
        await openOne(kind);
      }
      changed();
      return kinds.length ? kinds.every((kind) => track(kind)) : null;
    },
    /** Let go of everything; the camera's light goes out. */
    close() {
      release('audio');
      release('video');
    },
    /** Return what there is to choose from. @returns {Promise<MediaDeviceInfo[]>} */
    devices: async () => (await navigator.mediaDevices?.enumerateDevices?.()) ?? [],
    onDevices: (/** @type {() => void} */ listener) =>
      navigator.mediaDevices?.addEventListener?.('devicechange', listener),
  };
}

/** Show the loudness of a microphone. @param {() => MediaStreamTrack | null} microphone @param {HTMLMeterElement} meter */
export function showLevel(microphone, meter) {
  /** @type {AudioContext | null} */
  let context = null;
  /** @type {AnalyserNode | null} */
  let analyser = null;
  /** @type {MediaStreamTrack | null} */
  let listening = null;
  const samples = new Uint8Array(512);

  return setInterval(() => {
    const mine = microphone();
    if (!mine || !meter.offsetParent) return;
    if (mine !== listening) {
      context ??= new AudioContext();
      analyser = context.createAnalyser();
      analyser.fftSize = 512;
      context.createMediaStreamSource(new MediaStream([mine])).connect(analyser);
      listening = mine;
    }
    analyser?.getByteTimeDomainData(samples);
    const peak = samples.reduce((most, each) => Math.max(most, Math.abs(each - 128)), 0) / 128;
    meter.value = Math.max(Math.min(1, peak * 1.6), meter.value * 0.8);
  }, 100);
}
