/** What the menu offers, by how the cluster stands: only what can be done now. */
import { isAnnotated } from '../gateway/pods.ts'
import type { Site } from '../inventory/site.ts'
import { count } from '../report/words.ts'
import type { App } from './app.ts'
import { BACK, type Choice } from './ask.ts'
import { askAssign, askRelease, isServable } from './menu-pods.ts'
import { askRun } from './menu-runs.ts'
import { type Cluster, isSeen, type State } from './menu-state.ts'
import { siteName } from './site-file.ts'

/** Words of a command line, or BACK when the person turned back (or all is done already). */
export type Action = () => Promise<readonly string[] | typeof BACK>

const row = (label: string, hint: string, value: Action): Choice<Action> => ({ label, hint, value })
const command =
  (...words: readonly string[]): Action =>
  async () =>
    words

export function choicesOf(app: App, state: State): readonly Choice<Action>[] {
  const { cluster, runs } = state
  const past = runs.length === 0 ? [] : [row('Past runs', 'look at one, undo one', () => askRun(app, runs))]
  return isSeen(cluster) ? [...onCluster(app, state, cluster), ...past, ...practice(app, state)] : [...practice(app, state), ...past]
}

function onCluster(app: App, { site }: State, cluster: Cluster): readonly Choice<Action>[] {
  const check = row('Check', 'look at everything, change nothing', command('check'))
  if (cluster.gateway === undefined)
    return [row('Install a gateway', site?.file === undefined ? 'a few questions, then the plan' : `as ${fileOf(site)} says`, command('install')), check]
  const served = cluster.pods.filter(isAnnotated).length
  return [
    check,
    row('Give a pod an address', 'of its own, or to leave with', () => askAssign(app, cluster)),
    ...(served === 0 ? [] : [row('Take an address away', `${count(served, 'pod')} with one`, () => askRelease(app, cluster))]),
    ...(site?.gateway === undefined
      ? [row('Write an inventory', 'from the gateway as it runs', () => askAdopt(app, cluster))]
      : [row('Change the gateway', `to what ${fileOf(site)} says`, () => askChange(app, site))]),
    row('Repair', 'put back what a restart of Kube-OVN loses', command('repair')),
    row('Uninstall', 'remove the gateway, prove that nothing is left', () => askUninstall(app, served)),
  ]
}

const fileOf = ({ name }: Site): string => `inventory/${name}.yaml`

async function askAdopt(app: App, { context }: Cluster): Promise<readonly string[] | typeof BACK> {
  const initial = context.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[._-]+/, '')
  const ask = await app.ask()
  const name = await ask.input('Name for this site', { initial, back: true, about: 'becomes inventory/NAME.yaml', validate: (t) => siteName(t.trim()) })
  return name === BACK ? BACK : ['adopt', name.trim()]
}

async function askChange(app: App, site: Site): Promise<readonly string[] | typeof BACK> {
  app.out.write(`What the gateway shall be stands in ${site.file ?? fileOf(site)}.\nEdit that file now if you have not; the plan shows what would change.\n`)
  const ask = await app.ask()
  return ask.select('Go on?', [{ value: ['change'], label: 'show the plan', hint: 'nothing is changed before you say yes to it' }], { back: true })
}

async function askUninstall(app: App, served: number): Promise<readonly string[] | typeof BACK> {
  if (served === 0) return ['uninstall']
  const ask = await app.ask()
  const hint = 'they lose their outside traffic'
  const yes: Choice<readonly string[]> = { value: ['uninstall', '--release-pods'], label: 'take theirs away first', hint }
  return ask.select(`${count(served, 'pod')} still ${served === 1 ? 'has' : 'have'} an address.`, [yes], { back: true })
}

const PODS = [
  { namespace: 'shop', name: 'web-0', node: 'node1' },
  { namespace: 'batch', name: 'crawler-0', node: 'node1' },
  { namespace: 'batch', name: 'crawler-1', node: 'node2' },
] as const

function practice(app: App, { cluster, labs }: State): readonly Choice<Action>[] {
  const here = isSeen(cluster) ? cluster.lab?.name : undefined
  if (here === undefined) {
    const start = row('Start the practice cluster', 'real OVN and Kubernetes API on this machine', command('lab', 'up'))
    return labs.some((l) => l.name === 'lab' && l.phase === 'up') ? [] : [start]
  }
  const hasPods = isSeen(cluster) && cluster.pods.some(isServable)
  return [
    ...(hasPods ? [] : [row('Make test pods', 'three, on the practice cluster', () => makePods(app, here))]),
    row('Stop the practice cluster', 'everything in it is gone', () => askDown(app, here)),
  ]
}

async function makePods(app: App, name: string): Promise<typeof BACK> {
  const { openLab } = await import('../lab/index.ts')
  const lab = await openLab(name)
  try {
    for (const pod of PODS) {
      await lab.addPod(pod)
      app.out.write(`pod ${pod.namespace}/${pod.name} on ${pod.node}\n`)
    }
  } finally {
    lab.close()
  }
  return BACK
}

async function askDown(app: App, name: string): Promise<readonly string[] | typeof BACK> {
  const ask = await app.ask()
  return (await ask.confirm(`stop practice cluster ${name} and delete everything in it?`)) ? ['lab', 'down', '--name', name] : BACK
}
