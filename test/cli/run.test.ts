import { describe, expect, test } from 'vitest'
import { bench } from './app.ts'

const ASSIGN = ['assign', 'shop/web-0', '--eip', '172.56.0.233']

describe('a run from argv to exit code', () => {
  test('with --yes it writes, journals, and says how to undo it', async () => {
    const b = bench()
    const { exit, out, err } = await b.run([...ASSIGN, '--yes'])
    expect({ exit, err, value: b.cluster.value }).toEqual({ exit: 0, err: '', value: '172.56.0.233' })
    expect({ held: b.cluster.leased, taken: b.cluster.leases }).toEqual({ held: 0, taken: 1 })
    const [journal] = b.journals()
    expect(journal).toMatch(/-assign\.jsonl$/)
    expect(out).toContain(`undo with: ovngw rollback ${journal?.replace('.jsonl', '')}`)
  })

  test('a second one in the same second has a journal of its own', async () => {
    const b = bench()
    for (const eip of ['172.56.0.233', '172.56.0.234']) expect(await b.run(['assign', 'shop/web-0', '--eip', eip, '--yes'])).toMatchObject({ exit: 0, err: '' })
    expect(b.journals().length).toBe(2)
  })

  test('with nothing to do it writes nothing, asks nothing and leaves no journal', async () => {
    const b = bench()
    b.cluster.value = '172.56.0.233'
    const { exit, out, asked } = await b.run(ASSIGN, [])
    expect({ exit, asked, writes: b.cluster.writes, journals: b.journals() }).toEqual({ exit: 0, asked: [], writes: 0, journals: [] })
    expect(b.cluster.leases).toBe(0)
    expect(out).toMatch(/nothing to do\n$/)
  })

  test('without a terminal it does not ask: the error names --yes, nothing is changed', async () => {
    const b = bench()
    const { exit, err } = await b.run(ASSIGN)
    expect({ exit, value: b.cluster.value, journals: b.journals() }).toEqual({ exit: 2, value: null, journals: [] })
    expect(err).toContain('--yes')
  })

  test('at a terminal the plan comes before the question; no is exit 0 and changes nothing', async () => {
    const b = bench()
    const { exit, out, asked } = await b.run(ASSIGN, [false])
    expect({ exit, asked, value: b.cluster.value, journals: b.journals() }).toEqual({ exit: 0, asked: ['proceed?'], value: null, journals: [] })
    expect(out).toContain('effect: connections reset')
    expect((await b.run(ASSIGN, [true])).exit).toBe(0)
    expect(b.cluster.value).toBe('172.56.0.233')
  })

  test('--dry-run shows the plan and stops with 0; plan stops with 7, and with 0 when there is nothing to do', async () => {
    const b = bench()
    expect((await b.run([...ASSIGN, '--dry-run', '--yes'])).exit).toBe(0)
    expect((await b.run(['plan', ...ASSIGN])).exit).toBe(7)
    expect({ value: b.cluster.value, journals: b.journals() }).toEqual({ value: null, journals: [] })
    b.cluster.value = '172.56.0.233'
    expect((await b.run(['plan', ...ASSIGN])).exit).toBe(0)
    expect((await b.run(['plan'])).exit).toBe(0)
  })

  test('a failed check stops it before anything is touched, one accepted by name does not', async () => {
    const b = bench()
    b.cluster.health = 'fail'
    const { exit, out, err } = await b.run([...ASSIGN, '--yes'])
    expect({ exit, value: b.cluster.value, journals: b.journals() }).toEqual({ exit: 3, value: null, journals: [] })
    expect(out).toContain('preflight: FAIL healthy gw-1: seen -> ovngw mend')
    expect(err).toBe('error: 1 check failed\nwhy:   healthy (gw-1)\nnext:  ovngw mend\n')
    expect((await b.run([...ASSIGN, '--yes', '--accept', 'healthy'])).exit).toBe(0)
  })

  test('a step that fails is undone: exit 4, the value is back', async () => {
    const b = bench()
    b.cluster.trips = true
    const { exit, err } = await b.run([...ASSIGN, '--yes'])
    expect({ exit, value: b.cluster.value, writes: b.cluster.writes }).toEqual({ exit: 4, value: null, writes: 1 })
    expect(err).toContain('error: the tool said no')
  })

  test('an undo that does not hold is exit 5, says what is left and where the journal is; a later rollback mends it', async () => {
    const b = bench()
    Object.assign(b.cluster, { trips: true, sticky: true })
    const { exit, out, err } = await b.run([...ASSIGN, '--yes'])
    expect(exit).toBe(5)
    expect(out).toContain('left: the value is as before: it is 172.56.0.233')
    expect(err).toContain(`${b.stateDir}/uid-1/${b.journals()[0]}`)
    expect((await b.run(['history'])).out).toContain('broken')
    b.cluster.sticky = false
    const again = await b.run(['rollback', 'last', '--yes'])
    expect({ exit: again.exit, value: b.cluster.value }).toEqual({ exit: 0, value: null })
  })

  test('rollback of a good run puts the value back, exit 0, and history knows both', async () => {
    const b = bench()
    await b.run([...ASSIGN, '--yes'])
    const { exit, out } = await b.run(['rollback', 'last', '--yes'])
    expect({ exit, value: b.cluster.value }).toEqual({ exit: 0, value: null })
    expect(out).toContain('rolled back and proved')
    expect((await b.run(['history'])).out).toContain('restored')
  })

  test('a run that ended is not resumed, and says so', async () => {
    const b = bench()
    await b.run([...ASSIGN, '--yes'])
    const { exit, err } = await b.run(['resume', 'last'])
    expect(exit).toBe(2)
    expect(err).toMatch(/nothing to resume[\s\S]*it ended done[\s\S]*ovngw rollback/)
  })

  test('show names arguments, notes and steps; the note is a file beside the journal', async () => {
    const b = bench()
    await b.run([...ASSIGN, '--yes'])
    const { out } = await b.run(['show', 'last'])
    expect(out).toMatch(/arguments +\{"pod":"shop\/web-0","eip":"172.56.0.233"\}/)
    expect(out).toMatch(/note +card: .*preflight\.txt/)
    expect(out).toMatch(/✔ +apply +set-value/)
  })

  test('-o json is one object a line from start to end', async () => {
    const b = bench()
    const { out } = await b.run([...ASSIGN, '--yes', '-o', 'json'])
    const events = out
      .trimEnd()
      .split('\n')
      .map((l) => JSON.parse(l) as { v: number; ev: string; exit?: number })
    expect(events.every((e) => e.v === 1)).toBe(true)
    expect([events[0]?.ev, events.at(-1)?.ev, events.at(-1)?.exit]).toEqual(['run-started', 'run-ended', 0])
  })

  test('a task runs as a runbook of one step and can be rolled back', async () => {
    const b = bench()
    expect((await b.run(['task', 'set-value', '--to', 'x', '--yes'])).exit).toBe(0)
    expect(b.cluster.value).toBe('x')
    expect((await b.run(['rollback', 'last', '--yes'])).exit).toBe(0)
    expect(b.cluster.value).toBe(null)
  })
})

describe('answers', () => {
  test('what is missing is asked at a terminal', async () => {
    const b = bench()
    const { exit, asked } = await b.run(['assign'], ['shop/web-0', '172.56.0.233', true])
    expect({ exit, asked }).toEqual({ exit: 0, asked: ['the pod', 'external address', 'proceed?'] })
  })

  const usage: readonly (readonly [argv: string, message: RegExp])[] = [
    ['assign', /POD and --eip are missing/],
    ['assign shop/web-0', /--eip is missing/],
    ['assign web-0 --eip 172.56.0.233', /POD web-0: NAMESPACE\/POD is wanted/],
    ['assign shop/web-0 --eip 172.56.0.256', /--eip 172\.56\.0\.256: Invalid IPv4/],
    ['assign shop/web-0 --eip 1.2.3.4 --protocol sctp', /protocol.*sctp.*tcp, udp/],
    ['assign shop/web-0 --eip 1.2.3.4 --drop-route', /--drop-route'[\s\S]*Did you mean --drop-routes/],
    ['assign shop/web-0 b --eip 1.2.3.4', /too many arguments/],
    ['asign shop/web-0', /unknown command 'asign'[\s\S]*assign/],
    ['check helthy', /no check "helthy"[\s\S]*did you mean healthy/],
    ['task set-valu', /set-valu/],
    ['show nothing', /there is no run nothing/],
    ['list --output xml', /--output xml/],
    ['list --timeout 5', /--timeout 5 is not a duration/],
    ['assign shop/web-0 --eip 1.2.3.4 --yes -o junit', /junit/],
    ['', /no command given/],
  ]
  test.each(usage)('ovngw %s is a usage error', async (argv, message) => {
    const { exit, out, err } = await bench().run(argv === '' ? [] : argv.split(' '))
    expect({ exit, out }).toEqual({ exit: 2, out: '' })
    expect(err).toMatch(message)
  })
})

describe('check', () => {
  test.each([
    ['pass', 0],
    ['warn', 0],
    ['fail', 3],
    ['unknown', 3],
  ] as const)('%s is exit %i', async (health, exit) => {
    const b = bench()
    b.cluster.health = health
    expect((await b.run(['check'])).exit).toBe(exit)
    expect((await b.run(['check', 'healthy', '-o', 'junit'])).exit).toBe(exit)
  })

  test('--wait ends as soon as it passes', async () => {
    const b = bench()
    b.cluster.health = 'fail'
    const waiting = b.run(['check', '--wait', '60s'])
    b.cluster.health = 'pass'
    expect((await waiting).exit).toBe(0)
  })

  test('list shows required flags, undo and levels', async () => {
    const { out } = await bench().run(['list'])
    expect(out).toMatch(/assign +POD --eip +Give one pod/)
    expect(out).toMatch(/set-value +can be undone/)
    expect(out).toMatch(/healthy +fatal/)
  })
})
