/**
 * The three servers Debian does not have: looked for in KUBEBUILDER_ASSETS, on PATH, in our cache, else built from Go source and cached.
 * Only a binary of exactly our version is taken from the cache; from the other places whatever the person put there.
 */
import { existsSync } from 'node:fs'
import { access, constants, copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isError, OvngwError } from '../kernel/errors.ts'
import type { Runner } from '../proc/command.ts'
import { must, runnerAt } from './exec.ts'
import { inTurn } from './lock.ts'

export type Say = (line: string) => void

interface Source {
  readonly version: string
  /** Folder under lib/lab/go with main.go and go.mod. */
  readonly folder: string
  /** Oldest minor version of Go 1 that can build it. */
  readonly go: number
  readonly ldflags?: string
  /** One line of a dependency mended while it is built. */
  readonly patch?: Patch
  /** Seconds on two idle cores with an empty build cache. */
  readonly about: number
}

interface Patch {
  readonly module: string
  readonly file: string
  readonly from: string
  readonly to: string
}

const K8S = 'v1.34.4'
const VERSION = 'k8s.io/component-base/version'
const SOURCES: Readonly<Record<'etcd' | 'kube-apiserver' | 'kwok', Source>> = {
  etcd: { version: 'v3.6.4', folder: 'etcd', go: 24, about: 30 },
  'kube-apiserver': {
    version: K8S,
    folder: 'apiserver',
    go: 24,
    ldflags: `-X ${VERSION}.gitVersion=${K8S} -X ${VERSION}.gitMajor=1 -X ${VERSION}.gitMinor=34`,
    about: 240,
  },
  kwok: {
    version: 'v0.8.0-stdin',
    folder: 'kwok',
    go: 26,
    // KWOK 0.8.0 copies a pod exec's stdin and never closes it: every tool that reads to the end hangs.
    patch: {
      module: 'sigs.k8s.io/kwok',
      file: 'pkg/utils/exec/exec.go',
      from: '_, _ = io.Copy(inPipe, opt.In)',
      to: '_, _ = io.Copy(inPipe, opt.In); _ = inPipe.Close()',
    },
    about: 130,
  },
}

type BinaryName = keyof typeof SOURCES
export type Binaries = Readonly<Record<BinaryName, string>>

const NAMES: readonly BinaryName[] = ['etcd', 'kube-apiserver', 'kwok']

/** Paths of all three, building what is missing (one after the other: each build takes all cores). */
export async function ensureBinaries(say: Say, signal?: AbortSignal): Promise<Binaries> {
  const found: Partial<Record<BinaryName, string>> = {}
  for (const name of NAMES) found[name] = (await findBinary(name)) ?? (await buildOnce(name, say, signal))
  return found as Binaries
}

/** Two labs brought up at once build one after the other, the second nothing. */
async function buildOnce(name: BinaryName, say: Say, signal?: AbortSignal): Promise<string> {
  const release = await inTurn(`${cached(name)}.lock`, (why) => say(`waiting for ${name}: ${why}`), signal)
  try {
    return (await findBinary(name)) ?? (await buildBinary(name, say, signal))
  } finally {
    await release()
  }
}

export const cacheDir = (): string => join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ovngw', 'bin')
const cached = (name: BinaryName): string => join(cacheDir(), `${name}-${SOURCES[name].version}`)

async function findBinary(name: BinaryName): Promise<string | undefined> {
  const assets = process.env['KUBEBUILDER_ASSETS']
  // Debian's etcd 3.4 lacks RequestWatchProgress, and KWOK's watches break on it: from PATH only the others are taken.
  const path = name === 'etcd' ? [] : pathDirs()
  const places = [...(assets ? [join(assets, name)] : []), cached(name), ...path.map((dir) => join(dir, name))]
  for (const place of places) if (await isRunnable(place)) return place
  return undefined
}

export const isRunnable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )

async function buildBinary(name: BinaryName, say: Say, signal?: AbortSignal): Promise<string> {
  const source = SOURCES[name]
  const go = await findGo(name, source.go)
  const began = performance.now()
  const seconds = (): number => Math.round((performance.now() - began) / 1000)
  say(`building ${name} ${source.version} with ${go.version} (once; about ${source.about} s on two idle cores) …`)
  const tick = setInterval(() => say(`building ${name} ${source.version} … ${seconds()} s`), 15_000)
  const dir = await mkdtemp(join(tmpdir(), `ovngw-build-${name}-`))
  try {
    const folder = goFolder(source.folder)
    const modfile = source.patch ? ['-modfile', await writeModfile(go, folder, dir, source.patch)] : []
    const flags = ['-trimpath', ...modfile, '-ldflags', `-s -w ${source.ldflags ?? ''}`.trim()]
    await must([go.path, '-C', folder, 'build', ...flags, '-o', join(dir, name), '.'], { timeoutMs: 1_800_000, signal, runner: go.runner })
    await mkdir(cacheDir(), { recursive: true })
    await copyFile(join(dir, name), `${cached(name)}.${process.pid}`)
    await rename(`${cached(name)}.${process.pid}`, cached(name)) // two builders cannot see each other's half
  } catch (error) {
    if (isError(error, 'CANCELLED')) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new OvngwError('NOT_RUN', {
      what: `could not build ${name} ${source.version}`,
      why,
      hint: 'put a ready binary into KUBEBUILDER_ASSETS instead',
      cause: error,
    })
  } finally {
    clearInterval(tick)
    await rm(dir, { recursive: true, force: true })
  }
  say(`built ${name} ${source.version} in ${seconds()} s`)
  return cached(name)
}

/** Beside this file in a clone, beside `dist` in the published package. */
function goFolder(folder: string): string {
  const places = [`./go/${folder}`, `../lib/lab/go/${folder}`].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  return places.find((path) => existsSync(path)) ?? (places[0] as string)
}

/** A copy of the module with the line mended, and a go.mod that uses it: the module cache stays as it is. Answers the path of that go.mod. */
async function writeModfile({ path: go, runner }: Go, folder: string, dir: string, { module, file, from, to }: Patch): Promise<string> {
  await must([go, '-C', folder, 'mod', 'download', module], { timeoutMs: 300_000, runner })
  const root = (await must([go, '-C', folder, 'list', '-m', '-f', '{{.Dir}}', module], { timeoutMs: 300_000, runner })).trim()
  const copy = join(dir, 'patched')
  await must(['cp', '-r', '--no-preserve=mode', root, copy]) // the cache is read-only
  const source = await readFile(join(copy, file), 'utf8')
  if (!source.includes(from)) throw new OvngwError('BUG', { what: `${module} is not what the patch of the lab was made for`, why: `${file} has no ${from}` })
  await writeFile(join(copy, file), source.replace(from, to))
  await writeFile(join(dir, 'go.mod'), `${await readFile(join(folder, 'go.mod'), 'utf8')}\nreplace ${module} => ${copy}\n`)
  await copyFile(join(folder, 'go.sum'), join(dir, 'go.sum'))
  return join(dir, 'go.mod')
}

interface Go {
  readonly path: string
  readonly version: string
  readonly runner: Runner
}

/** From 1.21 on Go can fetch the newer toolchain a go.mod asks for; Debian's is told not to, so it is asked to. */
async function findGo(needed: string, minor: number): Promise<Go> {
  const hint = `install Go 1.${minor} or newer (https://go.dev/dl), or put ${NAMES.join(', ')} into a folder and name it in KUBEBUILDER_ASSETS`
  let old: string | undefined
  for (const path of [...pathDirs(), '/usr/local/go/bin', '/usr/lib/go/bin'].map((dir) => join(dir, 'go'))) {
    if (!(await isRunnable(path))) continue
    const version = (await must([path, 'env', 'GOVERSION'])).trim()
    const has = Number(/^go1\.(\d+)/.exec(version)?.[1] ?? 0)
    if (has >= minor) return { path, version, runner: runnerAt({ where: 'this machine' }) }
    if (has >= 21)
      return { path, version: `${version}, which fetches Go 1.${minor}`, runner: runnerAt({ where: 'this machine', env: { GOTOOLCHAIN: 'auto' } }) }
    old ??= `${path} is ${version}`
  }
  if (old !== undefined) throw new OvngwError('NOT_RUN', { what: `${needed} has to be built with Go 1.${minor} or newer`, why: old, hint })
  throw new OvngwError('NOT_RUN', { what: `no ${needed} on this machine and no Go to build it with`, hint })
}

const pathDirs = (): string[] => (process.env['PATH'] ?? '').split(':').filter(Boolean)
