/** Putting removed NAT rows back without harm to whoever was given their external address meanwhile. */
import { OvngwError } from '../kernel/errors.ts'
import { identityOf } from '../ovn/identity.ts'
import type { NbSlice } from '../ovn/slice.ts'
import type { Nat } from '../ovn/tables.ts'
import { natsOf } from './judge.ts'
import type { Look } from './look.ts'
import type { Hands } from './restore.ts'
import { restoreRows } from './rows.ts'
import type { Waiting } from './until.ts'

export type RowsBefore = {
  readonly rows: NbSlice
  /** Rows of the same external addresses that are not among `rows`. */
  readonly beside: readonly string[]
}

/** Only a SNAT can be shared (R19). */
const clash = (a: Nat, b: Nat): boolean => a.external_ip === b.external_ip && (a.type !== 'snat' || b.type !== 'snat')

async function others(look: Look, { nats, names }: NbSlice): Promise<readonly Nat[]> {
  const own = new Set(nats.map(identityOf.nat))
  return natsOf(await look.nb(), names.router).filter((o) => !own.has(identityOf.nat(o)) && nats.some((n) => clash(n, o)))
}

export const rowsBeside = async (look: Look, rows: NbSlice): Promise<readonly string[]> => (await others(look, rows)).map(identityOf.nat)

/** Puts the rows back; those whose external address is another's by now stay away. @throws CONFLICT that names them */
export async function putBackRows(hands: Hands, { rows, beside }: RowsBefore, waiting: Waiting): Promise<void> {
  const known = new Set(beside)
  const takers = (await others(hands.lookAgain(), rows)).filter((o) => !known.has(identityOf.nat(o)))
  const taken = rows.nats.filter((n) => takers.some((o) => clash(n, o)))
  await restoreRows(hands, { ...rows, nats: rows.nats.filter((n) => !taken.includes(n)) }, waiting)
  if (taken.length > 0)
    throw new OvngwError('CONFLICT', {
      what: `not put back: ${taken.map(identityOf.nat).join('; ')}`,
      why: `the external address is in use by now: ${takers.map(identityOf.nat).join('; ')}`,
    })
}
