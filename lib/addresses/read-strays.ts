/** Reading what strays are judged by. Where one of those who may own rows cannot be read, nothing may be called a stray (R34). */
import { claims } from '../gateway/judge.ts'
import { seenTwice, type Twice } from '../gateway/judge-twice.ts'
import type { Look } from '../gateway/look.ts'
import { wantedFromConfig } from '../gateway/wanted.ts'
import { readOutside } from '../gateway/ways.ts'
import { asError } from '../kernel/errors.ts'
import type { Unread } from './read.ts'
import { type Judged, judgeStrays, type Stray } from './strays.ts'

const OWNERS: readonly (readonly [what: string, read: (look: Look) => Promise<unknown>])[] = [
  ['OvnEips', (look) => look.ovnEips()],
  ['OvnFips', (look) => look.ovnFips()],
  ['OvnSnatRules', (look) => look.ovnSnatRules()],
  ['OvnDnatRules', (look) => look.ovnDnatRules()],
  ['Vpcs', (look) => look.vpc()],
]

/** Owners of rows that cannot be read now. @throws CANCELLED, and our own bugs */
export async function unreadOwners(look: Look): Promise<readonly Unread[]> {
  const asked = OWNERS.map(async ([what, read]): Promise<readonly Unread[]> => {
    try {
      await read(look)
      return []
    } catch (thrown) {
      const error = asError(thrown)
      if (error.code === 'CANCELLED' || error.code === 'BUG') throw error
      return [{ what, error }]
    }
  })
  return (await Promise.all(asked)).flat()
}

/** One look. Rejects where an owner cannot be read. */
export async function readStrays(look: Look): Promise<Judged> {
  const [nb, settings, pods, owners, dnats, eips, outside, configMap] = await Promise.all([
    look.nb(),
    look.settings(),
    look.pods(),
    look.natOwners(),
    look.ovnDnatRules(),
    look.ovnEips(),
    readOutside(look),
    look.configMap(),
  ])
  return judgeStrays({
    nb,
    router: settings.router,
    pods,
    claims: claims([...owners, ...dnats], eips),
    type: wantedFromConfig(configMap)?.type ?? 'centralized',
    ...outside,
  })
}

/** Strays in two looks a resync apart, the same rows in both; and what the first look left alone. */
export async function straysSeenTwice(at: Twice, gapMs?: number): Promise<Judged> {
  const strays = await seenTwice<Stray>(
    at,
    async (look) => (await readStrays(look)).strays,
    ({ uuid }) => uuid,
    gapMs,
  )
  return { strays, waiting: (await readStrays(at.look())).waiting }
}
