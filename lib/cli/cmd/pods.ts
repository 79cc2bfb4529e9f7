/** `ovngw pods`: which pod has which address, by inventory, annotation and OVN, and whether the three agree. `ovngw drift`: only what does not. */
import type { Line } from '../../addresses/agreement.ts'
import { type Addresses, readAddresses } from '../../addresses/facts.ts'
import { straysSeenTwice } from '../../addresses/read-strays.ts'
import { pause } from '../../gateway/pause.ts'
import { OvngwError } from '../../kernel/errors.ts'
import { columns } from '../../report/columns.ts'
import { type Paint, paintFor } from '../../report/style.ts'
import { type App, QUIET } from '../app.ts'
import type { Globals } from '../globals.ts'
import { COLUMNS, type Column, csv, NARROW, NO_POD, type Row, rowOfStray, sorted } from '../pods-table.ts'
import { siteOf } from '../site.ts'
import { untilStopped, withWorld } from '../with-world.ts'

export interface PodsOptions {
  /** NAMESPACE, or NAMESPACE/POD. */
  readonly where?: string | undefined
  readonly selector?: string | undefined
  readonly sort?: string | undefined
  readonly watch?: boolean | undefined
}

const WATCH_MS = 2_000

export async function pods(app: App, globals: Globals, options: PodsOptions): Promise<number> {
  const by = columnOf(options.sort ?? 'pod')
  const shows = filterOf(options)
  return withWorld(app, globals, await siteOf(globals, app.cwd), (world, signal, interrupted) => {
    const read = async (): Promise<readonly Row[]> => {
      const { lines } = await readAddresses(world.context(signal, QUIET).look(), false)
      return sorted(lines.filter(shows), by, app.now())
    }
    const once = async (): Promise<number> => {
      show(app, globals, await read(), NOBODY)
      return 0
    }
    const forEver = async (): Promise<never> => {
      await once()
      for (;;) {
        await pause(WATCH_MS, signal)
        const rows = await read()
        if (app.out.columns !== undefined) app.out.write('\u001b[2J\u001b[H')
        show(app, globals, rows, NOBODY)
      }
    }
    return options.watch === true ? untilStopped(interrupted, forEver) : once()
  })
}

/** @returns 7 with `exitCode` when something differs */
export async function drift(app: App, globals: Globals, { exitCode }: { readonly exitCode: boolean }): Promise<number> {
  return withWorld(app, globals, await siteOf(globals, app.cwd), async (world, signal) => {
    const ctx = world.context(signal, QUIET)
    const found = await readAddresses(ctx.look(), false)
    refuseUnread(found)
    const differing = found.lines.filter((l) => l.verdict !== 'agrees')
    // What is too much for a pod that is there is said with the pod.
    const left = (await straysSeenTwice(ctx)).strays.filter((s) => s.holder === null)
    const rows = [...sorted(differing, 'pod', app.now()), ...left.map(rowOfStray)]
    const { length: n } = found.lines
    show(app, globals, rows, `nothing differs: ${n} pod${n === 1 ? ' is' : 's are'} as the inventory says, and no row in OVN is nobody’s\n`)
    return exitCode && rows.length > 0 ? 7 : 0
  })
}

/** No drift is said only where everything could be read. */
function refuseUnread({ unread: [first] }: Addresses): void {
  if (first !== undefined)
    throw new OvngwError(first.error.code, { what: `${first.what} could not be read`, why: first.error.message, hint: first.error.hint, exit: 3 })
}

function columnOf(text: string): Column {
  const found = COLUMNS.find((c) => c === text)
  if (found === undefined) throw new OvngwError('USAGE', { what: `--sort ${text}: there is no such column`, why: `one of ${COLUMNS.join(', ')} is wanted` })
  return found
}

function filterOf({ where, selector }: PodsOptions): (line: Line) => boolean {
  const [namespace, name] = (where ?? '').split('/')
  const labels = (selector ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const found = /^([^=!]+?)={1,2}([^=]*)$/.exec(part.trim())
      if (found === null) throw new OvngwError('USAGE', { what: `--selector ${part} is not understood`, why: 'KEY=VALUE is wanted, several with commas' })
      return [found[1] ?? '', found[2] ?? ''] as const
    })
  return ({ pod }) =>
    (where === undefined || pod.namespace === namespace) &&
    (name === undefined || pod.name === name) &&
    labels.every(([key, value]) => pod.labels[key] === value)
}

const NOBODY = 'no pod is assigned, annotated or translated\n'

/** `none`: what is said to a person where there is no row. */
function show(app: App, { output }: Globals, rows: readonly Row[], none: string): void {
  const text = output === 'json' ? rows.map((r) => `${JSON.stringify(r)}\n`).join('') : output === 'csv' ? csv(rows) : undefined
  app.out.write(text ?? (rows.length === 0 ? none : table(app, rows, output === 'wide')))
}

function table(app: App, rows: readonly Row[], wide: boolean): string {
  const paint = paintFor(app.out.color)
  const shown = (wide ? COLUMNS : NARROW).filter((c) => c === 'pod' || c === 'verdict' || rows.some((r) => r[c] !== ''))
  const head = shown.map((c) => paint.bold(c.toUpperCase()))
  const cells = rows.map((r) => shown.map((c) => (c === 'verdict' ? verdict(r[c], paint) : r[c])))
  return `${columns([head, ...cells], wide ? undefined : app.out.columns)}${tally(rows)}\n`
}

const verdict = (text: string, paint: Paint): string =>
  text === 'agrees' ? paint.green(text) : text === 'unmanaged' || text === 'trouble' || text === 'foreign' ? paint.red(text) : paint.yellow(text)

function tally(rows: readonly Row[]): string {
  const counts = Map.groupBy(rows, (r) => r.verdict)
  const pods = rows.filter((r) => r.pod !== NO_POD).length
  return `${pods} pod${pods === 1 ? '' : 's'}${pods === rows.length ? '' : ` and ${rows.length - pods} of none`}: ${[...counts].map(([name, some]) => `${some.length} ${name}`).join(', ')}`
}
