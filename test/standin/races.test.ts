/** What is seen while the stand-in is at work is never lost: parts of it alone, so that the moment is exact. */
import { expect, it } from 'vitest'
import { CONFIG_MAP, type KubeObject, POD, type WatchEvent } from '../../lib/kube/port.ts'
import { CONFIG_MAP_NAME, settingsOf } from '../../lib/lab/standin/config.ts'
import type { Context, KubeDoor } from '../../lib/lab/standin/context.ts'
import { controller } from '../../lib/lab/standin/controller.ts'
import { Feed } from '../../lib/lab/standin/feed.ts'
import type { Nb } from '../../lib/lab/standin/nb.ts'
import { fakeKube } from './fake-kube.ts'
import { EIP, ROUTED } from './trial.ts'

const settings = settingsOf({ profile: 'v1.16.2', controllerArgs: [] })
const pod = (uid: string, resourceVersion: string, annotations: Readonly<Record<string, string>>): KubeObject => ({
  metadata: { namespace: 'default', name: 'web', uid, resourceVersion, annotations },
  spec: { nodeName: 'node1' },
})
const KEY = 'default/web'

async function fed(...pods: readonly KubeObject[]): Promise<Feed> {
  async function* watch(resource: typeof POD): AsyncIterable<WatchEvent> {
    if (resource.plural === POD.plural) for (const object of pods) yield { type: 'ADDED', object }
  }
  const feed = new Feed(settings, () => undefined)
  await feed.run({ watch } as unknown as KubeDoor, new AbortController().signal)
  return feed
}

it.each([
  ['somebody dropped `routed` since', pod('u1', '12', {})],
  ['the pod was made anew since', pod('u2', '12', {})],
])('its own write is no news where %s', async (_, newest) => {
  const feed = await fed(newest)
  feed.wrote(pod('u1', '11', { [ROUTED]: 'true' }))
  expect(feed.pods.get(KEY)?.metadata).toMatchObject({ uid: newest.metadata.uid, resourceVersion: '12', annotations: {} })
})

it('its own write is what it knows then', async () => {
  const feed = await fed(pod('u1', '11', {}))
  feed.wrote(pod('u1', '12', { [ROUTED]: 'true' }))
  expect(feed.pods.get(KEY)?.metadata).toMatchObject({ resourceVersion: '12', annotations: { [ROUTED]: 'true' } })
})

it('a pod that failed before is tried again after a transaction that failed', async () => {
  const kube = fakeKube([CONFIG_MAP, POD])
  const annotations = { [EIP]: '172.56.0.233', 'ovn.kubernetes.io/allocated': 'true', 'ovn.kubernetes.io/ip_address': '10.16.0.2' }
  kube.put(POD, pod('u1', '1', annotations))
  const feed = await fed(kube.put(POD, pod('u1', '1', annotations)))
  let dead = false
  const context: Context = {
    kube,
    settings,
    chassis: async () => [],
    log: { info: () => undefined, warn: () => undefined, error: () => undefined } as unknown as Context['log'],
    nb: {
      read: async () =>
        ({
          switches: [],
          switchPorts: [],
          routerPorts: [],
          chassis: [],
          groups: [],
          policies: [],
          routes: [],
          nats: [],
          router: { uuid: 'r' },
        }) as unknown as Nb,
      commit: async () => {
        if (dead) throw new Error('the database is away')
      },
    },
  }
  const control = controller(context, feed)
  await control.pass(false)
  expect(control.retrying()).toEqual([KEY]) // there is no ConfigMap yet
  kube.put(CONFIG_MAP, { metadata: { namespace: 'kube-system', name: CONFIG_MAP_NAME }, data: { 'external-gw-addr': '172.56.0.1/16' } })
  feed.work.retry = true
  dead = true
  await expect(control.pass(false)).rejects.toThrow('the database is away')
  dead = false
  await control.pass(false)
  expect((await kube.find(POD, { namespace: 'default', name: 'web' }))?.metadata.annotations?.[ROUTED]).toBe('true')
})
