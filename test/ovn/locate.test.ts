import { describe, expect, it } from 'vitest'
import { type ErrorCode, OvngwError } from '../../lib/kernel/errors.ts'
import { nbRunner, ovsRunner, sbRunner } from '../../lib/kube/locate.ts'
import type { ExecTarget, Kube, KubeObject, ListOptions } from '../../lib/kube/port.ts'
import { localTransport } from '../../lib/ovn/local.ts'
import { type Command, type Output, type Runner, read, write } from '../../lib/proc/command.ts'

const READ = read('ovn-nbctl', 'list', 'NAT')
const WRITE = write('ovn-nbctl', 'lr-nat-del', 'ovn-cluster')
const FAST = { deadlineMs: 2_000, retryMs: 1 }
const SHORT = { deadlineMs: 20, retryMs: 1 }
const ok: Output = { stdout: 'yes', stderr: '', code: 0 }
const fault = (code: ErrorCode) => new OvngwError(code, { what: `it was ${code}` })
const notLeader: Output = { stdout: '', stderr: '2026|WARN|clustered database server is not cluster leader; trying another server\n', code: 142 }
/** ovn-nbctl 23.03 and its one server, a unix socket, that follows another. */
const follows: Output = { stdout: '', stderr: 'ovn-nbctl: unix:/var/run/ovn/ovnnb_db.sock: database connection failed ()\n', code: 1 }

const pod = (name: string, rest: { readonly phase?: string; readonly deleting?: boolean } = {}): KubeObject => ({
  metadata: { name, namespace: 'kube-system', ...(rest.deleting ? { deletionTimestamp: '2026-11-22T10:00:00Z' } : {}) },
  status: { phase: rest.phase ?? 'Running' },
})

interface World {
  /** What each list answers, in order; the last one stays. */
  readonly lists: readonly (readonly KubeObject[] | OvngwError)[]
  /** What each run answers, in order; the last one stays. */
  readonly runs: readonly (Output | OvngwError)[]
}

/** A Kube that only lists pods and execs; any other use is an error. */
function world({ lists, runs }: World) {
  const asked: ListOptions[] = []
  const ran: string[] = []
  const targets: ExecTarget[] = []
  const step = <T>(answers: readonly (T | OvngwError)[], n: number): Promise<T> => {
    const answer = answers[Math.min(n, answers.length - 1)]
    return answer instanceof OvngwError ? Promise.reject(answer) : Promise.resolve(answer as T)
  }
  const kube = {
    list: async (_resource: unknown, options: ListOptions = {}) => {
      asked.push(options)
      return { items: await step(lists, asked.length - 1), resourceVersion: '1' }
    },
    exec: (target: ExecTarget): Runner => {
      targets.push(target)
      return {
        where: `pod ${target.pod}`,
        run: async (command: Command) => {
          ran.push(`${target.pod}: ${command.bin}`)
          return step(runs, ran.length - 1)
        },
      }
    },
  }
  return { kube: kube as unknown as Kube, asked, ran, targets }
}

describe('where the tools are', () => {
  it.each([
    ['NB', nbRunner, { labelSelector: 'ovn-nb-leader=true', namespace: 'kube-system' }, 'ovn-central'],
    ['SB', sbRunner, { labelSelector: 'ovn-sb-leader=true', namespace: 'kube-system' }, 'ovn-central'],
  ] as const)('%s: the leader by label, looked for once', async (_, make, select, container) => {
    const w = world({ lists: [[pod('ovn-central-0')]], runs: [ok] })
    const runner = make(w.kube, 'kube-system', FAST)
    expect([await runner.run(READ), await runner.run(READ)]).toEqual([ok, ok])
    expect(w.asked).toMatchObject([select])
    expect(w.targets).toEqual([{ namespace: 'kube-system', pod: 'ovn-central-0', container }])
    expect(runner.where).toContain('ovn-central-0')
  })

  it('commands at the same time share one search; one whose search was cut short is no matter to the other', async () => {
    const w = world({ lists: [[pod('a')]], runs: [ok] })
    const runner = nbRunner(w.kube, 'kube-system', FAST)
    expect(await Promise.all([runner.run(READ), runner.run(READ), runner.run(READ)])).toEqual([ok, ok, ok])
    expect([w.asked.length, w.ran.length]).toEqual([1, 3])
    const cut = world({ lists: [fault('CANCELLED'), [pod('a')]], runs: [ok] })
    const other = nbRunner(cut.kube, 'kube-system', FAST)
    expect(await Promise.allSettled([other.run(READ), other.run(READ)])).toMatchObject([{ reason: { code: 'CANCELLED' } }, { value: ok }])
  })

  it("a node's OVS pod by label and node, in any namespace", async () => {
    const w = world({ lists: [[pod('ovs-ovn-x')]], runs: [ok] })
    await ovsRunner(w.kube, 'kube-ovn', 'gw-1', FAST).run(read('ovs-vsctl', 'show'))
    expect(w.asked).toMatchObject([{ namespace: 'kube-ovn', labelSelector: 'app=ovs', fieldSelector: 'spec.nodeName=gw-1' }])
    expect(w.targets[0]?.container).toBe('openvswitch')
  })

  it.each([
    ['zero leaders', []],
    ['two leaders', [pod('a'), pod('b')]],
    ['a leader that is going', [pod('a', { deleting: true })]],
    ['a leader that is not running', [pod('a', { phase: 'Pending' })]],
  ])('%s is normal for seconds, for a write too: nothing was sent', async (_, first) => {
    for (const command of [READ, WRITE]) {
      const w = world({ lists: [first, first, [pod('b')]], runs: [ok] })
      expect(await nbRunner(w.kube, 'kube-system', FAST).run(command)).toBe(ok)
      expect([w.asked.length, w.ran]).toEqual([3, ['b: ovn-nbctl']])
    }
  })

  it.each([
    ['NOT_FOUND', []],
    ['AMBIGUOUS', [pod('a'), pod('b')]],
  ])('and %s when it does not end', async (code, list) => {
    await expect(nbRunner(world({ lists: [list], runs: [ok] }).kube, 'kube-system', SHORT).run(READ)).rejects.toMatchObject({ code })
  })

  it.each([
    ['the connection is lost', fault('UNREACHABLE')],
    ['the answer is lost', fault('NOT_RUN')],
    ['it takes too long', fault('TIMED_OUT')],
    ['the pod is gone', fault('NOT_FOUND')],
    ['it leads no more', notLeader],
    ['it follows', follows],
  ])('a read is tried again at the new leader when %s', async (_, first) => {
    const w = world({ lists: [[pod('a')], [pod('b')]], runs: [first, ok] })
    expect(await nbRunner(w.kube, 'kube-system', FAST).run(READ)).toBe(ok)
    expect(w.ran).toEqual(['a: ovn-nbctl', 'b: ovn-nbctl'])
  })

  it.each([
    ['UNREACHABLE', fault('UNREACHABLE')],
    ['NOT_RUN', fault('NOT_RUN')],
    ['TIMED_OUT', fault('TIMED_OUT')],
    ['not the leader', notLeader],
    ['a follower', follows],
  ])('a write goes out once: %s is NOT_RUN, and the next write looks anew', async (_, first) => {
    const w = world({ lists: [[pod('a')], [pod('b')]], runs: [first, ok] })
    const runner = nbRunner(w.kube, 'kube-system', FAST)
    await expect(runner.run(WRITE)).rejects.toMatchObject({ code: 'NOT_RUN', why: expect.stringContaining('lr-nat-del') })
    expect(w.ran).toEqual(['a: ovn-nbctl'])
    expect(await runner.run(WRITE)).toBe(ok)
    expect(w.ran).toEqual(['a: ovn-nbctl', 'b: ovn-nbctl'])
  })

  it('a write to a pod that is gone never ran: it goes to the next', async () => {
    const w = world({ lists: [[pod('a')], [pod('b')]], runs: [fault('NOT_FOUND'), ok] })
    expect(await nbRunner(w.kube, 'kube-system', FAST).run(WRITE)).toBe(ok)
  })

  it.each(['FORBIDDEN', 'UNAUTHORIZED', 'PARSE', 'CANCELLED'] as const)('%s is an answer: no retry', async (code) => {
    const w = world({ lists: [[pod('a')]], runs: [fault(code)] })
    await expect(nbRunner(w.kube, 'kube-system', FAST).run(READ)).rejects.toMatchObject({ code })
    expect(w.ran).toHaveLength(1)
    await expect(nbRunner(world({ lists: [fault(code)], runs: [ok] }).kube, 'kube-system', FAST).run(READ)).rejects.toMatchObject({ code })
  })

  it('a tool that says no is an answer too', async () => {
    const no: Output = { stdout: '', stderr: 'ovn-nbctl: no row "x"', code: 1 }
    expect(await nbRunner(world({ lists: [[pod('a')]], runs: [no] }).kube, 'kube-system', FAST).run(READ)).toBe(no)
  })

  it('a tool that cannot be started is not tried for ever', async () => {
    const w = world({ lists: [[pod('a')]], runs: [fault('NOT_RUN')] })
    await expect(nbRunner(w.kube, 'kube-system', FAST).run(READ)).rejects.toMatchObject({ code: 'NOT_RUN' })
    expect(w.ran).toHaveLength(3)
  })

  it('stops at once when cancelled between two looks', async () => {
    const stop = new AbortController()
    const waiting = nbRunner(world({ lists: [[]], runs: [ok] }).kube, 'kube-system', { deadlineMs: 60_000, retryMs: 60_000 }).run(READ, { signal: stop.signal })
    stop.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})

describe('localTransport', () => {
  const seen: Command[] = []
  const local: Runner = {
    where: 'this machine',
    run: async (command) => {
      seen.push(command)
      return ok
    },
  }
  it('puts --db before the commands of its tool, and leaves the rest to OVN_RUNDIR', async () => {
    const runner = localTransport(local, { nb: 'unix:/run/nb.sock' })
    for (const command of [READ, read('ovn-sbctl', 'show'), read('ip', '-j', 'link')]) await runner.run(command)
    expect(seen.map((c) => c.args)).toEqual([['--db=unix:/run/nb.sock', 'list', 'NAT'], ['show'], ['-j', 'link']])
  })
})
