/** The Lease object as ovngw writes it, and what is read from one. Pure. */
import { OvngwError } from '../kernel/errors.ts'
import type { KubeObject } from './port.ts'

/** Who holds it: everything another ovngw needs to say so, and to tell whether that process still lives. */
export interface Holder {
  readonly run: string
  /** `user@host` */
  readonly by: string
  readonly pid: number
  readonly start?: number | undefined
}

export const DURATION_S = 15
/** Marks an object that ovngw made and may delete: one made by an administrator (who gave us no right to create) stays. */
export const MADE_BY = 'ovngw.io/made-by'

interface Spec {
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  readonly acquireTime?: string
  readonly renewTime?: string
  readonly leaseTransitions?: number
}

export const specOf = (object: KubeObject): Spec => (object['spec'] ?? {}) as Spec

/** `RUN/USER@HOST/PID.START`: readable in `kubectl get lease`, unique to a process. */
export const identity = ({ run, by, pid, start }: Holder): string => `${run}/${by}/${pid}${start === undefined ? '' : `.${start}`}`

/** The holder an identity names; undefined when it is not of ovngw's making. */
export function holderOf(text: string): Holder | undefined {
  const found = /^(?<run>[^/]+)\/(?<by>[^/]*@[^/]+)\/(?<pid>\d+)(\.(?<start>\d+))?$/.exec(text)?.groups
  if (found === undefined) return undefined
  const { run = '', by = '', pid, start } = found
  return { run, by, pid: Number(pid), start: start === undefined ? undefined : Number(start) }
}

/** metav1.MicroTime: exactly six decimals. */
export const microTime = (at: Date): string => at.toISOString().replace('Z', '000Z')

/** The object with us as its holder. `current` keeps its metadata (resourceVersion included: the write is conditional). */
export function held(current: KubeObject | undefined, ref: { readonly name: string; readonly namespace: string }, me: Holder, at: Date): KubeObject {
  const was = current === undefined ? undefined : specOf(current)
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: current?.metadata ?? { ...ref, annotations: { [MADE_BY]: 'ovngw' } },
    spec: {
      holderIdentity: identity(me),
      leaseDurationSeconds: DURATION_S,
      acquireTime: microTime(at),
      renewTime: microTime(at),
      leaseTransitions: (was?.leaseTransitions ?? -1) + 1,
    },
  }
}

export const renewed = (current: KubeObject, at: Date): KubeObject => ({ ...current, spec: { ...specOf(current), renewTime: microTime(at) } })

/** LOCKED, exit 6: who, which run, since when, and how to look. */
export function lockedBy(object: KubeObject): OvngwError {
  const { holderIdentity = '', acquireTime } = specOf(object)
  const holder = holderOf(holderIdentity)
  const { name, namespace } = object.metadata
  const who = holder === undefined ? `holder ${holderIdentity}` : `run ${holder.run} of ${holder.by} (process ${holder.pid})`
  return new OvngwError('LOCKED', {
    what: 'another run is changing this cluster',
    why: `${who}${acquireTime === undefined ? '' : `, since ${acquireTime.slice(0, 19)}Z`}`,
    hint: `wait for it, or look: kubectl -n ${namespace} get lease ${name} -o yaml`,
  })
}
