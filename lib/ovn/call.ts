/** Running the OVSDB tools: an answer is the stdout of an exit code 0, everything else is an error that shows the command line. */
import { OvngwError } from '../kernel/errors.ts'
import { type Command, type Runner, type RunOptions, read, show } from '../proc/command.ts'
import { type Columns, listingOf, type RowOf, type RowParser } from './parse.ts'

/** Seconds a tool may take by its own clock. The Runner's limit is longer, so that the tool itself says what it waited for. */
export const TOOL_SECONDS = 15
const RUNNER_MS = 20_000

export type CallOptions = Pick<RunOptions, 'signal' | 'timeoutMs'>

/** stdout of the command. @throws OvngwError COMMAND when the tool says no, or what the Runner says (NOT_RUN, TIMED_OUT, …). */
export async function answer(runner: Runner, command: Command, options: CallOptions = {}): Promise<string> {
  const { stdout, stderr, code } = await runner.run(command, { timeoutMs: RUNNER_MS, ...options })
  if (code === 0) return stdout
  throw new OvngwError('COMMAND', {
    what: `\`${short(show(command))}\` ended with ${code} at ${runner.where}`,
    why: stderr.trim().slice(-600) || stdout.trim().slice(-600) || 'it said nothing',
  })
}

const short = (text: string): string => (text.length > 400 ? `${text.slice(0, 400)}…` : text)

export type Tables = Readonly<Record<string, RowParser<Columns>>>
export type Rows<T extends Tables> = { readonly [K in keyof T]: readonly RowOf<T[K]>[] }

export interface ReadSpec<T extends Tables> {
  readonly bin: 'ovn-nbctl' | 'ovn-sbctl' | 'ovs-vsctl'
  readonly tables: T
  /** Ask for the columns the parsers name only. Not where a schema we meet may lack one: the tool refuses unknown columns. */
  readonly narrow: boolean
}

/** `BIN --timeout=15 --format=json list A -- list B`, narrow: `… -- --columns=_uuid,name list A -- …`: several tables in one call. */
export function listTables<T extends Tables>({ bin, tables, narrow }: ReadSpec<T>): Command {
  const lists = Object.values(tables).flatMap(({ table, names }) => ['--', ...(narrow ? [`--columns=${names.join(',')}`] : []), 'list', table])
  return read(bin, `--timeout=${TOOL_SECONDS}`, '--format=json', ...lists)
}

/** Typed rows of the answer to `listTables`. */
export function parseTables<T extends Tables>({ bin, tables }: ReadSpec<T>, text: string): Rows<T> {
  const entries = Object.entries(tables)
  const names = entries.map(([, { table }]) => table)
  const listing = listingOf(text, bin, names)
  const rows = entries.map(([key, parser], i) => [key, parser.rows(listing(parser.table, i), bin)] as const)
  // One parser made each member, under the key it has in T.
  return Object.fromEntries(rows) as Rows<T>
}

/** All tables in one call. */
export const readTables = async <T extends Tables>(runner: Runner, spec: ReadSpec<T>, options?: CallOptions): Promise<Rows<T>> =>
  parseTables(spec, await answer(runner, listTables(spec), options))
