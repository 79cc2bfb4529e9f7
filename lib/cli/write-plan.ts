/** `ovngw plan --out FILE`: what a plan was made from, for `ovngw apply FILE` later, by a pipeline or after somebody has read it. */
import { writeFile } from 'node:fs/promises'
import type { Journal } from '../journal/file.ts'
import { OvngwError } from '../kernel/errors.ts'

/** @throws OvngwError USAGE when it cannot be written */
export async function writePlan(file: string, { state: { header, kept } }: Journal): Promise<void> {
  const { runbook, args, cluster } = header
  const plan = { ovngw: 'plan/1', runbook, args, cluster, facts: kept.get('facts')?.value ?? null }
  try {
    await writeFile(file, `${JSON.stringify(plan, null, 1)}\n`, { mode: 0o600 })
  } catch (error) {
    throw new OvngwError('USAGE', { what: `cannot write ${file}`, why: error instanceof Error ? error.message : String(error), cause: error })
  }
}
