/**
 * The launcher starts this file. Version and help are answered without loading anything; everything else is imported by the command
 * that needs it. Only here are errors printed and is the exit code set.
 */
import { helpText } from './commands.ts'

async function main(argv: readonly string[]): Promise<number> {
  const [first] = argv
  if (argv.length === 1 && (first === '--help' || first === '-h' || first === 'help')) {
    process.stdout.write(helpText(process.stdout.columns))
    return 0
  }
  if (argv.length === 1 && (first === '--version' || first === '-V')) {
    const { version } = await import('./version.ts')
    process.stdout.write(`${version}\n`)
    return 0
  }
  const [{ runProgram }, { processApp }] = await Promise.all([import('./program.ts'), import('./process-app.ts')])
  return runProgram(argv, processApp(argv))
}

// A reader that goes away (`| head`) must not kill a run midway.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (thrown) {
  const { printError } = await import('./print-error.ts')
  process.exitCode = printError(thrown)
}
