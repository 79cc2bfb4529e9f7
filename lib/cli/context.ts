/** The world of one site: API, OVN and OVS by pod exec, outside hosts; and the context every task and check works in. */
import { homedir, hostname } from 'node:os'
import { createLook, type Look } from '../gateway/look.ts'
import { moments } from '../gateway/moments.ts'
import { type Settings, settingsWithout } from '../gateway/settings.ts'
import { loadSites } from '../inventory/load.ts'
import type { Site } from '../inventory/site.ts'
import { lifeOf, thisProcess } from '../journal/process.ts'
import { OvngwError } from '../kernel/errors.ts'
import type { Holder } from '../kube/lease-object.ts'
import { type Kube, NAMESPACE, POD } from '../kube/port.ts'
import { countedOnNode, nothingAsked } from '../proc/asked.ts'
import type { Runner } from '../proc/command.ts'
import { acceptance } from './accept.ts'
import type { App, World } from './app.ts'
import type { Globals } from './globals.ts'
import { type Places, placesOf } from './places.ts'
import { readYamlFile } from './read-yaml.ts'
import { outsideOf } from './vantage.ts'
import { version } from './version.ts'

const home = (path: string): string => (path === '~' || path.startsWith('~/') ? `${homedir()}${path.slice(1)}` : path)

/** Connects; nothing is sent before the first question. */
export async function openWorld(app: App, site: Site, globals: Globals): Promise<World> {
  if (globals.local) return localWorld(app, site)
  const { connect } = await import('../kube/client.ts')
  const { context, kubeconfig } = site.cluster
  const asked = nothingAsked()
  const kube = await connect({ context, kubeconfig: kubeconfig === undefined ? undefined : home(kubeconfig), as: globals.as, asked })
  const places = placesOf(kube, site, asked)
  const accepted = acceptance(site.accept, app.now())
  const outside = outsideOf(site, asked)
  return {
    site,
    kube,
    asked,
    accepted,
    context: contexts({ site, kube, places, outside, cwd: app.cwd, accepted }),
    clusterUid: async (signal) => uidOf(await kube.get(NAMESPACE, { name: 'kube-system' }, { signal })),
    ...leases(kube, places),
    close: () => kube.close(),
  }
}

function leases(kube: Kube, places: Places): Pick<World, 'lease' | 'dropLease'> {
  const isDead = (holder: Holder): boolean => lifeOf(holder) === 'dead'
  const asked = async (run: string, signal: AbortSignal) =>
    ({ namespace: (await places.settings(signal)).configNamespace, me: { run, ...thisProcess(version) }, isDead, signal }) as const
  return {
    lease: async (run, signal, waiting) => (await import('../kube/lease.ts')).acquireLease(kube, { ...(await asked(run, signal)), waiting }),
    dropLease: async (run, signal) => (await import('../kube/lease.ts')).dropLeft(kube, await asked(run, signal)),
  }
}

const uidOf = ({ metadata: { uid } }: { readonly metadata: { readonly uid?: string } }): string => {
  if (uid !== undefined && /^[0-9A-Za-z-]+$/.test(uid)) return uid
  throw new OvngwError('PARSE', { what: 'namespace kube-system has no uid', why: `the API answered ${JSON.stringify(uid)}` })
}

/** On the node itself (ad hoc): its own tools, no API. What needs the API says so; there is no Lease, and so no protection from a second run. */
async function localWorld(app: App, site: Site): Promise<World> {
  const [{ localRunner }, { localTransport }, { noKube }] = await Promise.all([
    import('../proc/local.ts'),
    import('../ovn/local.ts'),
    import('../kube/none.ts'),
  ])
  const asked = nothingAsked()
  const here = localTransport(localRunner({ asked }))
  const node = countedOnNode(here, asked)
  const settings = settingsWithout(site.cluster)
  const kube = noKube('--local works without Kubernetes')
  const places: Places = { nb: here, sb: here, node: () => node, settings: async () => settings }
  const accepted = acceptance(site.accept, app.now())
  const outside = outsideOf(site, asked)
  return {
    site,
    kube,
    asked,
    warning: '--local: nothing keeps a second run away, the lock is a Lease of Kubernetes',
    accepted,
    context: contexts({ site, kube, places, known: settings, outside, cwd: app.cwd, accepted }),
    clusterUid: async () => `local-${hostname()}`,
    lease: async () => ({ signal: new AbortController().signal, release: async () => undefined }),
    dropLease: async () => undefined,
    close: () => kube.close(),
  }
}

interface Parts {
  readonly known?: Settings | undefined
  readonly site: Site
  readonly kube: Kube
  readonly places: Places
  readonly outside: readonly Runner[]
  readonly cwd: string
  accepted: World['accepted']
}

/** Checks of one context share one look, contexts of one moment too; else a new context looks anew. */
function contexts({ site, kube, places, known, outside, cwd, accepted }: Parts): World['context'] {
  const { nb, sb, node } = places
  const from = { site, kube, nb, sb, node, settings: known, others: () => loadSites(cwd) }
  const lookOf = moments((how) => createLook({ ...from, ...how }))
  return (signal, hooks, moment = {}) => {
    let look: Look | undefined // also when a read of it fails: it fails once for all checks
    return {
      signal,
      site,
      kube,
      nb,
      sb,
      node,
      pod: (ref) => podRunner(kube, ref),
      outside,
      look: () => {
        look ??= lookOf(moment, signal)
        return look
      },
      lookAgain: () => createLook({ ...from, signal: () => signal }),
      findings: { found: hooks.found, accepted },
      readYaml: (path) => readYamlFile(path, cwd),
      note: hooks.note,
    }
  }
}

/** Commands in a pod's network: exec into its first container, looked up when first used. */
function podRunner(kube: Kube, ref: { readonly namespace: string; readonly name: string }): Runner {
  let inner: Promise<Runner> | undefined
  const find = async (signal: AbortSignal | undefined): Promise<Runner> => {
    const pod = await kube.get(POD, ref, { signal })
    const containers = (pod['spec'] as { readonly containers?: readonly { readonly name?: string }[] } | undefined)?.containers
    const container = containers?.[0]?.name
    if (container === undefined) throw new OvngwError('PARSE', { what: `pod ${ref.namespace}/${ref.name} names no container` })
    return kube.exec({ namespace: ref.namespace, pod: ref.name, container })
  }
  return {
    where: `pod ${ref.namespace}/${ref.name}`,
    run: async (command, options) => {
      inner ??= find(options?.signal)
      return (await inner).run(command, options)
    },
  }
}
