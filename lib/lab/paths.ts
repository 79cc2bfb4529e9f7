/** Where a lab lives and what its pieces are called. One name, several labs side by side: nothing here is shared between two names. */
import { OvngwError } from '../kernel/errors.ts'

export const ROOT = '/run/ovngw-lab'

/** Short enough for a network namespace, and without the `-` that separates lab and node: `a` can never be a prefix of another lab's names. */
const NAME = /^[a-z][a-z0-9]{0,15}$/

export const labDir = (name: string): string => {
  if (!NAME.test(name)) {
    throw new OvngwError('USAGE', { what: `not a lab name: ${JSON.stringify(name)}`, why: 'it starts with a letter and has at most 16 of a-z 0-9', exit: 2 })
  }
  return `${ROOT}/${name}`
}

/** `lab-node1`, `lab-outside`, `lab-wire` (the switches between them). */
export const nodeNetns = (lab: string, node: string): string => `${lab}-${node}`
export const podNetns = (lab: string, namespace: string, pod: string): string => `${lab}-pod.${namespace}.${pod}`

export const files = (dir: string) => ({
  state: `${dir}/state.json`,
  lock: `${dir}/lock`,
  lab: `${dir}/lab.json`,
  kubeconfig: `${dir}/kubeconfig`,
  audit: `${dir}/audit.log`,
  certs: `${dir}/certs`,
  logs: `${dir}/log`,
  tools: `${dir}/tools`,
  etcd: `${dir}/etcd`,
  kwok: `${dir}/kwok.yaml`,
  central: `${dir}/central`,
  central1: `${dir}/central1`,
  node: (node: string): string => `${dir}/${node}`,
})

export const serverOf = (port: number): string => `https://127.0.0.1:${port}`

/** Addresses inside a lab's own namespaces; every lab uses the same ones. `i` counts nodes from 1. */
export const UNDERLAY = { gateway: '10.250.0.1', prefix: 24, node: (i: number): string => `10.250.0.${10 + i}` }
export const JOIN = { cidr: '100.64.0.0/16', gateway: '100.64.0.1', node: (i: number): string => `100.64.0.${1 + i}`, mac: (i: number): string => mac(0x10, i) }
export const POD_NET = { cidr: '10.16.0.0/16', gateway: '10.16.0.1' }
export const OUTSIDE = { address: '172.56.0.1', prefix: 16, port: 8080 }

const hex = (n: number): string => n.toString(16).padStart(2, '0')
/** A locally administered unicast address; `kind` keeps ranges apart. */
export const mac = (kind: number, i: number): string => `0e:6f:76:${hex(kind)}:${hex((i >> 8) & 255)}:${hex(i & 255)}`
