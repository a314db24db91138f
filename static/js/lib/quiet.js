// Notices a microphone that gives nothing at all since it was opened: not one sample but zero. One that has given
// something is silent because nobody speaks. Asks the sender; where a browser does not tell (Firefox), it is never said.

const EVERY = 2000;
const NOTHING = 6; // looks

/**
 * @param {object} setup
 * @param {() => MediaStreamTrack | null} setup.microphone
 * @param {() => RTCPeerConnection | null} setup.pc
 * @param {() => boolean} setup.calling
 * @param {() => Promise<void>} setup.reopen tried once before it is said
 * @param {() => void} setup.changed
 */
export function hearNothing({ microphone, pc, calling, reopen, changed }) {
  /** @type {{track?: MediaStreamTrack, looks: number, from?: number, retried?: boolean}} */
  let quiet = { looks: 0 };

  const looking = setInterval(async () => {
    const mine = microphone();
    if (!calling() || !mine?.enabled || mine.muted) return;
    if (quiet.track !== mine) quiet = { track: mine, looks: 0, retried: quiet.retried };
    const sender = pc()?.getSenders().find((each) => each.track === mine);
    if (quiet.looks < 0 || !sender) return;
    const energy = [...(await sender.getStats()).values()].find((each) => each.type === 'media-source')?.totalAudioEnergy;
    if (quiet.track !== mine || energy === undefined) return;
    const before = quiet.looks;
    quiet.from ??= energy; // counted since the call began, over all microphones
    quiet.looks = energy > (quiet.from ?? 0) ? -1 : before + 1;
    if (quiet.looks === NOTHING && !quiet.retried) {
      quiet = { looks: 0, retried: true };
      await reopen();
    } else if (Math.max(before, quiet.looks) >= NOTHING) changed();
  }, EVERY);

  return {
    silent: () => quiet.looks >= NOTHING && quiet.track === microphone(),
    /** Begin anew: an iPhone may give back a microphone that gives nothing. */
    afresh: () => (quiet = { looks: 0 }),
    stop: () => clearInterval(looking),
  };
}
