/**
 * The three servers Debian does not have: looked for in KUBEBUILDER_ASSETS, on PATH, in our cache, else built from Go source and cached.
 * Only a binary of exactly our version is taken from the cache; from the other places whatever the person put there.
 */
import { access, constants, copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isError, OvngwError } from '../kernel/errors.ts'
import { must, runnerAt } from './exec.ts'

export type Say = (line: string) => void

interface Source {
  readonly version: string
  /** Folder under lib/lab/go with main.go and go.mod, or a module to `go install`. */
  readonly from: { readonly folder: string } | { readonly module: string }
  readonly ldflags?: string
  /** Seconds on two idle cores with an empty build cache. */
  readonly about: number
}

const K8S = 'v1.34.4'
const VERSION = 'k8s.io/component-base/version'
const SOURCES = {
  etcd: { version: 'v3.6.4', from: { folder: 'etcd' }, about: 30 },
  'kube-apiserver': {
    version: K8S,
    from: { folder: 'apiserver' },
    ldflags: `-X ${VERSION}.gitVersion=${K8S} -X ${VERSION}.gitMajor=1 -X ${VERSION}.gitMinor=34`,
    about: 240,
  },
  kwok: { version: 'v0.8.0', from: { module: 'sigs.k8s.io/kwok/cmd/kwok' }, about: 130 },
} satisfies Record<string, Source>

export type BinaryName = keyof typeof SOURCES
export type Binaries = Readonly<Record<BinaryName, string>>

const NAMES: readonly BinaryName[] = ['etcd', 'kube-apiserver', 'kwok']
const GO_NEEDED = [1, 24] as const

/** Paths of all three, building what is missing (one after the other: each build takes all cores). */
export async function ensureBinaries(say: Say, signal?: AbortSignal): Promise<Binaries> {
  const found: Partial<Record<BinaryName, string>> = {}
  for (const name of NAMES) found[name] = (await findBinary(name)) ?? (await buildBinary(name, say, signal))
  return found as Binaries
}

export const cacheDir = (): string => join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ovngw', 'bin')
const cached = (name: BinaryName): string => join(cacheDir(), `${name}-${SOURCES[name].version}`)

async function findBinary(name: BinaryName): Promise<string | undefined> {
  const assets = process.env['KUBEBUILDER_ASSETS']
  // Debian's etcd 3.4 lacks RequestWatchProgress and KWOK's watches break on it: from PATH only the other two are taken.
  const path = name === 'etcd' ? [] : (process.env['PATH'] ?? '').split(':').filter(Boolean)
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
  const source: Source = SOURCES[name]
  const go = await findGo(name)
  const began = performance.now()
  const seconds = (): number => Math.round((performance.now() - began) / 1000)
  say(`building ${name} ${source.version} with ${go.version} (once; about ${source.about} s on two cores) …`)
  const tick = setInterval(() => say(`building ${name} ${source.version} … ${seconds()} s`), 15_000)
  const dir = await mkdtemp(join(tmpdir(), `ovngw-build-${name}-`))
  try {
    const flags = ['-trimpath', '-ldflags', `-s -w ${source.ldflags ?? ''}`.trim()]
    const options = { timeoutMs: 1_800_000, signal }
    if ('folder' in source.from) {
      const folder = fileURLToPath(new URL(`./go/${source.from.folder}`, import.meta.url))
      await must([go.path, 'build', '-C', folder, ...flags, '-o', join(dir, name), '.'], options)
    } else {
      const runner = runnerAt({ where: 'this machine', env: { GOBIN: dir } })
      await must([go.path, 'install', ...flags, `${source.from.module}@${source.version}`], { ...options, runner })
    }
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

async function findGo(needed: string): Promise<{ path: string; version: string }> {
  const hint = `install Go ${GO_NEEDED.join('.')} or newer (https://go.dev/dl), or put ${NAMES.join(', ')} into a folder and name it in KUBEBUILDER_ASSETS`
  for (const path of [...(process.env['PATH'] ?? '').split(':').filter(Boolean), '/usr/local/go/bin', '/usr/lib/go/bin'].map((dir) => join(dir, 'go'))) {
    if (!(await isRunnable(path))) continue
    const version = (await must([path, 'env', 'GOVERSION'])).trim()
    const [, major = 0, minor = 0] = (/^go(\d+)\.(\d+)/.exec(version) ?? []).map(Number)
    if (major > GO_NEEDED[0] || (major === GO_NEEDED[0] && minor >= GO_NEEDED[1])) return { path, version }
    throw new OvngwError('NOT_RUN', { what: `${path} is ${version}, too old to build ${needed}`, hint })
  }
  throw new OvngwError('NOT_RUN', { what: `no ${needed} on this machine and no Go to build it with`, hint })
}
