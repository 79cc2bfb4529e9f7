/** The flags every command takes, read once. */
import { OvngwError } from '../kernel/errors.ts'

export type Output = 'text' | 'json' | 'junit' | 'markdown' | 'csv' | 'wide'
const EVERYWHERE: readonly Output[] = ['text', 'json', 'junit', 'markdown']
/** What tables can be written as. */
const OF_TABLES: readonly Output[] = ['text', 'json', 'csv', 'wide']
const TABLES: ReadonlySet<string> = new Set(['pods', 'drift'])

export interface Globals {
  readonly site?: string | undefined
  readonly context?: string | undefined
  readonly kubeconfig?: string | undefined
  readonly namespace?: string | undefined
  readonly as?: string | undefined
  readonly output: Output
  readonly yes: boolean
  readonly dryRun: boolean
  readonly timeoutMs?: number | undefined
  readonly accept: readonly string[]
  readonly stateDir?: string | undefined
  readonly color: boolean
  readonly verbose: boolean
  /** OVN's and OVS's tools of this machine instead of those in Kube-OVN's pods; no Kubernetes. */
  readonly local: boolean
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `250ms`, `90s`, `2m`, `1h` and sums like `1m30s`, in milliseconds. */
export function parseDuration(text: string, flag: string): number {
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h)/g)]
  const total = parts.reduce((sum, [, n, unit]) => sum + Number(n) * (UNITS[unit ?? ''] ?? Number.NaN), 0)
  if (parts.map(([whole]) => whole).join('') !== text || !(total > 0)) {
    throw new OvngwError('USAGE', {
      what: `${flag} ${text} is not a duration`,
      why: 'a number with its unit is wanted, more than zero',
      hint: `${flag} 90s, ${flag} 5m`,
    })
  }
  return total
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

export function globalsOf(options: Readonly<Record<string, unknown>>, command = ''): Globals {
  const output = text(options['output']) ?? 'text'
  const known = TABLES.has(command) ? OF_TABLES : EVERYWHERE
  if (!known.includes(output as Output)) {
    throw new OvngwError('USAGE', {
      what: `--output ${output} is not known${command === '' ? '' : ` to ovngw ${command}`}`,
      why: `one of ${known.join(', ')} is wanted`,
    })
  }
  const timeout = text(options['timeout'])
  return {
    site: text(options['site']),
    context: text(options['context']),
    kubeconfig: text(options['kubeconfig']),
    namespace: text(options['namespace']),
    as: text(options['as']),
    output: output as Output,
    yes: options['yes'] === true,
    dryRun: options['dryRun'] === true,
    timeoutMs: timeout === undefined ? undefined : parseDuration(timeout, '--timeout'),
    accept: Array.isArray(options['accept']) ? options['accept'].map(String) : [],
    stateDir: text(options['stateDir']),
    color: options['color'] !== false,
    verbose: options['verbose'] === true,
    local: options['local'] === true,
  }
}
