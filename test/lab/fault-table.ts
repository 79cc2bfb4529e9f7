/** docs/faults.md, of what the checks found. */
import type { Finding } from '../../lib/kernel/check.ts'
import type { Fault } from '../../lib/lab/faults/index.ts'

const HEAD = `# Faults, and the checks that find them

Made by \`test/lab/faults.test.ts\` on the practice cluster: a gateway, a pod with an EIP, one with a SNAT address. Every fault was broken with
\`ovngw lab break FAULT\`, \`ovngw check\` found exactly the checks named here and no other, and after \`ovngw lab mend FAULT\` it found nothing.
\`UPDATE_DOCS=1 npm run test:faults\` writes it anew. [checks.md](checks.md) says why each matters and how to mend it.

The first check is the one the fault is for; what follows is true as well: packets that do not pass, or a question that could not be asked
(*unknown*). What cannot be judged because of it is skipped, with the name of the check to look at.

| fault | | what is wrong | found by |
|---|---|---|---|
`

/** One row: checks in the order the fault names them, what is no failure marked so. */
export function rowOf({ id, title, caught, fact }: Fault, findings: readonly Finding[]): string {
  const how = (check: string): string => {
    const outcomes = new Set(findings.filter((f) => f.id === check).map((f) => f.outcome))
    return outcomes.has('fail') ? '' : outcomes.has('warn') ? ' (warns)' : ' (unknown)'
  }
  const by = caught === 'blind' ? 'every check is *unknown*, none passes' : caught.map((check) => `[\`${check}\`](checks.md#${check})${how(check)}`).join(', ')
  return `| \`${id}\` | ${fact ?? ''} | ${title} | ${by} |\n`
}

export const faultTable = (rows: readonly string[]): string => `${HEAD}${rows.join('')}`
