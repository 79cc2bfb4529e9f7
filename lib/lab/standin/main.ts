/** The stand-in's process: `node standin/main.ts --dir /run/ovngw-lab/NAME`. Importing this module runs it to its end. */
import { parseArgs } from 'node:util'
import { OvngwError } from '../../kernel/errors.ts'
import { runStandin } from './run.ts'

try {
  const { dir } = parseArgs({ options: { dir: { type: 'string' } } }).values
  if (dir === undefined) throw new OvngwError('USAGE', { what: 'missing --dir', hint: '--dir /run/ovngw-lab/NAME' })
  await runStandin(dir)
  process.exit(0)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.exit(1)
}
