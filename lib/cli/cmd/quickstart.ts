/** `ovngw lab quickstart`: the whole of it on the practice cluster, each command shown as a person would type it. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OvngwError } from '../../kernel/errors.ts'
import type { Lab } from '../../lab/index.ts'
import { paintFor } from '../../report/style.ts'
import type { App } from '../app.ts'
import type { Globals } from '../globals.ts'
import { runProgram } from '../program.ts'
import { listenForInterrupts } from '../signals.ts'

const PODS = [
  { namespace: 'shop', name: 'web-0', node: 'node1' },
  { namespace: 'batch', name: 'crawler-0', node: 'node1' },
  { namespace: 'batch', name: 'crawler-1', node: 'node2' },
] as const

const STEPS: readonly (readonly [why: string, ...argv: string[]])[] = [
  ['create the gateway', 'install', '--yes'],
  ['an external address for one pod', 'assign', 'shop/web-0', '--eip', '172.56.0.233', '--yes'],
  ['another one instead: the old one must be dead', 'assign', 'shop/web-0', '--eip', '172.56.0.234', '--yes'],
  ['two pods share one source address', 'assign', 'batch/crawler-0', '--snat', '172.56.0.200', '--yes'],
  ['', 'assign', 'batch/crawler-1', '--snat', '172.56.0.200', '--yes'],
  ['and everything once more, by reading only', 'check'],
]

const siteText = (lab: Pick<Lab, 'kubeconfig' | 'name' | 'outside'>): string => `# The practice cluster ${lab.name}, written by \`ovngw lab quickstart\`.
cluster: { kubeconfig: ${lab.kubeconfig}, context: ${lab.name} }
gateway:
  nodes: [node1]
  nic: eth1
  address: 172.56.0.100/16
  mac: 16:52:f3:13:6a:25
  nextHop: 172.56.0.1
probe:
  outside: [{ exec: [ip, netns, exec, ${lab.outside}] }]
  target: [172.56.0.1]
`

/** `lab` when the folder has that inventory (a clone), else a site file of the lab's own. */
async function siteOf(app: App, lab: Lab): Promise<string> {
  if (lab.name === 'lab' && existsSync(join(app.cwd, 'inventory/lab.yaml'))) return 'lab'
  const file = join(lab.dir, 'site.yaml')
  await writeFile(file, siteText(lab))
  return file
}

async function raise(app: App, name: string, tell: (line: string) => void): Promise<string> {
  using interrupts = listenForInterrupts()
  const { labUp } = await import('../../lab/index.ts')
  const lab = await labUp({ name }, tell, interrupts.signal)
  try {
    const there = await lab.pods()
    for (const pod of PODS) {
      if (there.some((p) => p.namespace === pod.namespace && p.name === pod.name)) continue
      tell(`pod ${pod.namespace}/${pod.name} on ${pod.node}`)
      await lab.addPod(pod)
    }
    return await siteOf(app, lab)
  } finally {
    lab.close()
  }
}

export async function quickstart(app: App, globals: Globals, name: string): Promise<number> {
  const paint = paintFor(app.out.color)
  const tell = (line: string): void => app.out.write(`${line}\n`)
  tell(paint.bold(`$ ovngw lab up${name === 'lab' ? '' : ` --name ${name}`}`))
  const site = await raise(app, name, tell)
  const rest = globals.stateDir === undefined ? [] : ['--state-dir', globals.stateDir]
  for (const [why, ...words] of STEPS) {
    const argv = [...words, '--site', site]
    const typed = `ovngw ${argv.join(' ')}`
    if (why !== '') tell(`\n${paint.dim(`# ${why}`)}`)
    tell(paint.bold(`$ ${typed}`))
    const exit = await runProgram([...argv, ...rest], app)
    if (exit !== 0) throw new OvngwError('CHECK_FAILED', { what: `\`${typed}\` ended with ${exit}`, hint: 'ovngw history; ovngw lab status' })
  }
  tell(`
${paint.bold('The gateway works: an EIP and a shared SNAT are proved with packets.')}
 look at it     ovngw lab shell central --name ${name} ovn-nbctl show
 undo the last  ovngw rollback last
 take it away   ovngw uninstall --release-pods --site ${site}
 all gone       ovngw lab down --name ${name}`)
  return 0
}
