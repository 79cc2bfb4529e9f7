/** `ovngw plan --out FILE`: what a plan was made from, for `ovngw apply FILE` later, by a pipeline or after somebody has read it. */
import type { Journal } from '../journal/file.ts'
import { writeNamed } from './write-file.ts'

/** @throws OvngwError USAGE when it cannot be written */
export async function writePlan(cwd: string, file: string, { state: { header, kept } }: Journal): Promise<void> {
  const { runbook, args, cluster } = header
  const plan = { ovngw: 'plan/1', runbook, args, cluster, facts: kept.get('facts')?.value ?? null }
  await writeNamed(cwd, file, `${JSON.stringify(plan, null, 1)}\n`, { mode: 0o600 })
}
