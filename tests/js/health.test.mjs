// How the call is, and what is done about it, with a clock that only these tests move.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AGAIN, HINT, MAKE, RENEW, SILENT, YIELD, health } from '../../static/js/lib/health.js'

const WELL = { wanted: true, live: true, line: true, lineAt: 0, otherHere: true, otherAt: 0, state: 'connected', silent: 0, relays: false }

/** A machine with its clock; `see` tells it what has changed, `pass` lets time go by as recovery.js does. */
function watched({ impolite = true, ...start } = {}) {
  const machine = health(impolite)
  let seen = { ...WELL, ...start }
  let now = 10_000
  const done = []
  const look = () => {
    const act = machine.look(seen, now)
    if (act) done.push(act)
    return act
  }
  return {
    stage: machine.stage,
    done,
    see(change) {
      seen = { ...seen, ...change }
      return look()
    },
    lineUp() {
      seen = { ...seen, line: true, lineAt: now }
      return look()
    },
    /** Let milliseconds pass in steps of half a second; return what was done in them. */
    pass(time) {
      const from = done.length
      for (const end = now + time; now < end; ) {
        const step = Math.min(500, end - now)
        now += step
        if (seen.silent || seen.frozen) seen = { ...seen, silent: seen.silent + step }
        look()
      }
      return done.slice(from)
    },
  }
}

/** One that is in a call, and well. */
function inCall(more) {
  const call = watched(more)
  call.see({})
  call.pass(5000)
  assert.equal(call.stage(), 'well')
  assert.deepEqual(call.done, [])
  return call
}

describe('a connection that is made', () => {
  it('is not made a second time where the other side has begun', () => {
    const call = watched({ wanted: false, state: 'none' })
    call.see({})
    assert.equal(call.see({ wanted: true, state: 'new' }), '')
    assert.equal(call.stage(), 'making')
  })

  it('is made at once when it is wanted', () => {
    const call = watched({ wanted: false, state: 'none' })
    assert.equal(call.see({}), '')
    assert.equal(call.see({ wanted: true }), 'make')
    assert.equal(call.stage(), 'making')
  })

  it('waits for the socket, and is made as soon as that is open', () => {
    const call = watched({ line: false, state: 'none' })
    assert.equal(call.see({}), '')
    assert.deepEqual(call.pass(60_000), [])
    assert.equal(call.lineUp(), 'make')
  })

  it('is made anew when it does not come about, for ever', () => {
    const call = watched({ state: 'none' })
    call.see({})
    call.see({ state: 'new' })
    assert.deepEqual(call.pass(3 * MAKE), ['make', 'make', 'make'])
    assert.ok(call.pass(600_000).length > 60)
  })

  it('goes through the relay every other time, where there is one', () => {
    const call = watched({ state: 'connecting', relays: true })
    call.see({})
    assert.deepEqual(call.pass(4 * MAKE), ['relay', 'make', 'relay', 'make'])
  })

  it('is left to the impolite side for a while', () => {
    const call = watched({ state: 'new', impolite: false })
    call.see({})
    assert.deepEqual(call.pass(MAKE + YIELD - 1), [])
    assert.deepEqual(call.pass(500), ['make'])
  })

  it('is well once it is connected, and nothing more is done', () => {
    const call = watched({ state: 'new' })
    call.see({})
    call.see({ state: 'connected' })
    assert.equal(call.stage(), 'well')
    assert.deepEqual(call.pass(600_000), [])
  })
})

describe('a call that is well', () => {
  it('is not touched by a socket that goes and comes', () => {
    const call = inCall()
    call.see({ line: false })
    assert.deepEqual(call.pass(60_000), [])
    assert.equal(call.lineUp(), '')
    assert.equal(call.stage(), 'well')
  })

  it('is not touched by an other side that only the server misses', () => {
    const call = inCall()
    call.see({ otherHere: false })
    assert.deepEqual(call.pass(60_000), [])
  })

  it('may be silent while nobody may be heard yet', () => {
    const call = inCall({ live: false })
    call.see({ silent: 60_000 })
    assert.equal(call.stage(), 'well')
  })
})

describe('a call that is lost', () => {
  it('is noticed sooner where a new socket says that there is a new network', () => {
    const call = inCall()
    call.lineUp()
    call.pass(2000)
    assert.equal(call.see({ silent: HINT }), '', 'heard after the socket came up')
    const moved = inCall()
    moved.see({ silent: 500 })
    moved.lineUp()
    assert.equal(moved.stage(), 'well')
    assert.equal(moved.see({ silent: HINT }), 'renew')
  })

  for (const [how, change] of Object.entries({
    'by silence': { silent: SILENT },
    'by a word of the browser': { state: 'disconnected' },
    'for good': { state: 'failed' },
  }))
    it(`${how} renews the socket first, and then the connection`, () => {
      const call = inCall()
      assert.equal(call.see(change), 'line')
      assert.equal(call.stage(), 'lost')
      call.see({ line: false })
      assert.deepEqual(call.pass(300_000), [], 'nothing can be said without a socket')
      assert.equal(call.lineUp(), 'renew')
      assert.equal(call.stage(), 'renewing')
    })

  it('renews the connection at once where the socket is new', () => {
    const call = inCall()
    call.see({ line: false })
    call.lineUp()
    assert.equal(call.see({ state: 'failed' }), 'renew')
  })

  it('asks again for a renewal that nobody may have heard', () => {
    const call = inCall()
    call.see({ state: 'disconnected' })
    call.lineUp()
    assert.deepEqual(call.pass(AGAIN), ['renew'])
  })

  it('makes a whole new connection when the renewal does not take', () => {
    const call = inCall()
    call.see({ state: 'failed' })
    call.lineUp()
    const acts = call.pass(RENEW)
    assert.equal(acts.at(-1), 'make')
    assert.equal(call.stage(), 'making')
  })

  it('makes a whole new connection at once where the old one is closed', () => {
    const call = inCall()
    call.see({ state: 'closed' })
    assert.equal(call.lineUp(), 'make')
  })

  it('begins again with the renewal when the socket goes meanwhile', () => {
    const call = inCall()
    call.see({ state: 'failed' })
    call.lineUp()
    call.see({ line: false })
    call.pass(60_000)
    assert.equal(call.lineUp(), 'renew')
  })

  it('looks for the other now and then while the server does not see them', () => {
    const call = inCall({ otherHere: false })
    call.see({ state: 'failed' })
    call.lineUp()
    const acts = call.pass(300_000)
    assert.ok(acts.length >= 300_000 / MAKE / 2 && acts.length <= 300_000 / MAKE + 5, String(acts.length))
    assert.equal(acts.at(-1), 'hello')
  })

  it('goes on by itself when the other is back', () => {
    const call = inCall({ otherHere: false })
    call.see({ state: 'failed' })
    call.lineUp()
    call.pass(60_000)
    call.see({ otherHere: true })
    assert.ok(call.pass(MAKE).some((act) => act === 'make' || act === 'renew'))
  })

  it('is well again as soon as something comes', () => {
    const call = inCall()
    call.see({ silent: SILENT })
    call.lineUp()
    call.see({ silent: 0 })
    assert.equal(call.stage(), 'well')
    assert.deepEqual(call.pass(60_000), [])
  })

  it('never gives up', () => {
    const call = inCall({ relays: true })
    call.see({ state: 'failed' })
    call.lineUp()
    call.pass(3_600_000)
    assert.ok(call.pass(60_000).length > 3)
  })
})

it('is over when nobody wants it any more', () => {
  const call = inCall()
  call.see({ wanted: false, state: 'closed' })
  assert.equal(call.stage(), 'off')
  assert.deepEqual(call.pass(60_000), [])
})
