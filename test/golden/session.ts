/**
 * A person at a terminal before a recorded cluster: what is typed and all that is shown, as one text. The program is the real one from
 * argv to exit code; the cluster is a recording of the real Kube-OVN, beside it the clock stands still and hosts outside answer.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { vi } from 'vitest'
import { acceptance } from '../../lib/cli/accept.ts'
import type { App, World } from '../../lib/cli/app.ts'
import { errorText } from '../../lib/cli/print-error.ts'
import { runProgram } from '../../lib/cli/program.ts'
import type { Ctx } from '../../lib/define.ts'
import { asError } from '../../lib/kernel/errors.ts'
import { ACCESS_REVIEW, type Kube, type Resource } from '../../lib/kube/port.ts'
import { nothingAsked } from '../../lib/proc/asked.ts'
import type { Command, Output, Runner } from '../../lib/proc/command.ts'
import { contextWithTools, registry } from '../diagnose/recorded.ts'
import type { Recording } from '../tasks/checks/recorded-look.ts'
import { journaled } from '../topology/scenes.ts'

const NOW = new Date('2026-11-22T10:00:00Z')
const HOP = '172.56.0.1'

export interface Terminal {
  readonly columns: number
  readonly color: boolean
}

export interface Scene {
  readonly made: Recording
  /** inventory/lab.yaml; without it there is no site. */
  readonly site?: object
  readonly lines: readonly string[]
  /** Default: 80 and 120. */
  readonly columns?: readonly number[]
}

const said = (stdout: string, code = 0): Output => ({ stdout, stderr: '', code })

const PONG = `1 packets transmitted, 1 received, 0% packet loss, time 0ms
rtt min/avg/max/mdev = 0.412/0.412/0.412/0.000 ms
`

/** Somebody outside who gets an answer to whatever is asked. */
const outside: Runner = {
  where: 'outside (ip netns exec lab-outside)',
  run: async ({ bin }: Command) => said(bin === 'ping' ? PONG : bin === 'ip' ? '[]' : ''),
}

/** A pod that asks who it was: the next hop answers with the address the recording gives it. */
const asking = (made: Recording, name: string): Runner => {
  const annotations = made.pods.find((p) => p.metadata.name === name)?.metadata.annotations ?? {}
  const as = annotations['ovn.kubernetes.io/eip'] ?? annotations['ovn.kubernetes.io/snat'] ?? ''
  return { where: `pod ${name}`, run: async ({ bin }: Command) => said(bin === 'ping' ? PONG : `${as} 40000`) }
}

const willing = (kube: Kube): Kube => {
  const willingly: Partial<Kube> = {
    create: async (resource: Resource) => {
      if (resource !== ACCESS_REVIEW) throw new Error(`nobody creates ${resource.plural} here`)
      return { metadata: { name: '' }, status: { allowed: true } }
    },
    logs: async () => 'one quiet line\n',
  }
  return new Proxy(kube, { get: (target, key) => Reflect.get(key in willingly ? willingly : target, key) })
}

/** Rights are granted, logs are quiet, pods and hosts outside get answers. */
export async function contextOf(made: Recording): Promise<Ctx> {
  const ctx = await contextWithTools(made, {})
  return { ...ctx, kube: willing(ctx.kube), outside: made.site.probe === undefined ? [] : [outside], pod: ({ name }) => asking(made, name) }
}

/** What stands on the screen after the lines were typed one after the other. */
export async function session({ made, site, lines }: Scene, { columns, color }: Terminal): Promise<string> {
  // As long as the home it is shown as, wherever TMPDIR is: lines are wrapped before they are read here.
  const dir = mkdtempSync('/tmp/')
  using _unseen = unseenRows()
  try {
    if (site !== undefined) {
      mkdirSync(join(dir, 'inventory'))
      writeFileSync(join(dir, 'inventory/lab.yaml'), JSON.stringify(site)) // JSON is YAML
    }
    mkdirSync(join(dir, 'state'))
    journaled(join(dir, 'state'))
    const shown: string[] = []
    for (const line of lines) shown.push(await typed(made, line, { dir, columns, color }))
    return shown.join('\n').replaceAll(dir, '/home/grace')
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** Rows that are drawn while a run goes on are gone when it ends (test/screen has those): nothing of them is shown until disposed. */
export function unseenRows(): Disposable {
  const live = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  return { [Symbol.dispose]: () => live.mockRestore() }
}

/** A line that was written over is not on the screen any more. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const wiped = (text: string): string => text.replaceAll(/[^\n]*\r\u001b\[2K/g, '')

async function typed(made: Recording, line: string, { dir, columns, color }: Terminal & { readonly dir: string }): Promise<string> {
  const screen: string[] = [`$ ovngw ${line}\n`]
  const out = { write: (text: string) => void screen.push(text), columns, color }
  const app: App = {
    out,
    err: out,
    interactive: false,
    env: { XDG_STATE_HOME: join(dir, 'state') },
    cwd: dir,
    now: () => NOW,
    registry: async () => registry,
    world: async (site): Promise<World> => {
      const seen = { ...made, site }
      const ctx = await contextOf(seen)
      const accepted = acceptance(site.accept, NOW)
      return {
        site,
        kube: ctx.kube,
        asked: { ...nothingAsked(), calls: 14, commands: 9, onNodes: 7 },
        accepted,
        context: (signal, hooks) => ({ ...ctx, signal, findings: { found: hooks.found, accepted }, note: hooks.note }),
        clusterUid: async () => 'uid-1',
        lease: () => Promise.reject(new Error('nothing is written here')),
        dropLease: async () => undefined,
        close: async () => undefined,
      }
    },
    ask: () => Promise.reject(new Error('nobody is asked')),
  }
  const exit = await runProgram([...line.split(' '), '--state-dir', join(dir, 'state')], app).catch((thrown: unknown) => {
    const error = asError(thrown)
    screen.push(errorText(error, color, columns))
    return error.exit
  })
  return `${wiped(screen.join(''))}${exit === 0 ? '' : `(exit ${exit})\n`}`
}

export const GATEWAY = {
  type: 'centralized',
  nodes: ['node1'],
  nic: 'eth1',
  address: '172.56.0.100/16',
  mac: '16:52:f3:13:6a:25',
  nextHop: HOP,
}
export const SITE = {
  cluster: { context: 'lab' },
  gateway: GATEWAY,
  pools: [{ name: 'web', ranges: ['172.56.0.200-172.56.0.239'] }],
  assignments: [
    { pod: 'default/pod-eip', eip: '172.56.0.233', note: 'CHG-1234' },
    { pod: 'default/pod-snat', snat: '172.56.0.200' },
  ],
  probe: { outside: [{ exec: ['ip', 'netns', 'exec', 'lab-outside'] }], target: [HOP] },
}
