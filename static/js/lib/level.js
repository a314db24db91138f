// Shows how loud the microphone is, where somebody looks at it.

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
