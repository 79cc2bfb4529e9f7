/** Which failed checks are accepted: by name on the command line, by the inventory until its date. Never "all". */
import type { Acceptance } from '../inventory/site.ts'
import type { Finding } from '../kernel/check.ts'

const meets = (finding: Finding, check: string, object: string | undefined): boolean =>
  finding.id === check && (object === undefined || finding.object === object)

/** The reason why a finding is accepted, or undefined. `until` counts to the end of that day (UTC). */
export function acceptance(flags: readonly string[], list: readonly Acceptance[], now: Date): (finding: Finding) => string | undefined {
  const today = now.toISOString().slice(0, 10)
  return (finding) => {
    for (const flag of flags) {
      const [check = '', ...object] = flag.split(':')
      if (meets(finding, check, object.length === 0 ? undefined : object.join(':'))) return `--accept ${flag}`
    }
    return list.find((a) => meets(finding, a.check, a.object) && (a.until === undefined || a.until >= today))?.reason
  }
}
