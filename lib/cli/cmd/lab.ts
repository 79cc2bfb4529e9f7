/** `ovngw lab …`: the practice cluster. Everything is loaded when asked for: the lab is no part of working on a real cluster. */
import type { Command } from 'commander'
import { OvngwError } from '../../kernel/errors.ts'
import type { LabOptions } from '../../lab/index.ts'
import { columns } from '../../report/columns.ts'
import { paintFor } from '../../report/style.ts'
import type { App } from '../app.ts'
import type { Action, SetAction } from '../program.ts'
import { listenForInterrupts } from '../signals.ts'

type Options = Readonly<Record<string, unknown>>
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const nameOf = (options: Options): string => text(options['name']) ?? 'lab'
const say =
  (app: App) =>
  (line: string): void =>
    app.out.write(`${line}\n`)

function given(options: Options): Partial<LabOptions> {
  const nodes = text(options['nodes'])
  if (nodes !== undefined && !/^\d$/.test(nodes)) throw new OvngwError('USAGE', { what: `--nodes ${nodes}: a number from 1 to 9 is wanted` })
  const args = options['controllerArg']
  return {
    name: nameOf(options),
    ...(nodes !== undefined && { nodes: Number(nodes) }),
    ...(text(options['profile']) !== undefined && { profile: text(options['profile']) as LabOptions['profile'] }),
    ...(Array.isArray(args) && args.length > 0 && { controllerArgs: args.map(String) }),
  }
}

const up: Action = async (app, _globals, _bare, options) => {
  using interrupts = listenForInterrupts()
  const { labUp } = await import('../../lab/index.ts')
  const lab = await labUp(given(options), say(app), interrupts.signal)
  lab.close()
  return 0
}

const down: Action = async (app, _globals, _bare, options) => {
  const { labDown, listLabs } = await import('../../lab/index.ts')
  const names = options['all'] === true ? await listLabs() : [nameOf(options)]
  for (const name of names) await labDown(name, say(app))
  return 0
}

const status: Action = async (app, globals, _bare, options) => {
  const { labStatus, listLabs } = await import('../../lab/index.ts')
  const named = text(options['name'])
  const names = named === undefined ? await listLabs() : [named]
  const all = await Promise.all(names.map(labStatus))
  if (globals.output === 'json') app.out.write(all.map((s) => `${JSON.stringify(s)}\n`).join(''))
  else if (all.length === 0) app.out.write('no lab is up: ovngw lab up\n')
  else {
    const paint = paintFor(app.out.color)
    const rows = all.map((s) => {
      const dead = s.processes.filter((p) => !p.alive).map((p) => p.id)
      return [s.name, s.phase, `${s.options?.nodes ?? 0}`, s.options?.profile ?? '', s.kubeconfig, dead.length === 0 ? '' : `ended: ${dead.join(', ')}`]
    })
    app.out.write(columns([['LAB', 'PHASE', 'NODES', 'KUBE-OVN', 'KUBECONFIG', ''].map(paint.bold), ...rows], app.out.columns))
  }
  return all.every((s) => s.phase === 'up') ? 0 : 3
}

const shell: Action = async (_app, _globals, [where = '', ...argv], options) => {
  const { labShell } = await import('../../lab/index.ts')
  return labShell(nameOf(options), where, argv.length === 0 ? undefined : argv)
}

const breakIt: Action = async (app, globals, [id], options) => {
  const { breakLab, broken, FAULTS } = await import('../../lab/faults/index.ts')
  if (options['list'] === true || id === undefined) {
    const there = await broken(nameOf(options))
    const rows = FAULTS.map((f) => ({ id: f.id, title: f.title, there: there.includes(f.id) }))
    if (globals.output === 'json') app.out.write(rows.map((r) => `${JSON.stringify(r)}\n`).join(''))
    else
      app.out.write(
        columns(
          rows.map((r) => [r.id, r.title, r.there ? 'broken now' : '']),
          app.out.columns,
        ),
      )
    return 0
  }
  const fault = await breakLab(nameOf(options), id)
  app.out.write(`broken: ${fault.title}\nsee:    ovngw check\nmend:   ovngw lab mend ${id}${mark(options)}\n`)
  return 0
}

const mend: Action = async (app, _globals, [id = ''], options) => {
  const { mendLab } = await import('../../lab/faults/index.ts')
  const fault = await mendLab(nameOf(options), id)
  app.out.write(`mended: ${fault.title}\n`)
  return 0
}

/** As typed, where it is not the one everybody means. */
const mark = (options: Options): string => (text(options['name']) === undefined ? '' : ` --name ${nameOf(options)}`)

/** The stand-in's own process, started by `lab up` of an installed package; in a clone the file itself is run. */
const standin: Action = async (_app, _globals, _bare, options) => {
  const { labDir } = await import('../../lab/paths.ts')
  process.argv.splice(2, process.argv.length, '--dir', labDir(nameOf(options)))
  await import('../../lab/standin/main.ts')
  return 0
}

const gather = (value: string, all: readonly string[]): readonly string[] => [...all, value]

export function declareLab(parser: Command, _app: App, set: SetAction): void {
  const sub = (name: string, summary: string, action: Action, hidden = false): Command => {
    const command = parser.command(name, { hidden }).description(summary).option('--name <lab>', 'which lab (default: lab)')
    set(command, action)
    return command
  }
  sub('up', 'start it, or what is missing of it', up)
    .option('--nodes <number>', '1 to 9 (default: 2)')
    .option('--profile <version>', 'the Kube-OVN its stand-in behaves like: v1.16.2, v1.11.24 or v1.5')
    .option('--controller-arg <flag>', 'one more flag of the controller (repeatable)', gather, [])
  sub('down', 'stop it and take everything away', down).option('--all', 'every lab')
  sub('status', 'what runs', status)
  sub('shell', 'a shell on a node, on central or on the outside host', shell)
    .argument('<where>', 'node1 …, central or outside')
    .argument('[command...]', 'a command instead of a shell')
  sub('break', 'break it on purpose: a fault that a check should find', breakIt)
    .argument('[fault]', 'without one: the list')
    .option('--list', 'every fault, one a line')
  sub('mend', 'take a fault back', mend).argument('<fault>', 'as `lab break` named it')
  const quickstart: Action = async (app, globals, _bare, options) => (await import('./quickstart.ts')).quickstart(app, globals, nameOf(options))
  sub('quickstart', 'lab, gateway, EIP, shared SNAT: everything once, proved with packets', quickstart)
  sub('standin', 'the stand-in for Kube-OVN (started by up)', standin, true)
}
