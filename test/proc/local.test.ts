import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OvngwError } from '../../lib/kernel/errors.ts'
import { read, write } from '../../lib/proc/command.ts'
import { localRunner } from '../../lib/proc/local.ts'
import { HOSTILE } from './hostile.ts'

const here = localRunner()
/** Prints its arguments as JSON: a real tool that tells exactly what reached it. */
const echoArgs = (...args: string[]) => read(process.execPath, '-e', 'process.stdout.write(JSON.stringify(process.argv.slice(1)))', '--', ...args)

let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ovngw-local-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

describe('arguments', () => {
  test('hostile values reach the tool as exactly one argument each', async () => {
    const { stdout, code } = await here.run(echoArgs(...HOSTILE))
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual(HOSTILE)
  })

  test('a prefix goes in front, the rest stays as it is', async () => {
    const inside = localRunner({ prefix: ['env', 'MARK=1'], where: 'env' })
    expect((await inside.run(read('sh', '-c', 'printf %s "$MARK"'))).stdout).toBe('1')
    expect(JSON.parse((await inside.run(echoArgs(...HOSTILE))).stdout)).toEqual(HOSTILE)
  })

  test('a NUL byte is refused before anything starts', async () => {
    await expect(here.run(read('true', 'a\0b'))).rejects.toMatchObject({ code: 'NOT_RUN' })
  })
})

describe('answers', () => {
  test('stdout and stderr are apart, bytes and exit code are exact', async () => {
    const output = await here.run(read('sh', '-c', 'printf "no newline ä"; printf "two\\n\\n" >&2; exit 7'))
    expect(output).toEqual({ stdout: 'no newline ä', stderr: 'two\n\n', code: 7 })
  })

  test('stdin arrives whole and ends; without it the tool sees an empty input at once', async () => {
    const text = 'line\n'.repeat(100_000)
    expect((await here.run(read('cat'), { stdin: text })).stdout === text).toBe(true)
    expect((await here.run(read('cat'), { stdin: '' })).stdout).toBe('')
    expect((await here.run(read('cat'))).stdout).toBe('')
  })

  test('a tool that does not read its input is no error', async () => {
    expect((await here.run(read('true'), { stdin: 'x'.repeat(1_000_000) })).code).toBe(0)
  })

  test('env is added to ours, and messages are in one language', async () => {
    const runner = localRunner({ env: { OVNGW_TEST: 'a b' } })
    expect((await runner.run(read('sh', '-c', 'printf "%s|%s|%s" "$OVNGW_TEST" "$LC_ALL" "$HOME"'))).stdout).toBe(`a b|C.UTF-8|${process.env['HOME'] ?? ''}`)
  })

  test('more output than allowed is an error, and what prints it is gone', async () => {
    await expect(here.run(read('yes'), { maxBytes: 1_000_000 })).rejects.toMatchObject({ code: 'PARSE', message: expect.stringContaining('1000000 bytes') })
    expect((await here.run(read('head', '-c', '1000000', '/dev/zero'), { maxBytes: 1_000_000 })).stdout).toHaveLength(1_000_000)
  })

  test('a multi-byte character cut by a pipe boundary survives', async () => {
    const { stdout } = await here.run(read(process.execPath, '-e', "process.stdout.write('€'.repeat(200001))"))
    expect(stdout === '€'.repeat(200_001)).toBe(true)
  })
})

describe('ends', () => {
  test('a missing tool is NOT_RUN and says how to install it', async () => {
    await expect(localRunner({ env: { PATH: dir } }).run(read('ovn-nbctl', 'show'))).rejects.toMatchObject({
      code: 'NOT_RUN',
      what: 'cannot run ovn-nbctl on this machine',
      hint: 'install it: apt-get install ovn-common',
    })
    await expect(here.run(read('no-such-tool-here'))).rejects.toMatchObject({ code: 'NOT_RUN', hint: expect.stringContaining('command -v no-such-tool-here') })
  })

  test('a timeout kills the tool and its children', async () => {
    const pids = join(dir, 'timeout')
    const script = `sh -c 'trap "" TERM; echo $$ >>"$1"; while :; do sleep 100; done' sh "$1" & echo $$ >>"$1"; wait`
    const run = here.run(write('sh', '-c', `trap "" TERM; ${script}`, 'sh', pids), { timeoutMs: 500 })
    await expect(run).rejects.toMatchObject({ code: 'TIMED_OUT', what: expect.stringContaining('did not end in 0.5 s') })
    const started = (await readFile(pids, 'utf8')).trim().split('\n').map(Number)
    expect(started).toHaveLength(2)
    await expect.poll(() => started.filter(isRunning)).toEqual([])
  })

  test('a child that left the group and holds the pipes does not hold us', async () => {
    const run = here.run(read('setsid', '--fork', 'sleep', '3'), { timeoutMs: 200 })
    await expect(run).rejects.toMatchObject({ code: 'TIMED_OUT' })
  })

  test('cancelling kills it; our own reason is what is thrown', async () => {
    const stop = new AbortController()
    const run = here.run(read('sleep', '100'), { signal: stop.signal })
    stop.abort()
    await expect(run).rejects.toMatchObject({ code: 'CANCELLED' })
    const reason = new OvngwError('TIMED_OUT', { what: 'the step took too long' })
    await expect(here.run(read('true'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  test('a tool that was killed by somebody else is NOT_RUN: what it did is not known', async () => {
    await expect(here.run(write('sh', '-c', 'kill -9 $$'))).rejects.toMatchObject({ code: 'NOT_RUN', message: expect.stringContaining('SIGKILL') })
  })
})

describe('in a network namespace', () => {
  const outside = localRunner({ prefix: ['ip', 'netns', 'exec', 'ovngw-none'], where: 'namespace ovngw-none' })

  test('a namespace that is not there is NOT_RUN, not an exit code', async () => {
    await expect(outside.run(read('true'))).rejects.toMatchObject({
      code: 'NOT_RUN',
      what: 'cannot enter network namespace ovngw-none',
      hint: 'see: ip netns list',
    })
  })

  test.skipIf(process.getuid?.() !== 0)('a tool missing inside is NOT_RUN (needs root to make a namespace)', async () => {
    const name = `ovngw-test-${process.pid}`
    await here.run(write('ip', 'netns', 'add', name))
    try {
      const inside = localRunner({ prefix: ['ip', 'netns', 'exec', name], where: `namespace ${name}` })
      await expect(inside.run(read('no-such-tool'))).rejects.toMatchObject({ code: 'NOT_RUN', what: `cannot run no-such-tool in namespace ${name}` })
      expect((await inside.run(read('ip', '-o', 'link'))).stdout).toMatch(/^1: lo:/)
    } finally {
      await here.run(write('ip', 'netns', 'del', name))
    }
  })
})

/** Not gone and not a zombie (whose parent is somebody else's to reap). */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
