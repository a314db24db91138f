// The toolbar of the call: buttons that say what they will do, arrow keys between them. Decides nothing about the call.

/** @param {string} id */
const at = (id) => /** @type {HTMLButtonElement} */ (document.getElementById(id));

/** Give a button other words and another icon. @param {HTMLElement} button @param {string} label @param {string} icon @param {boolean} off */
function set(button, label, icon, off) {
  if (button.getAttribute('aria-label') === label) return;
  button.setAttribute('aria-label', label);
  button.title = label;
  button.toggleAttribute('data-off', off);
  const source = /** @type {HTMLTemplateElement} */ (document.getElementById('icons'));
  const drawn = source.content.querySelector(`[data-icon="${icon}"] svg`);
  if (drawn) button.replaceChildren(drawn.cloneNode(true));
}

/** @typedef {{microphone: boolean, camera: boolean, sharing: boolean}} Shown */

/** Show what is on and what is off. @param {Shown} now */
export function showControls({ microphone, camera, sharing }) {
  set(at('mute'), microphone ? 'Mute microphone' : 'Unmute microphone', microphone ? 'mic' : 'mic-off', !microphone);
  set(at('dark'), camera ? 'Turn camera off' : 'Turn camera on', camera ? 'video' : 'video-off', !camera);
  set(at('share'), sharing ? 'Stop sharing' : 'Share screen', sharing ? 'screen-share-off' : 'screen-share', sharing);
}

/**
 * Wire the toolbar.
 * @param {{mute: () => void, dark: () => void, flip: () => void, share: () => void}} press
 */
export function wireControls(press) {
  for (const [id, does] of Object.entries(press)) at(id).addEventListener('click', does);
  const remote = /** @type {HTMLVideoElement} */ (document.getElementById('remote'));
  const bar = /** @type {HTMLElement} */ (document.querySelector('[role=toolbar]'));
  bar.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const shown = [...bar.querySelectorAll('button')].filter((each) => !each.hidden);
    const here = shown.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    shown[(here + step + shown.length) % shown.length].focus();
  });

  at('share').hidden = !('getDisplayMedia' in (navigator.mediaDevices ?? {}));

  at('full').hidden = !document.fullscreenEnabled;
  at('full').addEventListener('click', () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen().catch(() => {});
  });
  document.addEventListener('fullscreenchange', () => {
    const on = !!document.fullscreenElement;
    set(at('full'), on ? 'Leave full screen' : 'Full screen', on ? 'minimize' : 'maximize', false);
  });

  at('pip').hidden = !document.pictureInPictureEnabled;
  at('pip').addEventListener('click', () => {
    if (document.pictureInPictureElement) document.exitPictureInPicture();
    else remote.requestPictureInPicture().catch(() => {});
  });
}

/** Offer to flip the camera where there are several to hold in one hand. @param {MediaDeviceInfo[]} devices */
export function offerFlip(devices) {
  const cameras = devices.filter((each) => each.kind === 'videoinput').length;
  at('flip').hidden = !(cameras > 1 && matchMedia('(pointer: coarse)').matches);
}
