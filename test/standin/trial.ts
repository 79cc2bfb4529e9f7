/** One bare world a test, and the few things behaviour tests do with it and read from it. */
import { afterEach } from 'vitest'
import { POD } from '../../lib/kube/port.ts'
import { type BareWorld, bareWorld } from './bare-world.ts'
import { type Facts, facts } from './facts.ts'
import { recording } from './replay.ts'
import { type Action, type Performer, performer, settle, until } from './world.ts'

const NODES = ['node1', 'node2']
const SEED = {
  'enable-external-gw': 'true',
  'external-gw-addr': '172.56.0.1/16',
  'external-gw-nodes': 'node1',
  'external-gw-nic': 'eth1',
  'nic-ip': '172.56.0.100/16',
  'nic-mac': '16:52:f3:13:6a:25',
}
export const EIP = 'ovn.kubernetes.io/eip'
export const SNAT = 'ovn.kubernetes.io/snat'
export const ROUTED = 'ovn.kubernetes.io/routed'

type Data = Readonly<Record<string, string>>

export const lastly = (what: string, look: () => Promise<boolean> | boolean): Promise<true> => until(what, async () => ((await look()) ? true : undefined))

export class Trial {
  #open: { readonly world: BareWorld; readonly perform: Performer } | undefined

  constructor() {
    afterEach(() => this.#open?.world.close())
  }

  /** A world before any gateway, at rest. */
  async open(profile = 'v1.16.2', args: readonly string[] = []): Promise<void> {
    const world = await bareWorld(profile, recording('v1.16.2', 's01-before'), args)
    this.#open = { world, perform: performer(world, NODES) }
    await this.rest()
  }

  get world(): BareWorld {
    if (!this.#open) throw new Error('open first')
    return this.#open.world
  }

  rest = (): Promise<void> => settle(this.world, NODES, {})

  /** Without waiting. */
  async perform(action: Action): Promise<void> {
    await this.#open?.perform(action)
  }

  /** The action, and the stand-in has dealt with it. */
  async act(action: Action): Promise<void> {
    await this.perform(action)
    await this.perform({ op: 'wait' })
  }

  enabled = (data: Data = {}): Promise<void> => this.act({ op: 'create-configmap', data: { ...SEED, ...data } })
  config = (data: Data): Promise<void> => this.act({ op: 'patch-configmap', data })
  pod = (name: string, annotations: Data): Promise<void> => this.act({ op: 'create-pod', pod: name, node: 'node1', annotations })
  annotate = (name: string, annotations: Readonly<Record<string, string | null>>): Promise<void> => this.act({ op: 'annotate', pod: name, annotations })

  async startedOver(): Promise<void> {
    this.world.startOver()
    await lastly('the second life', async () => {
      const status = await this.world.status()
      return status?.generation === 2 && status.settled
    })
  }

  now = async (): Promise<Facts> => facts(await this.world.read(), { noPatchPorts: true })

  /** `type,external,logical`, sorted. */
  nat = async (): Promise<string[]> => {
    const text = await this.world.nb('--bare', '--format=csv', '--no-headings', '--columns=type,external_ip,logical_ip', 'list', 'NAT')
    return text.trim().split('\n').filter(Boolean).sort()
  }

  /** `priority match action next-hop` of the reroute policies. */
  policies = async (): Promise<string[]> => {
    const lines = (await this.world.nb('lr-policy-list', 'ovn-cluster')).split('\n').filter((line) => line.includes('29250'))
    return lines.map((line) => line.trim().split(/\s{2,}/).join(' | ')) // biome-ignore format: one line
  }

  /** Networks of the router port, '' without one. */
  port = async (): Promise<string> => (await this.world.nb('--if-exists', 'get', 'Logical_Router_Port', 'ovn-cluster-external', 'networks')).trim()

  routed = async (name: string): Promise<string | undefined> =>
    (await this.world.kube.find(POD, { namespace: 'default', name }))?.metadata.annotations?.[ROUTED]

  said = (text: string): boolean => this.world.log.some((line) => line.includes(text))
}
