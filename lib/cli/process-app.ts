/** The App of the real process. */
import { outOf } from '../report/out.ts'
import type { App } from './app.ts'
import type { Ask } from './question.ts'
import type { Registry } from './registry.ts'

/** Colour when a person looks at it: NO_COLOR (any value but empty), TERM=dumb and --no-color turn it off. */
const colorOn = (stream: NodeJS.WriteStream, argv: readonly string[]): boolean =>
  stream.isTTY === true && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb' && !argv.includes('--no-color')

export function processApp(argv: readonly string[]): App {
  // listr2 and enquirer have their own idea of colour: they look at this variable only
  if (argv.includes('--no-color')) process.env['NO_COLOR'] = '1'
  let asking: Promise<Ask> | undefined
  const app: App = {
    out: outOf(process.stdout, colorOn(process.stdout, argv)),
    err: outOf(process.stderr, colorOn(process.stderr, argv)),
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    env: process.env,
    cwd: process.cwd(),
    now: () => new Date(),
    registry: () => import('../../tasks/index.ts') satisfies Promise<Registry>,
    world: async (site, globals) => (await import('./context.ts')).openWorld(app, site, globals),
    ask: () => {
      asking ??= import('./ask.ts').then(({ openAsk }) => openAsk(app.out))
      return asking
    },
  }
  return app
}
