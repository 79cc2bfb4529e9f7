/** `ovngw run FILE.ts [flags]`: load the file, then read its own flags from its schema. */
import { Command } from 'commander'
import type { App } from '../app.ts'
import type { Globals } from '../globals.ts'
import { loadRunbook } from '../load-file.ts'
import { withSchema } from '../program.ts'

export async function runFile(app: App, globals: Globals, file: string, rest: readonly string[]): Promise<number> {
  const { runbook, path } = await loadRunbook(file, app.cwd)
  let exit = 0
  const parser = new Command(`ovngw run ${file}`).description(runbook.summary).exitOverride()
  parser.configureOutput({ writeOut: (text) => app.out.write(text), writeErr: () => undefined })
  withSchema(
    parser,
    runbook.args,
    (p, action) =>
      p.action(async () => {
        exit = await action(app, globals, p.args, p.opts())
      }),
    async (_app, _globals, typed) =>
      (await import('../run-runbook.ts')).runFresh(app, globals, {
        runbook,
        source: `file:${path}`,
        command: `run ${file}`,
        planOnly: false,
        ...typed,
      }),
  )
  await parser.parseAsync([...rest], { from: 'user' })
  return exit
}
