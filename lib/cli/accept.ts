/** Which failed checks are accepted: by name on the command line (site.ts puts that into the site), by the inventory until its date. Never "all". */
import type { Acceptance } from '../inventory/site.ts'
import type { Finding } from '../kernel/check.ts'

const meets = (finding: Finding, { check, object }: Acceptance): boolean => finding.id === check && (object === undefined || finding.object === object)

/** The reason why a finding is accepted, or undefined. `until` counts to the end of that day (UTC). */
export function acceptance(list: readonly Acceptance[], now: Date): (finding: Finding) => string | undefined {
  const today = now.toISOString().slice(0, 10)
  return (finding) => list.find((a) => meets(finding, a) && (a.until === undefined || a.until >= today))?.reason
}
