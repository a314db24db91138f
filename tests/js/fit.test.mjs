// The ladder of pictures, second by second, on lines that are good, weak, suddenly weak, lossy, flapping and good again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STEPS, fitting } from '../../static/js/lib/fit.js';
import { FACTS, REPORT, Side, changes, first } from './line.mjs';

const TOP = STEPS.length - 1;
const last = (seen) => seen.at(-1);

for (const estimates of [true, false]) {
  const browser = estimates ? 'a browser that estimates' : 'a browser that does not';

  test(`on a good line the picture begins small and is whole within six seconds: ${browser}`, () => {
    const seen = new Side({ estimates }).run(60);
    assert.equal(seen[0].step, 3);
    assert.ok(first(seen, ({ step }) => step === TOP) <= 6);
    assert.deepEqual(changes(seen).pauses, 0);
    assert.ok(changes(seen).steps <= 2, 'it only goes up');
    assert.ok(seen.every(({ why }) => why === ''), 'a beginning is no weak line');
  });

  test(`a line that carries no picture pauses it within ten seconds: ${browser}`, () => {
    const side = new Side({ estimates });
    side.run(20);
    const seen = side.run(60, { rate: 60_000 });
    assert.ok(first(seen, ({ paused }) => paused) <= 12);
    assert.ok(last(seen).paused);
    assert.equal(changes(seen).pauses, 1, 'paused once, and not brought back in vain');
    assert.ok(seen.slice(15).filter(({ step }) => step).length <= 16, 'tried for a quarter of the time at most');
  });

  test(`the picture is back within ten seconds of the line getting better, and soon whole: ${browser}`, () => {
    for (const seconds of [15, 20, 31, 47, 60]) {
      const side = new Side({ estimates });
      side.run(20);
      assert.ok(last(side.run(seconds, { rate: 60_000 })).paused);
      const seen = side.run(40, { rate: 10e6 });
      assert.ok(first(seen, ({ paused }) => !paused) <= 9, `after ${seconds} s`);
      assert.ok(first(seen, ({ step }) => step === TOP) <= 22);
      assert.equal(changes([{ step: 0, paused: true }, ...seen]).pauses, 1);
    }
  });
}

test('a line that slowly gets worse makes the picture smaller step by step, and then pauses it', () => {
  const side = new Side();
  side.run(20);
  const seen = [];
  for (let rate = 3e6; rate > 50_000; rate *= 0.9) seen.push(...side.run(2, { rate }));
  seen.push(...side.run(10));
  for (const step of [4, 3, 2, 1, 0]) assert.ok(seen.some((each) => each.step === step), `step ${step}`);
  assert.ok(last(seen).paused);
  assert.ok(seen.filter(({ step }) => step > 0 && step < TOP).every(({ why }) => why === 'line'));
});

test('a steady line of any width is settled on, without going up and down for ever', () => {
  for (const rate of [90e3, 110e3, 150e3, 200e3, 260e3, 350e3, 500e3, 700e3, 1e6, 1.5e6, 3e6]) {
    const side = new Side();
    side.run(20);
    side.run(30, { rate });
    const seen = side.run(120);
    assert.equal(changes(seen).pauses, 0, `${rate}: the words stay`);
    if (!last(seen).paused) assert.ok(changes(seen).steps <= 8, `${rate}: ${changes(seen).steps} changes in two minutes`);
  }
});

test('150 kbit/s carry the smallest picture, where the sound does not suffer', () => {
  const side = new Side();
  side.run(20);
  const seen = side.run(60, { rate: 150_000 });
  assert.ok(first(seen, ({ step }) => step === 1) <= 4);
  assert.equal(changes(seen).pauses, 0);
});

test('150 kbit/s pause the picture, where the sound does suffer', () => {
  const fit = fitting();
  let choice;
  for (let at = 0; at < 20_000; at += 1000) choice = fit.take({ ...REPORT, at, room: 300_000 }, FACTS);
  for (let at = 20_000; at < 30_000; at += 1000)
    choice = fit.take({ ...REPORT, at, room: 120_000 }, { ...FACTS, madeUp: 0.2 });
  assert.ok(choice?.paused);
});

test('10 % loss and a round trip of 200 ms make the picture smaller, and it grows again when they are over', () => {
  const side = new Side();
  side.run(20);
  const seen = side.run(30, { loss: 0.1, trip: 0.2 });
  assert.equal(last(seen).step, 2);
  assert.equal(last(seen).why, 'line');
  assert.equal(changes(seen).pauses, 0, 'the sound is mended by what is sent twice');
  const after = side.run(30, { loss: 0, trip: 0.04 });
  assert.ok(first(after, ({ step }) => step === TOP) <= 10);
});

test('the same with an estimate that falls below any picture pauses it', () => {
  const side = new Side();
  side.run(20);
  assert.ok(last(side.run(15, { loss: 0.1, trip: 0.2, rate: 80_000 })).paused);
});

test('a line that flaps every four seconds is not followed up and down', () => {
  const side = new Side();
  side.run(20);
  const seen = [];
  for (let times = 0; times < 15; times++) seen.push(...side.run(4, { rate: 200_000 }), ...side.run(4, { rate: 10e6 }));
  assert.equal(changes(seen).pauses, 0);
  assert.ok(changes(seen).steps <= 30, `${changes(seen).steps} changes in two minutes`);
  assert.equal(last(side.run(60, { rate: 10e6 })).step, TOP);
});

test('a path that has become longer for good does not keep the picture small', () => {
  const side = new Side();
  side.run(20);
  assert.equal(last(side.run(60, { trip: 0.6 })).step, TOP);
});

test('a line that is gone for a while, and back, has not paused the picture', () => {
  const side = new Side();
  side.run(20);
  side.run(8, { gone: true, rate: 1000 });
  const seen = side.run(20, { gone: false, rate: 10e6 });
  assert.equal(changes(side.seen).pauses, 0);
  assert.equal(last(seen).step, TOP);
});

test('a picture that nobody sees is not sent, without a word, and is back at once', () => {
  const side = new Side();
  side.run(20);
  side.facts.unseen = true;
  assert.deepEqual(side.second(), { step: 0, paused: false, why: 'unseen' });
  side.run(60);
  side.facts.unseen = false;
  assert.deepEqual(side.second(), { step: TOP, paused: false, why: '' });
});

test('no more lines are sent than the other sees, without a word', () => {
  for (const [lines, step] of [[120, 1], [180, 1], [200, 2], [360, 3], [480, 4], [720, 5], [2000, 5], [0, 5]]) {
    const side = new Side();
    side.facts.lines = lines;
    const { step: chosen, paused, why } = last(side.run(20));
    assert.deepEqual([chosen, paused, why], [step, false, ''], `${lines} lines`);
  }
});

test('a network that costs money, or is known to be narrow, gets less', () => {
  for (const [network, step, why] of [
    [{ type: 'wifi', effectiveType: '4g', saveData: false }, 5, ''],
    [{ type: 'cellular', effectiveType: '4g' }, 4, 'saving'],
    [{ effectiveType: '3g' }, 3, 'saving'],
    [{ saveData: true }, 3, 'saving'],
    [{ effectiveType: '2g' }, 2, 'saving'],
    [{ effectiveType: 'slow-2g' }, 2, 'saving'],
  ]) {
    const side = new Side();
    side.facts.network = network;
    const { step: chosen, why: reason } = last(side.run(20));
    assert.deepEqual([chosen, reason], [step, why], JSON.stringify(network));
  }
});

test('where there is no picture to send, none is paused', () => {
  const side = new Side();
  side.run(20);
  side.facts.picture = false;
  assert.ok(side.run(30, { rate: 40_000 }).every(({ paused }) => !paused));
});

test('a new connection begins small again; what was paused stays paused until it has been tried', () => {
  const side = new Side();
  side.run(20);
  side.fit.begin();
  assert.equal(side.second().step, 3);
  side.run(20, { rate: 60_000 });
  side.fit.begin();
  assert.ok(side.second().paused);
});
