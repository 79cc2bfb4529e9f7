/** The built product as child processes on the lab, with a folder of its own for site file and journals. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Lab } from '../../lib/lab/index.ts'
import type { Blow } from './die.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const DIE = new URL('./die.ts', import.meta.url).href

export interface Ended {
  readonly exit: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
  /** Both, for messages. */
  readonly said: string
}

export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

export interface Cli {
  /** Journals of this object's runs; emptied by `forget`. */
  readonly stateDir: string
  /** Working folder of every command. */
  readonly dir: string
  /** `args` with --yes. Rejects when it does not end within `limitMs` (120 000): then it is killed. */
  start(args: readonly string[], how?: How): Started
  run(args: readonly string[], how?: How): Promise<Ended>
  /** Records of the only journal there is; undefined: none. A torn last line is left out. */
  journal(): Journal | undefined
  forget(): void
  /** Copies the journals aside; the answer puts them back. */
  keep(): () => void
  close(): void
}

export interface Journal {
  readonly run: string
  /** `begin apply:write-config`, `gate confirm`, `end` … in order. */
  readonly records: readonly string[]
}

interface How {
  readonly blows?: readonly Blow[]
  readonly limitMs?: number
  /** Another way to the same cluster: a faulty proxy. */
  readonly kubeconfig?: string
  /** Journals of another person. */
  readonly stateDir?: string
}

/** A copy of the bundle (built first when it is not newer than every source), so that a build meanwhile changes nothing here. */
function freeze(dir: string): string {
  const built = join(ROOT, 'dist/main.mjs')
  const sources = ['lib', 'tasks', 'package-lock.json'].map((p) => join(ROOT, p))
  const stale = (): boolean => !existsSync(built) || spawnSync('find', [...sources, '-newer', built, '-print', '-quit'], { encoding: 'utf8' }).stdout !== ''
  if (stale()) {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'bin/build.mjs')], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`the build failed: ${stderr}`)
  }
  cpSync(join(ROOT, 'dist'), join(dir, 'dist'), { recursive: true })
  for (const name of ['lib', 'tasks', 'templates', 'package.json', 'node_modules']) symlinkSync(join(ROOT, name), join(dir, name)) // files it reads beside itself
  return join(dir, 'dist/main.mjs')
}

/** The gateway of inventory/lab.yaml on this lab. */
function siteText(lab: Lab): string {
  const text = readFileSync(join(ROOT, 'inventory/lab.yaml'), 'utf8')
  return text.replace('/run/ovngw-lab/lab/kubeconfig', lab.kubeconfig).replace('context: lab', `context: ${lab.name}`).replace('lab-outside', lab.outside)
}

export function openCli(lab: Lab): Cli {
  const dir = mkdtempSync(join(tmpdir(), 'ovngw-fault-'))
  const main = freeze(dir)
  const stateDir = join(dir, 'state')
  mkdirSync(join(dir, 'inventory'))
  writeFileSync(join(dir, 'inventory/lab.yaml'), siteText(lab))
  const running = new Set<ChildProcess>()
  const start: Cli['start'] = (args, { blows = [], limitMs = 120_000, kubeconfig, stateDir: journals = stateDir } = {}) => {
    const flags = ['--yes', '--state-dir', journals, ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig])]
    const argv = [...(blows.length > 0 ? ['--disable-warning=ExperimentalWarning', '--import', DIE] : []), main, ...args, ...flags]
    const env = { ...process.env, NODE_COMPILE_CACHE: join(dir, 'v8'), OVNGW_FAULT: JSON.stringify(blows) }
    const child = spawn(process.execPath, argv, { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    return { child, ended: endOf(child, args, limitMs).finally(() => running.delete(child)) }
  }
  const files = (): readonly string[] =>
    existsSync(stateDir) ? readdirSync(stateDir, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.jsonl')) : []
  return {
    dir,
    stateDir,
    start,
    run: (args, how) => start(args, how).ended,
    journal: () => {
      const [file, ...more] = files()
      if (file === undefined) return undefined
      if (more.length > 0) throw new Error(`several journals: ${[file, ...more].join(', ')}`)
      const lines = readFileSync(join(stateDir, file), 'utf8').split('\n').slice(0, -1)
      const records = lines.map((line) => JSON.parse(line) as { t: string; id?: string })
      return { run: file.replace(/^.*\//, '').replace('.jsonl', ''), records: records.map(({ t, id }) => (id === undefined ? t : `${t} ${id}`)) }
    },
    forget: () => rmSync(stateDir, { recursive: true, force: true }),
    keep: () => {
      const aside = mkdtempSync(join(dir, 'kept-'))
      if (existsSync(stateDir)) cpSync(stateDir, join(aside, 'state'), { recursive: true })
      return () => {
        rmSync(stateDir, { recursive: true, force: true })
        if (existsSync(join(aside, 'state'))) cpSync(join(aside, 'state'), stateDir, { recursive: true })
      }
    },
    close: () => {
      for (const child of running) child.kill('SIGKILL')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function endOf(child: ChildProcess, args: readonly string[], limitMs: number): Promise<Ended> {
  const { promise, resolve, reject } = Promise.withResolvers<Ended>()
  let [out, err, late] = ['', '', false]
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, limitMs)
  child.once('error', reject)
  child.once('close', (exit, signal) => {
    clearTimeout(timer)
    const said = `ovngw ${args.join(' ')}: exit ${exit ?? signal}\n${out}${err}`
    if (late) reject(new Error(`not over after ${limitMs / 1000} s: ${said}`))
    else resolve({ exit, signal, out, err, said })
  })
  return promise
}
