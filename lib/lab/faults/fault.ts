/** A way to break the practice cluster on purpose, as a value: one line of `ovngw lab break --list`. */
import type { Json } from '../../kernel/json.ts'
import type { Place } from './place.ts'

/** What is remembered between break and mend: JSON, kept in the lab's folder. */
export interface Deed {
  /** Does it and waits until it has taken effect; answers what `mend` needs. */
  readonly break: (place: Place) => Promise<Json>
  /** Takes back exactly what `break` did, and waits for that. */
  readonly mend: (place: Place, done: Json) => Promise<void>
}

export interface Fault extends Deed {
  readonly id: string
  /** What is wrong, as a person would tell it. */
  readonly title: string
  /** Checks that fail, warn or are unknown while it is there, the one it is for first; none: only `ovngw diagnose` finds it. */
  readonly caught: readonly string[]
  /** Checks that are skipped because of those; `unseen`: of everything that has to be looked at none could. */
  readonly skipped?: readonly string[] | 'unseen'
  /** Checks that fail because of those or pass: chance decides. */
  readonly perhaps?: readonly string[]
  /** The link a diagnosis names: of the gateway, of the pod with an EIP, of the one with a SNAT address. */
  readonly link?: { readonly gateway?: string; readonly eip?: string; readonly snat?: string }
  /** Number of the fact about Kube-OVN it stands for. */
  readonly fact?: string
}

type About = Omit<Fault, 'id' | keyof Deed>
export const fault = (id: string, about: About, deed: Deed): Fault => ({ id, ...about, ...deed })

/** One after the other; mended last first. */
export const both = (first: Deed, second: Deed): Deed => ({
  break: async (place) => [await first.break(place), await second.break(place)],
  mend: async (place, done) => {
    const [a, b] = done as readonly [Json, Json]
    await second.mend(place, b)
    await first.mend(place, a)
  },
})

/** `deed`, and waiting for what follows from it: `there` when it is done, `back` when it is taken back. */
export const awaited = (deed: Deed, there: (place: Place) => Promise<unknown>, back: (place: Place) => Promise<unknown>): Deed => ({
  break: async (place) => {
    const done = await deed.break(place)
    await there(place)
    return done
  },
  mend: async (place, done) => {
    await deed.mend(place, done)
    await back(place)
  },
})

/** Nothing leaves, nothing arrives: what packets say of a gateway that is cut off anywhere. */
export const DEAD = ['outside-answers', 'eip-from-outside', 'leaves-as'] as const
