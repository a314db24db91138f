// What is said of the call at each moment.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { saying } from '../../static/js/lib/saying.js'

const MOMENT = { stage: 'well', before: true, lasting: 0, line: true, lineFor: 60_000, otherHere: true, otherHeard: true, poor: false, failed: 0 }
const said = (change) => saying({ ...MOMENT, ...change }, 'Dr Ada Hale', '020 7946 0018')

it('says that it is connected, and no more', () => {
  assert.deepEqual(said({}), { word: 'Connected', why: '', mood: 'good' })
})

it('says that the server is away only after a while, and that talking goes on', () => {
  assert.equal(said({ line: false, lineFor: 1000 }).why, '')
  assert.match(said({ line: false, lineFor: 5000 }).why, /You can go on talking/)
  assert.equal(said({ line: false, lineFor: 5000 }).word, 'Connected')
})

it('says that the line is weak', () => {
  assert.equal(said({ poor: true }).word, 'Poor connection')
})

it('does not speak of reconnecting before anything was connected', () => {
  assert.equal(said({ stage: 'making', before: false, lasting: 500 }).word, '')
  assert.equal(said({ stage: 'making', before: false, lasting: 5000 }).word, 'Reconnecting')
})

it('does not frighten anyone with an instant', () => {
  assert.equal(said({ stage: 'lost', lasting: 100 }).word, 'Connected')
})

it('says whose connection it is', () => {
  const mine = said({ stage: 'lost', lasting: 5000, line: false })
  assert.equal(mine.word, 'Reconnecting')
  assert.match(mine.why, /This device/)
  for (const gone of [{ otherHere: false }, { otherHeard: false }])
    assert.equal(said({ stage: 'renewing', lasting: 5000, ...gone }).word, 'Dr Ada Hale is reconnecting')
  const between = said({ stage: 'renewing', lasting: 5000 })
  assert.equal(between.word, 'Reconnecting')
  assert.match(between.why, /between you/)
})

it('says that another way is tried', () => {
  assert.match(said({ stage: 'making', lasting: 20_000, failed: 1 }).why, /another way/)
})

it('gives the phone number once it has lasted', () => {
  assert.doesNotMatch(said({ stage: 'lost', line: false, lasting: 20_000 }).why, /7946/)
  assert.match(said({ stage: 'lost', line: false, lasting: 31_000 }).why, /020 7946 0018/)
  assert.doesNotMatch(saying({ ...MOMENT, stage: 'lost', line: false, lasting: 31_000 }, 'Cleo', '').why, /You can also/)
})
