/** Clusters to be drawn: a recording with more pods, nodes or worse names than anybody recorded, and an App that looks at it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { App, World } from '../../lib/cli/app.ts'
import { pictureOf } from '../../lib/cli/cmd/topology.ts'
import { runProgram } from '../../lib/cli/program.ts'
import type { Registry } from '../../lib/cli/registry.ts'
import type { Site } from '../../lib/inventory/site.ts'
import { runChecks } from '../../lib/kernel/checks.ts'
import { asError } from '../../lib/kernel/errors.ts'
import { FIELD_MANAGER, type KubeObject } from '../../lib/kube/port.ts'
import { parseIpv4 } from '../../lib/net/ip.ts'
import type { Topology } from '../../lib/topology/model.ts'
import { checks, runbooks, tasks } from '../../tasks/index.ts'
import { insideOf, outsideOf, podObject } from '../bench/synthetic.ts'
import { contextOf, kubeOf, type Recording, recording } from '../tasks/checks/recorded-look.ts'

type Table = Recording['nb'][string]

const cellOf = (table: Table, row: unknown[], column: string): unknown => row[table.headings.indexOf(column)]

/** A copy of the first row that fits, with other cells. */
function addRow(table: Table | undefined, like: Record<string, unknown>, cells: Record<string, unknown>): unknown {
  const model = table?.data.find((row) => Object.entries(like).every(([k, v]) => cellOf(table, row, k) === v))
  if (table === undefined || model === undefined) throw new Error('the recording has no such row')
  const uuid = ['uuid', `10000000-0000-4000-8000-${table.data.length.toString().padStart(12, '0')}`]
  const changed: Record<string, unknown> = { ...cells, _uuid: uuid }
  table.data.push(table.headings.map((h, i) => changed[h] ?? model[i]))
  return uuid
}

/** Puts rows into a set column of the cluster router. */
function refer(made: Recording, column: string, uuids: readonly unknown[]): void {
  const table = made.nb['Logical_Router']
  const row = table?.data.find((r) => cellOf(table, r, 'name') === 'ovn-cluster')
  if (table === undefined || row === undefined) throw new Error('the recording has no cluster router')
  const at = table.headings.indexOf(column)
  const now = row[at] as [string, unknown]
  row[at] = ['set', [...(now[0] === 'set' ? (now[1] as unknown[]) : [now]), ...uuids]]
}

/** The recording without what its own time was wrong with: patch ports of a userspace datapath (R11). */
export function sound(scene = 's27'): Recording {
  const made = recording(scene)
  for (const { ovs } of Object.values(made.hosts)) {
    const table = ovs['Interface']
    const at = table?.headings.indexOf('error') ?? -1
    for (const row of table?.data ?? []) row[at] = ['set', []]
  }
  return made
}

/** As if ovngw had given the address: in the inventory, and its mark at the annotation. */
function own(made: Recording, pod: KubeObject | undefined, eip: string): void {
  if (pod === undefined) return
  const { namespace = '', name } = pod.metadata
  Object.assign(pod.metadata, {
    managedFields: [{ manager: FIELD_MANAGER, fieldsV1: { 'f:metadata': { 'f:annotations': { 'f:ovn.kubernetes.io/eip': {} } } } }],
  })
  made.site = { ...made.site, assignments: [...made.site.assignments, { target: { pod: { namespace, name } }, eip: parseIpv4(eip) }] }
}

/** Two runs in the journals of the recorded cluster: one done, one that broke and said a secret. */
export function journaled(stateDir: string): void {
  const folder = join(stateDir, 'uid-1')
  mkdirSync(folder, { recursive: true })
  const process = { pid: 1, by: 'ada@desk', version: '0.1.0' }
  const write = (run: string, runbook: string, steps: readonly (readonly [id: string, seconds: number])[], end: object): void => {
    const day = Date.parse(`${run.slice(0, 10)}T10:00:00Z`)
    let ms = day
    const at = (seconds: number): string => {
      ms += seconds * 1000
      return new Date(ms).toISOString()
    }
    const header = { run, runbook, source: `runbook:${runbook}`, args: {}, site: {}, cluster: 'uid-1', context: 'lab', server: 'https://10.250.0.1:6443' }
    const records = [
      { at: at(0), t: 'start', v: 1, process, ...header },
      ...steps.flatMap(([id, seconds]) => [
        { at: at(0), t: 'begin', id },
        { at: at(seconds), t: 'value', id, value: null },
      ]),
      { at: at(0.1), t: 'end', left: [], ...end },
    ]
    writeFileSync(join(folder, `${run}.jsonl`), records.map((r) => `${JSON.stringify(r)}\n`).join(''))
  }
  const error = { code: 'COMMAND', what: 'password=hunter2 was refused' }
  write('2026-11-20T10-00-00-apply', 'apply', [['apply:annotate', 1]], { ending: 'restored', exit: 4, error })
  const steps = [
    ['preflight', 0.8],
    ['apply:write-config', 0.2],
    ['apply:label', 2.5],
    ['verify', 1.1],
  ] as const
  write('2026-11-22T10-00-00-install', 'install', steps, { ending: 'done', exit: 0 })
}

export interface Crowd {
  readonly pods: number
  readonly nodes?: readonly string[]
  readonly namespaces?: readonly string[]
}

/** Adds pods, every third with an EIP and its NAT row and policy, as Kube-OVN would make them. */
export function crowd(made: Recording, { pods, nodes = ['node1', 'node2'], namespaces = ['shop', 'batch'] }: Crowd): Recording {
  const [nats, policies]: [unknown[], unknown[]] = [[], []]
  for (let i = 0; i < pods; i++) {
    const inside = insideOf(i)
    const eip = i % 3 === 0 ? outsideOf(i) : undefined
    made.pods.push(podObject({ namespace: namespaces[i % namespaces.length] ?? '', i, node: nodes[i % nodes.length] ?? '', eip }))
    if (eip === undefined) continue
    own(made, made.pods.at(-1), eip)
    nats.push(addRow(made.nb['NAT'], { type: 'dnat_and_snat' }, { external_ip: eip, logical_ip: inside }))
    policies.push(addRow(made.nb['Logical_Router_Policy'], { priority: 29250 }, { match: `ip4.src == ${inside}` }))
  }
  refer(made, 'nat', nats)
  refer(made, 'policies', policies)
  return made
}

/** The picture of a recording, with what the checks found. */
export async function drawn(made: Recording): Promise<Topology> {
  const ctx = contextOf(made)
  const findings = await runChecks(
    asked.map((c) => c({})),
    ctx,
    () => undefined,
  )
  return pictureOf(
    ctx.look(),
    findings,
    asked.map((c) => c.check),
  )
}

/** Checks that read tables: the recording has no packets to send and no rights to ask for. */
const asked = checks.filter(({ check: { group, id } }) => ['node', 'config', 'gateway', 'pod'].includes(group) && id !== 'nic-foreign-mac')
const registry: Registry = { runbooks, tasks, checks: asked } as unknown as Registry

export interface Screen {
  readonly columns?: number
  readonly color?: boolean
  readonly dir: string
}

/** Types a command at a recorded cluster. */
export async function typed(made: Recording, argv: readonly string[], { columns, color = false, dir }: Screen) {
  const [out, err]: [string[], string[]] = [[], []]
  const world = (site: Site): World =>
    ({
      site: { ...made.site, name: site.name === 'none' ? made.site.name : site.name },
      kube: kubeOf(made),
      accepted: () => undefined,
      context: (_signal: AbortSignal, _hooks: unknown, moment: { ctx?: unknown } = {}) => {
        moment.ctx ??= contextOf(made)
        return moment.ctx
      },
      clusterUid: async () => 'uid-1',
      close: async () => undefined,
    }) as unknown as World
  const app = {
    out: { write: (t: string) => void out.push(t), columns, color },
    err: { write: (t: string) => void err.push(t), columns, color },
    interactive: false,
    env: {},
    cwd: dir,
    now: () => new Date(),
    registry: async () => registry,
    world: async (site: Site) => world(site),
    ask: async () => {
      throw new Error('nobody is asked')
    },
  } satisfies App
  const exit = await runProgram([...argv, '--state-dir', `${dir}/state`], app).catch((thrown: unknown) => {
    const error = asError(thrown)
    err.push(`${error.code} ${error.message}`)
    return error.exit
  })
  return { exit, out: out.join(''), err: err.join('') }
}
