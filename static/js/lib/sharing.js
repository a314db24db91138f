// The screen, or a window of it, shown to the other in place of the camera's picture. Sends nothing itself.

/** @param {() => void} changed told when sharing begins or ends */
export function screenSharing(changed) {
  /** @type {MediaStreamTrack | null} */
  let track = null;

  function stop() {
    if (!track) return;
    track.stop();
    track = null;
    changed();
  }

  async function start() {
    try {
      const got = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 15 } });
      track = got.getVideoTracks()[0];
      track.contentHint = 'detail';
      track.onended = stop;
      changed();
    } catch {
      // The person closed the browser's question: nothing has changed.
    }
  }

  return { track: () => track, stop, toggle: () => (track ? stop() : start()) };
}
