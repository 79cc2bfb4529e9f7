/** How far OVN has followed: what somebody asked for in the northbound, where northd is, where each chassis is (ovn-nb(5), NB_Global). */
import type { Runner } from '../proc/command.ts'
import { type CallOptions, type ReadSpec, type Rows, readTables } from './call.ts'
import { int, rowParser, str } from './parse.ts'

/** `nb_cfg` is asked for by every client that waits, `sb_cfg` is northd's answer. */
const NB_GLOBAL = rowParser({ table: 'NB_Global', columns: { nb_cfg: int, sb_cfg: int } })
/** 20.09+: each chassis' own answer to the southbound's nb_cfg. */
const CHASSIS_PRIVATE = rowParser({ table: 'Chassis_Private', columns: { name: str, nb_cfg: int } })
const SB_GLOBAL = rowParser({ table: 'SB_Global', columns: { nb_cfg: int } })

const nb = { globals: NB_GLOBAL }
const sb = { globals: SB_GLOBAL, chassis: CHASSIS_PRIVATE }
const NB: ReadSpec<typeof nb> = { bin: 'ovn-nbctl', tables: nb, narrow: true }
const SB: ReadSpec<typeof sb> = { bin: 'ovn-sbctl', tables: sb, narrow: true }

export interface Progress {
  readonly nb: Rows<typeof nb>
  readonly sb: Rows<typeof sb>
}

/** The southbound first: what is asked for in between can only be missing there. */
export async function readProgress(at: { readonly nb: Runner; readonly sb: Runner }, options?: CallOptions): Promise<Progress> {
  const there = await readTables(at.sb, SB, options)
  return { sb: there, nb: await readTables(at.nb, NB, options) }
}
