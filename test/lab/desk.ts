/** A user at a shell on the lab: a folder with one site, the built program as a child process, and what can be seen of it from outside. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { Finding } from '../../lib/kernel/check.ts'
import { type Lab, openLab } from '../../lib/lab/index.ts'
import { type Runner, read } from '../../lib/proc/command.ts'
import type { StampedEvent } from '../../lib/report/json.ts'
import { type Facts, facts } from '../standin/facts.ts'
import { type LabWorld, labWorld } from '../standin/lab-world.ts'
import { type Performer, performer } from '../standin/world.ts'
import { type AuditLine, auditFrom, auditSize } from './audit.ts'
import { type More, OUTSIDE, siteText, type Wanted } from './site.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** The program under test: this clone's, or another one, e.g. of an installed package. */
const OVNGW = process.env['OVNGW'] ?? join(ROOT, 'bin/ovngw')
/** A pod as `ovngw pods -o json` shows it. */
export interface PodRow {
  readonly pod: string
  readonly wanted: string
  readonly annotated: string
  readonly 'in-ovn': string
  readonly verdict: string
  readonly why: string
}

/** What a command said and how it ended. */
export interface Told {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** The events of `-o json`. */
export interface Heard extends Told {
  readonly events: readonly StampedEvent[]
  readonly findings: readonly Finding[]
}

/** A command at work. */
export interface Background {
  /** What it said so far. */
  readonly out: () => string
  /** Ctrl-C; gives how it ended. */
  stop(): Promise<Told>
  /** `kill -9`. */
  kill(): Promise<Told>
  /** How it ended by itself. */
  readonly over: Promise<Told>
}

export interface Desk {
  readonly lab: Lab
  readonly world: LabWorld
  /** Working folder of every command. */
  readonly dir: string
  readonly stateDir: string
  /** Of the user the program runs as. */
  readonly kubeconfig: string
  /** Plain writes to the API and NB, as somebody without ovngw does them. */
  readonly act: Performer
  /** Writes the one site; what is not given is as in inventory/lab.yaml. */
  site(gateway?: Wanted, more?: More): Promise<void>
  /** Types a command, stdin closed, no terminal. */
  ovngw(...args: readonly string[]): Promise<Told>
  /** Starts a command that goes on until it is stopped. */
  start(...args: readonly string[]): Background
  /** With `-o json`. */
  hear(...args: readonly string[]): Promise<Heard>
  /** `ovngw pods`. */
  pods(...args: readonly string[]): Promise<readonly PodRow[]>
  /** Types a command that ovngw printed, up to its comment. */
  follow(printed: string | undefined): Promise<Told>
  /** `verb resource/name` of what the program stored through the API server since the last call, by the audit log. */
  stored(): Promise<readonly string[]>
  /** Lines in journals by what was written, one a step that writes. */
  journaledWrites(): Promise<readonly string[]>
  moment(): Promise<Moment>
  /** Address under which the outside host sees this pod; undefined: it is not reached. */
  seenAs(pod: string): Promise<string | undefined>
  /** Does the pod's own port answer the outside host at this address? */
  answers(address: string): Promise<boolean>
  nb(...args: readonly string[]): Promise<string>
  ovs(node: string, ...args: readonly string[]): Promise<string>
  close(): Promise<void>
}

/** NB, ConfigMap, labels, annotations, VPC and every node's bridges with their ports; without UUIDs, times and what the product may leave out. */
export type Moment = Facts

const jsonLines = (text: string): readonly unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

async function run(runner: Runner, bin: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runner.run(read(bin, ...args))
  if (code !== 0) throw new Error(`${bin} ${args.join(' ')}: ${stderr}`)
  return stdout
}

const SOURCES = ['lib', 'tasks', 'package-lock.json'].map((p) => join(ROOT, p))

/** The launcher runs the bundle only when it is newer than every source; through tsx each command costs a second more. */
function build(): void {
  if (process.env['OVNGW'] !== undefined) return
  const main = join(ROOT, 'dist/main.mjs')
  const stale = (): boolean => spawnSync('find', [...SOURCES, '-newer', main, '-print', '-quit'], { encoding: 'utf8' }).stdout !== ''
  if (existsSync(main) && !stale()) return
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'bin/build.mjs')], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the build failed: ${stderr}`)
}

/** Stored by the API server? A review of rights is answered and forgotten; an exec runs something in a pod. */
const isStored = (line: AuditLine, user: string): boolean =>
  line.user.username === user &&
  ['create', 'update', 'patch', 'delete', 'deletecollection'].includes(line.verb) &&
  line.objectRef?.resource !== 'selfsubjectaccessreviews' &&
  line.objectRef?.subresource !== 'exec' &&
  (line.responseStatus?.code ?? 0) < 300

export async function sitDown(name: string): Promise<Desk> {
  build()
  const lab = await openLab(name)
  const world = await labWorld(lab)
  const dir = await mkdtemp(join(tmpdir(), 'ovngw-desk-'))
  const stateDir = join(dir, 'state')
  // A user of its own: its requests can be told from those of the test in the audit log.
  const user = 'desk'
  const kubeconfig = await lab.userKubeconfig(user, ['system:masters'])
  let seen = await auditSize(lab)

  const background = (...args: readonly string[]): Background => {
    const { KUBECONFIG: _, ...env } = process.env
    const child = spawn(OVNGW, [...args, '--state-dir', stateDir], { cwd: dir, env: { ...env, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = new Promise<number>((done, bad) => child.on('error', bad).on('close', (code) => done(code ?? -1)))
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
    })
    const over = Promise.all([text(child.stdout), text(child.stderr), ended]).then(([out, err, code]) => ({ code, out, err }))
    return {
      over,
      out: () => said,
      stop: () => {
        child.kill('SIGINT')
        return over
      },
      kill: () => {
        child.kill('SIGKILL')
        return over
      },
    }
  }
  const ovngw = (...args: readonly string[]): Promise<Told> => background(...args).over
  const curl = async (runner: Runner, address: string): Promise<string | undefined> => {
    const { code, stdout } = await runner.run(read('curl', '-s', '--max-time', '2', `http://${address}:8080/`))
    return code === 0 ? stdout.split(' ')[0] : undefined
  }
  const portsOf = async (node: string): Promise<readonly string[]> => {
    const runner = lab.nodeRunner(node)
    const bridges = (await run(runner, 'ovs-vsctl', 'list-br')).split('\n').filter((b) => b !== '' && b !== 'br-int')
    return Promise.all(bridges.map(async (b) => `${b}: ${(await run(runner, 'ovs-vsctl', 'list-ports', b)).trim().split('\n').sort().join(' ')}`))
  }
  return {
    lab,
    world,
    dir,
    stateDir,
    kubeconfig,
    act: performer(world, lab.nodes),
    site: async (gateway = {}, more = {}) => {
      await mkdir(join(dir, 'inventory'), { recursive: true })
      await writeFile(join(dir, 'inventory/lab.yaml'), siteText({ ...lab, kubeconfig }, gateway, more))
    },
    ovngw,
    start: background,
    hear: async (...args) => {
      const told = await ovngw(...args, '-o', 'json')
      const events = jsonLines(told.out) as readonly StampedEvent[]
      return { ...told, events, findings: events.flatMap((e) => (e.ev === 'finding' ? [e.finding] : [])) }
    },
    pods: async (...args) => {
      const { code, out, err } = await ovngw('pods', '-o', 'json', ...args)
      expect({ code, err }).toEqual({ code: 0, err: '' })
      return jsonLines(out) as readonly PodRow[]
    },
    follow: async (printed) => {
      const [command = ''] = (printed ?? '').split(' #')
      const [bin, ...args] = command.trim().split(' ')
      expect(bin, `the next command, ${printed}, is one of ovngw`).toBe('ovngw')
      return ovngw(...args, '--yes')
    },
    stored: async () => {
      const { lines, end } = await auditFrom(lab, seen)
      seen = end
      return lines.filter((line) => isStored(line, user)).map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}/${objectRef?.name ?? ''}`)
    },
    journaledWrites: async () => {
      const files = await readdir(stateDir, { recursive: true }).catch(() => [])
      const texts = await Promise.all(files.filter((f) => f.endsWith('.jsonl')).map((f) => readFile(join(stateDir, f), 'utf8')))
      const records = texts.flatMap(jsonLines) as readonly { t: string; id?: string }[]
      return records.flatMap(({ t, id = '' }) => (t === 'begin' && /^(apply|undo):/.test(id) ? [id] : []))
    },
    moment: async () => {
      const [state, bridges] = await Promise.all([world.read(), Promise.all(lab.nodes.map(async (n) => [`bridges ${n}`, await portsOf(n)] as const))])
      // What the VPC's status says after a disable is Kube-OVN's own affair (R7).
      return { ...facts({ ...state, vpc: { ...state.vpc, status: { enableExternal: false } } }), ...Object.fromEntries(bridges) }
    },
    seenAs: (pod) => curl(lab.podRunner('default', pod), OUTSIDE),
    answers: async (address) => (await curl(lab.outsideRunner(), address)) !== undefined,
    nb: (...args) => run(lab.centralRunner(), 'ovn-nbctl', '--timeout=10', ...args),
    ovs: (node, ...args) => run(lab.nodeRunner(node), 'ovs-vsctl', '--timeout=10', ...args),
    close: async () => {
      await world.close()
      lab.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
