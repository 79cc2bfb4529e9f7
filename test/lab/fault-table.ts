/** docs/faults.md, of what the checks found. */
import type { Finding } from '../../lib/kernel/check.ts'
import type { Fault } from '../../lib/lab/faults/index.ts'

const HEAD = `# Faults, and the checks that find them

Made by \`test/lab/faults.test.ts\` on the practice cluster: a gateway, a pod with an EIP, one with a SNAT address. Every fault was broken with
\`ovngw lab break FAULT\`, \`ovngw check\` found exactly the checks named here and no other, and after \`ovngw lab mend FAULT\` it found nothing.
\`UPDATE_DOCS=1 npm run test:faults\` writes it anew. [checks.md](checks.md) says why each matters and how to mend it.

**found by**: the checks that fail, the one the fault is for first; two where both are true of themselves. **skipped because of it**: what failed
only because of that, and says so (\`not judged while … fails; seen: …\`). **diagnose**: the link \`ovngw diagnose gateway\` and
\`ovngw diagnose pod\` name, where the fault is on the way of packets; in brackets the one that shows it where the other does not.

| fault | | what is wrong | found by | skipped because of it | diagnose |
|---|---|---|---|---|---|
`

const linked = (id: string): string => `[\`${id}\`](checks.md#${id})`

/** One row: checks in the order the fault names them, what is no failure marked so. */
export function rowOf({ id, title, caught, skipped = [], perhaps = [], link, fact }: Fault, findings: readonly Finding[]): string {
  const how = (check: string): string => {
    const outcomes = new Set(findings.filter((f) => f.id === check).map((f) => f.outcome))
    return outcomes.has('fail') ? '' : outcomes.has('warn') ? ' (warns)' : ' (unknown)'
  }
  const by = caught.length === 0 ? 'no check: it is heard on the wire' : caught.map((check) => `${linked(check)}${how(check)}`).join(', ')
  const because =
    skipped === 'unseen'
      ? 'everything that has to be looked at'
      : [...skipped.map(linked), ...perhaps.map((check) => `${linked(check)} (by chance)`)].join(', ')
  return `| \`${id}\` | ${fact ?? ''} | ${title} | ${by} | ${because} | ${linkText(link)} |\n`
}

function linkText({ gateway, eip, snat }: NonNullable<Fault['link']> = {}): string {
  const pod = eip ?? snat
  if (gateway === pod) return pod === undefined ? '' : `\`${pod}\``
  return [gateway === undefined ? [] : [`\`${gateway}\` (gateway)`], pod === undefined ? [] : [`\`${pod}\` (pod)`]].flat().join(', ')
}

export const faultTable = (rows: readonly string[]): string => `${HEAD}${rows.join('')}`
