/**
 * An App without a process: text is collected, the cluster is a JSON object `state`, the registry has one runbook that sets a value in
 * it. Everything between argv and exit code is the real thing: parser, flow, engine, journal on disk.
 */
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { acceptance } from '../../lib/cli/accept.ts'
import type { App, Hooks, World } from '../../lib/cli/app.ts'
import type { Ask } from '../../lib/cli/ask.ts'
import { errorText } from '../../lib/cli/print-error.ts'
import { runProgram } from '../../lib/cli/program.ts'
import type { Registry } from '../../lib/cli/registry.ts'
import { type Ctx, defineCheck, defineRunbook, defineTask, fail, pass, preflight, unknown, verify, warn } from '../../lib/define.ts'
import type { Site } from '../../lib/inventory/site.ts'
import { asError, OvngwError } from '../../lib/kernel/errors.ts'
import type { Kube } from '../../lib/kube/port.ts'
import { nothingAsked } from '../../lib/proc/asked.ts'

export interface Cluster {
  value: string | null
  writes: number
  /** What the check `healthy` answers. */
  health: 'pass' | 'warn' | 'fail' | 'unknown'
  /** `set-value` fails after it has written. */
  trips: boolean
  /** Undo does nothing. */
  sticky: boolean
  /** Locks held now, and taken so far. */
  leased: number
  leases: number
}

function registryOf(cluster: Cluster): Registry {
  const healthy = defineCheck({
    id: 'healthy',
    group: 'config',
    title: 'the cluster is healthy',
    level: 'fatal',
    reads: 'nothing',
    why: 'w',
    mend: 'm',
    run: async (ctx: Ctx) => {
      ctx.note('card', 'keep me')
      return { pass, warn, fail, unknown }[cluster.health]('seen', { object: 'gw-1', hint: 'ovngw mend' })
    },
  })
  const isAsBefore = defineCheck({
    id: 'as-before',
    group: 'config',
    title: 'the value is as before',
    level: 'fatal',
    reads: 'value',
    why: 'w',
    mend: 'm',
    run: async (_ctx, { before }: { before: string | null }) => (cluster.value === before ? pass('same') : fail(`it is ${cluster.value}`)),
  })
  const set = defineTask({
    name: 'set-value',
    summary: 'Set the value',
    effect: 'write',
    input: z.object({ to: z.string().describe('the new value') }),
    title: ({ to }) => `value ${to}`,
    before: async () => ({ value: cluster.value }),
    apply: async (_ctx, { to }) => {
      cluster.value = to
      cluster.writes++
      if (cluster.trips) throw new OvngwError('COMMAND', { what: 'the tool said no', hint: 'ovngw check' })
      return null
    },
    undo: async (_ctx, _input, { value }) => {
      if (!cluster.sticky) cluster.value = value
    },
    holds: async (_ctx, { to }) => cluster.value === to,
  })
  const assign = defineRunbook({
    name: 'assign',
    summary: 'Give one pod an external address and prove that it works both ways',
    args: z.object({
      pod: z
        .string()
        .regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'NAMESPACE/POD is wanted')
        .transform((t) => ({ namespace: t.split('/')[0] ?? '', name: t.split('/')[1] ?? '' }))
        .describe('the pod')
        .meta({ positional: true }),
      eip: z.ipv4().describe('external address'),
      dropRoutes: z.boolean().default(false).describe('also the routes'),
      protocol: z.enum(['tcp', 'udp']).default('tcp').describe('probe'),
    }),
    facts: async () => ({ value: cluster.value }),
    plan: ({ eip }, { value }) => ({
      steps: value === eip ? [verify({ checks: [healthy({})] })] : [preflight({ checks: [healthy({})] }), set({ to: eip }), verify({ checks: [] })],
      changes: value === eip ? [] : [{ object: 'value', action: value === null ? 'create' : 'update', diff: [`+${eip}`] }],
      effects: ['connections reset'],
    }),
    restored: (_args, { value }) => [isAsBefore({ before: value })],
  })
  const install = defineRunbook({ name: 'install', summary: 's', args: z.object({}), facts: async () => null, plan: () => [] })
  const apply = defineRunbook({ name: 'apply', summary: 's', args: z.object({}), facts: async () => null, plan: () => [] })
  return { runbooks: [install, assign, apply] as unknown as Registry['runbooks'], tasks: [set], checks: [healthy] as unknown as Registry['checks'] }
}

const worldOf = (cluster: Cluster, site: Site): World => ({
  site,
  kube: { where: { context: 'fake', server: 'https://127.0.0.1:1', user: 'me' } } as unknown as Kube,
  asked: nothingAsked(),
  accepted: acceptance(site.accept, new Date(0)),
  context: (signal: AbortSignal, hooks: Hooks) =>
    ({ signal, site, findings: { found: hooks.found, accepted: acceptance(site.accept, new Date(0)) }, note: hooks.note }) as Ctx,
  clusterUid: async () => 'uid-1',
  lease: async () => {
    cluster.leased++
    cluster.leases++
    return { signal: new AbortController().signal, release: async () => void cluster.leased-- }
  },
  dropLease: async () => undefined,
  close: async () => undefined,
})

export interface Bench {
  readonly cluster: Cluster
  readonly stateDir: string
  /** argv → what a shell sees; `answers` makes it a terminal whose person says these. */
  run(argv: readonly string[], answers?: readonly (boolean | string)[]): Promise<{ exit: number; out: string; err: string; asked: readonly string[] }>
  journals(): readonly string[]
}

export function bench(): Bench {
  const cluster: Cluster = { value: null, writes: 0, health: 'pass', trips: false, sticky: false, leased: 0, leases: 0 }
  const stateDir = mkdtempSync(join(tmpdir(), 'ovngw-cli-'))
  let second = 0
  return {
    cluster,
    stateDir,
    journals: () => {
      const folder = join(stateDir, 'uid-1')
      return readdirSync(stateDir).includes('uid-1') ? readdirSync(folder).filter((f) => f.endsWith('.jsonl')) : []
    },
    run: async (argv, answers) => {
      const [out, err, asked]: [string[], string[], string[]] = [[], [], []]
      const waiting = [...(answers ?? [])]
      const answer = (question: string): boolean | string => {
        asked.push(question)
        const given = waiting.shift()
        if (given === undefined) throw new Error(`nobody told what to say to: ${question}`)
        return given
      }
      const ask = {
        confirm: async (q: string) => answer(q) === true,
        input: async (q: string) => String(answer(q)),
        select: async (q: string) => answer(q),
      } as unknown as Ask
      const app: App = {
        out: { write: (t) => void out.push(t), columns: undefined, color: false },
        err: { write: (t) => void err.push(t), columns: undefined, color: false },
        interactive: answers !== undefined,
        env: { XDG_STATE_HOME: '/nowhere' },
        cwd: stateDir,
        now: () => new Date(Date.UTC(2026, 10, 22, 10, 0, second++)),
        registry: async () => registryOf(cluster),
        world: async (site) => worldOf(cluster, site),
        ask: async () => ask,
      }
      const exit = await runProgram([...argv, '--state-dir', stateDir], app).catch((thrown: unknown) => {
        const error = asError(thrown)
        err.push(errorText(error, false))
        return error.exit
      })
      return { exit, out: out.join(''), err: err.join(''), asked }
    },
  }
}
