/** The tools in the lab's pods, made to fail: the dispatcher of one tool (lib/lab/tools.ts) is replaced by a script that counts its calls. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Lab } from '../../lib/lab/index.ts'

/** What the n-th call does instead: shell text, `real "$@"` is the tool. */
export const FAILURES = {
  'says no and does nothing': 'echo "database connection failed" >&2; exit 1',
  'does it and says no': 'real "$@" >/dev/null; echo "Alarm clock" >&2; exit 142',
  'is killed at once': 'kill -9 $$',
  'prints half an answer': 'real "$@" | head -c 30',
} as const

export interface BadTool {
  /** Calls so far. */
  calls(): number
  /** From here on the n-th call fails this way, counted from 1. */
  failAt(n: number, how: string): void
  /** The first call that has this argument fails this way. */
  failWhere(argument: string, how: string): void
  /** The tool as it was. */
  mend(): Promise<void>
}

export async function breakTool(lab: Lab, tool: string): Promise<BadTool> {
  const path = `${lab.dir}/tools/${tool}`
  const dir = mkdtempSync(join(tmpdir(), 'ovngw-tool-'))
  const [count, turn, where, how, lock] = ['count', 'turn', 'where', 'how', 'lock'].map((f) => join(dir, f)) as [string, string, string, string, string]
  const kept = `${path}.kept`
  const real = readFileSync(existsSync(kept) ? kept : path, 'utf8') // a test that was killed left its own
  await writeFile(kept, real, { mode: 0o755 })
  const reset = (): void => {
    writeFileSync(count, '0')
    writeFileSync(turn, '0')
    rmSync(where, { force: true })
    writeFileSync(how, 'exit 1')
  }
  reset()
  const script = `#!/bin/sh
real() { '${kept}' "$@"; }
exec 9>'${lock}'
flock 9
n=$(( $(cat '${count}') + 1 ))
echo $n >'${count}'
now=$([ $n -ne "$(cat '${turn}')" ] || echo yes)
if [ -e '${where}' ]; then
  for a; do [ "$a" != "$(cat '${where}')" ] || now=yes; done
  [ -z "$now" ] || rm '${where}'
fi
exec 9>&-
[ -n "$now" ] || exec '${kept}' "$@"
. '${how}'
`
  const replace = async (text: string): Promise<void> => {
    await writeFile(`${path}.new`, text, { mode: 0o755 })
    await rename(`${path}.new`, path)
  }
  await replace(script)
  return {
    calls: () => Number(readFileSync(count, 'utf8')),
    failAt: (n, text) => {
      reset()
      writeFileSync(turn, String(n))
      writeFileSync(how, text)
    },
    failWhere: (argument, text) => {
      reset()
      writeFileSync(how, text)
      writeFileSync(where, argument)
    },
    mend: async () => {
      await replace(real)
      rmSync(kept)
      rmSync(dir, { recursive: true })
    },
  }
}
