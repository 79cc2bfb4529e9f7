/** Where OVN's and OVS's tools are run: pods in Kube-OVN's namespace, which is discovered when the first of them is needed. */
import { readSettings, type Settings } from '../gateway/settings.ts'
import type { Site } from '../inventory/site.ts'
import { nbRunner, ovsRunner, sbRunner } from '../kube/locate.ts'
import type { Kube } from '../kube/port.ts'
import type { Runner } from '../proc/command.ts'

export interface Places {
  readonly nb: Runner
  readonly sb: Runner
  node(name: string): Runner
  /** The controller's settings, read once; a failed read is tried again by the next who asks. */
  settings(signal: AbortSignal): Promise<Settings>
}

const NEVER = new AbortController().signal

export function placesOf(kube: Kube, site: Site): Places {
  let known: Settings | undefined
  const settings = async (signal: AbortSignal): Promise<Settings> => {
    known ??= await readSettings(kube, site.cluster, signal)
    return known
  }
  const inNamespace = (what: string, make: (namespace: string) => Runner): Runner => {
    let inner: Runner | undefined
    return {
      get where() {
        return inner?.where ?? what
      },
      run: async (command, options = {}) => {
        inner ??= make((await settings(options.signal ?? NEVER)).namespace)
        return inner.run(command, options)
      },
    }
  }
  const nodes = new Map<string, Runner>()
  return {
    nb: inNamespace('the northbound database', (ns) => nbRunner(kube, ns)),
    sb: inNamespace('the southbound database', (ns) => sbRunner(kube, ns)),
    node: (name) => {
      const runner = nodes.get(name) ?? inNamespace(`OVS of ${name}`, (ns) => ovsRunner(kube, ns, name))
      nodes.set(name, runner)
      return runner
    },
    settings,
  }
}
