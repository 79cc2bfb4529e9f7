/** `ovngw lab quickstart`: the whole of it on the practice cluster, each command shown as a person would type it. */
import { OvngwError } from '../../kernel/errors.ts'
import { paintFor } from '../../report/style.ts'
import type { App } from '../app.ts'
import type { Globals } from '../globals.ts'
import { runProgram } from '../program.ts'

const PODS = [
  { namespace: 'shop', name: 'web-0', node: 'node1' },
  { namespace: 'batch', name: 'crawler-0', node: 'node1' },
  { namespace: 'batch', name: 'crawler-1', node: 'node2' },
] as const

const STEPS: readonly (readonly [why: string, ...argv: string[]])[] = [
  ['create the gateway', 'install', '--site', 'lab', '--yes'],
  ['an external address for one pod', 'assign', 'shop/web-0', '--eip', '172.56.0.233', '--site', 'lab', '--yes'],
  ['another one instead: the old one must be dead', 'assign', 'shop/web-0', '--eip', '172.56.0.234', '--site', 'lab', '--yes'],
  ['two pods share one source address', 'assign', 'batch/crawler-0', '--snat', '172.56.0.200', '--site', 'lab', '--yes'],
  ['', 'assign', 'batch/crawler-1', '--snat', '172.56.0.200', '--site', 'lab', '--yes'],
  ['and everything once more, by reading only', 'check', '--site', 'lab'],
]

export async function quickstart(app: App, _globals: Globals): Promise<number> {
  const paint = paintFor(app.out.color)
  const tell = (line: string): void => app.out.write(`${line}\n`)
  const { labUp } = await import('../../lab/index.ts')
  tell(paint.bold('$ ovngw lab up'))
  const lab = await labUp({ name: 'lab' }, tell)
  try {
    const there = await lab.pods()
    for (const pod of PODS) if (!there.some((p) => p.namespace === pod.namespace && p.name === pod.name)) await lab.addPod(pod)
  } finally {
    lab.close()
  }
  for (const [why, ...argv] of STEPS) {
    if (why !== '') tell(`\n${paint.dim(`# ${why}`)}`)
    tell(paint.bold(`$ ovngw ${argv.join(' ')}`))
    const exit = await runProgram(argv, app)
    if (exit !== 0) throw new OvngwError('CHECK_FAILED', { what: `\`ovngw ${argv.join(' ')}\` ended with ${exit}`, hint: 'ovngw history; ovngw lab status' })
  }
  tell(`
${paint.bold('The gateway works: an EIP and a shared SNAT are proved with packets.')}
 look at it    ovngw lab shell central ovn-nbctl show
 undo the last ovngw rollback last
 take it away  ovngw uninstall --release-pods --site lab
 all gone      ovngw lab down`)
  return 0
}
