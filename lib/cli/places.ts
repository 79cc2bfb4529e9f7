/** Where OVN's and OVS's tools are run: pods in Kube-OVN's namespace, which is discovered when the first of them is needed. */
import { readSettings, type Settings } from '../gateway/settings.ts'
import type { Site } from '../inventory/site.ts'
import { Found } from '../kube/found.ts'
import { nbRunner, ovsRunner, sbRunner } from '../kube/locate.ts'
import type { Kube } from '../kube/port.ts'
import { type Asked, countedOnNode } from '../proc/asked.ts'
import type { Runner } from '../proc/command.ts'

export interface Places {
  readonly nb: Runner
  readonly sb: Runner
  node(name: string): Runner
  /** The controller's settings, read once; a failed read is tried again by the next who asks. */
  settings(signal: AbortSignal): Promise<Settings>
}

const NEVER = new AbortController().signal

export function placesOf(kube: Kube, site: Site, asked: Asked): Places {
  const known = new Found<Settings>()
  const settings = (signal: AbortSignal): Promise<Settings> => known.get(() => readSettings(kube, site.cluster, signal))
  const inNamespace = (what: string, make: (namespace: string) => Runner): Runner => {
    let inner: Runner | undefined
    return {
      get where() {
        return inner?.where ?? what
      },
      run: async (command, options = {}) => {
        const { namespace } = await settings(options.signal ?? NEVER)
        inner ??= make(namespace) // after the wait: of all who ask at once one makes it
        return inner.run(command, options)
      },
    }
  }
  const nodes = new Map<string, Runner>()
  return {
    nb: inNamespace('the northbound database', (ns) => nbRunner(kube, ns)),
    sb: inNamespace('the southbound database', (ns) => sbRunner(kube, ns)),
    node: (name) => {
      const runner =
        nodes.get(name) ??
        countedOnNode(
          inNamespace(`OVS of ${name}`, (ns) => ovsRunner(kube, ns, name)),
          asked,
        )
      nodes.set(name, runner)
      return runner
    },
    settings,
  }
}
