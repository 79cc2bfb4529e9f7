/**
 * Which address of a pool was whose, for the next pod of the same name or workload. Kept in a ConfigMap beside Kube-OVN's, where a second
 * operator's machine finds it (docs/adr/0007): a key a pool, each a JSON object address → slot.
 */
import { OvngwError } from '../kernel/errors.ts'
import { canonical } from '../kernel/json.ts'
import type { KubeObject } from '../kube/port.ts'

/** Pool → address → slot (`shop/pod/web-0`, `shop/deployment/api`). */
export type Memory = Readonly<Record<string, Readonly<Record<string, string>>>>

/** @throws OvngwError PARSE when somebody wrote something else into it: never taken for "nothing is remembered" */
export function readMemory(configMap: KubeObject | undefined): Memory {
  const data = (configMap?.['data'] ?? {}) as Readonly<Record<string, string>>
  return Object.fromEntries(Object.entries(data).map(([pool, text]) => [pool, parse(pool, text)]))
}

export const writeMemory = (memory: Memory): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(memory).flatMap(([pool, slots]) => (Object.keys(slots).length === 0 ? [] : [[pool, JSON.stringify(slots)]])))

export const sameMemory = (a: Memory, b: Memory): boolean => canonical({ ...writeMemory(a) }) === canonical({ ...writeMemory(b) })

function parse(pool: string, text: string): Readonly<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(text)
    if (isSlots(value)) return value
  } catch {
    // said below
  }
  throw new OvngwError('PARSE', {
    what: `ConfigMap ovngw-addresses does not say which address of pool ${pool} was whose`,
    why: 'its value is no JSON object of texts',
    hint: `correct it, or take the key ${pool} out: pods keep what they are annotated with`,
  })
}

const isSlots = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((v) => typeof v === 'string')
