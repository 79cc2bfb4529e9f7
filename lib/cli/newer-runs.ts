/** A run may be undone only while nothing newer stands on what it did: an undo puts back what was there before *it*. */
import type { RunSummary } from '../journal/store.ts'
import { listRuns } from '../journal/store.ts'
import { OvngwError } from '../kernel/errors.ts'
import { canonical, type Json } from '../kernel/json.ts'

/** Something was written and is still so. */
const stands = ({ state }: RunSummary): boolean =>
  state !== undefined &&
  [...state.kept.keys()].some((id) => id.startsWith('apply:')) &&
  state.end?.ending !== 'restored' &&
  state.end?.ending !== 'nothing-to-do'

/** The one pod a run is about; undefined where it is about the gateway or many. */
const podOf = ({ state }: RunSummary): Json | undefined => (state?.header.args as { readonly pod?: Json } | undefined)?.pod

const independent = (a: RunSummary, b: RunSummary): boolean => {
  const [one, other] = [podOf(a), podOf(b)]
  return one !== undefined && other !== undefined && canonical(one) !== canonical(other)
}

/** @throws OvngwError USAGE that names the newer runs, newest first: they have to be undone before this one. */
export async function refuseUnderNewer(root: string, run: RunSummary): Promise<void> {
  const newer = (await listRuns(root, run.cluster)).filter((r) => r.run > run.run && stands(r) && !independent(r, run))
  const [newest] = newer
  if (newest === undefined) return
  throw new OvngwError('USAGE', {
    what: `${newer.length} newer run${newer.length === 1 ? ' stands' : 's stand'} on what ${run.run} did`,
    why: newer.map((r) => r.run).join(', '),
    hint: `ovngw rollback ${newest.run}   # the newest first`,
  })
}
