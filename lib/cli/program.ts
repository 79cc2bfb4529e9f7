/** The command line: commander parses strictly, every command is imported when it is the one asked for. */
import { type Argument, Command, CommanderError, type HelpConfiguration } from 'commander'
import { OvngwError } from '../kernel/errors.ts'
import type { Schema } from '../kernel/task.ts'
import { mayAsk } from './answers.ts'
import type { App } from './app.ts'
import { COMMANDS, GLOBAL_FLAGS, helpText } from './commands.ts'
import { type Answers, addFlags, answersOf, type Flag, flagsOf } from './flags.ts'
import { type Globals, globalsOf } from './globals.ts'
import { declareRunbook, ROUTES } from './routes.ts'

/** What a command does with what was typed; gives the exit code. */
export type Action = (app: App, globals: Globals, bare: readonly string[], options: Readonly<Record<string, unknown>>) => Promise<number>

export type SetAction = (parser: Command, action: Action) => void

/** Declares a command's flags and arguments (loading the registry if it must) and says what it does. */
export type Route = (parser: Command, app: App, set: SetAction) => void | Promise<void>

/** What was typed: answers by field of the schema, and options that are none of its fields. */
export interface Typed {
  readonly flags: readonly Flag[]
  readonly answers: Answers
  readonly options: Readonly<Record<string, unknown>>
}

/** Declares a schema's flags and gives the action what was typed, by field. */
export function withSchema(parser: Command, schema: Schema<unknown>, set: SetAction, act: (app: App, globals: Globals, typed: Typed) => Promise<number>): void {
  const flags = flagsOf(schema)
  addFlags(parser, flags)
  set(parser, (app, globals, bare, options) => act(app, globals, { flags, answers: answersOf(flags, bare, options), options }))
}

/** Columns of help that goes to no terminal. */
const PIPE = 100
const TITLES: Readonly<Record<string, string>> = { 'Options:': 'Flags:', 'Global Options:': 'Flags of every command:' }
const HELP: HelpConfiguration = {
  showGlobalOptions: true,
  styleTitle: (title) => TITLES[title] ?? title,
  subcommandTerm: (sub) => [sub.name(), ...sub.registeredArguments.map(argumentText)].join(' '),
  styleUsage: (usage) => usage.replace('[options]', '[flags]'),
}

/** `<fault>`, `[command...]`. */
const argumentText = (argument: Argument): string => {
  const text = `${argument.name()}${argument.variadic ? '...' : ''}`
  return argument.required ? `<${text}>` : `[${text}]`
}

const silent = { writeOut: (): void => undefined, writeErr: (): void => undefined }

function rootParser(app: App): Command {
  const width = (): number => app.out.columns ?? PIPE
  const root = new Command('ovngw').exitOverride().configureOutput({ ...silent, writeOut: (text) => app.out.write(text), getOutHelpWidth: width })
  root.helpInformation = () => helpText(app.out.columns)
  root.configureHelp(HELP).helpCommand(false).helpOption('-h, --help', 'this text')
  for (const [flags, summary] of GLOBAL_FLAGS) {
    if (flags.startsWith('--accept')) root.option(flags, summary, (id: string, all: readonly string[] | undefined) => [...(all ?? []), id])
    else root.option(flags, summary)
  }
  return root
}

/** Parses and runs; the result is the exit code. Throws OvngwError. */
export async function runProgram(argv: readonly string[], app: App): Promise<number> {
  let exit: number | undefined
  const root = rootParser(app)
  const set: SetAction = (parser, action) => {
    parser.action(async () => {
      exit = await action(app, globalsOf(parser.optsWithGlobals(), parser.name()), parser.args, parser.opts())
    })
  }
  for (const row of COMMANDS) root.command(row.name).description(row.summary)
  root.hook('preSubcommand', async (_root, parser) => {
    const route: Route = ROUTES[parser.name()] ?? ((p, a, s) => declareRunbook(p, a, s, false))
    parser.helpCommand(false)
    await route(parser, app, set)
  })
  try {
    await root.parseAsync(argv, { from: 'user' })
  } catch (thrown) {
    if (thrown instanceof CommanderError)
      return thrown.code === 'commander.help'
        ? bare(app, deepest(root, argv))
        : commanderEnd(
            thrown,
            root.commands.find((c) => argv.includes(c.name())),
          )
    throw thrown
  }
  return exit ?? 0
}

/** The command of `argv` that has commands of its own (`lab`, `task`); the root when none was named. */
const deepest = (root: Command, argv: readonly string[]): Command => root.commands.find((c) => c.commands.length > 0 && argv.includes(c.name())) ?? root

/** `ovngw` alone, or `ovngw lab` alone. */
async function bare(app: App, parser: Command): Promise<number> {
  if (parser.parent !== null) {
    const names = parser.commands.filter((c) => c.name() !== 'standin').map((c) => c.name())
    throw new OvngwError('USAGE', { what: `ovngw ${parser.name()} wants one of: ${names.join(', ')}`, hint: `ovngw ${parser.name()} --help` })
  }
  if (!app.interactive) throw new OvngwError('USAGE', { what: 'no command given', why: 'without a terminal nothing is asked', hint: 'ovngw --help' })
  const globals = globalsOf(parser.opts())
  if (!mayAsk(app, globals)) {
    app.out.write(helpText(app.out.columns))
    return 0
  }
  return (await import('./menu.ts')).menu(app, globals, (argv) => runProgram(argv, app))
}

function commanderEnd(error: CommanderError, asked: Command | undefined): number {
  if (error.exitCode === 0) return 0
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n')
  const guess = rest.join(' ').replaceAll(/[()]/g, '').trim()
  throw new OvngwError('USAGE', {
    what: first,
    why: guess === '' ? undefined : guess,
    hint: `ovngw ${asked === undefined ? '' : `${asked.name()} `}--help`,
    cause: error,
  })
}
