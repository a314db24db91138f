// The other's picture and sound: shown when it is there, with words in its place when it is not.

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} other the other's name @param {() => boolean} calling whether anything may be shown at all */
export function otherPicture(other, calling) {
  const video = /** @type {HTMLVideoElement} */ (at('remote'));
  let dark = false;

  function show() {
    at('stage').toggleAttribute('data-picture', video.videoWidth > 0 && !dark && calling());
    at('placeholder-word').textContent = dark ? `${other}'s camera is off` : 'The picture will be here in a moment.';
  }

  function play() {
    // Where a browser plays no sound before a press, there is one large button to press.
    video.play().then(
      () => (at('hear').hidden = true),
      (error) => (at('hear').hidden = error.name !== 'NotAllowedError'),
    );
  }

  video.addEventListener('resize', show);
  video.addEventListener('playing', show);
  at('hear').addEventListener('click', play);

  return {
    show,
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
    clear() {
      video.srcObject = null;
    },
  };
}
