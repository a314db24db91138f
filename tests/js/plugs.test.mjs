// What a change of the devices means for the one in use, and what a device is called.
import assert from 'node:assert/strict';
import test from 'node:test';
import { compare, which } from '../../static/js/lib/plugs.js';

const device = (deviceId, label = deviceId, groupId = deviceId) => ({ deviceId, label, groupId, kind: 'audioinput' });
const [laptop, headset] = [device('laptop'), device('headset')];
const standard = (of) => ({ ...of, deviceId: 'default', label: `Default - ${of.label}` });
const mine = { live: true, missed: false, chosen: '', id: 'default', group: 'laptop', label: 'Default - laptop' };
const alone = [standard(laptop), laptop];

/** @returns {string} */
const change = (...given) => compare(...given).change;

test('the same list means nothing', () => assert.equal(change(alone, alone, mine), ''));

test('one more is offered, not taken', () => {
  const found = compare(alone, [...alone, headset], mine);
  assert.deepEqual(found, { change: 'added', device: headset });
});

test('another default is used by who has chosen nothing', () => {
  const after = [standard(headset), laptop, headset];
  assert.equal(change(alone, after, mine), 'usual');
  assert.equal(change([...alone, headset], after, { ...mine, chosen: 'laptop', id: 'laptop' }), '');
});

test('what is in use already is no news', () => {
  assert.equal(change(alone, [standard(headset), laptop, headset], { ...mine, group: 'headset' }), '');
});

test('the chosen one is used again when it is back, and only when it has just come back', () => {
  const instead = { ...mine, chosen: 'headset' };
  assert.equal(change(alone, [...alone, headset], instead), 'returned');
  assert.equal(change([...alone, headset], [...alone, headset], instead), '');
});

test('what is in use and no longer listed has vanished', () => {
  assert.equal(change([laptop, headset], [laptop], { ...mine, id: 'headset', group: 'headset' }), 'swapped');
});

test('before a permission nothing can be told apart', () => {
  const nameless = [device('', '', '')];
  assert.equal(change(nameless, nameless, { ...mine, id: 'laptop' }), '');
  assert.equal(change(nameless, alone, { ...mine, id: 'laptop' }), '');
});

test('anything will do where one is missed, and nothing where none is wanted', () => {
  const without = { ...mine, live: false, id: '', group: '' };
  assert.equal(change([], [laptop], { ...without, missed: true }), 'arrived');
  assert.equal(change([laptop], [], { ...without, missed: true }), '');
  assert.equal(change([], [laptop], without), '');
});

for (const [label, name] of [
  ['Blue Headset', '“Blue Headset”'],
  ['Default - Blue Headset', '“Blue Headset”'],
  ['HD Webcam (046d:0825)', '“HD Webcam”'],
  ['MacBook Pro Microphone (Built-in)', 'the built-in one'],
  ['Default - Internal Microphone', 'the built-in one'],
  ['FaceTime HD Camera (Built-in) (05ac:8514)', 'the built-in one'],
  ['', 'another one'],
])
  test(`"${label}" is called ${name}`, () => assert.equal(which(label), name));
