import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { acceptance } from '../../lib/cli/accept.ts'
import { globalsOf, parseDuration } from '../../lib/cli/globals.ts'
import { lazyJournal } from '../../lib/cli/lazy-journal.ts'
import { errorText } from '../../lib/cli/print-error.ts'
import { withFlags } from '../../lib/cli/site.ts'
import { sshCommand, sshRunner } from '../../lib/cli/vantage.ts'
import type { Site } from '../../lib/inventory/site.ts'
import { asError, OvngwError } from '../../lib/kernel/errors.ts'
import { read } from '../../lib/proc/command.ts'
import { fanOut, type Listener } from '../../lib/report/listener.ts'
import { outOf } from '../../lib/report/out.ts'
import { at, finding } from '../report/events.ts'

const code = async (action: () => unknown): Promise<string> => {
  try {
    await action()
    return 'no error'
  } catch (error) {
    return asError(error).code
  }
}

describe('ssh', () => {
  test('every argument reaches the far tool as one word, whatever is in it', () => {
    const argument = fc.string({ unit: 'binary', maxLength: 12 }).filter((s) => !s.includes('\0') && s.isWellFormed())
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 4 }), (args) => {
        const { args: ssh } = sshCommand('me@host', read('printf', '%s\\0', ...args, '$(id)', "a'b", '-n', '', '\n'))
        expect(ssh.slice(0, -1)).toEqual(['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '--', 'me@host'])
        // what sshd does with its last word
        const seen = execFileSync('sh', ['-c', ssh.at(-1) ?? ''], { encoding: 'utf8' })
          .split('\0')
          .slice(0, -1)
        expect(seen).toEqual([...args, '$(id)', "a'b", '-n', '', '\n'])
      }),
      { numRuns: 40 },
    )
  })

  test('255 is an answer that was lost, other codes are the tool’s', async () => {
    const answers = (exit: number): Parameters<typeof sshRunner>[1] => ({
      where: 'x',
      run: async () => ({ stdout: '', stderr: 'Permission denied', code: exit }),
    })
    expect(await code(() => sshRunner('h', answers(255)).run(read('true')))).toBe('UNREACHABLE')
    expect((await sshRunner('h', answers(1)).run(read('true'))).code).toBe(1)
  })
})

describe('accepted findings', () => {
  const found = finding('nic-mtu', { object: 'gw-1/eth1' })
  const listed = [{ check: 'nic-mtu', object: 'gw-1/eth1', reason: 'stays inside', until: '2026-11-22' }]
  const site: Site = { name: 'x', cluster: {}, pools: [], assignments: [], accept: [] }
  test.each([
    [['nic-mtu'], [], at(0), '--accept nic-mtu'],
    [['nic-mtu:gw-1/eth1'], [], at(0), '--accept nic-mtu:gw-1/eth1'],
    [['nic-mtu:gw-2/eth1'], [], at(0), undefined],
    [['nic-m'], [], at(0), undefined],
    [['all'], [], at(0), undefined],
    [[], listed, at(0), 'stays inside'],
    [[], listed, at(24 * 3_600_000), undefined],
  ])('flags %j, list %j at %s: %s', (flags, list, now, reason) => {
    const { accept } = withFlags({ ...site, accept: list }, { ...globalsOf({}), accept: flags })
    expect(acceptance(accept, now)(found)).toBe(reason)
  })
})

test.each([
  ['90s', 90_000],
  ['250ms', 250],
  ['1m30s', 90_000],
  ['2h', 7_200_000],
])('%s is %i ms', (text, ms) => expect(parseDuration(text, '--wait')).toBe(ms))

test.each(['', '5', '0s', '-5s', '5 s', '5d', 's', '1m 5s'])('"%s" is no duration', async (text) => {
  expect(await code(() => parseDuration(text, '--wait'))).toBe('USAGE')
})

describe('errors as printed', () => {
  test('what, why and next; no stack', () => {
    const error = new OvngwError('LOCKED', { what: 'another run holds the lock', why: 'run x of me@host', hint: 'ovngw history' })
    expect(errorText(error, false)).toBe('error: another run holds the lock\nwhy:   run x of me@host\nnext:  ovngw history\n')
  })
  test('a bug shows its stack and asks for a report', () => {
    expect(errorText(asError(new TypeError('x is not a function')), false)).toMatch(/^error: x is not a function\n[\s\S]*pieces\.test\.ts[\s\S]*report/)
  })
})

describe('output that fails', () => {
  test('a reader that went away does not end anything', () => {
    const out = outOf(
      {
        write: () => {
          throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
        },
      },
      false,
    )
    expect(() => out.write('x')).not.toThrow()
  })

  test('a listener that throws is left out, the others go on', async () => {
    const [seen, told]: [string[], unknown[]] = [[], []]
    const bad: Listener = {
      on: () => {
        throw new Error('screen')
      },
      settle: async () => undefined,
      close: async () => undefined,
    }
    const good: Listener = { on: (e) => void seen.push(e.ev), settle: async () => undefined, close: async () => undefined }
    const both = fanOut([bad, good], (e) => told.push(e))
    for (let i = 0; i < 3; i++) both.on({ ev: 'step-progress', step: 's', text: 't' }, at(i))
    await both.close()
    expect({ seen: seen.length, told: told.length }).toEqual({ seen: 3, told: 1 })
  })
})

describe('the lazy journal', () => {
  const header = { run: 'r1', runbook: 'install', source: 'runbook:install', args: {}, site: null, cluster: 'uid', context: 'c', server: 's' }
  const me = { pid: 1, by: 'me@host', version: '0' }

  test('nothing is on disk before keep; after it everything is, in order', async () => {
    const root = mkdtempSync(join(tmpdir(), 'ovngw-lazy-'))
    const journal = lazyJournal(root, header, me, () => at(0))
    await journal.append({ t: 'begin', id: 'facts' })
    await journal.append({ t: 'value', id: 'facts', value: 1 })
    await journal.note('preflight', 'card', 'text')
    expect(journal.state.kept.get('facts')).toEqual({ value: 1 })
    expect(() => readFileSync(journal.file)).toThrow(/ENOENT/)
    await journal.keep()
    await journal.append({ t: 'gate', id: 'confirm' })
    await journal.close()
    const records = readFileSync(journal.file, 'utf8').trimEnd().split('\n')
    expect(records.map((l) => (JSON.parse(l) as { t: string }).t)).toEqual(['start', 'begin', 'value', 'note', 'gate'])
    expect(journal.state.notes).toHaveLength(1)
  })

  test('a run of the same id is never written over', async () => {
    const root = mkdtempSync(join(tmpdir(), 'ovngw-lazy-'))
    const first = lazyJournal(root, header, me, () => at(0))
    await first.keep()
    await first.close()
    expect(await code(() => lazyJournal(root, header, me, () => at(0)).keep())).toBe('LOCKED')
  })
})

describe('a file of one’s own, in a real process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ovngw-mine-'))
  const MAIN = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url))
  const run = async (name: string, text: string | undefined, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
    if (text !== undefined) writeFileSync(join(folder, name), text)
    const argv = ['--import', fileURLToPath(import.meta.resolve('tsx')), MAIN, 'run', name, ...args]
    return promisify(execFile)(process.execPath, argv, { cwd: folder }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (e: { code: number; stdout: string; stderr: string }) => e,
    )
  }

  test('its flags come from its own schema', async () => {
    const {
      code: exit,
      stdout,
      stderr,
    } = await run(
      'mine.ts',
      `import { defineRunbook, z, type Json } from 'ovngw'
       const facts = async (): Promise<Json> => null
       export default defineRunbook({ name: 'mine', summary: 'My own', facts, plan: () => [],
         args: z.object({ howMany: z.number().describe('a number') }) })`,
      '--help',
    )
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    expect(stdout).toMatch(/My own[\s\S]*--how-many <number> +a number \(required\)/)
  })

  test('errors it makes are of this process’s own class', async () => {
    const text = `import { OvngwError } from 'ovngw'\nthrow new OvngwError('LOCKED', { what: 'mine', hint: 'wait' })`
    expect(await run('throws.ts', text)).toMatchObject({ code: 6, stdout: '', stderr: 'error: mine\nnext:  wait\n' })
  })

  test.each([
    ['none.ts', undefined, /there is no file/],
    ['syntax.ts', 'export default {', /cannot load/],
    ['other.ts', 'export default { name: "x" }', /is no runbook/],
  ])('%s is a usage error', async (name, text, message) => {
    const { code: exit, stderr } = await run(name, text)
    expect(exit).toBe(2)
    expect(stderr).toMatch(message)
  })
})

describe('signals, in a real process', () => {
  const script = `
    import { listenForInterrupts } from ${JSON.stringify(fileURLToPath(new URL('../../lib/cli/signals.ts', import.meta.url)))}
    const { signal } = listenForInterrupts()
    const alive = setInterval(() => undefined, 1000)
    signal.addEventListener('abort', () => { console.log(signal.reason.code); if (process.argv[2] === 'obey') { clearInterval(alive); process.exitCode = 4 } })
    console.log('ready')
  `
  const start = async (mode: string): Promise<{ kill(name: NodeJS.Signals): void; line(): Promise<string>; exit: Promise<number | null> }> => {
    const file = join(mkdtempSync(join(tmpdir(), 'ovngw-signal-')), 'child.mts')
    writeFileSync(file, script)
    const child = spawn(process.execPath, ['--import', fileURLToPath(import.meta.resolve('tsx')), file, mode], { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>
    const exit = new Promise<number | null>((resolve) => child.once('close', resolve))
    return { kill: (name) => child.kill(name), line: async () => String((await lines.next()).value).trim(), exit }
  }

  test('the first cancels and lets the work end', async () => {
    const child = await start('obey')
    expect(await child.line()).toBe('ready')
    child.kill('SIGTERM')
    expect(await child.line()).toBe('CANCELLED')
    expect(await child.exit).toBe(4)
  })

  test('the second leaves at once with 130', async () => {
    const child = await start('stubborn')
    expect(await child.line()).toBe('ready')
    child.kill('SIGINT')
    expect(await child.line()).toBe('CANCELLED')
    child.kill('SIGINT')
    expect(await child.exit).toBe(130)
  })
})
