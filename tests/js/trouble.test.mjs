// What is said of one's own camera and microphone, and when a press is offered.
import assert from 'node:assert/strict';
import test from 'node:test';
import { tell, told, trouble } from '../../static/js/lib/trouble.js';

const seen = { on: true, live: true, missed: false, had: true, fault: '', permission: 'granted', taken: '', silent: false };
const gone = { ...seen, live: false, missed: true };
const both = { audio: true, video: true };
const call = { other: 'Dr Ada', calling: true, phone: true };

test('what works, or was never wanted, is no trouble', () => {
  assert.equal(trouble(seen), '');
  assert.equal(trouble({ ...gone, missed: false, fault: 'no camera' }), '');
});

test('what is switched off cannot be taken or silent', () => {
  assert.equal(trouble({ ...seen, on: false, taken: 'held', silent: true }), '');
});

for (const [facts, name] of [
  [{ fault: 'camera gone' }, 'away'],
  [{ fault: 'no camera' }, 'away'],
  [{ fault: 'no camera', had: false }, 'none'],
  [{ fault: 'microphone busy' }, 'busy'],
  [{ fault: 'refused', permission: 'denied' }, 'denied'],
  [{ fault: 'refused', permission: 'prompt' }, 'ask'],
  [{ fault: 'refused', permission: 'granted' }, 'ask'], // the system refuses, not the browser
  [{ fault: 'refused', permission: '' }, 'ask'],
])
  test(`${JSON.stringify(facts)} is "${name}"`, () => assert.equal(trouble({ ...gone, ...facts }), name));

test('a silence of the system comes before one of the microphone', () => {
  assert.equal(trouble({ ...seen, taken: 'taken', silent: true }), 'taken');
  assert.equal(trouble({ ...seen, silent: true }), 'silent');
});

test('a press is offered only where it can help', () => {
  const offered = ['', 'away', 'none', 'taken', 'held', 'busy', 'denied', 'ask', 'silent'].filter(
    (video) => tell({ audio: '', video }, both, call).press,
  );
  assert.deepEqual(offered, ['held', 'busy', 'ask']);
});

test('nothing is said when there is nothing to say', () => {
  assert.deepEqual(tell({ audio: '', video: '' }, both, call), { say: '', press: false });
});

test('a phone call is told in one sentence for both', () => {
  assert.equal(
    tell({ audio: 'taken', video: 'taken' }, both, call).say,
    'Another app, or a phone call, is using your camera and microphone. Dr Ada cannot see or hear you just now.',
  );
});

test('two troubles are told one after the other', () => {
  assert.equal(
    tell({ audio: 'taken', video: 'away' }, both, call).say,
    'Another app, or a phone call, is using your microphone. Dr Ada cannot hear you just now. ' +
      'Your camera has been disconnected. Dr Ada cannot see you just now. As soon as it is plugged in again, it is used.',
  );
});

test('who is muted, or not in the call yet, is not told that nobody hears', () => {
  const words = 'Your microphone has been disconnected. As soon as it is plugged in again, it is used.';
  assert.equal(tell({ audio: 'away', video: '' }, { audio: false, video: true }, call).say, words);
  assert.equal(tell({ audio: 'away', video: '' }, both, { ...call, calling: false }).say, words);
});

test('a sentence for both has its verbs in the plural', () => {
  assert.match(tell({ audio: 'away', video: 'away' }, both, call).say, /have been .* they are plugged .* they are used/);
  assert.match(tell({ audio: 'none', video: 'none' }, both, call).say, /^No camera or microphone was found/);
});

test('every sentence ends, and none says undefined', () => {
  for (const is of ['away', 'none', 'taken', 'held', 'busy', 'denied', 'ask', 'silent'])
    for (const phone of [true, false])
      for (const now of [{ audio: is, video: '' }, { audio: '', video: is }, { audio: is, video: is }]) {
        const { say } = tell(now, both, { ...call, phone });
        assert.match(say, /^[A-Z].*\.$/);
        assert.doesNotMatch(say, /undefined|false|  /);
      }
});

test('what has been put right is told with the name of what is used now', () => {
  const news = { audio: { change: 'swapped', which: 'the built-in one' } };
  const words = 'Your microphone was disconnected. We are using the built-in one now.';
  assert.equal(told(news, both, call), words);
  assert.equal(told(news, { audio: false, video: true }, call), `${words} You are still muted.`);
});

test('all that is back at once is told together', () => {
  const back = { change: 'back', which: '' };
  const words = 'Your camera is back. Your microphone is back.';
  const news = { video: back, audio: back };
  assert.equal(told(news, both, call), `${words} Dr Ada can see and hear you again.`);
  assert.equal(
    told(news, { audio: false, video: true }, call),
    `${words} Dr Ada can see you again. You are still muted.`,
  );
  assert.equal(told({}, both, call), '');
});

test('a speaker is told of in the same words', () => {
  assert.equal(
    told({ speaker: { change: 'swapped', which: 'the usual one' } }, both, call),
    'Your speaker was disconnected. We are using the usual one now.',
  );
  assert.equal(
    told({ speaker: { change: 'returned', which: 'it' } }, both, call),
    'Your speaker is back. We are using it again.',
  );
});
