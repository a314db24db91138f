// The mark for the line and the sentence behind it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bars, sentence, steady } from '../../static/js/lib/quality.js';
import { REPORT } from './line.mjs';

const plain = { step: 5, paused: false, why: /** @type {const} */ ('') };

test('the sentence names the round trip, the loss and the way', () => {
  const report = { ...REPORT, roundTrip: 0.0812, loss: 0.012, lossThere: 0.004 };
  assert.equal(sentence(report, plain, false), 'Round trip 80 ms, 1 % lost, direct from browser to browser.');
  assert.equal(
    sentence({ ...report, relayed: true }, plain, false),
    'Round trip 80 ms, 1 % lost, through the clinic’s relay.',
  );
});

test('the sentence says what is being done, and nothing where nothing is', () => {
  const said = (choice, theirs = false) => sentence(REPORT, { ...plain, ...choice }, theirs).split('browser. ')[1];
  assert.equal(said({}), undefined);
  assert.equal(said({ why: 'unseen' }), undefined);
  assert.equal(said({ why: 'line' }), 'Your picture is smaller to keep the sound.');
  assert.equal(said({ why: 'saving' }), 'Your picture is smaller to save data.');
  assert.equal(said({ paused: true, why: 'line' }), 'Your picture is paused to keep the sound; it comes back by itself.');
  assert.equal(said({}, true), 'The other picture is paused to keep the sound; it comes back by itself.');
});

test('before the first report nothing is claimed', () => {
  assert.equal(sentence({ ...REPORT, roundTrip: 0 }, null, false), 'The line is being measured.');
});

test('bars follow loss, round trip and a pause', () => {
  assert.equal(bars(REPORT, false), 3);
  assert.equal(bars({ ...REPORT, lossThere: 0.05 }, false), 2);
  assert.equal(bars({ ...REPORT, roundTrip: 0.5 }, false), 2);
  assert.equal(bars({ ...REPORT, loss: 0.1 }, false), 1);
  assert.equal(bars({ ...REPORT, roundTrip: 1 }, false), 1);
  assert.equal(bars(REPORT, true), 1);
});

test('the mark goes down after two reports and up after five, and does not flicker in between', () => {
  const follow = steady();
  const shown = (list) => list.map((each) => follow(each));
  assert.deepEqual(shown([3, 2, 3, 2, 3, 1, 3]), [3, 3, 3, 3, 3, 3, 3]);
  assert.deepEqual(shown([2, 2, 3, 3, 2, 3, 3, 3, 3, 3]), [3, 2, 2, 2, 2, 2, 2, 2, 2, 3]);
});

test('a lost connection and its return are shown at once', () => {
  const follow = steady();
  assert.deepEqual([3, 0, 3].map((each) => follow(each)), [3, 0, 3]);
});
