/** Which file serves which command. A command that is no key here is a runbook of that name. */
import type { Command } from 'commander'
import type { App } from './app.ts'
import { COMMANDS } from './commands.ts'
import { parseDuration } from './globals.ts'
import type { Route, SetAction } from './program.ts'
import { withSchema } from './program.ts'
import { pick } from './registry.ts'

const list: Route = (parser, _app, set) => {
  parser.argument('[kind]', 'runbooks, tasks or checks')
  set(parser, async (app, globals, [kind]) => (await import('./cmd/list.ts')).list(app, globals, kind))
}

const check: Route = (parser, _app, set) => {
  parser
    .argument('[id...]', 'checks to run (default: all)')
    .option('--wait <duration>', 'look again until they pass, at most this long (2m)')
    .option('--baseline <file>', 'only what differs from an earlier `ovngw check -o json > FILE`; exit 3 only when something fails that did not then')
  set(parser, async (app, globals, ids, { wait, baseline }) => {
    const waitMs = typeof wait === 'string' ? parseDuration(wait, '--wait') : undefined
    return (await import('./cmd/check.ts')).check(app, globals, { ids, waitMs, baseline: typeof baseline === 'string' ? baseline : undefined })
  })
}

const topology: Route = (parser, _app, set) => {
  parser.option('--out <file>', 'write an SVG instead of drawing here')
  set(parser, async (app, globals, _bare, { out }) => (await import('./cmd/topology.ts')).topology(app, globals, typeof out === 'string' ? out : undefined))
}

const report: Route = (parser, _app, set) => {
  parser.option('--out <file>', 'where to write it (default: report.html; with -o here)')
  set(parser, async (app, globals, _bare, { out }) => (await import('./cmd/report.ts')).report(app, globals, typeof out === 'string' ? out : undefined))
}

/** A runbook of the registry, as a command of its own or below `plan`. */
export async function declareRunbook(parser: Command, app: App, set: SetAction, planOnly: boolean): Promise<void> {
  const runbook = pick('runbook', parser.name(), (await app.registry()).runbooks, (r) => r.name)
  if (planOnly) parser.option('--out <file>', 'write the plan to a file: `ovngw apply FILE` does it, if it still fits')
  withSchema(parser, runbook.args, set, async (_app, globals, { options, ...typed }) => {
    const out = typeof options['out'] === 'string' ? options['out'] : undefined
    const named = await (await import('./choose-site.ts')).withSite(app, globals, planOnly ? 'plan' : runbook.name)
    if (named === undefined) return 0
    const job = { runbook, source: `runbook:${runbook.name}`, command: runbook.name, planOnly, out, ...typed }
    if (runbook.name === 'apply') return (await import('./cmd/apply.ts')).apply(app, named, job)
    return (await import('./run-runbook.ts')).runFresh(app, named, job)
  })
}

const diagnose: Route = (parser, _app, set) => {
  parser
    .argument('<kind>', 'pod, gateway or address')
    .argument('[which]', 'NAMESPACE/POD of a pod, or an address')
    .option('--probe', 'send real packets too, and capture them at each hop (a few seconds)')
  set(parser, async (app, globals, [kind = '', which], { probe }) =>
    (await import('./cmd/diagnose.ts')).diagnose(app, globals, { kind, which, probe: probe === true }),
  )
}

const gather = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), ...text.split(',')]

const probe: Route = (parser, _app, set) => {
  parser
    .argument('[pod]', 'NAMESPACE/POD')
    .option('--port <tcp/PORT>', 'what the pod answers on, with commas or repeated (default: prove: of its assignment)', gather)
    .option('--size <bytes>', 'whole packets that may not be fragmented, with commas (default: the MTU of the pods)', gather)
    .option('--target <address>', 'whom to ask outside, ADDRESS or ADDRESS:PORT of an echo (default: the site’s echo, target or next hop)')
    .option('--to-outside', 'only out of the pod')
    .option('--from-outside', 'only from outside to the EIP')
    .option('--echo [port]', 'instead: be the host outside that says who called, until Ctrl-C (default: 8080)')
    .option('--allow <cidr>', 'with --echo: addresses it may be told to ask, repeatable (default: none)', gather)
  set(parser, async (app, globals, [pod], typed) => (await import('./cmd/probe.ts')).probe(app, globals, { pod, ...typed }))
}

const bundle: Route = (parser, _app, set) => {
  parser.option('--out <file>', 'where to write it (default: ovngw-bundle-TIME.tar.gz)')
  set(parser, async (app, globals, _bare, { out }) => (await import('./cmd/bundle.ts')).bundle(app, globals, typeof out === 'string' ? out : undefined))
}

const plan: Route = (parser, app, set) => {
  for (const row of COMMANDS.filter((c) => c.runbook)) parser.command(row.name, { isDefault: row.name === 'apply' }).description(row.summary)
  parser.usage('[flags] [RUNBOOK]')
  parser.hook('preSubcommand', (_plan, sub) => declareRunbook(sub, app, set, true))
}

const task: Route = async (parser, app, set) => {
  parser.usage('[flags] NAME')
  for (const { task: each } of (await app.registry()).tasks) {
    const sub = parser.command(each.name).description(each.summary)
    withSchema(sub, each.input, set, async (_app, globals, { options: _none, ...typed }) => {
      const { asRunbook } = await import('./cmd/task.ts')
      const runbook = asRunbook(each)
      return (await import('./run-runbook.ts')).runFresh(app, globals, {
        runbook,
        source: `task:${each.name}`,
        command: `task ${each.name}`,
        planOnly: false,
        ...typed,
      })
    })
  }
}

const ofRun =
  (mode: 'show' | 'resume' | 'rollback'): Route =>
  (parser, _app, set) => {
    parser.argument('<run>', 'id of the run, or `last`')
    set(parser, async (app, globals, [run = '']) => {
      if (mode === 'show') return (await import('./cmd/history.ts')).show(app, globals, run)
      return (await import('./run-runbook.ts')).runAgain(app, globals, run, mode)
    })
  }

const history: Route = (parser, _app, set) => {
  set(parser, async (app, globals) => (await import('./cmd/history.ts')).history(app, globals))
}

const run: Route = (parser, _app, set) => {
  // What follows the file are flags of its runbook: they are read once the file is loaded.
  parser.argument('<file>', 'a TypeScript (or JavaScript) file whose default export is a runbook').argument('[flags...]', 'its own flags')
  parser.allowUnknownOption().helpOption(false)
  set(parser, async (app, globals, [file = '', ...rest]) => {
    if (file === '--help' || file === '-h') app.out.write(parser.helpInformation())
    else return (await import('./cmd/run-file.ts')).runFile(app, globals, file, rest)
    return 0
  })
}

const adopt: Route = (parser, _app, set) => {
  parser.argument('<name>', 'name of the new site: inventory/NAME.yaml')
  set(parser, async (app, globals, [name = '']) => (await import('./cmd/adopt.ts')).adopt(app, globals, name))
}

const pods: Route = (parser, _app, set) => {
  parser
    .argument('[where]', 'NAMESPACE, or NAMESPACE/POD (default: all)')
    .option('-l, --selector <labels>', 'KEY=VALUE, several with commas')
    .option('--sort <column>', 'pod, wanted, annotated, in-ovn, verdict, owner, node, age or why')
    .option('-w, --watch', 'look again every two seconds')
  set(parser, async (app, globals, [where], { selector, sort, watch }) => {
    const given = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
    return (await import('./cmd/pods.ts')).pods(app, globals, { where, selector: given(selector), sort: given(sort), watch: watch === true })
  })
}

const drift: Route = (parser, _app, set) => {
  parser.option('--exit-code', 'exit 7 when something differs')
  set(parser, async (app, globals, _bare, { exitCode }) => (await import('./cmd/pods.ts')).drift(app, globals, { exitCode: exitCode === true }))
}

const watch: Route = (parser, _app, set) => {
  parser.option('--repair', 'put back what is lost: next hops after a restart of the controller (R31), addresses of pods made again')
  parser.option('--every <duration>', 'how often to look (default: 2s)')
  set(parser, async (app, globals, _bare, { repair, every }) => {
    const everyMs = typeof every === 'string' ? parseDuration(every, '--every') : 2_000
    return (await import('./cmd/watch.ts')).watch(app, globals, { repair: repair === true, everyMs })
  })
}

const lab: Route = async (parser, app, set) => (await import('./cmd/lab.ts')).declareLab(parser, app, set)

export const ROUTES: Readonly<Record<string, Route>> = {
  adopt,
  pods,
  drift,
  watch,
  list,
  check,
  diagnose,
  probe,
  bundle,
  topology,
  report,
  plan,
  task,
  history,
  show: ofRun('show'),
  lab,
  resume: ofRun('resume'),
  rollback: ofRun('rollback'),
  run,
}
