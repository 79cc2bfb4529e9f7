/** A Runner that knows its answers beforehand and refuses everything else. For tests and demonstrations without a cluster. */
import { OvngwError } from '../kernel/errors.ts'
import { type Command, type Output, type Runner, show } from './command.ts'

export interface Recorded {
  readonly command: Command
  /** Missing parts are empty and 0; an error is thrown. */
  readonly output: Partial<Output> | OvngwError
  /** How often it may be asked, default once. Asking more is a failure, asking less shows in `unused`. */
  readonly times?: number | undefined
}

export interface RecordedRunner extends Runner {
  /** Answers nobody asked for (any more), as command lines; a test ends with `expect(runner.unused()).toEqual([])`. */
  unused(): readonly string[]
  /** Everything asked, in order. */
  readonly asked: readonly Command[]
}

export function recordedRunner(answers: readonly Recorded[], where = 'a recording'): RecordedRunner {
  const left = answers.map((answer) => ({ ...answer, times: answer.times ?? 1 }))
  const asked: Command[] = []
  return {
    where,
    asked,
    run: async (command): Promise<Output> => {
      asked.push(command)
      const answer = left.find((a) => a.times > 0 && sameCommand(a.command, command))
      if (answer === undefined) throw unexpected(command, answers)
      answer.times--
      if (answer.output instanceof OvngwError) throw answer.output
      return { stdout: '', stderr: '', code: 0, ...answer.output }
    },
    unused: () => left.filter((a) => a.times > 0).map((a) => `${show(a.command)}${a.times > 1 ? ` (${a.times} times)` : ''}`),
  }
}

const words = ({ bin, args, effect }: Command): string[] => [`(${effect})`, bin, ...args]
const sameCommand = (a: Command, b: Command): boolean => JSON.stringify(words(a)) === JSON.stringify(words(b))

function unexpected(command: Command, answers: readonly Recorded[]): OvngwError {
  const known = answers.map((a) => ({ command: a.command, diff: diff(words(a.command), words(command)) }))
  const nearest = known.toSorted((a, b) => changes(a.diff) - changes(b.diff))[0]
  const why =
    nearest === undefined
      ? 'the recording is empty'
      : changes(nearest.diff) === 0
        ? 'recorded, but asked more often than recorded'
        : `nearest recorded command (- recorded, + asked):\n${nearest.diff.join('\n')}`
  return new OvngwError('BUG', { what: `not recorded: ${show(command)}`, why })
}

const changes = (lines: readonly string[]): number => lines.filter((l) => !l.startsWith(' ')).length

/** Word by word, by longest common subsequence: `  same`, `- only recorded`, `+ only asked`. */
function diff(from: readonly string[], to: readonly string[]): string[] {
  const table = Array.from({ length: from.length + 1 }, () => new Array<number>(to.length + 1).fill(0))
  const at = (i: number, j: number): number => table[i]?.[j] ?? 0
  for (let i = from.length - 1; i >= 0; i--) {
    const row = table[i] ?? []
    for (let j = to.length - 1; j >= 0; j--) row[j] = from[i] === to[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  }
  const lines: string[] = []
  let i = 0
  let j = 0
  while (i < from.length || j < to.length) {
    if (i < from.length && j < to.length && from[i] === to[j]) {
      lines.push(`  ${from[i++]}`)
      j++
    } else if (i < from.length && (j >= to.length || at(i + 1, j) >= at(i, j + 1))) lines.push(`- ${from[i++]}`)
    else lines.push(`+ ${to[j++]}`)
  }
  return lines
}
