/** For trying the lab before the command line has it: `node --import tsx lib/lab/dev.ts up|down NAME [api]`. */
import { labDown } from './down.ts'
import { labUp } from './up.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const [, , verb, name = 'lab', only] = process.argv
const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
try {
  if (verb === 'up') (await labUp({ name, only: only === 'api' ? 'api' : 'all' }, say, stop.signal)).close()
  else await labDown(name, say)
} catch (error) {
  say(error instanceof Error ? `${error.message}\n${error.stack}` : String(error))
  process.exitCode = 1
}
